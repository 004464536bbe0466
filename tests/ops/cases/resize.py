# SPDX-License-Identifier: Apache-2.0
"""Interpolation, grids."""
import torch
import torch.nn.functional as F

from record import *

family("resize")

IMAGES = {1: (1, 2, 5), 2: (1, 2, 4, 5), 3: (1, 1, 3, 4, 3)}
def interpolation(name, rank, *args, **o):
    case(name, lambda x: F.interpolate(x, *args, **o), f(*IMAGES[rank]))
for rank in (1, 2, 3):
    shape = IMAGES[rank]
    up, down = [s * 2 for s in shape[2:]], [s - 1 for s in shape[2:]]
    smooth = {1: "linear", 2: "bilinear", 3: "trilinear"}[rank]
    for mode in ("nearest", smooth) + (("bicubic", "area") if rank == 2 else ()):
        for label, o in {"up": dict(size=up), "down": dict(size=down), "odd": dict(size=[7, 6, 5][:rank]), "scale2": dict(scale_factor=2),
                         "scale_fraction": dict(scale_factor=1.6), "scale_half": dict(scale_factor=0.5),
                         "recomputed": dict(scale_factor=1.6, recompute_scale_factor=True)}.items():
            if rank == 3 and label in ("scale_half", "recomputed"):
                continue
            interpolation(f"{mode}{rank}d_{label}", rank, mode=mode, **o)
            if mode not in ("nearest", "area"):
                interpolation(f"{mode}{rank}d_{label}_corners", rank, mode=mode, align_corners=True, **o)
    interpolation(f"nearest_exact{rank}d", rank, size=[7, 6, 5][:rank], mode="nearest-exact")
    interpolation(f"nearest_exact{rank}d_scale", rank, scale_factor=1.6, mode="nearest-exact")
for mode in ("bilinear", "bicubic"):
    interpolation(f"{mode}2d_antialias_down", 2, size=[3, 2], mode=mode, antialias=True)
    interpolation(f"{mode}2d_antialias_up", 2, size=[7, 6], mode=mode, antialias=True)
    interpolation(f"{mode}2d_antialias_corners", 2, size=[3, 2], mode=mode, antialias=True, align_corners=True)
interpolation("bilinear2d_two_scales", 2, scale_factor=(1.5, 2.0), mode="bilinear")
interpolation("bilinear2d_to_one", 2, size=(1, 1), mode="bilinear", align_corners=True)
case("nearest2d_dynamic_batch", lambda x: F.interpolate(x, scale_factor=2), f(1, 2, 3, 4), dyn=(f(3, 2, 3, 4),))
case("nearest2d_dynamic_all", lambda x: F.interpolate(x, scale_factor=2), f(1, 2, 3, 4), dyn=(f(3, 2, 5, 2),))
case("bilinear2d_dynamic_all", lambda x: F.interpolate(x, scale_factor=2.0, mode="bilinear"), f(1, 2, 3, 4), dyn=(f(3, 2, 5, 2),))
case("bilinear2d_to_other", lambda x, y: F.interpolate(x, size=y.shape[-2:], mode="bilinear", align_corners=False), f(1, 2, 3, 4), f(1, 1, 5, 7), dyn=(f(2, 2, 4, 3), f(2, 1, 6, 5)))
case("nearest2d_to_other", lambda x, y: F.interpolate(x, size=y.shape[-2:], mode="nearest"), f(1, 2, 3, 4), f(1, 2, 6, 8), dyn=(f(2, 2, 4, 3), f(2, 2, 8, 6)))
case("bilinear2d_f64", lambda x: F.interpolate(x, size=(5, 6), mode="bilinear"), f(1, 1, 3, 4, dtype=F64))
case("nearest2d_u8", lambda x: F.interpolate(x, scale_factor=2), ints(1, 1, 3, 4, low=0, high=255, dtype=U8))
case("upsample_module", torch.nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), f(1, 1, 3, 4))
case("upsampling_nearest_module", torch.nn.UpsamplingNearest2d(scale_factor=2), f(1, 1, 3, 4))
script("scripted_interpolate", "x: Tensor", "return F.interpolate(x, scale_factor=2.0), F.interpolate(x, size=[5, 6], mode='bilinear', align_corners=False)", f(1, 1, 3, 4))
script("scripted_interpolate_other", "x: Tensor, y: Tensor", "return F.interpolate(x, size=y.shape[-2:], mode='bilinear', align_corners=False)", f(1, 1, 3, 4), f(1, 1, 6, 5))
for align in (False, True):
    for mode in ("bilinear", "nearest", "bicubic"):
        for padding in ("zeros", "border", "reflection"):
            case(f"grid_sample_{mode}_{padding}_{align}".lower(), lambda x, g, m=mode, p=padding, a=align: F.grid_sample(x, g, m, p, a), f(1, 2, 4, 5), unit(1, 3, 3, 2) * 1.25, opset=16)
case("grid_sample_dynamic", lambda x, g: F.grid_sample(x, g, align_corners=False), f(1, 2, 4, 5), unit(1, 3, 3, 2), opset=16, dyn=(f(2, 2, 3, 6), unit(2, 4, 2, 2)))
case("grid_sample_3d", lambda x, g: F.grid_sample(x, g, align_corners=False), f(1, 1, 3, 4, 3), unit(1, 2, 2, 2, 3), opset=20)
theta = tensor([[[1.0, 0.25, 0.1], [-0.25, 0.75, -0.2]]])
case("affine_grid", lambda t: F.affine_grid(t, [1, 2, 3, 4], align_corners=False), theta)
case("affine_grid_corners", lambda t: F.affine_grid(t, [1, 2, 3, 4], align_corners=True), theta)
case("affine_grid_3d", lambda t: F.affine_grid(t, [1, 1, 2, 3, 2], align_corners=False), f(1, 3, 4))
case("affine_grid_sized", lambda t, x: F.affine_grid(t, x.size(), align_corners=False), theta, f(1, 2, 3, 4), dyn=(f(2, 2, 3), f(2, 2, 3, 5)))
