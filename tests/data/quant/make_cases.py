#!/usr/bin/env python3
"""Writes the small quantized models of cases/: make_cases.py OUTDIR, with PyTorch 2.6.

Each is made for one thing that the models of make.py do not have. NAME.pt or NAME.pt2 has NAME.npz beside it: in_0 and
the int8 model's answer out_0.
"""
import copy
import os
import sys
import warnings

import numpy as np
import torch
import torch.ao.quantization as tq
import torch.nn as nn
import torch.nn.functional as F
from torch.ao.quantization import HistogramObserver, QConfig, QConfigMapping, default_weight_observer, get_default_qconfig, get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

warnings.filterwarnings("ignore")
OUT = sys.argv[1]
os.makedirs(OUT, exist_ok=True)
torch.set_num_threads(1)
torch.backends.quantized.engine = "onednn"


def record(name, model, x):
    with torch.no_grad():
        y = model(x)
        y = y[0] if isinstance(y, (tuple, list)) else y
        np.savez_compressed(os.path.join(OUT, name + ".npz"), in_0=x.numpy(), out_0=y.numpy())


def save_traced(name, model, x):
    with torch.no_grad():
        torch.jit.trace(model, x).save(os.path.join(OUT, name + ".pt"))
    record(name, model, x)


def static(model, data, qconfig="x86", backend=None):
    mapping = qconfig if isinstance(qconfig, QConfigMapping) else QConfigMapping().set_global(get_default_qconfig(qconfig))
    prepared = prepare_fx(copy.deepcopy(model).eval(), mapping, (data[0],), backend_config=backend)
    with torch.no_grad():
        for x in data:
            prepared(x)
    return convert_fx(prepared, backend_config=backend)


def images(*shape):
    return [torch.rand(*shape) for _ in range(4)]


# ---- a bias beyond int32: channels of zeros (any scale will do), and of weights so small that their scale is the least


def dead(layer, channels):
    with torch.no_grad():
        for c in channels:
            layer.weight[c] = 0
            layer.bias[c] = (-1) ** c * (c + 5)
    return layer


def tiny(layer, channels):
    with torch.no_grad():
        layer.weight[channels] *= 1e-5 / layer.weight[channels].abs().max()
        layer.bias[channels] = torch.tensor([46.0, -57.0, 35.0, 49.0])[: len(channels)]
    return layer


torch.manual_seed(1)
save_traced(
    "bias_dead",
    static(nn.Sequential(dead(nn.Conv2d(3, 4, 3), [1, 3]), nn.ReLU(), nn.Flatten(), dead(nn.Linear(64, 4), [2])), images(2, 3, 6, 6)),
    torch.rand(2, 3, 6, 6),
)
save_traced(
    "bias_tiny",
    static(nn.Sequential(tiny(nn.Conv2d(3, 4, 3), [0, 2]), nn.ReLU()), images(2, 3, 6, 6)),
    torch.rand(2, 3, 6, 6),
)
save_traced("bias_tiny_1d", static(tiny(nn.Conv1d(3, 4, 3), [0, 2]), images(2, 3, 6)), torch.rand(2, 3, 6))
save_traced("bias_tiny_linear", static(tiny(nn.Linear(6, 4), [1, 3]), images(5, 6)), torch.rand(5, 6))


# ---- zero points of a weight that differ from channel to channel


class Asymmetric(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.plain, self.fc = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 1, bias=False), nn.Linear(64, 4)
        for i, layer in enumerate((self.conv, self.plain, self.fc)):
            layer.weight.data += torch.linspace(-0.5, 0.5, 4).reshape(-1, *[1] * (layer.weight.dim() - 1))
            low, high = layer.weight.data.flatten(1).amin(1).clamp(max=0), layer.weight.data.flatten(1).amax(1).clamp(min=0)
            self.register_buffer(f"scale{i}", (high - low) / 255)
            self.register_buffer(f"zero{i}", (-128 - torch.round(low / ((high - low) / 255))).to(torch.int32))

    def weight(self, i, layer):
        return torch.fake_quantize_per_channel_affine(layer.weight, getattr(self, f"scale{i}"), getattr(self, f"zero{i}"), 0, -128, 127)

    def forward(self, x):
        x = torch.fake_quantize_per_tensor_affine(x, 1 / 255, 0, 0, 255)
        x = F.relu(F.conv2d(x, self.weight(0, self.conv), self.conv.bias))
        x = torch.fake_quantize_per_tensor_affine(x, 0.02, 0, 0, 255)
        x = torch.fake_quantize_per_tensor_affine(F.conv2d(x, self.weight(1, self.plain)), 0.05, 100, 0, 255)
        return torch.fake_quantize_per_tensor_affine(F.linear(x.flatten(1), self.weight(2, self.fc), self.fc.bias), 0.05, 100, 0, 255)


