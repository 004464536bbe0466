# SPDX-License-Identifier: Apache-2.0
"""Factors of matrices that are unique up to signs: what is compared is what does not depend on them."""
import torch
import torch.nn.functional as F

from record import *

family("factors")
L, NAN = torch.linalg, float("nan")


def low_rank(*shape, rank=2):
    return f(*shape[:-2], shape[-2], rank, span=1.0) @ f(*shape[:-2], rank, shape[-1], span=1.0)


def whole(u, s, vh):
    return u[..., : s.shape[-1]] @ (s.unsqueeze(-1) * vh[..., : s.shape[-1], :])


def gram(u):
    return u.transpose(-1, -2) @ u


def eigh(x, *uplo):
    w, v = L.eigh(x, *uplo)
    return w, v @ (w.unsqueeze(-1) * v.transpose(-1, -2)), gram(v)


def svd(x, full):
    u, s, vh = L.svd(x, full_matrices=full)
    return s, whole(u, s, vh), gram(u), vh @ vh.transpose(-1, -2)


for label, shape in {"5": (5, 5), "batch": (2, 4, 4), "1": (1, 1)}.items():
    case(f"eigh_{label}", eigh, f(*shape))
case("eigh_upper", lambda x: (eigh(x, "U"), L.eigvalsh(x, "U")), f(3, 3))
case("eigh_dynamic", lambda x: L.eigvalsh(x), f(4, 4), dyn=[(f(7, 7),), (f(1, 1),), (f(2, 2),)])
case("eigh_equal", lambda x: eigh(x), torch.diag(tensor([2.0, 2.0, -1.0, 0.0, 0.0])))
case("eigh_raw", lambda x: torch.ops.aten._linalg_eigh(x)[0], f(4, 4))
for label, x in {"square": f(4, 4), "tall": f(5, 3), "wide": f(3, 5), "batch": f(2, 3, 4), "singular": low_rank(5, 4),
                 "zero": torch.zeros(3, 2), "plane": low_rank(2, 3, 3)}.items():
    case(f"svd_{label}", lambda x: (svd(x, False), svd(x, True), L.svdvals(x)), x)
case("svd_dynamic", lambda x: svd(x, False), f(4, 3), dyn=[(f(2, 6),), (f(9, 7),)])
case("svd_old", lambda x: (lambda u, s, v: (s, whole(u, s, v.t()), gram(v)))(*torch.svd(x)), f(4, 3))
case("svd_whole", lambda x: gram(torch.svd(x, some=False)[0]), f(4, 3))
case("svd_raw", lambda x: torch.ops.aten._linalg_svd(x)[1], f(4, 3))
case("svd_f64", lambda x: L.svdvals(x), f(6, 4, dtype=F64), rtol=1e-9, atol=1e-9)

for label, x in {"square": f(4, 4), "tall": f(5, 3), "singular": low_rank(4, 5), "batch": low_rank(2, 4, 3)}.items():
    case(f"pinv_{label}", lambda x: (L.pinv(x), L.pinv(x, rtol=0.3), L.matrix_rank(x), L.matrix_rank(x, atol=0.5)), x)
case("pinv_dynamic", lambda x: L.pinv(x), f(4, 3), dyn=[(f(2, 5),), (low_rank(6, 6),)])
case("pinv_hermitian", lambda x: (L.pinv(x, hermitian=True), L.matrix_rank(x, hermitian=True)), f(4, 4))
case("pinv_by_data", lambda x, t: (L.pinv(x, rtol=t), L.matrix_rank(x, atol=t), L.pinv(x, t), L.matrix_rank(x, t)), f(2, 4, 3), tensor([0.1, 0.4]))
case("pinv_old", lambda x: (torch.pinverse(x), L.pinv(x, 0.25), L.matrix_rank(x, 0.75)), f(4, 3))
case("lstsq", lambda a, b: L.lstsq(a, b), f(5, 3), f(5, 2))
case("lstsq_vectors", lambda a, b: L.lstsq(a, b)[0], f(2, 5, 3), f(2, 5))
case("lstsq_square", lambda a, b: L.lstsq(a, b)[0], f(4, 4, span=1.0) + 3 * torch.eye(4), f(4, 2))
case("cond", lambda x: (L.cond(x), L.cond(x, -2)), f(2, 3, 3))
case("norms", lambda x: (L.matrix_norm(x, "nuc"), L.matrix_norm(x, 2, dim=(0, 2)), L.matrix_norm(x, -2, keepdim=True),
                         L.norm(x[0], "nuc"), L.norm(x[0], 2)), f(2, 3, 4), dyn=(f(3, 2, 2),))

