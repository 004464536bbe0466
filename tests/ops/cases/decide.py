# SPDX-License-Identifier: Apache-2.0
"""Programs that decide while they run: decoders, searches, routing, early exits, memories; inputs take every path."""
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from record import *

family("decide")

UP, DOWN, NONE = tensor([[1.0, 2.0], [3.0, 0.5]]), tensor([[-1.0, -2.0], [0.25, -0.5]]), torch.zeros(2, 2)
WAYS = {"also": [(DOWN,), (NONE,)]}
ROWS = {"dyn": (f(6, 2),), "also": [(f(1, 2),), (-f(3, 2).abs(),), (f(3, 2).abs(),)]}
NO_ROWS = {"dyn": (f(6, 2),), "also": [(f(1, 2),), (f(0, 2),), (f(3, 2).abs(),)]}


def module(name, made, *inputs, **options):
    case(name, lambda: settle(made()), *inputs, scripted=True, **options)


def scalars(*values):
    """Sets of one number each."""
    return [(tensor(v),) for v in values]


# --- numbers that the data decides

script("int_floor", "n: Tensor", """
k = int(n)
return k // 3, k % 3, k // -3, k % -3, -k // 2, (-k) % 5, divmod(k, 4)[0], divmod(k, -4)[1], abs(k) // 2""",
       tensor(7), also=scalars(-7, 0, -1, 6, -6))
script("float_floor", "x: Tensor", """
a = float(x)
return a // 0.75, a % 0.75, a // -0.75, a % -0.75, int(a), int(a * 2) % 3, round(a), math.floor(a), math.ceil(a)""",
       tensor(3.5), also=scalars(-3.5, 0.25, -0.25, 2.5, -2.5, 0.0))
script("int_wraps", "n: Tensor", """
k = int(n)
a = k * 3037000500
b = a * a
return a, b, b + 1 > b, k * 4611686018427387904""", tensor(3), also=scalars(-3, 0, 1, 1000))
script("int32_wraps", "n: Tensor", """
k = n * 2
if int(k) > 0:
    m = k + 1
else:
    m = k - 1
return m, int(m) + 1, m * m""", tensor(1 << 30, dtype=I32), also=[(tensor(5, dtype=I32),), (tensor(-5, dtype=I32),)])
script("item_arithmetic", "x: Tensor", """
a = x.max().item()
b = x.min().item()
c = (a - b) / 2 + 1
d = c ** 2 if c > 2 else c ** 0.5
return x * d, math.sqrt(c), d / c, min(a, 1.0), max(b, -0.5), int(a) + int(b), -b""", UP, **WAYS)
script("item_int_float", "n: Tensor, x: Tensor", """
k = int(n)
s = k / 4
t = k * 0.5 + 1
y = x * s + t
z = torch.full([2], t)
w = x + k
return y, z, w, s > t, k == t, float(k), k / (k * k + 1)""", tensor(3), UP, also=[(tensor(-2), UP), (tensor(0), DOWN)])
script("shifts", "n: Tensor", """
k = int(n)
return k >> 1, k << 2, k & 6, k | 9, k ^ 5""", tensor(13), also=scalars(-13, 0, 1))
script("powers", "n: Tensor", """
k = int(n)
return 2 ** k, k ** 2, 0.5 ** k, k ** 0.5, math.pow(k, 3), pow(2.0, k)""", tensor(3), also=scalars(0, 1, 10))
script("bool_numbers", "x: Tensor", """
a = bool(x.sum() > 0)
b = bool(x.max() > 2)
n = int(a) + int(b) * 2
m = float(a) - 0.5
return n, m, a and b, a or b, a != b, a == b, x * n + m, not a""", UP, also=[(DOWN,), (NONE,), (UP * 0.5,)])
script("chained_compare", "x: Tensor", """
s = float(x.sum())
if -1.0 < s < 3.0:
    y = x + 1
elif s in [6.5, 10.0]:
    y = x + 2
else:
    y = x + 3
return y""", UP, **WAYS)
script("size_of_numbers", "n: Tensor, x: Tensor", """
k = max(int(n), 0)
a = torch.arange(k)
b = torch.zeros(k, 2)
c = x[:k]
d = x[k:]
e = x.repeat(k + 1, 1)
return a, b, c, d, e, c.size(0), d.numel()""", tensor(2), f(4, 2), also=[(tensor(0), f(4, 2)), (tensor(4), f(4, 2)), (tensor(9), f(4, 2))])
script("slices_by_data", "n: Tensor, m: Tensor, x: Tensor", """
a = int(n)
b = int(m)
return x[a:b], x[b:a], x[a:], x[:b], x[:, a:b], x[a:b, 0].sum()""", tensor(1), tensor(3), f(4, 5),
       also=[(tensor(-3), tensor(-1), f(4, 5)), (tensor(0), tensor(0), f(4, 5)), (tensor(-9), tensor(9), f(4, 5)), (tensor(3), tensor(1), f(4, 5))])
script("steps_by_data", "n: Tensor, x: Tensor", """
k = int(n)
return x[::k], x[1::k], torch.arange(0, 10, k)""", tensor(2), f(7, 2), also=[(tensor(1), f(7, 2)), (tensor(3), f(7, 2)), (tensor(8), f(7, 2))])
script("range_by_data", "n: Tensor, m: Tensor, s: Tensor", """
t = 0
l: List[int] = []
for i in range(int(n), int(m), int(s)):
    t = t * 2 + i
    l.append(i)
return t, torch.tensor(l), len(l)""", tensor(1), tensor(7), tensor(2),
       also=[(tensor(7), tensor(1), tensor(-2)), (tensor(3), tensor(3), tensor(1)), (tensor(5), tensor(1), tensor(3)), (tensor(-4), tensor(4), tensor(3))])
script("gcd", "a: Tensor, b: Tensor", """
n = int(a)
m = int(b)
turns = 0
while m != 0:
    n, m = m, n % m
    turns += 1
return n, turns""", tensor(48), tensor(36), also=[(tensor(7), tensor(0)), (tensor(-12), tensor(18)), (tensor(17), tensor(-5))])
script("hash_of_ids", "ids: Tensor", """
h = 5381
for i in range(ids.size(0)):
    h = (h * 33 + int(ids[i])) % 1000003
    h = h ^ (h >> 3)
return h""", ints(5), dyn=(ints(9),), also=[(ints(1),), (ints(0),)])
script("digits", "n: Tensor", """
k = abs(int(n))
d: List[int] = []
while True:
    d.append(k % 10)
    k = k // 10
    if k == 0:
        break
d.reverse()
s = 0
for i, x in enumerate(d):
    s += x * (i + 1)
return torch.tensor(d), s, len(d), d[0], d[-1]""", tensor(9072), also=scalars(0, -5, 1000000))

