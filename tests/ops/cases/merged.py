# SPDX-License-Identifier: Apache-2.0
"""What nested branches leave in one variable: memory that is one of several, choices of choices; the inputs n and m of
every case take every path."""
import torch
from torch import Tensor, nn

from record import *

family("merged")

X = f(2, 3)
PATHS = {"also": [(X, tensor(i), tensor(j)) for i in range(3) for j in range(3) if i or j]}


def paths(name, body, **options):
    script(name, "x: Tensor, n: Tensor, m: Tensor", body, X, tensor(0), tensor(0), **PATHS, **options)


# --- memory

paths("nested_alias", """
a, b = x.clone(), x * 2
if n == 1:
    c = a
else:
    if n == 2:
        c = b
    else:
        c = x + 7
c += 1
return a, b, c + m""")
paths("view_of_chosen_written", """
a, b, z = x.clone(), x * 2, x[0] * 3
parts = [a, b]
j = int(n) % 2
c = parts[j][0]
if m == 1:
    d = c
else:
    d = z
d.add_(1)
return a, b, z, d""")
paths("chain_written", """
a, b, z = x.clone(), x * 2, x * 3
c = a if bool(n == 1) else b
if m == 1:
    d = c
else:
    d = z
c += 1
return a, b, c, d, z""")
paths("chain_ends_written", """
a, b, z = x.clone(), x * 2, x * 3
if n == 1:
    c = a
else:
    c = b
if m == 1:
    d = c
else:
    d = z
a += 1
d *= 2
return a, b, c, d, z""")
paths("three_deep", """
a, b, z = x.clone(), x * 2, x * 3
if n == 1:
    if m == 0:
        c = a
    elif m == 1:
        c = b
    else:
        c = x * 9
else:
    if m == 2:
        c = z
    else:
        c = a
z += 5
c *= 2
a -= 1
return a, b, c, z""")
paths("views_of_nested", """
a, b = x.clone(), x * 2
if n == 1:
    c = a
elif n == 2:
    c = b
else:
    c = a
v = c[0]
v += 1
w = a[:, 1]
w *= 2
return a, b, c, v, w + m""")
paths("nested_optional", """
a, b = x.clone(), x * 2
c: Optional[Tensor] = None
if n == 1:
    if m == 1:
        c = a
    else:
        c = b
if c is not None:
    c += 1
return a, b""")
paths("optional_twice", """
a, b = x.clone(), x * 2
c: Optional[Tensor] = None
if n == 1:
    c = a
if m == 1:
    c = b
if c is not None:
    c += 1
    c[0] = 7
return a, b""")
paths("nested_tuple", """
a, b = x.clone(), x * 2
if n == 1:
    if m == 1:
        t = (a, b)
    else:
        t = (b, b)
else:
    t = (x * 4, a)
t[0].add_(1)
t[1].mul_(3)
return a, b, t[0], t[1]""")
paths("item_or_other", """
a, b = x.clone(), x * 2
l = [a, b]
if n == 1:
    c = l[int(m > 0)]
else:
    c = b
c += 1
return a, b, c, l[0], l[1]""")

# --- choices

paths("tuple_of_choices", """
y: Optional[Tensor] = None
z: Optional[Tensor] = None
if n == 1:
    y = x
if m == 1:
    p = (y, z)
else:
    if m == 2:
        p = (z, y)
    else:
        p = (y, y)
s = x * 0
a, b = p
if a is not None:
    s = s + a
if b is not None:
    s = s + b * 10
return s""")
paths("tuple_with_none", """
if n == 1:
    t: Tuple[Optional[Tensor], int] = (None, 1)
else:
    t = (x, 2)
if m == 1:
    t = (x * 2, 3)
y = t[0]
if y is not None:
    return x + y * t[1]
return x - 1""")
SIZES = [(1, 3, 1), (1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2), (2, 2, 3), (2, 2, 1), (2, 1, 3)]
script("squeeze_three", "x: Tensor", "return x.squeeze()", f(2, 1, 4), dyn=[(f(*s),) for s in SIZES])
script("squeeze_of_data", "x: Tensor", "return (x > 0).nonzero().squeeze() + 1", tensor([1.0, 2.0, 3.0]),
       also=[(tensor([-1.0, 2.0, -3.0]),), (tensor([-1.0, -2.0, -3.0]),)])
script("squeeze_size_of_data", "d: Tensor, e: Tensor", "return torch.ones(int(d[0]), int(e[0])).squeeze(0)",
       tensor([1]), tensor([4]), also=[(tensor([3]), tensor([4])), (tensor([0]), tensor([2]))])

# --- a step that reads constants alone: runtimes compute it when they load the file


class StartOfConstants(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.cell, self.gru = nn.Embedding(4, 3), nn.LSTMCell(3, 2), nn.GRUCell(3, 2)

    def forward(self, x: Tensor):
        first = self.embed(torch.zeros(1, dtype=torch.long))
        h, c = self.cell(first)
        for i in range(int(x.sum().abs())):
            h, c = self.cell(x, (h, c))
        return h, c, self.gru(x, self.gru(first))


case("start_of_constants", lambda: settle(StartOfConstants()), tensor([[1.0, 2.0, 0.5]]), scripted=True, also=[(torch.zeros(1, 3),)])

# --- one of three

paths("three_ranks", """
if n == 1:
    y = x
elif n == 2:
    y = x[0]
else:
    y = x.unsqueeze(0) * 2
if m == 1:
    y = y + 1
return (y * 2).sum(-1).flatten()""")
paths("three_types", """
if n == 1:
    y = x
elif m == 2:
    y = x > 0
elif n == 2:
    y = x.long()
else:
    y = x.double() / 3
return (y + 1).float() * 2""")
paths("none_or_two_ranks", """
y: Optional[Tensor] = None
if n == 1:
    y = x
elif n == 2:
    y = x[1]
if m == 2:
    y = None
if y is None:
    return x.sum() - 1
return (y * 3).sum()""")
paths("ranks_in_a_loop", """
y = x
for i in range(int(n)):
    if i + m > 1:
        y = y.sum(0, keepdim=True)
    else:
        y = y * 2
return y.sum(-1)""")
paths("three_in_a_tuple", """
if n == 1:
    t = (x, 1)
elif n == 2:
    t = (x[0], 2)
else:
    t = (x.sum(), 3)
y, k = t
return (y * k + m).sum()""")

# --- quantized tensors whose scales differ from arm to arm

script("quantized_otherwise", "x: Tensor, n: Tensor, m: Tensor", """
if n == 1:
    q = torch.quantize_per_tensor(x, 0.125, 128, torch.quint8)
elif n == 2:
    q = torch.quantize_per_tensor(x * 2, 0.25, 100, torch.quint8)
else:
    q = torch.quantize_per_tensor(x - m, 0.0625, 120, torch.quint8)
r = torch.relu(q)
return q.dequantize(), r.dequantize() * 2""", X, tensor(0), tensor(0), int8=True, **PATHS)
