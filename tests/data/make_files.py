#!/usr/bin/env python3
"""Writes the small model files of tests/data/files: archives as older or other writers left them.

    make_files.py OUT-FOLDER

Those in the repository are of PyTorch 1.13; values are formulas.
"""
import io
import pathlib
import sys
import zipfile
from typing import Dict, List, Optional, Tuple

import numpy
import torch
from torch import nn

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


class Codec(nn.Module):
    """No forward: the work is in exported methods."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2)
        with torch.no_grad():
            self.linear.weight.copy_(torch.arange(6.0).reshape(2, 3) / 8)
            self.linear.bias.fill_(1)

    @torch.jit.export
    def encode(self, x):
        return torch.relu(self.linear(x))

    @torch.jit.export
    def step(self, x, n: int):
        return self.encode(x) * n


torch.jit.script(Codec().eval()).save(str(folder / "methods.pt"))


class Two(nn.Module):
    """Traced in two methods, each with inputs that are recorded."""

    def __init__(self):
        super().__init__()
        self.linear = Codec().linear

    def forward(self, x):
        return self.linear(x) - 1

    def encode(self, x):
        return self.linear(x) * 2


traced = {"forward": torch.ones(1, 3), "encode": torch.ones(2, 3)}
torch.jit.trace_module(Two().eval(), traced).save(str(folder / "traced_methods.pt"))


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        with torch.no_grad():
            self.conv.weight.copy_(torch.arange(18.0).reshape(2, 1, 3, 3) / 18)
            self.conv.bias.fill_(0.5)
        self.requires_grad_(False)

    def forward(self, x):
        return self.conv(x)


class Nested(nn.Module):
    def forward(self, x, d: Dict[str, torch.Tensor], l: List[torch.Tensor],
                t: Tuple[torch.Tensor, Tuple[torch.Tensor, int]], y: Optional[torch.Tensor], flag: bool = True,
                s: float = 2.0):
        a, (b, n) = t
        r = x + d["a"] * d["b"] + l[0] - l[1] + a * b + n
        if y is not None:
            r = r + y
        if flag:
            r = r * s
        return r


HEAD = "op_version_set = 1\nimport __torch__.torch.nn.modules.conv\n"
OLD = """
a = torch.div(x, 2)
b = torch.add(x, 0)
_0 = torch.div_(b, torch.add(torch.mul(x, 0), 3))
n = torch.div(ops.prim.NumToTensor(torch.size(x, 1)), 2)
c = torch.mul(image, n)
d = torch.add(x, torch.full([3], 2, dtype=None, layout=None, device=None, pin_memory=False))
e = torch.div(x, 2.)
f = torch.mul(e, torch.div(torch.size(x, 1), 2))
l = [torch.size(x, 1), 1, torch.hash("abcdefghijk")]
_1 = torch.sort(l, reverse=True)
g = torch.add(x, l[0])
v, i = torch.sort(x, -1, True)
h = torch.add(v, i)
k = torch._convolution(image, self.conv.weight, self.conv.bias, [1, 1], [0, 0], [1, 1], False, [0, 0], 1, False, False, True)
r = torch.upsample_bilinear2d(k, [7, 9], False)
m = torch.__upsample_bilinear(k, None, 2)
q = x // 2
return (a, b, c, d, e, f, g, h, r, m, q)
"""


def rewritten(body, version, head, pickle=lambda b: b):
    """A TorchScript archive with another body of forward(), as another version says it."""
    module = io.BytesIO()
    torch.jit.save(torch.jit.script(Plain().eval()), module)
    source, result = zipfile.ZipFile(module), io.BytesIO()
    with zipfile.ZipFile(result, "w") as target:
        for name in source.namelist():
            record = source.read(name)
            if name.endswith("debug_pkl"):
                continue
            if name.endswith("/version"):
                record = b"%d\n" % version
            if name.endswith("code/__torch__.py"):
                text = record.decode()
                lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
                text = text[:text.index("  def forward")] + (
                    "  def forward(self: __torch__.Plain,\n    x: Tensor,\n    image: Tensor) -> "
                    f"Tuple[{', '.join(['Tensor'] * 11)}]:\n{lines}")
                record = (head + text).encode()
            if name.endswith("/data.pkl"):
                record = pickle(record)
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".py") else zipfile.ZIP_STORED
            target.writestr(info, record)
    return result.getvalue()


def record(name, archive):
    inputs = (torch.tensor([[-7, 7, 5], [9, -9, 2]]), torch.arange(25.0).reshape(1, 1, 5, 5) / 7 - 1)
    outputs = torch.jit.load(io.BytesIO(archive))(*inputs)
    (folder / f"{name}.pt").write_bytes(archive)
    arrays = {f"in_{i}": t.numpy() for i, t in enumerate(inputs)}
    arrays.update({f"out_{i}": t.numpy() for i, t in enumerate(outputs)})
    numpy.savez(folder / f"{name}.npz", **arrays)


# Operators mean what they meant: the same code, of before and after they changed. The storages have six
# parts and bytes lie behind the archive's end, as PyTorch reads both.
record("version_3", rewritten(OLD, 3, HEAD, lambda b: b.replace(b"tQ", b"NtQ")) + b"\0" * 100)
record("version_5", rewritten(OLD.replace("div_(b", "mul_(b"), 5, ""))


def flat(name, value):
    if isinstance(value, dict):
        return {k: v for key, item in value.items() for k, v in flat(f"{name}.{key}", item).items()}
    if isinstance(value, (list, tuple)):
        return {k: v for i, item in enumerate(value) for k, v in flat(f"{name}.{i}", item).items()}
    return {name: numpy.asarray(value)}


# Arguments in arguments, by flat names.
nested = torch.jit.script(Nested())
ramp = [torch.arange(2.0) + i for i in range(7)]
arguments = {"x": ramp[0], "d": {"b": ramp[1], "a": ramp[2]}, "l": [ramp[3], ramp[4]],
             "t": (ramp[5], (ramp[6], 3)), "y": ramp[1], "flag": True, "s": 0.5}
nested.save(str(folder / "nested.pt"))
arrays = {k: v for name, value in arguments.items() for k, v in flat(name, value).items()}
numpy.savez(folder / "nested.npz", out_0=nested(**arguments).numpy(), **arrays)
