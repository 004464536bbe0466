#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes quantized models of the live test: checkpoint_models.py OUT [--only PATTERN] [--quick]

For each case OUT/<name>/ gets

    fp32.pt, fp32.pt2   the model before it was quantized, traced and exported (where this PyTorch can)
    state.pt            the state_dict of the quantized model: numbers without a graph
    int8.pt             the quantized model, traced (where this PyTorch can)
    inputs.npz          in_0_0, in_1_0, ...: input I of sample K
    inputs_0.npz        in_0, in_1, ...: sample 0
    expected.npz        out_0, ...: the quantized model's answer for each sample
    meta.json           dynamic: whether it was quantized so

and OUT/selection the names, in order. What is there already is kept while this file stays the same.
"""

import argparse
import copy
import fnmatch
import hashlib
import inspect
import json
import pathlib
import sys
import traceback
import warnings
import zlib

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.ao.quantization import QConfigMapping, convert, default_dynamic_qconfig, float_qparams_weight_only_qconfig
from torch.ao.quantization import get_default_qat_qconfig, get_default_qconfig, prepare, quantize_dynamic
from torch.ao.quantization import DeQuantStub, QuantStub, fuse_modules, per_channel_dynamic_qconfig
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx, prepare_qat_fx

SAMPLES = 4
CASES = {}


def case(name, quick=False, **options):
    def add(build):
        CASES[name] = {"build": build, "quick": quick, **options}
        return build
    return add


def images(channels=3, size=16, batch=2):
    return lambda: (torch.randn(batch, channels, size, size),)


def conv_bn(i, o, k=3, **more):
    return nn.Sequential(nn.Conv2d(i, o, k, padding=k // 2, **more), nn.BatchNorm2d(o), nn.ReLU())


# ---- functions and their names ----


class Functions(nn.Module):
    """Functions in several scopes, at the root too; two of a kind in one."""

    class Inner(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.other = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 1)

        def forward(self, x):
            y = F.relu(self.conv(x))
            z = torch.relu(x + y)
            return torch.cat([z * y, self.other(z) + x], 1)

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3)
        self.a, self.b = self.Inner(), self.Inner()
        self.mix = nn.Conv2d(8, 4, 1)

    def forward(self, x):
        x = self.first(x)
        x = self.mix(self.a(x)) + x
        y = torch.cat([x, x * x], 1)
        y = F.relu(torch.add(self.mix(y), x))
        return self.b(y + x).flatten(1)


class ModuleFunctions(nn.Module):
    """The same as modules: nn.ReLU shared by all, Identity, Dropout, pools between."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 3), nn.Conv2d(6, 6, 3, padding=1)
        self.bn1, self.bn2 = nn.BatchNorm2d(6), nn.BatchNorm2d(6)
        self.relu, self.drop, self.same = nn.ReLU(inplace=True), nn.Dropout(0.1), nn.Identity()
        self.pool, self.average, self.fc = nn.MaxPool2d(2), nn.AvgPool2d(2), nn.Linear(6, 5)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(x))
        x = self.same(self.relu(self.drop(y) + x))
        x = self.average(self.pool(x))
        return self.fc(x.mean([2, 3]))


class Activations(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(3 if i == 0 else 4, 4, 3, padding=1) for i in range(9))
        self.acts = nn.ModuleList([nn.ReLU6(), nn.Hardswish(), nn.LeakyReLU(0.1), nn.ELU(), nn.Sigmoid(), nn.Tanh(),
                                   nn.Hardsigmoid(), nn.ReLU(), nn.Hardtanh()])

    def forward(self, x):
        for conv, act in zip(self.convs, self.acts):
            x = act(conv(x))
        return x


class FunctionalActivations(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(3 if i == 0 else 4, 4, 3, padding=1) for i in range(8))

    def forward(self, x):
        c = self.convs
        x = F.hardswish(c[0](x))
        x = F.leaky_relu(c[1](x), 0.2)
        x = torch.sigmoid(c[2](x))
        x = F.relu6(c[3](x))
        x = torch.tanh(c[4](x))
        x = F.elu(c[5](x))
        x = torch.clamp(c[6](x), -0.5, 0.5)
        return F.hardsigmoid(c[7](x))


