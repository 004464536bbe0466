# SPDX-License-Identifier: Apache-2.0
"""Operators that only scripts of old versions have in their code; no PyTorch here writes them."""
import torch
import torch.nn.functional as F

from record import *

family("scripts")

X = f(2, 3, 4, 5)
NEAREST = lambda x, **k: F.interpolate(x, mode="nearest", **k)
BILINEAR = lambda x, **k: F.interpolate(x, mode="bilinear", align_corners=True, **k)

code("upsample", ['torch.__upsample(a, 8, None, "nearest", None)', 'torch.__upsample(a, None, 2, "nearest", None)',
                  'torch.__upsample(a, None, 3, "bilinear", False)', 'torch.__upsample(a, 7, None, "bilinear", True)'], X,
     rows=["aten::__upsample"],
     answer=lambda a: (NEAREST(a, size=8), NEAREST(a, scale_factor=2), F.interpolate(a, scale_factor=3, mode="bilinear"),
                       BILINEAR(a, size=7)))
code("upsample_sizes", ['torch.__upsample(a, [8, 15], None, "nearest", None)', 'torch.__upsample(a, [7, 6], None, "bilinear", True)'],
     X, rows=["aten::__upsample.size_list"], answer=lambda a: (NEAREST(a, size=[8, 15]), BILINEAR(a, size=[7, 6])))
code("upsample_nearest", ["torch.__upsample_nearest(a, 8, None)", "torch.__upsample_nearest(a, None, 2)",
                          "torch.__upsample_nearest(a, [3, 15], None)"], X,
     rows=["aten::__upsample_nearest", "aten::__upsample_nearest.size_list"],
     answer=lambda a: (NEAREST(a, size=8), NEAREST(a, scale_factor=2), NEAREST(a, size=[3, 15])))
code("upsample_bilinear", ["torch.__upsample_bilinear(a, 8, None)", "torch.__upsample_bilinear(a, None, 2)",
                           "torch.__upsample_bilinear(a, None, [2, 3])", "torch.__upsample_bilinear(a, [7, 6], None)"], X,
     rows=[f"aten::__upsample_bilinear{k}" for k in ("", ".scale_list", ".size_list", ".size_list_scale_list")],
     answer=lambda a: (BILINEAR(a, size=8), BILINEAR(a, scale_factor=2), BILINEAR(a, scale_factor=(2, 3)), BILINEAR(a, size=[7, 6])))
code("floordiv", ["torch.floordiv(a, b)", "torch.floordiv(a, 2)", "torch.floordiv(a, -1.5)"], f(3, 4), pos(3, 4, low=0.5),
     rows=["aten::floordiv", "aten::floordiv.Scalar"],
     answer=lambda a, b: (torch.floor_divide(a, b), torch.floor_divide(a, 2), torch.floor_divide(a, -1.5)))
