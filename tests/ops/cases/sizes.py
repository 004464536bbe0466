# SPDX-License-Identifier: Apache-2.0
"""Sizes other than the example's, 0 and 1 among them: what holds for the example only shows at these."""
from torch.nn import functional as F

from record import *

family("sizes")


def at(*sizes, dtype=F32):
    """A set of inputs for each size: one tensor of 3 columns for each entry of it."""
    return [tuple((f if dtype == F32 else ints)(n, 3) for n in (s if isinstance(s, tuple) else (s,))) for s in sizes]


# --- writes into slices: their bounds are held to the axis as it is when the model runs

WRITES = {
    "inner": ("y[1:-1] = 0", 5, (0, 1, 2, 3)), "front": ("y[:2] = 1", 4, (0, 1, 2, 9)), "back": ("y[-2:] = 1", 4, (0, 1, 2, 9)),
    "empty_at_first": ("y[5:] = 7", 4, (0, 5, 6, 9)), "empty_before": ("y[3:1] = 7", 4, (0, 1, 2, 9)),
    "crossing": ("y[2:-2] = 7", 3, (0, 1, 4, 5, 9)), "from_back": ("y[-3:2] = 7", 9, (0, 1, 2, 3, 4)),
    "back_to_back": ("y[-4:-1] = 7", 3, (0, 1, 4, 9)), "beyond": ("y[-100:100] = 7", 3, (0, 1, 200)),
    "every_second": ("y[::2] = 7", 4, (0, 1, 2, 7)), "every_third": ("y[1::3] = 7", 4, (0, 1, 2, 8)),
    "stepped_inner": ("y[1:-1:2] = 7", 6, (0, 1, 2, 3, 9)), "stepped_back": ("y[-5::2] = 7", 6, (0, 1, 3, 9)),
    "half": ("y[: y.size(0) // 2] = 7", 4, (0, 1, 5)), "last_three": ("y[y.size(0) - 3 :] = 7", 4, (3, 4, 5, 9)),
    "long_before_end": ("y[: y.size(0) - 4] = 7", 6, (0, 1, 2, 3, 5, 7)), "row": ("y[-1] = 7", 4, (1, 2, 9)), "second": ("y[1] = 7", 4, (2, 9)),
    "nested": ("y[1:][:-1] = 7", 5, (0, 1, 2, 3)), "nested_step": ("y[1:][::2][1:] = 7", 9, (0, 1, 2, 3, 4, 5)),
    "add": ("y[1:] += 1", 4, (0, 1, 2, 7)), "add_stepped": ("y[::2] += y[::2]", 4, (0, 1, 2, 7)), "shifted": ("y[1:] = y[:-1].clone()", 4, (1, 2, 7)),
    "twice": ("y[:2] = 1\ny[1:3] = y[:2].sum()", 4, (0, 1, 2, 3, 9)), "mask_of_part": ("y[1:][y[1:] > 0] = 7.0", 4, (0, 1, 2, 9)),
    "relu_part": ("y[:-1].relu_()", 4, (0, 1, 2, 9)), "narrow": ("y.narrow(0, 1, y.size(0) - 1).zero_()", 4, (1, 2, 9)),
    "split": ("a, b = y.split([1, y.size(0) - 1])\nb.zero_()\na += 1", 4, (1, 2, 9)), "unbound": ("y[0:1].unbind()[0].zero_()", 4, (1, 2, 9)),
    "unsqueezed_one_row": ("y[y.size(0) // 3 + 1 : -1 : 2, None, y.size(1) - 3 : y.size(1) : 2] += 1", 4, (1, 2, 7, 9)),
    "columns": ("y[1:, :2] = 7", 4, (0, 1, 2, 9)), "column_step": ("y[1:, ::2] = 7", 4, (0, 1, 2, 9)),
}
for name, (body, example, sizes) in WRITES.items():
    script(f"write_{name}", "x: Tensor", "y = x.clone()\n" + body + "\nreturn y", f(example, 3), dyn=at(*sizes))
for name, body, example, sizes in (
        ("inner", "y[:, 1:-1] = 0", 5, (0, 1, 2, 3)), ("stepped", "y[:, 1::2] = 7", 4, (0, 1, 2, 7)), ("from_back", "y[:, -3:2] = 7", 9, (0, 1, 3, 4)),
        ("empty_at_first", "y[:, 5:] = 7", 4, (1, 6)), ("last", "y[:, -1] = 7", 4, (1, 7)), ("transposed", "y.t()[1:-1] = 0", 5, (0, 1, 2, 3)),
        ("both", "y[1:, 1:] = 0\ny[::2, ::2] = 1", 5, (0, 1, 2, 3)), ("int", "y[:, :-1] += 1", 5, (0, 1, 2))):
    script(f"write_columns_{name}", "x: Tensor", "y = x.clone()\n" + body + "\nreturn y", f(2, example), dyn=[(f(3, n),) for n in sizes])


