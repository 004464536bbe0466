# SPDX-License-Identifier: Apache-2.0
"""Operators that networks seldom use, by what they are in PyTorch's operator database for."""
import torch
import torch.nn.functional as F

from record import *

family("rarer")
NAN = float("nan")

for dim, chunks in ((0, 2), (-1, 5), (1, 3)):
    case(f"chunk_cat_{dim}", lambda a, b, dim=dim, chunks=chunks: torch._chunk_cat([a, b], dim, chunks), f(3, 4, 3), f(3, 4, 3))
case("vander", lambda x: (torch.linalg.vander(x), torch.linalg.vander(x, N=5)), f(2, 4))
case("vander_int", lambda x, y: (torch.linalg.vander(x, N=4), torch.linalg.vander(y, N=2)), ints(5), tensor(3))
case("nonzero_static", lambda x: (torch.nonzero_static(x, size=3), torch.nonzero_static(x, size=9, fill_value=-7)),
     tensor([[0, 1, 2], [3, 0, 0]]), dyn=(tensor([[0, 0], [0, 5], [1, 0], [0, 0]]),))

case("tensor_split_by_data", lambda x, i: torch.tensor_split(x, i, dim=1), f(2, 6), tensor([1, 4]),
     dyn=[(f(2, 8), tensor([3, -2])), (f(1, 6), tensor([2, 9]))])
for how in ("sum", "prod", "amax", "amin", "mean"):
    case(f"scatter_part_{how}", lambda x, i, s, how=how: (x.scatter_reduce(0, i, s, how),
                                                         x.scatter_reduce(1, i, s, how, include_self=False)),
         f(4, 5), ints(3, 4, low=0, high=4), f(3, 5))

case("gradient", lambda x: torch.gradient(x), f(5, 6), dyn=[(f(3, 4),), (f(9, 5),)])
case("gradient_step", lambda x: torch.gradient(x, spacing=0.5, dim=-1, edge_order=2), f(4, 6), dyn=(f(3, 4),))
code("gradient_steps", ["_0[0]", "_0[1]", "_1[0]"], f(4, 6),
     before=["_0 = torch.gradient(a, spacing=[2., 0.25], dim=[1, 0])", "_1 = torch.gradient(a, spacing=[0.5], dim=1)"],
     rows=["aten::gradient.scalarrayarray", "aten::gradient.scalarrayint"],
     answer=lambda a: torch.gradient(a, spacing=[2.0, 0.25], dim=[1, 0]) + torch.gradient(a, spacing=[0.5], dim=1))
script("gradient_dims", "x: Tensor", "return torch.gradient(x, dim=[1, 0]) + torch.gradient(x, spacing=2.0, dim=[0], edge_order=2)", f(4, 6))
case("gradient_places", lambda x, p: torch.gradient(x, spacing=[p], dim=1), f(3, 4, 5), tensor([0.5, 1.0, 2.5, 4.0]))
case("gradient_places_2", lambda x, p, q: torch.gradient(x, spacing=[p, q], dim=[0, 2], edge_order=2),
     f(3, 2, 4), tensor([0.5, 1.0, 2.5]), tensor([-1.0, 0.0, 2.0, 3.0]))
case("gradient_int", lambda x: torch.gradient(x, spacing=2), ints(6))
case("gradient_int_dim", lambda x, p: torch.gradient(x, spacing=[p], dim=0), ints(4, 2), tensor([0.0, 1.0, 3.0, 4.0]))
case("gradient_all_places", lambda x, p: torch.gradient(x, spacing=[p]), f(4), tensor([0.0, 1.0, 3.0, 4.0]))

HOLES = tensor([[1.0, NAN, 3.0, 2.0, NAN], [NAN] * 5, [5.0, 4.0, 3.0, 2.0, 1.0], [NAN, NAN, NAN, 7.0, NAN]])
case("nanmedian", lambda x: (torch.nanmedian(x), torch.nanmedian(x.t(), dim=0, keepdim=True)[0],
                             torch.nanmedian(x[2:], dim=-1)), HOLES)
