# SPDX-License-Identifier: Apache-2.0
"""Operators on quantized tensors, each alone between a quantize and a dequantize."""
import torch
import torch.ao.nn.quantized as nnq
import torch.ao.nn.quantized.dynamic as nnqd
from torch import nn
from torch.nn import functional as F

from record import *

U, S = torch.quint8, torch.qint8
Q = torch.ops.quantized
STEP = 0.0427
GRIDS = ((U, 113), (S, -9))


def q(x, scale=STEP, zero=113, dtype=U):
    return torch.quantize_per_tensor(x, scale, zero, dtype)


def alone(name, fn, *inputs, **o):
    """fn of inputs quantized to uint8, and of the same as int8; of one where PyTorch has no other."""
    def once(dtype, zero, tensors):
        return back(fn(*[q(t, zero=zero, dtype=dtype) if t.is_floating_point() else t.clone() for t in tensors]))

    known = []

    def both(*tensors):
        if not torch.jit.is_tracing():
            known.clear()
            for grid in GRIDS:
                try:
                    once(*grid, tensors)
                    known.append(grid)
                except RuntimeError:
                    if grid is GRIDS[-1] and not known:
                        raise
        return tuple(once(*grid, tensors) for grid in known)
    case(name, both, *inputs, int8=True, **o)


# --- functions of one tensor

family("quantized_activation")

X = f(3, 8)
for name, fn in [
        ("relu", torch.relu), ("relu6", lambda x: Q.relu6(x)), ("clamp", lambda x: torch.clamp(x, -0.7, 1.1)),
        ("quantized_clamp", lambda x: Q.clamp(x, -0.7, 1.1)), 
        ("hardtanh", lambda x: F.hardtanh(x, -0.5, 0.9)), ("aten_relu6", F.relu6),
        ("threshold", lambda x: Q.threshold(x, 0.4, -0.3)), ("aten_threshold", lambda x: F.threshold(x, 0.4, -0.3)),
        ("elu", lambda x: Q.elu(x, 0.03, 90, 1.2)), ("elu_scales", lambda x: Q.elu(x, 0.03, 90, 1.2, 1.1, 0.8)),
        ("celu", lambda x: Q.celu(x, 0.03, 90, 1.3)), 
        ("hardswish", lambda x: Q.hardswish(x, 0.02, 70)), ("leaky_relu", lambda x: Q.leaky_relu(x, 0.2, False, 0.03, 40)),
        ("aten_leaky_relu", lambda x: F.leaky_relu(x, 0.1)),
        ("sigmoid", lambda x: Q.sigmoid(x, 0.005, 10)), ("aten_sigmoid", torch.sigmoid),
        ("aten_tanh", torch.tanh), ("hardsigmoid", F.hardsigmoid),
        ("softmax", lambda x: Q.softmax(x, 1, 1 / 256, 3)), ("softmax_first", lambda x: Q.softmax(x, 0, 1 / 200, 0)),
        ("gelu", F.gelu), ("prelu_one", lambda x: Q.prelu(x, q(torch.tensor([0.21]), 0.01), 0.03, 40)),
        ("dropout", lambda x: F.dropout(x, 0.5, False))]:
    alone(name, fn, X)
alone("quantized_dropout", lambda x: Q.dropout(x, 0.03, 60, 0.5, False), X)
alone("prelu", lambda x: Q.prelu(x, q(torch.tensor([0.21, -0.4, 0.7]), 0.01), 0.03, 40), f(2, 3, 4))
alone("softmax_ranks", lambda x: Q.softmax(x, -1, 1 / 256, 0), f(2, 2, 3, 4))
for rank in (0, 1, 4):
    alone(f"hardswish_rank{rank}", lambda x: Q.hardswish(x, 0.02, 70), f(*[2, 3, 2, 2][:rank]))
alone("relu_dynamic", torch.relu, X, dyn=(f(5, 8),))
alone("sigmoid_dynamic", lambda x: Q.sigmoid(x, 0.005, 10), X, dyn=(f(5, 8),))
alone("relu_in_place", lambda x: x.relu_(), X)
alone("empty", torch.relu, f(0, 3))

# --- two tensors, or a tensor and a number

family("quantized_arithmetic")

