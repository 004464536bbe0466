#!/usr/bin/env python3
"""Writes models that call operators of a library of their own: make_custom.py OUT-FOLDER

Those in tests/data/files are of PyTorch 2.6; custom.npz has inputs and answers of custom.pt2.
"""
import pathlib
import sys

import numpy
import torch

folder = pathlib.Path(sys.argv[1])
library = torch.library.Library("myops", "DEF")
library.define("scale(Tensor x, Tensor? mask, float factor, int[] axes, str mode='a') -> Tensor")
library.define("pair(Tensor x) -> (Tensor, Tensor)")
library.impl("scale", lambda x, mask, factor, axes, mode="a": x * factor, "CPU")
library.impl("scale", lambda x, mask, factor, axes, mode="a": torch.empty_like(x), "Meta")
library.impl("pair", lambda x: (x.relu(), x.sum(1)), "CPU")
library.impl("pair", lambda x: (torch.empty_like(x), x.new_empty(x.shape[0])), "Meta")


class One(torch.nn.Module):
    def forward(self, x):
        return torch.ops.myops.scale(x, None, 0.5, [0, 1]) + 1


class Several(torch.nn.Module):
    def forward(self, x):
        y = torch.ops.myops.scale(x + 1, None, 0.5, [0, 1], mode="b")
        a, b = torch.ops.myops.pair(y)
        return a * 2, b + 1


x = torch.arange(12.0).reshape(3, 4) - 6
torch.jit.trace(One(), x).save(str(folder / "custom.pt"))
batch = torch.export.Dim("batch", min=2)
program = torch.export.export(Several(), (x,), dynamic_shapes=({0: batch},))
torch.export.save(program, folder / "custom.pt2")
a, b = Several()(x)
numpy.savez(folder / "custom.npz", x=x, out_0=a, out_1=b)
