# SPDX-License-Identifier: Apache-2.0
"""Where operators meet dynamic sizes, unusual arguments and each other."""
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from record import *

family("corners")
torch.manual_seed(0)

# conv: dynamic spatial
for t in (nn.Conv1d(2, 3, 3, padding="same"), nn.Conv1d(2, 3, 4, padding="same", dilation=3)):
    case(f"conv1d_same{t.kernel_size[0]}", t, f(1, 2, 9), dyn=(f(2, 2, 12),))
case("conv2d_dyn", nn.Conv2d(2, 4, (3, 2), stride=(2, 3), padding=(1, 0), dilation=(1, 2), groups=2), f(1, 2, 9, 11), dyn=(f(3, 2, 10, 14),))
case("convT2d_dyn", nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1, groups=2), f(1, 2, 4, 5), dyn=(f(3, 2, 6, 5),))
case("conv_functional_weight", lambda x, w: F.conv2d(x, w, None, padding=1), f(1, 2, 5, 5), f(3, 2, 3, 3))
case("conv_modulated", lambda x, w, s: F.conv2d(x.reshape(1, -1, 5, 5), (w.unsqueeze(0)*s[:, None, :, None, None]).reshape(-1, 2, 3, 3), groups=2), f(2, 2, 5, 5), f(3, 2, 3, 3), f(2, 2))
case("conv_transpose_f64", nn.ConvTranspose1d(2, 3, 3, stride=2).double(), f(1, 2, 5, dtype=F64))

# pool dynamic
case("adaptive_avg_dyn7", lambda x: F.adaptive_avg_pool2d(x, (7, 3)), f(1, 2, 9, 10), dyn=(f(2, 2, 13, 17),))
case("adaptive_avg_dyn1d", lambda x: F.adaptive_avg_pool1d(x, 4), f(1, 2, 9), dyn=(f(1, 2, 13),))
case("adaptive_avg_dyn3d", lambda x: F.adaptive_avg_pool3d(x, (2, 1, None)), f(1, 2, 5, 4, 3), dyn=(f(2, 2, 7, 6, 5),))
case("adaptive_max_dyn_batch", lambda x: F.adaptive_max_pool2d(x, (4, 3), return_indices=True), f(1, 2, 9, 10), dyn=(f(3, 2, 9, 10),))
case("adaptive_max_3d_uneven_idx", lambda x: F.adaptive_max_pool3d(x, (2, 3, 2), return_indices=True), f(1, 2, 5, 4, 3))
case("avg_ceil_pad_dyn", lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True), f(1, 2, 6, 7), dyn=(f(2, 2, 9, 8),))
case("avg_ceil_pad_excl_dyn", lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False), f(1, 2, 6, 7), dyn=(f(2, 2, 9, 8),))
case("avg_uneven_pad_dyn", lambda x: F.avg_pool2d(x, (3, 1), (2, 1), (1, 0)), f(1, 2, 6, 7), dyn=(f(2, 2, 9, 8),))
case("max_ceil_dyn", lambda x: F.max_pool2d(x, 3, 2, 1, ceil_mode=True, return_indices=True), f(1, 2, 6, 7), dyn=(f(2, 2, 9, 8),))
case("pool_by_size", lambda x: F.avg_pool2d(x, x.size()[2:]), f(1, 2, 6, 7), dyn=(f(2, 2, 9, 8),))
case("unpool", lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2), f(1, 2, 6, 8), dyn=(f(2, 2, 6, 8),))
case("unpool3d", lambda x: F.max_unpool3d(*F.max_pool3d(x, 2, return_indices=True), 2), f(1, 2, 4, 4, 6))
case("lrn_before_relu", lambda x: F.local_response_norm(x, 3), f(1, 6, 4, 5), dyn=(f(2, 6, 5, 7),))

