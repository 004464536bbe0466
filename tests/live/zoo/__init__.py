# SPDX-License-Identifier: Apache-2.0
"""The models that the live test exports, as a table of cases.

A case has a name, a function that builds the module, and its inputs, each written as a type and a shape such as
`f32("N 3 H W")`. A number is a size; a letter is an axis that stays dynamic. Its two sizes (the example's and
the second one's) are in SIZES or in the case's own `sizes`.
"""

import re

import torch

SIZES = {"N": (2, 3), "T": (7, 10), "S": (5, 8), "L": (32, 40), "D": (8, 10), "H": (64, 96), "W": (64, 80)}
SYMBOLS = {"N": "batch", "T": "time", "S": "source", "L": "length", "D": "depth", "H": "height", "W": "width"}

CASES = {}


class Input:
    """One forward argument: how to make it at size number k, and which of its axes are dynamic."""

    def __init__(self, shape, make):
        self.shape, self.make = shape.split(), make

    def tensor(self, k, sizes):
        return self.make([int(a) if a.isdigit() else sizes[a][k] for a in self.shape])

    def dynamic_axes(self, sizes):
        named = {i: a for i, a in enumerate(self.shape) if not a.isdigit()}
        return {i: SYMBOLS.get(a, a.lower()) for i, a in named.items() if sizes[a][0] != sizes[a][1]}


def f32(shape, low=None, high=None):
    if low is None:
        return Input(shape, torch.randn)
    return Input(shape, lambda s: torch.rand(s) * (high - low) + low)


def f64(shape):
    return Input(shape, lambda s: torch.randn(s, dtype=torch.float64))


def i64(shape, high=50, low=0):
    return Input(shape, lambda s: torch.randint(low, high, s))


def i32(shape, high=50, low=0):
    return Input(shape, lambda s: torch.randint(low, high, s, dtype=torch.int32))


def u8(shape, high=256):
    return Input(shape, lambda s: torch.randint(0, high, s, dtype=torch.uint8))


def boolean(shape):
    return Input(shape, lambda s: torch.rand(s) < 0.5)


def prefix_mask(shape, dtype=torch.int64):
    """What a tokenizer gives beside the ids: ones, then zeros from a place that differs by row; never all zero."""

    def make(s):
        lengths = torch.arange(s[0]) % max(1, s[1] // 2) + (s[1] + 1) // 2
        return (torch.arange(s[1])[None, :] < lengths[:, None]).to(dtype)

    return Input(shape, make)


class Case:
    def __init__(self, name, build, inputs, sizes=None, quick=False, script=False, freeze=False, strict=True,
                 grad=False, needs="", since=(1, 13), until=(99,), min_opset=11, tolerance=None):
        self.name = name
        self.build = build            # () -> nn.Module or a plain function
        self.inputs = inputs
        self.sizes = {**SIZES, **(sizes or {})}
        self.quick = quick            # part of the default selection
        self.script = script          # torch.jit.script instead of trace
        self.freeze = freeze          # torch.jit.freeze on top
        self.strict = strict          # of torch.jit.trace: False where the module returns a dict
        self.grad = grad              # trace with gradients on: PyTorch then takes no fused inference paths
        self.needs = needs            # "torchvision", "transformers"
        self.since, self.until = since, until  # torch versions, first and first not
        self.min_opset = min_opset    # what the model uses has no ONNX form below
        self.tolerance = tolerance    # (rtol, atol) where PyTorch itself is no closer between two runs

    def usable(self):
        version = tuple(int(v) for v in re.findall(r"\d+", torch.__version__)[:2])
        if not self.since <= version < self.until:
            return False
        if not self.needs:
            return True
        try:
            __import__(self.needs)
        except ImportError:
            return False
        return True

    def example(self, k):
        return tuple(i.tensor(k, self.sizes) for i in self.inputs)

    def dynamic_axes(self):
        axes = {f"in_{n}": i.dynamic_axes(self.sizes) for n, i in enumerate(self.inputs)}
        return {name: a for name, a in axes.items() if a}


def case(name, build, *inputs, **options):
    assert name not in CASES, name
    CASES[name] = Case(name, build, inputs, **options)


def layer(*inputs, **options):
    """Registers a function `(self, …)` as the forward of a module without parameters."""

    def register(forward):
        case(forward.__name__, type(forward.__name__, (torch.nn.Module,), {"forward": forward}), *inputs, **options)
        return forward

    return register


def net(*inputs, **options):
    """Registers a Module class that is built without arguments, under its name in snake case."""

    def register(cls):
        case(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower(), cls, *inputs, **options)
        return cls

    return register
