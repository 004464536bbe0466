# SPDX-License-Identifier: Apache-2.0
"""Attention, from the fused operator to whole layers."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from record import *

family("attention")

q, k, v = f(2, 2, 3, 4), f(2, 2, 5, 4), f(2, 2, 5, 4)
more = (f(3, 2, 4, 4), f(3, 2, 6, 4), f(3, 2, 6, 4))
case("attention_by_hand", lambda q, k, v: F.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.size(-1)), -1) @ v, q, k, v, dyn=more)
class SelfAttention(nn.Module):
    def __init__(self, weights=True, **o):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, **o)
        self.weights = weights
    def forward(self, x):
        y, w = self.attention(x, x, x, need_weights=self.weights)
        return (y, w) if self.weights else y
class CrossAttention(nn.Module):
    def __init__(self, masked=None, **o):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True, **o)
        self.masked = masked
    def forward(self, x, y, v, mask):
        o = {self.masked: mask} if self.masked else {}
        return self.attention(x, y, v, need_weights=False, average_attn_weights=False, **o)[0]
if True:
    case("mha_self", SelfAttention(), f(3, 2, 4))
    case("mha_self_batch_first", SelfAttention(batch_first=True), f(2, 3, 4))
    case("mha_self_no_weights", SelfAttention(weights=False, batch_first=True), f(2, 3, 4))
    case("mha_self_unbatched", SelfAttention(), f(3, 4))
    case("mha_self_bias_kv", SelfAttention(add_bias_kv=True, add_zero_attn=True), f(3, 2, 4))
    case("mha_self_no_bias", SelfAttention(bias=False, batch_first=True), f(2, 3, 4))
    mask = torch.ones(3, 5, dtype=BOOL).triu(2)
    case("mha_cross", CrossAttention(), f(2, 3, 4), f(2, 5, 4), f(2, 5, 4), mask)
    case("mha_cross_bool_mask", CrossAttention("attn_mask"), f(2, 3, 4), f(2, 5, 4), f(2, 5, 4), mask)
    case("mha_cross_float_mask", CrossAttention("attn_mask"), f(2, 3, 4), f(2, 5, 4), f(2, 5, 4), f(3, 5))
    case("mha_cross_padding_mask", CrossAttention("key_padding_mask"), f(2, 3, 4), f(2, 5, 4), f(2, 5, 4),
         tensor([[False] * 4 + [True], [False] * 5]))
    case("mha_cross_sizes", CrossAttention(kdim=3, vdim=2), f(2, 3, 4), f(2, 5, 3), f(2, 5, 2), mask)
case("transformer_encoder_layer", nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), f(2, 3, 4))
case("transformer_encoder_layer_norm_first", nn.TransformerEncoderLayer(4, 2, 8, norm_first=True, activation="gelu"), f(3, 2, 4))
case("transformer_decoder_layer", nn.TransformerDecoderLayer(4, 2, 8, batch_first=True), f(2, 3, 4), f(2, 5, 4))
case("transformer_encoder", nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 2, enable_nested_tensor=False), f(3, 2, 4))
case("transformer_fast_path", Using(nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), lambda m, x: m(x)), f(2, 3, 4))
# not in every version of PyTorch
sdpa = F.scaled_dot_product_attention
case("sdpa", lambda q, k, v: sdpa(q, k, v), q, k, v, dyn=more)
case("sdpa_3d", lambda q, k, v: sdpa(q, k, v), f(2, 3, 4), f(2, 5, 4), f(2, 5, 4))
case("sdpa_2d", lambda q, k, v: sdpa(q, k, v), f(3, 4), f(5, 4), f(5, 4))
case("sdpa_scale", lambda q, k, v: sdpa(q, k, v, scale=0.25), q, k, v)
case("sdpa_causal", lambda q, k, v: sdpa(q, k, v, is_causal=True), f(2, 2, 4, 4), f(2, 2, 4, 4), f(2, 2, 4, 4),
     dyn=(f(1, 2, 6, 4), f(1, 2, 6, 4), f(1, 2, 6, 4)))
case("sdpa_causal_uneven", lambda q, k, v: sdpa(q, k, v, is_causal=True), q, k, v)
case("sdpa_causal_scale", lambda q, k, v: sdpa(q, k, v, is_causal=True, scale=1.0), f(1, 2, 4, 4), f(1, 2, 4, 4), f(1, 2, 4, 4))
case("sdpa_float_mask", lambda q, k, v, m: sdpa(q, k, v, attn_mask=m), q, k, v, f(3, 5))
case("sdpa_float_mask_4d", lambda q, k, v, m: sdpa(q, k, v, m), q, k, v, f(2, 1, 3, 5))
case("sdpa_bool_mask", lambda q, k, v, m: sdpa(q, k, v, attn_mask=m), q, k, v, torch.ones(3, 5, dtype=BOOL).tril(1),
     dyn=more + (torch.ones(4, 6, dtype=BOOL).tril(1),))
case("sdpa_bool_mask_4d", lambda q, k, v, m: sdpa(q, k, v, m), q, k, v, torch.ones(2, 1, 3, 5, dtype=BOOL).triu(1))
case("sdpa_value_width", lambda q, k, v: sdpa(q, k, v), q, k, f(2, 2, 5, 3))
case("sdpa_gqa", lambda q, k, v: sdpa(q, k, v, enable_gqa=True), f(1, 4, 3, 4), f(1, 2, 5, 4), f(1, 2, 5, 4))
case("sdpa_f64", lambda q, k, v: sdpa(q, k, v), q.double(), k.double(), v.double())
case("sdpa_dropout_zero", lambda q, k, v: sdpa(q, k, v, dropout_p=0.0), q, k, v)
script("scripted_sdpa", "q: Tensor, k: Tensor, v: Tensor, m: Optional[Tensor] = None",
       "return F.scaled_dot_product_attention(q, k, v, m, 0.0, False)", q, k, v)