A, B, C = f(3, 8), f(3, 8, span=2.0), f(8)
for op in ("add", "mul"):
    for relu in ("", "_relu"):
        fn = getattr(Q, op + relu)
        alone(op + relu, lambda a, b, fn=fn: fn(a, b, 0.051, 77), A, B)
        alone(op + relu + "_to_zero", lambda a, b, fn=fn: fn(a, b, 0.031, 0), A, B)
        alone(op + relu + "_broadcast", lambda a, b, fn=fn: fn(a, b, 0.051, 77), A, C)
        case(op + relu + "_grids", lambda a, b, fn=fn: back(fn(q(a), q(b, 0.031, 60), 0.051, 77)), A, B, int8=True)
        for overload in (op + relu, f"{op}_scalar{relu}"):
            fn = getattr(Q, overload)
            for tag, b in dict(some=0.63, negative=-0.47, zero=0.0, great=9.5, small=-9.5).items():
                if tag == "some" or overload == op + relu:
                    alone(f"{overload}_{tag}_number", lambda a, fn=fn, b=b: fn(a, b), A, within=tag in ("great", "small"))
        alone(f"{op}{relu}_number_first", lambda a, fn=getattr(Q, op + relu): fn(0.63, a), A)
alone("add_dynamic", lambda a, b: Q.add(a, b, 0.051, 77), A, B, dyn=(f(5, 8), f(5, 8)))
alone("add_of_itself", lambda a: Q.add(a, a, 0.07, 77), A, within=1)
alone("matmul", lambda a, b: Q.matmul(a, b, 0.11, 77), f(3, 4), f(4, 5))
alone("matmul_batched", lambda a, b: Q.matmul(a, b, 0.11, 77), f(2, 2, 3, 4), f(2, 2, 4, 5))
alone("matmul_dynamic", lambda a, b: Q.matmul(a, b, 0.11, 77), f(2, 3, 4), f(2, 4, 5), dyn=(f(2, 6, 4), f(2, 4, 5)))
alone("cat", lambda a, b: Q.cat([a, b], 1, 0.051, 77), A, B)
alone("cat_relu", lambda a, b: Q.cat_relu([a, b], 0, 0.051, 77), A, B)
alone("cat_own_grid", lambda a, b: Q.cat([a, b], 1, None, None), A, B)
alone("cat_same_grid", lambda a, b: torch.cat([a, b], 1), A, B)
case("cat_grids", lambda a, b: back(Q.cat([q(a), q(b, 0.031, 60)], -1, 0.051, 77)), A, B, int8=True)
case("aten_cat_grids", lambda a, b: back(torch.cat([q(a), q(b, 0.031, 60)], -1)), A, B, int8=True)
alone("stack", lambda a, b: torch.stack([a, b], 1), A, B)
for name in ("eq", "ne", "lt", "le", "gt", "ge"):
    alone(name, lambda a, b, name=name: getattr(torch, name)(a, b), A, B, atol=0)
    alone(name + "_number", lambda a, name=name: getattr(torch, name)(a, 0.4), A, atol=0)

# --- quantizing and dequantizing

family("quantized_grid")

for dtype, name in ((U, "quint8"), (S, "qint8"), (torch.qint32, "qint32")):
    for zero in (0, 5, -3):
        if zero >= 0 or dtype is not U:
            case(f"quantize_{name}_{'minus' if zero < 0 else 'from'}_{abs(zero)}", lambda x, d=dtype, z=zero: back(q(x, 0.017, z, d)), X, int8=True)
case("int_repr", lambda x: q(x).int_repr(), X, int8=True, atol=0)
case("int_repr_signed", lambda x: q(x, zero=3, dtype=S).int_repr().float() * 2, X, int8=True, atol=1e-6)
case("q_scale", lambda x: q(x).dequantize() * q(x).q_scale(), X, int8=True, atol=1e-6)
case("quantize_tensor_parameters", lambda x: back(torch.quantize_per_tensor(x, torch.tensor(0.05), torch.tensor(3), U)), X, int8=True)
for axis in (0, 1):
    case(f"quantize_per_channel_{axis}", lambda x, a=axis: back(torch.quantize_per_channel(x, torch.tensor([0.02, 0.05, 0.11]),
         torch.tensor([3, 9, 120]), a, U)), f(3, 3, 2), int8=True)
