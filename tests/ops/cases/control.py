# SPDX-License-Identifier: Apache-2.0
"""Branches and loops that data or dynamic sizes decide; inputs of every case take every path."""
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from record import *

family("control")

UP, DOWN, NONE = tensor([[1.0, 2.0], [3.0, 0.5]]), tensor([[-1.0, -2.0], [0.25, -0.5]]), torch.zeros(2, 2)
WAYS = {"also": [(DOWN,), (NONE,)]}
ROWS = {"dyn": (f(6, 2),), "also": [(f(1, 2),)]}


def module(name, made, *inputs, **options):
    """A module with submodules or methods of its own, scripted."""
    case(name, lambda: settle(made()), *inputs, scripted=True, **options)


# --- branches

script("if_tensor", "x: Tensor", "if x.sum() > 0:\n    y = x + 1\nelse:\n    y = x - 1\nreturn y", UP, **WAYS)
script("if_item", "x: Tensor", "if x.max().item() > 2.5:\n    y = x + 1\nelse:\n    y = x - 1\nreturn y", UP, **WAYS)
script("if_int", "x: Tensor", "n = int(x.sum())\nif n > 3:\n    y = x + n\nelse:\n    y = x - n\nreturn y", UP, **WAYS)
script("if_float", "x: Tensor", "m = float(x.mean())\nif m < 0.5:\n    y = x + 1\nelse:\n    y = x * m\nreturn y", UP, **WAYS)
script("if_any", "x: Tensor", "if bool((x > 2).any()):\n    y = x + 1\nelse:\n    y = x - 1\nreturn y", UP, **WAYS)
script("if_bool_input", "x: Tensor, b: Tensor", "return x if bool(b) else -x", UP, tensor(True), also=[(UP, tensor(False))])
script("elif_chain", "x: Tensor", """
s = x.sum()
if s > 5:
    y = x * 2
elif s > 0:
    y = x * 3
elif s == 0:
    y = x + 7
else:
    y = x.abs()
return y""", UP, **WAYS)
script("and_or_not", "x: Tensor", """
a = bool(x.sum() > 0)
b = bool(x.max() > 2)
y = x
if a and b:
    y = y + 1
if a or not b:
    y = y * 2
if not (a and not b):
    y = y - 3
return y""", UP, also=[(DOWN,), (NONE,), (tensor([[1.0, 1.0], [0.0, 0.0]]),)])
script("only_one_arm", "x: Tensor", "if x.sum() > 0:\n    x = x * 3\nreturn x", UP, **WAYS)
script("nested", "x: Tensor", """
y = x + 1
if x.sum() > 0:
    if x.max() > 2:
        y = x * 2
    else:
        y = y * 5
else:
    if x.min() < -1:
        y = y.abs()
return y""", UP, also=[(DOWN,), (NONE,), (UP * 0.1,), (DOWN * 0.1,)])
script("numbers_merged", "x: Tensor", """
n = 1
r = 0.5
b = False
if x.sum() > 0:
    n = 3
    r = 2.5
    b = True
if b:
    r = r + n
return x * r + n, torch.full([2], n), r, n, b""", UP, **WAYS)
script("sizes_merged", "x: Tensor", """
if x.sum() > 0:
    y = x
else:
    y = torch.cat([x, x])
return y, y.size(0), y.view(-1) * y.size(0)""", UP, **WAYS)
script("tuple_merged", "x: Tensor", """
t = (x, 1)
if x.sum() > 0:
    t = (x + 1, 2)
a, n = t
return a * n, t""", UP, **WAYS)
script("list_merged", "x: Tensor", """
if x.sum() > 0:
    l = [x, x + 1]
else:
    l = [x * 2, x * 3]
l.append(x)
return torch.cat(l), l[1]""", UP, **WAYS)
script("list_lengths", "x: Tensor", """
l = [x]
if x.sum() > 0:
    l.append(x + 1)
    l.append(x + 2)
return torch.cat(l), torch.stack(l, 1), len(l), l[-1], l[0]""", UP, **WAYS)
script("int_list_lengths", "x: Tensor", """
l = [1, 2]
if x.sum() > 0:
    l.append(5)
else:
    l = [7]
return torch.tensor(l), sum(l), len(l), max(l)""", UP, **WAYS)
script("dict_merged", "x: Tensor", """
d = {"a": x, "b": x + 1}
if x.sum() > 0:
    d["a"] = x * 4
    d["b"] = d["a"] + d["b"]
return d["a"], d["b"]""", UP, **WAYS)
script("dict_key_added", "x: Tensor", """
d = {"a": x}
if x.sum() > 0:
    d["b"] = x * 4
else:
    d["b"] = x * 5
return d["b"], d["a"]""", UP, **WAYS)
script("optional_decided", "x: Tensor", """
o: Optional[Tensor] = None
if x.sum() > 0:
    o = x * 2
y = x
if o is not None:
    y = y + o
else:
    y = y - 1
return y""", UP, **WAYS)
script("optional_twice", "x: Tensor", """
o: Optional[Tensor] = None
if x.sum() > 0:
    if x.max() > 2:
        o = x * 2
if o is None:
    o = x.abs()
return o + 1""", UP, also=[(DOWN,), (NONE,), (UP * 0.1,)])
script("optional_int", "x: Tensor", """
o: Optional[int] = None
if x.sum() > 0:
    o = 3
return x * o if o is not None else x""", UP, **WAYS)
script("ranks_differ_inside", "x: Tensor", """
if x.sum() > 0:
    y = x.sum(0)
else:
    y = x
if x.sum() > 0:
    z = y + 1
else:
    z = y.sum(1)
return z""", UP, **WAYS)
script("written_in_place", "x: Tensor", """
y = x.clone()
v = y[0]
if x.sum() > 0:
    y += 1
    v *= 2
else:
    v += 5
return y, v, x""", UP, **WAYS)
script("view_of_base", "x: Tensor", """
y = x.clone()
v = y[1]
y += 1
if x.sum() > 0:
    z = v * 2
else:
    z = v - 2
    y[0] = 9.0
return y, v, z""", UP, **WAYS)
script("slice_written", "x: Tensor", """
y = x.clone()
if x.sum() > 0:
    y[:, 0] = 7
else:
    y[1, :] = x[0] * 2
return y""", UP, **WAYS)
script("list_in_one_arm", "x: Tensor", """
l = [x, x + 1]
if x.sum() > 0:
    l[0] = x * 9
else:
    l[1] = l[0] + l[1]
return l[0], l[1]""", UP, **WAYS)
script("early_return", "x: Tensor", """
if x.sum() > 0:
    return x + 1
y = x * 2
if y.max() > 0.2:
    return y
return y - 1""", UP, **WAYS)
script("early_return_tuple", "x: Tensor", """
if x.sum() > 0:
    return x + 1, 3
if x.max() > 0.2:
    return x, 4
return x - 1, 5""", UP, **WAYS)
script("raise_in_arm", "x: Tensor", """
if x.sum() > 100:
    raise ValueError("too large")
if x.numel() == 0:
    raise ValueError("empty")
assert bool((x < 50).all()), "large"
return x + 1""", UP, **WAYS)
script("raise_deep", "x: Tensor", """
if x.sum() > 0:
    y = x
else:
    if x.sum() < -1000:
        raise ValueError("too small")
    y = x * 2
return y""", UP, **WAYS)
script("ternary", "x: Tensor", "y = x + 1 if x.sum() > 0 else x - 1\nn = 2 if bool(x.max() > 2) else 5\nreturn y * n", UP, **WAYS)
script("same_in_both", "x: Tensor", """
k = 2
m = "relu"
if x.sum() > 0:
    y = x * k
else:
    y = x - k
if m == "relu":
    y = torch.relu(y)
return y""", UP, **WAYS)
script("dtype_kept", "x: Tensor", """
i = (x * 4).to(torch.int64)
b = x > 0
if x.sum() > 0:
    i = i + 1
    b = ~b
return i, b""", UP, **WAYS)


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.scale = 2.0

    def helper(self, x: Tensor, k: int) -> Tensor:
        if x.mean() > 0.5:
            return self.fc(x) * k
        return x * self.scale

    def forward(self, x: Tensor) -> Tensor:
        if x.sum() > 0:
            x = self.helper(x, 2)
        else:
            x = self.fc(x)
        return x


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = Inner(), Inner()
        self.bn = nn.BatchNorm1d(2)

    def forward(self, x: Tensor) -> Tensor:
        if bool((x > 2.5).any()):
            return self.b(self.a(x))
        return self.bn(self.a(x))


