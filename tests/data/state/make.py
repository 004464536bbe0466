#!/usr/bin/env python3
"""Models that keep something between calls, and what they answer in a row of calls:

    make.py FOLDER [NAME...]       (PyTorch 2.6.0; without names: all)

NAME.npz has the inputs of all calls in a row and what PyTorch answers, each call finding what the one
before left; NAME_scripted.pt, NAME_traced.pt, NAME_plain.pt2 and NAME_core.pt2 are the model."""
import copy
import sys
from typing import Dict, List, Optional, Tuple

import numpy
import torch
from torch import nn

CALLS = 16


class Cell(nn.Module):
    """A recurrent cell whose state is a buffer that is written in place."""
    inputs = (2, 4)

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(4, 5)
        self.register_buffer("h", torch.zeros(2, 5))

    def forward(self, x):
        h = self.cell(x, self.h)
        self.h.copy_(h)
        return h * 2


class Assigned(nn.Module):
    """The same, the buffer being replaced."""
    inputs = (2, 4)

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(4, 5)
        self.register_buffer("h", torch.zeros(2, 5))

    def forward(self, x):
        self.h = self.cell(x, self.h)
        return self.h * 2


class Cache(nn.Module):
    """A key/value cache of fixed size and the place of the next entry."""
    inputs = (1, 1, 4)

    def __init__(self):
        super().__init__()
        self.register_buffer("key_cache_0", torch.zeros(1, 16, 4))
        self.register_buffer("value_cache_0", torch.zeros(1, 16, 4))
        self.register_buffer("place", torch.zeros(1, dtype=torch.long))
        self.k = nn.Linear(4, 4)

    def forward(self, x):
        self.key_cache_0.index_copy_(1, self.place, self.k(x))
        self.value_cache_0.index_copy_(1, self.place, x)
        self.place.add_(1)
        return (x @ self.key_cache_0.transpose(1, 2)) @ self.value_cache_0


class Frames(nn.Module):
    """The newest frames of a stream."""
    inputs = (1, 2, 2)

    def __init__(self):
        super().__init__()
        self.register_buffer("frames", torch.zeros(1, 2, 6))
        self.conv = nn.Conv1d(2, 3, 3)

    def forward(self, x):
        self.frames = torch.cat([self.frames[:, :, 2:], x], 2)
        return self.conv(self.frames)


class Rolled(nn.Module):
    inputs = (3,)

    def __init__(self):
        super().__init__()
        self.register_buffer("frames", torch.zeros(6, 3))

    def forward(self, x):
        rolled = torch.roll(self.frames, -1, 0)
        rolled[-1] = x
        self.frames.copy_(rolled)
        return self.frames.mean(0)


class Average(nn.Module):
    """A moving average, beside a batch norm in training mode whose counters nobody reads."""
    inputs = (4, 3)

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(3))
        self.norm = nn.BatchNorm1d(3)

    def forward(self, x):
        self.mean.mul_(0.9).add_(x.mean(0) * 0.1)
        return self.norm(x) - self.mean


class Counter(nn.Module):
    """Numbers that are attributes: one is read, one is not."""
    inputs = (3,)
    n: int
    ignored: int
    factor: float

    def __init__(self):
        super().__init__()
        self.n = 0
        self.ignored = 0
        self.factor = 1.0

    def forward(self, x):
        self.n += 1
        self.ignored += 2
        self.factor = self.factor * 0.5
        return x * self.n + self.factor


class Branching(nn.Module):
    """A number that decides which way is gone."""
    inputs = (3,)
    n: int
    is_odd: bool

    def __init__(self):
        super().__init__()
        self.n = 0
        self.is_odd = False

    def forward(self, x):
        if self.n > 2:
            y = x * 2
        else:
            y = x - 1
        if self.is_odd:
            y = y + self.n
        self.n += 1
        self.is_odd = not self.is_odd
        return y


