# SPDX-License-Identifier: Apache-2.0
"""Shape and layout: views, joins, splits, repeats, rearrangements; sizes as numbers."""
import torch
import torch.nn.functional as F
from torch import nn

from record import *

family("shape")

X = f(2, 3, 4)
STATIC = {
    "view": lambda x: x.view(6, 4), "view_infer": lambda x: x.view(-1, 2), "view_flat": lambda x: x.view(-1), "view_more": lambda x: x.view(2, 3, 2, 2),
    "reshape": lambda x: x.reshape(4, 6), "reshape_infer": lambda x: x.reshape(3, -1), "reshape_transposed": lambda x: x.transpose(0, 2).reshape(-1, 3),
    "ravel": lambda x: x.ravel(),
    "unsafe_view": lambda x: torch.ops.aten._unsafe_view(x, [6, 4]),
}
for name, fn in STATIC.items():
    case(name, fn, X)
DYNAMIC = {
    "view_batch": lambda x: x.view(x.size(0), -1), "view_batch_infer": lambda x: x.view(-1, 12), "view_shape": lambda x: x.view(x.shape[0] * x.shape[1], x.shape[2]),
    "view_split_last": lambda x: x.view(x.size(0), x.size(1), 2, 2), "view_infer_batch_split": lambda x: x.view(-1, 3, 2, 2),
    "view_as": lambda x: x.view(-1).view_as(x), "reshape_as": lambda x: x.reshape(-1).reshape_as(x), "reshape_tuple": lambda x: x.reshape((x.shape[0], 6, -1)),
    "view_of_size_slice": lambda x: x.view(*x.size()[:-1], 2, 2), "heads": lambda x: x.view(x.size(0), x.size(1), 2, 2).permute(0, 2, 1, 3),
    "heads_merged": lambda x: x.view(x.size(0), 3, 2, 2).transpose(1, 2).contiguous().view(x.size(0), 3, -1),
    "permute": lambda x: x.permute(2, 0, 1), "permute_negative": lambda x: x.permute(0, -1, 1), "transpose": lambda x: x.transpose(1, 2),
    "transpose_negative": lambda x: x.transpose(-1, 0), "swapaxes": lambda x: x.swapaxes(0, 1), "swapdims": lambda x: torch.swapdims(x, 0, 2),
    "movedim": lambda x: x.movedim(0, -1), "movedim_many": lambda x: torch.movedim(x, (0, 1), (2, 0)), "moveaxis": lambda x: torch.moveaxis(x, 2, 0), "T_of_2d": lambda x: x[:, 0].T,
    "flatten": lambda x: x.flatten(), "flatten_from": lambda x: x.flatten(1), "flatten_range": lambda x: x.flatten(0, 1), "flatten_negative": lambda x: torch.flatten(x, -2, -1),
    "unflatten": lambda x: x.unflatten(2, (2, 2)), "unflatten_infer": lambda x: x.unflatten(-1, (-1, 2)), "unflatten_module": nn.Unflatten(1, (3, 1)), "flatten_module": nn.Flatten(),
    "squeeze": lambda x: x.unsqueeze(1).squeeze(1), "squeeze_negative": lambda x: x.unsqueeze(-1).squeeze(-1), "squeeze_not_one": lambda x: x.squeeze(1),
    "unsqueeze": lambda x: x.unsqueeze(0), "unsqueeze_negative": lambda x: x.unsqueeze(-2), "unsqueeze_end": lambda x: x.unsqueeze(3), "squeeze_dims": lambda x: x[:, None, :, None].squeeze((1, 3)),
    "cat": lambda x: torch.cat([x, x * 2], 1), "cat_dim0": lambda x: torch.cat([x, x]), "cat_negative": lambda x: torch.cat((x, x, x), -1), "cat_one": lambda x: torch.cat([x], 1), "concat": lambda x: torch.concat([x, x], 2),
    "stack": lambda x: torch.stack([x, -x]), "stack_dim1": lambda x: torch.stack([x, -x], 1), "stack_negative": lambda x: torch.stack([x, -x], dim=-1),
    "hstack": lambda x: torch.hstack([x, x]), "vstack": lambda x: torch.vstack([x, x]), "dstack": lambda x: torch.dstack([x, x]),
    "split": lambda x: x.split(2, 2), "split_uneven": lambda x: torch.split(x, 2, 1), "split_negative": lambda x: x.split(3, -1), "split_sizes": lambda x: torch.split(x, [1, 3], dim=2),
    "split_with_sizes": lambda x: torch.split_with_sizes(x, [2, 1], 1), "split_used_once": lambda x: torch.split(x, 1, 2)[2], "chunk": lambda x: x.chunk(2, -1), "chunk_uneven": lambda x: torch.chunk(x, 3, 2), "chunk_fewer": lambda x: torch.chunk(x, 5, 2),
    "tensor_split": lambda x: torch.tensor_split(x, 3, dim=2), "tensor_split_indices": lambda x: torch.tensor_split(x, (1, 3), dim=2), "unbind": lambda x: x.unbind(1), "unbind_last": lambda x: torch.unbind(x, -1)[1], "hsplit": lambda x: torch.hsplit(x, 3), "dsplit": lambda x: torch.dsplit(x, 2),
    "expand": lambda x: x[:, :, None].expand(-1, -1, 3, -1), "expand_sizes": lambda x: x[:, :1].expand(x.size(0), 5, 4), "expand_front": lambda x: x.expand(2, -1, -1, -1), "expand_as": lambda x: x[:, :1].expand_as(x), "broadcast_to": lambda x: torch.broadcast_to(x, (2,) + tuple(x.shape)),
    "broadcast_tensors": lambda x: torch.broadcast_tensors(x, x[:, :1]), "repeat": lambda x: x.repeat(1, 2, 1), "repeat_more": lambda x: x.repeat(2, 1, 1, 2), "repeat_batch": lambda x: x[:1].repeat(x.size(0), 1, 1), "tile": lambda x: torch.tile(x, (2,)), "tile_long": lambda x: x.tile(1, 2, 1, 1),
    "repeat_interleave": lambda x: x.repeat_interleave(2, dim=1), "repeat_interleave_last": lambda x: torch.repeat_interleave(x, 3, -1), "repeat_interleave_flat": lambda x: torch.repeat_interleave(x, 2),
    "repeat_kv": lambda x: x[:, :, None, :].expand(x.shape[0], 3, 2, 4).reshape(x.shape[0], 6, 4),
    "roll": lambda x: torch.roll(x, 1, 1), "roll_negative": lambda x: torch.roll(x, -1, -1), "roll_many": lambda x: torch.roll(x, (1, -2), (1, 2)), "roll_flat": lambda x: torch.roll(x, 5), "flip": lambda x: x.flip(1), "flip_many": lambda x: torch.flip(x, (0, -1)), "fliplr": lambda x: torch.fliplr(x), "flipud": lambda x: torch.flipud(x),
    "rot90": lambda x: torch.rot90(x, 1, (1, 2)), "rot90_2": lambda x: torch.rot90(x, 2, (1, 2)), "rot90_negative": lambda x: torch.rot90(x, -1, (0, 2)),
    "unfold": lambda x: x.unfold(2, 2, 1), "unfold_step": lambda x: x.unfold(-1, 3, 2), "unfold_dim1": lambda x: x.unfold(1, 2, 1), "diagonal": lambda x: torch.diagonal(x, 0, 1, 2), "diagonal_offset": lambda x: torch.diagonal(x, 1, 1, 2), "diagonal_negative": lambda x: torch.diagonal(x, -1, -2, -1),
    "tril": lambda x: torch.tril(x), "tril_k": lambda x: torch.tril(x, 1), "tril_negative": lambda x: x.tril(-1), "triu": lambda x: torch.triu(x), "triu_k": lambda x: torch.triu(x, 1), "triu_negative": lambda x: x.triu(-1),
    "contiguous": lambda x: x.transpose(0, 1).contiguous() + 1, "clone": lambda x: x.clone(), "alias_detach": lambda x: x.detach() + x, "identity": lambda x: x, "identity_module": nn.Identity(), "same_twice": lambda x: (x, x), "dict": lambda x: (x + 1, {"a": x}["a"] * 2),
    "atleast_1d": lambda x: torch.atleast_1d(x), "atleast_3d": lambda x: torch.atleast_3d(x[:, 0]), "numel": lambda x: x / x.numel(), "dim_arithmetic": lambda x: x * x.dim() + x.size(-1),
    "size_arithmetic": lambda x: x * (x.size(0) * 2 + x.size(1) // 2 - 1), "size_true_division": lambda x: x * (x.size(0) / x.size(2)), "size_sqrt": lambda x: x / x.size(-1) ** 0.5, "size_tensor": lambda x: torch.tensor(x.shape[2]) + x,
    "channel_shuffle_by_view": lambda x: x.view(x.size(0), 1, 3, 4).transpose(1, 2).reshape(x.size(0), -1, 4), "as_strided": lambda x: torch.as_strided(x.contiguous(), (2, 2), (4, 1)), "cat_broadcast_cls": lambda x: torch.cat([torch.ones(1, 1, 4).expand(x.shape[0], -1, -1), x], 1),
}
FIXED = {"as_strided", "size_tensor", "flip_many_never"}
for name, fn in DYNAMIC.items():
    case(name, fn, X, **({} if name in FIXED else dict(dyn=(f(5, 3, 4),))))
case("view_two_dynamic", lambda x: x.view(x.size(0), x.size(1), 2, 2), X, dyn=(f(3, 5, 4),))
case("view_two_dynamic_merge", lambda x: x.view(x.size(0) * x.size(1), 4), X, dyn=(f(3, 5, 4),))
case("view_two_dynamic_out", lambda x: x.reshape(x.size(0), -1), X, dyn=(f(3, 5, 6),))
case("view_nchw_tokens", lambda x: x.flatten(2).transpose(1, 2), f(1, 2, 3, 4), dyn=(f(2, 2, 4, 2),))
case("view_windows", lambda x: x.view(x.shape[0], x.shape[1] // 2, 2, x.shape[2] // 2, 2, 3).permute(0, 1, 3, 2, 4, 5).reshape(-1, 4, 3), f(1, 4, 4, 3), dyn=(f(2, 6, 4, 3),))
case("flatten_two_dynamic", lambda x: x.flatten(0, 1), X, dyn=(f(3, 5, 4),))
case("flatten_0d", lambda x: x.flatten(), f())
case("flatten_1d", lambda x: x.flatten(), f(3))
case("squeeze_all", lambda x: x.squeeze(), f(1, 3, 1, 2))
case("squeeze_to_0d", lambda x: x.squeeze(), f(1, 1))
case("squeeze_none", lambda x: x.squeeze(), f(2, 3))
case("unsqueeze_0d", lambda x: x.unsqueeze(0), f())
case("view_0d", lambda x: x.view(1), f())
case("view_to_0d", lambda x: x.view(()), f(1))
case("view_empty", lambda x: x.view(0, 6), f(0, 2, 3))
case("reshape_empty_infer", lambda x: x.reshape(-1, 3), f(0, 2, 3))
case("transpose_0d", lambda x: x.t(), f(3))
case("t_2d", lambda x: x.t(), f(3, 4), dyn=(f(2, 4),))
case("H_adjoint", lambda x: x.mT, X)
case("cat_mixed_types", lambda x, y: torch.cat([x, y]), f(2, 3), ints(1, 3))
case("cat_i64", lambda x, y: torch.cat([x, y], 1), ints(2, 3), ints(2, 1))
case("cat_bool", lambda x, y: torch.cat([x, y]), flags(2), flags(3))
case("cat_legacy_empty", lambda x: torch.cat([torch.zeros(0), x], 1), f(2, 3))
case("cat_two_inputs", lambda x, y: torch.cat([x, y], 1), f(2, 3), f(2, 2), dyn=(f(4, 3), f(4, 2)))
case("cat_empty_part", lambda x, y: torch.cat([x, y]), f(2, 3), f(0, 3))
case("stack_0d", lambda x, y: torch.stack([x, y]), f(), f())
case("column_stack", lambda x, y: torch.column_stack([x, y]), f(3), f(3))
case("chunk_dynamic_axis", lambda x: x.chunk(2, 1), f(2, 4), dyn=(f(2, 6),))
case("repeat_0d", lambda x: x.repeat(3), f())
case("repeat_i64", lambda x: x.repeat(2, 2), ints(2, 3))
case("repeat_bool", lambda x: x.repeat(2, 2), flags(2, 3))
case("expand_bool", lambda x: x.expand(2, 3), flags(1, 3))
case("expand_0d", lambda x: x.expand(2, 3), f())
case("repeat_interleave_tensor", lambda x: torch.repeat_interleave(x, torch.tensor([1, 2, 0]), dim=1), X)
case("repeat_interleave_input", lambda x, r: torch.repeat_interleave(x, r, dim=0), f(3, 2), tensor([2, 0, 1]))
case("pixel_shuffle", nn.PixelShuffle(2), f(1, 8, 2, 3), dyn=(f(2, 8, 3, 2),))
case("pixel_unshuffle", nn.PixelUnshuffle(2), f(1, 2, 4, 6), dyn=(f(2, 2, 2, 4),))
case("pixel_shuffle_3d", nn.PixelShuffle(2), f(4, 2, 3))
case("channel_shuffle", nn.ChannelShuffle(2), f(1, 4, 2, 3))
case("native_channel_shuffle", lambda x: torch.native_channel_shuffle(x, 2), f(1, 4, 2, 3))
case("im2col", lambda x: F.unfold(x, 2), f(1, 2, 3, 4), dyn=(f(2, 2, 3, 4),))
case("im2col_options", lambda x: F.unfold(x, (2, 3), dilation=(1, 2), padding=1, stride=2), f(1, 2, 5, 6))
case("col2im", lambda x: F.fold(x, (4, 4), 2), f(1, 8, 9))
case("col2im_stride", lambda x: F.fold(x, (4, 6), 2, stride=2), f(1, 8, 6), dyn=(f(2, 8, 6),))
case("col2im_pad", lambda x: F.fold(x, (4, 4), 3, padding=1, stride=1), f(1, 9, 16))
case("unfold_1d", lambda x: x.unfold(0, 3, 2), f(7))
case("diag", torch.diag, f(3))
case("diag_of_matrix", torch.diag, f(3, 4))
case("diag_offset", lambda x: torch.diag(x, 1), f(3))
case("diag_embed", torch.diag_embed, f(2, 3))
case("tril_bool", lambda x: torch.tril(x), torch.ones(3, 4, dtype=BOOL))
case("tril_i64", lambda x: torch.tril(x), ints(3, 4))
case("triu_rectangular_dynamic", lambda x: torch.triu(x, 1), f(3, 4), dyn=(f(5, 2),))
case("tril_inplace", lambda x: x.clone().tril_(), f(3, 4))
case("meshgrid_ij", lambda x, y: torch.meshgrid(x, y, indexing="ij"), f(3), f(4), dyn=(f(2), f(5)))
case("meshgrid_xy", lambda x, y: torch.meshgrid(x, y, indexing="xy"), f(3), f(4))
case("meshgrid_three", lambda x, y, z: torch.meshgrid([x, y, z], indexing="ij"), f(2), f(3), f(4))
case("cartesian_prod", torch.cartesian_prod, f(2), f(3))
case("combinations", lambda x: torch.combinations(x), f(3))
case("block_diag", lambda x, y: torch.block_diag(x, y), f(2, 2), f(1, 3))
case("tril_indices", lambda x: x[torch.tril_indices(3, 3)[0], torch.tril_indices(3, 3)[1]], f(3, 3))
case("view_i64", lambda x: x.view(-1), ints(2, 3))
case("flip_i64", lambda x: x.flip(0), ints(2, 3))
case("ten_outputs", lambda x: tuple(x + n for n in range(10)), f(2))
case("unused_input", lambda x, y: x + 1, f(2), f(3))
case("constant_output", lambda x: (x, torch.ones(2)), f(2))
case("empty_permute", lambda x: x.permute(1, 0), f(0, 3))
for dtype in ("float", "double", "half", "long", "int", "bool", "short", "char", "byte"):
    case(f"cast_{dtype}_of_f32", lambda x, d=dtype: getattr(x, d)(), pos(2, 3))
    case(f"cast_{dtype}_of_i64", lambda x, d=dtype: getattr(x, d)(), ints(2, 3, low=0, high=3))
    case(f"cast_{dtype}_of_bool", lambda x, d=dtype: getattr(x, d)(), flags(2, 3))
case("cast_long_of_negative", lambda x: x.long(), tensor([-1.75, -0.5, 0.5, 1.75]))
case("cast_bool_of_fraction", lambda x: x.bool(), tensor([-0.5, 0.0, 0.25, float("nan")]))
case("cast_byte_wraps", lambda x: x.to(torch.uint8), ints(6, low=-300, high=600))
case("cast_f64_to_f16", lambda x: x.half(), f(2, 3, dtype=F64))
case("to_dtype", lambda x: x.to(torch.float64), f(2, 3))
case("to_device", lambda x: x.to("cpu"), f(2, 3))
case("to_device_dtype", lambda x: x.to("cpu", torch.float16), f(2, 3))
case("to_other", lambda x, y: x.to(y), f(2, 3), ints(1))
case("to_copy", lambda x: x.to(torch.float32, copy=True), f(2, 3))
case("type_as", lambda x, y: x.type_as(y), f(2, 3), ints(1))
case("type_name", lambda x: x.type(torch.int32), f(2, 3))
case("cpu", lambda x: x.cpu() + 1, f(2, 3))
case("mask_to_float", lambda x: (1.0 - x.to(torch.float32)) * -10000.0, ints(2, 3, low=0, high=2))
case("item_of_constant", lambda x: x * torch.tensor(2.5).item(), f(2, 3))
script("scripted_sizes", "x: Tensor", "b, c, h = x.shape\ny = x.view(b, c * h)\nif x.dim() == 3:\n    y = y + float(c) / h\nreturn y.reshape(list(x.shape)), y.permute([1, 0])", X, dyn=(f(4, 3, 4),))
script("scripted_splits", "x: Tensor", "a, b = x.chunk(2, dim=2)\nparts = torch.split(x, [1, 2], dim=1)\nout = torch.zeros_like(a)\nfor p in parts:\n    out = out + p.sum()\nreturn torch.cat([a, b], 0), out, torch.stack([a, b])", X)
script("scripted_squeeze", "x: Tensor", "return x.unsqueeze(0).squeeze(), x.unsqueeze(-1).squeeze(-1), torch.flatten(x, 1), x.expand(2, -1, -1, -1)", X)
script("scripted_repeat", "x: Tensor, n: int = 2", "return x.repeat(n, 1, 1), x.repeat_interleave(n, dim=0), torch.roll(x, n, 0), torch.flip(x, [0])", X)
script("scripted_casts", "x: Tensor", "return x.to(torch.int64), x.float(), x.to(dtype=torch.float64).mean(), x.type_as(x), x.to(torch.bool)", X)
script("scripted_optional", "x: Tensor, y: Optional[Tensor] = None", "if y is not None:\n    x = x + y\nreturn x * 2", X)
script("scripted_tuple_list_dict", "x: Tensor", "t = (x, x + 1)\nl = [t[0], t[1]]\nl.append(x * 2)\nd = {'a': l[2], 'b': l[0]}\nreturn d['a'] + d['b'], torch.cat(l, 0)", X)
script("scripted_while", "x: Tensor", "n = 0\nwhile n < 3:\n    x = x + n\n    n += 1\nreturn x", X)
