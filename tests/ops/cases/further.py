# SPDX-License-Identifier: Apache-2.0
"""Seldom used operators of elements, shapes and statistics, and what a program may ask of a tensor."""
import torch

from record import *

family("further")

X = f(3, 5)
# Statistics.
case("cov", torch.cov, X, dyn=(f(3, 7),))
case("cov_vector", torch.cov, f(6))
case("cov_population", lambda x: torch.cov(x, correction=0), X)
case("corrcoef", torch.corrcoef, X)
case("corrcoef_vector", torch.corrcoef, f(6))
case("mode", lambda x: tuple(torch.mode(x)), tensor([[3, 1, 2, 1, 3], [5, 5, 4, 4, 4], [1, 2, 3, 4, 5]]))
case("mode_dim0_keep", lambda x: tuple(torch.mode(x, 0, keepdim=True)), tensor([[3.0, 1.0], [3.0, 2.0], [1.0, 2.0], [1.0, 7.0]]))
for how in ("linear", "lower", "higher", "nearest", "midpoint"):
    case(f"quantile_{how}", lambda x, how=how: torch.quantile(x, torch.tensor([0.1, 0.5, 0.77]), dim=1, interpolation=how), X)
case("quantile_all", lambda x: torch.quantile(x, 0.3), X)
case("quantile_many_all_keep", lambda x: torch.quantile(x, torch.tensor([0.0, 1.0]), keepdim=True), X)
case("quantile_dim0_keep", lambda x: torch.quantile(x, torch.tensor([0.25, 0.75]), dim=0, keepdim=True), f(4, 2, 3))
case("bincount_weights", lambda x, w: torch.bincount(x, w), ints(8, low=0, high=5), f(8), dyn=(ints(11, low=0, high=9), f(11)))
case("histc_of_data", lambda x: torch.histc(x, bins=5), f(12))
case("trapezoid", lambda y: torch.trapezoid(y), X, dyn=(f(2, 9),))
case("trapezoid_dx", lambda y: torch.trapezoid(y, dx=0.5, dim=0), X)
case("trapezoid_x", lambda y, x: torch.trapezoid(y, x, dim=0), X, pos(3).cumsum(0))
case("trapezoid_x_same", lambda y, x: torch.trapezoid(y, x), X, X.cumsum(1))
case("cumulative_trapezoid", lambda y: torch.cumulative_trapezoid(y, dx=2.0, dim=1), X)
case("cumulative_trapezoid_x", lambda y, x: torch.cumulative_trapezoid(y, x, dim=0), X, pos(3).cumsum(0))
case("cummax_infinite", lambda x: (*torch.cummax(x, 0), *torch.cummin(x, 0)), tensor([-float("inf"), -float("inf"), 1.0, float("inf"), 1.0]))
case("renorm", lambda x: torch.renorm(x, 2, 0, 1.5), X)
case("renorm_p1_last", lambda x: torch.renorm(x, 1, -1, 3.0), f(2, 3, 4))
case("norm_dtype", lambda x: x.norm(2, dtype=F64), X)
case("linalg_norm_1", lambda x: torch.linalg.norm(x, 1), X)
case("linalg_norm_minus_inf", lambda x: torch.linalg.norm(x, -float("inf"), dim=(0, 2), keepdim=True), f(2, 3, 4))
case("linalg_norm_fro", lambda x: torch.linalg.norm(x, "fro"), X)
case("linalg_norm_vector_3", lambda x: torch.linalg.norm(x, 3, dim=1), X)
case("sum_to_size", lambda x: x.sum_to_size(3, 1), f(2, 3, 4))
case("all_dims", lambda x: torch.all(x, dim=(0, 2)), flags(2, 3, 4))
case("any_dims_keep", lambda x: torch.any(x, dim=(0, 2), keepdim=True), flags(2, 3, 4))