class Lists(nn.Module):
    inputs = (1, 3)
    states: List[torch.Tensor]
    pair: Tuple[torch.Tensor, torch.Tensor]
    named: Dict[str, torch.Tensor]

    def __init__(self):
        super().__init__()
        self.states = [torch.zeros(1, 3), torch.ones(1, 3)]
        self.pair = (torch.zeros(1, 3), torch.zeros(1, 3))
        self.named = {"sum": torch.zeros(1, 3)}
        self.cell = nn.LSTMCell(3, 3)

    def forward(self, x):
        for i in range(2):
            self.states[i] = self.states[i] * 0.5 + x
        self.pair = self.cell(x, self.pair)
        self.named["sum"] = self.named["sum"] + x
        return self.states[0] + self.states[1] * self.pair[0] + self.named["sum"]


class Growing(nn.Module):
    """State that is longer after each call, and empty before the first."""
    inputs = (1, 1, 3)

    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(1, 0, 3))

    def forward(self, x):
        self.seen = torch.cat([self.seen, x], 1)
        return torch.softmax(x @ self.seen.transpose(1, 2), -1) @ self.seen


class Optionally(nn.Module):
    """Nothing before the first call."""
    inputs = (2, 3)
    h: Optional[torch.Tensor]

    def __init__(self):
        super().__init__()
        self.h = None

    def forward(self, x):
        h = self.h
        if h is None:
            h = torch.zeros_like(x)
        y = h * 0.5 + x
        self.h = y
        return y


class Pair(nn.Module):
    """A tuple or nothing; nothing again where the data says so."""
    inputs = (2, 3)
    hc: Optional[Tuple[torch.Tensor, torch.Tensor]]

    def __init__(self):
        super().__init__()
        self.hc = None
        self.cell = nn.LSTMCell(3, 4)

    def forward(self, x):
        hc = self.cell(x, self.hc)
        self.hc = hc
        if bool(x[0, 0] > 0.5):
            self.hc = None
        return hc[0]


class Joined(nn.Module):
    """A key/value cache that grows, from nothing."""
    inputs = (1, 1, 4)
    k: Optional[torch.Tensor]
    v: Optional[torch.Tensor]

    def __init__(self):
        super().__init__()
        self.k = None
        self.v = None
        self.p = nn.Linear(4, 4)

    def forward(self, x):
        k, v = self.p(x), x
        past_k, past_v = self.k, self.v
        if past_k is not None and past_v is not None:
            k, v = torch.cat([past_k, k], 1), torch.cat([past_v, v], 1)
        self.k, self.v = k, v
        return torch.softmax(x @ k.transpose(1, 2), -1) @ v


class Peak(nn.Module):
    """Numbers that are not there before the first call."""
    inputs = (2, 3)
    peak: Optional[float]
    n: Optional[int]

    def __init__(self):
        super().__init__()
        self.peak = None
        self.n = None

    def forward(self, x):
        peak, n = float(x.abs().max()), self.n
        last = self.peak
        if last is not None and last > peak:
            peak = last * 0.9
        self.peak = peak
        n = 1 if n is None else n + 1
        self.n = n
        return x / peak * n


class Scaled(nn.Module):
    """A number that the first call finds out and later ones keep."""
    inputs = (2, 3)
    scale: Optional[float]

    def __init__(self):
        super().__init__()
        self.scale = None

    def forward(self, x):
        if self.scale is None:
            self.scale = 1.0 / float(x.size(1))
        scale = self.scale
        assert scale is not None
        return x * scale


class Window(nn.Module):
    """A list that grows up to three items, and a dict that gets its key in the first call."""
    inputs = (2, 3)
    seen: List[torch.Tensor]
    held: Dict[str, torch.Tensor]

    def __init__(self):
        super().__init__()
        self.seen = []
        self.held = {}

    def forward(self, x):
        self.seen.append(x)
        if len(self.seen) > 3:
            self.seen.pop(0)
        h = self.held["h"] if "h" in self.held else torch.zeros(2, 3)
        self.held["h"] = h * 0.5 + x
        return torch.stack(self.seen).sum(0) + self.held["h"]


