# SPDX-License-Identifier: Apache-2.0
"""Ranks that sizes decide: squeeze() of axes that are 1 or not when the model runs."""
from torch.nn import functional as F

from record import *

family("ranks")

S = dict(dyn=[(f(1, 3, 4),), (f(1, 1, 4),), (f(5, 1, 4),), (f(0, 3, 4),)])
ONE = dict(dyn=[(f(2, 3, 4),), (f(3, 1, 4),), (f(1, 1, 4),)])

case("plain", lambda x: x.squeeze(0), f(2, 3, 4), **S)
case("dropped_in_example", lambda x: x.squeeze(0) * 2, f(1, 3, 4), **ONE)
case("all", lambda x: x.squeeze() * 2, f(2, 3, 4), **S)
case("all_dropped_in_example", lambda x: x.squeeze() * 2, f(1, 1, 4), **ONE)
case("dims", lambda x: x.squeeze((0, 1)), f(2, 3, 4), **S)
case("broadcast", lambda x: x * x.sum(2).squeeze(0).unsqueeze(-1), f(2, 3, 4), **S)
case("reshaped", lambda x: x.squeeze(0).reshape(-1, 2) + 1, f(2, 3, 4), **S)
case("product", lambda x: torch.relu(x.squeeze(0) @ torch.ones(4, 2)), f(2, 3, 4), **S)
case("joined", lambda x: torch.cat([x.squeeze(0), x.squeeze(0) * 2], -1), f(2, 3, 4), **S)
case("stacked", lambda x: torch.stack([x.squeeze(0), x.squeeze(0) * 2]), f(2, 3, 4), **S)
case("transposed", lambda x: x.squeeze(-3).transpose(-1, -2), f(2, 3, 4), **S)
case("bools", lambda x: ((x > 0).squeeze(0), (x > 0).squeeze(0).any(-1)), f(2, 3, 4), **S)
case("bytes", lambda x: x.to(torch.uint8).squeeze(0), pos(2, 3, 4), dyn=[(pos(1, 3, 4),), (pos(1, 1, 4),)])
case("sizes", lambda x: x.squeeze(0).reshape(x.squeeze(0).size(0), -1), f(2, 3, 4), dyn=[(f(1, 3, 4),), (f(1, 1, 4),), (f(5, 1, 4),)])
case("pooled", lambda x: F.adaptive_avg_pool2d(x, 1).squeeze().softmax(-1), f(2, 3, 4, 5), dyn=[(f(1, 3, 2, 2),), (f(3, 3, 1, 1),)])


def r_written(x):
    y = x.clone(); y.squeeze(0).add_(1); z = y.squeeze(0); z *= 2; return y, z


case("written", r_written, f(2, 3, 4), **S)
script("in_script", "x: Tensor", "y = x.squeeze(0)\nz = y\nfor i in range(3):\n    z = z * 2 + y\nif z.dim() == 2:\n    z = z.unsqueeze(0)\nreturn z",
       f(2, 3, 4), **S)
script("in_loop", "x: Tensor", "y = x\nfor i in range(x.size(1)):\n    y = y + x[:, i].sum()\nreturn y.squeeze(0).flatten()", f(2, 3, 4), dyn=[(f(1, 3, 4),), (f(1, 1, 4),)])

# --- two axes, so that one choice lies within another: what is read after another operator

BOTH = dict(dyn=[(f(1, 3, 4),), (f(1, 1, 4),), (f(5, 1, 4),), (f(4, 2, 4),)])
case("nested_copied", lambda x: x.squeeze().clone(), f(2, 3, 4), **BOTH)
case("nested_copied_in_example", lambda x: x.squeeze().contiguous(), f(1, 1, 4), dyn=[(f(2, 3, 4),), (f(3, 1, 4),), (f(1, 5, 4),)])
case("nested_twice", lambda x: (x.squeeze().clone().relu(), x.squeeze((0, 1)).clone().reshape(-1)), f(2, 3, 4), **BOTH)


def r_nested_written(x):
    y = x.squeeze().clone(); y.mul_(2); return y, x.squeeze() + y


case("nested_written", r_nested_written, f(2, 3, 4), **BOTH)
script("nested_optional", "x: Tensor, n: Tensor", """
y: Optional[Tensor] = None
if n.sum() > 2:
    if n[0] > 0:
        y = x
else:
    if n[0] > 0:
        y = x * 3
    else:
        y = x - 1
z = y
if n[0] > 5:
    z = x * 2
if z is not None:
    return z.sum()
return x.mean()""", f(2, 3, 4), tensor([1.0, 2.0]), also=[(f(2, 3, 4), tensor(v)) for v in ([1.0, 0.5], [-1.0, 9.0], [-1.0, 0.0], [6.0, 1.0])])