# --- no turn, nothing there

script("no_turns", "x: Tensor", """
y = x.sum(0)
last = -1
for i in range(x.size(0)):
    y = y * 2 + x[i]
    last = i
l: List[Tensor] = []
for t in x:
    l.append(t * 2)
m = torch.stack(l) if len(l) > 0 else torch.full([1, 2], -1.0)
return y, last, m""", f(4, 2), **NO_ROWS)
script("empty_sums", "x: Tensor", """
keep = x[x[:, 0] > 0]
if keep.size(0) == 0:
    return torch.full([2], -7.0), 0
best = keep.max(0)[0]
n = 0
while n < keep.size(0) and bool(keep[n, 1] > -2):
    n += 1
return best, n""", f(4, 2), dyn=(f(6, 2),), also=[(-f(3, 2).abs(),), (f(1, 2).abs(),)])
script("empty_inner", "x: Tensor", """
y = torch.zeros(2)
for i in range(x.size(0)):
    for j in range(i, x.size(0) - i):
        y = y + x[j] * (i + 1)
return y""", f(5, 2), **NO_ROWS)

# --- loops of other shapes

script("enumerate_zip", "x: Tensor, y: Tensor", """
s = torch.zeros(2)
n = 0
for i, (a, b) in enumerate(zip(x.unbind(0), y.unbind(0))):
    if a.sum() > b.sum():
        s = s + a * i
    else:
        s = s - b
        n += i
return s, n""", f(4, 2), f(4, 2), dyn=(f(6, 2), f(6, 2)), also=[(f(1, 2), f(1, 2)), (f(2, 2), f(2, 2))])
script("zip_with_range", "x: Tensor", """
y = x + 1
l = [t * 2 for t in x.unbind(0)]
s = torch.zeros(2)
for i, a, b in zip(range(100), l, y.unbind(0)):
    s = s + a * i - b
for i, a in enumerate(l, 3):
    s = s + a * i
return s""", f(4, 2), **ROWS)
script("zip_of_enumerates", "x: Tensor", """
a: List[Tensor] = []
b: List[int] = []
for i in range(x.size(0)):
    if x[i, 0] > 0:
        a.append(x[i])
        b.append(i)
s = torch.zeros(2)
for t, k in zip(a, b):
    s = s + t * (k + 1)
return s, len(a)""", f(4, 2), **ROWS)
script("comprehensions", "x: Tensor", """
k = [int(v) for v in (x[:, 0] * 2).to(torch.long).unbind(0)]
a = [v * v for v in k]
b = [float(v) + 0.5 for v in a]
c = [x[i] * a[i] for i in range(len(a))]
return torch.tensor(a), torch.tensor(b), torch.stack(c), sum(a), max(k), min(b)""", f(4, 2), **ROWS)
script("sorted_lists", "x: Tensor", """
k: List[int] = []
for i in range(x.size(0)):
    k.append(int(x[i, 0] * 4))
s = sorted(k)
k.sort(reverse=True)
m = s[len(s) // 2]
return torch.tensor(s), torch.tensor(k), m, s[0], k[0], k.index(m), s.count(m), m in s, 77 in s""", f(4, 2), **ROWS)
script("max_of_lists", "x: Tensor", """
l: List[float] = []
for i in range(x.size(0)):
    l.append(float(x[i, 0]))
best = max(l)
where = 0
for i, v in enumerate(l):
    if v == best:
        where = i
        break
return best, min(l), where, sum(l), x[where]""", f(4, 2), **ROWS)
script("two_way_break", "x: Tensor", """
s = torch.zeros(2)
why = 0
for i in range(x.size(0)):
    for j in range(x.size(1)):
        if x[i, j] > 2.5:
            why = 1
            break
        s[j] += x[i, j]
    else_ = why == 1
    if else_ and i > 0:
        why = 2 + i
        break
return s, why""", f(4, 2), **ROWS)
script("nested_returns", "x: Tensor", """
for i in range(x.size(0)):
    if x[i, 0] > 2:
        for j in range(x.size(1)):
            if x[i, j] < 0:
                return x[i] * 10, i * 2 + j
        return x[i], -1
    elif x[i, 1] > 2.5:
        return x[i] * -1, -2
return x.sum(0), -3""", tensor([[0.0, 1.0], [3.0, -1.0]]), dyn=(tensor([[0.0, 1.0], [1.0, 3.0], [5.0, 5.0]]),),
       also=[(tensor([[4.0, 1.0]]),), (tensor([[1.0, 1.0], [0.5, 0.5]]),), (tensor([[1.0, 1.0], [2.5, 0.5]]),)])
