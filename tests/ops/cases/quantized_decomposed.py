# SPDX-License-Identifier: Apache-2.0
"""PyTorch 2's quantization: quantize and dequantize between ordinary operators."""
import torch
import torch.ao.quantization.fx._decomposed  # noqa: F401: registers the operators
from torch.nn import functional as F

from record import *

D = torch.ops.quantized_decomposed
X = f(3, 8)

family("quantized_decomposed")


def qdq(x, scale=0.0427, zero=-9, low=-128, high=127, dtype=I8):
    return D.dequantize_per_tensor(D.quantize_per_tensor(x, scale, zero, low, high, dtype), scale, zero, low, high, dtype)


def written(name, fn, *inputs, step=0.0427, within=0, **o):
    """fn's result is on a grid of that step."""
    case(name, fn, *inputs, int8=True, atol=step * (within + 1e-3), rtol=1e-6, **o)


for name, grid in {"int8": (-9, -128, 127, I8), "uint8": (113, 0, 255, U8), "int8_narrow": (0, -127, 127, I8), "uint8_7bit": (64, 0, 127, U8),
                   "int8_low": (-128, -128, 127, I8), "uint8_low": (0, 0, 255, U8), "int8_4bit": (1, -8, 7, I8), "uint8_from_one": (9, 1, 255, U8)}.items():
    written(f"per_tensor_{name}", lambda x, g=grid: qdq(x, 0.0427, *g), X)
    written(f"per_tensor_{name}_relu", lambda x, g=grid: qdq(F.relu(qdq(x, 0.0427, *g)), 0.0427, *g), X)
written("per_tensor_tensors", lambda x: D.dequantize_per_tensor.tensor(D.quantize_per_tensor.tensor(x, tensor(0.0427), tensor(3), -128, 127, I8), tensor(0.0427),
        tensor(3), -128, 127, I8), X)
written("per_tensor_all_tensors", lambda x: D.dequantize_per_tensor.tensor2(D.quantize_per_tensor.tensor2(x, tensor(0.0427), tensor(3), tensor(-128), tensor(127), I8),
        tensor(0.0427), tensor(3), tensor(-128), tensor(127), I8), X)
written("per_tensor_dynamic_axes", qdq, X, dyn=(f(5, 8),))
SCALES, ZEROS = tensor([0.02, 0.05, 0.11]), tensor([3, -9, 12])
for axis, shape in {0: (3, 4), 1: (2, 3, 2)}.items():
    written(f"per_channel_{axis}", lambda x, a=axis: D.dequantize_per_channel(D.quantize_per_channel(x, SCALES, ZEROS, a, -128, 127, I8), SCALES, ZEROS, a, -128, 127, I8),
            f(*shape), step=0.02)
written("per_channel_no_zeros", lambda x: x + D.dequantize_per_channel(ints(3, 4, low=-99, high=99, dtype=I8), SCALES, None, 0, -128, 127, I8), f(3, 4), step=1e-4)
written("fake_per_channel", lambda x: D.fake_quant_per_channel(x, SCALES, tensor([3, 9, 12], dtype=I32), 0, 0, 255), f(3, 4), step=0.02)
written("fake_and_mask", lambda x: torch.ops.aten.fake_quantize_per_tensor_affine_cachemask(x, 0.02, 3, 0, 127), f(3, 4), step=0.02)
written("fake_and_mask_tensors", lambda x: torch.ops.aten._fake_quantize_per_tensor_affine_cachemask_tensor_qparams(x, tensor(0.02), tensor(3, I32), tensor(1), 0, 127),
        f(3, 4), step=0.02)
written("fake_and_mask_per_channel", lambda x: torch.ops.aten.fake_quantize_per_channel_affine_cachemask(x, SCALES, tensor([3, 9, 12], dtype=I32), 0, 0, 63), f(3, 4),
        step=0.02)
written("convert", lambda x: D.convert_element_type(qdq(x), F16), X, step=0.01)


