#!/usr/bin/env python3
"""Writes the torch.export archives of this folder with the PyTorch that runs it: make.py FOLDER [NAME]...

NAME.pt2 is the archive, NAME.npz its example inputs in_0, in_1, … and the answers out_0, out_1, …, numbers as tensors of
rank 0, None left out. FOLDER is torch26 (PyTorch 2.6, archives of the first format) or torch214 (PyTorch 2.14). The
models are those of tests/live/zoo/exported.py and the few below.
"""

import importlib
import pathlib
import sys
import warnings
import zipfile

import numpy
import torch
from torch import nn

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[1] / "live"))
import pt2_models  # noqa: E402
import zoo  # noqa: E402
from zoo import f32, i64, net  # noqa: E402

NAMES = """pictures pictures.core words words.core states exported_cond exported_cond_on_size exported_while exported_map
exported_scan exported_keywords exported_nested exported_state exported_in_place exported_in_place.core exported_sizes
exported_derived exported_even exported_nonzero exported_no_grad exported_vmap exported_constants exported_item""".split()
PICKLED = ["pictures", "words"]  # once more, as NAME_pickled: tensors as the newer format has those of subclasses


@net(f32("N 3 12 12"))
class Pictures(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
        self.branch = nn.Conv2d(4, 4, 3, stride=1, padding=1, groups=2)
        self.head = nn.Linear(4, 5)

    def forward(self, x):
        x = self.stem(x)
        x = nn.functional.max_pool2d(x + self.branch(x), 2)
        return self.head(torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1))


@net(i64("N T"), i64("N T", high=2))
class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(50, 8)
        self.norm = nn.LayerNorm(8)
        self.qkv = nn.Linear(8, 24)
        self.out = nn.Linear(8, 8)

    def forward(self, ids, mask):
        x = self.norm(self.table(ids))
        q, k, v = (t.view(t.shape[0], -1, 2, 4).transpose(1, 2) for t in self.qkv(x).chunk(3, -1))
        scores = (q @ k.transpose(-1, -2) / 2).masked_fill(mask[:, None, None, :] == 0, float("-inf"))
        scores = torch.softmax(scores, -1).nan_to_num()
        return x + nn.functional.gelu(self.out((scores @ v).transpose(1, 2).flatten(2)))


@net(f32("2 5 3"))
class States(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 4, bidirectional=True, batch_first=True)

    def forward(self, x):
        y, (h, c) = self.rnn(x)
        return {"y": y, "h": h * 1.0}


def squeeze(file):
    """Packs the archive again, deflated, to keep this folder small; small ones of the first format stay as PyTorch wrote them."""
    with zipfile.ZipFile(file) as archive:
        entries = [(name, archive.read(name)) for name in archive.namelist()]
    if any(name == "serialized_exported_program.json" for name, _ in entries) and sum(len(b) for _, b in entries) < 2e4:
        return
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


def main():
    out = here / sys.argv[1]
    out.mkdir(exist_ok=True)
    warnings.filterwarnings("ignore")
    pt2_models.load_cases()
    only = sys.argv[2:]
    pickled = [f"{name}.pickled" for name in PICKLED] if out.name == "torch214" else []
    for name in only or NAMES + pickled:
        plain, _, form = name.partition(".")
        if form == "pickled":
            package = importlib.import_module("torch.export.pt2_archive._package")
            package._should_use_pickle = lambda tensor: True  # noqa: SLF001
            form = ""
        try:
            module, program, inputs = pt2_models.export_case(zoo.CASES[plain], form or "plain")
            file = out / f"{name.replace('.', '_')}.pt2"
            torch.export.save(program, str(file))
            squeeze(file)
        except Exception as e:  # noqa: BLE001 - older versions cannot save all of them
            print(f"{name}: {type(e).__name__}")
            continue
        call = getattr(zoo.CASES[plain], "call", None)
        args, kwargs = call(*inputs) if call else (inputs, {})
        with torch.no_grad():
            answers = pt2_models.models.flatten(program.module()(*args, **kwargs))
        arrays = {f"in_{i}": t.numpy() for i, t in enumerate(inputs)}
        arrays |= {f"out_{i}": t.detach().contiguous().numpy() for i, t in enumerate(answers)}
        numpy.savez(file.with_suffix(".npz"), **arrays)


main()