module("in_methods", Outer, UP, **WAYS)


class Pair(NamedTuple):
    left: Tensor
    right: Tensor


class WithPair(nn.Module):
    def forward(self, x: Tensor):
        p = Pair(x, x + 1)
        if x.sum() > 0:
            p = Pair(p.right, p.left * 2)
        return p.left - p.right, p


module("named_tuple", WithPair, UP, **WAYS)


class Gates(nn.Module):
    def __init__(self):
        super().__init__()
        self.experts = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:
        which = int(x.sum().abs()) % 3
        y = x
        for i, e in enumerate(self.experts):
            if i == which:
                y = e(x)
        return y


module("experts", Gates, UP, **WAYS)


class BatchLimit(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(2, 3, 3, padding=1)
        self.norm = nn.BatchNorm1d(3)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[2] < 4:
            x = F.pad(x, [0, 4 - x.shape[2]])
        y = self.norm(self.conv(x))
        if x.size(0) == 1:
            y = y * 2
        return y


module("on_sizes", BatchLimit, f(2, 2, 5), dyn=(f(1, 2, 3),), also=[(f(3, 2, 4),), (f(1, 2, 7),)])

# --- branches on sizes, sizes as floats

script("size_even", "x: Tensor", """
n = x.size(0)
if n % 2 == 0:
    y = x[: n // 2] + x[n // 2 :]
else:
    y = x * 2
return y""", f(4, 2), dyn=(f(5, 2),), also=[(f(6, 2),), (f(1, 2),)])
script("size_compare", "x: Tensor, y: Tensor", """
if x.size(0) > y.size(0):
    z = x[: y.size(0)]
else:
    z = y[: x.size(0)]
return z""", f(4, 2), f(3, 2), dyn=(f(2, 2), f(5, 2)), also=[(f(3, 2), f(3, 2))])
script("size_fractions", "x: Tensor", """
n = x.size(0)
a = x[: int(n / 2)]
b = x[: int(n * 0.7)]
c = x[: math.ceil(n / 3)]
d = x[: int(round(n / 2))]
e = torch.zeros(int(n ** 0.5))
return a, b, c, d, e, n / 4, n * 0.3""", f(5, 2), dyn=(f(9, 2),), also=[(f(1, 2),), (f(10, 2),), (f(7, 2),)])
script("size_bits", "x: Tensor", """
n = x.size(0)
q, r = divmod(n, 3)
a = torch.zeros(n & 3)
b = torch.zeros(max(1, n << 1))
c = torch.zeros(n >> 1)
d = torch.zeros(int(2 ** (n % 4)))
e = torch.zeros(n & 6, n | 4, n ^ 1)
return a, b, c, d, q, r, e""", f(5, 2), dyn=(f(8, 2),), also=[(f(1, 2),), (f(6, 2),)])
script("size_math", "x: Tensor", """
n = x.size(0)
s = math.sqrt(n) + math.log(n + 1) - math.exp(n * 0.1)
t = float(n) * 2.0 - 1
k = math.floor(n * 1.5)
return x * s + t, x / math.sqrt(n), k, min(n, 3) * 0.5, abs(2 - n), n // 2.0""", f(5, 2), dyn=(f(8, 2),), also=[(f(1, 2),)])
script("size_pad_to_multiple", "x: Tensor", """
n = x.size(1)
m = int(math.ceil(n / 4.0)) * 4
y = F.pad(x, [0, m - n])
return y.view(x.size(0), -1, 4)""", f(2, 5), dyn=(f(3, 8),), also=[(f(1, 1),)])
script("size_scale", "x: Tensor", """
h = int(x.size(2) * 1.5)
w = int(x.size(3) / 2)
return F.interpolate(x, size=[h, w])""", f(1, 1, 4, 6), dyn=(f(1, 1, 5, 9),), also=[(f(1, 1, 2, 2),)])

# --- loops

script("for_size", "x: Tensor", """
y = torch.zeros(2)
for i in range(x.size(0)):
    y = y * 0.5 + x[i]
return y""", f(4, 2), **ROWS)
script("for_data", "x: Tensor, n: Tensor", """
for i in range(int(n)):
    x = x * 2 + i
return x""", UP, tensor(3), also=[(UP, tensor(0)), (UP, tensor(1)), (UP, tensor(5))])
script("for_step", "x: Tensor", """
y = x[0]
for i in range(x.size(0) - 1, 0, -2):
    y = y + x[i] * i
return y""", f(4, 2), **ROWS)
script("for_start", "x: Tensor", """
y = torch.zeros(2)
for i in range(1, x.size(0), 3):
    y = y + x[i]
return y""", f(4, 2), **ROWS)
script("for_nothing_carried", "x: Tensor", "for i in range(x.size(0)):\n    y = x + i\nreturn x", f(4, 2), **ROWS)
script("while_data", "x: Tensor", "while bool(x.sum() < 100):\n    x = x * 2\nreturn x", pos(2, 3), also=[(pos(2, 3) * 100,)])
script("while_never", "x: Tensor", "while bool(x.sum() > 100):\n    x = x * 2\nreturn x + 1", UP)
script("while_counted", "x: Tensor", """
n = 0
s = 0.0
while s < 10 and n < 20:
    s += float(x.abs().sum()) + 0.25
    n += 1
return x * s, n""", UP, **WAYS)
script("newton", "x: Tensor", """
y = x.abs() + 1
k = 0
err = torch.tensor(1.0)
while bool(err > 1e-4) and k < 50:
    z = 0.5 * (y + x / y)
    err = (z - y).abs().max()
    y = z
    k += 1
return y, k""", pos(2, 3), also=[(pos(2, 3) * 100,)])
script("grows_by_cat", "x: Tensor, n: Tensor", """
y = x
for i in range(int(n)):
    y = torch.cat([y, x * i])
return y, y.size(0)""", UP, tensor(2), also=[(UP, tensor(0)), (DOWN, tensor(4))])
script("shrinks", "x: Tensor", """
while x.size(0) > 1:
    x = x[1:] + x[:-1]
return x""", f(4, 2), **ROWS)
script("halves", "x: Tensor", """
while x.size(0) > 2:
    n = x.size(0) // 2
    x = x[:n] + x[n : 2 * n]
return x""", f(8, 2), dyn=(f(5, 2),), also=[(f(2, 2),), (f(16, 2),)])
script("nested_loops", "x: Tensor", """
y = torch.zeros(())
for i in range(x.size(0)):
    for j in range(i):
        y = y + x[i, 0] * x[j, 1]
return y""", f(4, 2), **ROWS)
script("nested_fixed", "x: Tensor", """
y = torch.zeros(2)
for i in range(x.size(0)):
    for j in range(2):
        y[j] = y[j] * 0.5 + x[i, j]
return y""", f(4, 2), **ROWS)
script("continue_break", "x: Tensor", """
y = torch.zeros(2)
for i in range(x.size(0)):
    if x[i].sum() < 0:
        continue
    if x[i].sum() > 5:
        break
    y = y + x[i]
return y""", tensor([[1.0, 1.0], [-1.0, 0.0], [2.0, 1.0], [4.0, 4.0], [1.0, 1.0]]),
       dyn=(tensor([[9.0, 1.0], [2.0, 2.0]]),), also=[(tensor([[1.0, 1.0], [-3.0, 2.0], [1.0, 0.5]]),)])
script("while_true_break", "x: Tensor", """
n = 0
while True:
    x = x + 1
    n += 1
    if bool(x.sum() > 20):
        break
return x, n""", UP, **WAYS)
script("return_in_loop", "x: Tensor", """
for i in range(x.size(0)):
    if x[i].sum() > 2:
        return x[i] * 2
return x[0]""", tensor([[1.0, 0.0], [3.0, 1.0], [5.0, 5.0]]), dyn=(tensor([[0.0, 1.0], [1.0, 0.5]]),))
script("if_in_loop", "x: Tensor", """
p = torch.zeros(2)
n = torch.zeros(2)
k = 0
for i in range(x.size(0)):
    if x[i].sum() > 0:
        p = p + x[i]
        k += 1
    else:
        n = n - x[i]
return p, n, k""", f(4, 2), **ROWS)
script("loop_in_if", "x: Tensor", """
y = x.sum(0)
if x.sum() > 0:
    for i in range(x.size(0)):
        y = y * 0.5 + x[i]
else:
    y = -y
return y""", f(4, 2).abs(), dyn=(-f(6, 2).abs(),), also=[(f(3, 2).abs(),)])
script("optional_carried", "x: Tensor", """
h: Optional[Tensor] = None
for i in range(x.size(0)):
    if h is None:
        h = x[i]
    else:
        h = h * 0.5 + x[i]
assert h is not None
return h""", f(4, 2), **ROWS)
script("tuple_carried", "x: Tensor", """
s = (torch.zeros(2), torch.ones(2))
for i in range(x.size(0)):
    s = (s[1] + x[i], s[0])
return s""", f(4, 2), **ROWS)
script("dict_carried", "x: Tensor", """
d = {"a": torch.zeros(2), "n": torch.ones(2)}
for i in range(x.size(0)):
    d["a"] = d["a"] + x[i] * d["n"]
    d["n"] = d["n"] + 1
return d["a"], d["n"]""", f(4, 2), **ROWS)
script("list_items_carried", "x: Tensor", """
l = [torch.zeros(2), torch.zeros(2)]
for i in range(x.size(0)):
    l[i % 2 if i < 0 else 1] = l[0] + x[i]
    l[0] = l[1] * 0.5
return l[0], l[1]""", f(4, 2), **ROWS)
script("written_in_loop", "x: Tensor", """
y = torch.zeros(x.size(0), 2)
for i in range(x.size(0)):
    y[i] = x[i] * i
    y[0] += 1
return y""", f(4, 2), **ROWS)
script("view_written_in_loop", "x: Tensor", """
y = x.clone()
v = y[0]
for i in range(x.size(0)):
    v += x[i]
return y, v""", f(4, 2), **ROWS)
script("add_in_place", "x: Tensor", """
y = torch.zeros(2)
for i in range(x.size(0)):
    y += x[i]
return y""", f(4, 2), **ROWS)
script("fill_triangle", "x: Tensor", """
n = x.size(0)
m = torch.zeros(n, n)
for i in range(n):
    m[i, : i + 1] = x[i, 0]
return m""", f(4, 2), **ROWS)

# --- lists in loops

script("append_stack", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    l.append(x[i] * i)
return torch.stack(l), torch.stack(l, 1), torch.cat(l), len(l)""", f(4, 2), **ROWS)
script("append_after_items", "x: Tensor", """
l = [x[0] - 1]
for i in range(x.size(0)):
    l.append(x[i] * i)
l.append(x[0] + 1)
return torch.stack(l), l[0], l[-1], len(l)""", f(4, 2), **ROWS)
script("append_two", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    l.append(x[i])
    l += [x[i] * 2]
return torch.stack(l)""", f(4, 2), **ROWS)
script("append_sometimes", "x: Tensor", """
l = [x[0]]
for i in range(x.size(0)):
    if x[i].sum() > 0:
        l.append(x[i])
return torch.stack(l)""", f(4, 2), **ROWS)
script("append_numbers", "x: Tensor", """
l: List[int] = []
r: List[float] = []
b: List[bool] = []
for i in range(x.size(0)):
    l.append(i * 2)
    r.append(float(x[i].sum()))
    b.append(bool(x[i, 0] > 0))
return torch.tensor(l), torch.tensor(r), torch.tensor(b), sum(l), max(l)""", f(4, 2), **ROWS)
script("append_nested", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    for j in range(2):
        l.append(x[i] * j)
return torch.stack(l)""", f(4, 2), **ROWS)
script("append_triangle", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    for j in range(i + 1):
        l.append(x[j] + i)
return torch.stack(l)""", f(4, 2), **ROWS)
script("read_while_appending", "x: Tensor", """
l = [x[0]]
for i in range(x.size(0)):
    l.append(l[-1] * 0.5 + x[i] + len(l))
return torch.stack(l), l[1]""", f(4, 2), **ROWS)
script("list_queue", "x: Tensor", """
l = [x[0], x[0] + 1]
y = torch.zeros(2)
for i in range(x.size(0)):
    l.append(x[i])
    y = y + l.pop(0) * i
return y, torch.stack(l)""", f(4, 2), **ROWS)
script("list_edited", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    l.append(x[i] + i)
l.insert(1, x[0] * 9)
l[0] = x[0] * 7
t = l.pop()
l.append(t * 2)
m = l[1:]
m.reverse()
return torch.stack(l), torch.stack(m), torch.stack(l + m)""", f(4, 2), dyn=(f(6, 2),))
script("list_walked", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    l.append(x[i] + i)
y = torch.zeros(2)
for t in l:
    y = y * 0.5 + t
return y""", f(4, 2), **ROWS)
script("tuples_appended", "x: Tensor", """
l: List[Tuple[Tensor, int]] = []
for i in range(x.size(0)):
    l.append((x[i], i))
y = torch.zeros(2)
for t, n in l:
    y = y + t * n
return y""", f(4, 2), **ROWS)
script("unbind_walked", "x: Tensor", """
y = torch.zeros(2)
for t in x.unbind(0):
    y = y * 0.5 + t
return y""", f(4, 2), **ROWS)
script("unbind_inner", "x: Tensor", """
l = [t * 2 for t in x.unbind(1)]
return torch.stack(l, 1)""", f(2, 4), dyn=(f(2, 6),), also=[(f(2, 1),)])
script("split_walked", "x: Tensor", """
l: List[Tensor] = []
for t in x.split(2):
    l.append(t.sum(0))
return torch.stack(l)""", f(5, 2), dyn=(f(6, 2),), also=[(f(1, 2),), (f(8, 2),)])
script("index_by_data", "x: Tensor, n: Tensor", "l = [x, x + 1, x * 2]\nreturn l[int(n)]", UP, tensor(1), also=[(UP, tensor(0)), (UP, tensor(2))])

# --- who shares memory with whom

script("alias_read_only", "x: Tensor", """
y = x.clone()
if x.sum() > 0:
    z = y
else:
    z = y + 1
return z * 2, y""", UP, **WAYS)
script("alias_written_alone", "x: Tensor", """
y = x.clone()
if x.sum() > 0:
    z = y
else:
    z = y + 1
z += 1
return z""", UP, **WAYS)
script("alias_written", "x: Tensor", """
y = x.clone()
if x.sum() > 0:
    z = y
else:
    z = y + 1
z += 1
return z, y""", UP, **WAYS)
script("alias_base_written", "x: Tensor", """
y = x.clone()
if x.sum() > 0:
    z = y[0]
else:
    z = y[1] + 1
y += 1
return z, y""", UP, **WAYS)
script("alias_either", "x: Tensor", """
a = x.clone()
b = x * 2
v = a[0]
if x.sum() > 0:
    z = a
else:
    z = b
z.mul_(3)
v += 1
z[1] = 7
b.sub_(1)
return a, b, z, v""", UP, **WAYS)
script("alias_or_new", "x: Tensor", """
y = x.clone()
z = y
if x.sum() > 0:
    z = y + 1
    y *= 2
y.add_(5)
z.neg_()
return y, z""", UP, **WAYS)
script("alias_carried", "x: Tensor", """
y = torch.zeros(2)
z = y
for i in range(x.size(0)):
    z = z + x[i]
    z *= 2
return z, y""", f(4, 2), **ROWS)
script("alias_carried_written", "x: Tensor", """
y = torch.zeros(2)
z = y
for i in range(x.size(0)):
    z *= 2
    z = z + x[i]
return z, y""", f(4, 2), **ROWS)
script("alias_in_list", "x: Tensor", """
h = torch.zeros(2)
l: List[Tensor] = []
for i in range(x.size(0)):
    h += x[i]
    l.append(h)
return torch.stack(l)""", f(4, 2))
script("alias_in_list_cloned", "x: Tensor", """
h = torch.zeros(2)
l: List[Tensor] = []
for i in range(x.size(0)):
    h += x[i]
    l.append(h.clone())
return torch.stack(l)""", f(4, 2), **ROWS)
script("alias_in_list_next_turn", "x: Tensor", """
h = torch.zeros(2)
l: List[Tensor] = []
for i in range(x.size(0)):
    h *= 0.5
    h = h + x[i]
    l.append(h)
return torch.stack(l)""", f(4, 2))
script("alias_shape_in_place", "x: Tensor", """
y = x.clone()
if x.sum() > 0:
    y.unsqueeze_(0)
return y.sum()""", UP, **WAYS)
script("alias_of_list", "x: Tensor", """
l = [x, x + 1]
m = l
if x.sum() > 0:
    m.append(x * 2)
return len(l), torch.cat(l)""", UP, **WAYS)
script("alias_dict_value", "x: Tensor", """
d = {"a": x.clone()}
v = d["a"]
if x.sum() > 0:
    d["a"] += 1
else:
    v *= 3
return d["a"], v""", UP, **WAYS)
script("alias_view_chain", "x: Tensor", """
y = x.clone()
v = y.t()
w = v[0]
for i in range(x.size(0)):
    if x[i].sum() > 0:
        w += 1
    else:
        v[1] *= 2
return y, v, w""", f(4, 2), **ROWS)
script("alias_attribute_like", "x: Tensor", """
t = (x.clone(), 1)
u = t[0]
if x.sum() > 0:
    t[0].add_(1)
    t = (t[0], 2)
return t, u""", UP, **WAYS)

# --- whole programs


class CellLoop(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(2, 3)

    def forward(self, x: Tensor, h: Optional[Tensor] = None) -> Tuple[Tensor, Tensor]:
        if h is None:
            h = torch.zeros(x.size(1), 3)
        out: List[Tensor] = []
        for t in range(x.size(0)):
            h = self.cell(x[t], h)
            out.append(h)
        return torch.stack(out), h


module("gru_over_time", CellLoop, f(4, 2, 2), dyn=(f(6, 3, 2),), also=[(f(1, 1, 2),)])


class Greedy(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.cell, self.out = nn.Embedding(5, 4), nn.GRUCell(4, 4), nn.Linear(4, 5)

    def forward(self, memory: Tensor, most: int = 6) -> Tensor:
        h = memory.mean(0, keepdim=True)
        token = torch.zeros(1, dtype=torch.long)
        ids: List[Tensor] = []
        while len(ids) < most:
            h = self.cell(self.embed(token), h)
            token = self.out(h).argmax(1)
            ids.append(token)
            if int(token) == 1:
                break
        return torch.cat(ids)


module("greedy_decoder", Greedy, f(3, 4), dyn=(f(5, 4, span=9.0),), also=[(f(2, 4, span=30.0),)])


class Beam(nn.Module):
    def __init__(self):
        super().__init__()
        self.next = nn.Linear(6, 6)

    def forward(self, first: Tensor, steps: Tensor) -> Tuple[Tensor, Tensor]:
        scores = torch.log_softmax(first, 0)
        best, ids = scores.topk(3)
        seqs = ids.unsqueeze(1)
        history: List[Tensor] = []
        for t in range(int(steps)):
            logits = torch.log_softmax(self.next(F.one_hot(seqs[:, -1], 6).float()), 1)
            total = (best.unsqueeze(1) + logits).view(-1)
            best, flat = total.topk(3)
            seqs = torch.cat([seqs[torch.div(flat, 6, rounding_mode="floor")], (flat % 6).unsqueeze(1)], 1)
            history.append(best)
        return seqs, torch.stack(history) if len(history) > 0 else best.unsqueeze(0)


module("beam_search", Beam, f(6), tensor(3), also=[(f(6, span=5.0), tensor(1)), (f(6), tensor(0)), (f(6), tensor(6))])


class Nms(nn.Module):
    def forward(self, boxes: Tensor, scores: Tensor) -> Tensor:
        area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        order = scores.argsort(descending=True)
        keep: List[int] = []
        while order.numel() > 0:
            i = int(order[0])
            keep.append(i)
            if order.numel() == 1:
                break
            rest = order[1:]
            low = torch.max(boxes[i, :2], boxes[rest, :2])
            high = torch.min(boxes[i, 2:], boxes[rest, 2:])
            size = (high - low).clamp(min=0)
            both = size[:, 0] * size[:, 1]
            iou = both / (area[i] + area[rest] - both)
            order = rest[iou <= 0.3]
        return torch.tensor(keep)


def boxes(n, spread):
    low = (f(n, 2).abs() * spread).to(F32)
    return torch.cat([low, low + 1 + f(n, 2).abs()], 1)


module("nms", Nms, boxes(5, 1.0), f(5), dyn=(boxes(8, 2.0), f(8)), also=[(boxes(1, 1.0), f(1)), (boxes(3, 9.0), f(3))])


class Transducer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.cell, self.joint = nn.Embedding(5, 3), nn.LSTMCell(3, 3), nn.Linear(5, 5)

    def forward(self, enc: Tensor) -> Tensor:
        h, c = torch.zeros(1, 3), torch.zeros(1, 3)
        last = torch.zeros(1, dtype=torch.long)
        out: List[int] = []
        for t in range(enc.size(0)):
            n = 0
            while n < 2:
                h1, c1 = self.cell(self.embed(last), (h, c))
                k = int(self.joint(torch.cat([enc[t : t + 1], h1], 1)).argmax(1))
                if k == 0:
                    break
                out.append(k)
                last = torch.tensor([k])
                h, c = h1, c1
                n += 1
        return torch.tensor(out)


module("transducer", Transducer, f(4, 2, span=6.0), dyn=(f(7, 2, span=9.0),), also=[(f(1, 2),)])


class Voice(nn.Module):
    """A detector of voice activity: frames, a recurrent cell, hysteresis."""

    def __init__(self):
        super().__init__()
        self.conv, self.cell, self.out = nn.Conv1d(1, 3, 4, stride=4), nn.GRUCell(3, 3), nn.Linear(3, 1)

    def forward(self, wave: Tensor) -> Tuple[Tensor, Tensor]:
        h = torch.zeros(wave.size(0), 3)
        frames = torch.relu(self.conv(wave.unsqueeze(1)))
        probs: List[Tensor] = []
        active = False
        changes = 0
        for t in range(frames.size(2)):
            h = self.cell(frames[:, :, t], h)
            p = torch.sigmoid(self.out(h))
            probs.append(p)
            now = bool(p.mean() > (0.45 if active else 0.5))
            if now != active:
                changes += 1
                active = now
        return torch.cat(probs, 1), torch.tensor(changes)


module("voice_activity", Voice, f(2, 16), dyn=(f(3, 32),), also=[(f(1, 8),)])
