"""Remakes the sources in this folder: python3 make.py. Written by PyTorch 2.6.0."""
import enum
import tempfile
import zipfile
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch


class Mode(enum.Enum):
    SUM = 1
    PRODUCT = 2


class Pair(NamedTuple):
    first: torch.Tensor
    second: torch.Tensor


class Block(torch.nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.fc = torch.nn.Linear(width, width)

    def forward(self, x):
        return torch.relu(self.fc(x)) + x


class Scripted(torch.nn.Module):
    limit: torch.jit.Final[float]

    def __init__(self):
        super().__init__()
        self.limit = 1e10
        self.blocks = torch.nn.ModuleList([Block(4), Block(4)])
        self.register_buffer("offset", torch.zeros(4))
        self.mode = Mode.SUM
        self.words = ["tab\t", 'quote"', "bell\a"]

    def halves(self, x: torch.Tensor) -> Pair:
        a, b = torch.split(x, 2, dim=1)
        return Pair(a, b)

    def forward(self, x: torch.Tensor, times: int = 3,
                scale: Optional[torch.Tensor] = None) -> Tuple[torch.Tensor, Dict[str, List[int]]]:
        if x.dim() != 2:
            raise ValueError("two dimensions are needed, not {}".format(x.dim()))
        sizes: List[int] = []
        for i, block in enumerate(self.blocks):
            x = block(x)
            sizes.append(i * 2)
        while times > 0 and bool(x.sum() < self.limit):
            x = x + self.offset
            times -= 1
            if times == 1:
                break
        if scale is not None:
            x = x * scale
        with torch.no_grad():
            if self.mode == Mode.SUM:
                x = x + float("inf")
            else:
                x = x * -0.1
        pair = self.halves(x)
        later = torch.jit.fork(torch.neg, pair.second)
        return pair.first + torch.jit.wait(later), {self.words[0]: sizes}


class Traced(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3, padding=1)
        self.blocks = torch.nn.Sequential(Block(6), Block(6))

    def forward(self, x):
        y = torch.nn.functional.gelu(self.conv(x))
        y[:, 0] = 1.5
        a, b = y.chunk(2, dim=1)
        return self.blocks(a + b), (x.shape[0], [y.mean((2, 3))])


def save(model, name):
    with tempfile.NamedTemporaryFile(suffix=".pt") as file:
        torch.jit.save(model, file.name)
        archive = zipfile.ZipFile(file.name)
        for entry in archive.namelist():
            for ending in (".py", ".py.debug_pkl"):
                if entry.endswith("/code/__torch__" + ending):
                    with open(name + ending, "wb") as out:
                        out.write(archive.read(entry))


torch.manual_seed(0)
save(torch.jit.script(Scripted().eval()), "scripted")
save(torch.jit.trace(Traced().eval(), torch.rand(1, 3, 6, 6)), "traced")