# norm
case("gn_dyn", nn.GroupNorm(2, 4), f(1, 4, 5, 6), dyn=(f(3, 4, 7, 5),))
case("gn_1_layer", nn.GroupNorm(1, 4), f(1, 4, 5, 6), dyn=(f(3, 4, 7, 5),))
case("in_dyn", nn.InstanceNorm2d(4, affine=True), f(1, 4, 5, 6), dyn=(f(3, 4, 7, 5),))
case("ln_dyn_seq", nn.LayerNorm(6), f(2, 5, 6), dyn=(f(3, 7, 6),))
case("weight_norm_conv", torch.nn.utils.weight_norm(nn.Conv1d(2, 3, 3)), f(1, 2, 6), dyn=(f(2, 2, 8),))
case("weight_norm_linear_none", torch.nn.utils.weight_norm(nn.Linear(3, 4), dim=None), f(2, 3))
case("weight_norm_dim1", torch.nn.utils.weight_norm(nn.ConvTranspose2d(2, 3, 3), dim=1), f(1, 2, 4, 4))
case("weight_norm_param", torch.nn.utils.parametrizations.weight_norm(nn.Conv2d(2, 3, 3)), f(1, 2, 6, 6))
case("spectral_norm", torch.nn.utils.spectral_norm(nn.Linear(3, 4)).eval(), f(2, 3))
case("spectral_norm_param", torch.nn.utils.parametrizations.spectral_norm(nn.Linear(3, 4)).eval(), f(2, 3))

# linalg
case("linear_3d_dyn", nn.Linear(4, 5), f(2, 3, 4), dyn=(f(1, 7, 4),))
case("linear_1d", nn.Linear(4, 5), f(4))
case("linear_4d_nobias", nn.Linear(4, 5, bias=False), f(1, 2, 3, 4))
case("linear_i64", lambda x, w: F.linear(x, w), ints(2, 3), ints(4, 3))
case("addmm_beta", lambda b, x, y: torch.addmm(b, x, y, beta=0.5, alpha=2.0), f(2, 4), f(2, 3), f(3, 4))
case("baddbmm_bc", lambda b, x, y: torch.baddbmm(b, x, y, beta=0.5, alpha=2.0), f(1, 1, 4), f(2, 3, 5), f(2, 5, 4))
case("bilinear", nn.Bilinear(3, 4, 5), f(2, 3), f(2, 4), dyn=(f(4, 3), f(4, 4)))
case("tensordot2", lambda a, b: torch.tensordot(a, b, dims=([1, 2], [0, 1])), f(2, 3, 4), f(3, 4, 5), dyn=(f(6, 3, 4), f(3, 4, 5)))
case("einsum_batch", lambda a, b: torch.einsum("bhqd,bhkd->bhqk", a, b), f(1, 2, 3, 4), f(1, 2, 5, 4), dyn=(f(2, 2, 4, 4), f(2, 2, 6, 4)))
case("einsum_three", lambda a, b, c: torch.einsum("bi,oij,bj->bo", a, b, c), f(2, 3), f(4, 3, 5), f(2, 5))
case("cdist_many", torch.cdist, f(40, 3), f(30, 3))
case("cross_dim", lambda a, b: torch.cross(a, b, dim=1), f(2, 3, 4), f(2, 3, 4))
case("det3", lambda a: (torch.det(a), torch.logdet(a@a.transpose(-1, -2)), torch.slogdet(a)), f(2, 3, 3))

# attention
case("sdpa_causal_dyn", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), f(1, 2, 4, 8), f(1, 2, 4, 8), f(1, 2, 4, 8), dyn=(f(2, 2, 6, 8), f(2, 2, 6, 8), f(2, 2, 6, 8)))
case("sdpa_gqa_mask", lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, attn_mask=m, enable_gqa=True), f(1, 4, 3, 8), f(1, 2, 5, 8), f(1, 2, 5, 6), f(1, 4, 3, 5))
case("sdpa_gqa_mask1", lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, attn_mask=m, enable_gqa=True), f(2, 4, 3, 8), f(2, 2, 5, 8), f(2, 2, 5, 6), flags(2, 1, 3, 5))
case("sdpa_gqa_dyn", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True), f(1, 4, 3, 8), f(1, 2, 3, 8), f(1, 2, 3, 8), dyn=(f(2, 4, 5, 8), f(2, 2, 5, 8), f(2, 2, 5, 8)))
m0=torch.tensor([[True, False, True], [False, False, False], [True, True, True]])
case("sdpa_masked_rows", lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, attn_mask=m), f(1, 2, 3, 8), f(1, 2, 3, 8), f(1, 2, 3, 8), m0)
case("sdpa_const_masked_rows", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, attn_mask=m0), f(1, 2, 3, 8), f(1, 2, 3, 8), f(1, 2, 3, 8))
case("sdpa_const_mask", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, attn_mask=m0|torch.eye(3).bool()), f(1, 2, 3, 8), f(1, 2, 3, 8), f(1, 2, 3, 8))
enc=nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2, enable_nested_tensor=False).eval()
case("encoder_dyn", enc, f(1, 3, 8), dyn=(f(2, 5, 8),))
case("encoder_gelu_normfirst", nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu", norm_first=True).eval(), f(2, 3, 8), dyn=(f(3, 5, 8),))
class Call(nn.Module):
    def __init__(s, net, fn): super().__init__(); s.net=net; s.fn=fn
    def forward(s, *a): return s.fn(s.net, *a)
case("encoder_mask", Call(enc, lambda n, x, m: n(x, mask=m)), f(2, 3, 8), torch.triu(torch.ones(3, 3), 1).bool())
case("encoder_pad", Call(enc, lambda n, x, m: n(x, src_key_padding_mask=m)), f(2, 3, 8), torch.tensor([[False, False, True], [False, False, False]]))
nested = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2).eval()
case("encoder_nested", Call(nested, lambda n, x, m: n(x, src_key_padding_mask=m)), f(2, 3, 8), torch.tensor([[False, False, True], [False, False, False]]), dyn=(f(3, 4, 8), torch.tensor([[False, False, True, True], [False, False, False, False], [False, True, True, True]])))
mha=nn.MultiheadAttention(8, 2, batch_first=True).eval()
case("mha_fast", Call(mha, lambda n, x: n(x, x, x)), f(2, 3, 8), dyn=(f(3, 5, 8),))
case("mha_fast_noweights", Call(mha, lambda n, x: n(x, x, x, need_weights=False)[0]), f(2, 3, 8), dyn=(f(3, 5, 8),))
case("mha_each_head", Call(mha, lambda n, x: n(x, x, x, average_attn_weights=False)), f(2, 3, 8))

