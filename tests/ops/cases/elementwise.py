# SPDX-License-Identifier: Apache-2.0
"""Arithmetic and mathematical functions, element by element: kinds of operands, promotion, corners."""
import math

import torch
import torch.nn.functional as F

from record import *

family("elementwise")

INF, NAN = float("inf"), float("nan")

# --- one operand
UNARY = {
    "abs": (torch.abs, f), "neg": (torch.neg, f), "exp": (torch.exp, unit), "exp2": (torch.exp2, f),
    "expm1": (torch.expm1, unit), "log": (torch.log, pos), "log2": (torch.log2, pos),
    "log10": (torch.log10, pos), "log1p": (torch.log1p, pos), "sqrt": (torch.sqrt, pos),
    "rsqrt": (torch.rsqrt, pos), "reciprocal": (torch.reciprocal, f), "square": (torch.square, f),
    "sin": (torch.sin, f), "cos": (torch.cos, f), "tan": (torch.tan, unit),
    "asin": (torch.asin, unit), "acos": (torch.acos, unit), "atan": (torch.atan, f),
    "sinh": (torch.sinh, f), "cosh": (torch.cosh, f), "asinh": (torch.asinh, f),
    "acosh": (torch.acosh, lambda *s, **k: pos(*s, low=1.125, **k)), "atanh": (torch.atanh, unit),
    "erf": (torch.erf, f), "erfc": (torch.erfc, f), "ceil": (torch.ceil, f),
    "floor": (torch.floor, f), "round": (torch.round, f), "trunc": (torch.trunc, f),
    "frac": (torch.frac, f), "sign": (torch.sign, f), "sgn": (torch.sgn, f),
    "deg2rad": (torch.deg2rad, f), "rad2deg": (torch.rad2deg, f), "positive": (torch.positive, f),
    "sinc": (torch.sinc, f), "logit": (torch.logit, lambda *s, **k: unit(*s, **k) * 0.4 + 0.5),
    "isnan": (torch.isnan, f), "isinf": (torch.isinf, f), "isfinite": (torch.isfinite, f),
    "signbit": (torch.signbit, f),
}
for name, (fn, values) in UNARY.items():
    case(name, fn, values(2, 3, 4), dyn=(values(4, 3, 4),))
    case(name + "_f64", fn, values(5, dtype=F64))
for name in ("abs", "neg", "exp", "sqrt", "log", "floor", "round", "sign", "erf", "sin", "reciprocal",
             "log1p", "rsqrt", "square"):
    case(name + "_f16", UNARY[name][0], UNARY[name][1](2, 3, dtype=F16))
    case(name + "_0d", UNARY[name][0], UNARY[name][1]())
for name in ("abs", "neg", "sign", "square", "floor", "ceil", "round", "trunc", "sgn", "positive"):
    case(name + "_i64", UNARY[name][0], ints(3, 4))
for name in ("abs", "neg", "sign"):
    case(name + "_i32", UNARY[name][0], ints(3, 4, dtype=I32))
for name in ("exp", "sqrt", "log", "sin", "rsqrt", "reciprocal", "erf", "sigmoid", "tanh", "log1p"):
    case(name + "_of_i64", getattr(torch, name), ints(3, 4, low=1, high=7))
