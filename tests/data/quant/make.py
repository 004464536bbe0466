#!/usr/bin/env python3
"""Writes the quantized models of this folder: make.py OUTDIR, with PyTorch 2.6.

Each NAME.pt or NAME.pt2 has NAME.npz beside it: in_0 and the int8 model's answer out_0. NAME.state.pt
is the state_dict of the same quantized model, NAME.fp32.pt the model it was made from, traced.
"""
import copy
import os
import sys
import warnings

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.ao.quantization import QConfigMapping, default_dynamic_qconfig, get_default_qconfig
from torch.ao.quantization import get_default_qat_qconfig, get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx, prepare_qat_fx

warnings.filterwarnings("ignore")
OUT = sys.argv[1]
torch.manual_seed(7)
torch.backends.quantized.engine = "qnnpack"


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1, self.relu1 = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU()
        self.conv2, self.bn2 = nn.Conv2d(8, 8, 3, padding=1, groups=2), nn.BatchNorm2d(8)
        self.act = nn.Hardswish()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(16, 5)

    def forward(self, x):
        x = self.relu1(self.bn1(self.conv1(x)))
        y = F.relu(x + self.bn2(self.conv2(x)))
        y = torch.cat([F.max_pool2d(y, 2), F.max_pool2d(self.act(x), 2)], 1)
        return self.fc(torch.flatten(self.pool(y), 1))


class Activations(nn.Module):
    """Functions with grids of their own, and a relu that no operator takes in."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 1)
        self.leaky, self.pool, self.last = nn.LeakyReLU(0.1), nn.AvgPool2d(2), nn.Sigmoid()

    def forward(self, x):
        x = self.first(x)
        return self.last(self.second(self.pool(self.leaky(F.relu(x) + x))))


class Limits(nn.Module):
    """Limits that cut what a grid reaches: relu6 has its input's grid, and cat shares one among its inputs."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = (nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 1), nn.Conv2d(16, 4, 1))

    def forward(self, x):
        x = F.relu6(3 * self.first(x))
        return self.third(torch.cat([F.relu(self.second(x)), x - 2], 1))


class Rows(nn.Module):
    """Linear on rank 3, as in transformers."""

    def __init__(self):
        super().__init__()
        self.up, self.down = nn.Linear(8, 12), nn.Linear(12, 4)

    def forward(self, x):
        return self.down(F.relu(self.up(x)))


IMAGES = [torch.randn(2, 3, 8, 8) for _ in range(8)]
TOKENS = [torch.randn(2, 5, 8) for _ in range(8)]


def record(name, model, x):
    with torch.no_grad():
        np.savez(os.path.join(OUT, name + ".npz"), in_0=x.numpy(), out_0=model(x).numpy())


def save_traced(name, model, x):
    with torch.no_grad():
        torch.jit.trace(model, x).save(os.path.join(OUT, name + ".pt"))
    record(name, model, x)


def settle(model):
    """Statistics of batch norm that are not 0 and 1."""
    model.train()
    with torch.no_grad():
        for x in IMAGES:
            model(x)
    return model.eval()


def static(model, qconfig, data):
    """qconfig: for all of the model, or a mapping."""
    mapping = qconfig if isinstance(qconfig, QConfigMapping) else QConfigMapping().set_global(qconfig)
    prepared = prepare_fx(copy.deepcopy(model), mapping, (data[0],))
    with torch.no_grad():
        for x in data:
            prepared(x)
    return convert_fx(prepared)


net = settle(Net())
per_tensor = static(net, get_default_qconfig("qnnpack"), IMAGES)
save_traced("static", per_tensor, IMAGES[0])
per_channel = static(net, get_default_qconfig("x86"), IMAGES)
save_traced("per_channel", per_channel, IMAGES[0])
torch.jit.trace(net, IMAGES[0]).save(os.path.join(OUT, "per_channel.fp32.pt"))
torch.save(per_channel.state_dict(), os.path.join(OUT, "per_channel.state.pt"))

qat = prepare_qat_fx(copy.deepcopy(net).train(), QConfigMapping().set_global(get_default_qat_qconfig("qnnpack")), (IMAGES[0],))
optimizer = torch.optim.SGD(qat.parameters(), 0.01)
for x in IMAGES:
    optimizer.zero_grad()
    qat(x).square().mean().backward()
    optimizer.step()
save_traced("qat", convert_fx(qat.eval()), IMAGES[0])

save_traced("activations", static(Activations().eval(), get_default_qconfig_mapping("qnnpack"), IMAGES), IMAGES[0])

rows = Rows().eval()
save_traced("rows", static(rows, get_default_qconfig("x86"), TOKENS), TOKENS[0])
dynamic = convert_fx(prepare_fx(copy.deepcopy(rows), QConfigMapping().set_global(default_dynamic_qconfig), (TOKENS[0],)))
save_traced("dynamic", dynamic, TOKENS[0])



class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(8, 6, batch_first=True), nn.Linear(6, 4)

    def forward(self, x):
        return self.head(self.lstm(x)[0])


save_traced("recurrent", torch.ao.quantization.quantize_dynamic(Recurrent().eval(), {nn.LSTM, nn.Linear}), TOKENS[0])

from torch.ao.quantization.quantize_pt2e import convert_pt2e, prepare_pt2e
from torch.ao.quantization.quantizer.xnnpack_quantizer import XNNPACKQuantizer, get_symmetric_quantization_config

for name, is_dynamic, model, data in (("pt2e", False, net, IMAGES), ("pt2e_dynamic", True, rows, TOKENS)):
    quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True, is_dynamic=is_dynamic))
    prepared = prepare_pt2e(torch.export.export_for_training(model, (data[0],)).module(), quantizer)
    with torch.no_grad():
        for x in data:
            prepared(x)
    unconverted = copy.deepcopy(prepared)
    converted = convert_pt2e(prepared)
    torch.export.save(torch.export.export(converted, (data[0],)), os.path.join(OUT, name + ".pt2"))
    record(name, converted, data[0])
    if not is_dynamic:  # the same with weights in float32, each followed by its quantization
        unfolded = convert_pt2e(unconverted, fold_quantize=False)
        torch.export.save(torch.export.export(unfolded, (data[0],)), os.path.join(OUT, name + "_unfolded.pt2"))

torch.manual_seed(11)
torch.backends.quantized.engine = "onednn"  # qnnpack's relu6 is wrong where channels come last
save_traced("limits", static(Limits().eval(), get_default_qconfig_mapping("qnnpack"), IMAGES), IMAGES[0])

# Scripted: the lines of Python recorded for its quantized layers are PyTorch's own, those of their calls the model's.
rows = Rows().eval()
scripted = torch.jit.script(torch.ao.quantization.quantize_dynamic(rows, {nn.Linear}))
scripted.save(os.path.join(OUT, "scripted.pt"))