case("quantize_per_channel_signed", lambda x: back(torch.quantize_per_channel(x, torch.tensor([0.02, 0.05, 0.11]), torch.tensor([3, -9, 12]), 1, S)),
     f(2, 3), int8=True)
case("quantize_module", lambda: nn.Sequential(nnq.Quantize(0.04, 7, U), nnq.DeQuantize()), X, int8=True, made=True, atol=1e-6)
case("dynamic", lambda x: torch.quantize_per_tensor_dynamic(x, U, False).dequantize(), X, int8=True, atol=1e-5)
case("dynamic_signed", lambda x: torch.quantize_per_tensor_dynamic(x, S, False).dequantize(), X, int8=True, atol=1e-5)
case("dynamic_reduced", lambda x: torch.quantize_per_tensor_dynamic(x, U, True).dequantize(), X, int8=True, atol=1e-5, engine="onednn")
case("dequantize_list", lambda x: tuple(torch.dequantize([q(x), q(x, 0.1)])), X, int8=True, atol=1e-6)
case("quantize_list", lambda x: back(torch.quantize_per_tensor([x, x * 2], torch.tensor([0.05, 0.07]), torch.tensor([3, 9]), U)), X, int8=True)
script("dequantize_lists", "x: Tensor", """
y = torch.quantize_per_tensor(x, 0.05, 3, 13)
a, b = torch.dequantize([y, y])
return a + b * torch.dequantize(y)
""", X, int8=True, atol=1e-5)
case("quantize_again", lambda x: back(q(q(x).dequantize(), 0.09, 30)), X, int8=True, within=1)
case("through_half", lambda x: back(q(q(x).dequantize().half().float(), 0.09, 30)), X, int8=True, within=1)
case("fake_per_tensor", lambda x: torch.fake_quantize_per_tensor_affine(x, 0.03, 4, 0, 255), X, int8=True, atol=1e-6)
case("fake_per_tensor_7bit", lambda x: torch.fake_quantize_per_tensor_affine(x, 0.03, 64, 0, 127), X, int8=True, atol=1e-6)
case("fake_per_tensor_signed", lambda x: torch.fake_quantize_per_tensor_affine(x, 0.03, -4, -128, 127), X, int8=True, atol=1e-6)
case("fake_per_tensor_tensors", lambda x: torch.fake_quantize_per_tensor_affine(x, torch.tensor(0.03), torch.tensor(4, dtype=I32), 0, 255),
     X, int8=True, atol=1e-6)
case("fake_per_channel", lambda x: torch.fake_quantize_per_channel_affine(x, torch.tensor([0.02, 0.05, 0.11]), torch.tensor([0, 1, 0], dtype=I32), 0,
     -127, 127), f(3, 4), int8=True, atol=1e-6)

case("fake_learnable", lambda x: torch._fake_quantize_learnable_per_tensor_affine(x, torch.tensor([0.03]), torch.tensor([4.0]), 0, 255), X,
     int8=True, atol=1e-6)
case("fake_learnable_per_channel", lambda x: torch._fake_quantize_learnable_per_channel_affine(x, torch.tensor([0.02, 0.05, 0.11]),
     torch.tensor([0.0, 1.0, 0.0]), 0, -127, 127), f(3, 4), int8=True, atol=1e-6)
case("fake_fused", lambda x: torch.fused_moving_avg_obs_fake_quant(x, torch.tensor([0]), torch.tensor([1]), torch.tensor(-1.0), torch.tensor(1.0),
     torch.tensor([0.03]), torch.tensor([4], dtype=I32), 0.01, 0, 255, -1, False, False), X, int8=True, atol=1e-6)
script("q_per_channel", "x: Tensor", """
y = torch.quantize_per_channel(x, torch.arange(1, 4) / 9, torch.arange(3), 0, 13)
return y.dequantize() + torch.q_per_channel_scales(y).float().sum() + torch.q_per_channel_zero_points(y).sum() + torch.q_per_channel_axis(y)
""", f(3, 4), int8=True, atol=1e-5)
script("is_quantized", "x: Tensor", """
y = torch.quantize_per_tensor(x, 0.05, 3, 13)
if y.is_quantized and not x.is_quantized:
    return y.dequantize() * y.q_scale() + y.q_zero_point()
return x
""", X, int8=True, atol=1e-5)