case("sqrt_of_i32", torch.sqrt, ints(3, 4, low=1, high=7, dtype=I32))
case("exp_of_bool", torch.exp, flags(2, 3))
case("abs_u8", torch.abs, ints(4, low=0, high=255, dtype=U8))
case("square_u8", torch.square, ints(4, low=0, high=255, dtype=U8))
case("isnan_corners", torch.isnan, tensor([NAN, INF, -INF, 0.0, 1.0]))
case("isinf_corners", torch.isinf, tensor([NAN, INF, -INF, 0.0, 1.0]))
case("isfinite_corners", torch.isfinite, tensor([NAN, INF, -INF, 0.0, 1.0]))
case("isnan_i64", torch.isnan, ints(3))
case("isinf_i64", torch.isinf, ints(3))
case("isposinf", torch.isposinf, tensor([NAN, INF, -INF, 0.0, 1.0]))
case("isneginf", torch.isneginf, tensor([NAN, INF, -INF, 0.0, 1.0]))
case("sign_corners", torch.sign, tensor([-2.0, -0.0, 0.0, 3.0, INF, -INF]))
case("round_half_even", torch.round, tensor([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]))
case("round_decimals_2", lambda x: torch.round(x, decimals=2), tensor([1.2345, -2.675, 0.005, 17.0]))
case("round_decimals_neg", lambda x: torch.round(x, decimals=-1), tensor([12.0, 25.0, -37.0, 4.0]))
case("round_decimals_0", lambda x: torch.round(x, decimals=0), f(2, 3))
case("frac_negative", torch.frac, tensor([-1.75, -0.25, 0.25, 1.75]))
case("nan_to_num", torch.nan_to_num, tensor([NAN, INF, -INF, 1.5]))
case("nan_to_num_values", lambda x: torch.nan_to_num(x, nan=1.0, posinf=9.0, neginf=-9.0),
     tensor([NAN, INF, -INF, 1.5]))
case("nan_to_num_nan", lambda x: torch.nan_to_num(x, 2.0), tensor([[NAN, INF], [-INF, 1.5]]))
case("nan_to_num_f64", torch.nan_to_num, tensor([NAN, INF, -INF, 1.5], F64))
case("nan_to_num_i64", torch.nan_to_num, ints(4))
case("logit_eps", lambda x: torch.logit(x, 0.1), tensor([0.0, 0.05, 0.5, 0.95, 1.0]))
case("special_expit", torch.special.expit, f(2, 3))
case("special_log1p", torch.special.log1p, pos(2, 3))
case("special_erfc", torch.special.erfc, f(2, 3))
case("special_xlogy", torch.special.xlogy, f(2, 3), pos(2, 3))
case("special_entr", torch.special.entr, tensor([-1.0, 0.0, 0.25, 2.0]))
case("special_log_ndtr", torch.special.log_ndtr, f(5))
case("special_ndtr", torch.special.ndtr, f(5))
case("erfinv", torch.erfinv, unit(2, 5))
case("sinc_zero", torch.sinc, tensor([-1.5, 0.0, 0.25]))
case("bitwise_not_like_neg", lambda x: -x, ints(2, 3))
for name in ("abs_", "neg_", "exp_", "sqrt_", "floor_", "ceil_", "round_", "reciprocal_", "rsqrt_",
             "square_", "erf_", "sin_", "cos_", "log_", "trunc_"):
    case("inplace_" + name.rstrip("_"), lambda x, name=name: getattr(x * 1.5, name)(), pos(2, 3))

