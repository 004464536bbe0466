# SPDX-License-Identifier: Apache-2.0
"""Reductions, arg reductions, scans, order statistics."""
import torch

from record import *

family("reduce")

X = f(2, 3, 4)
WAYS = {
    "all": lambda fn: lambda x: fn(x),
    "dim0": lambda fn: lambda x: fn(x, dim=0),
    "dim1_keep": lambda fn: lambda x: fn(x, dim=1, keepdim=True),
    "last": lambda fn: lambda x: fn(x, dim=-1),
}
MANY = {
    "dims": lambda fn: lambda x: fn(x, dim=(0, 2)),
    "dims_keep": lambda fn: lambda x: fn(x, dim=[1, -1], keepdim=True),
}
def vary(name, fn, many=True, everything=True, values=f, dynamic=True):
    for label, way in {**WAYS, **(MANY if many else {})}.items():
        if label == "all" and not everything:
            continue
        options = {"dyn": (values(4, 3, 4),)} if dynamic else {}
        case(f"{name}_{label}", way(fn), values(2, 3, 4), **options)

vary("sum", torch.sum)
vary("mean", torch.mean)
vary("amax", torch.amax)
vary("amin", torch.amin)
vary("logsumexp", torch.logsumexp, everything=False)
vary("prod", torch.prod, many=False)
vary("var", torch.var)
vary("std", torch.std)
vary("any", torch.any, many=False, values=lambda *s: flags(*s))
vary("all", torch.all, many=False, values=lambda *s: flags(*s))
vary("argmax", torch.argmax, many=False)
vary("argmin", torch.argmin, many=False)
vary("norm2", lambda x, **k: torch.norm(x, p=2, **k))
vary("linalg_vector_norm", torch.linalg.vector_norm)
vary("count_nonzero", lambda x, **k: torch.count_nonzero(x, **{a: b for a, b in k.items() if a == "dim"}),
     values=lambda *s: flags(*s).float())
vary("std_mean", lambda x, **k: torch.std_mean(x, **k))
vary("var_mean", lambda x, **k: torch.var_mean(x, **k))
for name in ("max", "min"):
    fn = getattr(torch, name)
    case(f"{name}_all", lambda x, fn=fn: fn(x), X)
    for label, way in WAYS.items():
        if label != "all":
            case(f"{name}_{label}", lambda x, g=way(fn): tuple(g(x)), f(2, 3, 4), dyn=(f(4, 3, 4),))
            case(f"{name}_{label}_values", lambda x, g=way(fn): g(x)[0], X)
            case(f"{name}_{label}_indices", lambda x, g=way(fn): g(x)[1], X)
    case(f"{name}_i64", lambda x, fn=fn: tuple(fn(x, 1)), ints(3, 4, low=-50, high=50))
    case(f"{name}_all_i64", lambda x, fn=fn: fn(x), ints(3, 4))
    case(f"{name}_0d", lambda x, fn=fn: tuple(fn(x, 0)), f())
for name in ("sum", "mean", "amax", "amin", "prod", "std", "var"):
    fn = getattr(torch, name)
    case(f"{name}_f64", lambda x, fn=fn: fn(x, dim=1), f(2, 3, dtype=F64))
    case(f"{name}_f16", lambda x, fn=fn: fn(x, dim=1), f(2, 3, dtype=F16))
    case(f"{name}_0d", lambda x, fn=fn: fn(x, dim=0, **({"unbiased": False} if name in ("std", "var") else {})), f())