# indexing
case("idx_mid_two", lambda x, a, b: x[:, a, b], f(2, 3, 4, 5), tensor([0, 2, 1]), tensor([3, 0, 1]), dyn=(f(3, 3, 4, 5), tensor([0, 2]), tensor([3, 0])))
case("idx_apart", lambda x, a, b: x[a, :, b], f(2, 3, 4), tensor([0, 1, 1]), tensor([3, 0, 1]))
case("idx_mask_mid", lambda x: x[:, torch.tensor([True, False, True])], f(2, 3, 4), dyn=(f(5, 3, 4),))
case("idx_mask_mid_rt", lambda x, m: x[:, m], f(2, 3, 4), tensor([True, False, True]))
case("idx_mask_and_int", lambda x, m, i: x[m, i], f(3, 4, 2), tensor([True, False, True]), tensor([1, 3]))
case("idx_mask2_int", lambda x, m, i: x[m, :, i], f(3, 4, 2), tensor([True, False, True]), tensor([1]))
case("idx_put_mid", lambda x, a, b, v: x.index_put((a, b), v), f(3, 4, 2), tensor([0, 2]), tensor([1, 3]), f(2, 2))
def put_mid(x, a, v):
    y=x.clone(); y[:, a]=v; return y
case("idx_put_slice_mid", put_mid, f(2, 4, 3), tensor([0, 2]), f(2, 2, 3), dyn=(f(5, 4, 3), tensor([0, 2]), f(5, 2, 3)))
def put_mask3(x, m):
    y=x.clone(); y[:, m]=0.0; return y
case("idx_put_mask_mid", put_mask3, f(2, 3, 4), tensor([True, False, True]))
def put_mask4(x, m):
    y=x.clone(); y[m]=y[m]*2; return y