# --- bounds that another tensor's size decides

def by_size(x, y):
    z = x.clone()
    z[: y.size(0)] = y
    z[-y.size(0):] = y * 2
    return z


def by_size_columns(x, y):
    z = x.clone()
    z[:, : y.size(1)] += y
    z[:, -y.size(1):] = 7
    return z


def by_size_stepped(x, y):
    z = x.clone()
    z[y.size(0) :: 2] = 0
    return z


case("write_by_size", by_size, f(7, 3), f(2, 3), dyn=at((5, 2), (9, 5), (1, 1), (0, 0)))
case("write_by_size_columns", by_size_columns, f(2, 7), f(2, 3), dyn=[(f(2, n), f(2, m)) for n, m in ((3, 3), (9, 1), (1, 1))])
case("write_by_size_stepped", by_size_stepped, f(7, 3), f(2, 3), dyn=at((5, 7), (9, 1), (1, 0), (0, 2)))

# --- bounds that the data decides
script("write_by_data", "x: Tensor, n: Tensor", """
y = x.clone()
k = int(n.item())
y[:k] = 1
y[k:] *= 2
return y""", f(5, 3), tensor(2), dyn=[(f(n, 3), tensor(k)) for n, k in ((5, 0), (5, 5), (5, -2), (3, 7), (1, -1), (0, 0))])
script("write_twice_by_data", "x: Tensor, n: Tensor", """
y = x.clone()
a = int(n[0].item())
b = int(n[1].item())
y[a:b] = 1
y[b:] = 2
y[:, a] = 3
return y""", f(5, 3), tensor([1, 3]), dyn=[(f(n, 3), tensor(k)) for n, k in ((5, [0, 0]), (5, [2, 1]), (3, [1, -1]), (4, [-1, 2]))])
script("write_mask_row_by_data", "x: Tensor, n: Tensor", """
m = torch.zeros_like(x, dtype=torch.bool)
for i in range(3):
    m[i, : int(n[i].item())] = True
return x.masked_fill(m, 0.0)""", f(3, 5), tensor([1, 5, 0]), dyn=[(f(3, 5), tensor([0, 2, 4])), (f(3, 1), tensor([1, 0, 1]))])

# --- reads
READS = {
    "front": "x[:2]", "back": "x[-2:]", "inner": "x[1:-1]", "stepped": "x[1::2]", "last_five": "x[x.size(0) - 5 :]", "before_five": "x[: x.size(0) - 5]",
    "flattened": "x[1:-1].flatten()", "viewed": "x[:2].reshape(x[:2].size(0), 1, 3)", "like": "torch.ones_like(x[1:-1])", "twice": "torch.cat([x[1:], x[:-1]])",
    "expanded": "x[:1].expand(4, x.size(0) if x.size(0) < 1 else 1, 3) if False else x[:1].sum(0).expand(x.size(0), 3)",
}
for name, body in READS.items():
    script(f"read_{name}", "x: Tensor", f"return {body} * 1", f(4, 3), dyn=at(0, 1, 2, 3, 7))

# --- reshapes of nothing
for name, fn in {
        "heads": lambda x: x.view(x.size(0), x.size(1), 2, 2).transpose(1, 2), "merged": lambda x: x.transpose(1, 2).reshape(x.size(0) * 4, x.size(1)),
        "flat": lambda x: x.flatten(1), "folded": lambda x: x.reshape(x.size(1), x.size(0), 4), "grouped": lambda x: x.transpose(0, 1).flatten(1)}.items():
    case(f"reshape_{name}", fn, f(2, 5, 4), dyn=[(f(n, m, 4),) for n, m in ((0, 3), (3, 0), (1, 1), (0, 0))])

for name, fn in {"rest": lambda x: x.transpose(1, 2).reshape(x.size(0) * 4, -1),
                 "rest_between": lambda x: torch.stack([x, x * 2], 1).reshape(2 * x.size(0), 1, -1, 4)}.items():
    case(f"reshape_{name}", fn, f(2, 5, 4), dyn=[(f(n, m, 4),) for n, m in ((3, 0), (1, 1), (2, 7))])


# --- forms that ONNX Runtime's optimizations get wrong

def any_size(name, fn, *sizes, inputs=None):
    case(name, fn, *(inputs or (f(4, 3),)), dyn=at(*sizes))