case("sum_0d_all", torch.sum, f())
case("sum_no_dims", lambda x: torch.sum(x, dim=[]), X)
case("mean_no_dims", lambda x: torch.mean(x, dim=[]), X)
case("amax_no_dims", lambda x: torch.amax(x, dim=()), X)
case("sum_i64", torch.sum, ints(3, 4))
case("sum_i64_dim", lambda x: x.sum(1), ints(3, 4))
case("sum_i32", lambda x: x.sum(1), ints(3, 4, dtype=I32))
case("sum_u8", lambda x: x.sum(0), ints(3, 4, low=100, high=255, dtype=U8))
case("sum_bool", lambda x: x.sum(-1), flags(3, 4))
case("sum_bool_all", lambda x: x.sum(), flags(3, 4))
case("sum_dtype", lambda x: torch.sum(x, dim=1, dtype=torch.float64), f(2, 3))
case("sum_all_dtype", lambda x: torch.sum(x, dtype=torch.float64), f(2, 3))
case("sum_i64_dtype_f32", lambda x: torch.sum(x, 0, dtype=torch.float32), ints(2, 3))
case("sum_empty", lambda x: torch.sum(x, 0), f(0, 3))
case("mean_dtype", lambda x: torch.mean(x, dim=1, dtype=torch.float64), f(2, 3))
case("mean_i64_dtype", lambda x: torch.mean(x, dim=1, dtype=torch.float32), ints(2, 3))
case("mean_all_dtype", lambda x: torch.mean(x, dtype=torch.float64), f(2, 3))
case("mean_keep_4d", lambda x: x.mean((2, 3), keepdim=True), f(2, 3, 2, 2), dyn=(f(3, 3, 4, 3),))
case("mean_negative_dims", lambda x: x.mean([-1, -2]), f(2, 3, 2, 2), dyn=(f(3, 3, 2, 2),))
case("sum_keep_all_dims", lambda x: x.sum((0, 1, 2), keepdim=True), X)
case("prod_i64", lambda x: torch.prod(x, 1), ints(3, 4, low=1, high=4))
case("prod_i64_all", torch.prod, ints(3, 3, low=1, high=4))
case("prod_dtype", lambda x: torch.prod(x, 0, dtype=torch.float64), f(2, 3))
case("prod_bool", lambda x: torch.prod(x, 1), flags(3, 4))
case("amax_i64", lambda x: torch.amax(x, 1), ints(3, 4))
case("amax_i32", lambda x: torch.amax(x, 1), ints(3, 4, dtype=I32))
case("amin_u8", lambda x: torch.amin(x, 1), ints(3, 4, low=0, high=255, dtype=U8))
case("amax_bool", lambda x: torch.amax(x, 1), flags(3, 4))
case("aminmax", lambda x: tuple(torch.aminmax(x)), X)
case("aminmax_dim", lambda x: tuple(torch.aminmax(x, dim=1, keepdim=True)), X)
case("any_f32", lambda x: torch.any(x, 1), flags(3, 4).float())
case("any_i64_all", torch.any, ints(3, 4))
case("all_f32", torch.all, flags(3, 4).float())
case("all_u8", lambda x: torch.all(x, 0), ints(3, 4, low=0, high=2, dtype=U8))
case("any_dims", lambda x: torch.any(x, (0, 2)), flags(2, 3, 4))
case("all_empty", torch.all, flags(0, 3))
case("any_0d", torch.any, tensor(True))
case("argmax_i64", lambda x: torch.argmax(x, 1), ints(3, 4, low=-50, high=50))
case("argmax_ties", lambda x: torch.argmax(x, 1), tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]))
case("argmin_ties", lambda x: torch.argmin(x, 0), tensor([[1.0, 3.0, 3.0], [1.0, 2.0, 3.0]]))
case("argmax_0d", torch.argmax, f())
case("argmax_keep_all", lambda x: torch.argmax(x, -1, True), X)
case("argmax_f64", lambda x: torch.argmax(x, 1), f(3, 4, dtype=F64))
case("argmax_f16", lambda x: torch.argmax(x, 1), f(3, 4, dtype=F16))
for p, label in ((1, "1"), (2, "2"), (3, "3"), (0, "0"), (float("inf"), "inf"), (-float("inf"), "ninf"),
                 ("fro", "fro"), (0.5, "half")):
    case(f"norm_p{label}", lambda x, p=p: torch.norm(x, p, dim=1), f(2, 3))
    if p != "fro":
        case(f"vector_norm_p{label}", lambda x, p=p: torch.linalg.vector_norm(x, p, dim=-1, keepdim=True), f(2, 3))