# --- two operands
BINARY = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div}
SHAPES = {
    "same": ((2, 3), (2, 3)), "row": ((2, 3), (3,)), "column": ((2, 3), (2, 1)),
    "both": ((2, 1, 3), (4, 1)), "0d_right": ((2, 3), ()), "0d_left": ((), (2, 3)),
    "0d_both": ((), ()), "longer_right": ((3,), (2, 2, 3)), "empty": ((0, 3), (1, 3)),
}
for name, fn in BINARY.items():
    for shape, (a, b) in SHAPES.items():
        case(f"{name}_{shape}", fn, f(*a), pos(*b))
    case(f"{name}_dynamic", fn, f(2, 3), pos(2, 3), dyn=(f(5, 3), pos(5, 3)))
    case(f"{name}_dynamic_row", fn, f(2, 3), pos(3), dyn=(f(5, 3), pos(3)))
    for dtype, label in ((F64, "f64"), (F16, "f16")):
        case(f"{name}_{label}", fn, f(2, 3, dtype=dtype), pos(2, 3, dtype=dtype))
    case(f"{name}_i64", fn, ints(3, 4), ints(3, 4, low=1, high=4))
    case(f"{name}_i32", fn, ints(3, 4, dtype=I32), ints(3, 4, low=1, high=4, dtype=I32))
    case(f"{name}_u8", fn, ints(3, 4, low=5, high=50, dtype=U8), ints(4, low=1, high=5, dtype=U8))
    case(f"{name}_int_scalar", lambda x, fn=fn: fn(x, 2), f(2, 3))
    case(f"{name}_float_scalar", lambda x, fn=fn: fn(x, 2.5), f(2, 3))
    case(f"{name}_scalar_f64", lambda x, fn=fn: fn(x, 2.5), f(2, 3, dtype=F64))
    case(f"{name}_scalar_f16", lambda x, fn=fn: fn(x, 2.5), f(2, 3, dtype=F16))
    case(f"{name}_i64_int_scalar", lambda x, fn=fn: fn(x, 3), ints(2, 3))
    case(f"{name}_i64_float_scalar", lambda x, fn=fn: fn(x, 2.5), ints(2, 3))
    case(f"{name}_i32_int_scalar", lambda x, fn=fn: fn(x, 3), ints(2, 3, dtype=I32))
    case(f"{name}_0d_scalar", lambda x, fn=fn: fn(x, 2.5), f())
    script(f"scripted_{name}_scalars", "x: Tensor", f"return torch.{name}(x, 3) + torch.{name}(x, 0.5)",
           f(2, 3))
    script(f"scripted_{name}_operator", "x: Tensor, y: Tensor",
           {"add": "return x + y + 1", "sub": "return 1 - x - y", "mul": "return 2.5 * x * y",
            "div": "return 1.0 / (x / y)"}[name], f(2, 3), pos(3))

PAIRS = {
    "f32_f64": (f(2, 3), f(2, 3, dtype=F64)), "f32_f16": (f(2, 3), f(3, dtype=F16)),
    "f32_i64": (f(2, 3), ints(2, 3, low=1)), "i64_f32": (ints(2, 3), pos(2, 3)),
    "i32_i64": (ints(2, 3, dtype=I32), ints(2, 3, low=1)),
    "u8_i8": (ints(4, low=1, high=9, dtype=U8), ints(4, low=1, dtype=I8)),
    "u8_i64": (ints(4, low=1, high=9, dtype=U8), ints(4, low=1)),
    "bool_f32": (flags(2, 3), pos(2, 3)), "bool_i64": (flags(2, 3), ints(2, 3, low=1)),
    "f32_0df64": (f(2, 3), tensor(2.5, F64)), "i64_0df32": (ints(2, 3), tensor(2.5)),
    "f16_0df32": (f(2, 3, dtype=F16), tensor(2.5)), "i32_0di64": (ints(2, 3, dtype=I32), tensor(3)),
    "f32_0di64": (f(2, 3), tensor(3)), "0df32_1df16": (tensor(1.5), f(3, dtype=F16)),
    "0di64_0df32": (tensor(3), tensor(1.5)), "f16_i64": (f(3, dtype=F16), ints(3, low=1)),
}
for label, (a, b) in PAIRS.items():
    case(f"promote_mul_{label}", torch.mul, a, b)
    case(f"promote_add_{label}", torch.add, b, a)
case("promote_div_i64", torch.div, ints(2, 3), ints(2, 3, low=1))
case("promote_add_bool_bool", torch.add, flags(2, 3), flags(2, 3))
case("promote_mul_bool_bool", torch.mul, flags(2, 3), flags(2, 3))
case("promote_bool_int_scalar", lambda x: x * 3 + 1, flags(2, 3))
case("promote_bool_float_scalar", lambda x: x * 0.5, flags(2, 3))
case("promote_bool_div", lambda x: x / 2, flags(2, 3))
case("promote_three", lambda a, b, c: a + b * c, ints(2, 3), f(2, 3), f(2, 3, dtype=F64))