case("nanmedian_int", lambda x: torch.nanmedian(x, dim=1)[0], ints(3, 5))
for how in ("linear", "lower", "higher", "midpoint", "nearest"):
    case(f"nanquantile_{how}", lambda x, q, how=how: (torch.nanquantile(x, q, dim=1, interpolation=how),
                                                      torch.nanquantile(x, 0.3, dim=0, keepdim=True)), HOLES, tensor([0.0, 0.4, 1.0]))
case("nanquantile_dynamic", lambda x, q: torch.nanquantile(x, q), HOLES, tensor(0.3), dyn=(tensor([[NAN, 1.0], [2.0, 8.0]]), tensor(0.5)))

X, T = f(4, 5), tensor([1, 0, 4, 2])
case("multi_margin", lambda x, t: (F.multi_margin_loss(x, t), F.multi_margin_loss(x, t, p=2, margin=0.5, reduction="none")), X, T,
     dyn=(f(2, 3), tensor([2, 0])))
case("multi_margin_weight", lambda x, t, w: F.multi_margin_loss(x, t, weight=w, reduction="sum"), X, T, pos(5))
case("multi_margin_one", lambda x, t: F.multi_margin_loss(x, t), f(5), tensor(3))
M = tensor([[1, 3, -1, 0, 0], [-1, 1, 2, 3, 4], [0, 1, 2, 3, 4], [4, -1, -1, -1, -1]])
case("multilabel_margin", lambda x, t: (F.multilabel_margin_loss(x, t), F.multilabel_margin_loss(x, t, reduction="none")), X, M)
case("multilabel_margin_one", lambda x, t: F.multilabel_margin_loss(x, t), f(5), M[0])
case("multilabel_margin_forward", lambda x, t: torch.ops.aten.multilabel_margin_loss_forward(x, t, 1), X, M)
case("frexp", torch.frexp, tensor([0.0, 1.0, -1.0, 0.5, 3.0, -1e-30, 1e30, 8.0, 7.9999995, 1e-40, NAN, float("inf")]), atol=0)

W = f(4, 4, span=1.0) + 3 * torch.eye(4)
case("matrix_power", lambda x: (torch.matrix_power(x, 0), torch.matrix_power(x, -1), torch.linalg.matrix_power(x, -3)), W)
case("matrix_power_dynamic", lambda x: torch.matrix_power(x, 0), f(2, 3, 3), dyn=(f(1, 4, 4),))
case("matrix_exp", lambda x: (torch.matrix_exp(x), torch.linalg.matrix_exp(0.01 * x)), f(2, 3, 3, span=2.0), dyn=(f(1, 5, 5, span=1.0),))
code("matrix_exp_old", ["torch.matrix_exp(a)"], f(3, 3, span=1.0), rows=["aten::matrix_exp"], answer=torch.matrix_exp)
case("tensorinv", lambda x: torch.linalg.tensorinv(x), (f(6, 6, span=1.0) + 3 * torch.eye(6)).reshape(2, 3, 3, 2))
case("tensorinv_1", lambda x: torch.linalg.tensorinv(x, ind=1), (f(6, 6, span=1.0) + 3 * torch.eye(6)).reshape(6, 3, 2))
case("tensorsolve", lambda a, b: torch.linalg.tensorsolve(a, b), (f(6, 6, span=1.0) + 3 * torch.eye(6)).reshape(2, 3, 6), f(2, 3))
case("tensorsolve_dims", lambda a, b: torch.linalg.tensorsolve(a, b, dims=(0,)), (f(6, 6, span=1.0) + 3 * torch.eye(6)).t().reshape(6, 2, 3), f(2, 3))
for upper, transposed, unit in ((True, False, False), (False, True, False), (True, True, True)):
    case(f"triangular_solve_{upper}_{transposed}_{unit}", lambda b, a, o=(upper, transposed, unit): torch.triangular_solve(b, a, *o), f(4, 2), W)
S = f(4, 3)
for name in ("hfft2", "hfftn"):
    case(name, lambda a, b, name=name: getattr(torch.fft, name)(torch.complex(a, b)), S, f(4, 3))