for by in (1, -1, 3, -4):
    any_size(f"roll_{by}".replace("-", "minus_"), lambda x, by=by: torch.roll(x, by, 0) * 2, 1, 2, 7, 0)
any_size("roll_all", lambda x: torch.roll(x, 2) * 2, 1, 2, 7)
any_size("gather_backwards", lambda x: x[torch.arange(x.size(0) - 1, -1, -1)] * 2, 1, 2, 7)
any_size("gather_from_back", lambda x: x[torch.arange(-x.size(0), 0)] * 2, 1, 2, 7)
any_size("gather_every_second_backwards", lambda x: x[torch.arange(x.size(0) - 1, -1, -2)] * 2, 1, 2, 7)
any_size("gather_up", lambda x: x[torch.arange(x.size(0))] * 2, 0, 1, 7)
case("expand_to_nothing", lambda x, i: torch.cat([x.gather(1, i[:, :, None].expand(-1, -1, 0)), x], 2)[:, :, :1] if False
     else x[:, :, :0].gather(1, i[:, :, None].expand(-1, -1, 0)), f(2, 3, 4), ints(2, 3, low=0, high=3), dyn=[(f(5, 3, 4), ints(5, 3, low=0, high=3))])
case("inverse_of_integers", lambda x: torch.div(1, x, rounding_mode="trunc") * x + torch.div(1, x, rounding_mode="floor"), tensor([[-2, -1, 1, 3]]),
     dyn=(tensor([[1, 2, -1, -3]] * 3),))
for k, fn in enumerate((
        lambda x: F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 2), lambda x: F.max_pool2d(F.pad(x, (0, 1, 0, 1)), 3, 2, ceil_mode=True),
        lambda x: F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 2, padding=1), lambda x: F.max_pool2d(F.pad(x, (2, 1, 2, 1)), 3, 1, dilation=2),
        lambda x: F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 2, return_indices=True)[0], lambda x: F.conv2d(F.pad(x, (1, 1, 1, 1)), torch.ones(1, 2, 3, 3)),
        lambda x: F.avg_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 2), lambda x: F.max_pool2d(F.pad(x, (1, 1, 1, 1), value=-1.0), 3, 2))):
    case(f"pad_pool_{k}", fn, -pos(1, 2, 6, 6), dyn=(-pos(2, 2, 9, 7),))
case("pad_pool_1d", lambda x: F.max_pool1d(F.pad(x, (1, 1)), 3, 2), -pos(1, 2, 7), dyn=(-pos(3, 2, 8),))


# --- reductions of nothing
for name, fn in {"any": lambda x: (x > 0).any(0), "all": lambda x: (x > 0).all(0), "any_all": lambda x: (x > 0).any(), "all_all": lambda x: (x > 0).all(),
                 "sum": lambda x: x.sum(0), "prod": lambda x: x.prod(0), "norm": lambda x: x.norm(dim=0), "cumsum": lambda x: x.cumsum(0)}.items():
    any_size(f"nothing_{name}", fn, 0, 1, 7)


# --- packed sequences, whose batch and steps are dynamic

class Packed(nn.Module):
    def __init__(self, layer, batch_first=False, enforce_sorted=True, total=None, value=0.0, **options):
        super().__init__()
        self.layer = settle(layer(3, 4, batch_first=batch_first, **options))
        self.batch_first, self.enforce_sorted, self.total, self.value = batch_first, enforce_sorted, total, value

    def forward(self, x, lengths, *states):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, self.batch_first, self.enforce_sorted)
        y, after = self.layer(packed, None if not states else states[0] if len(states) == 1 else states)
        total = x.size(int(self.batch_first)) if self.total == "steps" else self.total
        y, lengths = nn.utils.rnn.pad_packed_sequence(y, self.batch_first, self.value, total)
        return (y, lengths) + ((after,) if isinstance(after, torch.Tensor) else after)


def sequences(lengths, steps, batch_first=False, layers=0, states=1):
    x = f(steps, len(lengths), 3)
    return (x.transpose(0, 1).contiguous() if batch_first else x, tensor(lengths)) + tuple(f(layers, len(lengths), 4) for _ in range(states if layers else 0))