# --- normalisation

family("quantized_norm")

def normed(name, fn, *shape):
    alone(name, fn, f(*shape), within=1)
MEAN, VAR, W3, B3 = torch.tensor([0.1, -0.2, 0.3]), torch.tensor([0.9, 1.3, 0.6]), torch.tensor([0.7, -0.4, 1.2]), torch.tensor([0.2, 0.0, -0.3])
for kind, shape in {"batch_norm1d": (2, 3), "batch_norm2d": (2, 3, 2, 2), "batch_norm3d": (2, 3, 2, 2, 2), "batch_norm": (2, 3, 2, 2)}.items():
    for relu in ("", "_relu"):
        normed(kind + relu, lambda x, fn=getattr(Q, kind + relu): fn(x, W3, B3, MEAN, VAR, 1e-5, 0.04, 99), *shape)
normed("batch_norm1d_rank3", lambda x: Q.batch_norm1d(x, W3, B3, MEAN, VAR, 1e-5, 0.04, 99), 2, 3, 4)
W4, B4 = torch.tensor([0.7, -0.4, 1.2, 0.5]), torch.tensor([0.2, 0.0, -0.3, 1.0])
normed("layer_norm", lambda x: Q.layer_norm(x, [4], W4, B4, 1e-5, 0.02, 99), 2, 3, 4)
normed("layer_norm_plain", lambda x: Q.layer_norm(x, [3, 4], None, None, 1e-5, 0.02, 99), 2, 3, 4)
normed("group_norm", lambda x: Q.group_norm(x, 2, W4, B4, 1e-5, 0.02, 99), 2, 4, 3, 2)
normed("group_norm_plain", lambda x: Q.group_norm(x, 2, None, None, 1e-5, 0.02, 99), 2, 4, 3)
normed("instance_norm", lambda x: Q.instance_norm(x, W4, B4, 1e-5, 0.02, 99), 2, 4, 3, 2)
normed("instance_norm_plain", lambda x: Q.instance_norm(x, None, None, 1e-5, 0.02, 99), 2, 4, 5)
normed("aten_quantized_batch_norm", lambda x: torch.quantized_batch_norm(x, W3, B3, MEAN, VAR, 1e-5, 0.04, 99), 2, 3, 2, 2)
alone("batch_norm2d_dynamic", lambda x: Q.batch_norm2d(x, W3, B3, MEAN, VAR, 1e-5, 0.04, 99), f(2, 3, 2, 2), dyn=(f(4, 3, 2, 3),), within=1)
alone("layer_norm_dynamic", lambda x: Q.layer_norm(x, [4], W4, B4, 1e-5, 0.02, 99), f(2, 3, 4), dyn=(f(3, 5, 4),), within=1)

# --- pools and resizing

family("quantized_pool")