def dynamic(x, low, high, dtype, choose, eps=1.1920928955078125e-07):
    scale, zero = choose(x, low, high, eps, dtype)
    return D.dequantize_per_tensor.tensor(D.quantize_per_tensor.tensor(x, scale, zero, low, high, dtype), scale, zero, low, high, dtype)


for name, grid in {"int8": (-128, 127, I8), "uint8": (0, 255, U8), "int8_narrow": (-127, 127, I8), "uint8_7bit": (0, 127, U8)}.items():
    for tag, x in {"": X, "_positive": pos(3, 8), "_zeros": torch.zeros(3, 8), "_tiny": X * 1e-5}.items():
        if tag == "" or name == "int8":
            written(f"dynamic_{name}{tag}", lambda x, g=grid: dynamic(x, *g, D.choose_qparams.tensor), x, step=1e-3 if tag != "_tiny" else 1e-8)
    written(f"dynamic_symmetric_{name}", lambda x, g=grid: dynamic(x, *g, D.choose_qparams_symmetric.tensor), X, step=1e-3)
written("dynamic_least_scale", lambda x: dynamic(x, 0, 255, U8, D.choose_qparams.tensor, 2**-12), X * 1e-3, step=1e-6)

# --- rows and groups


def rows(x, choose):
    scale, zero = choose(x, I8)
    return D.dequantize_per_token(D.quantize_per_token(x, scale, zero, -128, 127, I8), scale, zero, -128, 127, I8, F32)


W4, S4, Z4 = ints(4, 8, low=-8, high=8, dtype=I8), 0.01 + torch.arange(16).reshape(4, 4) / 900, ints(4, 4, low=-2, high=3)
for shape in ((3, 8), (2, 3, 8)):
    written(f"per_token_rank{len(shape)}", lambda x: rows(x, D.choose_qparams_per_token), f(*shape), step=1e-3)
    written(f"per_token_asymmetric_rank{len(shape)}", lambda x: rows(x, D.choose_qparams_per_token_asymmetric), f(*shape), step=1e-3)
written("per_token_parameters", lambda x: D._choose_qparams_per_token_asymmetric_impl(x, I8), f(3, 8), step=1e-3)
written("per_token_linear", lambda x: F.linear(rows(x, D.choose_qparams_per_token_asymmetric), D.dequantize_per_channel_group(W4, S4, Z4, -8, 7, I8, 2, F32)), f(3, 8),
        step=1e-2)
written("group_weight", lambda x: F.linear(x, D.dequantize_per_channel_group(W4, S4, None, -8, 7, I8, 2, F32)), f(3, 8), step=1e-2)
written("group_activation", lambda x: D.dequantize_per_channel_group(D.quantize_per_channel_group(x, S4, Z4, -128, 127, I8, 2), S4, Z4, -128, 127, I8, 2, F32), f(4, 8),
        step=1e-3)

# --- operators between a dequantize and a quantize

IMAGE = f(1, 4, 5, 6)
K = D.quantize_per_tensor(f(6, 4, 3, 3, span=0.5), 0.0059, 0, -127, 127, I8)
def kernel(symmetric=True, per_channel=False):
    if per_channel:
        scales = 0.003 + torch.arange(6) / 2000
        return D.dequantize_per_channel(K, scales, torch.zeros(6, dtype=I64), 0, -127, 127, I8)
    zero = 0 if symmetric else 3
    return D.dequantize_per_tensor(K, 0.0059, zero, -128, 127, I8)
BIAS = torch.arange(6) / 8