case("norm_method", lambda x: x.norm(), X)
case("norm_method_p1", lambda x: x.norm(1), X)
case("norm_dims_keep", lambda x: x.norm(dim=(1, 2), keepdim=True), X)
case("norm_dtype", lambda x: torch.norm(x, 2, dim=1, dtype=torch.float64), f(2, 3))
case("frobenius_norm", lambda x: torch.norm(x, "fro", dim=(0, 1)), f(2, 3))
case("linalg_norm", lambda x: torch.linalg.norm(x, dim=1), f(2, 3))
case("linalg_norm_all", lambda x: torch.linalg.norm(x), f(2, 3))
case("linalg_matrix_norm", lambda x: torch.linalg.matrix_norm(x), X)
case("linalg_matrix_norm_1", lambda x: torch.linalg.matrix_norm(x, 1), X)
case("normalize", lambda x: torch.nn.functional.normalize(x, dim=1), f(2, 3, 4), dyn=(f(3, 3, 4),))
case("normalize_p1", lambda x: torch.nn.functional.normalize(x, p=1.0, dim=-1), X)
case("normalize_eps", lambda x: torch.nn.functional.normalize(x, dim=0, eps=1.0), f(2, 3) / 8)
for u in (True, False):
    case(f"var_unbiased_{u}".lower(), lambda x, u=u: torch.var(x, unbiased=u), X)
    case(f"std_unbiased_dim_{u}".lower(), lambda x, u=u: torch.std(x, 1, unbiased=u), X)
    case(f"var_unbiased_keep_{u}".lower(), lambda x, u=u: x.var(-1, unbiased=u, keepdim=True), X, dyn=(f(4, 3, 4),))
for c in (0, 1, 2):
    case(f"var_correction_{c}", lambda x, c=c: torch.var(x, dim=(1, 2), correction=c), X)
    case(f"std_correction_{c}", lambda x, c=c: torch.std(x, dim=0, correction=c, keepdim=True), f(5, 3))
case("var_dynamic_axis", lambda x: torch.var(x, 1), f(2, 3), dyn=(f(2, 5),))
case("std_dynamic_axis", lambda x: torch.std(x, (0, 1)), f(2, 3, 4), dyn=(f(4, 5, 4),))
case("var_mean_unbiased_false", lambda x: torch.var_mean(x, -1, unbiased=False, keepdim=True), X)
case("std_mean_biased", lambda x: torch.std_mean(x, unbiased=False), X)

# scans
case("cumsum", lambda x: torch.cumsum(x, 1), f(2, 3, 4), dyn=(f(4, 3, 4),))
case("cumsum_neg", lambda x: x.cumsum(-1), X)
case("cumsum_i64", lambda x: torch.cumsum(x, 0), ints(3, 4))
case("cumsum_i32", lambda x: torch.cumsum(x, 0), ints(3, 4, dtype=I32))
case("cumsum_bool", lambda x: torch.cumsum(x, 1), flags(3, 4))
case("cumsum_u8", lambda x: torch.cumsum(x, 1), ints(3, 4, low=0, high=255, dtype=U8))
case("cumsum_dtype", lambda x: torch.cumsum(x, 1, dtype=torch.float64), f(3, 4))
case("cumsum_i64_dtype_f32", lambda x: torch.cumsum(x, 1, dtype=torch.float32), ints(3, 4))
case("cumsum_f64", lambda x: torch.cumsum(x, 0), f(3, 4, dtype=F64))
case("cumsum_0d", lambda x: torch.cumsum(x, 0), f())
case("cumprod", lambda x: torch.cumprod(x, 1), f(2, 3))
case("cumprod_neg", lambda x: torch.cumprod(x, -2), f(2, 3, 2))
case("cumprod_i64", lambda x: torch.cumprod(x, 0), ints(3, 2, low=1))
case("cummax", lambda x: tuple(torch.cummax(x, 1)), f(2, 5))
case("cummin", lambda x: tuple(torch.cummin(x, 0)), f(5, 2))
case("logcumsumexp", lambda x: torch.logcumsumexp(x, 1), f(2, 5))
case("diff", lambda x: torch.diff(x, dim=1), f(2, 5))