script("while_true_three_exits", "x: Tensor", """
i = 0
s = torch.zeros(2)
while True:
    if i >= x.size(0):
        return s, 0
    s = s + x[i]
    if s.sum() > 6:
        return s * 2, 1
    i += 1
    if x[i - 1, 0] < -2:
        continue
    if s.sum() < -5:
        break
return -s, 2""", f(4, 2), **ROWS)
script("loop_variable_after", "x: Tensor", """
i = -1
j = -1
for i in range(x.size(0)):
    if x[i, 0] < 0:
        break
    j = i
return i, j, x[i]""", f(4, 2), **ROWS)
script("countdown_two", "x: Tensor", """
lo = 0
hi = x.size(0) - 1
n = 0
while lo < hi:
    if x[lo, 0] + x[hi, 0] > 0:
        hi -= 1
    elif x[lo, 0] + x[hi, 0] < -1:
        lo += 1
    else:
        lo += 1
        hi -= 1
        n += 1
return lo, hi, n""", f(6, 2), **ROWS)
script("bubble_sort", "x: Tensor", """
y = x.clone()
swapped = True
turns = 0
while swapped:
    swapped = False
    for i in range(y.size(0) - 1):
        if y[i] > y[i + 1]:
            t = y[i].clone()
            y[i] = y[i + 1]
            y[i + 1] = t
            swapped = True
    turns += 1
return y, turns""", f(5), dyn=(f(8),), also=[(f(1),), (tensor([1.0, 2.0, 3.0]),)])
script("sieve", "n: Tensor", """
k = int(n)
ok = torch.ones(k + 1, dtype=torch.bool)
ok[:2] = False
i = 2
while i * i <= k:
    if bool(ok[i]):
        ok[i * i :: i] = False
    i += 1
return ok.nonzero().view(-1)""", tensor(30), also=scalars(4, 2, 97))
script("union_find", "e: Tensor", """
n = 6
parent = torch.arange(n)
for i in range(e.size(0)):
    a = int(e[i, 0])
    b = int(e[i, 1])
    while int(parent[a]) != a:
        a = int(parent[a])
    while int(parent[b]) != b:
        b = int(parent[b])
    if a != b:
        parent[max(a, b)] = min(a, b)
roots: List[int] = []
for i in range(n):
    if int(parent[i]) == i:
        roots.append(i)
return parent, torch.tensor(roots), len(roots)""", tensor([[0, 1], [2, 3], [1, 3]]), dyn=(tensor([[0, 5], [4, 5], [4, 0], [1, 2]]),), also=[(tensor([[3, 3]]),), (torch.zeros(0, 2, dtype=I64),)])
script("dijkstra", "w: Tensor", """
n = w.size(0)
dist = torch.full([n], 1e9)
dist[0] = 0.0
done = torch.zeros(n, dtype=torch.bool)
for _ in range(n):
    d = dist.masked_fill(done, 1e10)
    u = int(d.argmin())
    done[u] = True
    for v in range(n):
        if not bool(done[v]) and float(w[u, v]) > 0:
            alt = dist[u] + w[u, v]
            if alt < dist[v]:
                dist[v] = alt
return dist""", f(4, 4), dyn=(f(6, 6),), also=[(f(1, 1),)])
script("stack_machine", "ops: Tensor, x: Tensor", """
stack: List[Tensor] = []
for i in range(ops.size(0)):
    o = int(ops[i])
    if o == 0:
        stack.append(x[i])
    elif o == 1 and len(stack) >= 2:
        b = stack.pop()
        a = stack.pop()
        stack.append(a + b)
    elif o == 2 and len(stack) >= 2:
        b = stack.pop()
        a = stack.pop()
        stack.append(a * b)
    elif o == 3 and len(stack) > 0:
        stack[-1] = -stack[-1]
if len(stack) == 0:
    return torch.zeros(2), 0
return stack[-1], len(stack)""", tensor([0, 0, 1, 3]), f(4, 2), dyn=(tensor([0, 0, 0, 2, 1, 3]), f(6, 2)), also=[(tensor([1]), f(1, 2)), (tensor([0, 3, 3, 0, 2]), f(5, 2))])
script("run_lengths", "ids: Tensor", """
values: List[int] = []
counts: List[int] = []
for i in range(ids.size(0)):
    v = int(ids[i])
    if len(values) > 0 and values[-1] == v:
        counts[-1] += 1
    else:
        values.append(v)
        counts.append(1)
return torch.tensor(values), torch.tensor(counts)""", tensor([1, 1, 2, 2, 2, 1]), dyn=(tensor([5, 5, 5]),), also=[(tensor([1]),), (tensor([1, 2, 3, 3]),)])
script("longest_increasing", "x: Tensor", """
tails: List[float] = []
for i in range(x.size(0)):
    v = float(x[i])
    lo = 0
    hi = len(tails)
    while lo < hi:
        mid = (lo + hi) // 2
        if tails[mid] < v:
            lo = mid + 1
        else:
            hi = mid
    if lo == len(tails):
        tails.append(v)
    else:
        tails[lo] = v
return len(tails), torch.tensor(tails)""", f(6), dyn=(f(9),), also=[(f(1),), (tensor([3.0, 2.0, 1.0]),)])
script("merge_intervals", "x: Tensor", """
s = x[x[:, 0].argsort()]
out: List[Tensor] = []
for i in range(s.size(0)):
    if len(out) > 0 and bool(out[-1][1] >= s[i, 0]):
        out[-1] = torch.stack([out[-1][0], torch.max(out[-1][1], s[i, 1])])
    else:
        out.append(s[i])
return torch.stack(out), len(out)""", tensor([[1.0, 3.0], [2.0, 4.0], [6.0, 7.0]]), dyn=(tensor([[5.0, 6.0], [1.0, 9.0], [2.0, 3.0], [9.5, 10.0]]),), also=[(tensor([[1.0, 2.0]]),)])
script("segments", "x: Tensor", """
parts: List[Tensor] = []
start = 0
for i in range(1, x.size(0)):
    if (x[i] - x[i - 1]).abs().max() > 2:
        parts.append(x[start:i].mean(0))
        start = i
parts.append(x[start:].mean(0))
return torch.stack(parts), len(parts)""", f(5, 2), **ROWS)
script("pieces_padded", "x: Tensor", """
parts: List[Tensor] = []
start = 0
longest = 0
for i in range(1, x.size(0)):
    if x[i, 0] > 0:
        parts.append(x[start:i])
        longest = max(longest, i - start)
        start = i
parts.append(x[start:])
longest = max(longest, x.size(0) - start)
out = torch.zeros(len(parts), longest, 2)
for i, p in enumerate(parts):
    out[i, : p.size(0)] = p
return out, longest""", f(5, 2), **ROWS)

# --- who is None

script("optional_chain", "x: Tensor", """
a: Optional[Tensor] = None
b: Optional[int] = None
if x.sum() > 0:
    a = x * 2
    if x.max() > 2.5:
        b = 3
if a is not None and b is not None:
    y = a * b
elif a is not None:
    y = a - 1
else:
    y = x
return y, b is None""", UP, also=[(DOWN,), (NONE,), (UP * 0.5,)])
script("optional_best", "x: Tensor", """
best: Optional[Tensor] = None
score: Optional[float] = None
for i in range(x.size(0)):
    s = float(x[i].sum())
    if score is None or s > score:
        best = x[i]
        score = s
if best is None or score is None:
    return torch.zeros(2), -1.0
return best, score""", f(4, 2), **NO_ROWS)
script("optional_list", "x: Tensor", """
l: Optional[List[Tensor]] = None
for i in range(x.size(0)):
    if x[i, 0] > 0:
        if l is None:
            l = [x[i]]
        else:
            l.append(x[i])
if l is not None:
    return torch.stack(l), len(l)
return x * 0, -1""", f(4, 2), **ROWS)
script("optional_tuple", "x: Tensor", """
p: Optional[Tuple[Tensor, int]] = None
for i in range(x.size(0)):
    if p is None:
        if x[i, 0] > 0:
            p = (x[i], i)
    else:
        t, k = p
        p = (t * 0.5 + x[i], k + 1)
if p is None:
    return x[0], -1
return p[0], p[1]""", f(4, 2), **ROWS)
script("optional_swapped", "x: Tensor", """
a: Optional[Tensor] = None
b: Optional[Tensor] = x[0]
for i in range(x.size(0)):
    a, b = b, a
n = 0
if a is not None:
    n += 1
if b is not None:
    n += 2
return n, a if a is not None else x[0] * 5""", f(4, 2), **ROWS)