for name, zero, low, high, dtype in (("int8", -9, -128, 127, I8), ("uint8", 113, 0, 255, U8)):
    grid = (zero, low, high, dtype)
    def between(case_name, fn, *inputs, out=0.061, within=1, **o):
        written(f"{case_name}_{name}", lambda *x, g=grid: qdq(fn(*[qdq(t, 0.0427, *g) for t in x]), out, *g), *inputs, step=out, within=within, **o)
    between("conv", lambda x: F.conv2d(x, kernel(), BIAS, 1, 1), IMAGE)
    between("conv_per_channel", lambda x: F.conv2d(x, kernel(per_channel=True), BIAS, 1, 1), IMAGE)
    between("conv_relu", lambda x: F.relu(F.conv2d(x, kernel(), BIAS, 2)), IMAGE)
    between("conv_asymmetric", lambda x: F.conv2d(x, kernel(False)), IMAGE)
    between("conv_int32_bias", lambda x: F.conv2d(x, kernel(), D.dequantize_per_tensor(tensor([9, -300, 44, 1000, -7, 0], I32), 0.0427 * 0.0059, 0, -2**31, 2**31 - 1, I32)), IMAGE)
    between("conv_unbatched", lambda x: F.conv2d(x, kernel(), BIAS), f(4, 5, 6))
    between("conv_transpose", lambda x: F.conv_transpose2d(x, kernel().transpose(0, 1), BIAS, 2), IMAGE)
    between("conv_int8_dynamic_axes", lambda x: F.conv2d(x, kernel(), BIAS), IMAGE, dyn=(f(2, 4, 6, 7),))
    for rank, shape in {1: (36,), 2: (3, 36), 3: (2, 3, 36)}.items():
        between(f"linear_rank{rank}", lambda x: F.linear(x, kernel().reshape(6, 36), BIAS), f(*shape), out=0.11)
    between("linear_relu_no_bias", lambda x: F.relu(F.linear(x, kernel().reshape(6, 36))), f(3, 36), out=0.11)
    between("matmul", torch.matmul, f(2, 3, 4), f(2, 4, 5), out=0.11)
    between("add", torch.add, X, f(3, 8))
    between("add_relu", lambda a, b: F.relu(a + b), X, f(3, 8))
    between("add_number", lambda a: a + 0.5, X)
    between("sub", torch.sub, X, f(3, 8))
    between("mul", torch.mul, X, f(3, 8))
    between("div", torch.div, X, pos(3, 8), out=0.2)
    between("cat", lambda a, b: torch.cat([a, b], 1), X, f(3, 8))
    for op, fn in {"hardtanh": lambda x: F.hardtanh(x, -0.5, 0.9), "relu6": F.relu6, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "gelu": F.gelu, "silu": F.silu, "elu": F.elu,
                   "hardswish": F.hardswish, "hardsigmoid": F.hardsigmoid, "leaky_relu": lambda x: F.leaky_relu(x, 0.1), "softmax": lambda x: F.softmax(x, 1),
                   "layer_norm": lambda x: F.layer_norm(x, [8]), "exp": torch.exp}.items():
        between(op, fn, X, out=0.02)
    for op, fn in {"max_pool": lambda x: F.max_pool2d(x, 2), "avg_pool": lambda x: F.avg_pool2d(x, 2), "adaptive_pool": lambda x: F.adaptive_avg_pool2d(x, 1),
                   "mean": lambda x: x.mean((2, 3)), "nearest": lambda x: F.interpolate(x, scale_factor=2), "bilinear": lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"),
                   "permute": lambda x: x.permute(0, 2, 3, 1), "flatten": lambda x: x.flatten(1), "slice": lambda x: x[:, 1:3], "pad": lambda x: F.pad(x, (1, 1)),
                   "pixel_shuffle": lambda x: F.pixel_shuffle(x, 2), "clone": lambda x: x.clone(), "expand": lambda x: x.expand(2, 4, 5, 6)}.items():
        between(op, fn, IMAGE, out=0.0427)
    between("embedding", lambda i: F.embedding(i.clamp(0, 5).long(), kernel().reshape(6, 36)), f(2, 3), out=0.0059)
    between("gru_cell_like", lambda x, h: torch.tanh(F.linear(x, kernel().reshape(6, 36)) + h), f(3, 36), f(3, 6), out=0.01)
