# SPDX-License-Identifier: Apache-2.0
"""Cases that only torch.export has: control flow, keyword arguments, state, sizes that depend on each other."""

import math

import torch
from torch import nn

from . import CASES, Input, f32, i64, net

try:
    from torch._higher_order_ops.while_loop import while_loop
except ImportError:
    while_loop = None
try:
    from torch._higher_order_ops.scan import scan
except ImportError:
    scan = None
try:
    from torch._higher_order_ops.map import map as torch_map
except ImportError:
    torch_map = None

SINCE = {"since": (2, 5), "quick": True}


def extend(name, **attributes):
    for key, value in attributes.items():
        setattr(CASES[name], key, value)


@net(f32("N 4"), **SINCE)
class ExportedCond(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda t: self.fc(t), lambda t: t - 1, (x,))


@net(f32("N 4"), **SINCE)
class ExportedCondOnSize(nn.Module):
    def forward(self, x):
        return torch.cond(torch.tensor(x.shape[0] > 2), lambda t: t * 2, lambda t: t - 1, (x,))


if while_loop is not None:

    @net(f32("N 4"), **SINCE)
    class ExportedWhile(nn.Module):
        def forward(self, x):
            def more(i, t):
                return i < 5

            start = x * 2

            def step(i, t):
                return i + 1, torch.tanh(t) + x

            return while_loop(more, step, (torch.tensor(0), start))


if torch_map is not None:

    @net(f32("N 4"), f32("4"), **SINCE)
    class ExportedMap(nn.Module):
        def forward(self, xs, y):
            return torch_map(lambda x, y: x * 2 + y, xs, y)


if scan is not None:

    @net(f32("4"), f32("N 4"), **SINCE)
    class ExportedScan(nn.Module):
        def forward(self, first, xs):
            def step(carry, x):
                following = carry * 0.5 + x
                return following, following.tanh()

            return scan(step, first, xs)


@net(f32("N 4"), f32("N 4"), f32("N 4"), **SINCE)
class ExportedKeywords(nn.Module):
    def forward(self, x, *, scale, shift=None):
        return {"scaled": x * scale, "rest": (x + shift, [x - shift, None])}


extend("exported_keywords", call=lambda x, a, b: ((x,), {"shift": a, "scale": b}),
       shapes=lambda: {"x": {0: torch.export.Dim.AUTO}, "shift": {0: torch.export.Dim.AUTO},
                       "scale": {0: torch.export.Dim.AUTO}})


@net(f32("N 4"), f32("N 4"), f32("3"), f32("3"), **SINCE)
class ExportedNested(nn.Module):
    def forward(self, batch, factor, pair):
        return batch["b"] * 2 + batch["a"] * factor, pair[0].sum() + pair[1]


extend("exported_nested", call=lambda x, y, z, w: (({"b": x, "a": y}, 3.0, (z, w)), {}),
       shapes=lambda: ({"b": {0: torch.export.Dim.AUTO}, "a": {0: torch.export.Dim.AUTO}}, None, (None, None)))


@net(f32("N 4"), **SINCE)
class ExportedState(nn.Module):
    """Tied parameters, buffers that are views of one storage, a counter, constants."""

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)
        self.b.weight = self.a.weight
        both = torch.arange(20.0)
        self.register_buffer("low", both[2:6])
        self.register_buffer("high", both.view(4, 5)[:, 1:].t(), persistent=False)
        self.register_buffer("count", torch.zeros(1))
        self.table = torch.tensor([1.0, 2.0, 3.0, 4.0])

    def forward(self, x):
        x = self.a(x) + self.b(x) + self.low
        return x @ self.high + self.table * torch.tensor([1.0, -1.0, float("inf"), 0.5])


@net(f32("N 4"), **SINCE)
class ExportedInPlace(nn.Module):
    def forward(self, x):
        y = x.clone()
        row = y[:, 1]
        row.add_(1)
        y[:, 2:].mul_(x[:, :2])
        y.view(-1).clamp_(min=-1)
        z = torch.zeros(x.shape[0], 6)
        z[:, 1:5] = y
        return z, row


@net(f32("N 3 H W"), **SINCE)
class ExportedSizes(nn.Module):
    """Sizes computed from sizes: halves, ratios, minima."""

    def forward(self, x):
        h, w = x.shape[2], x.shape[3]
        y = nn.functional.interpolate(x, size=(h // 2 + 1, math.trunc(w * 1.5)), mode="nearest")
        z = nn.functional.interpolate(x, scale_factor=0.7, mode="bilinear", align_corners=False)
        n = min(h, w)
        r = x.new_zeros(math.trunc(w / 3 * 0.9), 2)
        return y, z, r, x[:, :, :n, : n - 1] / (h * w), x.new_full((h % 7 + 1, w), h / w)


@net(f32("A 4"), f32("B 4"), sizes={"A": (4, 6), "B": (2, 3)}, **SINCE)
class ExportedDerived(nn.Module):
    """The first input has twice the rows of the second."""

    def forward(self, x, y):
        return x.view(2, -1, 4) + y


extend("exported_derived", shapes=lambda: (lambda d: ({0: 2 * d}, {0: d}))(torch.export.Dim("rows", min=2, max=64)))


@net(f32("A 4"), sizes={"A": (4, 6)}, **SINCE)
class ExportedEven(nn.Module):
    def forward(self, x):
        return x.view(2, x.shape[0] // 2, 4).sum(1)


extend("exported_even", shapes=lambda: ({0: 2 * torch.export.Dim("half", min=1, max=64)},))


@net(i64("N", high=3), sizes={"N": (7, 11)}, **SINCE)
class ExportedNonzero(nn.Module):
    def forward(self, x):
        at = torch.nonzero(x > 0).squeeze(1)
        return x[at] * 2, torch.arange(at.shape[0])


@net(f32("N 4"), **SINCE)
class ExportedNoGrad(nn.Module):
    def forward(self, x):
        with torch.no_grad():
            y = x * 2
        with torch.autocast("cpu", enabled=False):
            z = y @ y.t()
        return z.sum(1), x.detach()


@net(f32("3 4"), f32("5 3"), **SINCE)
class ExportedVmap(nn.Module):
    """What torch.export leaves of torch.vmap, over axes at other places, and of what it does not reach."""

    def forward(self, x, y):
        scaled = torch.vmap(lambda a: torch.tanh(a * 2.0) + y[:4, 0])(x)
        wide = x[:, :1].expand(3, 5).contiguous()
        first, second = torch.vmap(lambda a, b: (a * b, b), in_dims=(0, 1), out_dims=(0, 1))(wide, y)
        return scaled, first, second


@net(f32("N 4"), **SINCE)
class ExportedConstants(nn.Module):
    """Outputs that are inputs, constants and parts of the model."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.arange(3.0))

    def forward(self, x):
        return x, self.weight, x.shape[0], 5, x + 1


def lengths(shape):
    return Input(shape, lambda s: torch.tensor([3, 5, 2, 4][: s[0]]))


@net(lengths("N"), **SINCE)
class ExportedItem(nn.Module):
    """A size that is an element of the input."""

    def forward(self, x):
        n = x.max().item()
        torch._check(n >= 0)
        torch._check(n < 100)
        return torch.arange(n), torch.zeros(n, 2) + x[0]