# --- memory written in both arms, views

script("written_both_arms", "x: Tensor", """
y = x.clone()
v = y[1]
if x.sum() > 0:
    y[0] += 1
    v *= 2
else:
    v += 5
    y[:, 0] = 9
return y, v, y.sum()""", UP, **WAYS)
script("view_before_written_inside", "x: Tensor", """
y = x.clone()
v = y.view(-1)
w = v[1:3]
t = y.t()
if x.sum() > 0:
    w.fill_(4)
    s = t.sum(0)
else:
    t[0] = t[1] * 3
    s = w.sum() + t[0]
v += 1
return y, v, w, t, s""", UP, **WAYS)
script("view_deleted", "x: Tensor", """
y = x.clone()
v = y[0]
if x.sum() > 0:
    v.add_(1)
    z = y[1] * 2
else:
    w = y[:, 1]
    w.mul_(2)
    z = v + w
del v
return z, y""", UP, **WAYS)
script("masked_both", "x: Tensor", """
y = x.clone()
m = x > 0
if m.any():
    y[m] = y[m] * 2
    if m.sum() < m.numel():
        y[~m] = 0
else:
    y.masked_fill_(x < -1, 8)
return y""", UP, **WAYS)
script("expanded_read", "x: Tensor", """
y = x[0].clone()
e = y.expand(3, 2)
if x.sum() > 0:
    y += 1
return e, y""", UP, **WAYS)
script("inner_view_out", "x: Tensor", """
y = x.clone()
if x.sum() > 0:
    v = y[0]
else:
    v = y[0:1].view(-1)
v += 3
return y, v""", UP, **WAYS)
script("view_by_data", "x: Tensor, n: Tensor", """
y = x.clone()
i = int(n)
v = y[i]
v += 1
w = y[i:]
w *= 2
y[: i + 1] -= 1
return y, v, w""", f(4, 2), tensor(1), also=[(f(4, 2), tensor(0)), (f(4, 2), tensor(3))])
script("rows_swapped", "x: Tensor", """
y = x.clone()
i = 0
j = y.size(0) - 1
while i < j:
    if y[i].sum() > y[j].sum():
        a = y[i].clone()
        y[i].copy_(y[j])
        y[j].copy_(a)
    i += 1
    j -= 1
return y""", f(5, 2), **ROWS)
script("same_in_two_lists", "x: Tensor", """
a = [x.clone(), x + 1]
b = [a[1], a[0]]
if x.sum() > 0:
    b[0].add_(10)
else:
    a[0].mul_(2)
    b = [a[0]]
return a[0], a[1], b[0], len(b)""", UP, **WAYS)
script("diagonal_written", "x: Tensor", """
y = x.clone()
for i in range(x.size(0)):
    d = y[i : i + 1, 0:1].squeeze(0)
    if d.sum() > 0:
        d.neg_()
    else:
        y[i, 1] = d.sum() * 3
return y""", f(4, 2), **ROWS)

# --- strings, dicts

script("modes", "x: Tensor", """
s = float(x.sum())
if s > 3:
    mode = "relu"
elif s > 0:
    mode = "tanh"
elif s == 0:
    mode = "none"
else:
    mode = "neg"
y = x
if mode == "relu":
    y = torch.relu(y)
elif mode == "tanh":
    y = torch.tanh(y)
elif mode != "none":
    y = -y
n = 1 if mode in ["relu", "neg"] else 0
return y, n, len(mode)""", UP, also=[(DOWN,), (NONE,), (UP * 0.25,)])
script("states_named", "x: Tensor", """
state = "idle"
log: List[int] = []
for i in range(x.size(0)):
    s = float(x[i].sum())
    if state == "idle":
        if s > 0:
            state = "run"
    elif state == "run":
        if s < 0:
            state = "stop"
        elif s > 4:
            state = "fast"
    elif state == "fast":
        if s < 1:
            state = "run"
    log.append(len(state) if state != "stop" else -1)
return torch.tensor(log), state == "stop\"""", f(6, 2), **ROWS)
script("string_tables", "x: Tensor", """
w = {"a": 2.0, "b": 3.0, "c": -1.0}
k = "a"
for i in range(x.size(0)):
    if x[i, 0] > 1:
        k = "b"
    elif x[i, 0] < -1:
        k = "c"
return x * w[k], k + "x" == "bx", f"{k}-1" == "c-1\"""", f(4, 2), **ROWS)
script("dict_walked", "x: Tensor", """
d = {"a": x[0], "b": x[0] * 2}
if x.sum() > 0:
    d["c"] = x[0] * 3
s = torch.zeros(2)
n = 0
for k, v in d.items():
    s = s * 2 + v
    n += len(k)
return s, n, len(d), "c" in d""", UP, **WAYS)
script("dict_updated", "x: Tensor", """
d: Dict[str, Tensor] = {}
if x.sum() > 0:
    d["a"] = x
    d["b"] = x + 1
else:
    d["b"] = x * 2
e = {"z": x}
e.update(d)
t = torch.zeros(2, 2)
for v in d.values():
    t = t + v
return t, e["b"], len(e), d.get("a", x * 7)""", UP, **WAYS)
script("dict_of_lists", "x: Tensor", """
d: Dict[str, List[Tensor]] = {"pos": [x[0]], "neg": [x[0]]}
for i in range(x.size(0)):
    if x[i].sum() > 0:
        d["pos"].append(x[i])
    else:
        d["neg"].append(x[i] * 2)
return torch.stack(d["pos"]), torch.stack(d["neg"]), len(d["pos"])""", f(4, 2), **ROWS)
script("dict_int_counts", "ids: Tensor", """
d: Dict[int, int] = {0: 0, 1: 0, 2: 0}
for i in range(ids.size(0)):
    k = int(ids[i])
    d[k] = d[k] + 1
return d[0], d[1], d[2]""", tensor([0, 1, 1, 2]), dyn=(tensor([2, 2, 2, 0, 1, 2]),), also=[(tensor([1]),)])
script("assert_format", "x: Tensor", """
n = x.size(0)
assert n > 0, f"no rows: {n}"
m = "{} rows, {}".format(n, float(x.sum()))
if x.sum() > 1e6:
    raise RuntimeError(m)
return x * 2""", f(4, 2), dyn=(f(2, 2),))