case("hfftn_sizes", lambda a: torch.fft.hfftn(a, s=(3, 6), norm="ortho"), S)
for name in ("ihfft2", "ihfftn"):
    case(name, lambda a, name=name: torch.view_as_real(getattr(torch.fft, name)(a, norm="forward")), S)

script("expand_kept_by_data", "x: Tensor, n: Tensor, m: Tensor", "return x.expand(int(n), int(m))", f(1, 3), tensor(-1), tensor(3),
       also=[(f(1, 3), tensor(4), tensor(-1)), (f(1, 3), tensor(1), tensor(3)), (f(1, 3), tensor(0), tensor(-1))])
case("matrix_vector_of_none", lambda a, b: (a @ b, torch.mv(a, b)), f(3, 4), f(4), dyn=[(f(3, 0), f(0)), (f(2, 1), f(1))])
case("median_of_nan", lambda x: (torch.median(x), torch.median(x[2:], dim=1), torch.median(x, dim=1)[0]), HOLES)
case("quantile_of_nan", lambda x, q: (torch.quantile(x, q, dim=1), torch.quantile(x, 0.5), torch.quantile(x[2], 0.25)), HOLES, tensor([0.0, 0.4]))
case("put_from_the_end", lambda x, i, s: (x.put(i, s), x.put(i, s, accumulate=True)), f(3, 4), tensor([-1, 2, -12]), f(3), dyn=(f(2, 3), tensor([-6, 5, 1]), f(3)))

# --- what sizes or data decide

for name, fn in (("lower", torch.tril_indices), ("upper", torch.triu_indices)):
    case(f"triangle_{name}", lambda x, fn=fn: (fn(x.size(0), x.size(1), 0), fn(x.size(1), x.size(1), 1), fn(x.size(0), 4, -1, dtype=I32)), f(4, 5),
         dyn=[(f(1, 1),), (f(7, 2),), (f(2, 6),), (f(1, 3),)])
case("triangle_of_count", lambda x: torch.triu_indices(x[x > 0].size(0), 3, 0), f(6), dyn=[(f(3),), (pos(2),), (-pos(4),)])
case("tensor_split_back", lambda x: torch.tensor_split(x, [1, -1, 3], dim=1)[:3] + torch.tensor_split(x, [3, 1], dim=1), f(2, 5),
     dyn=[(f(3, n),) for n in (1, 2, 4, 9)])
