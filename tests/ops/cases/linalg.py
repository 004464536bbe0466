# SPDX-License-Identifier: Apache-2.0
"""Linear algebra: matrix products of every rank, einsum, distances."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from record import *

family("linalg")

case("linear_1d", nn.Linear(4, 3), f(4))
case("linear_2d", nn.Linear(4, 3), f(2, 4), dyn=(f(5, 4),))
case("linear_3d", nn.Linear(4, 3), f(2, 3, 4), dyn=(f(4, 2, 4),))
case("linear_4d", nn.Linear(4, 3), f(2, 2, 3, 4))
case("linear_no_bias", nn.Linear(4, 3, bias=False), f(2, 4))
case("linear_no_bias_3d", nn.Linear(4, 3, bias=False), f(2, 3, 4))
case("linear_f64", nn.Linear(4, 3).double(), f(2, 4, dtype=F64))
case("linear_f16", lambda x, w, b: F.linear(x, w, b), f(2, 4, dtype=F16), f(3, 4, dtype=F16), f(3, dtype=F16))
case("linear_functional", lambda x, w, b: F.linear(x, w, b), f(2, 4), f(3, 4), f(3))
case("linear_functional_3d", lambda x, w, b: F.linear(x, w, b), f(2, 2, 4), f(3, 4), f(3))
case("linear_functional_1d_weight", lambda x, w: F.linear(x, w), f(2, 4), f(4))
case("linear_empty_batch", nn.Linear(4, 3), f(0, 4))
case("bilinear", nn.Bilinear(3, 4, 2), f(2, 3), f(2, 4))
case("bilinear_3d", nn.Bilinear(3, 4, 2, bias=False), f(2, 2, 3), f(2, 2, 4))
RANKS = {"1_1": ((3,), (3,)), "1_2": ((3,), (3, 2)), "2_1": ((2, 3), (3,)), "2_2": ((2, 3), (3, 2)),
         "1_3": ((3,), (2, 3, 2)), "3_1": ((2, 2, 3), (3,)), "2_3": ((4, 3), (2, 3, 2)), "3_2": ((2, 4, 3), (3, 2)),
         "3_3": ((2, 4, 3), (2, 3, 2)), "3_3_broadcast": ((1, 4, 3), (2, 3, 2)), "4_2": ((2, 2, 2, 3), (3, 2)),
         "4_3": ((2, 2, 2, 3), (2, 3, 2)), "4_4": ((2, 2, 2, 3), (2, 2, 3, 2)), "4_1": ((2, 2, 2, 3), (3,)),
         "1_4": ((3,), (2, 2, 3, 2)), "5_4": ((1, 2, 1, 2, 3), (2, 2, 3, 1))}
for label, (a, b) in RANKS.items():
    case(f"matmul_{label}", torch.matmul, f(*a), f(*b))
case("matmul_dynamic", torch.matmul, f(2, 4, 3), f(2, 3, 5), dyn=(f(3, 6, 3), f(3, 3, 5)))
case("matmul_operator", lambda x, y: x @ y.transpose(-1, -2), f(2, 4, 3), f(2, 4, 3))
case("matmul_f64", torch.matmul, f(2, 3, dtype=F64), f(3, 2, dtype=F64))
case("matmul_f16", torch.matmul, f(2, 3, dtype=F16), f(3, 2, dtype=F16))
case("matmul_i64", torch.matmul, ints(2, 3), ints(3, 2))
case("matmul_i32", torch.matmul, ints(2, 3, dtype=I32), ints(3, 2, dtype=I32))
case("mm", torch.mm, f(2, 3), f(3, 4), dyn=(f(5, 3), f(3, 4)))
case("mm_empty", torch.mm, f(2, 0), f(0, 3))
case("bmm", torch.bmm, f(2, 3, 4), f(2, 4, 2), dyn=(f(3, 5, 4), f(3, 4, 2)))
case("mv", torch.mv, f(2, 3), f(3))
case("dot", torch.dot, f(4), f(4))
case("dot_i64", torch.dot, ints(4), ints(4))
case("vdot", torch.vdot, f(4), f(4))
case("inner", torch.inner, f(2, 3), f(4, 3))
case("outer", torch.outer, f(3), f(4))
case("ger", torch.ger, f(3), f(4))
case("outer_i64", torch.outer, ints(3), ints(4))
case("kron", torch.kron, f(2, 2), f(2, 3))
case("chain_matmul", lambda a, b, c: torch.linalg.multi_dot([a, b, c]), f(2, 3), f(3, 4), f(4, 2))
case("matrix_power", lambda x: torch.linalg.matrix_power(x, 3), f(3, 3))
case("tensordot", lambda a, b: torch.tensordot(a, b, dims=1), f(2, 3), f(3, 4))
case("tensordot_dims", lambda a, b: torch.tensordot(a, b, dims=([1, 2], [0, 1])), f(2, 3, 4), f(3, 4, 2))
case("addmm", torch.addmm, f(2, 4), f(2, 3), f(3, 4), dyn=(f(5, 4), f(5, 3), f(3, 4)))
case("addmm_row", torch.addmm, f(4), f(2, 3), f(3, 4))
case("addmm_scaled", lambda b, x, y: torch.addmm(b, x, y, beta=0.5, alpha=2), f(4), f(2, 3), f(3, 4))
case("addmm_beta_zero", lambda b, x, y: torch.addmm(b, x, y, beta=0), f(2, 4), f(2, 3), f(3, 4))
case("addmm_i64", torch.addmm, ints(2, 4), ints(2, 3), ints(3, 4))
case("addmv", torch.addmv, f(2), f(2, 3), f(3))
case("addmv_scaled", lambda b, x, y: torch.addmv(b, x, y, beta=0.5, alpha=2.0), f(2), f(2, 3), f(3))
case("addbmm", torch.addbmm, f(2, 4), f(3, 2, 3), f(3, 3, 4))
case("addbmm_scaled", lambda b, x, y: torch.addbmm(b, x, y, beta=2, alpha=0.5), f(2, 4), f(3, 2, 3), f(3, 3, 4))
case("baddbmm", torch.baddbmm, f(2, 3, 2), f(2, 3, 4), f(2, 4, 2), dyn=(f(3, 3, 2), f(3, 3, 4), f(3, 4, 2)))
case("baddbmm_scaled", lambda b, x, y: torch.baddbmm(b, x, y, beta=0.5, alpha=0.25), f(1, 3, 2), f(2, 3, 4), f(2, 4, 2))
case("baddbmm_beta_zero", lambda b, x, y: torch.baddbmm(b, x, y, beta=0.0, alpha=0.25), f(2, 3, 2), f(2, 3, 4), f(2, 4, 2))
case("addr", torch.addr, f(3, 4), f(3), f(4))
case("addr_scaled", lambda m, x, y: torch.addr(m, x, y, beta=0.5, alpha=2), f(3, 4), f(3), f(4))
case("cross", lambda x, y: torch.linalg.cross(x, y), f(2, 3), f(2, 3))
case("cross_dim", lambda x, y: torch.cross(x, y, dim=0), f(3, 2), f(3, 2))
case("det", torch.det, f(3, 3))
case("inverse", torch.inverse, f(3, 3) + 4 * torch.eye(3))
case("t", lambda x: x.t() @ x, f(3, 2))
case("mT", lambda x: x.mT @ x, f(2, 3, 2))
for label, (equation, *shapes) in {
        "mm": ("ij,jk->ik", (2, 3), (3, 4)), "bmm": ("bij,bjk->bik", (2, 2, 3), (2, 3, 4)),
        "outer": ("i,j->ij", (3,), (4,)), "dot": ("i,i->", (4,), (4,)), "mv": ("ij,j->i", (2, 3), (3,)),
        "transpose": ("ij->ji", (2, 3)), "permute": ("bnqd->bqnd", (2, 3, 2, 4)), "sum": ("ij->", (2, 3)), "rows": ("ij->i", (2, 3)),
        "trace": ("ii->", (3, 3)), "diagonal": ("ii->i", (3, 3)), "hadamard": ("ij,ij->ij", (2, 3), (2, 3)),
        "implicit": ("ij,jk", (2, 3), (3, 4)), "implicit_order": ("ba", (2, 3)), "attention": ("bnqd,bnkd->bnqk", (2, 2, 3, 4), (2, 2, 5, 4)),
        "values": ("bnqk,bnkd->bqnd", (2, 2, 3, 5), (2, 2, 5, 4)), "project": ("bld,hdk->bhlk", (2, 3, 4), (2, 4, 3)),
        "three": ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)), "ellipsis": ("...ij,...jk->...ik", (2, 2, 3), (2, 3, 4)),
        "ellipsis_sum": ("...i->...", (2, 2, 3)), "ellipsis_one": ("...i,i->...", (2, 2, 3), (3,)),
        "spaces": (" i j , j k -> i k ", (2, 3), (3, 4)), "contract_two": ("abc,bcd->ad", (2, 3, 4), (3, 4, 2)),
        "bilinear": ("bi,oij,bj->bo", (2, 3), (2, 3, 4), (2, 4)), "broadcast_one": ("ij,jk->ik", (2, 1), (3, 4)),
        "nchw": ("nchw,nhwk->nck", (1, 2, 3, 2), (1, 3, 2, 4)), "capital": ("aA,Ab->ab", (2, 3), (3, 2))}.items():
    case(f"einsum_{label}", lambda *xs, equation=equation: torch.einsum(equation, *xs), *[f(*s) for s in shapes])
case("einsum_dynamic", lambda x, y: torch.einsum("bqd,bkd->bqk", x, y), f(2, 3, 4), f(2, 5, 4), dyn=(f(3, 2, 4), f(3, 6, 4)))
case("einsum_i64", lambda x, y: torch.einsum("ij,jk->ik", x, y), ints(2, 3), ints(3, 2))
case("cdist", torch.cdist, f(3, 2), f(4, 2))
case("cdist_batched", torch.cdist, f(2, 3, 2), f(2, 4, 2))
case("cdist_p1", lambda x, y: torch.cdist(x, y, p=1.0), f(3, 2), f(4, 2))
case("cdist_mm", lambda x, y: torch.cdist(x, y, compute_mode="use_mm_for_euclid_dist"), f(3, 2), f(4, 2))
case("pdist", lambda x: F.pdist(x), f(4, 3))
case("cosine_similarity", lambda x, y: F.cosine_similarity(x, y), f(2, 3), f(2, 3), dyn=(f(4, 3), f(4, 3)))
case("cosine_similarity_dim", lambda x, y: F.cosine_similarity(x, y, dim=-1, eps=0.1), f(2, 3, 4), f(4))
case("pairwise_distance", lambda x, y: F.pairwise_distance(x, y), f(2, 3), f(2, 3))
case("pairwise_distance_p1_keep", lambda x, y: F.pairwise_distance(x, y, p=1.0, keepdim=True), f(2, 3), f(2, 3))
script("scripted_matmul", "x: Tensor, y: Tensor", "z = x @ y\nz += 1\nreturn torch.baddbmm(z, x, y, alpha=0.5), torch.einsum('bij,bjk->bik', [x, y])",
       f(2, 3, 4), f(2, 4, 2))
script("scripted_linear", "x: Tensor, w: Tensor, b: Optional[Tensor] = None", "return F.linear(x, w, b)", f(2, 4), f(3, 4))