case("idx_put_mask_self", put_mask4, f(3, 4), tensor([[True, False, True, False]]*3))
case("idx_put_acc_mid", lambda x, a, b, v: x.index_put((a, b), v, accumulate=True), f(3, 4, 2), tensor([0, 2, 0]), tensor([1, 3, 1]), f(3, 2))
case("idx_put_acc_mask", lambda x, m: x.index_put((m,), torch.tensor(1.5), accumulate=True), f(3, 4), tensor([True, False, True]))
case("masked_scatter_dyn", lambda x, m, s: x.masked_scatter(m, s), f(2, 3), tensor([[True, False, True], [False, True, True]]), f(6))
case("scatter_add_gnn", lambda x, i: torch.zeros(4, 3).scatter_add(0, i.unsqueeze(-1).expand_as(x), x), f(6, 3), tensor([0, 1, 1, 3, 0, 2]), dyn=(f(8, 3), tensor([0, 1, 1, 3, 0, 2, 3, 3])))
case("index_add_dyn", lambda x, i: torch.zeros(4, 3).index_add(0, i, x), f(6, 3), tensor([0, 1, 1, 3, 0, 2]), dyn=(f(8, 3), tensor([0, 1, 1, 3, 0, 2, 3, 3])))
case("index_reduce", lambda x, i, s: (x.index_reduce(0, i, s, "amax"), x.index_reduce(0, i, s, "mean", include_self=False), x.index_reduce(1, i[:2]%2, s[:4, :2], "prod")), f(4, 3), tensor([0, 1, 1, 3]), f(4, 3))
case("topk_dyn", lambda x: x.topk(2, dim=1), f(2, 5), dyn=(f(3, 7),))
case("sort_dyn", lambda x: x.sort(dim=-1, descending=True), f(2, 5), dyn=(f(3, 7),))
case("sort_bool_u8", lambda x, y: (x.sort(0)[0], y.sort(0, descending=True)[0]), flags(6), ints(6, low=0, high=9, dtype=U8))
case("kth", lambda x: x.kthvalue(2, 1, keepdim=True), f(2, 5))
case("unique", lambda x: torch.unique(x, return_inverse=True, return_counts=True), tensor([[3, 1, 2], [1, 3, 3]]))
case("unique_dim", lambda x: torch.unique(x, dim=0, return_inverse=True, return_counts=True), tensor([[3, 1], [1, 3], [3, 1]]))
case("unique_consec", lambda x: torch.unique_consecutive(x, return_inverse=True, return_counts=True), tensor([3, 3, 1, 1, 1, 2, 3]))
case("searchsorted", lambda s, x: (torch.searchsorted(s, x), torch.searchsorted(s, x, right=True), torch.bucketize(x, s[0])), f(2, 6).sort(-1)[0], f(2, 3))
case("one_hot_auto", lambda x: F.one_hot(x), tensor([0, 2, 1]))

# embedding
case("bag2d_dyn", nn.EmbeddingBag(5, 3, mode="mean"), ints(2, 4, low=0, high=5), dyn=(ints(3, 4, low=0, high=5),))
case("bag_offsets_dyn", nn.EmbeddingBag(5, 3, mode="sum"), ints(7, low=0, high=5), tensor([0, 3, 3]), dyn=(ints(9, low=0, high=5), tensor([0, 2, 4, 9])))
case("bag_offsets_max", nn.EmbeddingBag(5, 3, mode="max"), ints(7, low=0, high=5), tensor([0, 3, 3]))
case("bag_padding", nn.EmbeddingBag(5, 3, mode="mean", padding_idx=2), tensor([[0, 2, 1], [2, 2, 3]]))
case("emb_maxnorm", lambda i, w: F.embedding(i, w, max_norm=1.0), tensor([0, 2, 1]), f(4, 3))

# recurrent
case("lstm_dyn_h0", Call(nn.LSTM(3, 4, 2, bidirectional=True, batch_first=True), lambda n, x, h, c: n(x, (h, c))), f(2, 5, 3), f(4, 2, 4), f(4, 2, 4), dyn=(f(3, 6, 3), f(4, 3, 4), f(4, 3, 4)))
class Pack(nn.Module):
    def __init__(s, net, **o): super().__init__(); s.net=net; s.o=o
    def forward(s, x, l):
        p=nn.utils.rnn.pack_padded_sequence(x, l, batch_first=True, **s.o)
        y, h=s.net(p)
        z, n=nn.utils.rnn.pad_packed_sequence(y, batch_first=True)
        return z, h, n
case("packed_unsorted", Pack(nn.GRU(3, 4, batch_first=True, bidirectional=True), enforce_sorted=False), f(3, 5, 3), tensor([2, 5, 3]), dyn=(f(4, 6, 3), tensor([1, 6, 3, 2])))
case("packed_lstm2", Pack(nn.LSTM(3, 4, 2, batch_first=True)), f(3, 5, 3), tensor([5, 4, 2]))

# resize dynamic
for mode in ("nearest", "bilinear", "bicubic"):
    o={} if mode=="nearest" else dict(align_corners=False)
    case(f"interp_{mode}_size_dynbatch", lambda x, m=mode, o=o: F.interpolate(x, size=(7, 9), mode=m, **o), f(1, 2, 4, 5), dyn=(f(3, 2, 4, 5),))
    case(f"interp_{mode}_size_dynall", lambda x, m=mode, o=o: F.interpolate(x, size=(7, 9), mode=m, **o), f(1, 2, 4, 5), dyn=(f(3, 2, 6, 3),))
    case(f"interp_{mode}_scale_dynall", lambda x, m=mode, o=o: F.interpolate(x, scale_factor=1.5, mode=m, **o), f(1, 2, 4, 6), dyn=(f(3, 2, 6, 8),))
    case(f"interp_{mode}_skip", lambda x, y, m=mode, o=o: F.interpolate(x, size=y.shape[-2:], mode=m, **o), f(1, 2, 4, 6), f(1, 1, 8, 11), dyn=(f(3, 2, 6, 8), f(3, 1, 7, 9)))