torch.manual_seed(2)
save_traced("asymmetric", Asymmetric().eval(), torch.rand(2, 3, 6, 6))


# ---- int8 on one side of an operator, uint8 on the other


def on_int8(x, scale=0.02):
    return torch.fake_quantize_per_tensor_affine(x, scale, -10, -128, 127)


def on_uint8(x, scale=0.02):
    return torch.fake_quantize_per_tensor_affine(x, scale, 118, 0, 255)


class Signs(nn.Module):
    """Every operator that has a form on integers, given one type, its result of the other."""

    def __init__(self, before, after):
        super().__init__()
        self.before, self.after = before, after
        self.conv, self.fc = nn.Conv2d(2, 2, 3, padding=1), nn.Linear(4, 4)
        self.register_buffer("added", on_int8(torch.rand(1, 2, 4, 4)))

    def weight(self, layer):
        return torch.fake_quantize_per_tensor_affine(layer.weight, 0.005, 0, -128, 127)

    def forward(self, x):
        a, b, after = self.before(x), self.before(x.flip(0) * 0.7), self.after
        parts = [
            after(F.conv2d(a, self.weight(self.conv), self.conv.bias, padding=1)),
            after(a + b),
            after(a * b),
            after(a + on_int8(self.added)),
            after(torch.cat([a, b], 1)),
            after(torch.cat([a, self.after(b)], 1)),
            after(F.avg_pool2d(a, 3, 1, 1)),
            after(F.leaky_relu(a, 0.3)),
            after(torch.sigmoid(a)),
            after(torch.matmul(a, b)),
            after(F.max_pool2d(a, 3, 1, 1)),
        ]
        y = torch.cat(parts, 1).mean((2, 3))
        y = torch.cat([y, after(F.adaptive_avg_pool2d(a, 1)).flatten(1), after(F.linear(self.before(x[:, 0, 0]), self.weight(self.fc), self.fc.bias))], 1)
        return y


torch.manual_seed(3)
x = torch.round(torch.randn(2, 2, 4, 4) * 40) * 0.02
save_traced("signs_to_uint8", Signs(on_int8, on_uint8).eval(), x)
save_traced("signs_to_int8", Signs(on_uint8, on_int8).eval(), x)


# ---- checkpoints over an FP32 model: NAME.fp32.pt and NAME.state.pt


def save_checkpoint(name, model, quantized, x, configure=None):
    state = dict(quantized.state_dict())
    if configure:
        state["best_configure"] = configure
    torch.save(state, os.path.join(OUT, name + ".state.pt"))
    with torch.no_grad():
        torch.jit.trace(model, x).save(os.path.join(OUT, name + ".fp32.pt"))
    record(name, quantized, x)


