# SPDX-License-Identifier: Apache-2.0
"""Writing in place through views."""
import torch
import torch.nn.functional as F

from record import *

family("inplace")

def write(name, body, *inputs, **o):
    case(name, body, *(inputs or (f(3, 4),)), **o)
def w_select(x):
    y = x.clone(); y[0] = 1.0; return y
def w_select_column(x):
    y = x.clone(); y[:, 0] = 2; return y
def w_slice(x):
    y = x.clone(); y[1:] = 3.0; return y
def w_slice_tensor(x):
    y = x.clone(); y[:, 1:3] = x[:, :2] * 2; return y
def w_slice_step(x):
    y = x.clone(); y[:, ::2] = 0; return y
def w_slice_negative(x):
    y = x.clone(); y[:, -2:] = -1; return y
def w_element(x):
    y = x.clone(); y[1, 2] = 9; return y
def w_add(x):
    y = x.clone(); y[1:] += 1; return y
def w_mul_column(x):
    y = x.clone(); y[:, 1] *= 2; return y
def w_nested(x):
    y = x.clone(); y[1:][:, 1:].mul_(10); return y
def w_view(x):
    y = x.clone(); z = y.view(-1); z[2:5] = 0; return y, z
def w_view_chain(x):
    y = x.clone(); y.view(2, 6).t()[1:3].add_(1); return y
def w_transpose(x):
    y = x.clone(); y.t()[0] = 5; return y
def w_unsqueeze(x):
    y = x.clone(); y.unsqueeze(0).squeeze(0).mul_(2); return y
def w_chunk(x):
    y = x.clone(); a, b = y.chunk(2, 1); a.add_(1); b.mul_(2); return y
def w_split(x):
    y = x.clone(); parts = y.split(1); parts[1].zero_(); return y
def w_unbind(x):
    y = x.clone(); y.unbind(0)[2].fill_(7); return y
def w_diagonal(x):
    y = x.clone(); y.diagonal().fill_(0); return y
def w_fill_diagonal(x):
    y = x.clone(); y.fill_diagonal_(1); return y
def w_narrow(x):
    y = x.clone(); y.narrow(1, 1, 2).copy_(x[:, :2]); return y
def w_read_view_later(x):
    y = x.clone(); v = y[0]; y.mul_(2); return v, y
def w_two_views(x):
    y = x.clone(); a = y[0]; b = y[:, 0]; a.add_(1); b.mul_(2); return y, a, b
def w_mask(x):
    y = x.clone(); y[y > 0] = 0; return y
def w_mask_add(x):
    y = x.clone(); y[y < 0] += 1; return y
def w_mask_tensor(x, k):
    y = x.clone(); y[k] = -1.5; return y
def w_index(x):
    y = x.clone(); y[[0, 2]] = 1; return y
def w_index_tensor(x, a, v):
    y = x.clone(); y[a] = v; return y
def w_index_pair(x, a, b):
    y = x.clone(); y[a, b] = 0; return y
def w_index_column(x, a, v):
    y = x.clone(); y[:, a] = v; return y
def w_index_slice(x, a):
    y = x.clone(); y[1:, a] = 2; return y
def w_expand_source(x):
    y = torch.zeros(3, 4); y[:] = x[0]; return y + x
def w_build(x):
    y = torch.zeros(2, 3, 4); y[0] = x; y[1, :, :2] = x[:, 2:]; return y
def w_build_dynamic(x):
    y = x.new_zeros(x.size(0), x.size(1) + 2); y[:, 1:-1] = x; return y
def w_shift_window(x):
    m = torch.zeros(1, 6, 6); n = 0
    for a in (slice(0, -2), slice(-2, -1), slice(-1, None)):
        for b in (slice(0, -2), slice(-2, -1), slice(-1, None)):
            m[:, a, b] = n; n += 1
    return m + x
def w_copy(x):
    y = torch.empty_like(x); y.copy_(x); return y * 2