class Relus(nn.Module):
    """One operator, but FX fuses F.relu alone; and it leaves .flatten in float, but not torch.flatten."""

    def __init__(self):
        super().__init__()
        self.conv, self.other = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)
        self.layers = nn.ModuleList(nn.Linear(k, 8) for k in (36, 8, 8, 8))

    def forward(self, x):
        y = torch.relu(self.conv(x) + self.other(x))
        y = F.adaptive_avg_pool2d(F.relu(y), 3).flatten(1)
        y = torch.relu(self.layers[0](y))
        y = F.relu(self.layers[1](y))
        return self.layers[3](torch.flatten(F.relu(self.layers[2](y)), 1))


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.group, self.instance = nn.Conv2d(3, 4, 3), nn.GroupNorm(2, 4), nn.InstanceNorm2d(4, affine=True)
        self.up, self.layer, self.down = nn.Linear(14, 12), nn.LayerNorm(12), nn.Linear(12, 6)
        self.bn = nn.BatchNorm2d(4)

    def forward(self, x):
        x = self.group(self.conv(x))
        x = F.relu(self.bn(x))
        x = self.instance(x)
        return self.down(self.layer(self.up(x)))


class Unsupported(nn.Module):
    """What PyTorch computes in float between what it quantizes."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c, self.prelu = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8), nn.GELU()

    def forward(self, x):
        y = torch.softmax(self.a(x), -1)
        z = self.prelu(self.b(y))
        return self.c(z) + torch.exp(y)


class Attention(nn.Module):
    """Heads, written out: matmul, softmax, scalars, masks, reshapes, transposes."""

    def __init__(self, width=16, heads=2):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.heads = heads

    def split(self, x):
        return x.view(x.size(0), x.size(1), self.heads, -1).transpose(1, 2)

    def forward(self, x, mask):
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        scores = torch.matmul(q, k.transpose(-1, -2)) / 2.0
        scores = torch.softmax(scores + mask, -1)
        y = torch.matmul(scores, v).transpose(1, 2).reshape(x.size(0), x.size(1), -1)
        x = self.norm1(x + self.o(y))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


def tokens():
    return torch.randn(2, 5, 16), torch.where(torch.rand(2, 1, 1, 5) > 0.8, -4.0, 0.0)


case("functions", quick=True)(lambda: (Functions(), images()))
case("module_functions", quick=True)(lambda: (ModuleFunctions(), images()))
case("activations", engine="onednn", since=(2, 0))(lambda: (Activations(), images()))
case("functional_activations", engine="onednn", since=(2, 0))(lambda: (FunctionalActivations(), images()))
case("relus", quick=True, since=(2, 0))(lambda: (Relus(), images(size=8)))
case("norms")(lambda: (Norms(), images()))
case("unsupported", quick=True)(lambda: (Unsupported(), lambda: (torch.randn(3, 8),)))
# since: what older ones cannot quantize. 1.13 leaves q, k and v in float, because the size of x is asked for, and
# quantizes some of what follows.
case("attention", quick=True, since=(2, 0))(lambda: (Attention(), tokens))


# ---- modules and their names ----


class Shared(nn.Module):
    """One module called twice; one module under two names."""

    def __init__(self):
        super().__init__()
        self.first, self.twice = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.name, self.fc = nn.Conv2d(4, 4, 1), nn.Linear(4, 4)
        self.alias = self.name

    def forward(self, x):
        x = F.relu(self.first(x))
        x = self.twice(F.relu(self.twice(x)))
        x = self.alias(F.relu(self.name(x)))
        return self.fc(self.fc(x.mean((2, 3))))


class SharedBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 1)
        self.block = Functions.Inner()
        self.back = nn.Conv2d(8, 4, 1)

    def forward(self, x):
        x = self.stem(x)
        return self.block(self.back(self.block(x)))


class Containers(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Sequential(conv_bn(3, 4), nn.Sequential(conv_bn(4, 4))), nn.Conv2d(4, 4, 1))
        self.steps = nn.ModuleList([conv_bn(4, 4), nn.Conv2d(4, 4, 1), nn.ModuleList([nn.Conv2d(4, 4, 1, bias=False)])])
        other = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3))
        self.heads = nn.ModuleDict({"a": nn.Linear(4, 3), "b": other})

    def forward(self, x):
        x = self.stem(x)
        for step in self.steps[:2]:
            x = step(x)
        x = self.steps[2][0](x).mean((2, 3))
        return self.heads["a"](x), self.heads["b"](x)


class Named(nn.Module):
    """Names that a flattened path does not tell apart from others, and the wrapper's own."""

    def __init__(self):
        super().__init__()
        self.a_b, self.module = nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1)
        self.a = nn.Module()
        self.a.b = nn.Conv2d(4, 4, 1)
        self.conv_input = nn.Conv2d(4, 4, 1)
        self.scale = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        return self.scale(self.conv_input(self.a.b(self.module(self.a_b(x))))) + 1


