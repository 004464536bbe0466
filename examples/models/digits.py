#!/usr/bin/env python3
"""Trains the classifier of handwritten digits that lies beside this script: digits.py [DIRECTORY]

Needs PyTorch, NumPy and scikit-learn, whose 1,797 images of 8x8 pixels it learns from. Writes

    digits.pt         the network, traced, with weights
    digits-test.npz   the images kept out of training (`images`, float32 [N, 1, 8, 8], values 0 to 16) and `labels`
    digits.json       what PyTorch makes of them
"""

import json
import pathlib
import sys

import numpy
import torch
from sklearn.datasets import load_digits
from torch import nn

HELD_OUT = 450
EPOCHS = 40


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


def train(images, labels):
    network = Digits()
    optimizer = torch.optim.AdamW(network.parameters(), lr=4e-3, weight_decay=1e-2)
    steps = EPOCHS * -(-len(images) // 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 8e-3, total_steps=steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images)).split(64):
            loss = nn.functional.cross_entropy(network(shifted(images[batch])), labels[batch], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def main():
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    torch.manual_seed(1)
    data = load_digits()
    images = torch.from_numpy(data.images.astype(numpy.float32)).unsqueeze(1)
    labels = torch.from_numpy(data.target.astype(numpy.int64))
    order = torch.randperm(len(images))
    test, rest = order[:HELD_OUT], order[HELD_OUT:]
    network = train(images[rest], labels[rest])

    with torch.no_grad():
        traced = torch.jit.trace(network, images[test[:1]])
        logits = traced(images[test])
    correct = int((logits.argmax(1) == labels[test]).sum())
    traced.save(str(out / "digits.pt"))
    numpy.savez_compressed(out / "digits-test.npz", images=images[test].numpy(), labels=labels[test].numpy())
    answer = {"torch": torch.__version__, "images": HELD_OUT, "correct": correct,
              "first_logits": [round(v, 5) for v in logits[0].tolist()]}
    (out / "digits.json").write_text(json.dumps(answer, indent=2) + "\n", encoding="ascii")
    print(f"{correct} of {HELD_OUT} right")


if __name__ == "__main__":
    main()
