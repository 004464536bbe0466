# SPDX-License-Identifier: Apache-2.0
"""Padding modes."""
import torch
import torch.nn.functional as F

from record import *

family("pad")

for label, (pad, shape) in {"last": ((1, 2), (2, 3)), "two": ((1, 0, 2, 1), (2, 3, 4)), "three": ((1, 1, 0, 2, 1, 0), (1, 2, 3, 2)),
                            "crop": ((-1, 1), (2, 4)), "crop_both": ((-1, -1, 1, -1), (2, 3, 4)), "zero": ((0, 0), (2, 3))}.items():
    case(f"constant_{label}", lambda x, p=pad: F.pad(x, p), f(*shape), dyn=(f(shape[0] + 1, *shape[1:]),))
    case(f"constant_value_{label}", lambda x, p=pad: F.pad(x, p, value=1.5), f(*shape))
for dtype in (I64, I32, BOOL, F64, F16, U8):
    value = flags(2, 3) if dtype == BOOL else ints(2, 3, low=0).to(dtype)
    case(f"constant_{str(dtype).split('.')[1]}", lambda x: F.pad(x, (1, 1)), value)
case("constant_i64_value", lambda x: F.pad(x, (1, 1), value=7), ints(2, 3))
case("constant_inf", lambda x: F.pad(x, (1, 1), value=float("-inf")), f(2, 3))
case("constant_dynamic_amount", lambda x: F.pad(x, (0, 8 - x.size(1))), f(2, 3), dyn=(f(2, 5),))
for mode in ("reflect", "replicate", "circular"):
    case(f"{mode}_1d", lambda x, m=mode: F.pad(x, (2, 1), mode=m), f(1, 2, 4), dyn=(f(2, 2, 5),))
    case(f"{mode}_1d_unbatched", lambda x, m=mode: F.pad(x, (2, 1), mode=m), f(2, 4))
    case(f"{mode}_2d", lambda x, m=mode: F.pad(x, (2, 1, 1, 0), mode=m), f(1, 2, 3, 4), dyn=(f(2, 2, 4, 5),))
    case(f"{mode}_3d", lambda x, m=mode: F.pad(x, (1, 1, 0, 1, 1, 0), mode=m), f(1, 1, 2, 3, 3))
    case(f"{mode}_f64", lambda x, m=mode: F.pad(x, (1, 1), mode=m), f(1, 2, 4, dtype=F64))
case("circular_large", lambda x: F.pad(x, (3, 3), mode="circular"), f(1, 1, 3))
for name, module in {"zero_pad2d": torch.nn.ZeroPad2d((1, 0, 2, 1)), "constant_pad1d": torch.nn.ConstantPad1d(2, 3.5), "constant_pad3d": torch.nn.ConstantPad3d(1, -1.0),
                     "reflection_pad2d": torch.nn.ReflectionPad2d(1), "replication_pad3d": torch.nn.ReplicationPad3d(1), "reflection_pad1d": torch.nn.ReflectionPad1d((1, 2))}.items():
    rank = int(name[-2])
    case(name, module, f(1, 2, *(3, 4, 2)[:rank]))
script("scripted_pad", "x: Tensor", "return F.pad(x, [1, 2]), F.pad(x, [1, 1, 0, 2], value=2.0), F.pad(x, [1, 1], mode='reflect')", f(1, 3, 4))