# --- who is who, and in which order, behind a branch

script("float_in", "x: Tensor", "s = float(x.sum())\nreturn s in [6.5, 1.0], s in [0.0], [0.0, -3.25].index(s) if s in [0.0, -3.25] else -5, [0.0, 6.5, 6.5].count(s)", UP, **WAYS)
script("int_in", "x: Tensor", "s = int(x.sum())\nreturn s in [6, 1], s in [0], [0, -3].index(s) if s in [0, -3] else -5", UP, **WAYS)
script("strings_listed", "x: Tensor", """
l = ["a"]
for i in range(x.size(0)):
    l.append("b" if i == 0 else "ccc")
n = 0
for s in l:
    n = n * 3 + len(s)
return n, l[0] == "a", l[1] == "a", l[-1] == "b\"""", f(4, 2), **ROWS)
script("strings_listed_by_data", "x: Tensor", """
l: List[str] = []
for i in range(x.size(0)):
    if x[i, 0] > 0:
        l.append("pos")
    else:
        l.append("negative")
n = 0
for s in l:
    n = n * 3 + len(s)
return n, len(l)""", f(4, 2), **ROWS)
script("dict_order", "x: Tensor", """
d: Dict[str, Tensor] = {}
if x.sum() > 0:
    d["a"] = x
    d["b"] = x + 1
else:
    d["b"] = x * 2
    d["a"] = x * 3
t = torch.zeros(2, 2)
for v in d.values():
    t = t * 2 + v
return t""", UP, **WAYS)
script("dict_order_late", "x: Tensor", """
d: Dict[str, Tensor] = {}
if x.sum() > 0:
    d["a"] = x
d["b"] = x + 1
d["a"] = x * 5
t = torch.zeros(2, 2)
for v in d.values():
    t = t * 2 + v
return t, len(d)""", UP, **WAYS)
script("dict_order_popped", "x: Tensor", """
d = {"a": x, "b": x + 1}
if x.sum() > 0:
    d.pop("a")
    d["a"] = x * 4
t = torch.zeros(2, 2)
for v in d.values():
    t = t * 2 + v
return t, len(d)""", UP, **WAYS)
script("new_alias_in_arm", "x: Tensor", """
y = x
z = x
if x.sum() > 0:
    y = x + 1
    z = y
else:
    y = x * 2
    z = x * 3
z += 1
return y, z""", UP, **WAYS)
script("new_view_in_arm", "x: Tensor", """
y = x
z = x[0]
if x.sum() > 0:
    y = x + 1
    z = y[0]
else:
    y = x * 2
    z = y[1]
y += 1
return y, z""", UP, **WAYS)
script("new_list_alias_in_arm", "x: Tensor", """
a = [x]
b = [x]
if x.sum() > 0:
    a = [x + 1]
    b = a
b.append(x * 2)
return len(a), len(b), a[0]""", UP, **WAYS)
script("new_list_alias_both", "x: Tensor", """
a = [x]
b = [x]
if x.sum() > 0:
    a = [x + 1]
    b = a
else:
    a = [x + 2]
    b = a
b.append(x * 2)
return len(a), len(b), a[-1]""", UP, **WAYS)
script("list_or_older", "x: Tensor", """
a = [x]
b = [x, x]
c = a
if x.sum() > 0:
    c = b
c.append(x * 2)
return len(a), len(b), len(c)""", UP, **WAYS)
script("dict_or_older", "x: Tensor", """
a = {"k": x}
b = {"k": x * 2}
c = a
if x.sum() > 0:
    c = b
c["k"] = x * 7
return a["k"], b["k"], c["k"]""", UP, **WAYS)
script("alias_in_loop_new", "x: Tensor", """
y = torch.zeros(2)
z = torch.zeros(2)
for i in range(x.size(0)):
    y = x[i] + 1
    z = y
z += 1
return y, z""", f(4, 2), **ROWS)
script("list_alias_in_loop", "x: Tensor", """
a: List[Tensor] = []
b: List[Tensor] = []
for i in range(x.size(0)):
    a = [x[i]]
    b = a
b.append(x[0])
return len(a), len(b)""", f(4, 2), **ROWS)
script("tuple_of_lists", "x: Tensor", """
a = [x]
t = (a, 1)
if x.sum() > 0:
    t = (a, 2)
else:
    t = ([x], 3)
t[0].append(x)
return len(a), len(t[0]), t[1]""", UP, **WAYS)
script("list_in_list_written", "x: Tensor", """
l: List[List[Tensor]] = [[x[0]], [x[0]]]
for i in range(x.size(0)):
    if x[i, 0] > 0:
        l[0].append(x[i])
    else:
        l[1].append(x[i])
return torch.stack(l[0]), len(l[1])""", f(4, 2), **ROWS)
script("list_chosen_by_data", "x: Tensor", """
l: List[List[Tensor]] = [[x[0]], [x[0]]]
for i in range(x.size(0)):
    k = int(x[i, 0] > 0)
    l[k].append(x[i])
return torch.stack(l[0]), len(l[1])""", f(4, 2), **ROWS)
script("lists_grown_lists", "x: Tensor", """
l: List[List[int]] = []
for i in range(x.size(0)):
    l.append([i, int(x[i, 0])])
l2 = [0]
for p in l:
    p.append(3)
    l2.append(p[0] + p[1] + len(p))
return torch.tensor(l2), len(l[0])""", f(4, 2), **ROWS)
script("div_ints", "n: Tensor, m: Tensor", """
a = int(n)
b = int(m)
return a / b, a // b, a % b, a * b, a - b, math.ceil(a / b), -(-a // b)""", tensor(7), tensor(2), also=[(tensor(-7), tensor(2)), (tensor(7), tensor(-2)), (tensor(-7), tensor(-2)), (tensor(0), tensor(3)), (tensor(9007199254740993), tensor(3))])
script("fdiv", "x: Tensor, y: Tensor", """
a = float(x)
b = float(y)
return a / b, a // b, a % b, math.fmod(a, b), a ** b if a > 0 else 0.0, math.copysign(a, b), math.floor(a / b)""", tensor(7.25), tensor(2.0), also=[(tensor(-7.25), tensor(2.0)), (tensor(7.25), tensor(-2.0)), (tensor(-7.25), tensor(-2.5)), (tensor(0.0), tensor(3.0))])
script("tensor_vs_number", "x: Tensor", """
k = int(x.sum())
f = float(x.sum())
i = torch.tensor([1, 2, 3])
return i * k, i * f, i + f, x.to(torch.int32) * k, x.half() * f, torch.tensor(f), torch.tensor(k), torch.full_like(i, k), i / k if k != 0 else i / 2, i // 2 * k""", UP, **WAYS)
script("big_select", "x: Tensor", """
y = x.clone()
for i in range(x.size(0)):
    k = int(x[i, 0]) % x.size(0)
    y[k] = y[i] * 2
    y[k, i % 2] += 1
    y[i : k + 1] -= 1
return y""", f(5, 2), **ROWS)
script("nan_compare", "x: Tensor", """
a = float(x.sum()) / float(x.abs().sum())
if a < 0.5:
    y = 1
elif a >= 0.5:
    y = 2
else:
    y = 3
b = max(a, 1.0)
return y, a == a, a != a, min(1.0, 2.0)""", UP, also=[(DOWN,)])

