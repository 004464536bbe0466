# SPDX-License-Identifier: Apache-2.0
"""Linear systems, factorisations of matrices, and special functions, which ONNX has no operators for."""
import torch

from record import *

family("solve")


def spd(*shape):
    x = f(*shape)
    return x @ x.transpose(-1, -2) + 4 * torch.eye(shape[-1])


def well(*shape):
    """Far from singular, and in need of other pivots than those on the diagonal."""
    return f(*shape).roll(1, -1) + 6 * torch.eye(shape[-1]).roll(1, -1)


DYN = (well(5, 5), f(5, 3))
case("solve", torch.linalg.solve, well(4, 4), f(4, 2), dyn=[DYN, (well(1, 1), f(1, 1))])
case("solve_batch", torch.linalg.solve, well(2, 3, 3), f(3, 2))
case("solve_vector", torch.linalg.solve, well(3, 3), f(3), dyn=(well(4, 4), f(4)))
case("solve_vectors", torch.linalg.solve, well(2, 3, 3), f(2, 3))
case("solve_left", lambda a, b: torch.linalg.solve(a, b, left=False), well(3, 3), f(2, 3))
case("solve_f64", torch.linalg.solve, well(4, 4).double(), f(4, 2, dtype=F64))
case("solve_ex", lambda a, b: torch.linalg.solve_ex(a, b)[0], well(4, 4), f(4, 2))
case("inverse", torch.inverse, well(8, 8))
case("inverse_dynamic", torch.linalg.inv, well(2, 4, 4), dyn=(well(1, 7, 7),))
case("cholesky", torch.linalg.cholesky, spd(4, 4), dyn=[(spd(6, 6),), (spd(1, 1),)])
case("cholesky_batch", torch.linalg.cholesky, spd(2, 3, 3))
case("cholesky_upper", lambda x: torch.linalg.cholesky(x, upper=True), spd(3, 3))
case("cholesky_old", torch.cholesky, spd(3, 3))
case("cholesky_ex", lambda x: torch.linalg.cholesky_ex(x)[0], spd(3, 3))
case("cholesky_solve", torch.cholesky_solve, f(3, 2), torch.linalg.cholesky(spd(3, 3)))
case("cholesky_solve_upper", lambda b, u: torch.cholesky_solve(b, u, upper=True), f(3, 2), torch.linalg.cholesky(spd(3, 3), upper=True))
case("cholesky_inverse", torch.cholesky_inverse, torch.linalg.cholesky(spd(3, 3)))
for upper in (True, False):
    case(f"triangular_{upper}", lambda a, b, upper=upper: torch.linalg.solve_triangular(a, b, upper=upper), spd(3, 3), f(3, 2))
case("triangular_unit", lambda a, b: torch.linalg.solve_triangular(a, b, upper=False, unitriangular=True, left=False), f(3, 3), f(2, 3))
for label, shape in {"square": (4, 4), "tall": (5, 3), "wide": (3, 5), "batch": (2, 4, 3)}.items():
    case(f"qr_{label}", torch.linalg.qr, f(*shape))
    case(f"qr_{label}_complete", lambda x: torch.linalg.qr(x, mode="complete"), f(*shape))
case("qr_dynamic", torch.linalg.qr, f(4, 3), dyn=[(f(6, 2),), (f(2, 6),)])
case("qr_triangle", torch.linalg.qr, torch.triu(f(4, 4)))
case("qr_old", torch.qr, f(4, 3))
case("qr_r", lambda x: torch.linalg.qr(x, mode="r")[1], f(4, 3))

for how in ("linear", "lower", "higher", "midpoint", "nearest"):
    case(f"quantile_{how}", lambda x, q, how=how: torch.quantile(x, q, dim=1, interpolation=how), f(4, 6), tensor([0.1, 0.5, 0.77]),
         dyn=[(f(2, 5), tensor([0.0, 1.0])), (f(3, 1), tensor([0.3]))])
case("quantile_one", lambda x, q: torch.quantile(x, q), f(4, 6), tensor(0.3), dyn=(f(2, 5), tensor(0.6)))
case("quantile_dynamic", lambda x: torch.quantile(x, 0.3, dim=0, keepdim=True), f(4, 6), dyn=(f(7, 3),))

WIDE = torch.cat([f(40, span=12.0), tensor([0.5, 1.0, 2.0, 1e-3, 100.0, 3e5])])
for name in ("lgamma", "digamma"):
    case(name, getattr(torch, name), WIDE)
    case(name + "_ends", getattr(torch, name), tensor([0.0, -1.0, -2.0, float("inf"), float("nan")]))
case("lgamma_f64", torch.lgamma, WIDE.double())
case("lgamma_i64", torch.lgamma, ints(6, low=1, high=9))
for n in (0, 1):
    case(f"polygamma_{n}", lambda x, n=n: torch.polygamma(n, x), WIDE)
for name in ("i0", "i0e", "i1", "i1e"):
    case(name, getattr(torch.special, name), f(40, span=12.0))
case("i0_old", torch.i0, f(40, span=4.0))
code("special_names", ["torch.special_digamma(a)", "torch.special_psi(a)", "torch.special_gammaln(a)", "torch.special_polygamma(1, a)",
                       "torch.special_i0(a)"], f(6), rows=[f"aten::special_{k}" for k in ("digamma", "psi", "gammaln", "polygamma", "i0")],
     answer=lambda a: (torch.digamma(a), torch.digamma(a), torch.lgamma(a), torch.polygamma(1, a), torch.i0(a)))