I1, I2, I3 = f(2, 3, 8), f(2, 3, 6, 5), f(1, 2, 4, 5, 6)
for name, fn, x in [
        ("max_pool1d", lambda x: F.max_pool1d(x, 3, 2, 1), I1), ("max_pool2d", lambda x: F.max_pool2d(x, 3, 2, 1), I2),
        ("max_pool2d_ceil", lambda x: F.max_pool2d(x, 3, 2, 0, 1, True), I2), ("max_pool2d_dilated", lambda x: F.max_pool2d(x, 2, 1, 1, 2), I2),
        ("max_pool3d", lambda x: F.max_pool3d(x, 2, 1, 1), I3), ("max_pool2d_unbatched", lambda x: F.max_pool2d(x, 2), f(3, 6, 5)),
        ("quantized_max_pool1d", lambda x: torch.quantized_max_pool1d(x, [2], [2], [0], [1], False), I1),
        ("quantized_max_pool2d", lambda x: torch.quantized_max_pool2d(x, [2, 3], [2, 2], [1, 1], [1, 1], True), I2),
        ("quantized_max_pool3d", lambda x: torch.quantized_max_pool3d(x, [2, 2, 2], [2, 2, 2], [0, 0, 0], [1, 1, 1], False), I3),
        ("op_max_pool1d", lambda x: Q.max_pool1d(x, [2], [2], [0], [1], False), I1),
        ("op_max_pool2d", lambda x: Q.max_pool2d(x, [2, 2], [2, 2], [0, 0], [1, 1], False), I2),
        ("avg_pool1d", lambda x: F.avg_pool1d(x, 3, 2, 1), I1), ("avg_pool2d", lambda x: F.avg_pool2d(x, 2), I2),
        ("avg_pool2d_padded", lambda x: F.avg_pool2d(x, 3, 2, 1), I2), ("avg_pool2d_unpadded_count", lambda x: F.avg_pool2d(x, 3, 2, 1, False, False), I2),
        ("avg_pool2d_ceil", lambda x: F.avg_pool2d(x, 2, 2, 0, True), I2), ("avg_pool2d_divisor", lambda x: F.avg_pool2d(x, 2, 2, 0, False, True, 3), I2),
        ("avg_pool3d", lambda x: F.avg_pool3d(x, 2), I3), ("avg_pool2d_unbatched", lambda x: F.avg_pool2d(x, 2), f(3, 6, 5)),
        ("adaptive_avg_pool1d", lambda x: F.adaptive_avg_pool1d(x, 2), I1), ("adaptive_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, (2, 3)), I2),
        ("adaptive_avg_pool2d_global", lambda x: F.adaptive_avg_pool2d(x, 1), I2), ("adaptive_avg_pool3d", lambda x: F.adaptive_avg_pool3d(x, 2), I3),
        ("adaptive_avg_pool3d_global", lambda x: F.adaptive_avg_pool3d(x, 1), I3),
        ("mean", torch.mean, I2), ("mean_dims", lambda x: torch.mean(x, [2, 3]), I2), ("mean_keepdim", lambda x: x.mean((2, 3), keepdim=True), I2),
        ("mean_channel", lambda x: torch.mean(x, 1), I2), ("mean_last", lambda x: x.mean(-1), I1),
        ("nearest2d", lambda x: F.interpolate(x, scale_factor=2), I2),
        ("nearest2d_size", lambda x: F.interpolate(x, (9, 7)), I2), ("nearest2d_down", lambda x: F.interpolate(x, (3, 4)), I2),
        ("nearest3d", lambda x: F.interpolate(x, scale_factor=2), I3), ("nearest_exact2d", lambda x: F.interpolate(x, (9, 7), mode="nearest-exact"), I2),
        ("bilinear2d", lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"), I2),
        ("bilinear2d_corners", lambda x: F.interpolate(x, (9, 7), mode="bilinear", align_corners=True), I2)]:
    alone(name, fn, x, engine="onednn" if any(w in name for w in ("unbatched", "max_pool3d", "dilated", "unpadded", "divisor")) else "qnnpack", within=0 if "max" in name or "nearest" in name else 1)
alone("avg_pool2d_dynamic", lambda x: F.avg_pool2d(x, 2), I2, dyn=(f(3, 3, 8, 6),), within=1)
alone("max_pool2d_dynamic", lambda x: F.max_pool2d(x, 3, 2, 1), I2, dyn=(f(3, 3, 8, 6),))
alone("adaptive_avg_pool2d_dynamic", lambda x: F.adaptive_avg_pool2d(x, 1), I2, dyn=(f(3, 3, 8, 6),), within=1)
alone("nearest2d_dynamic", lambda x: F.interpolate(x, scale_factor=2.0), I2, dyn=(f(3, 3, 8, 6),))

# --- moving data

family("quantized_movement")

M, N = f(2, 4, 6), f(1, 4, 2, 3)
INDEX = torch.tensor([2, 0, 3])
for name, fn, x in [
        ("view", lambda x: x.view(2, 24), M), ("reshape", lambda x: x.reshape(-1, 3), M), ("transpose", lambda x: x.transpose(1, 2), M),
        ("permute", lambda x: x.permute(2, 0, 1), M), ("t", lambda x: x.t(), f(3, 4)), ("flatten", lambda x: torch.flatten(x, 1), M),
        ("unflatten", lambda x: x.unflatten(1, (2, 2)), M), ("squeeze", lambda x: x.squeeze(), N), ("squeeze_dim", lambda x: x.squeeze(0), N),
        ("unsqueeze", lambda x: x.unsqueeze(1), M), ("chunk", lambda x: x.chunk(2, 1), M), ("chunk_one", lambda x: x.chunk(3, 2)[1], M),
        ("split", lambda x: x.split(2, 2), M), ("split_sizes", lambda x: x.split([1, 3], 1), M), ("unbind", lambda x: x.unbind(1), M),
        ("slice", lambda x: x[:, 1:3], M), ("slice_step", lambda x: x[:, :, 1:6:2], M), ("select", lambda x: x[:, 1], M), ("select_last", lambda x: x[..., -1], M),
        ("narrow", lambda x: x.narrow(2, 1, 3), M), ("index_select", lambda x: x.index_select(1, INDEX), M), ("index", lambda x: x[:, INDEX], M),
                ("flip", lambda x: x.flip(1), M), ("expand", lambda x: x.expand(3, 4, 2, 3), N), ("expand_as", lambda x: x[:, :1].expand(2, 4, 6), M),
        ("repeat", lambda x: x.repeat(1, 2, 1), M), ("repeat_interleave", lambda x: x.repeat_interleave(2, 1), M), ("tile", lambda x: x.tile(2), M),
        ("pixel_shuffle", lambda x: F.pixel_shuffle(x, 2), f(1, 8, 2, 3)), ("pixel_unshuffle", lambda x: F.pixel_unshuffle(x, 2), f(1, 2, 4, 6)),
        ("channel_shuffle", lambda x: F.channel_shuffle(x, 2), N), ("contiguous", lambda x: x.transpose(1, 2).contiguous(), M),
        ("clone", lambda x: x.clone(), M), ("detach", lambda x: x.detach(), M), ("constant_pad", lambda x: F.pad(x, (1, 2)), M),
        ("constant_pad_value", lambda x: F.pad(x, (1, 0, 2, 1), value=1.1), M), ("reflection_pad1d", lambda x: F.pad(x, (1, 2), "reflect"), M),
        ("reflection_pad2d", lambda x: F.pad(x, (1, 2, 1, 0), "reflect"), N),
       
        ("masked_fill", lambda x: x.masked_fill(torch.arange(6) > 2, 0.5), M),
        ("movedim", lambda x: x.movedim(0, 2), M), ("swapaxes", lambda x: x.swapaxes(0, 2), M),
        ("as_strided", lambda x: x.as_strided((2, 3), (1, 4), 1), M), ("unfold", lambda x: x.unfold(2, 3, 2), M),
        ("fill", lambda x: x.clone().fill_(0.7), M), ("copy", lambda x: x.clone().copy_(x.flip(2)), M), ("index_put", lambda x: x.clone().index_put_((INDEX,), torch.tensor(0.3)), f(4, 3)),
        ("slice_write", lambda x: _written(x), M), ("sort", lambda x: x.sort(2), M), ("sort_descending", lambda x: x.sort(1, True), M),
        ("topk", lambda x: x.topk(3, 2), M), ("max", lambda x: x.max(), M), ("min", lambda x: x.min(), M),
        ("max_dim", lambda x: x.max(2), M), ("min_dim", lambda x: x.min(2), M),
        ("view_as", lambda x: x.view_as(torch.zeros(8, 6)), M), ("tensor_split", lambda x: x.tensor_split(2, 1), M), ("hsplit", lambda x: torch.hsplit(x, 2), M),
        ("shape", lambda x: x.reshape(x.size(0), x.numel() // x.size(0)), M)]:
    alone(name, fn, x)
def _written(x):
    y = x.clone()
    y[:, 1:3] = x[:, 2:4]
    return y
alone("view_dynamic", lambda x: x.view(x.size(0), -1), M, dyn=(f(3, 4, 6),))
alone("slice_dynamic", lambda x: x[:, 1:3], M, dyn=(f(3, 4, 5),))
alone("chunk_dynamic", lambda x: x.chunk(2, 1), M, dyn=(f(3, 4, 5),))
alone("transpose_dynamic", lambda x: x.transpose(1, 2), M, dyn=(f(3, 4, 5),))