class Sometimes(nn.Module):
    """Written in branches and loops that the data decides."""
    inputs = (4, 3)
    n: int
    first: bool
    states: List[torch.Tensor]

    def __init__(self):
        super().__init__()
        self.n = 0
        self.first = True
        self.states = [torch.zeros(3), torch.zeros(3)]
        self.register_buffer("h", torch.zeros(3))
        self.register_buffer("ring", torch.zeros(4, 3))

    def forward(self, x):
        for i in range(int((x > 0).sum()) % 4):
            if bool(x[i].sum() > 0):
                self.h.mul_(0.5).add_(x[i])
                self.ring[self.n % 4].copy_(x[i])
                self.n += 1
            else:
                self.states[i % 2] += x[i]
        if self.first:
            self.states[0] = x[0] * 2
            self.first = False
        return self.h + self.states[0] * self.n + self.states[1] + self.ring.sum(0)


class Mode(nn.Module):
    """A string: no input can say that."""
    inputs = (3,)
    mode: str

    def __init__(self):
        super().__init__()
        self.mode = "first"

    def forward(self, x):
        y = x * 2 if self.mode == "first" else x - 1
        self.mode = "later"
        return y


class Noted(nn.Module):
    """What is only written is no state."""
    inputs = (2, 3)
    last: Optional[torch.Tensor]

    def __init__(self):
        super().__init__()
        self.last = None
        self.norm = nn.BatchNorm1d(3)

    def forward(self, x):
        y = self.norm(x)
        self.last = y
        return y


class Holder:
    pass


class Held(nn.Module):
    """A buffer that forward() reaches by another name: the file has two names for one memory."""
    inputs = (2, 3)

    def __init__(self):
        super().__init__()
        self.register_buffer("key_cache_0", torch.zeros(2, 3))
        self.holder = Holder()
        self.holder.cache = self.key_cache_0

    def forward(self, x):
        self.holder.cache.add_(x)
        return self.key_cache_0 * 2


class Kept(nn.Module):
    """Running statistics that are written, decomposed, with the mean over copies of themselves."""
    inputs = (2, 3, 4, 4)

    def __init__(self):
        super().__init__()
        self.norm = nn.InstanceNorm2d(3, track_running_stats=True)
        self.norm.running_mean.copy_(torch.arange(3.0))
        self.eval()

    def forward(self, x):
        return self.norm(x)


class Ring(nn.Module):
    """The last five frames in a ring: a place that wraps around, and whether all are there."""
    inputs = (2,)

    def __init__(self):
        super().__init__()
        self.register_buffer("frames", torch.zeros(5, 2))
        self.place = 0
        self.full = False

    def forward(self, x):
        self.frames[self.place] = x
        self.place = (self.place + 1) % 5
        if self.place == 0:
            self.full = True
        n = 5 if self.full else self.place
        return self.frames[:n].mean(0) + n


