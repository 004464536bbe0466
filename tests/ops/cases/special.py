# SPDX-License-Identifier: Apache-2.0
"""Special functions and orthogonal polynomials, which ONNX has no operators for."""
import torch

from record import *

family("special")
S = torch.special

X = torch.cat([f(20, span=1.0), f(16, span=9.0), tensor([0.0, 1.0, -1.0, 0.5, 30.0])])
POSITIVE = torch.cat([pos(20, span=9.0), tensor([1e-3, 0.0, 2.0, 8.0, 50.0, -1.5])])
for name in ("chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v", "chebyshev_polynomial_w",
             "hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p",
             "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v",
             "shifted_chebyshev_polynomial_w"):
    op, rows = getattr(S, name), [f"aten::special_{name}" + o for o in ("", ".n_scalar", ".x_scalar")]
    case(name, lambda x, n, op=op: (op(x, 0), op(x, 1), op(x, 4), op(x, n), op(0.25, n)), f(3, 4, span=1.0),
         ints(4, low=-1, high=6), dyn=(f(5, 2, span=1.0), ints(2, low=0, high=3)))
case("legendre_int", lambda x, n: (S.legendre_polynomial_p(x, n), S.legendre_polynomial_p(x, -2)), ints(5), ints(5, low=0, high=5))
case("hermite_f64_large", lambda x, n: S.hermite_polynomial_h(x, n), f(6, dtype=F64), tensor([40, 3, 0, 1, 33, 2]))

for name in ("bessel_j0", "bessel_j1", "modified_bessel_i0", "modified_bessel_i1", "spherical_bessel_j0", "erfcx"):
    case(name, getattr(S, name), X)
for name in ("bessel_y0", "bessel_y1", "modified_bessel_k0", "modified_bessel_k1", "scaled_modified_bessel_k0",
             "scaled_modified_bessel_k1"):
    case(name, getattr(S, name), POSITIVE)
case("bessel_int", lambda x: (S.bessel_j0(x), S.modified_bessel_k1(x), S.spherical_bessel_j0(x)), ints(6, low=1, high=12))
case("spherical_ends", S.spherical_bessel_j0, tensor([0.0, float("inf"), -float("inf")]))
case("ndtri", S.ndtri, tensor([0.0, 1.0, 1e-30, 1e-6, 0.01, 0.024, 0.025, 0.3, 0.5, 0.7, 0.976, 0.99, 0.999999, 1.5, -0.5]))
case("ndtri_f64", S.ndtri, tensor([1e-300, 1e-20, 0.3, 1 - 1e-12], F64))

for n in (2, 3, 7):
    case(f"polygamma_{n}", lambda x, n=n: torch.polygamma(n, x), torch.cat([X + 0.1, tensor([-2.0, 0.0])]))
case("polygamma_int", lambda x: (torch.polygamma(2, x), S.polygamma(4, x)), ints(6, low=1, high=9))
case("zeta", S.zeta, tensor([1.5, 2.0, 3.0, 4.0, 5.0, 1.0, 0.5, 30.0, 2.5, 1.001]), tensor([0.5, 2.0, -1.5, -0.25, -3.0, 2.0, 2.0, 1.5, -0.5, 7.0]))
case("zeta_numbers", lambda x: (S.zeta(x, 2.0), S.zeta(3.0, x)), tensor([2.0, 3.5, 1.25]), dyn=(tensor([4.0]),))
case("mvlgamma", lambda x: (torch.mvlgamma(x, 1), torch.mvlgamma(x, 3), S.multigammaln(x, 5)), pos(8, low=2.5, span=9.0))
A = tensor([0.5, 1.0, 2.0, 5.0, 5.0, 50.0, 50.0, 0.1, 0.0, 2.0, 300.0, -1.0, float("inf"), 2.0])
B = tensor([0.2, 1.0, 7.0, 1.0, 12.0, 45.0, 60.0, 3.0, 1.0, 0.0, 310.0, 1.0, 2.0, float("inf")])
case("igamma", lambda a, x: (torch.igamma(a, x), torch.igammac(a, x)), A, B, rtol=2e-3)
case("gammainc", lambda a, x: (S.gammainc(a, x), S.gammaincc(a, x)), pos(3, 1), pos(4), dyn=(pos(2, 1), pos(5)))
code("second_names", ["torch.special_gammainc(a, b)", "torch.special_gammaincc(a, b)", "torch.special_multigammaln(b, 2)"],
     pos(5, low=0.5), pos(5, low=1.0), rows=["aten::special_gammainc", "aten::special_gammaincc", "aten::special_multigammaln"],
     answer=lambda a, b: (torch.igamma(a, b), torch.igammac(a, b), torch.mvlgamma(b, 2)))