class Attention(nn.Module):
    """Products as torch.matmul, which FX quantizes, or as @, which it does not."""

    def __init__(self, first, second):
        super().__init__()
        self.qkv, self.out, self.first, self.second = nn.Linear(8, 24), nn.Linear(8, 8), first, second

    def forward(self, x):
        q, k, v = self.qkv(x).reshape(-1, 5, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        k = k.transpose(-2, -1)
        weights = torch.softmax(torch.matmul(q, k) if self.first else q @ k, -1)
        y = torch.matmul(weights, v) if self.second else weights @ v
        return self.out(y.transpose(1, 2).reshape(-1, 5, 8))


class Spelled(nn.Module):
    """Calls as methods and operators that FX leaves in float, beside functions that it quantizes: products without a
    scale before a flatten whose result has one; or the first of two products, whose scale could be that of either."""

    def __init__(self, is_open):
        super().__init__()
        self.first, self.second, self.is_open = nn.Linear(8, 8), nn.Linear(8, 8), is_open

    def forward(self, x):
        a, b = self.first(x), self.second(x)
        if self.is_open:
            product = a.mul(b)
            return product, a * b
        first = a @ b.transpose(1, 2)
        second = a.matmul(b.transpose(1, 2))
        return second, first, b.flatten(0, 1).transpose(0, 1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.norm, self.down = nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 8)

    def forward(self, x):
        return self.down(torch.tanh(self.norm(self.up(x) + x)))


class Wrapped(nn.Module):
    """As Neural Compressor wraps a module without children, to quantize it by itself."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x)


class Blocks(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.first, self.second, self.head = nn.LayerNorm(8), Block(), Block(), nn.Linear(8, 4)

    def forward(self, x):
        return self.head(self.second(self.first(self.norm(x))).select(1, 0))


torch.manual_seed(4)
TOKENS = images(2, 5, 8)
for name, first, second in (("matmul_operator_function", 0, 1), ("matmul_function_operator", 1, 0), ("matmul_operators", 0, 0)):
    model = Attention(first, second).eval()
    save_checkpoint(name, model, static(model, TOKENS), TOKENS[0])

for name, is_open in (("flattened_by_method", False), ("product_by_method", True)):
    torch.manual_seed(4)
    model = Spelled(is_open).eval()
    save_checkpoint(name, model, static(model, TOKENS), TOKENS[0])

blocks = Blocks().eval()
alone = copy.deepcopy(blocks)
for name in ("norm", "head"):
    setattr(alone, name, Wrapped(getattr(alone, name)))
seen = {}
for name in ("norm", "first", "second", "head"):
    getattr(alone, name).register_forward_pre_hook(lambda m, args, name=name: seen.setdefault(name, []).append(args[0].detach()))
with torch.no_grad():
    for x in TOKENS:
        alone(x)
parts = Blocks().eval()
for name, data in seen.items():
    setattr(parts, name, static(getattr(alone, name), data))
configure = {"framework": "pytorch_fx", "approach": "post_training_static_quant", "op": {}, "sub_module_list": list(seen)}
save_checkpoint("blocks", blocks, parts, TOKENS[0], configure)


# ---- fake quantization whose scale depends on the input; what the mobile optimizer packs; integers spelled out


class Computed(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        scale, zero = x.abs().max() / 100, torch.zeros((), dtype=torch.int32)
        return self.fc(torch.fake_quantize_per_tensor_affine(x, scale, zero, -100, 100))


torch.manual_seed(6)
save_traced("computed_scale", Computed().eval(), torch.randn(2, 8))

from torch.utils.mobile_optimizer import optimize_for_mobile

mobile = nn.Sequential(
    nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 3, groups=4, stride=2), nn.Hardtanh(-0.5, 0.7),
    nn.ConvTranspose2d(4, 2, 2, stride=2), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 3)).eval()
x = torch.randn(2, 3, 9, 9)
optimize_for_mobile(torch.jit.trace(mobile, x)).save(os.path.join(OUT, "mobile.pt"))
record("mobile", mobile, x)

from torch.ao.quantization.quantize_pt2e import convert_pt2e, prepare_pt2e
from torch.ao.quantization.quantizer.xnnpack_quantizer import XNNPACKQuantizer, get_symmetric_quantization_config

x = torch.randn(2, 8)
prepared = prepare_pt2e(
    torch.export.export_for_training(nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3)).eval(), (x,)).module(),
    XNNPACKQuantizer().set_global(get_symmetric_quantization_config()))
prepared(x)
reference = convert_pt2e(prepared, use_reference_representation=True)
torch.export.save(torch.export.export(reference, (x,)), os.path.join(OUT, "reference.pt2"))
record("reference", reference, x)


# ---- average pools, where halves are many

torch.manual_seed(8)
for name, pool in (("pool_average", nn.AvgPool2d(2)), ("pool_padded", nn.AvgPool2d(3, 1, 1)), ("pool_adaptive", nn.AdaptiveAvgPool2d(4))):
    save_traced(name, static(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), pool).eval(), images(2, 3, 8, 8)), torch.rand(2, 3, 8, 8))


# ---- functions with weights of their own, in several scopes

SHAPE = ((1, 1), (1, 1), (1, 1), 1)


class Inner(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.a, self.a_bias = nn.Parameter(torch.randn(4, channels, 3, 3) * 0.2), nn.Parameter(torch.randn(4))
        self.b, self.b_bias = nn.Parameter(torch.randn(4, 4, 3, 3) * 0.2), nn.Parameter(torch.randn(4))
        self.conv = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        y = F.relu(F.conv2d(x, self.a, self.a_bias, *SHAPE))
        return self.conv(F.conv2d(y, self.b, self.b_bias, *SHAPE)) + y


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = Inner(3), Inner(4)
        self.up, self.up_bias = nn.Parameter(torch.randn(5, 6) * 0.2), nn.Parameter(torch.randn(5))
        self.down, self.down_bias = nn.Parameter(torch.randn(4, 5) * 0.2), nn.Parameter(torch.randn(4))

    def forward(self, x):
        x = self.two(self.one(x)).flatten(1, 2)
        return F.linear(F.relu(F.linear(x, self.up, self.up_bias)), self.down, self.down_bias)


torch.manual_seed(9)
model = Functional().eval()
data = images(2, 3, 6, 6)
save_checkpoint("functional", model, static(model, data), data[0])


# ---- where runtimes, or PyTorch, compute otherwise than one thinks: slopes whose grid ends before 1; a softmax whose
# ---- scale is no whole part of 1; two grids right after another; limits by a part of a step


def rounded_to(x, scale, zero_point):
    return torch.fake_quantize_per_tensor_affine(x, scale, zero_point, 0, 255)


class Grids(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 3, 1)

    def conv(self, layer, x):
        weight = torch.fake_quantize_per_tensor_affine(layer.weight, 0.004, 0, -127, 127)
        return F.conv2d(x, weight, layer.bias)

    def forward(self, x):
        x = self.conv(self.first, rounded_to(x, 1 / 255, 0))
        y = rounded_to(F.hardtanh(x, -0.3, 0.4), 0.7 / 255, 109)
        x = rounded_to(rounded_to(x, 0.008, 128), 0.0121, 130)
        return rounded_to(self.conv(self.second, x), 0.006, 120), rounded_to(self.conv(self.second, y), 0.006, 120)


class First(nn.Module):
    """Both results in one."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return torch.cat(self.model(x), 1)


torch.manual_seed(10)
data = [x - 0.5 for x in images(2, 3, 8, 8)]
HISTOGRAM = QConfig(HistogramObserver.with_args(reduce_range=False), default_weight_observer)
save_traced("prelu", static(nn.Sequential(nn.Conv2d(3, 4, 3), nn.PReLU(4), nn.Conv2d(4, 3, 1)), data, get_default_qconfig_mapping("x86")), data[0])
save_traced(
    "softmax_scale",
    static(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Softmax(1), nn.Conv2d(4, 3, 1)), data, QConfigMapping().set_global(HISTOGRAM)),
    data[0])
