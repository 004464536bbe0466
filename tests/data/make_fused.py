#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a block of attention and RMS norm with inputs and answers: make_fused.py OUT-FOLDER

That in tests/data/files is of PyTorch 2.6; grouped heads, a mask that is added, and a causal one.
"""
import pathlib
import sys

import numpy
import torch
from torch.nn import functional

folder = pathlib.Path(sys.argv[1])


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.arange(8.0) / 8 + 0.5)

    def forward(self, q, k, v, mask):
        q = functional.rms_norm(q, (8,), self.weight, 1e-5)
        y = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=0.3, enable_gqa=True)
        return functional.scaled_dot_product_attention(y, y, y, is_causal=True)


torch.manual_seed(0)
inputs = torch.randn(2, 4, 5, 8), torch.randn(2, 2, 7, 8), torch.randn(2, 2, 7, 8), torch.randn(5, 7)
block = Block().requires_grad_(False)
torch.jit.trace(block, inputs).save(str(folder / "fused.pt"))
numpy.savez(folder / "fused.npz", **{f"in_{i}": x.numpy() for i, x in enumerate(inputs)}, out_0=block(*inputs).numpy())