# order
for name, fn in {
        "topk": lambda x: tuple(torch.topk(x, 2)), "topk_dim0": lambda x: tuple(torch.topk(x, 2, dim=0)),
        "topk_smallest": lambda x: tuple(torch.topk(x, 3, dim=-1, largest=False)),
        "topk_all": lambda x: tuple(torch.topk(x, 5, 1)), "topk_values": lambda x: torch.topk(x, 1)[0],
        "sort": lambda x: tuple(torch.sort(x)), "sort_descending": lambda x: tuple(torch.sort(x, dim=0, descending=True)),
        "sort_stable": lambda x: tuple(torch.sort(x, stable=True, dim=1)),
        "argsort": lambda x: torch.argsort(x), "argsort_descending": lambda x: torch.argsort(x, 0, True),
        "msort": lambda x: torch.msort(x), "kthvalue": lambda x: tuple(torch.kthvalue(x, 2, dim=1)),
        "kthvalue_keep": lambda x: tuple(torch.kthvalue(x, 1, dim=0, keepdim=True)),
        "median": lambda x: torch.median(x), "median_dim": lambda x: tuple(torch.median(x, 1)),
        "median_keep": lambda x: tuple(torch.median(x, 0, keepdim=True))}.items():
    case(name, fn, f(3, 5))
case("topk_dynamic", lambda x: tuple(torch.topk(x, 2, dim=1)), f(2, 5), dyn=(f(4, 7),))
case("sort_dynamic", lambda x: tuple(torch.sort(x, dim=1)), f(2, 5), dyn=(f(4, 7),))
case("topk_i64", lambda x: tuple(torch.topk(x, 3)), torch.tensor([[5, -3, 9, 0, 7], [1, 8, 2, 6, -4]]))
case("sort_i64", lambda x: tuple(torch.sort(x)), torch.tensor([[5, -3, 9, 0, 7], [1, 8, 2, 6, -4]]))
case("sort_f64", lambda x: tuple(torch.sort(x)), f(3, 5, dtype=F64))
case("topk_f64", lambda x: tuple(torch.topk(x, 2)), f(3, 5, dtype=F64))
case("topk_k_from_size", lambda x: torch.topk(x, x.size(1) // 2, dim=1)[0], f(2, 6), dyn=(f(2, 8),))
case("unique_sorted", lambda x: torch.unique(x), ints(8, low=0, high=4))
case("unique_all", lambda x: torch.unique(x, return_inverse=True, return_counts=True), ints(8, low=0, high=4))
case("unique_dim", lambda x: torch.unique(x, dim=0), tensor([[1, 2], [3, 4], [1, 2]]))
case("unique_consecutive", lambda x: torch.unique_consecutive(x), tensor([1, 1, 2, 2, 3, 1, 1]))
case("bincount", lambda x: torch.bincount(x, minlength=5), ints(8, low=0, high=4))
case("bucketize", lambda x: torch.bucketize(x, torch.tensor([-1.0, 0.0, 1.0])), tensor([-2.0, -1.0, 0.5, 1.0, 4.0]))
case("bucketize_right", lambda x: torch.bucketize(x, torch.tensor([-1.0, 0.0, 1.0]), right=True),
     tensor([-2.0, -1.0, 0.5, 1.0, 4.0]))
case("bucketize_int32", lambda x: torch.bucketize(x, torch.tensor([-1.0, 0.0, 1.0]), out_int32=True), f(2, 3))
case("searchsorted", lambda s, x: torch.searchsorted(s, x), tensor([1.0, 3.0, 5.0]), f(2, 3))
case("searchsorted_rows", lambda s, x: torch.searchsorted(s, x), tensor([[1.0, 3.0], [0.0, 2.0]]), f(2, 3))
case("histc", lambda x: torch.histc(x, bins=4, min=-3, max=3), f(12))
case("quantile", lambda x: torch.quantile(x, 0.25, dim=1), f(2, 5))
case("nansum", torch.nansum, tensor([1.0, float("nan"), 2.0]))
case("nanmean", torch.nanmean, tensor([1.0, float("nan"), 2.0]))
case("trace", torch.trace, f(3, 3))
script("scripted_reductions", "x: Tensor", "v, i = x.max(dim=1)\nreturn v, i, x.sum(), x.mean([0, 1]), x.argmax(dim=-1)", f(2, 3))
script("scripted_topk", "x: Tensor, k: int = 2", "v, i = torch.topk(x, k, dim=1)\nreturn v + 1, i", f(2, 5))
script("scripted_std", "x: Tensor", "return x.std(), x.std(dim=1), torch.var_mean(x, dim=[0])", f(2, 5))
