#!/usr/bin/env python3
"""Scripted models for what options say of branches and loops: make.py FOLDER (PyTorch 2.6.0). NAME.npz has inputs and
what PyTorch answers."""
import sys
from typing import List, Tuple

import numpy
import torch
from torch import nn


class Turns(nn.Module):
    """Loops of known counts, one in the other, and one that counts itself."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        y = x
        for i in range(12):
            y = torch.tanh(self.fc(y)) + i
            for j in range(3):
                y = y * 0.5 + x[0] * j
        n = 0
        while n < 20:
            y = y + n * 0.25
            n += 2
        return y, n


class Checked(nn.Module):
    """Raises where a dynamic size or the data says so."""

    def forward(self, x):
        if x.size(0) == 0:
            raise ValueError("empty")
        for i in range(x.size(1)):
            assert bool((x[:, i] < 100).all()), "large"
        return x * 2


class Listed(nn.Module):
    """Lists whose length a size decides, and one whose tensors differ in size."""

    def forward(self, x) -> Tuple[List[torch.Tensor], List[torch.Tensor], List[int]]:
        rows: List[torch.Tensor] = []
        fronts: List[torch.Tensor] = []
        which: List[int] = []
        for i in range(x.size(0)):
            rows.append(x[i] * i)
            fronts.append(x[: i + 1].t())
            if bool(x[i].sum() > 0):
                which.append(i)
        return rows, fronts, which


def main(folder):
    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    torch.backends.mkldnn.enabled = False
    for of in (Turns, Checked, Listed):
        model = torch.jit.script(of())
        x = torch.randn(3, 3)
        model.save(f"{folder}/{of.__name__.lower()}.pt")
        if of is Listed:
            continue
        answers = model(x.clone())
        answers = answers if isinstance(answers, tuple) else (answers,)
        arrays = {f"out_{i}": torch.as_tensor(a).numpy() for i, a in enumerate(answers)}
        numpy.savez_compressed(f"{folder}/{of.__name__.lower()}.npz", in_0=x.numpy(), **arrays)


if __name__ == "__main__":
    main(sys.argv[1])