case("tensor_split_by_size", lambda x, y: torch.tensor_split(x, [1, x.size(0) // 2, y.size(0)])[1:], f(4, 3), f(3, 2),
     dyn=[(f(1, 3), f(5, 2)), (f(2, 3), f(1, 2)), (f(9, 3), f(2, 2))])


def r_split_written(x):
    y = x.clone(); y.tensor_split([3, 1])[2].mul_(2); y.tensor_split([-2, 1])[1].add_(1); return y


case("tensor_split_written", r_split_written, f(5, 3), dyn=[(f(n, 3),) for n in (1, 2, 3, 8)])
case("bincount_of_none", lambda x: (torch.bincount(x), torch.bincount(x, minlength=3)), ints(5, low=0, high=4), dyn=[(ints(0, low=0, high=4),), (ints(2, low=0, high=9),)])
case("cut_to_bool", lambda x: ((x.int() != 0).sum(0), x.long().bool(), x.to(torch.int32).count_nonzero(0), x.int().any(1), x.to(torch.int16).long().all(0)),
     tensor([[0.5, -0.25, 1.0], [2.5, 0.0, -0.75], [0.0, -1.5, 0.125]]))
case("second_result_alone", lambda x: (torch.unique(x.long(), return_counts=True)[1], F.max_pool1d(x, 2, 1, return_indices=True)[1]), f(3, 5))
case("einsum_dots", lambda x, y: (torch.einsum("...ij,...kj->...ik", y, x), torch.einsum("i...,...->i...", y[:, 0], x), torch.einsum("...c,c...->...", x, x.sum(0).t())),
     f(4, 5, 3), f(4, 3), dyn=[(f(2, 6, 3), f(2, 3))], opset=11)

# --- groups of rows with a matrix each; torch 2.6 does not have it


def grouped(a, b, offs):
    ends = offs.tolist()
    parts = [(s, e) for s, e in zip([0] + ends, ends)]
    if a.dim() == 2 and b.dim() == 3:
        return torch.cat([a[s:e] @ b[i] for i, (s, e) in enumerate(parts)])
    if a.dim() == 3:
        return torch.cat([a[i] @ b[:, s:e] for i, (s, e) in enumerate(parts)], 1)
    return torch.stack([a[:, s:e] @ b[s:e] for s, e in parts])


for name, a, b, others in (
        ("rows", (6, 4), (3, 4, 5), [((9, 4), (3, 4, 5), [0, 0, 9]), ((1, 4), (3, 4, 5), [0, 1, 1])]),
        ("columns", (3, 2, 4), (4, 6), [((3, 2, 4), (4, 8), [3, 8, 8]), ((3, 2, 4), (4, 1), [1, 1, 1])]),
        ("inner", (2, 6), (6, 5), [((2, 8), (8, 5), [3, 8, 8]), ((2, 1), (1, 5), [0, 0, 1])])):
    code(f"grouped_mm_{name}", ["torch._grouped_mm(a, b, c)"], f(*a), f(*b), tensor([2, 3, 6], I32), rows=["aten::_grouped_mm"], answer=grouped,
         dyn=[(f(*x), f(*y), tensor(o, I32)) for x, y, o in others])
code("grouped_mm_all", ["torch._grouped_mm(a, b)"], f(3, 2, 4), f(3, 4, 5), rows=["aten::_grouped_mm"], answer=lambda a, b: a @ b)

for name, kernel, others in (("tiles", dict(kernel_size=2, stride=2), [(4, 8), (2, 2), (9, 7)]),
                             ("strides", dict(kernel_size=3, stride=2, padding=1), [(6, 8), (1, 1), (4, 3)]),
                             ("apart", dict(kernel_size=(2, 3), stride=(3, 2), dilation=(2, 1)), [(6, 8), (3, 3), (7, 5)])):
    case(f"fold_{name}", lambda x, kernel=kernel: F.fold(F.unfold(x, **kernel), x.shape[2:], **kernel), f(1, 2, 5, 6), dyn=[(f(1, 2, *s),) for s in others])

# --- rows that data leaves none of: ONNX Runtime's TopK divides by their number; and matrices without rows

NO_ROWS = dict(dyn=[(-pos(5, 4),), (f(2, 4),), (pos(3, 4),)])
case("sorted_rows_of_mask", lambda x: x[x[:, 0] > 0].sort(1) + (x[x[:, 0] > 0].argsort(-1), x[x[:, 1] > 0].sort(0)[0]), f(4, 4), **NO_ROWS)
case("top_rows_of_mask", lambda x: x[x[:, 0] > 0].topk(2, 1) + (x[x[:, 0] > 0].median(-1)[0], x[x[:, 0] > 0].kthvalue(2, 1)[0]), f(4, 4), **NO_ROWS)
case("matrices_times_vector", lambda x, y: (x @ y, torch.matmul(x, x.sum((0, 1)))), f(2, 3, 4), f(4), dyn=[(f(3, 0, 4), f(4)), (f(0, 2, 4), f(4)), (f(1, 1, 4), f(4))])
case("nonzero_of_scalar", lambda x: x.sum().nonzero(as_tuple=True) + ((x > 0).any().nonzero(as_tuple=True)[0],), f(3), also=[(tensor([0.0, -1.0, 1.0]),), (tensor([-1.0, -1.0, 0.0]),)])


def grouped_with_rest(a, b, offs):
    y = torch.zeros(a.size(0), b.size(2))
    y[: offs[-1]] = grouped(a[: offs[-1]], b, offs)
    return y


code("grouped_mm_fallback", ["ops.transformers.grouped_mm_fallback(a, b, c)"], f(6, 4), f(3, 4, 5), tensor([2, 3, 5]), rows=["transformers::grouped_mm_fallback"],
     answer=grouped_with_rest, dyn=[(f(9, 4), f(3, 4, 5), tensor([0, 0, 9])), (f(1, 4), f(3, 4, 5), tensor([0, 0, 0])), (f(7, 4), f(3, 4, 5), tensor([7, 7, 7]))])