# --- whole programs


class Experts(nn.Module):
    """Every row goes to the expert that the router chooses."""

    def __init__(self):
        super().__init__()
        self.router = nn.Linear(2, 3)
        self.experts = nn.ModuleList([nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2)), nn.Linear(2, 2)])

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        where = self.router(x).argmax(1)
        out = torch.zeros_like(x)
        for k, expert in enumerate(self.experts):
            rows = (where == k).nonzero().view(-1)
            if rows.numel() > 0:
                out[rows] = expert(x[rows])
        return out, where


module("experts", Experts, f(4, 2), **NO_ROWS)


class TopExperts(nn.Module):
    """The two best experts, each row by itself, weighed."""

    def __init__(self):
        super().__init__()
        self.router = nn.Linear(2, 3)
        self.experts = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:
        weights, chosen = F.softmax(self.router(x), 1).topk(2, 1)
        rows: List[Tensor] = []
        for i in range(x.size(0)):
            y = torch.zeros(2)
            for j in range(2):
                for k, expert in enumerate(self.experts):
                    if int(chosen[i, j]) == k:
                        y = y + weights[i, j] * expert(x[i])
            rows.append(y)
        return torch.stack(rows)


module("top_experts", TopExperts, f(4, 2), **ROWS)


class EarlyExit(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Linear(3, 3) for _ in range(4)])
        self.heads = nn.ModuleList([nn.Linear(3, 2) for _ in range(4)])

    def forward(self, x: Tensor) -> Tuple[Tensor, int]:
        y = torch.zeros(x.size(0), 2)
        for i, (block, head) in enumerate(zip(self.blocks, self.heads)):
            x = torch.relu(block(x)) + x
            y = head(x)
            p = F.softmax(y, 1).max(1)[0].min()
            if p > 0.75:
                return y, i
        return y, -1


module("early_exit", EarlyExit, f(2, 3), dyn=(f(5, 3, span=0.5),), also=[(f(1, 3, span=8.0),), (f(1, 3, span=2.0),)])


class Ponder(nn.Module):
    """Adaptive computation time."""

    def __init__(self):
        super().__init__()
        self.cell, self.halt = nn.GRUCell(2, 3), nn.Linear(3, 1)

    def forward(self, x: Tensor, h: Tensor) -> Tuple[Tensor, Tensor, int]:
        total = torch.zeros(x.size(0))
        mean = torch.zeros_like(h)
        running = torch.ones(x.size(0), dtype=torch.bool)
        steps = 0
        while bool(running.any()) and steps < 10:
            h = self.cell(x, h)
            p = torch.sigmoid(self.halt(h)).squeeze(1)
            over = running & (total + p > 0.99)
            p = torch.where(over, 1 - total, p) * running.float()
            total = total + p
            mean = mean + p.unsqueeze(1) * h
            running = running & ~over
            steps += 1
        return mean, total, steps


module("ponder", Ponder, f(3, 2), f(3, 3), dyn=(f(5, 2), f(5, 3)), also=[(f(1, 2), f(1, 3))])


class Memory(nn.Module):
    """Writes what is new into the slot that was read least, reads by likeness."""

    def __init__(self):
        super().__init__()
        self.register_buffer("keys", torch.eye(3, 2))

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        keys = self.keys.clone()
        used = torch.zeros(3, dtype=torch.long)
        out: List[Tensor] = []
        for t in x.unbind(0):
            like = keys @ t
            best = int(like.argmax())
            if like[best] > 1.0:
                used[best] += 1
                out.append(keys[best] * like[best])
            else:
                slot = int(used.argmin())
                keys[slot] = t
                used[slot] = 1
                out.append(t * 0)
        return torch.stack(out), keys, used


module("memory", Memory, f(4, 2), **ROWS)