class Leaky(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("s", torch.zeros(2))
        self.linear = nn.Linear(2, 2)

    def forward(self, x):
        self.s.mul_(0.5).add_(self.linear(x))
        return self.s + x


class Twice(nn.Module):
    """A submodule with state that is called twice, and another one of its kind."""
    inputs = (2,)

    def __init__(self):
        super().__init__()
        self.one, self.other = Leaky(), Leaky()

    def forward(self, x):
        return self.other(self.one(self.one(x) * 0.5))


class Swap(nn.Module):
    """Two states that change places, and two numbers that do."""
    inputs = (2,)

    def __init__(self):
        super().__init__()
        self.register_buffer("a", torch.ones(2))
        self.register_buffer("b", torch.zeros(2))
        self.m = 1
        self.n = 1

    def forward(self, x):
        self.a, self.b = self.b, self.a * 0.5 + x
        self.m, self.n = self.n, (self.m + self.n) % 100
        return self.a * 2 + self.b + self.m


class Layers(nn.Module):
    """Caches of two layers that grow, in lists of tensors."""
    inputs = (1, 2)
    k: List[torch.Tensor]
    v: List[torch.Tensor]

    def __init__(self):
        super().__init__()
        self.k = [torch.zeros(0, 2), torch.zeros(0, 2)]
        self.v = [torch.zeros(0, 2), torch.zeros(0, 2)]
        self.linear = nn.Linear(2, 2)

    def forward(self, x):
        for i in range(2):
            self.k[i] = torch.cat([self.k[i], self.linear(x) + i])
            self.v[i] = torch.cat([self.v[i], x])
            x = x + torch.softmax(x @ self.k[i].t(), 1) @ self.v[i]
        return x


class Shifted(nn.Module):
    """A state that is written through views of views."""
    inputs = (2,)

    def __init__(self):
        super().__init__()
        self.register_buffer("frames", torch.zeros(2, 3, 2))

    def forward(self, x):
        rows = self.frames.view(6, 2)
        rows[1:].copy_(rows[:-1].clone())
        self.frames[0, 0] = x
        self.frames.select(1, 2).mul_(0.9)
        return self.frames.sum((0, 1)) + rows[5]


class Chosen(nn.Module):
    """One of two entries of a dict is written, as data decides; numbers count and remember."""
    inputs = (2,)
    d: Dict[str, torch.Tensor]

    def __init__(self):
        super().__init__()
        self.d = {"up": torch.zeros(2), "down": torch.ones(2)}
        self.hits = 0
        self.best = -1e9

    def forward(self, x):
        key = "up" if bool(x.sum() > 0) else "down"
        self.d[key] = self.d[key] * 0.5 + x
        if float(x.max()) > self.best:
            self.best = float(x.max())
            self.hits += 1
        return self.d["up"] - self.d["down"] + self.hits + self.best


SCRIPTED = [Cell, Assigned, Cache, Frames, Rolled, Average, Counter, Branching, Lists, Growing, Optionally, Noted, Pair,
            Joined, Peak, Scaled, Window, Sometimes, Mode, Ring, Twice, Swap, Layers, Shifted, Chosen]
TRACED = [Cell, Cache, Average]
EXPORTED = [Cell, Cache, Rolled, Held, Kept, Twice, Shifted]


def answers_of(model, inputs):
    return numpy.stack([model(x).numpy() for x in inputs])


def traced(model, x):
    before = copy.deepcopy(model.state_dict())
    trace = torch.jit.trace(model, (x,), check_trace=False)
    trace.load_state_dict(before)
    return trace


def main(folder, *names):
    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    torch.backends.mkldnn.enabled = False
    for of in [*SCRIPTED, Held, Kept]:
        model = of()
        name = of.__name__.lower()
        if names and name not in names:
            continue
        inputs = [torch.randn(of.inputs) for _ in range(CALLS)]
        runs = copy.deepcopy(model)
        if of in SCRIPTED:
            runs = torch.jit.script(runs)
            runs.save(f"{folder}/{name}_scripted.pt")
        answers = answers_of(runs, inputs)
        numpy.savez_compressed(f"{folder}/{name}.npz", **{"in": torch.stack(inputs).numpy()}, out=answers)
        if of in TRACED:
            traced(copy.deepcopy(model), inputs[0]).save(f"{folder}/{name}_traced.pt")
        if of not in EXPORTED:
            continue
        plain = torch.export.export_for_training(copy.deepcopy(model), (inputs[0],))
        core = torch.export.export(copy.deepcopy(model), (inputs[0],)).run_decompositions({})
        for kind, program in (("plain", plain), ("core", core)):
            file = f"{folder}/{name}_{kind}.pt2"
            torch.export.save(program, file)
            again = answers_of(torch.export.load(file).module(), inputs)
            assert numpy.allclose(again, answers, atol=1e-6), file


if __name__ == "__main__":
    main(*sys.argv[1:])