case("shared", quick=True)(lambda: (Shared(), images()))
case("shared_block", quick=True)(lambda: (SharedBlock(), images()))
case("containers", quick=True)(lambda: (Containers(), images()))
case("named", quick=True)(lambda: (Named(), images()))


# ---- convolutions, inputs, outputs ----


class Conv1d(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv1d(3, 4, 3, stride=2), nn.Conv1d(4, 2, 3, padding=1, groups=2)
        self.bn = nn.BatchNorm1d(4)

    def forward(self, x):
        return self.b(F.relu(self.bn(self.a(x))))


class Conv3d(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.bn, self.b = nn.Conv3d(2, 4, 3), nn.BatchNorm3d(4), nn.Conv3d(4, 2, 1)

    def forward(self, x):
        return self.b(F.relu(self.bn(self.a(x))))


class Transposed(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3, stride=2), nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2)
        self.c = nn.ConvTranspose2d(6, 2, 2)

    def forward(self, x):
        return self.c(F.relu(self.b(self.a(x))))


class Transposed1d(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv1d(3, 4, 3), nn.ConvTranspose1d(4, 2, 3, stride=2)

    def forward(self, x):
        return self.b(self.a(x))


class SeveralInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.fc = nn.Conv2d(3, 4, 3), nn.Conv2d(2, 4, 3), nn.Linear(8, 8)

    def forward(self, x, y, z):
        y = self.b(y)
        x = torch.cat([self.a(x), y], 1).mean((2, 3))
        return self.fc(x), z + self.fc(x + z)


class Splits(nn.Module):
    """Parts of a tensor, put together again: as in ShuffleNet."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(3, 8, 3), nn.Conv2d(4, 4, 1), nn.Conv2d(8, 8, 1)

    def forward(self, x):
        x = self.a(x)
        p, q = x.chunk(2, dim=1)
        x = torch.cat([p, self.b(q)], 1)
        n, c, h, w = x.size()
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, c, h, w)
        return self.c(F.pad(x, (1, 1, 1, 1)))[:, ::2]


class Embedded(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(20, 8), nn.Embedding(6, 8)
        self.a, self.b = nn.Linear(8, 8), nn.Linear(8, 4)

    def forward(self, ids):
        x = self.words(ids) + self.places(torch.arange(6))
        return self.b(F.relu(self.a(x)))


def with_embeddings():
    m = QConfigMapping().set_global(get_default_qconfig("x86"))
    return m.set_object_type(nn.Embedding, float_qparams_weight_only_qconfig)


def without(*names):
    """Modules left in float, as Neural Compressor's fallbacks are."""
    def mapping():
        m = QConfigMapping().set_global(get_default_qconfig("x86"))
        for name in names:
            m.set_module_name(name, None)
        return m
    return mapping


class Rows(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.down, self.last = nn.Linear(8, 12), nn.Linear(12, 4), nn.Linear(4, 3, bias=False)

    def forward(self, x):
        return self.last(self.down(F.relu(self.up(x))))


case("conv1d", quick=True)(lambda: (Conv1d(), lambda: (torch.randn(2, 3, 17),)))
case("conv3d", engine="onednn")(lambda: (Conv3d(), lambda: (torch.randn(2, 2, 6, 6, 6),)))
case("transposed", per_tensor=True)(lambda: (Transposed(), images()))
case("transposed1d", per_tensor=True)(lambda: (Transposed1d(), lambda: (torch.randn(2, 3, 9),)))
case("several_inputs", quick=True)(
    lambda: (SeveralInputs(), lambda: (torch.randn(2, 3, 8, 8), torch.randn(2, 2, 8, 8), torch.randn(2, 8))))
case("splits", quick=True, since=(2, 0))(lambda: (Splits(), images()))
case("embedded", mapping=with_embeddings)(lambda: (Embedded(), lambda: (torch.randint(0, 20, (2, 6)),)))
case("rows", quick=True)(lambda: (Rows(), lambda: (torch.randn(2, 5, 8),)))
case("rows_of_rows")(lambda: (Rows(), lambda: (torch.randn(2, 3, 5, 8),)))
case("fallback", mapping=without("mix", "a.conv"), quick=True)(lambda: (Functions(), images()))
case("fallback_modules", mapping=without("conv2", "pool"), quick=True)(lambda: (ModuleFunctions(), images()))
case("fallback_block", mapping=without("a"))(lambda: (Functions(), images()))
case("fallback_containers", mapping=without("stem.0.0", "steps.1", "heads.b"), quick=True)(
    lambda: (Containers(), images()))
case("qat", how="qat", quick=True)(lambda: (ModuleFunctions(), images()))
case("qat_fallback", how="qat", mapping=without("conv2", "fc"), quick=True)(lambda: (ModuleFunctions(), images()))


# ---- dynamic ----


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(20, 8)
        self.lstm = nn.LSTM(8, 6, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(12, 5)
        self.fc = nn.Linear(5, 4)

    def forward(self, x):
        x, _ = self.lstm(self.words(x))
        y, h = self.gru(x)
        return self.fc(y), h


class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.gru = nn.LSTMCell(8, 6), nn.GRUCell(6, 5)
        self.rnn, self.relu = nn.RNNCell(5, 4), nn.RNNCell(4, 3, nonlinearity="relu")

    def forward(self, x, h, c, g, r):
        h, c = self.lstm(x, (h, c))
        g = self.gru(h, g)
        return self.relu(self.rnn(g, r), r[:, :3]), h, c


def cell_inputs():
    return tuple(torch.randn(3, n) for n in (8, 6, 6, 5, 4))


def dynamic_fx():
    m = QConfigMapping().set_global(default_dynamic_qconfig)
    return m.set_object_type(nn.Embedding, float_qparams_weight_only_qconfig)


def mixed():
    """Static but for one layer, as Neural Compressor's automatic approach may choose."""
    return QConfigMapping().set_global(get_default_qconfig("x86")).set_module_name("last", default_dynamic_qconfig)


def dynamic_eager(model):
    recurrent = {nn.Linear, nn.LSTM, nn.GRU, nn.LSTMCell, nn.GRUCell, nn.RNNCell}
    return quantize_dynamic(model, qconfig_spec=recurrent)


case("dynamic_rows", how="dynamic", quick=True)(lambda: (Rows(), lambda: (torch.randn(2, 5, 8),)))
case("mixed", mapping=mixed, quick=True)(lambda: (Rows(), lambda: (torch.randn(2, 5, 8),)))
case("dynamic_rank2", how="dynamic")(lambda: (Rows(), lambda: (torch.randn(5, 8),)))
case("dynamic_rank4", how="dynamic")(lambda: (Rows(), lambda: (torch.randn(2, 3, 5, 8),)))
case("dynamic_attention", how="dynamic", quick=True)(lambda: (Attention(), tokens))
case("dynamic_containers", how="dynamic")(lambda: (Containers(), images()))
case("dynamic_recurrent", how="dynamic", quick=True)(
    lambda: (Recurrent(), lambda: (torch.randint(0, 20, (3, 7)),)))
case("dynamic_recurrent_eager", how=dynamic_eager, quick=True)(
    lambda: (Recurrent(), lambda: (torch.randint(0, 20, (3, 7)),)))
case("dynamic_cells", how=dynamic_eager, quick=True)(lambda: (Cells(), cell_inputs))


# ---- eager mode ----


class Eager(nn.Module):
    def __init__(self):
        super().__init__()
        self.quant, self.dequant = QuantStub(), DeQuantStub()
        self.conv1, self.bn1, self.relu1 = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()
        self.conv2, self.act, self.fc = nn.Conv2d(4, 4, 3, padding=1), nn.Hardswish(), nn.Linear(4, 3)
        self.ff, self.mul, self.cat = (nn.quantized.FloatFunctional() for _ in range(3))

    def forward(self, x):
        x = self.relu1(self.bn1(self.conv1(self.quant(x))))
        y = self.ff.add_relu(self.conv2(x), x)
        y = self.cat.cat([self.mul.mul(x, y), self.act(y)], 1)
        return self.dequant(self.fc(y.mean((2, 3))[:, :4]))


class EagerParts(nn.Module):
    """Float between, and two stubs."""

    def __init__(self):
        super().__init__()
        self.a, self.b = torch.ao.quantization.QuantWrapper(nn.Conv2d(3, 4, 3)), nn.Conv2d(4, 4, 1)
        self.c = torch.ao.quantization.QuantWrapper(nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU()))

    def forward(self, x):
        return self.c(torch.exp(-self.b(self.a(x)).abs()))


def eager(fuse):
    def quantize(model, samples):
        model = fuse_modules(model, fuse) if fuse else model
        model.qconfig = get_default_qconfig("x86")
        if hasattr(model, "b") and isinstance(model, EagerParts):
            model.b.qconfig = None
        model = prepare(model)
        for x in samples:
            model(*x)
        return convert(model)
    return quantize


case("eager", how=eager([["conv1", "bn1", "relu1"]]), quick=True)(lambda: (Eager(), images()))
case("eager_unfused", how=eager(None))(lambda: (Eager(), images()))
case("eager_parts", how=eager(None), quick=True)(lambda: (EagerParts(), images()))


# ---- networks ----


def vision(name, size=64, **options):
    def build():
        import torchvision
        return getattr(torchvision.models, name)(weights=None, **options), images(size=size)
    return build


def small_vit():
    import torchvision
    return torchvision.models.VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=32,
                                                mlp_dim=64, num_classes=10), images(size=32)


case("resnet18", quick=True)(vision("resnet18"))
case("resnet50")(vision("resnet50"))
case("mobilenet_v2")(vision("mobilenet_v2"))
case("mobilenet_v3", since=(2, 0))(vision("mobilenet_v3_small"))
case("shufflenet", quick=True, since=(2, 0))(vision("shufflenet_v2_x0_5"))
case("googlenet")(vision("googlenet", size=96, init_weights=True, aux_logits=False))
case("squeezenet")(vision("squeezenet1_1"))
case("densenet")(vision("densenet121"))
case("efficientnet")(vision("efficientnet_b0"))
case("mnasnet")(vision("mnasnet0_5"))
case("regnet")(vision("regnet_x_400mf"))
case("convnext")(vision("convnext_tiny"))
case("vit", quick=True, since=(2, 0))(small_vit)
case("vit_dynamic", how="dynamic", since=(2, 0))(small_vit)


# ---- the work ----


def settle(model, samples):
    """Statistics of batch norm that are not 0 and 1, parameters that are not constant."""
    for name, p in model.named_parameters():
        if p.numel() > 1 and p.min() == p.max():
            p.data.mul_(torch.rand_like(p) + 0.5).add_(torch.randn_like(p) * 0.05)
        elif name.endswith("bias") and p.numel() < 20:  # no small layer is all negative
            p.data.abs_()
    if any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in model.modules()):
        model.train()
        for _ in range(3):
            for x in samples:
                model(*x)
    return model.eval()


def quantize(how, options, model, samples):
    if callable(how):
        return how(model, samples) if len(inspect.signature(how).parameters) == 2 else how(model)
    if how == "qat":
        mapping = options.get("mapping", without())()
        mapping.global_qconfig = get_default_qat_qconfig("x86")
        prepared = prepare_qat_fx(model.train(), mapping, samples[0])
        optimizer = torch.optim.SGD(prepared.parameters(), 0.05)
        for x in samples:
            optimizer.zero_grad()
            with torch.enable_grad():
                prepared(*x).square().mean().backward()
            optimizer.step()
        return convert_fx(prepared.eval())
    if how == "dynamic":
        return convert_fx(prepare_fx(model, dynamic_fx(), samples[0]))
    engine = "qnnpack" if options.get("per_tensor") else "x86"
    mapping = options.get("mapping", lambda: QConfigMapping().set_global(get_default_qconfig(engine)))()
    prepared = prepare_fx(model, mapping, samples[0])
    for x in samples:
        prepared(*x)
    return convert_fx(prepared)


def tensors(value):
    return [value] if isinstance(value, torch.Tensor) else [t for v in value for t in tensors(v)]


def with_configure(quantized):
    """The state_dict, and as Neural Compressor does it, the scales of modules that are not in there."""
    state = quantized.state_dict()
    op = {(n, type(m).__name__): {"activation": {"quant_mode": "static", "dtype": "uint8", "scale": float(m.scale),
                                                 "zero_point": int(m.zero_point)}}
          for n, m in quantized.named_modules()
          if isinstance(getattr(m, "scale", None), (float, torch.Tensor)) and n + ".scale" not in state}
    return {**state, "best_configure": {"framework": "pytorch_fx", "op": op}} if op else state


def write(name, c, folder):
    torch.manual_seed(zlib.crc32(name.encode()))
    folder.mkdir(parents=True, exist_ok=True)
    torch.backends.quantized.engine = c.get("engine", "qnnpack")
    model, sample = c["build"]()
    samples = [sample() for _ in range(SAMPLES)]
    model = settle(model, samples)
    torch.jit.trace(model, samples[0], strict=False).save(folder / "fp32.pt")
    try:
        torch.export.save(torch.export.export(model, samples[0]), folder / "fp32.pt2")
    except Exception as e:  # noqa: BLE001
        print(f"{name}: no .pt2: {str(e).strip().splitlines()[0][:100]}")
    how = c.get("how", "static")
    quantized = quantize(how, c, copy.deepcopy(model), samples)
    torch.save(with_configure(quantized), folder / "state.pt")
    try:
        torch.jit.trace(quantized, samples[0], strict=False, check_trace=False).save(folder / "int8.pt")
    except Exception as e:  # noqa: BLE001
        print(f"{name}: no int8 TorchScript: {str(e).strip().splitlines()[0][:100]}")
    inputs, expected = {}, {}
    for k, x in enumerate(samples):
        inputs.update({f"in_{i}_{k}": t.numpy() for i, t in enumerate(x)})
        expected.update({f"out_{i}_{k}": t.numpy() for i, t in enumerate(tensors(quantized(*x)))})
    numpy.savez(folder / "inputs.npz", **inputs)
    numpy.savez(folder / "inputs_0.npz", **{f"in_{i}": t.numpy() for i, t in enumerate(samples[0])})
    numpy.savez(folder / "expected.npz", **expected)
    meta = {"dynamic": how == "dynamic" or how is dynamic_eager}
    (folder / "meta.json").write_text(json.dumps(meta))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--only", default="*")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    digest = hashlib.sha256(torch.__version__.encode() + pathlib.Path(__file__).read_bytes()).hexdigest()[:16]
    names, failed = [], 0
    for name, c in CASES.items():
        if not any(fnmatch.fnmatch(name, p) for p in args.only.split(",")) or (args.quick and not c["quick"]):
            continue
        if tuple(int(n) for n in torch.__version__.split(".")[:2]) < c.get("since", (0, 0)):
            continue
        done = args.out / name / "done"
        try:
            if not done.exists() or done.read_text() != digest:
                with torch.no_grad():
                    write(name, c, args.out / name)
                done.write_text(digest)
            names.append(name)
        except Exception:  # noqa: BLE001
            failed += 1
            print(f"{name}: {traceback.format_exc()}")
    (args.out / "selection").write_text("".join(f"{n}\n" for n in names))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
