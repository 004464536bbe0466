# SPDX-License-Identifier: Apache-2.0
"""Convolutions: rank, stride, padding, dilation, groups, transposition."""
import torch
import torch.nn.functional as F
from torch import nn

from record import *

family("conv")

SPATIAL = {1: (7,), 2: (5, 6), 3: (4, 3, 5)}
DYNAMIC = ("plain", "stride", "pad", "mixed", "same_even", "groups", "reflect", "output_padding")
CONV = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
FUNCTION = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
BACK = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
WAYS = {
    "plain": dict(kernel_size=3), "no_bias": dict(kernel_size=2, bias=False),
    "one": dict(kernel_size=1), "stride": dict(kernel_size=3, stride=2),
    "pad": dict(kernel_size=3, padding=1), "dilation": dict(kernel_size=2, dilation=2),
    "groups": dict(kernel_size=3, groups=2, padding=1),
    "mixed": dict(kernel_size=2, stride=2, padding=2, dilation=2),
    "same": dict(kernel_size=3, padding="same"), "same_even": dict(kernel_size=2, padding="same"),
    "same_dilated": dict(kernel_size=2, dilation=3, padding="same"),
    "valid": dict(kernel_size=3, padding="valid"),
    "depthwise": dict(kernel_size=3, groups=2, padding=1),
    "reflect": dict(kernel_size=3, padding=2, padding_mode="reflect"),
    "replicate": dict(kernel_size=3, padding=1, padding_mode="replicate"),
    "circular": dict(kernel_size=3, padding=1, padding_mode="circular"),
}
for rank, spatial in SPATIAL.items():
    for label, options in WAYS.items():
        if rank == 3 and label == "reflect":
            options = dict(options, padding=1)
        n = 4 if label == "groups" else 2
        dyn = dict(dyn=(f(2, n, *[s + 1 for s in spatial]),)) if label in DYNAMIC else {}
        case(f"conv{rank}d_{label}", CONV[rank](n, n, **options), f(1, n, *spatial), **dyn)
    for label, options in {
            "plain": dict(kernel_size=3), "no_bias": dict(kernel_size=2, bias=False),
            "stride": dict(kernel_size=2, stride=2), "pad": dict(kernel_size=3, stride=2, padding=1),
            "output_padding": dict(kernel_size=3, stride=2, padding=1, output_padding=1),
            "dilation": dict(kernel_size=2, dilation=2), "groups": dict(kernel_size=3, groups=2, padding=1),
            "depthwise": dict(kernel_size=2, groups=2, stride=2)}.items():
        n = 4 if label == "groups" else 2
        dyn = dict(dyn=(f(2, n, *[s + 1 for s in spatial]),)) if label in DYNAMIC and rank < 3 else {}
        case(f"conv_transpose{rank}d_{label}", TRANSPOSED[rank](n, n, **options), f(1, n, *spatial), **dyn)
    case(f"conv{rank}d_unbatched", CONV[rank](2, 2, 2), f(2, *spatial))
    case(f"conv_transpose{rank}d_unbatched", TRANSPOSED[rank](2, 2, 2), f(2, *spatial))
    case(f"functional_conv{rank}d", lambda x, w, rank=rank: FUNCTION[rank](x, w), f(1, 2, *spatial), f(3, 2, *[2] * rank))
    case(f"functional_conv{rank}d_bias", lambda x, w, b, rank=rank: FUNCTION[rank](x, w, b, padding=1),
         f(1, 2, *spatial), f(3, 2, *[2] * rank), f(3))
    case(f"functional_conv_transpose{rank}d", lambda x, w, rank=rank: BACK[rank](x, w, stride=2), f(1, 2, *spatial),
         f(2, 3, *[2] * rank))
    case(f"conv{rank}d_f64", CONV[rank](2, 2, 2).double(), f(1, 2, *spatial, dtype=F64))
case("conv2d_rectangle", nn.Conv2d(3, 4, (3, 2), stride=(2, 1), padding=(0, 1), dilation=(1, 2)), f(2, 3, 7, 6))
case("conv2d_f16", lambda x, w: F.conv2d(x, w), f(1, 2, 5, 5, dtype=F16), f(3, 2, 2, 2, dtype=F16), atol=2e-2)
case("conv2d_depth_multiplier", nn.Conv2d(3, 6, 3, groups=3), f(1, 3, 5, 5))
case("conv2d_weight_of_model_computed", lambda x, w: F.conv2d(x, w * 2, groups=2), f(1, 4, 5, 5), f(4, 2, 3, 3))
case("conv2d_zero_batch", nn.Conv2d(2, 3, 2), f(0, 2, 4, 4))
case("conv_transpose2d_rectangle", nn.ConvTranspose2d(3, 4, (3, 2), stride=(2, 3), padding=(1, 0), output_padding=(1, 2)),
     f(1, 3, 4, 5))
case("conv_transpose2d_output_size", lambda x, w: F.conv_transpose2d(x, w, stride=3, output_padding=2), f(1, 2, 3, 3),
     f(2, 2, 2, 2))
case("convolution_general", lambda x, w, b: torch.convolution(x, w, b, [1, 1], [1, 1], [1, 1], False, [0, 0], 1),
     f(1, 2, 5, 5), f(3, 2, 3, 3), f(3))
case("conv_batchnorm_relu", nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU()), f(2, 3, 5, 5),
     dyn=(f(4, 3, 5, 5),))
case("conv_bias_batchnorm", nn.Sequential(nn.Conv1d(3, 4, 3), nn.BatchNorm1d(4)), f(2, 3, 6))
case("conv_transpose_batchnorm", nn.Sequential(nn.ConvTranspose2d(3, 4, 2), nn.BatchNorm2d(4)), f(2, 3, 4, 4))
case("conv_grouped_batchnorm", nn.Sequential(nn.Conv2d(4, 4, 3, groups=2), nn.BatchNorm2d(4)), f(2, 4, 5, 5))
case("conv_tbc", lambda x, w, b: torch.conv_tbc(x, w, b, 1), f(5, 2, 3), f(3, 3, 4), f(4))
case("separable", nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, groups=4), nn.Conv2d(4, 2, 1), nn.ReLU6()), f(1, 4, 5, 5))
class Weightnormed(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.utils.weight_norm(nn.Conv1d(3, 4, 3))
    def forward(self, x):
        return self.conv(x)
case("conv1d_weight_norm", Weightnormed(), f(2, 3, 6))
script("scripted_conv2d", "x: Tensor, w: Tensor, b: Tensor",
       "return F.conv2d(x, w, b, stride=2, padding=1), F.conv2d(x, w, None, padding='same')",
       f(1, 2, 5, 5), f(3, 2, 3, 3), f(3))
script("scripted_conv_transpose2d", "x: Tensor, w: Tensor", "return F.conv_transpose2d(x, w, stride=2, output_padding=1)",
       f(1, 2, 3, 3), f(2, 2, 3, 3))