class Generator(nn.Module):
    """A language model of two layers of attention: caches are lists of tensors, one each layer; stops at a token."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(7, 4)
        self.q, self.k, self.v = (nn.ModuleList([nn.Linear(4, 4) for _ in range(2)]) for _ in range(3))
        self.out = nn.Linear(4, 7)

    def step(self, token: Tensor, keys: List[Tensor], values: List[Tensor]) -> Tensor:
        x = self.embed(token)
        for i, (q, k, v) in enumerate(zip(self.q, self.k, self.v)):
            keys[i] = torch.cat([keys[i], k(x)])
            values[i] = torch.cat([values[i], v(x)])
            a = torch.softmax(q(x) @ keys[i].t() * 0.5, 1)
            x = x + a @ values[i]
        return self.out(x)

    def forward(self, prompt: Tensor, most: int = 5) -> Tuple[Tensor, Tensor, int]:
        keys = [torch.zeros(0, 4), torch.zeros(0, 4)]
        values = [torch.zeros(0, 4), torch.zeros(0, 4)]
        logits = torch.zeros(1, 7)
        for i in range(prompt.size(0)):
            logits = self.step(prompt[i : i + 1], keys, values)
        ids: List[int] = []
        for _ in range(most):
            k = int(logits.argmax(1))
            ids.append(k)
            if k == 0:
                break
            logits = self.step(torch.tensor([k]), keys, values)
        return torch.tensor(ids), keys[1], len(ids)


module("generator", Generator, ints(3, low=0, high=7), dyn=(ints(5, low=0, high=7),), also=[(tensor([2]),), (tensor([6, 6]),)])


class Hypothesis(NamedTuple):
    tokens: Tensor
    score: float
    state: Tensor


class NamedBeam(nn.Module):
    """A beam search whose hypotheses are named tuples in a list."""

    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.GRUCell(4, 3), nn.Linear(3, 4)

    def forward(self, h: Tensor, steps: Tensor) -> Tuple[Tensor, float]:
        beams = [Hypothesis(torch.zeros(1, dtype=torch.long), 0.0, h)]
        for _ in range(int(steps)):
            made: List[Hypothesis] = []
            scores: List[float] = []
            for b in beams:
                s = self.cell(F.one_hot(b.tokens[-1:], 4).float(), b.state)
                p = torch.log_softmax(self.out(s), 1)[0]
                for k in range(4):
                    score = b.score + float(p[k])
                    made.append(Hypothesis(torch.cat([b.tokens, torch.tensor([k])]), score, s))
                    scores.append(score)
            order = torch.tensor(scores).argsort(descending=True)
            beams = [made[int(order[0])], made[int(order[1])]]
        return beams[0].tokens, beams[0].score


module("named_beam", NamedBeam, f(1, 3), tensor(3), also=[(f(1, 3), tensor(1)), (f(1, 3), tensor(0)), (f(1, 3), tensor(5))])


class Ctc(nn.Module):
    """The best path: repeats and blanks go, with times."""

    def forward(self, logits: Tensor) -> Tuple[Tensor, Tensor, float]:
        ids: List[int] = []
        times: List[int] = []
        last = 0
        score = 0.0
        probs = logits.log_softmax(1)
        for t in range(logits.size(0)):
            p, k = probs[t].max(0)
            score += p.item()
            c = int(k.item())
            if c != last and c != 0:
                ids.append(c)
                times.append(t)
            last = c
        return torch.tensor(ids, dtype=torch.long), torch.tensor(times), score


module("ctc_best_path", Ctc, f(6, 3), dyn=(f(9, 3),), also=[(f(1, 3),), (f(3, 3),)])


class SoftNms(nn.Module):
    def forward(self, boxes: Tensor, scores: Tensor) -> Tuple[Tensor, Tensor]:
        scores = scores.clone()
        keep: List[Tensor] = []
        for _ in range(boxes.size(0)):
            i = scores.argmax()
            if scores[i] < 0.1:
                break
            keep.append(i)
            low = torch.max(boxes[i, :2], boxes[:, :2])
            high = torch.min(boxes[i, 2:], boxes[:, 2:])
            both = (high - low).clamp(min=0).prod(1)
            area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
            iou = both / (area[i] + area - both)
            scores *= torch.where(iou > 0.3, torch.exp(-(iou * iou) / 0.5), torch.ones_like(iou))
            scores[i] = -1
        return torch.stack(keep) if len(keep) > 0 else torch.zeros(0, dtype=torch.long), scores


def boxes(n, spread):
    low = (f(n, 2).abs() * spread).to(F32)
    return torch.cat([low, low + 1 + f(n, 2).abs()], 1)


module("soft_nms", SoftNms, boxes(5, 1.0), unit(5).abs(), dyn=(boxes(8, 2.0), unit(8).abs()), also=[(boxes(1, 1.0), unit(1).abs()), (boxes(2, 1.0), unit(2).abs() * 0.01)])


class Classes(nn.Module):
    """Detection by class: a dict of lists for every picture, empty ones among them."""

    def forward(self, boxes: Tensor, scores: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        out: List[Tensor] = []
        labels: List[Tensor] = []
        counts: List[int] = []
        for c in range(scores.size(1)):
            keep = (scores[:, c] > 0.5).nonzero().squeeze(1)
            counts.append(keep.numel())
            if keep.numel() == 0:
                continue
            order = scores[keep, c].argsort(descending=True)[:2]
            out.append(boxes[keep[order]])
            labels.append(torch.full([order.size(0)], c))
        if len(out) == 0:
            return torch.zeros(0, 4), torch.zeros(0, dtype=torch.long), torch.tensor(counts)
        return torch.cat(out), torch.cat(labels), torch.tensor(counts)


module("by_class", Classes, boxes(4, 1.0), f(4, 3), dyn=(boxes(7, 1.0), f(7, 3)), also=[(boxes(1, 1.0), -f(1, 3).abs()), (boxes(2, 1.0), f(2, 3).abs() + 1)])


class Tree(nn.Module):
    """A decision tree in tensors, walked from its root for every row."""

    def __init__(self):
        super().__init__()
        self.register_buffer("feature", tensor([0, 1, -1, -1, 1, -1, -1]))
        self.register_buffer("limit", tensor([0.0, 0.5, 0.0, 0.0, -0.5, 0.0, 0.0]))
        self.register_buffer("left", tensor([1, 2, 0, 0, 5, 0, 0]))
        self.register_buffer("right", tensor([4, 3, 0, 0, 6, 0, 0]))

    def forward(self, x: Tensor) -> Tuple[Tensor, int]:
        leaves = torch.zeros(x.size(0), dtype=torch.long)
        depth = 0
        for i in range(x.size(0)):
            node = 0
            d = 0
            while int(self.feature[node]) >= 0:
                v = x[i, int(self.feature[node])]
                node = int(self.left[node] if bool(v < self.limit[node]) else self.right[node])
                d += 1
            leaves[i] = node
            depth = max(depth, d)
        return leaves, depth


module("decision_tree", Tree, f(4, 2), **NO_ROWS)


class Ode(nn.Module):
    """Steps whose width adapts to the error."""

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 2)

    def slope(self, t: float, y: Tensor) -> Tensor:
        return torch.tanh(self.a(y)) * (1.0 + t)

    def forward(self, y: Tensor) -> Tuple[Tensor, int, int, float]:
        t = 0.0
        h = 0.5
        taken = 0
        refused = 0
        while t < 1.0 and taken + refused < 50:
            if t + h > 1.0:
                h = 1.0 - t
            k1 = self.slope(t, y)
            k2 = self.slope(t + h, y + k1 * h)
            err = float((k2 - k1).abs().max()) * h / 2
            if err < 0.02:
                y = y + (k1 + k2) * (h / 2)
                t += h
                taken += 1
                h = min(h * 2.0, 0.5)
            else:
                refused += 1
                h = h / 2
        return y, taken, refused, t


module("adaptive_steps", Ode, f(2, 2), dyn=(f(3, 2),), also=[(f(1, 2),), (f(2, 2) * 0.01,)])


class Parser(nn.Module):
    """A transition parser: a stack and a buffer of vectors; an action chosen by scores."""

    def __init__(self):
        super().__init__()
        self.score, self.join = nn.Linear(4, 2), nn.Linear(4, 2)

    def forward(self, words: Tensor) -> Tuple[Tensor, int]:
        buffer = [w for w in words.unbind(0)]
        stack: List[Tensor] = []
        reductions = 0
        while len(buffer) > 0 or len(stack) > 1:
            shift = len(stack) < 2
            if not shift and len(buffer) > 0:
                s = self.score(torch.cat([stack[-1], buffer[0]]))
                shift = bool(s[0] > s[1])
            if shift:
                stack.append(buffer.pop(0))
            else:
                b = stack.pop()
                a = stack.pop()
                stack.append(torch.tanh(self.join(torch.cat([a, b]))))
                reductions += 1
        return stack[0], reductions


module("transition_parser", Parser, f(4, 2), **ROWS)


class Pointer(nn.Module):
    """Chooses without putting back, by attention."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(2, 2)

    def forward(self, x: Tensor) -> Tuple[Tensor, float]:
        mask = torch.zeros(x.size(0), dtype=torch.bool)
        h = x.mean(0, keepdim=True)
        tour: List[Tensor] = []
        length = 0.0
        for i in range(x.size(0)):
            s = (x @ h[0]).masked_fill(mask, float("-inf"))
            k = s.argmax()
            mask[k] = True
            if len(tour) > 0:
                length += float((x[k] - x[tour[-1]]).pow(2).sum().sqrt())
            tour.append(k)
            h = self.cell(x[k].unsqueeze(0), h)
        return torch.stack(tour), length


