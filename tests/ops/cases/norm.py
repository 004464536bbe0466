# SPDX-License-Identifier: Apache-2.0
"""Normalisations."""
import torch
import torch.nn.functional as F
from torch import nn

from record import *

family("norm")

SHAPES = {1: (2, 3, 4), 2: (2, 3, 3, 4), 3: (2, 3, 2, 3, 2)}
for rank, shape in SHAPES.items():
    larger = (4,) + shape[1:-1] + (shape[-1] + 1,)
    bn = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}[rank]
    inn = {1: nn.InstanceNorm1d, 2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}[rank]
    case(f"batch_norm{rank}d", bn(3), f(*shape), dyn=(f(*larger),))
    case(f"batch_norm{rank}d_plain", bn(3, affine=False, eps=0.01), f(*shape))
    case(f"batch_norm{rank}d_batch_statistics", bn(3, track_running_stats=False), f(*shape))
    case(f"instance_norm{rank}d", inn(3), f(*shape), dyn=(f(*larger),))
    case(f"instance_norm{rank}d_affine", inn(3, affine=True, eps=0.01), f(*shape))
    case(f"instance_norm{rank}d_tracked", inn(3, affine=True, track_running_stats=True), f(*shape))
    case(f"instance_norm{rank}d_unbatched", inn(3), f(*shape[1:]))
    case(f"group_norm{rank}d", nn.GroupNorm(2, 4), f(2, 4, *shape[2:]), dyn=(f(3, 4, *shape[2:]),))
case("batch_norm_2d_input", nn.BatchNorm1d(3), f(4, 3), dyn=(f(7, 3),))
case("batch_norm_f64", nn.BatchNorm1d(3).double(), f(4, 3, dtype=F64))
case("batch_norm_functional_bare", lambda x, m, v: F.batch_norm(x, m, v), f(2, 3, 4), f(3), pos(3))
case("batch_norm_functional", lambda x, m, v, w, b: F.batch_norm(x, m, v, w, b, eps=0.1), f(2, 3, 4), f(3), pos(3), f(3), f(3))
case("batch_norm_weight_only", lambda x, m, v, w: F.batch_norm(x, m, v, weight=w), f(2, 3, 4), f(3), pos(3), f(3))
case("batch_norm_after_relu", nn.Sequential(nn.ReLU(), nn.BatchNorm2d(3), nn.ReLU()), f(2, 3, 2, 2))
case("linear_batch_norm", nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), f(2, 3))
case("group_norm_all", nn.GroupNorm(1, 4), f(2, 4, 3))
case("group_norm_each", nn.GroupNorm(4, 4), f(2, 4, 3))
case("group_norm_plain", nn.GroupNorm(2, 4, affine=False, eps=0.01), f(2, 4, 3))
case("group_norm_2d_input", nn.GroupNorm(2, 6), f(3, 6))
case("group_norm_functional", lambda x: F.group_norm(x, 2), f(2, 4, 3, 2))
case("group_norm_f64", nn.GroupNorm(2, 4).double(), f(2, 4, 3, dtype=F64))
case("group_norm_dynamic_spatial", nn.GroupNorm(2, 4), f(2, 4, 3, 3), dyn=(f(1, 4, 5, 2),))
case("layer_norm", nn.LayerNorm(4), f(2, 3, 4), dyn=(f(3, 5, 4),))
case("layer_norm_two", nn.LayerNorm((3, 4)), f(2, 3, 4), dyn=(f(5, 3, 4),))
case("layer_norm_all", nn.LayerNorm((2, 3)), f(2, 3))
case("layer_norm_plain", nn.LayerNorm(4, elementwise_affine=False, eps=0.01), f(2, 4))
case("layer_norm_functional", lambda x: F.layer_norm(x, (3,)), f(2, 3))
case("layer_norm_functional_weights", lambda x, w, b: F.layer_norm(x, (3,), w, b), f(2, 3), f(3), f(3))
case("layer_norm_f64", nn.LayerNorm(4).double(), f(2, 4, dtype=F64))
case("layer_norm_f16", lambda x: F.layer_norm(x, (4,)), f(2, 4, dtype=F16))
case("layer_norm_1d", nn.LayerNorm(5), f(5))
case("layer_norm_nchw_by_permute", lambda x: F.layer_norm(x.permute(0, 2, 3, 1), (3,)).permute(0, 3, 1, 2), f(1, 3, 2, 2))
case("rms_norm_by_hand", lambda x, w: w * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)), f(2, 3, 4), f(4),
     dyn=(f(3, 2, 4), f(4)))
case("local_response_norm", nn.LocalResponseNorm(3), f(2, 5, 3, 3))
case("local_response_norm_options", nn.LocalResponseNorm(2, alpha=0.1, beta=0.5, k=2.0), f(2, 5, 3, 3))
case("local_response_norm_1d", nn.LocalResponseNorm(3), f(2, 5, 4))
script("scripted_norms", "x: Tensor, w: Tensor, b: Tensor",
       "return F.layer_norm(x, [4], w, b), F.group_norm(x, 1), F.instance_norm(x)", f(2, 3, 4), f(4), f(4))
script("scripted_batch_norm", "x: Tensor, m: Tensor, v: Tensor", "return F.batch_norm(x, m, v, training=self.training)",
       f(2, 3, 4), f(3), pos(3))
# not in every version of PyTorch
case("layer_norm_no_bias", nn.LayerNorm(4, bias=False), f(2, 4))
case("rms_norm", nn.RMSNorm(4), f(2, 3, 4), dyn=(f(4, 2, 4),))
case("rms_norm_eps", nn.RMSNorm(4, eps=0.1), f(2, 4))
case("rms_norm_plain", nn.RMSNorm(4, elementwise_affine=False), f(2, 4))
case("rms_norm_two", nn.RMSNorm((3, 4), eps=1e-5), f(2, 3, 4))