save_traced("two_grids", First(Grids()).eval(), data[0])


# ---- torch.relu, which FX does not fuse, beside F.relu, which it does; flatten as a method, which it leaves in float


class Relus(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.first, self.second, self.last = nn.Conv2d(3, 4, 3), nn.Linear(16, 8), nn.Linear(8, 8), nn.Linear(8, 4)

    def forward(self, x):
        x = F.adaptive_avg_pool2d(F.relu(self.conv(x)), 2).flatten(1)
        x = torch.relu(self.first(x))
        return self.last(F.relu(self.second(x)))


torch.manual_seed(11)
model = Relus().eval()
save_checkpoint("relus", model, static(model, data), data[0])


# ---- int8 moved by DepthToSpace, which ONNX Runtime has for uint8 only


class Shuffled(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.last = nn.Conv2d(3, 8, 3), nn.Conv2d(2, 2, 1)

    def conv(self, layer, x):
        return F.conv2d(x, torch.fake_quantize_per_tensor_affine(layer.weight, 0.004, 0, -127, 127), layer.bias)

    def forward(self, x):
        x = on_int8(self.conv(self.up, on_int8(x)))
        return on_int8(self.conv(self.last, on_int8(F.pixel_shuffle(x, 2))))


torch.manual_seed(12)
save_traced("shuffled", Shuffled().eval(), data[0])


# ---- an observer of a weight that is still on: it looks at a constant


class Observed(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(4, 3, 3, 3) * 0.3), nn.Parameter(torch.randn(4))
        rows = self.weight.detach().flatten(1)
        for name, value in (("on", torch.ones(1, dtype=torch.long)), ("low", rows.amin(1) * 1.2), ("high", rows.amax(1) * 0.9),
                            ("scale", torch.ones(4)), ("zero_point", torch.zeros(4, dtype=torch.int32))):
            self.register_buffer(name, value)

    def forward(self, x):
        weight = torch.fused_moving_avg_obs_fake_quant(
            self.weight, self.on, self.on, self.low, self.high, self.scale, self.zero_point, 0.1, -128, 127, 0, True, True)
        return on_uint8(F.conv2d(on_uint8(x, 1 / 128), weight, self.bias))


torch.manual_seed(13)
observed = Observed().eval()
traced = torch.jit.trace(copy.deepcopy(observed), data[0], check_trace=False)
for name, buffer in observed.named_buffers():
    getattr(traced, name).copy_(buffer)  # as before the trace, which was a call
traced.save(os.path.join(OUT, "observed.pt"))
record("observed", observed, data[0])


# ---- quantized::conv2d_add_relu, onednn's


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 3, 1)

    def forward(self, x):
        return self.last(F.relu(self.first(x) + self.second(x)))


from torch.ao.quantization.backend_config import get_onednn_backend_config

torch.manual_seed(14)
save_traced(
    "fused_add",
    static(Residual(), data, get_default_qconfig_mapping("onednn"), get_onednn_backend_config()),
    data[0])


# ---- average pools of another number of elements at the edges

torch.manual_seed(15)
for name, pool in (("pool_ceil", nn.AvgPool2d(3, 2, ceil_mode=True)), ("pool_edges", nn.AvgPool2d(3, 2, 1, count_include_pad=False))):
    save_traced(name, static(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), pool).eval(), images(2, 3, 8, 8)), torch.rand(2, 3, 8, 8))