def w_zero_then_add(x):
    y = torch.zeros_like(x); y += x; y -= 1; return y
def w_loop(x):
    y = x.clone()
    for n in range(3):
        y[n] = y[n] * n + (y[n - 1] if n else 0)
    return y
def w_stack_list(x):
    out = []
    h = x[:, 0]
    for n in range(4):
        h = h * 0.5 + x[:, n]; out.append(h)
    return torch.stack(out, 1)
def w_casting(x):
    y = torch.zeros(3, 4, dtype=torch.int64); y[1:] = 5; return y + x.long()
def w_float_into_int(x):
    y = torch.zeros(3, 4, dtype=torch.int64); y.copy_(x); return y
def w_squeeze_inplace(x):
    y = x.clone().unsqueeze(0); y.squeeze_(0); return y + 1
def w_unsqueeze_inplace(x):
    y = x.clone(); y.unsqueeze_(1); return y + 1
def w_transpose_inplace(x):
    y = x.clone(); y.transpose_(0, 1); return y + 1
def w_detach(x):
    y = x.clone().detach(); y.add_(1); return y
def w_real_data(x):
    y = x.clone(); y.data.mul_(2); return y
def w_uniform_zero(x):
    y = x.clone(); y[..., 1:3].clamp_(min=0).sqrt_(); return y
for name, fn in list(globals().items()):
    if name.startswith("w_") and name not in ("w_mask_tensor", "w_index_tensor", "w_index_pair", "w_index_column", "w_index_slice",
                                              "w_build_dynamic", "w_shift_window"):
        write(name[2:], fn)
write("mask_tensor", w_mask_tensor, f(3, 4), flags(3, 4), dyn=(f(5, 4), flags(5, 4)))
write("index_tensor", w_index_tensor, f(3, 4), tensor([2, 0]), f(2, 4))
write("index_pair", w_index_pair, f(3, 4), tensor([2, 0]), tensor([1, 3]))
write("index_column", w_index_column, f(3, 4), tensor([2, 0]), f(3, 2))
write("index_slice", w_index_slice, f(3, 4), tensor([2, 0]))
write("build_dynamic", w_build_dynamic, f(2, 3), dyn=(f(4, 5),))
write("shift_window", w_shift_window, f(1, 6, 6))
write("select_dynamic", w_select, f(3, 4), dyn=(f(5, 4),))
write("slice_negative_dynamic", w_slice_negative, f(3, 4), dyn=(f(5, 7),))
write("add_dynamic", w_add, f(3, 4), dyn=(f(5, 4),))
write("mul_column_dynamic", w_mul_column, f(3, 4), dyn=(f(5, 4),))
write("input_written", lambda x: x.add_(1) * 2)
script("scripted_writes", "x: Tensor", "y = x.clone()\ny[0] = 1.0\ny[:, 1:3] += 2\ny[y > 3] = 3\nz = y.view(-1)\nz[0] = 7.5\nreturn y, z", f(3, 4))
script("scripted_loop_writes", "x: Tensor", "y = torch.zeros_like(x)\nfor i in range(x.size(0)):\n    y[i] = x[i] * i\nreturn y", f(3, 4))

# A view whose sizes data decides is a view all the same; what reshape() makes of it is one or not.
script("view_by_data", "x: Tensor, k: Tensor", "y = x.clone()\nv = y.view(int(k), -1)\nv.add_(1)\nw = v.view(-1)\nw.mul_(2)\nreturn y, v", f(4, 6), tensor(3),
       also=[(f(4, 6), tensor(8))])
script("view_by_data_base", "x: Tensor, k: Tensor", "y = x.clone()\nv = y.view(int(k), -1)\ny.add_(1)\nreturn y, v", f(4, 6), tensor(3),
       also=[(f(4, 6), tensor(8))])
script("reshape_of_view_by_data", "x: Tensor, k: Tensor", "y = x.clone()\nv = y.view(int(k), -1).reshape(-1)\nv.add_(1)\nreturn y, v", f(4, 6), tensor(3))