for label, x in {"square": f(4, 4), "tall": f(5, 3), "wide": f(3, 5), "batch": f(2, 3, 3)}.items():
    case(f"lu_{label}", lambda x: (L.lu(x), L.lu_factor(x), L.lu_factor_ex(x)), x)
case("lu_singular", lambda x: (L.lu(x), L.lu_factor_ex(x)), tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 0.0, 5.0]]))
case("lu_dynamic", lambda x: L.lu(x), f(4, 3), dyn=[(f(2, 6),), (f(7, 7),), (f(1, 1),)])
case("lu_without_pivots", lambda x: torch.ops.aten._lu_with_info(x), f(4, 4, span=1.0) + 3 * torch.eye(4))
case("lu_unpack", lambda x: torch.lu_unpack(*L.lu_factor(x)), f(2, 4, 3))
case("lu_solve", lambda a, b: (L.lu_solve(*L.lu_factor(a), b), L.lu_solve(*L.lu_factor(a), b, adjoint=True),
                               L.lu_solve(*L.lu_factor(a), b.transpose(-1, -2), left=False), torch.lu_solve(b, *L.lu_factor(a))),
     f(2, 3, 3, span=1.0) + 2 * torch.eye(3), f(2, 3, 2))
case("with_factors", lambda a, b: (torch.ops.aten._linalg_det(a)[0], torch.ops.aten._linalg_slogdet(a)[:2], torch.ops.aten._linalg_solve_ex(a, b)[0]),
     f(3, 3, span=1.0) + 2 * torch.eye(3), f(3, 2))

# --- CTC
T, N, C, S = 9, 3, 5, 3
LOGS = f(T, N, C).log_softmax(2)
TARGETS = tensor([[1, 2, 2], [3, 4, 1], [2, 2, 4]])
for how in ("none", "mean", "sum"):
    case(f"ctc_{how}", lambda x, t, how=how: F.ctc_loss(x, t, tensor([9, 9, 7]), tensor([3, 2, 1]), reduction=how), LOGS, TARGETS)
case("ctc_lengths", lambda x, t, i, n: F.ctc_loss(x, t, i, n, blank=4, reduction="none"), LOGS, tensor([[1, 2, 2], [3, 0, 1], [2, 2, 0]]),
     tensor([9, 4, 5]), tensor([3, 0, 3]), also=[(LOGS, tensor([[1, 1, 1], [3, 0, 1], [2, 2, 0]]), tensor([8, 9, 1]), tensor([1, 3, 2]))])
case("ctc_joined", lambda x, t, n: F.ctc_loss(x, t, tensor([9, 9, 9]), n, reduction="none"), LOGS, tensor([1, 2, 2, 3, 4, 1]), tensor([2, 1, 3]))
case("ctc_impossible", lambda x, t: F.ctc_loss(x, t, tensor([2, 9, 9]), tensor([3, 3, 3]), zero_infinity=True, reduction="none"), LOGS, TARGETS)
case("ctc_one", lambda x, t: F.ctc_loss(x, t, tensor(9), tensor(3)), LOGS[:, 0], TARGETS[0])
script("ctc_lists", "x: Tensor, t: Tensor", "return F.ctc_loss(x, t, torch.tensor([9, 9, 7]), torch.tensor([3, 2, 1]))\n", LOGS, TARGETS)
code("ctc_ints", ["torch.ctc_loss(a, b, [9, 9, 7], [3, 2, 1])"], LOGS, TARGETS, rows=["aten::ctc_loss.IntList"],
     answer=lambda a, b: F.ctc_loss(a, b, tensor([9, 9, 7]), tensor([3, 2, 1])))
case("ctc_dynamic", lambda x, t, i, n: F.ctc_loss(x, t, i, n), LOGS, TARGETS, tensor([9, 9, 7]), tensor([3, 2, 1]),
     dyn=(f(5, 2, C).log_softmax(2), tensor([[1, 2], [2, 3]]), tensor([5, 4]), tensor([2, 1])))
