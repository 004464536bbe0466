#!/usr/bin/env python3
"""Writes the small model files of tests/data/files: archives as older or other writers left them.

    make_files.py OUT-FOLDER

Those in the repository are of PyTorch 1.13; values are formulas.
"""
import pathlib
import sys

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
