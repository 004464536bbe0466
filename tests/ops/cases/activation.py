# SPDX-License-Identifier: Apache-2.0
"""Activations and the functions that carry a parameter or a gate."""
import torch
import torch.nn.functional as F
from torch import nn

from record import *

family("activation")

PLAIN = {
    "relu": torch.relu, "relu6": F.relu6, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
    "silu": F.silu, "mish": F.mish, "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "elu": F.elu, "elu_alpha": lambda x: F.elu(x, 0.3), "selu": F.selu, "celu": F.celu,
    "celu_alpha": lambda x: F.celu(x, 0.5), "leaky_relu": F.leaky_relu,
    "leaky_relu_slope": lambda x: F.leaky_relu(x, 0.2), "hardtanh": F.hardtanh,
    "hardtanh_limits": lambda x: F.hardtanh(x, -0.5, 2.0), "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish, "softplus": F.softplus,
    "softplus_beta": lambda x: F.softplus(x, beta=2.0),
    "softplus_threshold": lambda x: F.softplus(x, beta=1.5, threshold=2.0),
    "softsign": F.softsign, "tanhshrink": F.tanhshrink, "hardshrink": F.hardshrink,
    "hardshrink_lambda": lambda x: F.hardshrink(x, 1.25), "softshrink": F.softshrink,
    "softshrink_lambda": lambda x: F.softshrink(x, 1.25), "logsigmoid": F.logsigmoid,
    "threshold": lambda x: F.threshold(x, 0.5, -7.0), "rrelu": lambda x: F.rrelu(x, 0.1, 0.3),
}
for name, fn in PLAIN.items():
    case(name, fn, f(2, 3, 4), dyn=(f(5, 3, 4),))
for name in ("relu", "sigmoid", "tanh", "gelu", "silu", "elu", "leaky_relu", "softplus", "hardswish",
             "hardsigmoid", "mish", "selu", "hardtanh"):
    case(name + "_f64", PLAIN[name], f(2, 5, dtype=F64))
    case(name + "_f16", PLAIN[name], f(2, 5, dtype=F16))
for name in ("relu", "gelu", "hardswish", "hardsigmoid", "softplus"):
    case(name + "_0d", PLAIN[name], f())
case("relu_empty", torch.relu, f(0, 3))
case("relu_i64", torch.relu, ints(3, 4))
case("relu_i32", torch.relu, ints(3, 4, dtype=I32))
case("relu6_i64", F.relu6, ints(3, 4, high=9))
case("hardtanh_i64", lambda x: F.hardtanh(x, -2, 3), ints(3, 4))
case("softplus_large", F.softplus, tensor([-100.0, -21.0, 0.0, 19.0, 21.0, 100.0]))
case("gelu_large", F.gelu, tensor([-100.0, -10.0, 0.0, 10.0, 100.0]))
case("relu_nan", torch.relu, tensor([float("nan"), -1.0, float("inf"), -float("inf")]))
case("prelu_one", nn.PReLU(), f(2, 3, 4))
case("prelu_channels", nn.PReLU(3), f(2, 3, 4, 5), dyn=(f(3, 3, 2, 5),))
case("prelu_2d", nn.PReLU(4), f(2, 4))
case("prelu_1d", nn.PReLU(), f(5))
case("prelu_functional", F.prelu, f(2, 3, 4), f(3))

for dim in (0, 1, 2, -1, -3):
    case(f"softmax_dim{dim}".replace("-", "m"), lambda x, dim=dim: F.softmax(x, dim), f(2, 3, 4))
    case(f"log_softmax_dim{dim}".replace("-", "m"), lambda x, dim=dim: F.log_softmax(x, dim),
         f(2, 3, 4))
