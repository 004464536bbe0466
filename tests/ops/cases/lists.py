# SPDX-License-Identifier: Apache-2.0
"""Values of every kind that branches and loops change, and lists of unknown length; inputs of every case take every path."""
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from record import *

family("lists")

UP, DOWN, NONE = tensor([[1.0, 2.0], [3.0, 0.5]]), tensor([[-1.0, -2.0], [0.25, -0.5]]), torch.zeros(2, 2)
WAYS = {"also": [(DOWN,), (NONE,)]}
ROWS = {"dyn": (f(6, 2),), "also": [(f(1, 2),)]}
ROWS0 = {"dyn": (f(6, 2),), "also": [(f(1, 2),), (torch.zeros(0, 2),), (f(2, 2),)]}


def module(name, made, *inputs, **options):
    case(name, lambda: settle(made()), *inputs, scripted=True, **options)


# --- ifs: nested, values of all kinds
script("nested3", "x: Tensor", """
y = x
if x.sum() > 0:
    if x[0, 0] > 0.5:
        if x[1, 1] > 0.4:
            y = torch.cat([x, x], 1)
        else:
            y = torch.cat([x, x, x], 1)
    else:
        y = x[:, :1]
elif x.sum() == 0:
    y = x[:, :0]
else:
    if x.size(0) > 1:
        y = x * 2
return y, y.size(1), y.sum()""", UP, also=[(DOWN,), (NONE,), (tensor([[0.1, 2.0], [1.0, 1.0]]),), (tensor([[1.0, 2.0], [1.0, 0.1]]),)])
script("two_rets_in_loop", "x: Tensor", """
for i in range(x.size(0)):
    if x[i].sum() > 100:
        return x[i], i
    if x[i].sum() < -100:
        return -x[i], -i
return x.sum(0), 77""", f(4, 2), dyn=(tensor([[1.0, 1.0], [1.0, 200.0]]),), also=[(tensor([[-200.0, 1.0], [1.0, 200.0], [0.0, 0.0]]),), (torch.zeros(0, 2),)])
script("break_nested", "x: Tensor", """
n = 0
s = torch.zeros(())
for i in range(x.size(0)):
    for j in range(x.size(1)):
        if x[i, j] < 0:
            break
        s = s + x[i, j] * (j + 1)
        n += 1
    if n > 5:
        break
return s, n""", f(4, 3), dyn=(f(6, 5).abs(),), also=[(f(1, 2),), (torch.zeros(0, 4),), (torch.zeros(3, 0),), (f(2, 1),)])
script("continue_nested", "x: Tensor", """
s = torch.zeros(2)
k = 0
for i in range(x.size(0)):
    if i % 2 == 1:
        continue
    j = 0
    while j < i:
        j += 1
        if x[j, 0] > 0:
            continue
        s = s + x[j]
        k += j
return s, k""", f(6, 2), **ROWS0)
script("while_two_conds", "x: Tensor, n: Tensor", """
i = 0
while i < int(n) and float(x.sum()) < 50.0:
    x = x * 1.5 + i
    i += 1
else_ = i
return x, else_""", UP, tensor(4), also=[(UP, tensor(0)), (UP, tensor(100)), (UP, tensor(1))])
script("bool_flags", "x: Tensor", """
found = False
where = -1
for i in range(x.size(0)):
    if not found and bool(x[i, 0] > 1):
        found = True
        where = i
if found:
    r = x[where]
else:
    r = torch.zeros(2)
return r, where, found""", f(4, 2), dyn=(tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 4.0]]),), also=[(torch.zeros(0, 2),), (torch.zeros(1, 2),), (torch.ones(5, 2) * 2,)])
script("opt_number_loop", "x: Tensor", """
best: Optional[float] = None
at: Optional[int] = None
for i in range(x.size(0)):
    v = float(x[i, 0])
    if best is None or v > best:
        best = v
        at = i
if best is None or at is None:
    return torch.zeros(2), -1
return x[at] * best, at""", f(4, 2), **ROWS0)
script("opt_tensor_branches", "x: Tensor", """
a: Optional[Tensor] = None
b: Optional[Tensor] = None
if x.sum() > 0:
    a = x + 1
    if x[0, 0] > 2:
        b = a * 2
else:
    b = x * 3
if a is not None and b is not None:
    return a + b
elif a is not None:
    return a
elif b is not None:
    return b
return x""", UP, also=[(DOWN,), (NONE,), (UP * 3,)])
script("tuple_nested", "x: Tensor", """
t = ((x, 1), [x, x * 2])
if x.sum() > 0:
    t = ((x + 1, 2), [x * 3])
(a, n), l = t
return a * n, torch.cat(l), len(l)""", UP, **WAYS)
script("dict_keys", "x: Tensor", """
d: Dict[str, Tensor] = {}
d["a"] = x
for i in range(x.size(0)):
    d["a"] = d["a"] * 0.5 + x[i]
    d["b"] = d["a"] + i
if "b" in d:
    return d["b"], d["a"]
return d["a"], d["a"]""", f(4, 2), **ROWS)
script("dict_str_int", "x: Tensor", """
d: Dict[int, Tensor] = {0: x, 1: x * 2}
k = 0
if x.sum() > 0:
    k = 1
return d[k]""", UP, **WAYS)
script("dict_count", "x: Tensor", """
c: Dict[str, int] = {"pos": 0, "neg": 0}
for i in range(x.size(0)):
    if x[i].sum() > 0:
        c["pos"] += 1
    else:
        c["neg"] += 1
return c["pos"], c["neg"]""", f(4, 2), **ROWS0)
script("views_in_branch", "x: Tensor", """
y = x.clone()
a = y[0]
b = y[:, 1]
c = y.view(-1)
if x.sum() > 0:
    a.mul_(2)
    b += 10
    c[3] = 100
else:
    c.add_(1)
    y.zero_()
    a[0] = 5
return y, a, b, c""", UP, **WAYS)
script("base_in_branch_view_after", "x: Tensor", """
y = x.clone()
v = y.narrow(0, 0, 1)
if x.sum() > 0:
    y.fill_(3.0)
w = y.t()
v.add_(1)
if x.sum() < 0:
    w[0].mul_(7)
return y, v, w""", UP, **WAYS)
script("masked_fill_loop", "x: Tensor", """
m = torch.zeros(x.size(0), x.size(0), dtype=torch.bool)
for i in range(x.size(0)):
    m[i, i:] = True
return m, x.new_zeros(x.size(0), x.size(0)).masked_fill(m, -1.0)""", f(4, 2), **ROWS0)
script("view_in_loop_written", "x: Tensor", """
y = torch.zeros(x.size(0) + 1, 2)
for i in range(x.size(0)):
    row = y[i + 1]
    row.copy_(x[i])
    row += y[i]
return y""", f(4, 2), **ROWS0)
script("slice_shift", "x: Tensor", """
buf = torch.zeros(3, 2)
outs: List[Tensor] = []
for i in range(x.size(0)):
    buf[:-1] = buf[1:].clone()
    buf[-1] = x[i]
    outs.append(buf.sum(0))
return torch.stack(outs) if len(outs) > 0 else buf, buf""", f(4, 2), dyn=(f(6, 2),), also=[(f(1, 2),)])
script("roll_state_cat", "x: Tensor", """
buf = torch.zeros(3, 2)
for i in range(x.size(0)):
    buf = torch.cat([buf[1:], x[i:i + 1]])
return buf""", f(4, 2), **ROWS0)
# --- lists
script("list_lens", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    if x[i, 0] > 0:
        l.append(x[i])
n = len(l)
if n == 0:
    return torch.zeros(1, 2), n
return torch.stack(l), n""", f(4, 2), dyn=(f(6, 2),), also=[(f(1, 2),), (-f(3, 2).abs(),), (torch.zeros(0, 2),)])
script("list_cat_empty", "x: Tensor", """
l = [torch.zeros(0, 2)]
for i in range(x.size(0)):
    if x[i, 0] > 0:
        l.append(x[i : i + 1])
return torch.cat(l)""", f(4, 2), dyn=(f(6, 2),), also=[(f(1, 2),), (-f(3, 2).abs(),), (torch.zeros(0, 2),)])
script("list_varsize_cat", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    l.append(x[: i + 1])
return torch.cat(l)""", f(4, 2), dyn=(f(6, 2),), also=[(f(1, 2),)])
script("list_varsize_pad", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    l.append(F.pad(x[i:, 0], [0, i]))
return torch.stack(l)""", f(4, 2), **ROWS)
script("list_pop_end", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    l.append(x[i])
a = l.pop()
b = l.pop(0) if len(l) > 0 else a
l.append(a * 2)
l.insert(0, b * 3)
l.reverse()
return torch.stack(l), len(l)""", f(4, 2), dyn=(f(6, 2),), also=[(f(1, 2),), (f(2, 2),)])
script("list_slices", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    l.append(x[i] * i)
return torch.stack(l[1:]), torch.stack(l[:-1]), torch.stack(l[::2]), torch.stack(l[-3:]), l[-2]""", f(4, 2), dyn=(f(6, 2),), also=[(f(2, 2),), (f(3, 2),)])
script("list_setitem", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    l.append(torch.zeros(2))
for i in range(x.size(0)):
    l[i] = x[i] + 1
    if i > 0:
        l[i - 1] = l[i - 1] + l[i]
return torch.stack(l)""", f(4, 2), **ROWS)
script("list_zip_enum", "x: Tensor", """
l: List[Tensor] = []
for i, t in enumerate(x):
    l.append(t * i)
m: List[Tensor] = []
for a, b in zip(l, l):
    m.append(a + b)
return torch.stack(m)""", f(4, 2), **ROWS)
script("list_comp_range", "x: Tensor", """
l = [x[i] * i for i in range(x.size(0))]
m = [float(t.sum()) for t in l]
return torch.stack(l), torch.tensor(m)""", f(4, 2), **ROWS)
script("list_ints_index", "x: Tensor", """
idx: List[int] = []
for i in range(x.size(0)):
    if x[i, 1] > 0:
        idx.append(i)
return x[torch.tensor(idx, dtype=torch.long)], len(idx)""", f(4, 2), dyn=(f(6, 2),), also=[(f(1, 2),), (-f(3, 2).abs(),)])
script("list_ints_x", "x: Tensor", """
idx: List[int] = []
for i in range(x.size(0)):
    if x[i, 1] > 0:
        idx.append(i)
return x[idx]""", f(4, 2), dyn=(f(6, 2),), also=[(f(1, 2).abs(),)])
script("list_sorted", "x: Tensor", """
v: List[float] = []
for i in range(x.size(0)):
    v.append(float(x[i, 0]))
v.sort()
return torch.tensor(v), v[0], min(v)""", f(4, 2), dyn=(f(6, 2),), also=[(f(1, 2),)])
script("list_mul", "x: Tensor", """
z = [0] * x.size(0)
for i in range(x.size(0)):
    if x[i, 0] > 0:
        z[i] = i + 1
return torch.tensor(z), sum(z)""", f(4, 2), dyn=(f(6, 2),), also=[(f(1, 2),)])
script("list_lists", "x: Tensor", """
groups: List[List[Tensor]] = [[x[0]], [x[0] * 2]]
for i in range(x.size(0)):
    if x[i].sum() > 0:
        groups[0].append(x[i])
    else:
        groups[1].append(x[i])
return torch.stack(groups[0]), torch.stack(groups[1]), len(groups[0])""", f(4, 2), **ROWS)
script("list_in_if_in_loop_last", "x: Tensor", """
stack: List[Tensor] = [torch.zeros(2)]
for i in range(x.size(0)):
    if x[i, 0] > 0:
        stack.append(x[i])
    elif len(stack) > 1:
        stack.pop()
return stack[-1], len(stack)""", f(4, 2), **ROWS0)
script("list_of_tuple", "x: Tensor", """
beams: List[Tuple[Tensor, float]] = []
for i in range(x.size(0)):
    beams.append((x[i], float(x[i, 0])))
best = 0
for i in range(len(beams)):
    if beams[i][1] > beams[best][1]:
        best = i
return beams[best][0], best""", f(4, 2), **ROWS)
script("str_choice", "x: Tensor", """
mode = "relu"
if x.sum() < 0:
    mode = "tanh"
if mode == "relu":
    return torch.relu(x)
return torch.tanh(x)""", UP, **WAYS)
script("dtype_choice", "x: Tensor", """
k = 2
if x.sum() > 0:
    k = 1
return x.sum(dim=0) * k, torch.full((k,), 3.0), x.repeat(k, 1), x.expand(k, 2, 2), x[:k]""", UP, **WAYS)
script("topk_dyn", "x: Tensor", """
k = int(min(int((x > 0).sum()), 3))
v, i = x.flatten().topk(k)
return v, i, k""", UP, **WAYS)
script("tolist", "n: Tensor", """
l: List[int] = n.tolist()
s = 0
for v in l:
    s += v
return s, len(l)""", ints(4, low=0, high=9), dyn=(ints(6, low=0, high=9),), also=[(ints(1),), (torch.zeros(0, dtype=I64),)])
script("tolist_fixed", "n: Tensor, x: Tensor", """
l: List[int] = n.tolist()
return x[l[0] : l[1]], l[0] + l[1]""", tensor([0, 2]), UP, also=[(tensor([1, 2]), UP), (tensor([0, 0]), UP)])
script("unbind_loop", "x: Tensor", """
h = torch.zeros(3)
out: List[Tensor] = []
for t in x.unbind(1):
    h = torch.tanh(h + t)
    out.append(h)
return torch.stack(out, 1)""", f(3, 4), dyn=(f(3, 6),), also=[(f(3, 1),)])
script("while_list_pop", "x: Tensor", """
l: List[int] = []
for i in range(x.size(0)):
    l.append(i)
s = torch.zeros(2)
while len(l) > 0:
    i = l.pop()
    s = s * 0.5 + x[i]
return s""", f(4, 2), **ROWS0)
script("queue_bfs", "a: Tensor", """
n = a.size(0)
seen = torch.zeros(n, dtype=torch.bool)
queue: List[int] = [0]
seen[0] = True
order: List[int] = []
while len(queue) > 0:
    i = queue.pop(0)
    order.append(i)
    for j in range(n):
        if bool(a[i, j] > 0) and not bool(seen[j]):
            seen[j] = True
            queue.append(j)
return torch.tensor(order), seen""", tensor([[0.0, 1.0, 0.0, 1.0], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 1, 0]]), dyn=(tensor([[0.0, 0.0, 0.0], [1, 0, 1], [0, 0, 0]]),), also=[(tensor([[0.0]]),)])
script("collatz", "n: Tensor", """
k = int(n)
steps = 0
while k != 1:
    if k % 2 == 0:
        k = k // 2
    else:
        k = 3 * k + 1
    steps += 1
return steps""", tensor(6), also=[(tensor(1),), (tensor(27),), (tensor(2),)])
script("fib_ints", "n: Tensor", """
a, b = 0, 1
for i in range(int(n)):
    a, b = b, a + b
return a, b""", tensor(6), also=[(tensor(0),), (tensor(1),), (tensor(40),)])
script("float_accum", "x: Tensor, n: Tensor", """
s = 0.0
p = 1
for i in range(int(n)):
    s += 1.0 / (i + 1)
    p *= i + 1
return x * s, p, s / max(int(n), 1)""", UP, tensor(4), also=[(UP, tensor(0)), (UP, tensor(1)), (UP, tensor(10))])
script("int_division", "n: Tensor", """
a = int(n)
return a // 3, a % 3, -a // 4, (-a) % 5, a / 4, abs(a), a ** 2, divmod(a, 7)[0], int(a / 2), a // -3""", tensor(7), also=[(tensor(-7),), (tensor(0),), (tensor(9),)])
script("bool_ops", "x: Tensor", """
a = bool(x.sum() > 0)
b = bool(x[0, 0] > 0)
n = int(a) + int(b)
c = a and b
d = a or b
e = a != b
return n, c, d, e, not a, x * n""", UP, **WAYS)
script("bisect", "x: Tensor", """
lo = torch.zeros_like(x)
hi = torch.full_like(x, 10.0)
n = 0
while bool((hi - lo).max() > 1e-3):
    mid = (lo + hi) / 2
    big = mid * mid > x
    hi = torch.where(big, mid, hi)
    lo = torch.where(big, lo, mid)
    n += 1
return lo, n""", pos(2, 2), also=[(pos(2, 2) * 5,)])
script("power_iter", "a: Tensor", """
v = torch.ones(a.size(0))
last = torch.tensor(0.0)
for i in range(100):
    w = a @ v
    n = w.norm()
    v = w / n
    if bool((n - last).abs() < 1e-5):
        break
    last = n
return v, last""", tensor([[2.0, 1.0], [1.0, 3.0]]), dyn=(tensor([[2.0, 1.0, 0.0], [1.0, 3.0, 0.5], [0.0, 0.5, 1.0]]),), also=[(tensor([[4.0]]),)])
script("cumulative_halt", "p: Tensor", """
total = torch.zeros(p.size(1))
n = torch.zeros(p.size(1))
step = 0
while step < p.size(0) and bool((total < 1.0).any()):
    running = (total < 1.0).float()
    total = total + p[step] * running
    n = n + running
    step += 1
return total, n, step""", pos(4, 3, low=0.1, span=0.6), dyn=(pos(7, 2, low=0.1, span=0.3),), also=[(pos(1, 3),), (torch.zeros(0, 3),)])
script("ctc_collapse", "ids: Tensor", """
out: List[int] = []
last = -1
for i in range(ids.size(0)):
    k = int(ids[i])
    if k != last and k != 0:
        out.append(k)
    last = k
return torch.tensor(out, dtype=torch.int64), len(out)""", tensor([0, 1, 1, 0, 1, 2]), dyn=(tensor([3, 3, 0, 0]),), also=[(tensor([0]),), (tensor([1]),)])
script("edit_distance", "a: Tensor, b: Tensor", """
n, m = a.size(0), b.size(0)
d = torch.zeros(n + 1, m + 1, dtype=torch.int64)
for i in range(n + 1):
    d[i, 0] = i
for j in range(m + 1):
    d[0, j] = j
for i in range(1, n + 1):
    for j in range(1, m + 1):
        cost = 0 if bool(a[i - 1] == b[j - 1]) else 1
        d[i, j] = min(int(d[i - 1, j]) + 1, int(d[i, j - 1]) + 1, int(d[i - 1, j - 1]) + cost)
return d[n, m], d""", tensor([1, 2, 3]), tensor([1, 3, 3, 4]), dyn=(tensor([1, 2]), tensor([2, 1, 2])), also=[(torch.zeros(0, dtype=I64), tensor([1, 2])), (tensor([5]), tensor([5]))])
script("viterbi", "e: Tensor, t: Tensor", """
score = e[0]
back: List[Tensor] = []
for i in range(1, e.size(0)):
    s, k = (score.unsqueeze(1) + t).max(0)
    score = s + e[i]
    back.append(k)
best = int(score.argmax())
path = [best]
for k in range(len(back)):
    best = int(back[len(back) - 1 - k][best])
    path.append(best)
path.reverse()
return torch.tensor(path), score.max()""", f(4, 3), f(3, 3), dyn=(f(6, 3), f(3, 3)), also=[(f(1, 3), f(3, 3)), (f(2, 3), f(3, 3))])
script("rfor_list_reversed", "x: Tensor", """
outs: List[Tensor] = []
h = torch.zeros(2)
for i in range(x.size(0) - 1, -1, -1):
    h = torch.tanh(h + x[i])
    outs.append(h)
outs.reverse()
return torch.stack(outs)""", f(4, 2), **ROWS)
script("bidir", "x: Tensor", """
f1: List[Tensor] = []
b1: List[Tensor] = []
hf = torch.zeros(2)
hb = torch.zeros(2)
T = x.size(0)
for t in range(T):
    hf = torch.tanh(hf + x[t])
    hb = torch.tanh(hb - x[T - 1 - t])
    f1.append(hf)
    b1.insert(0, hb)
return torch.cat([torch.stack(f1), torch.stack(b1)], 1)""", f(4, 2), **ROWS)
script("chunk_loop", "x: Tensor", """
outs: List[Tensor] = []
for i in range(0, x.size(0), 2):
    c = x[i : i + 2]
    outs.append(c.mean(0))
return torch.stack(outs)""", f(4, 2), dyn=(f(7, 2),), also=[(f(1, 2),), (f(2, 2),)])
script("chunk_loop_cat", "x: Tensor", """
outs: List[Tensor] = []
for i in range(0, x.size(0), 2):
    outs.append(x[i : i + 2] * (i + 1))
return torch.cat(outs)""", f(4, 2), dyn=(f(7, 2),), also=[(f(1, 2),), (f(2, 2),)])
script("split_sizes", "x: Tensor, n: Tensor", """
k = int(n)
a, b = x.split([k, x.size(0) - k])
return a.sum(0), b * 2""", f(4, 2), tensor(1), dyn=(f(6, 2), tensor(4)), also=[(f(3, 2), tensor(0)), (f(3, 2), tensor(3))])
script("unique_loop", "x: Tensor", """
u = torch.unique(x)
s = torch.zeros(())
for v in u:
    s = s * 2 + (x == v).sum() * v
return s, u.size(0)""", tensor([1.0, 3.0, 1.0, 2.0]), dyn=(tensor([5.0, 5.0]),), also=[(tensor([2.0]),)])
script("nonzero_loop", "x: Tensor", """
idx = torch.nonzero(x > 0)
s = torch.zeros(2)
for k in range(idx.size(0)):
    i, j = int(idx[k, 0]), int(idx[k, 1])
    s[j] += x[i, j]
return s, idx.size(0)""", f(4, 2), **ROWS0)
script("mask_assign_if", "x: Tensor", """
m = x > 0
y = x.clone()
if bool(m.any()):
    y[m] = y[m] * 2
else:
    y[~m] = -1.0
return y""", UP, **WAYS)
script("if_arms_empty", "x: Tensor", """
sel = x[x > 0]
if sel.numel() > 0:
    return sel.max(), sel
return torch.tensor(-1.0), sel""", UP, **WAYS)
script("assert_range", "x: Tensor", """
assert x.size(0) < 100
if x.size(0) == 0:
    raise ValueError("empty")
n = x.size(0)
while n > 3:
    n -= 2
    if n < 0:
        raise ValueError("neg")
return x[:n]""", f(4, 2), **ROWS)
script("try_ternaries", "x: Tensor", """
a = 1 if x.sum() > 0 else (2 if x[0, 0] < 0 else 3)
b = 0.5 if a == 1 else 1.5
l = [x] if a == 2 else [x, x]
return x * a * b, torch.cat(l), a, b""", UP, **WAYS)
script("swap", "x: Tensor", """
a, b = x, x * 2
for i in range(x.size(0)):
    if x[i, 0] > 0:
        a, b = b, a
return a, b""", f(4, 2), **ROWS0)
script("swap_write", "x: Tensor", """
a, b = x.clone(), x * 2
for i in range(x.size(0)):
    a[i] = b[i] + 1
    a, b = b, a
return a, b""", f(4, 2), **ROWS0)
script("alias_list_write", "x: Tensor", """
y = x.clone()
l = [y, y]
for i in range(x.size(0)):
    y[i] += 1
return l[0], l[1] * 2, y""", f(4, 2), **ROWS0)
script("list_items_written", "x: Tensor", """
l = [torch.zeros(2), torch.ones(2)]
for i in range(x.size(0)):
    l[0] += x[i]
    l[1].mul_(0.5)
return l[0], l[1]""", f(4, 2), **ROWS0)
script("list_items_written_dyn", "x: Tensor", """
l = [torch.zeros(2), torch.ones(2)]
for i in range(x.size(0)):
    l[i % 2] += x[i]
return l[0], l[1]""", f(4, 2), **ROWS0)
script("list_items_written_dyn2", "x: Tensor", """
l = [torch.zeros(2), torch.ones(2)]
for i in range(x.size(0)):
    l[i % 2].add_(x[i])
return l[0], l[1]""", f(4, 2), **ROWS0)
script("list_walk_write", "x: Tensor", """
l = [x[0].clone(), x[0] + 1]
for t in l:
    t.add_(1)
    if x.sum() > 0:
        t.mul_(2)
return l[0], l[1]""", UP, **WAYS)