case("pad_seq", lambda a, b: nn.utils.rnn.pad_sequence([a, b], batch_first=True, padding_value=2.0), f(3, 2), f(5, 2))
case("reflect_dyn", lambda x: F.pad(x, (1, 2, 2, 1), mode="reflect"), f(1, 2, 4, 5), dyn=(f(2, 2, 5, 6),))
case("circular_dyn", lambda x: F.pad(x, (1, 2, 2, 1), mode="circular"), f(1, 2, 4, 5), dyn=(f(2, 2, 5, 6),))
case("pad_to_multiple", lambda x: F.pad(x, (0, (4-x.size(-1)%4)%4)), f(1, 2, 6), dyn=(f(1, 2, 7),))
case("nms", lambda b, s: torchvision.ops.nms(b, s, 0.4), torch.tensor([[0, 0, 4, 4], [0, 0, 4, 5], [5, 5, 9, 9], [1, 1, 4, 4.]]), torch.tensor([.5, .9, .3, .7]))
case("roi_align", lambda x, b: torchvision.ops.roi_align(x, b, (2, 3), 0.5, 2, aligned=False), f(2, 3, 8, 8), torch.tensor([[0, 0, 0, 9, 9], [1, 2, 3, 12, 10.]]))
for name, groups, masked in (("plain", 1, False), ("grouped", 2, True)):
    def deform(x, w, o, m, masked=masked):
        return torchvision.ops.deform_conv2d(x, o, w, torch.arange(4.0), stride=(2, 1), padding=(1, 0), dilation=(1, 2), mask=m.sigmoid() if masked else None)
    case(f"deform_conv_{name}", deform, f(1, 4, 6, 7), f(4, 4 // groups, 3, 2), f(1, 12 * groups, 3, 5), f(1, 6 * groups, 3, 5), opset=16, dyn=(f(2, 4, 8, 6), f(4, 4 // groups, 3, 2), f(2, 12 * groups, 4, 4), f(2, 6 * groups, 4, 4)))
case("roi_align_aligned", lambda x, b: torchvision.ops.roi_align(x, b, (2, 3), 0.5, -1, aligned=True), f(2, 3, 8, 8), torch.tensor([[0, 0, 0, 9, 9], [1, 2, 3, 12, 10.]]))

# as other front ends and passes of PyTorch spell them
A = "torch.ops.aten."
script("native_layer_norm", "x: Tensor, w: Tensor, b: Tensor", f"return {A}native_layer_norm(x, [3, 4], w, b, 1e-5)", f(2, 3, 4), f(3, 4), f(3, 4))
script("native_group_norm", "x: Tensor, w: Tensor, b: Tensor", f"return {A}native_group_norm(x, w, b, 2, 4, 15, 2, 1e-5)", f(2, 4, 3, 5), f(4), f(4))
script("native_batch_norm", "x: Tensor, w: Tensor, m: Tensor, v: Tensor", f"return {A}_native_batch_norm_legit_no_training(x, w, None, m, v, 0.1, 1e-5)[0]", f(2, 3, 4), f(3), f(3), pos(3))
script("impl_index_batch_norm", "x: Tensor, m: Tensor, v: Tensor", f"return {A}_batch_norm_impl_index(x, None, None, m, v, False, 0.1, 1e-5, True)[0]", f(2, 3, 4), f(3), pos(3))
script("convolution", "x: Tensor, w: Tensor", f"return {A}convolution(x, w, None, [2], [1], [1], False, [0], 2), {A}convolution(x, w, None, [2], [1], [1], True, [1], 1)", f(2, 4, 5), f(4, 2, 3))
script("convolution_mode", "x: Tensor, w: Tensor", f"return {A}_convolution_mode(x, w, None, [1, 1], 'same', [1, 2], 1)", f(2, 3, 5, 6), f(4, 3, 3, 2))
script("conv_tbc", "x: Tensor, w: Tensor, b: Tensor", f"return {A}conv_tbc(x, w, b, 1)", f(5, 2, 3), f(3, 3, 4), f(4))
script("flash_for_cpu", "q: Tensor, k: Tensor, v: Tensor", f"return {A}_scaled_dot_product_flash_attention_for_cpu(q, k, v, 0.0, True)", f(1, 2, 3, 4), f(1, 2, 3, 4), f(1, 2, 3, 4))
script("attention_math", "q: Tensor, k: Tensor, v: Tensor, m: Tensor", f"return {A}_scaled_dot_product_attention_math(q, k, v, m, 0.0, False, None)", f(1, 2, 3, 4), f(1, 2, 3, 4), f(1, 2, 3, 4), f(3, 3))
script("bare_adaptive", "x: Tensor", f"return {A}_adaptive_avg_pool2d(x, [1, 1]), {A}_adaptive_avg_pool2d(x, [2, 3])", f(2, 3, 4, 6))
script("upsamples", "x: Tensor", f"return {A}upsample_nearest2d(x, [6, 8], 2.0, 2.0), {A}upsample_bilinear2d(x, [5, 7], False, None, None), {A}upsample_bicubic2d(x, [6, 8], True)", f(1, 2, 3, 4))
script("unsafe_index", "x: Tensor, i: Tensor, v: Tensor", f"return {A}_unsafe_index(x, [None, i]), {A}_unsafe_index_put(x, [i], v, True)", f(3, 4), tensor([2, 0]), f(2, 4))
script("index_u8_mask", "x: Tensor, m: Tensor", f"return {A}index(x, [m]), {A}index(x, [None, m])", f(3, 3), tensor([1, 0, 1], dtype=U8))
script("gru_cell_no_bias", "x: Tensor, h: Tensor, w: Tensor, v: Tensor", f"return {A}gru_cell(x, h, w, v), {A}rnn_relu_cell(x, h, w[:4], v[:4])", f(2, 3), f(2, 4), f(12, 3), f(12, 4))
script("where_numbers", "c: Tensor, x: Tensor", f"return {A}where(c, 1.5, x), {A}where(c, x, 2), {A}where(c, 1, 2)", flags(2, 3), f(2, 3))
script("searchsorted_sorter", "s: Tensor, x: Tensor, o: Tensor", f"return {A}searchsorted(s, x, side='right', sorter=o), {A}searchsorted(s, 0.5, sorter=o)", tensor([2.0, 0.0, 1.0]), f(4), tensor([1, 2, 0]))
script("weight_norm_interface", "v: Tensor, g: Tensor", f"return {A}_weight_norm_interface(v, g, 0)", f(3, 2, 2), f(3, 1, 1))
script("pads", "x: Tensor", f"return {A}constant_pad_nd(x, [1, -1, -1, 2], 3), {A}reflection_pad1d(x, [1, 2]), {A}replication_pad1d(x, [2, -1]), {A}_pad_circular(x, [1, 1])", f(2, 3, 4))
script("products", "a: Tensor, b: Tensor, v: Tensor", f"return {A}addbmm(v[:3, :3], a, b, beta=0.5), {A}inner(a, b.transpose(1, 2)), {A}addmv(v[:, 0][:3], a[0], v[:4, 0]), {A}addr(v[:3, :3], v[0][:3], v[1][:3], alpha=2), {A}kron(a[0], b[0]), {A}matrix_power(v[:3, :3], 3), {A}linalg_vecdot(a, a), {A}linalg_multi_dot([a[0], b[0], a[0]])", f(2, 3, 4), f(2, 4, 3), f(4, 4))
script("distances", "a: Tensor, b: Tensor", f"return {A}_euclidean_dist(a, b), {A}_cdist_forward(a, b, 3.0, None), {A}cosine_similarity(a, b[:3], 0), {A}_pdist_forward(a, 1.0)", f(3, 4), f(5, 4))
script("bags", "t: Tensor, i: Tensor, o: Tensor", f"return {A}_embedding_bag(t, i, o, False, 1, False, None, False, 2)[0], {A}embedding_bag(t, i, o, False, 0, False, None, True, 1)[0]", f(5, 3), tensor([0, 2, 1, 4, 2]), tensor([0, 2, 5]))
script("glimpses", "x: Tensor, i: Tensor", f"return {A}take_along_dim(x[:2], i, 1), {A}gather(x, 0, i), {A}take(x, i), {A}index_select(x, 1, i[0])", f(3, 4), tensor([[0, 2], [1, 0]]))
