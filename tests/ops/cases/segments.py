# SPDX-License-Identifier: Apache-2.0
"""Reductions of pieces of an axis that follow one another."""
from record import *

family("segments")

LENGTHS, OTHERS = tensor([2, 0, 3, 1]), tensor([1, 4])
for reduce in ("sum", "mean", "prod", "max", "min"):
    case(f"{reduce}_by_lengths", lambda x, n, reduce=reduce: torch.segment_reduce(x, reduce, lengths=n), f(6, 3), LENGTHS, dyn=[(f(5, 3), OTHERS)])
    case(f"{reduce}_initial", lambda x, n, reduce=reduce: torch.segment_reduce(x, reduce, lengths=n, initial=1.5), f(6), LENGTHS, dyn=[(f(5), OTHERS)])
case("by_offsets", lambda x, n: torch.segment_reduce(x, "sum", offsets=n), f(6, 2, 2), tensor([0, 2, 2, 5, 6]), dyn=[(f(5, 2, 2), tensor([0, 1, 5]))])
