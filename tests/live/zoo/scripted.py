# SPDX-License-Identifier: Apache-2.0
"""Modules that go through torch.jit.script: control flow that the attributes and the shapes decide."""

import functools
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import nn

from . import case as any_case
from . import f32, i64
from . import nets

case = functools.partial(any_case, script=True)

IMAGE = f32("N 3 64 64")


def stock(name, **options):
    def build():
        import torchvision
        return getattr(torchvision.models, name)(weights=None, **options)

    return build


for model in ("resnet18", "mobilenet_v3_small", "shufflenet_v2_x1_0", "densenet121", "squeezenet1_1", "convnext_tiny",
              "efficientnet_b0", "regnet_y_400mf"):
    case(f"scripted_{model}", stock(model), IMAGE, needs="torchvision", quick=model == "resnet18")
case("scripted_googlenet", stock("googlenet", init_weights=False, aux_logits=False), IMAGE, needs="torchvision")
case("scripted_lstm_classifier", nets.LstmClassifier, i64("N T"), quick=True)
case("scripted_mlp_mixer", nets.MlpMixer, f32("N 3 32 32"))
case("scripted_wide_and_deep", nets.WideAndDeep, i64("N 5", high=30), f32("N 4"))
case("scripted_conv3d_net", nets.Conv3dNet, f32("N 2 D 12 12"))
case("scripted_gru_tagger", nets.GruTagger, f32("T N 6"))
case("scripted_vae", nets.Vae, f32("N 3 16 16"))
case("scripted_transformer_encoder", nets.Encoder, f32("N T 24"), since=(2, 0))


class Decisions(nn.Module):
    """Branches and loops whose conditions are attributes, ranks, None, lengths of lists, strings, constants."""

    kinds: List[str]
    scales: Dict[str, float]
    steps: torch.jit.Final[int]

    def __init__(self):
        super().__init__()
        self.kinds, self.scales, self.steps = ["relu", "tanh", "none"], {"relu": 2.0, "tanh": 0.5}, 3
        self.layers = nn.ModuleList([nn.Linear(6, 6) for _ in range(3)])
        self.extra: Optional[nn.Linear] = None
        self.deep = True

    def activate(self, x: torch.Tensor, kind: str) -> torch.Tensor:
        if kind == "relu":
            return F.relu(x) * self.scales[kind]
        elif kind in self.scales:
            x = torch.tanh(x) * self.scales[kind]
        else:
            assert kind == "none", f"no such activation: {kind}"
        return x

    def forward(self, x: torch.Tensor, bias: Optional[torch.Tensor] = None) -> Tuple[torch.Tensor, List[torch.Tensor]]:
        if x.dim() == 2:
            x = x.unsqueeze(1)
        seen: List[torch.Tensor] = []
        for i, layer in enumerate(self.layers):
            x = self.activate(layer(x), self.kinds[i])
            seen.append(x)
        if bias is not None:
            x = x + bias
        n = 0
        while n < self.steps:
            n += 1
            if n == 2:
                continue
            x = x * n if self.deep and not self.training else x
        for name, scale in self.scales.items():
            if name.startswith("t"):
                break
            x = x + scale
        total = torch.zeros_like(x)
        for y in seen[::-1]:
            total += y
        seen.pop()
        if x.size(-1) != 6 or len(seen) > 5:
            raise ValueError("unexpected width")
        return total.squeeze(1) - x[:, 0], seen


class Point(NamedTuple):
    x: torch.Tensor
    y: torch.Tensor


class Structures(nn.Module):
    """Named tuples, tuples, dictionaries, comprehensions, early returns, string formatting, an inner script class."""

    def __init__(self):
        super().__init__()
        self.table = nn.ModuleDict({"a": nn.Linear(4, 4), "b": nn.ReLU()})

    def split(self, v: torch.Tensor) -> Point:
        half = v.shape[-1] // 2
        return Point(v[..., :half], v[..., half:])

    def forward(self, v: torch.Tensor):
        p = self.split(v)
        parts = {"x": p.x, "y": p.y}
        for key, module in self.table.items():
            parts[key] = module(p.x + p.y)
        listed = [parts[k] * float(i + 1) for i, k in enumerate(["x", "y", "a", "b"])]
        pair = (listed[0], torch.cat(listed[1:], dim=-1))
        first, second = pair
        sizes = [t.shape[-1] for t in listed]
        return first, second, torch.ones(sum(sizes)) * max(sizes), {"a": parts["a"]}


class Loops(nn.Module):
    """A recurrence over a fixed number of steps, written into a buffer and stacked."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(5, 6)

    def forward(self, x: torch.Tensor):
        h = torch.zeros(x.size(0), 6, dtype=x.dtype, device=x.device)
        steps: List[torch.Tensor] = []
        out = torch.zeros(x.size(0), 4, 6)
        for t in range(x.size(1)):
            h = self.cell(x[:, t], h)
            steps += [h]
            out[:, t] = h * (t + 1)
        return torch.stack(steps, dim=1), out, h


@torch.jit.script
def swish_or_not(x: torch.Tensor, beta: float, use: bool) -> torch.Tensor:
    if use:
        x = x * torch.sigmoid(beta * x)
    return x


class CallsFunctions(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.weights = nn.ParameterList([nn.Parameter(torch.randn(8)) for _ in range(2)])

    @torch.jit.export
    def features(self, x: torch.Tensor):
        return swish_or_not(self.conv(x), 1.5, True)

    def forward(self, x: torch.Tensor):
        y = self.features(x)
        n, c, h, w = y.shape
        y = y.view(n, c, h * w).mean(2)
        for w_i in self.weights:
            y = y * w_i
        return swish_or_not(y, 2.0, use=False), F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


case("scripted_decisions", Decisions, f32("N 6"), f32("6"), quick=True)
case("scripted_structures", Structures, f32("N 8"))
case("scripted_loops", Loops, f32("N 4 5"))
case("scripted_calls_functions", CallsFunctions, f32("N 3 8 8"))
case("scripted_and_frozen", CallsFunctions, f32("N 3 8 8"), freeze=True)