case("add_alpha", lambda x, y: torch.add(x, y, alpha=2), f(2, 3), f(2, 3))
case("add_alpha_float", lambda x, y: torch.add(x, y, alpha=0.5), f(2, 3), f(3))
case("add_alpha_i64", lambda x, y: torch.add(x, y, alpha=3), ints(2, 3), ints(2, 3))
case("add_alpha_scalar", lambda x: torch.add(x, 2, alpha=3), f(2, 3))
case("sub_alpha", lambda x, y: torch.sub(x, y, alpha=2), f(2, 3), f(2, 3))
case("sub_alpha_promoted", lambda x, y: torch.sub(x, y, alpha=2), f(2, 3), ints(2, 3))
case("rsub_scalar", lambda x: torch.rsub(x, 2), f(2, 3))
case("rsub_tensor", lambda x, y: torch.rsub(x, y, alpha=2), f(2, 3), f(2, 3))
case("rsub_operator", lambda x: 1 - x, f(2, 3))
case("rsub_i64", lambda x: 1 - x, ints(2, 3))
case("rsub_float_of_i64", lambda x: 1.5 - x, ints(2, 3))
case("rdiv_operator", lambda x: 2 / x, f(2, 3))
case("rdiv_i64", lambda x: 2 / x, ints(2, 3, low=1))
case("rpow_operator", lambda x: 2 ** x, f(2, 3))
case("subtract_multiply_divide", lambda x, y: torch.subtract(x, y) + torch.multiply(x, y) + torch.divide(x, y),
     f(2, 3), pos(2, 3))
case("true_divide", torch.true_divide, ints(2, 3), ints(2, 3, low=1))

for mode in ("floor", "trunc"):
    fn = lambda x, y, mode=mode: torch.div(x, y, rounding_mode=mode)
    case(f"div_{mode}", fn, f(2, 5), f(2, 5))
    case(f"div_{mode}_f64", fn, f(2, 5, dtype=F64), f(2, 5, dtype=F64))
    case(f"div_{mode}_i64", fn, ints(12, low=-9, high=10), tensor([2, -2, 3, -3, 4, -4] * 2))
    case(f"div_{mode}_i32", fn, ints(12, low=-9, high=10, dtype=I32), tensor([2, -2, 3, -3, 4, -4] * 2, I32))
    case(f"div_{mode}_u8", fn, ints(6, low=0, high=255, dtype=U8), tensor([1, 2, 3, 7, 9, 100], U8))
    case(f"div_{mode}_i64_f32", fn, ints(6, low=-9, high=10), f(6))
    case(f"div_{mode}_scalar", lambda x, mode=mode: torch.div(x, 2, rounding_mode=mode), f(2, 5))
    case(f"div_{mode}_i64_scalar", lambda x, mode=mode: torch.div(x, 3, rounding_mode=mode),
         ints(10, low=-9, high=10))