# Elements.
case("lcm", torch.lcm, ints(8, low=-9, high=10), ints(8, low=-9, high=10))
case("lcm_broadcast", lambda a, b: torch.lcm(a, b), ints(3, 1, low=0, high=10), ints(4, low=0, high=10))
case("gcd_broadcast", lambda a, b: torch.gcd(a, b), ints(3, 1, low=-50, high=50), ints(4, low=-50, high=50))
case("erfinv_ends", torch.erfinv, tensor([-1.0, -0.999999, -0.5, 0.0, 1e-4, 0.9, 0.99999, 1.0, 1.5]))
case("log_ndtr_tails", torch.special.log_ndtr, tensor([-30.0, -10.0, -3.0, -0.5, 0.0, 0.5, 3.0, 10.0]))
case("remainder_signs", torch.remainder, tensor([5.5, -5.5, 5.5, -5.5, 0.0, 1e-3]), tensor([2.0, 2.0, -2.0, -2.0, 3.0, -1.0]))
case("remainder_number", lambda x: (x % 0.7, x % -0.7), X)
case("floor_divide_signs", torch.floor_divide, tensor([7, -7, 7, -7, 6, 0]), tensor([2, 2, -2, -2, -3, 5]))
case("div_trunc_signs", lambda a, b: torch.div(a, b, rounding_mode="trunc"), tensor([7, -7, 7, -7]), tensor([2, 2, -2, -2]))
case("div_trunc_large", lambda a: torch.div(a, 0.001, rounding_mode="trunc"), tensor([1e20, -1e20, 3.3, -3.3]))
case("trunc_special", torch.trunc, tensor([1e30, -1e30, float("inf"), -float("inf"), -0.5, 2.5]))
case("fmax_nan", torch.fmax, tensor([1.0, float("nan"), float("nan")]), tensor([float("nan"), 2.0, float("nan")]))
case("logaddexp_infinite", torch.logaddexp, tensor([-float("inf"), 0.0, 3.0, -float("inf")]), tensor([-float("inf"), 0.0, -float("inf"), 1.0]))
case("atan2_quadrants", torch.atan2, tensor([0.0, 0.0, 1.0, -1.0, 1.0, -1.0, 0.0]), tensor([1.0, -1.0, 0.0, 0.0, -1.0, -1.0, 0.0]))
case("shift_negative", lambda a: (a >> 1, a << 2), ints(8, low=-20, high=20))
case("bitwise_not_i32", torch.bitwise_not, ints(6, dtype=I32))
case("isin_numbers", lambda x: torch.isin(x, 3), ints(6))
case("isin_inverted", lambda x: torch.isin(x, torch.tensor([1, 2, -4]), invert=True), ints(2, 6), dyn=(ints(3, 6),))
case("bool_arithmetic", lambda a, b: (a + b, a * b, a + 1, a * 2.5, a.sum(), a.cumsum(0)), flags(6), flags(6))
case("int_to_float", lambda a: (a / 2, a.sqrt(), a.mean(dtype=F32), a ** 2, a ** 2.0, a.sigmoid(), torch.true_divide(a, a + 7)), ints(6, low=1))
case("i8_wraps", lambda a: (a + a, a * 3, -a, a - 100), ints(6, low=-128, high=127, dtype=I8))
case("u8_wraps", lambda a: (a + 200, a * 3, 255 - a, a // 7, a % 7), ints(6, low=0, high=255, dtype=U8))

# Shapes.
case("diagflat", lambda x: torch.diagflat(x, 1), f(2, 2))
case("diagonal_dynamic", lambda x: torch.diagonal(x, offset=1, dim1=0, dim2=2), f(3, 2, 4), dyn=(f(5, 2, 4),))
case("diag_embed_axes", lambda x: torch.diag_embed(x, offset=-1, dim1=0, dim2=2), f(2, 3))
case("tril_dynamic", lambda x: (x.tril(), x.triu(1), x.tril(-1)), f(4, 4), dyn=(f(6, 6),))
case("triu_bool", lambda x: x.triu(1), flags(4, 5))
case("roll_dynamic", lambda x: x.roll(1, 1), f(2, 5), dyn=(f(2, 8),))
case("repeat_interleave_dynamic", lambda x: x.repeat_interleave(3, dim=0), f(2, 3), dyn=(f(4, 3),))
case("repeat_interleave_given", lambda n: torch.repeat_interleave(n), tensor([2, 0, 3]))
case("unfold_dynamic", lambda x: x.unfold(1, 3, 2), f(2, 7), dyn=(f(2, 10),))
case("tensor_split_uneven", lambda x: torch.tensor_split(x, 3, dim=1), f(2, 8))
case("tensor_split_at", lambda x: torch.tensor_split(x, [1, -2, 6], dim=1), f(2, 7))
case("hsplit_at", lambda x: torch.hsplit(x, [1, 3]), f(2, 5))
case("vsplit", lambda x: torch.vsplit(x, 2), f(4, 3))
case("dsplit_at", lambda x: torch.dsplit(x, [1]), f(2, 2, 3))
case("chunk_dynamic", lambda x: x.chunk(2, dim=1), f(2, 6), dyn=(f(2, 10),))
case("narrow_negative", lambda x: x.narrow(1, -3, 2), f(2, 5))
case("atleast", lambda a, b: (*torch.atleast_1d(a, b), *torch.atleast_2d(a, b), *torch.atleast_3d(a, b)), f(), f(3))
case("cat_nothing", lambda x: torch.cat([torch.zeros(0), x, x], 1), f(2, 3))
case("cat_types", lambda a, b: torch.cat([a, b]), ints(3), f(3))
case("stack_scalars", lambda x: torch.stack([x[0], x.sum(), torch.tensor(2.0)]), f(4))
case("cartesian_prod", lambda a, b: torch.cartesian_prod(a, b), f(2), f(3))
case("combinations_twice", lambda x: torch.combinations(x, 3, with_replacement=True), f(4))
case("pixel_unshuffle_dynamic", lambda x: torch.pixel_unshuffle(x, 2), f(1, 3, 4, 6), dyn=(f(2, 3, 6, 8),))
case("pixel_shuffle_unbatched", lambda x: torch.pixel_shuffle(x, 2), f(8, 2, 3))
case("movedim_many", lambda x: x.movedim((0, 3), (2, 0)), f(2, 3, 4, 5))
case("as_strided", lambda x: x.as_strided((3, 2), (1, 4), 1), f(12))

# Creation.
for window in ("hann", "hamming", "blackman", "bartlett", "kaiser"):
    fn = getattr(torch, window + "_window")
    case(f"{window}_window_both", lambda x, fn=fn: x * torch.cat([fn(4), fn(4, False), fn(1)]), f(9))
case("linspace_dynamic", lambda x: torch.linspace(-1, 1, x.size(0)) * x, f(5), dyn=(f(8),))
case("arange_steps", lambda x: (torch.arange(0, x.size(0), 2), torch.arange(x.size(0) - 1, -1, -1), torch.arange(0.0, 1.0, 0.3)), f(5), dyn=(f(8),))
case("arange_float_dynamic", lambda x: torch.arange(0, x.size(0), dtype=F32), f(5), dyn=(f(8),))
case("full_values", lambda x: (torch.full((2,), x.size(0)), torch.full_like(x, 7), x.new_full((3,), 2.5)), f(3))
case("eye_dynamic", lambda x: torch.eye(x.size(0)), f(3), dyn=(f(5),))
case("triu_indices", lambda x: torch.triu_indices(x.size(0), 4, offset=-1), f(3))

# What a program asks.
script("asks_types", "x: Tensor, n: Tensor", """
r: List[int] = []
if x.is_floating_point() and not n.is_floating_point() and not x.is_complex() and n.is_signed():
    r.append(1)
r.append(int(torch.result_type(x, n) == x.dtype))
r.append(int(torch.promote_types(x.dtype, torch.float64) == torch.float64))
r.append(int(torch.can_cast(x.dtype, torch.int64)))
r += [x.element_size(), n.element_size(), len(x), x.dim(), x.numel(), x.stride(0), x.storage_offset()]
if x.is_contiguous() and not x.is_cuda and not x.is_quantized and x.device.type == "cpu" and x.layout == torch.strided:
    r.append(7)
return torch.tensor(r)
""", f(3, 4), ints(2))
script("asks_numbers", "x: Tensor", """
i = int(torch.tensor(3))
v = float(torch.tensor(0.5))
b = bool(torch.tensor(True))
return x * i + v if b else x
""", X)
script("asks_data", "x: Tensor, n: Tensor", """
k = int(n)
return x[k], x * n.item(), torch.arange(k), x * float(x.sum())
""", X, tensor(2))
script("nested_lists", "x: Tensor", """
return torch.tensor([[1, 2], [3, x.size(0)]]), torch.tensor([[True], [False]]), torch.tensor([1.5, 2.0]), torch.as_tensor([1, 2])
""", X)
