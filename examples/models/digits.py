#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the classifier of handwritten digits that lies beside this script: digits.py [DIRECTORY]

Needs PyTorch, NumPy and scikit-learn, whose 1,797 images of 8x8 pixels it learns from. Writes

    digits.pt           the network, traced, with weights
    digits-static.pt    the same in int8, calibrated (torch.ao.quantization in FX mode)
    digits-qat.pt       in int8, trained on for that (QAT)
    digits-dynamic.pt   its linear layer in int8, ranges found while it runs
    digits-pt2e.pt2     in int8, quantized by PyTorch 2's export (PT2E)
    digits-test.npz     the images kept out of training (`images`, float32 [N, 1, 8, 8], values 0 to 16) and `labels`
    digits.json         what PyTorch makes of them with each
"""

import copy
import json
import pathlib
import sys
import warnings

import numpy
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.ao.quantization import QConfigMapping, default_dynamic_qconfig
from torch.ao.quantization import get_default_qat_qconfig_mapping, get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx, prepare_qat_fx
from torch.ao.quantization.quantize_pt2e import convert_pt2e, prepare_pt2e
from torch.ao.quantization.quantizer.xnnpack_quantizer import XNNPACKQuantizer, get_symmetric_quantization_config

warnings.filterwarnings("ignore")
HELD_OUT = 450
EPOCHS, QAT_EPOCHS = 40, 6


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(x + self.bn2(self.conv2(y)))


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 24, 3, padding=1, bias=False), nn.BatchNorm2d(24), nn.ReLU(inplace=True))
        self.block = Residual(24)
        self.pool = nn.MaxPool2d(2)
        self.wide = nn.Sequential(nn.Conv2d(24, 40, 3, padding=1, bias=False), nn.BatchNorm2d(40), nn.ReLU(inplace=True))
        self.average = nn.AdaptiveAvgPool2d(2)
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(160, 10)

    def forward(self, image):
        x = self.stem(image / 16 - 0.5)
        x = self.wide(self.pool(self.block(x)))
        return self.head(self.drop(self.average(x).flatten(1)))


def shifted(images):
    """Every image moved by up to one pixel: the digits of a real user are not centred either."""
    padded = nn.functional.pad(images, (1, 1, 1, 1))
    places = torch.randint(0, 3, (2, len(images)))
    return torch.stack([p[:, y:y + 8, x:x + 8] for p, y, x in zip(padded, *places)])


def train(network, images, labels, epochs, rate):
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate / 2, weight_decay=1e-2)
    steps = epochs * -(-len(images) // 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(64):
            loss = nn.functional.cross_entropy(network(shifted(images[batch])), labels[batch], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def calibrated(prepared, images):
    with torch.no_grad():
        prepared(images)
    return prepared


def quantized(network, images, labels):
    """The int8 forms, by the names of their files."""
    example = (images[:1],)
    static = calibrated(prepare_fx(copy.deepcopy(network), get_default_qconfig_mapping("x86"), example), images)
    qat = prepare_qat_fx(copy.deepcopy(network).train(), get_default_qat_qconfig_mapping("x86"), example)
    train(qat, images, labels, QAT_EPOCHS, 1e-3)
    dynamic = QConfigMapping().set_object_type(nn.Linear, default_dynamic_qconfig)
    yield "digits-static.pt", convert_fx(static)
    yield "digits-qat.pt", convert_fx(qat)
    yield "digits-dynamic.pt", convert_fx(prepare_fx(copy.deepcopy(network), dynamic, example))

    batch = {"image": {0: torch.export.Dim("batch", min=1, max=4096)}}
    recipe = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True))
    two = (images[:2].clone(),)  # the file keeps it, with all the memory it is a view of
    exported = torch.export.export_for_training(network, two, dynamic_shapes=batch).module()
    converted = convert_pt2e(calibrated(prepare_pt2e(exported, recipe), images))
    yield "digits-pt2e.pt2", torch.export.export(converted, two, dynamic_shapes=batch)


def main():
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    torch.manual_seed(1)
    data = load_digits()
    images = torch.from_numpy(data.images.astype(numpy.float32)).unsqueeze(1)
    labels = torch.from_numpy(data.target.astype(numpy.int64))
    order = torch.randperm(len(images))
    test, rest = order[:HELD_OUT], order[HELD_OUT:]
    network = train(Digits(), images[rest], labels[rest], EPOCHS, 8e-3)

    answer = {"torch": torch.__version__, "images": HELD_OUT, "models": {}}
    for name, model in [("digits.pt", network), *quantized(network, images[rest], labels[rest])]:
        with torch.no_grad():
            if name.endswith(".pt2"):
                torch.export.save(model, str(out / name))
                model = model.module()
            else:
                model = torch.jit.trace(model, images[test[:1]])
                model.save(str(out / name))
            logits = model(images[test])
        correct = int((logits.argmax(1) == labels[test]).sum())
        answer["models"][name] = {"correct": correct, "first_logits": [round(v, 5) for v in logits[0].tolist()]}
        print(f"{name}: {correct} of {HELD_OUT} right")
    numpy.savez_compressed(out / "digits-test.npz", images=images[test].numpy(), labels=labels[test].numpy())
    (out / "digits.json").write_text(json.dumps(answer, indent=2) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
