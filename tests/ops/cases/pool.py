# SPDX-License-Identifier: Apache-2.0
"""Pooling: windows, ceil_mode, counting of padding, indices, adaptive sizes."""
import torch
import torch.nn.functional as F
from torch import nn

from record import *

family("pool")

SPATIAL = {1: (8,), 2: (5, 6), 3: (4, 5, 4)}
MAX = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
AVG = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}
LP = {1: nn.LPPool1d, 2: nn.LPPool2d}
for rank, spatial in SPATIAL.items():
    x = f(1, 2, *spatial)
    for label, o in {
            "plain": dict(kernel_size=2), "stride1": dict(kernel_size=2, stride=1),
            "pad": dict(kernel_size=3, stride=2, padding=1), "dilation": dict(kernel_size=2, stride=1, dilation=2),
            "ceil": dict(kernel_size=2, stride=2, ceil_mode=True),
            "ceil_pad": dict(kernel_size=3, stride=2, padding=1, ceil_mode=True),
            "ceil_outside": dict(kernel_size=2, stride=3, padding=1, ceil_mode=True)}.items():
        dyn = dict(dyn=(f(2, 2, *[s + 1 for s in spatial]),)) if label in ("plain", "ceil_pad") else {}
        case(f"max_pool{rank}d_{label}", MAX[rank](**o), x, **dyn)
        if label in ("plain", "pad", "ceil", "dilation"):
            case(f"max_pool{rank}d_indices_{label}", MAX[rank](return_indices=True, **o), x)
    for label, o in {
            "plain": dict(kernel_size=2), "stride1": dict(kernel_size=2, stride=1),
            "pad": dict(kernel_size=3, stride=2, padding=1),
            "pad_excluded": dict(kernel_size=3, stride=2, padding=1, count_include_pad=False),
            "ceil": dict(kernel_size=2, stride=2, ceil_mode=True),
            "ceil_pad": dict(kernel_size=3, stride=2, padding=1, ceil_mode=True),
            "ceil_pad_excluded": dict(kernel_size=3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
            "ceil_outside": dict(kernel_size=2, stride=3, padding=1, ceil_mode=True)}.items():
        dyn = dict(dyn=(f(2, 2, *[s + 1 for s in spatial]),)) if label in ("plain", "ceil_pad") else {}
        case(f"avg_pool{rank}d_{label}", AVG[rank](**o), x, **dyn)
    if rank > 1:
        case(f"avg_pool{rank}d_divisor", AVG[rank](2, divisor_override=3), x)
        case(f"avg_pool{rank}d_divisor_ceil", AVG[rank](2, stride=2, ceil_mode=True, divisor_override=3), x)
    if rank < 3:
        case(f"lp_pool{rank}d", LP[rank](2, 2), pos(1, 2, *spatial))
        case(f"lp_pool{rank}d_stride", LP[rank](3, 3, stride=1), pos(1, 2, *spatial))
        case(f"lp_pool{rank}d_p1", LP[rank](1, 2), pos(1, 2, *spatial))
        case(f"lp_pool{rank}d_ceil", LP[rank](2, 2, ceil_mode=True), pos(1, 2, *spatial))
    case(f"max_pool{rank}d_unbatched", MAX[rank](2), f(2, *spatial))
    case(f"avg_pool{rank}d_unbatched", AVG[rank](2), f(2, *spatial))
    adaptive_max, adaptive_avg = (getattr(F, f"adaptive_{k}_pool{rank}d") for k in ("max", "avg"))
    case(f"adaptive_avg_pool{rank}d_one", lambda x, g=adaptive_avg: g(x, 1), x, dyn=(f(2, 2, *[s + 1 for s in spatial]),))
    case(f"adaptive_max_pool{rank}d_one", lambda x, g=adaptive_max: g(x, 1), x, dyn=(f(2, 2, *[s + 1 for s in spatial]),))
    case(f"adaptive_avg_pool{rank}d_divides", lambda x, g=adaptive_avg: g(x, 2), f(1, 2, *[4] * rank), dyn=(f(3, 2, *[4] * rank),))
    case(f"adaptive_max_pool{rank}d_divides", lambda x, g=adaptive_max: g(x, 2), f(1, 2, *[4] * rank))
    case(f"adaptive_avg_pool{rank}d_uneven", lambda x, g=adaptive_avg: g(x, 3), f(1, 2, *[5] * rank), dyn=(f(2, 2, *[5] * rank),))
    case(f"adaptive_max_pool{rank}d_uneven", lambda x, g=adaptive_max: g(x, 3), f(1, 2, *[5] * rank))
    case(f"adaptive_avg_pool{rank}d_larger", lambda x, g=adaptive_avg: g(x, 5), f(1, 2, *[3] * rank))
    case(f"adaptive_avg_pool{rank}d_identity", lambda x, g=adaptive_avg: g(x, spatial[0]), f(1, 2, *[spatial[0]] * rank))
    case(f"adaptive_max_pool{rank}d_indices", lambda x, g=adaptive_max: g(x, 2, return_indices=True), f(1, 2, *[4] * rank))
    case(f"adaptive_avg_pool{rank}d_unbatched", lambda x, g=adaptive_avg: g(x, 1), f(2, *spatial))
case("adaptive_avg_pool2d_none", lambda x: F.adaptive_avg_pool2d(x, (None, 2)), f(1, 2, 3, 4))
case("adaptive_avg_pool2d_rectangle", lambda x: F.adaptive_avg_pool2d(x, (1, 3)), f(1, 2, 4, 6))
case("adaptive_avg_pool2d_rectangle_uneven", lambda x: F.adaptive_avg_pool2d(x, (2, 3)), f(1, 2, 5, 7))
case("max_pool2d_rectangle", nn.MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0)), f(1, 2, 6, 5))
case("max_pool2d_f64", nn.MaxPool2d(2), f(1, 2, 4, 4, dtype=F64))
case("max_pool2d_f16", nn.MaxPool2d(2), f(1, 2, 4, 4, dtype=F16))
case("max_pool2d_u8", lambda x: F.max_pool2d(x, 2), ints(1, 2, 4, 4, low=0, high=255, dtype=U8))
case("max_pool2d_i64", lambda x: F.max_pool2d(x, 2), ints(1, 2, 4, 4))
case("avg_pool2d_rectangle", nn.AvgPool2d((3, 2), stride=(2, 1), padding=(1, 0)), f(1, 2, 6, 5))
case("avg_pool2d_f64", nn.AvgPool2d(2), f(1, 2, 4, 4, dtype=F64))
case("max_unpool2d", lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2), f(1, 2, 4, 4))
case("fractional_free_spp", lambda x: torch.cat([F.adaptive_avg_pool2d(x, n).flatten(1) for n in (1, 2, 4)], 1),
     f(2, 2, 4, 4), dyn=(f(3, 2, 4, 4),))
script("scripted_pools", "x: Tensor",
       "return F.max_pool2d(x, 2), F.avg_pool2d(x, [3, 3], stride=[2, 2], padding=[1, 1], ceil_mode=True), F.adaptive_avg_pool2d(x, (1, 1))",
       f(1, 2, 5, 5))
script("scripted_max_pool_indices", "x: Tensor", "v, i = F.max_pool2d_with_indices(x, [2, 2])\nreturn v, i", f(1, 2, 4, 4))
