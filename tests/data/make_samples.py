#!/usr/bin/env python3
"""Writes the small model files of tests/data/samples, which the tests of lib/archive read.

    make_samples.py OUT-FOLDER

Values are formulas, not random numbers, so that a test can name what it expects. Every PyTorch
writes the files it can; those in the repository are of 2.6.0, and of 1.13.0 in samples/torch113.
"""
import collections
import enum
import pathlib
import sys
from typing import Dict, List, Optional, Tuple

import torch
from torch import nn

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


def ramp(*shape, dtype=torch.float32):
    """0, 1, 2, … in the order of the elements."""
    count = 1
    for size in shape:
        count *= size
    return torch.arange(count).reshape(shape).to(dtype)


def set_ramps(module):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(ramp(*parameter.shape) / 8)
    return module.eval()


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(3)

    def forward(self, x):
        return self.norm(x)


class Scripted(nn.Module):
    """One attribute of every kind that TorchScript can hold."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 3)
        self.inner = Inner()
        self.tied = nn.Linear(2, 3)
        self.tied.weight = self.linear.weight
        self.register_buffer("turned", ramp(2, 3).t())
        self.register_buffer("halves", ramp(3, dtype=torch.float16) / 2)
        self.register_buffer("none", None)
        self.colour = Colour.BLUE
        self.sizes: List[int] = [1, -2, 1 << 40]
        self.flags: List[bool] = [True, False]
        self.factors: List[float] = [0.5, float("inf")]
        self.names: List[str] = ["plain", 'quote " and \n', "grün"]
        self.table: Dict[str, int] = {"one": 1, "two": 2}
        self.pair: Tuple[int, str] = (7, "seven")
        self.maybe: Optional[torch.Tensor] = None
        self.tensors: List[torch.Tensor] = [ramp(2), ramp(2) + 1]

    def forward(self, x):
        x = self.inner(self.linear(x) + self.tied(x)) @ self.turned
        if self.colour == Colour.BLUE and self.flags[0]:
            x = x * self.factors[0] + self.halves.float().sum() + self.sizes[0] + self.pair[0]
        maybe = self.maybe
        if maybe is not None:
            x = x + maybe
        return x + self.tensors[1][0] + self.table["one"] + len(self.names[1])


class Traced(nn.Module):
    """GELU raises the archive's version, which moves it to another record."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)

    def forward(self, x):
        return nn.functional.gelu(self.conv(x)) + torch.tensor([[[1.5]], [[2.5]]])


def checkpoint():
    base = ramp(4, 6)
    return {
        "epoch": 3,
        "large": (1 << 70) + 5,
        "minus": -(1 << 33),
        "rate": 0.1,
        "name": "grün\x00!",
        "raw": b"\x00\xff\x80abc",
        "truth": (True, False, None),
        "state_dict": collections.OrderedDict(
            [("weight", nn.Parameter(ramp(2, 2))), ("bias", ramp(2, dtype=torch.bfloat16) - 1)]),
        "views": [base, base[1:3, ::2], base.t(), base[2]],
        "scalar": torch.tensor(2.5, dtype=torch.float64),
        "empty": torch.empty(0, 3),
        "bools": torch.tensor([True, False, True]),
        "bytes": ramp(3, dtype=torch.uint8),
        "complex": torch.tensor([1 + 2j, -0.5j]),
        "number": 1 + 2j,
        "size": torch.Size([2, 3]),
        "dtype": torch.float16,
        "device": torch.device("cuda", 1),
        ("a", "tuple"): {"nested": [{1: [], 2: {}}]},
        "set": {5},
    }


def quantized():
    weight = ramp(2, 3) - 2
    return collections.OrderedDict([
        ("whole", torch.quantize_per_tensor(weight, 0.5, -3, torch.qint8)),
        ("unsigned", torch.quantize_per_tensor(weight, 0.25, 16, torch.quint8)),
        ("wide", torch.quantize_per_tensor(weight, 0.125, 0, torch.qint32)),
        ("channels", torch.quantize_per_channel(weight, torch.tensor([0.5, 0.25]),
                                                torch.tensor([0, 1]), 0, torch.qint8)),
        ("last", torch.quantize_per_channel(
            weight.reshape(1, 2, 1, 3).contiguous(memory_format=torch.channels_last),
            torch.tensor([0.5, 0.25]), torch.tensor([0, 1]), 1, torch.qint8)),
        ("reals", torch.quantize_per_channel(weight, torch.tensor([0.5, 0.25]),
                                             torch.tensor([4.5, 8.25]), 0, torch.quint8)),
        ("nibbles", torch.quantize_per_channel(ramp(2, 3), torch.tensor([0.5, 1.0]),
                                               torch.tensor([0.0, 0.0]), 0, torch.quint4x2)),
        ("pair", (torch.quantize_per_tensor(weight, 1.0, 0, torch.qint8), None)),
        ("type", torch.qint8),
    ])


def main():
    scripted = torch.jit.script(set_ramps(Scripted()))
    scripted.save(str(folder / "scripted.pt"))
    torch.jit.freeze(scripted).save(str(folder / "frozen.pt"))
    traced = torch.jit.trace(set_ramps(Traced()), ramp(1, 1, 4, 5))
    traced.save(str(folder / "traced.pt"))
    torch.save(checkpoint(), folder / "checkpoint.pt")
    torch.save(checkpoint(), folder / "checkpoint_protocol4.pt", pickle_protocol=4)
    torch.save(checkpoint(), folder / "checkpoint_legacy.pt",
               _use_new_zipfile_serialization=False)
    torch.save(quantized(), folder / "quantized.pt")
    torch.save(set_ramps(nn.Linear(2, 2)), folder / "module.pt")


main()