# ---- weights that stayed float between integers, and a bias beyond int32 of a convolution whose result stays float


class Between(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.kept, self.last = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 4, 3)
        self.head, self.plain, self.tail = nn.Linear(4, 8), nn.Linear(8, 8), nn.Linear(8, 4)

    def forward(self, x):
        x = self.last(self.kept(self.first(x))).mean([2, 3])
        return self.tail(self.plain(self.head(x)))


torch.manual_seed(16)
mapping = get_default_qconfig_mapping("x86").set_module_name("kept", None).set_module_name("plain", None)
save_traced("float_between", static(Between(), images(2, 3, 9, 9), mapping), torch.rand(2, 3, 9, 9))


class RealResult(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 3, 3, 3), requires_grad=False)
        self.weight[1] = 0
        self.weight[2] *= 1e-6
        self.scale = torch.tensor([0.02, 1.2e-7, 1.2e-7, 0.03])
        self.bias = nn.Parameter(torch.tensor([0.5, 30.0, 20.0, -1.0]), requires_grad=False)

    def forward(self, x):
        weight = torch.fake_quantize_per_channel_affine(self.weight, self.scale, torch.zeros(4, dtype=torch.int32), 0, -128, 127)
        y = torch.sin(F.conv2d(torch.fake_quantize_per_tensor_affine(x, 1 / 128, 0, 0, 255), weight, self.bias))
        return torch.fake_quantize_per_tensor_affine(y, 1 / 128, 0, -128, 127)


torch.manual_seed(17)
save_traced("bias_real", RealResult().eval(), torch.rand(2, 3, 9, 9))


# ---- a checkpoint over a frozen model