case("softmax_1d", lambda x: F.softmax(x, 0), f(6))
case("softmax_0d", lambda x: F.softmax(x, 0), f())
case("softmax_4d", lambda x: F.softmax(x, 1), f(2, 3, 2, 2), dyn=(f(4, 3, 2, 3),))
case("softmax_f64", lambda x: F.softmax(x, -1), f(2, 3, dtype=F64))
case("softmax_f16", lambda x: F.softmax(x, -1), f(2, 3, dtype=F16))
case("softmax_f16_to_f32", lambda x: F.softmax(x, -1, dtype=torch.float32), f(2, 3, dtype=F16))
case("softmax_dtype", lambda x: F.softmax(x, -1, dtype=torch.float64), f(2, 3))
case("softmax_i64_dtype", lambda x: F.softmax(x, -1, dtype=torch.float32), ints(2, 3))
case("log_softmax_dtype", lambda x: F.log_softmax(x, 0, dtype=torch.float64), f(2, 3))
case("log_softmax_f64", lambda x: F.log_softmax(x, -1), f(2, 3, dtype=F64))
case("softmin", lambda x: F.softmin(x, 1), f(2, 3))
case("softmax_method", lambda x: x.softmax(-1), f(2, 3), dyn=(f(2, 5),))
case("softmax2d", nn.Softmax2d(), f(2, 3, 2, 2))
case("glu", lambda x: F.glu(x), f(2, 6), dyn=(f(4, 6),))
case("glu_dim1", lambda x: F.glu(x, 1), f(2, 4, 3), dyn=(f(3, 4, 2),))
case("glu_dim0", lambda x: F.glu(x, 0), f(4, 3))
case("dropout_eval", nn.Dropout(0.5), f(2, 3))
case("dropout2d_eval", nn.Dropout2d(0.5), f(2, 3, 2, 2))
case("alpha_dropout_eval", nn.AlphaDropout(0.5), f(2, 3))
case("feature_alpha_dropout_eval", nn.FeatureAlphaDropout(0.5), f(2, 3, 2))
case("relu_inplace", nn.ReLU(inplace=True), f(2, 3))
case("hardswish_inplace", nn.Hardswish(inplace=True), f(2, 3))
case("silu_inplace", nn.SiLU(inplace=True), f(2, 3))
case("elu_inplace", nn.ELU(inplace=True), f(2, 3))
case("leaky_relu_inplace", nn.LeakyReLU(0.1, inplace=True), f(2, 3))
case("hardtanh_inplace", nn.ReLU6(inplace=True), f(2, 3))
case("mish_inplace", nn.Mish(inplace=True), f(2, 3))
case("threshold_inplace", nn.Threshold(0.1, 20.0, inplace=True), f(2, 3))
case("celu_inplace", nn.CELU(inplace=True), f(2, 3))
case("selu_inplace", nn.SELU(inplace=True), f(2, 3))
case("hardsigmoid_inplace", nn.Hardsigmoid(inplace=True), f(2, 3))
case("sigmoid_inplace", lambda x: (x + 1).sigmoid_(), f(2, 3))
case("tanh_inplace", lambda x: (x + 1).tanh_(), f(2, 3))

script("scripted_relu_inplace", "x: Tensor", "y = x + 1\nF.relu(y, inplace=True)\nreturn y", f(2, 3))
script("scripted_gelu", "x: Tensor", "return F.gelu(x)", f(2, 3))
script("scripted_hardtanh", "x: Tensor", "return F.hardtanh(x, -1., 2.)", f(2, 3))
script("scripted_hardswish", "x: Tensor", "return F.hardswish(x)", f(2, 3))
script("scripted_softplus", "x: Tensor", "return F.softplus(x, 2., 3.)", f(2, 3))
script("scripted_prelu", "x: Tensor, w: Tensor", "return F.prelu(x, w)", f(2, 3), f(1))
script("scripted_softmax", "x: Tensor", "return F.softmax(x, dim=-1)", f(2, 3))
script("scripted_softmax_dtype", "x: Tensor", "return F.softmax(x, dim=1, dtype=torch.float64)",
       f(2, 3))
script("scripted_log_softmax", "x: Tensor", "return F.log_softmax(x, dim=0)", f(2, 3))
script("scripted_dropout", "x: Tensor", "return F.dropout(x, 0.5, self.training)", f(2, 3))
script("scripted_mish_silu", "x: Tensor", "return F.mish(x) + F.silu(x)", f(2, 3))
script("scripted_logsigmoid", "x: Tensor", "return F.logsigmoid(x)", f(2, 3))