SORTED, MIXED = ([5, 3, 3], [7, 2], [1], [4, 4, 2, 1]), ([3, 5, 1], [2, 7], [1], [4, 1, 2, 4])
for name, lengths, options, data in (
        ("lstm", SORTED, dict(layer=nn.LSTM), {}), ("gru", SORTED, dict(layer=nn.GRU), {}), ("rnn", SORTED, dict(layer=nn.RNN), {}),
        ("lstm_unsorted", MIXED, dict(layer=nn.LSTM, enforce_sorted=False), {}), ("gru_both_ways", MIXED, dict(layer=nn.GRU, enforce_sorted=False, bidirectional=True), {}),
        ("rnn_relu_total", SORTED, dict(layer=nn.RNN, nonlinearity="relu", total=9), {}), ("lstm_batch_first_steps", SORTED, dict(layer=nn.LSTM, batch_first=True, total="steps"), {}),
        ("lstm_states", SORTED, dict(layer=nn.LSTM), dict(layers=1, states=2)), ("gru_states_unsorted", MIXED, dict(layer=nn.GRU, enforce_sorted=False, num_layers=2), dict(layers=2)),
        ("lstm_all", MIXED, dict(layer=nn.LSTM, enforce_sorted=False, bidirectional=True, num_layers=2, batch_first=True, value=-1.5), dict(layers=4, states=2))):
    made = [sequences(l, max(l) + (i > 1), options.get("batch_first", False), **data) for i, l in enumerate(lengths)]
    case(f"packed_{name}", Packed(**options), *made[0], dyn=made[1:])


# --- results that only training wants, and one element

class Trained(nn.Module):
    def __init__(self, call):
        super().__init__()
        self.call, self.w, self.m, self.v = call, nn.Parameter(f(3)), nn.Parameter(f(3)), nn.Parameter(pos(3))

    def forward(self, x):
        return self.call(x, self.w, self.m.clone(), self.v.clone())


for name, call in {
        "native": lambda x, w, m, v: torch.native_batch_norm(x, w, w, m, v, True, 0.1, 1e-5),
        "legit": lambda x, w, m, v: torch.ops.aten._native_batch_norm_legit.no_stats(x, w, None, True, 0.1, 1e-5),
        "functional": lambda x, w, m, v: torch.ops.aten._native_batch_norm_legit_functional(x, w, w, m, v, True, 0.25, 1e-5)}.items():
    case(f"batch_norm_{name}", Trained(call), f(4, 3, 5), dyn=[(f(2, 3, 7),), (f(5, 3, 2),)])
case("layer_norm_of_one", nn.LayerNorm(1), f(4, 1), dyn=[(f(2, 1),), (f(0, 1),)])
case("layer_norm_of_one_plain", lambda x: F.layer_norm(x, (1, 1)), f(4, 1, 1), dyn=[(f(2, 1, 1),)])
case("margin_ranking_of_ints", lambda x, y: F.margin_ranking_loss(x, y, y.sign()), ints(3, 4), ints(3, 4), dyn=[(ints(5, 4), ints(5, 4))])


# --- adaptive pooling of axes of any size, to fixed ones
case("adaptive_max_1d", lambda x: F.adaptive_max_pool1d(x, 4), f(1, 2, 10), dyn=[(f(3, 2, 7),), (f(2, 2, 4),), (f(1, 2, 3),), (f(1, 2, 1),)])
case("adaptive_max_2d", lambda x: F.adaptive_max_pool2d(x, (3, 2), return_indices=True), f(1, 2, 7, 9), dyn=[(f(2, 2, 4, 5),), (f(1, 2, 1, 2),), (f(3, 2, 12, 8),)])
case("adaptive_max_2d_one_axis", lambda x: F.adaptive_max_pool2d(x, (None, 3), return_indices=True), ints(1, 2, 6, 9).float(), dyn=[(ints(1, 2, 6, 4).float(),), (ints(1, 2, 6, 2).float(),)])
case("adaptive_avg_1d", lambda x: F.adaptive_avg_pool1d(x, 4), f(1, 2, 10), dyn=[(f(3, 2, 7),), (f(2, 2, 4),), (f(1, 2, 3),), (f(1, 2, 1),)])

# --- numbers out of tensors
script("tolist", "x: Tensor, n: Tensor", "k: List[int] = n.tolist()\nreturn x[k[0] : k[1]], x.split(k, 0)[1]", f(7, 3), tensor([2, 5]),
       dyn=[(f(9, 3), tensor([3, 6])), (f(7, 3), tensor([0, 7]))])
script("tolist_nested", "x: Tensor", "k: List[List[float]] = x.tolist()\nreturn torch.tensor(k[1]) + k[0][1]", f(2, 3), dyn=[(f(2, 3),)])
script("powers_of_ints", "x: Tensor", "return x * 2 ** 3, torch.tensor(3 ** 2), torch.tensor(2 ** -1)", f(3), dyn=(f(5),))