class Stage(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.norm = nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.norm.running_mean.uniform_(-0.2, 0.2)
        self.norm.running_var.uniform_(0.5, 1.5)

    def forward(self, x):
        return F.relu(self.b(F.relu(self.norm(self.a(x)))) + x)


class Staged(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.stages, self.head = nn.Conv2d(3, 4, 3), nn.Sequential(Stage(), Stage(), Stage()), nn.Linear(4, 5)

    def forward(self, x):
        return self.head(F.adaptive_avg_pool2d(self.stages(self.stem(x)), 1).flatten(1))


torch.manual_seed(18)
staged, x = Staged().eval(), torch.rand(2, 3, 9, 9)
mapping = get_default_qconfig_mapping("x86").set_module_name("stages.1.b", None)
save_checkpoint("frozen", staged, static(staged, images(2, 3, 9, 9), mapping), x)
torch.jit.freeze(torch.jit.trace(staged, x)).save(os.path.join(OUT, "frozen.fp32.pt"))


# ---- convolutions whose result stays real, as the x86 recipe of PT2E leaves them before an addition

from torch.ao.quantization.quantizer.x86_inductor_quantizer import X86InductorQuantizer, get_default_x86_inductor_quantization_config


class RealResult(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.left, self.right = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3, padding=1, groups=2), nn.Conv2d(8, 8, 1, bias=False)
        self.last = nn.Conv2d(8, 4, 3)

    def forward(self, x):
        x = F.relu(self.first(x))
        x = self.last(F.hardswish(self.left(x)) + F.hardswish(self.right(x)))
        return torch.fake_quantize_per_tensor_affine(x, 0.02, 3, -128, 127)


torch.manual_seed(19)
x = torch.randn(2, 3, 9, 9)
prepared = prepare_pt2e(
    torch.export.export_for_training(RealResult().eval(), (x,)).module(),
    X86InductorQuantizer().set_global(get_default_x86_inductor_quantization_config()))
prepared(x)
program = convert_pt2e(prepared)
torch.export.save(torch.export.export(program, (x,)), os.path.join(OUT, "real_result.pt2"))
with torch.backends.mkldnn.flags(enabled=False):
    record("real_result", program, x)


# ---- pools of windows that are not all alike; and, over a checkpoint, convolutions that pad by reflection, such a pool
# and a dropout in eager mode


class Eager(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.quant, self.layers, self.dequant = tq.QuantStub(), nn.Sequential(*layers), tq.DeQuantStub()

    def forward(self, x):
        return self.dequant(self.layers(self.quant(x)))


def static_eager(model, data):
    prepared = copy.deepcopy(model).eval()
    prepared.qconfig = get_default_qconfig("x86")
    tq.prepare(prepared, inplace=True)
    with torch.no_grad():
        for x in data:
            prepared(x)
    return tq.convert(prepared)


torch.manual_seed(20)
save_traced("pool_uneven", static(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.AdaptiveAvgPool2d((3, 5)), nn.Conv2d(4, 4, 1)).eval(), images(2, 3, 8, 11)), torch.rand(2, 3, 8, 11))
torch.manual_seed(21)
model = Eager(nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"), nn.ReLU(), nn.AdaptiveAvgPool2d((2, 2)), nn.Flatten(), nn.Dropout(), nn.Linear(16, 6)).eval()
save_checkpoint("padded", model, static_eager(model, images(2, 3, 7, 7)), torch.rand(2, 3, 7, 7))


# ---- a wrapped checkpoint that has nothing but packed weights


class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.gru = nn.LSTMCell(4, 4), nn.GRUCell(4, 4)

    def forward(self, x):
        return self.gru(x, self.lstm(x)[0])


torch.manual_seed(22)
model = Cells().eval()
quantized = tq.quantize_dynamic(model, {nn.LSTMCell, nn.GRUCell})
save_checkpoint("cells", model, quantized, torch.randn(2, 4))
torch.save({"model": quantized.state_dict(), "epoch": 1}, os.path.join(OUT, "cells.state.pt"))
os.remove(os.path.join(OUT, "cells.npz"))  # its answers are those of float32 activations