case("div_rounding_none", lambda x, y: torch.div(x, y, rounding_mode=None), ints(2, 3), ints(2, 3, low=1))
case("floor_divide", torch.floor_divide, f(2, 5), f(2, 5))
case("floor_divide_i64", torch.floor_divide, ints(12, low=-9, high=10), tensor([2, -2, 3, -3, 4, -4] * 2))
case("floor_divide_operator", lambda x: x // 2, ints(10, low=-9, high=10))
case("floor_divide_float_operator", lambda x: x // 0.75, f(2, 5))
case("remainder", torch.remainder, f(2, 5), f(2, 5))
case("remainder_i64", torch.remainder, ints(12, low=-9, high=10), tensor([2, -2, 3, -3, 4, -4] * 2))
case("remainder_scalar", lambda x: torch.remainder(x, 1.5), f(2, 5))
case("remainder_neg_scalar", lambda x: torch.remainder(x, -1.5), f(2, 5))
case("remainder_operator", lambda x: x % 3, ints(10, low=-9, high=10))
case("remainder_i32", lambda x: x % 4, ints(10, low=-9, high=10, dtype=I32))
case("remainder_f64", torch.remainder, f(2, 5, dtype=F64), f(2, 5, dtype=F64))
case("fmod", torch.fmod, f(2, 5), f(2, 5))
case("fmod_scalar", lambda x: torch.fmod(x, 1.5), f(2, 5))
case("fmod_i64", torch.fmod, ints(12, low=-9, high=10), tensor([2, -2, 3, -3, 4, -4] * 2))
case("fmod_i64_f32", torch.fmod, ints(5, low=-9, high=10), f(5))

case("pow_tensor", torch.pow, pos(2, 3), f(2, 3))
case("pow_square", lambda x: x ** 2, f(2, 3))
case("pow_half", lambda x: x ** 0.5, pos(2, 3))
case("pow_minus_half", lambda x: x ** -0.5, pos(2, 3))
case("pow_minus_one", lambda x: x ** -1, f(2, 3))
case("pow_three", lambda x: torch.pow(x, 3), f(2, 3))
case("pow_zero", lambda x: torch.pow(x, 0), f(2, 3))
case("pow_f64", lambda x: x ** 2.5, pos(2, 3, dtype=F64))
case("pow_f16", lambda x: x ** 2, f(2, 3, dtype=F16))
case("pow_i64", lambda x: x ** 2, ints(2, 3))
case("pow_i64_float", lambda x: x ** 1.5, ints(2, 3, low=1))
case("pow_i64_tensor", torch.pow, ints(2, 3), ints(2, 3, low=0, high=4))
case("pow_i32", lambda x: x ** 3, ints(2, 3, dtype=I32))
case("pow_scalar_base", lambda x: torch.pow(2, x), f(2, 3))
case("pow_scalar_base_i64", lambda x: torch.pow(2, x), ints(2, 3, low=0))
case("pow_float_base_i64", lambda x: torch.pow(1.5, x), ints(2, 3, low=0))
case("pow_mixed", torch.pow, pos(2, 3), ints(2, 3))
case("pow_inplace", lambda x: (x + 0).pow_(2), f(2, 3))
case("float_power", lambda x: torch.float_power(x, 2), f(2, 3))

for name in ("maximum", "minimum", "fmax", "fmin"):
    fn = getattr(torch, name)
    case(name, fn, f(2, 3), f(2, 3), dyn=(f(4, 3), f(4, 3)))
    case(name + "_broadcast", fn, f(2, 3), f(3))
    case(name + "_i64", fn, ints(2, 3), ints(2, 3))
    case(name + "_mixed", fn, ints(2, 3), f(2, 3))
    case(name + "_nan", fn, tensor([NAN, 1.0, 2.0, NAN]), tensor([1.0, NAN, 3.0, NAN]))
case("maximum_i32", torch.maximum, ints(2, 3, dtype=I32), ints(2, 3, dtype=I32))
case("maximum_f64", torch.maximum, f(2, 3, dtype=F64), f(2, 3, dtype=F64))
case("maximum_f16", torch.maximum, f(2, 3, dtype=F16), f(2, 3, dtype=F16))
case("maximum_u8", torch.maximum, ints(5, low=0, high=255, dtype=U8), ints(5, low=0, high=255, dtype=U8))
case("max_binary", lambda x, y: torch.max(x, y), f(2, 3), f(2, 3))
case("min_binary", lambda x, y: torch.min(x, y), f(2, 3), f(2, 1))
case("maximum_bool", torch.maximum, flags(2, 3), flags(2, 3))

case("atan2", torch.atan2, f(4, 4), f(4, 4))
case("atan2_quadrants", torch.atan2, tensor([0.0, 1.0, 1.0, 1.0, 0.0, -1.0, -1.0, -1.0, 0.0]),
     tensor([1.0, 1.0, 0.0, -1.0, -1.0, -1.0, 0.0, 1.0, 0.0]))
case("atan2_f64", torch.atan2, f(5, dtype=F64), f(5, dtype=F64))
case("atan2_i64", torch.atan2, ints(5), ints(5, low=1))
case("hypot", torch.hypot, f(2, 3), f(3))
case("xlogy", torch.xlogy, tensor([0.0, 0.0, 1.0, 2.0]), tensor([0.0, NAN, 0.5, 3.0]))
case("xlogy_scalar", lambda x: torch.xlogy(2, x), pos(3))
case("heaviside", torch.heaviside, tensor([-1.0, 0.0, 2.0]), tensor([0.5, 0.25, 0.75]))
case("copysign", torch.copysign, f(2, 3), f(2, 3))
case("copysign_scalar", lambda x: torch.copysign(x, -1.0), f(2, 3))
case("copysign_zero", torch.copysign, tensor([1.0, -2.0, 3.0]), tensor([0.0, -0.0, -1.0]))
case("logaddexp", torch.logaddexp, f(2, 3), f(2, 3))
case("logaddexp2", torch.logaddexp2, f(2, 3), f(2, 3))
case("ldexp", torch.ldexp, f(4), ints(4))
case("gcd", torch.gcd, ints(4, low=1, high=40), ints(4, low=1, high=40))
case("dist", lambda x, y: torch.dist(x, y), f(2, 3), f(2, 3))
case("dist_p1", lambda x, y: torch.dist(x, y, 1), f(2, 3), f(2, 3))

# --- three operands and limits
case("lerp_scalar", lambda x, y: torch.lerp(x, y, 0.25), f(2, 3), f(2, 3))
case("lerp_tensor", torch.lerp, f(2, 3), f(2, 3), unit(3))
case("addcmul", lambda x, y, z: torch.addcmul(x, y, z), f(2, 3), f(2, 3), f(3))
case("addcmul_value", lambda x, y, z: torch.addcmul(x, y, z, value=0.5), f(2, 3), f(2, 1), f(3))
case("addcdiv", lambda x, y, z: torch.addcdiv(x, y, z), f(2, 3), f(2, 3), pos(3))
case("addcdiv_value", lambda x, y, z: torch.addcdiv(x, y, z, value=-2.0), f(2, 3), f(2, 3), pos(2, 3))
case("clamp", lambda x: torch.clamp(x, -1, 1), f(2, 5))
case("clamp_min", lambda x: torch.clamp(x, min=0.25), f(2, 5))
case("clamp_max", lambda x: torch.clamp(x, max=0.25), f(2, 5))
case("clamp_min_op", lambda x: torch.clamp_min(x, -0.5), f(2, 5))
case("clamp_max_op", lambda x: torch.clamp_max(x, 0.5), f(2, 5))
case("clamp_i64", lambda x: torch.clamp(x, -2, 3), ints(2, 5))
case("clamp_i32", lambda x: torch.clamp(x, -2, 3), ints(2, 5, dtype=I32))
case("clamp_i64_float", lambda x: torch.clamp(x, -1.5, 2.5), ints(2, 5))
case("clamp_i64_min_only", lambda x: x.clamp(min=0), ints(2, 5))
case("clamp_f16", lambda x: torch.clamp(x, -1, 1), f(2, 5, dtype=F16))
case("clamp_f64", lambda x: torch.clamp(x, -1, 1), f(2, 5, dtype=F64))
case("clamp_u8", lambda x: torch.clamp(x, 5, 100), ints(6, low=0, high=255, dtype=U8))
case("clamp_tensors", torch.clamp, f(2, 3), f(3) - 2, f(3) + 2)
case("clamp_tensor_min", lambda x, y: torch.clamp(x, min=y), f(2, 3), f(2, 1))
case("clamp_tensor_max", lambda x, y: torch.clamp(x, max=y), f(2, 3), f(3))
case("clamp_crossed", lambda x: torch.clamp(x, 1.0, -1.0), f(2, 3))
case("clamp_inplace", lambda x: (x * 2).clamp_(-1, 1), f(2, 3))
case("clamp_min_inplace", lambda x: (x * 2).clamp_(min=1e-6), f(2, 3))
case("clamp_0d", lambda x: torch.clamp(x, 0, 1), f())
case("clip", lambda x: torch.clip(x, -1, 1), f(2, 3))
script("scripted_clamp", "x: Tensor", "return torch.clamp(x, min=-1.0) + torch.clamp(x, max=1)", f(2, 3))
script("scripted_clamp_optional", "x: Tensor, lo: Optional[float] = None",
       "return torch.clamp(x, lo, 0.5)", f(2, 3))
case("where", lambda c, x, y: torch.where(c, x, y), flags(2, 3), f(2, 3), f(2, 3))
case("where_broadcast", lambda c, x, y: torch.where(c, x, y), flags(2, 1), f(3), f(2, 3))
case("where_scalar_self", lambda c, x: torch.where(c, 1.0, x), flags(2, 3), f(2, 3))
case("where_scalar_other", lambda c, x: torch.where(c, x, 0.0), flags(2, 3), f(2, 3))
case("where_scalars", lambda c: torch.where(c, 1.0, 0.0), flags(2, 3))
case("where_int_scalars", lambda c: torch.where(c, 1, 0), flags(2, 3))
case("where_promote", lambda c, x, y: torch.where(c, x, y), flags(2, 3), ints(2, 3), f(2, 3))
case("where_i64", lambda c, x, y: torch.where(c, x, y), flags(2, 3), ints(2, 3), ints(2, 3))
case("where_bool", lambda c, x, y: torch.where(c, x, y), flags(2, 3), flags(2, 3), flags(2, 3))
case("where_condition", lambda x: torch.where(x > 0, x, x * 0.1), f(2, 3), dyn=(f(4, 3),))
case("where_f64_constant", lambda c, x: torch.where(c, x, torch.tensor(2.5, dtype=torch.float64)),
     flags(2, 3), f(2, 3))
case("polynomial", lambda x: ((x * 2 + 1) * x - 3) * x + 0.5, f(2, 3), dyn=(f(5, 3),))
case("horner_0d", lambda x: (x * 2 + 1) * x, f())
for name, fn in {
        "add": lambda x, y: (x * 1).add_(y), "sub": lambda x, y: (x * 1).sub_(y, alpha=2),
        "mul": lambda x, y: (x * 1).mul_(y), "div": lambda x, y: (x * 1).div_(y),
        "add_scalar": lambda x, y: (x * 1).add_(2.5), "mul_scalar": lambda x, y: (x * 1).mul_(2),
        "addcmul": lambda x, y: (x * 1).addcmul_(x, y, value=2),
        "lerp": lambda x, y: (x * 1).lerp_(y, 0.5), "fill": lambda x, y: (x * 1).fill_(3) + y,
        "zero": lambda x, y: (x * 1).zero_() + y, "copy": lambda x, y: (x * 1).copy_(y),
        "iadd": lambda x, y: x.clone().__iadd__(y)}.items():
    case(f"inplace_binary_{name}", fn, f(2, 3), pos(3))
case("inplace_add_i64_into_f32", lambda x, y: (x * 1).add_(y), f(2, 3), ints(2, 3))
case("inplace_copy_i64_into_f32", lambda x, y: (x * 1).copy_(y), f(2, 3), ints(3))
case("cumulative_inplace", lambda x: x.clone().add_(1).mul_(x).sub_(0.5).relu_(), f(2, 3))
