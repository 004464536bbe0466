# SPDX-License-Identifier: Apache-2.0
"""Operators given bools, integers and tensors of rank 0, where results are of another type or shape than elsewhere."""
import torch
import torch.nn.functional as F

from record import *

family("promotion")

# --- bools of rank 0 are tensors, not numbers
case("bool_scalars", lambda a, b: (torch.add(a, b), torch.mul(a, b), a + b, a * b), tensor(True), tensor(True),
     also=[(tensor(True), tensor(False))])
case("bool_scalar_number", lambda a: (a + 2, a * 2.5, 3 - a.long()), tensor(True))
case("bool_extremes", lambda a, b: (torch.max(a, b), torch.min(a, b), torch.maximum(a, b)), tensor(True), tensor(False))
for name, size in (("scalar", ()), ("one", (1,)), ("same", (2, 3)), ("rows", (2, 1))):
    case(f"sum_to_size_bool_{name}", lambda x, size=size: x.sum_to_size(size), flags(2, 3))
case("sum_to_size_i32", lambda x: x.sum_to_size(1, 3), ints(2, 3, dtype=I32))
case("sum_to_size_0d", lambda x, y: (x.sum_to_size([]), y.sum_to_size([])), tensor(True), tensor(2.5))
case("scatter_extremes_bool", lambda x, i, s: (x.scatter_reduce(0, i, s, "amax", include_self=False),
                                              x.scatter_reduce(0, i, s, "amin", include_self=False),
                                              x.scatter_reduce(0, i, s, "amax"), x.scatter_reduce(0, i, s, "amin")),
     flags(4, 3), ints(4, 3, low=0, high=4), flags(4, 3))

# --- integers among functions of real numbers
a, b = ints(3, 4, low=-9, high=9), ints(3, 4, low=-9, high=9)
case("pairwise_distance_int", lambda a, b: (F.pairwise_distance(a, b), F.pairwise_distance(a, b, p=1.0, keepdim=True),
                                            F.pairwise_distance(a, b, eps=1.0)), a, b)
case("triplet_int", lambda a, b, c: (F.triplet_margin_loss(a, b, c), F.triplet_margin_loss(a, b, c, swap=True, p=1.0)),
     a, b, ints(3, 4, low=-8, high=8))
case("cosine_embedding_int", lambda a, b, t: F.cosine_embedding_loss(a, b, t, margin=0.5, reduction="none"),
     a, b, tensor([1, -1, 1]))
case("cosine_embedding_bool", lambda a, b, t: F.cosine_embedding_loss(a, b, t), flags(3, 4), flags(3, 4), tensor([1, -1, 1]))
case("poisson_int", lambda x, t: (F.poisson_nll_loss(x, t, reduction="none"),
                                  F.poisson_nll_loss(x, t, full=True, reduction="none"),
                                  F.poisson_nll_loss(x.abs(), t, log_input=False)),
     ints(5, low=-3, high=4), ints(5, low=0, high=6))
case("pow_int_negative", lambda x, e: torch.pow(x, e), tensor([0, 1, -1, 2, -3, 0, 5]), tensor([-2, -3, -3, -1, 3, 0, -2]))
case("pow_int_exact", lambda x: (x ** 3, x.pow(5), x ** 2), tensor([3037000499, -99999, 2**21 + 1, -7, 0]))
case("pow_i32", lambda x: (x ** 3, x ** 0, x.pow(4)), ints(6, dtype=I32))

# --- rank 0
case("cosine_similarity_0d", lambda a, b: F.cosine_similarity(a, b, dim=0), tensor(-2.5), tensor(1.5))
case("pairwise_distance_0d", lambda a, b: (F.pairwise_distance(a, b), F.pairwise_distance(a, b, keepdim=True)),
     tensor(-2.5), tensor(1.5))
case("index_fill_0d", lambda x, i, j: (x.index_fill(0, i, 7.0), x.index_fill(-1, j, 2.0)), tensor(1.5), tensor([0]), tensor(0))
case("index_copy_0d", lambda x, i, s: x.index_copy(0, i, s), tensor(1.5), tensor([0]), tensor(-4.0))
case("index_add_0d", lambda x, i, s: (x.index_add(0, i, s), x.index_add(-1, i, s, alpha=2)), tensor(1.5), tensor([0]), tensor(-4.0))