# --- memory that is shared, and ways out of loops

script("written_if", "x: Tensor", """
h = torch.zeros(2)
for i in range(x.size(0)):
    if bool(x[i].sum() > 0):
        h.mul_(0.5).add_(x[i])
return h""", f(4, 2), **ROWS0)
script("ring_written", "x: Tensor", """
ring = torch.zeros(4, 2)
n = 0
for i in range(x.size(0)):
    if bool(x[i].sum() > 0):
        ring[n % 4].copy_(x[i])
        n += 1
return ring, n""", f(4, 2), **ROWS0)
script("items_by_turn", "x: Tensor", """
states = [torch.zeros(2), torch.zeros(2)]
for i in range(x.size(0)):
    if bool(x[i].sum() > 0):
        states[i % 2] += x[i]
return states[0], states[1]""", f(4, 2), **ROWS0)
script("items_then_set", "x: Tensor", """
states = [torch.zeros(2), torch.zeros(2)]
for i in range(x.size(0)):
    if bool(x[i].sum() > 0):
        states[i % 2] += x[i]
if x.sum() > 0:
    states[0] = x[0]
return states[0], states[1]""", f(4, 2), also=[(-f(4, 2).abs(),), (f(4, 2).abs(),)])
script("item_shared", "x: Tensor", """
states = [torch.zeros(2), torch.zeros(2)]
if x.sum() > 0:
    states[0] = x[0]
else:
    states[1] = states[0]
states[0] = states[0] + 1
return states[0], states[1]""", f(4, 2), also=[(-f(4, 2).abs(),), (f(4, 2).abs(),)])
script("item_by_data_written", "x: Tensor", """
a = x.clone()
b = x + 1
l = [a, b]
k = int(x.sum() > 0)
l[k].mul_(2)
a += 1
l[1 - k].sub_(3)
return a, b, l[0], l[1], l[k]""", UP, **WAYS)
script("items_walked_written", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    l.append(x[i] * 1)
for t in l:
    t.add_(1)
l[0].mul_(5)
m = l[1:]
return torch.stack(l), len(m)""", f(4, 2), **ROWS)
script("items_added_to", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    l.append(x[i] * 1)
for i in range(len(l)):
    l[i] += i
    if i > 0:
        l[i].add_(l[i - 1])
return torch.stack(l)""", f(4, 2), **ROWS)
script("parts_written", "x: Tensor", """
y = x.clone()
rows = y.unbind(0)
for t in rows:
    t.mul_(2)
rows[0].add_(1)
return y, torch.stack(rows)""", f(4, 2), **ROWS)
script("split_written", "x: Tensor", """
y = x.clone()
for c in y.split(2):
    c.mul_(2)
    c[0] += 1
return y""", f(4, 2), **ROWS)
script("row_views_written", "x: Tensor", """
out = torch.zeros(x.size(0), 2)
for i in range(x.size(0)):
    v = out[i]
    if x[i, 0] > 0:
        v.copy_(x[i])
    else:
        v[1] = -1
    w = v * 2
    out[i] = w + v
return out""", f(4, 2), **ROWS0)
script("kept_before", "x: Tensor", """
h = torch.zeros(2)
keep = h
for i in range(x.size(0)):
    h = h + x[i]
    if x[i, 0] > 0:
        keep = h
    else:
        h = keep * 0.5
return h, keep""", f(4, 2), **ROWS0)
script("same_memory", "x: Tensor", """
h = torch.zeros(2)
g = h
for i in range(x.size(0)):
    h += x[i]
return h, g""", f(4, 2), **ROWS0)
script("rebound", "x: Tensor", """
y = x.clone()
z = y
if x.sum() > 0:
    y = y + 1
    z = y
z = z * 2
y += 1
return y, z""", UP, **WAYS)
script("tuple_swapped", "x: Tensor", """
t = (x.clone(), x + 1)
if x.sum() > 0:
    t = (t[1], t[0])
a, b = t
return a - b, t[0] * 2""", UP, **WAYS)
script("dict_value_written", "x: Tensor", """
d = {"a": x.clone()}
for i in range(x.size(0)):
    d["a"][i] += 1
    if x[i, 0] > 0:
        d["a"] = d["a"] * 2
return d["a"]""", f(4, 2), **ROWS0)
script("while_continue", "x: Tensor", """
y = torch.zeros(2, 2)
n = 0
while bool(y.sum() < 10) and n < 7:
    y += x.abs()
    if n % 3 == 2:
        y[0] = 0
        n += 1
        continue
    n += 1
    if bool(y.max() > 6):
        break
else_n = n
return y, else_n""", UP, **WAYS)
script("running_maximum", "x: Tensor", """
n = x.size(0)
acc = torch.zeros(n)
for i in range(n):
    m = -1.0
    for j in range(i, n):
        v = float(x[j, 0])
        if v > m:
            m = v
            if m > 2:
                break
    acc[i] = m
return acc""", f(4, 2), **ROWS0)
script("item_by_data_set", "x: Tensor", """
l = [x * k for k in range(3)]
i = int(x.sum().abs()) % 3
t = l[i]
l[i] = t + 1
return l[0], l[1], l[2], t""", UP, **WAYS)
script("views_written", "x: Tensor", """
a = x.clone()
b = a[0]
c = a.t()
for i in range(x.size(0)):
    if x[i].sum() > 0:
        b += 1
    else:
        c[0] *= 2
    a[-1] -= 1
return a, b, c""", f(4, 2), **ROWS)
script("pairs_sometimes", "x: Tensor", """
r: List[Tuple[int, Tensor]] = []
for i in range(x.size(0)):
    if x[i, 0] > 0:
        r.append((i, x[i]))
s = torch.zeros(2)
for i, t in r:
    s = s + t * i
if len(r) == 0:
    return s, -1
return s, r[-1][0]""", f(4, 2), **ROWS0)
script("two_lists", "x: Tensor", """
a: List[Tensor] = []
b: List[Tensor] = []
for i in range(x.size(0)):
    if x[i, 0] > 0:
        a.append(x[i])
    else:
        b.append(-x[i])
c = a + b
a.extend(b)
return torch.stack(c), torch.stack(a), len(b)""", f(4, 2), **ROWS)
script("cut_by_data", "x: Tensor, k: Tensor", """
l = [x, x + 1, x + 2]
n = int(k)
m = l[:n]
if len(m) == 0:
    m = [x * 0]
o = l[n:]
return torch.cat(m), len(o)""", UP, tensor(1), also=[(UP, tensor(0)), (UP, tensor(2)), (UP, tensor(3))])
script("while_true_return", "x: Tensor", """
n = 0
y = x
while True:
    if n >= 5:
        break
    if y.abs().sum() > 100:
        return y, -n
    y = y * 3
    n += 1
return y, n""", UP, **WAYS)
script("break_by_turn", "x: Tensor", """
s = torch.zeros(2)
for i in range(3):
    if x[0, 0] > i:
        s = s + x[0] * i
    else:
        break
return s""", UP, **WAYS)
script("return_by_turn", "x: Tensor", """
y = x
for i in range(4):
    if y.sum() > 10:
        return y * i
    y = y + y.abs()
return y - 1""", UP, **WAYS)
script("previous", "x: Tensor", """
p: Optional[Tensor] = None
o: List[Tensor] = []
for i in range(x.size(0)):
    c = x[i]
    if p is not None:
        o.append(c - p)
    p = c
return torch.stack(o) if len(o) > 0 else x""", f(4, 2), **ROWS)
script("best_of", "x: Tensor", """
best = x[0]
who = 0
for i in range(1, x.size(0)):
    if bool(x[i].norm() > best.norm()):
        best, who = x[i], i
return best, who""", f(4, 2), **ROWS)
script("pad_and_chunk", "x: Tensor", """
pad = (4 - x.size(1) % 4) % 4
if pad > 0:
    x = F.pad(x, [0, pad])
n = x.size(1) // 4
outs: List[Tensor] = []
for i in range(n):
    outs.append(x[:, 4 * i : 4 * i + 4].mean(1))
return torch.stack(outs, 1), n""", f(2, 5), dyn=(f(2, 9),), also=[(f(2, 4),), (f(2, 1),)])
script("front_cut", "x: Tensor", """
a = x[0]
b = x[1:]
while b.size(0) > 0:
    c = b[0]
    if c.sum() > a.sum():
        a = c
        b = b[1:]
    else:
        b = b[2:]
return a, b.size(0)""", f(4, 2), **ROWS)
script("mask_and_divide", "x: Tensor", """
y = x.clone()
y[y < 0] = 0
if bool((y == 0).all()):
    return y - 1
m = y.max()
y /= m
return y""", UP, **WAYS)
script("list_made_in_an_arm", "x: Tensor", """
if x.sum() > 0:
    m: List[Tensor] = []
    for i in range(x.size(0)):
        m.append(x[i] * i)
    return torch.stack(m)
l = [x[0]]
if x[0, 0] < 0:
    n: List[Tensor] = []
    for i in range(x.size(0)):
        n.append(x[i] + i)
    l = n
l.append(x[0] * 2)
return torch.stack(l)""", f(4, 2), dyn=(-f(6, 2).abs(),), also=[(f(1, 2).abs(),), (tensor([[0.5, -9.0]]),)])
script("either_nested", "x: Tensor", """
a = x.clone()
b = x * 2
z = a
if x.sum() > 0:
    z = b
if x[0, 0] > 0.5:
    z.add_(10)
    if x[1, 1] > 0.4:
        a.mul_(2)
else:
    b.sub_(1)
w = z
z.mul_(2)
return a, b, z, w""", UP, also=[(DOWN,), (NONE,), (tensor([[0.1, 2.0], [1.0, 1.0]]),), (tensor([[1.0, 2.0], [1.0, 0.1]]),), (tensor([[1.0, -9.0], [1.0, 1.1]]),)])
script("either_in_loop", "x: Tensor", """
a = x.clone()
b = x * 2
for i in range(x.size(0)):
    z = a
    if x[i, 0] > 0:
        z = b
    z[0] += i + 1
    z = z + 1
return a, b""", f(4, 2), **ROWS)
script("either_in_tuple", "x: Tensor", """
a = x.clone()
z = a
if x.sum() > 0:
    z = a
else:
    z = x + 1
t = (z, 1)
t[0].add_(1)
l = [z, a]
l[0].mul_(2)
return a, z, l[1]""", UP, **WAYS)
script("list_kept_apart", "x: Tensor", """
l: List[Tensor] = []
y = x.clone()
for i in range(x.size(0)):
    l.append(y[i] + 0)
l[0].mul_(2)
m = l[1:]
l.append(x[0])
s = torch.stack(l)
n = len(m)
return s, n, l[0]""", f(4, 2), **ROWS)
script("pieces_edited", "x: Tensor", """
l: List[Tensor] = []
for i in range(x.size(0)):
    l.append(x[: i + 1] * i)
k = len(l)
a = l[0]
b = l[-1]
l.reverse() if k < 0 else None
c = torch.cat(l[: k - 1]) if k > 1 else a
l.append(x[:0])
d = l.pop(0)
return torch.cat(l), a, b, c, d, len(l)""", f(4, 2), **ROWS)
script("pieces_sometimes", "x: Tensor", """
parts: List[Tensor] = []
for i in range(x.size(0)):
    if x[i, 0] > 0:
        parts.append(x[i:])
    else:
        parts.append(x[:i])
out = torch.zeros(2)
for p in parts:
    out = out + p.sum(0) * p.size(0)
return out, torch.cat(parts).size(0)""", f(4, 2), **ROWS)
script("dict_keys_counted", "x: Tensor", """
d: Dict[str, Tensor] = {}
for i in range(x.size(0)):
    if x[i, 0] > 1:
        d["big"] = x[i]
    elif x[i, 0] > 0:
        d["small"] = x[i]
n = len(d)
r = torch.zeros(2)
if "big" in d:
    r = r + d["big"]
if "small" in d:
    r = r - d["small"]
return r, n, d.get("none", r)""", f(4, 2), **ROWS)
script("optional_set_back", "x: Tensor", """
o: Optional[Tensor] = None
p: Optional[int] = None
for i in range(x.size(0)):
    if x[i, 0] > 0:
        if o is None:
            o = x[i]
        else:
            o = o * 0.5 + x[i]
        p = i
    elif p is not None and p > 0:
        o = None
        p = None
if o is None:
    return x[0] * 0, -1
return o, p if p is not None else -2""", f(6, 2), **ROWS)
script("strings_by_turn", "x: Tensor", """
m = "a"
k = 1
for i in range(x.size(0)):
    if x[i, 0] > 0 and m == "a":
        m = "b"
        k += 1
    elif m == "b":
        m = "a"
        k *= 2
return x.sum(0) * k, m == "b", k""", f(4, 2), **ROWS)
script("numbers_sorted_down", "x: Tensor", """
l = [1, 2, 3]
for i in range(x.size(0)):
    if x[i, 0] > 0:
        l.append(i)
    elif len(l) > 2:
        l.pop(0)
l.sort(reverse=True)
return torch.tensor(l), 3 in l, l.count(2), sum(l), l[0]""", f(4, 2), **ROWS)
script("types_differ", "x: Tensor", """
y = x
if x.sum() > 0:
    y = x.to(torch.int64)
z = y * 2
if x.sum() > 0:
    return z.sum().to(torch.float32)
return z.mean()""", UP, **WAYS)
script("ranks_differ", "x: Tensor", """
y = x[0]
if x.sum() > 0:
    y = x
w = y.sum(-1)
return w.sum()""", UP, **WAYS)
script("views_in_a_list", "x: Tensor", """
t = torch.zeros(3, 2)
views = [t[0], t[1], t[2]]
for i in range(x.size(0)):
    views[i % 3] += x[i]
return t, views[0]""", f(4, 2), **ROWS)
script("stack_by_data", "x: Tensor", """
q = [x[0]]
seen = 0
while len(q) > 0 and seen < 9:
    c = q.pop()
    seen += 1
    if c[0] > 0.25:
        q.append(c * 0.5 - 0.1)
        if c[1] > 0:
            q.append(c - 1)
return seen, len(q)""", tensor([[2.0, 1.0]]), also=[(tensor([[0.1, 1.0]]),), (tensor([[4.0, 3.0]]),)])
