#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records operator cases from real PyTorch: for every case of cases/*.py the TorchScript file, the
inputs and what PyTorch answers, packed into one small archive per family.

    record.py OUT-FOLDER [--only PATTERN] [--family NAME]...
    record.py OUT-FOLDER --beside FOLDER --name NAME     only what another version of PyTorch, whose
                                                         cases lie in FOLDER, writes differently

An archive FAMILY.zip holds index.tsv (a line a case: name, lowest opset, rtol, atol, dynamic axes,
operators, "int8" where the model is quantized) and, per case, CASE/model.pt and CASE/io.npz (in_0…, out_0…, and for a second size of the
dynamic axes dyn_in_0…, dyn_out_0…, for further ones dyn1_in_0…, other values also_in_0…). Records that no reader needs are left out of model.pt.
"""
import argparse
import fnmatch
import importlib
import io
import linecache
import math
import pathlib
import re
import sys
import traceback
import warnings
import zipfile
import zlib

import numpy as np
import torch
from torch import nn

warnings.filterwarnings("ignore")
torch.set_grad_enabled(False)
torch.set_num_threads(1)

F32, F64, F16 = torch.float32, torch.float64, torch.float16
I64, I32, I16, I8, U8, BOOL = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8,
                               torch.bool)

# --- values: a function of shape, type and position in the case, so that a new case changes no other

_drawn = 0


def _generator(*what):
    global _drawn
    _drawn += 1
    return np.random.RandomState(zlib.crc32(repr((what, _drawn)).encode()))


def f(*shape, dtype=F32, span=3.0):
    """Distinct values spread over ±span, none of them zero, all short in binary."""
    n = max(1, int(np.prod(shape, dtype=np.int64)))
    step = 2.0 ** np.round(np.log2(2 * span / n))
    values = (_generator(shape, "f").permutation(n) - n / 2 + 0.25) * step
    return torch.tensor(values[: int(np.prod(shape, dtype=np.int64))].reshape(shape)).to(dtype)


def pos(*shape, dtype=F32, low=0.125, span=3.0):
    return f(*shape, dtype=dtype, span=span).abs() + low


def unit(*shape, dtype=F32):
    """Inside (-1, 1)."""
    x = f(*shape, dtype=F64, span=1.0)
    return (x / (x.abs().max() + 0.0625) if x.numel() else x).to(dtype)


def ints(*shape, low=-5, high=6, dtype=I64):
    return torch.tensor(_generator(shape, low, high).randint(low, high, size=shape)).to(dtype)


def flags(*shape):
    return ints(*shape, low=0, high=2).to(BOOL)


def tensor(values, dtype=None):
    return torch.tensor(values, dtype=dtype)


def settle(module):
    """Short, reproducible weights, and statistics such as training leaves them."""
    for name, p in list(module.named_parameters()) + list(module.named_buffers()):
        if not p.dtype.is_floating_point:
            continue
        r = np.random.RandomState(zlib.crc32(repr((name, tuple(p.shape))).encode()))
        values = torch.tensor(r.randint(-24, 25, size=tuple(p.shape)) / 64.0)
        p.data.copy_(values.abs() + 0.5 if name.endswith("running_var") else values)
    return module.eval()


# --- the table

CASES = {}
_family = None


def family(name):
    global _family
    _family = CASES.setdefault(name, {})


class Op(nn.Module):
    def __init__(self, fn, settled=False):
        super().__init__()
        if isinstance(fn, nn.Module) and not settled:
            settle(fn)
        self.fn = fn

    def forward(self, *inputs):
        return self.fn(*inputs)


_steps = []  # scales of the results


def back(y):
    """Real numbers from what a function of quantized tensors gives."""
    if not isinstance(y, torch.Tensor):
        return tuple(back(t) for t in y)
    if not y.is_quantized:
        return y
    if not torch.jit.is_tracing():
        per_tensor = y.qscheme() in (torch.per_tensor_affine, torch.per_tensor_symmetric)
        _steps.append(y.q_scale() if per_tensor else y.q_per_channel_scales().max().item())
    return y.dequantize()


class Using(nn.Module):
    """A module and a function of it and the inputs."""

    def __init__(self, module, fn):
        super().__init__()
        self.module = module
        self.fn = fn

    def forward(self, *inputs):
        return self.fn(self.module, *inputs)


def case(name, fn, *inputs, **options):
    """fn: a function or module of the inputs, traced.

    dyn: a second set of inputs, or a list of several; the axes whose sizes differ are dynamic. also: further
    sets of inputs, of the same sizes too (other values take other branches). opset: the lowest that can
    say it. rtol, atol: where a type is too coarse for the usual ones; an infinite atol: values are
    random, types and shapes alone count.

    int8: a quantized model, which is exported in both int8 formats. within: how many steps of the
    results' scale (see back()) the answers may be apart; 0: only what rounding of floats makes.
    engine: PyTorch's. made: fn makes the module. answer: a function of the inputs that says what
    PyTorch would, where this one was built without the kernel. edit: makes another archive of the
    saved one, which this PyTorch cannot write.
    """
    global _drawn
    _drawn = 0
    assert name not in _family, name
    _family[name] = (fn, inputs, options)


def script(name, signature, body, *inputs, **options):
    """A scripted module whose forward has this signature and body."""
    lines = ["class M(torch.nn.Module):\n", f"    def forward(self, {signature}):\n"]
    lines += ["        " + line + "\n" for line in body.strip("\n").split("\n")]
    file = f"<{[k for k, v in CASES.items() if v is _family][0]}/{name}>"
    text = "".join(lines)
    linecache.cache[file] = (len(text), None, lines, file)
    scope = {"torch": torch, "math": math, "nn": nn, "F": nn.functional, "__name__": "cases"}
    exec("from typing import *\nfrom torch import Tensor", scope)
    exec(compile(text, file, "exec"), scope)
    scope["M"].__module__ = "cases"
    case(name, scope["M"], *inputs, scripted=True, **options)


def code(name, results, *inputs, rows, answer, before=(), **options):
    """A scripted module whose code in the archive is written here: `results` are expressions of a, b, c (the inputs),
    `before` statements. rows: the operators that the case stands for. answer: what PyTorch says of them."""
    letters = "abc"[: len(inputs)]
    kind = "Tensor" if len(results) == 1 else f"Tuple[{', '.join(['Tensor'] * len(results))}]"
    result = results[0] if len(results) == 1 else f"({', '.join(results)})"
    lines = [*before, f"return {result}"]
    header = ",\n    ".join(["self: __torch__.cases.M"] + [f"{x}: Tensor" for x in letters])
    method = f"  def forward({header}) -> {kind}:\n" + "".join(f"    {line}\n" for line in lines)

    def written(archive):
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(archive)) as z, zipfile.ZipFile(out, "w") as edited:
            for info in z.infolist():
                data = z.read(info)
                if info.filename.endswith("cases.py"):
                    data = data[: data.index(b"  def forward(")] + method.encode()
                edited.writestr(info, data)
        return out.getvalue()

    script(name, ", ".join(f"{x}: Tensor" for x in letters), "return a", *inputs, rows=rows, answer=answer, edit=written,
           **options)


# --- recording


def flat(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, (int, float)):
        return [torch.tensor(value)]
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, (list, tuple)) or hasattr(value, "__iter__"):
        return [t for v in value for t in flat(v)]
    raise TypeError(f"an output of type {type(value)}")


def has_sizes(inputs, values):
    return all(a.shape == b.shape for a, b in zip(inputs, values))


def same_sizes(inputs, options):
    return [values for values in options.get("also", []) if has_sizes(inputs, values)]


def other_sizes(inputs, options):
    dyn = options.get("dyn", [])
    dyn = dyn if isinstance(dyn, list) else [dyn]
    return dyn + [values for values in options.get("also", []) if not has_sizes(inputs, values)]


def dynamic_axes(sets):
    """"INPUT:AXIS=NAME" per axis that differs; those equal in all sets are one dimension."""
    names, axes = {}, []
    for i, values in enumerate(zip(*sets)):
        assert len({(t.dim(), t.dtype) for t in values}) == 1
        for axis, sizes in enumerate(zip(*(t.shape for t in values))):
            if len(set(sizes)) > 1:
                name = names.setdefault(sizes, f"n{len(names)}")
                axes.append(f"{i}:{axis}={name}")
    return ";".join(axes)


def slim(archive):
    """The archive with nothing in it that only debuggers and loaders of other kinds want."""
    out = io.BytesIO()
    with zipfile.ZipFile(archive) as z, zipfile.ZipFile(out, "w") as slimmed:
        for info in z.infolist():
            name = info.filename
            if name.endswith(".debug_pkl") or "traced_inputs" in name or "serialization_id" in name:
                continue
            slimmed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), z.read(info))
    return out.getvalue()


def operators(model):
    seen = set()

    def walk(block):
        for node in block.nodes():
            schema = node.schema()
            if schema != "(no schema)":
                seen.add(schema.split("(")[0])
            for inner in node.blocks():
                walk(inner)

    walk(model.inlined_graph)
    return sorted(seen)


def code_of(model):
    """The source in a TorchScript file, without the names of parameters and mangled classes."""
    with zipfile.ZipFile(io.BytesIO(model)) as z:
        text = "".join(z.read(n).decode() for n in sorted(z.namelist()) if n.endswith(".py"))
    text = re.sub(r"___torch_mangle_\d+\.", "", text)
    names = {}
    for header in re.findall(r"def forward\d*\(self: [^,]*,\n?(.*?)\) ->", text, re.S):
        for name in re.findall(r"(\w+): Tensor", header):
            names.setdefault(name, f"p{len(names)}")
    return re.sub(r"\b(" + "|".join(names or ["\0"]) + r")\b", lambda m: names[m.group()], text)


def write_archive(path, index, content):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for entry, data in [("index.tsv", "\n".join(index) + "\n")] + content:
            info = zipfile.ZipInfo(entry, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(info, data)
    print(f"{path.stem}: {len(index)} cases, {path.stat().st_size} bytes")


def load_cases(lenient):
    here = pathlib.Path(__file__).parent
    sys.modules["record"] = sys.modules["__main__"]
    sys.path.insert(0, str(here))
    for file in sorted((here / "cases").glob("*.py")):
        try:
            importlib.import_module("cases." + file.stem)
        except (AttributeError, ImportError, TypeError) as error:
            if not lenient:
                raise
            print(f"{file.name}: {error}: the cases after that are left out")


def build(fn, inputs, options):
    torch._C._jit_clear_class_registry()  # class names then do not tell how many cases went before
    torch.jit._recursive.concrete_type_store = torch.jit._recursive.ConcreteTypeStore()
    if options.get("made"):
        fn = fn()
    if options.get("scripted"):
        return torch.jit.script(fn().eval())
    module = Op(fn, settled="made" in options).eval()
    return torch.jit.trace(module, tuple(t.clone() for t in inputs), check_trace=False)


def record(fn, inputs, options):
    if "int8" in options:
        torch.backends.quantized.engine = options.get("engine", "qnnpack")
        _steps.clear()
        if "scripted" not in options:
            (fn() if "made" in options else fn)(*[t.clone() for t in inputs])
        if _steps:
            atol = max(_steps) * (options.get("within", 0) + 1e-3)
            options = {"rtol": 1e-6, "atol": atol, **options}
    saved = io.BytesIO()
    torch.jit.save(build(fn, inputs, options), saved)
    model = torch.jit.load(io.BytesIO(saved.getvalue()))
    arrays = {}
    alike, others = same_sizes(inputs, options), other_sizes(inputs, options)
    sets = [("", inputs)] + [(f"also{i or ''}_", values) for i, values in enumerate(alike)]
    sets += [(f"dyn{i or ''}_", values) for i, values in enumerate(others)]
    for prefix, values in sets:
        torch.manual_seed(0)
        answers = flat(options.get("answer", model)(*[t.clone() for t in values]))
        if not options.get("scripted") and prefix:
            call = fn() if options.get("made") else fn
            for a, b in zip(answers, flat(call(*[t.clone() for t in values]))):
                assert a.shape == b.shape, "the trace does not follow the dynamic size"
                torch.testing.assert_close(a, b, equal_nan=True)
        arrays.update({f"{prefix}in_{i}": t.numpy() for i, t in enumerate(values)})
        arrays.update({f"{prefix}out_{i}": t.numpy() for i, t in enumerate(answers)})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as z:
        for name, array in arrays.items():
            one = io.BytesIO()
            np.lib.format.write_array(one, np.ascontiguousarray(array).reshape(array.shape))
            z.writestr(zipfile.ZipInfo(name + ".npy", (1980, 1, 1, 0, 0, 0)), one.getvalue())
    if "edit" in options:
        saved = io.BytesIO(options["edit"](saved.getvalue()))
    half = any(a.dtype == np.float16 for a in arrays.values())
    line = [
        str(options.get("opset", 0)),
        str(options.get("rtol", 1e-2 if half else 1e-3)),
        str(options.get("atol", 2e-3 if half else 1e-4)),
        dynamic_axes([inputs] + others) if others else "-",
        ",".join(options.get("rows") or operators(model)) or "-",
    ] + (["int8"] if "int8" in options else [])
    return slim(saved), packed.getvalue(), line


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--only", default="*")
    parser.add_argument("--family", action="append")
    parser.add_argument("--beside", type=pathlib.Path)
    parser.add_argument("--name")
    arguments = parser.parse_args()
    load_cases(lenient=arguments.beside is not None)
    arguments.out.mkdir(parents=True, exist_ok=True)
    failed = total = 0
    differing = ([], [])
    for name, cases in CASES.items():
        if arguments.family and name not in arguments.family:
            continue
        index, content = ([], []) if arguments.beside is None else differing
        other = arguments.beside and zipfile.ZipFile(arguments.beside / f"{name}.zip")
        for case_name, (fn, inputs, options) in cases.items():
            if not fnmatch.fnmatch(case_name, arguments.only):
                continue
            try:
                model, data, line = record(fn, inputs, options)
            except Exception as error:
                failed += 1
                print(f"{name}/{case_name}: {type(error).__name__}: {str(error)[:300]}")
                if arguments.only != "*":
                    traceback.print_exc()
                continue
            if other:
                if code_of(other.read(f"{case_name}/model.pt")) == code_of(model):
                    continue
                case_name = f"{name}_{case_name}"
            index.append("\t".join([case_name] + line))
            content += [(f"{case_name}/model.pt", model), (f"{case_name}/io.npz", data)]
            total += 1
        if arguments.beside is None:
            write_archive(arguments.out / f"{name}.zip", index, content)
    if arguments.beside is not None:
        write_archive(arguments.out / f"{arguments.name}.zip", *differing)
    print(f"torch {torch.__version__}: {total} cases, {failed} failed")
    return 1 if failed and arguments.beside is None else 0


if __name__ == "__main__":
    sys.exit(main())