module("pointer", Pointer, f(4, 2), **ROWS)


class KMeans(nn.Module):
    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, int]:
        centres = x[:2].clone()
        turns = 0
        moved = 1.0
        where = torch.zeros(x.size(0), dtype=torch.long)
        while moved > 1e-5 and turns < 20:
            where = torch.cdist(x, centres).argmin(1)
            new = centres.clone()
            for k in range(2):
                mine = x[where == k]
                if mine.size(0) > 0:
                    new[k] = mine.mean(0)
            moved = float((new - centres).abs().sum())
            centres = new
            turns += 1
        return centres, where, turns


module("k_means", KMeans, f(6, 2), dyn=(f(9, 2),), also=[(f(2, 2),)])


class Speculative(nn.Module):
    """A draft of k tokens, kept up to the first that the large model would not say."""

    def __init__(self):
        super().__init__()
        self.small, self.large = nn.Embedding(6, 6), nn.Embedding(6, 6)

    def forward(self, first: Tensor, most: int = 8) -> Tuple[Tensor, int, int]:
        ids = first
        rounds = 0
        accepted = 0
        while ids.size(0) < most:
            draft: List[int] = []
            t = int(ids[-1])
            for _ in range(3):
                t = int(self.small(torch.tensor([t])).argmax())
                draft.append(t)
            truth = self.large(torch.cat([ids[-1:], torch.tensor(draft)])).argmax(1)
            n = 0
            while n < 3 and draft[n] == int(truth[n]):
                n += 1
            ids = torch.cat([ids, truth[: n + 1]])
            accepted += n
            rounds += 1
        return ids[:most], rounds, accepted


module("speculative", Speculative, tensor([1]), dyn=(tensor([1, 2, 3]),), also=[(tensor([5]),), (tensor([0, 3]),)])


class Nested(nn.Module):
    """Methods that return early, called in loops and arms, with what they change handed back."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.5))

    def clip(self, x: Tensor, limit: float) -> Tuple[Tensor, bool]:
        m = float(x.abs().max())
        if m <= limit:
            return x, False
        if m > 4 * limit:
            return x * 0 + limit, True
        return x * (limit / m), True

    def search(self, x: Tensor, y: float) -> int:
        for i in range(x.size(0)):
            if float(x[i, 0]) > y:
                return i
        return -1

    def forward(self, x: Tensor) -> Tuple[Tensor, int, int]:
        n = 0
        for limit in [3.0, 2.0, 1.0]:
            x, clipped = self.clip(x, limit)
            if clipped:
                n += 1
            elif n > 0:
                x = x + self.scale
        k = self.search(x, 0.25)
        if k >= 0:
            x = torch.cat([x[k:], x[:k]])
        return x, n, k


module("methods_return_early", Nested, f(4, 2), dyn=(f(6, 2, span=12.0),), also=[(f(3, 2, span=0.5),), (f(1, 2),)])


@torch.jit.script_if_tracing
def narrow(x: Tensor, n: Tensor) -> Tensor:
    k = int(n)
    for i in range(k):
        if x.size(0) > 1:
            x = x[1:] + x[:-1]
    return x


class Traced(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 2)

    def forward(self, x: Tensor, n: Tensor) -> Tensor:
        return narrow(self.a(x), n) * 2


case("scripted_in_a_trace", lambda: torch.jit.trace(settle(Traced()), (f(4, 2), tensor(2))), f(4, 2), tensor(2), scripted=True,
     dyn=(f(5, 2), tensor(2)), also=[(f(5, 2), tensor(0)), (f(2, 2), tensor(3)), (f(4, 2), tensor(1))])


class Forks(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(2, 3), nn.Linear(2, 3)

    def branch(self, x: Tensor, k: int) -> Tensor:
        y = self.a(x) if k == 0 else self.b(x)
        if y.sum() > 0:
            y = y * 2
        return y

    def forward(self, x: Tensor) -> Tensor:
        futures: List[torch.jit.Future[Tensor]] = []
        for k in range(2):
            futures.append(torch.jit.fork(self.branch, x, k))
        total = torch.jit.wait(futures[0])
        for future in futures[1:]:
            total = total + torch.jit.wait(future)
        return total


module("forks", Forks, UP, **WAYS)


class Indexed(nn.Module):
    """Layers chosen by constant numbers, keys, and by what data decides."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])
        self.named = nn.ModuleDict({"up": nn.Linear(2, 2), "down": nn.Tanh()})

    def forward(self, x: Tensor, n: Tensor) -> Tensor:
        k = int(n)
        y = self.layers[0](x)
        for i, layer in enumerate(self.layers):
            if i == k:
                y = layer(y) * (i + 1)
            elif i > k:
                y = y + layer(x)
        for name, layer in self.named.items():
            if (name == "up") == (k > 0):
                y = layer(y)
        return self.layers[-1](y)


module("layers_by_number", Indexed, UP, tensor(1), also=[(DOWN, tensor(0)), (UP, tensor(2)), (UP, tensor(5)), (UP, tensor(-1))])
