# SPDX-License-Identifier: Apache-2.0
"""Table look-ups."""
import torch
from torch import nn

from record import *

family("embedding")

case("embedding", nn.Embedding(7, 3), ints(2, 4, low=0, high=7), dyn=(ints(5, 4, low=0, high=7),))
case("embedding_padding", nn.Embedding(7, 3, padding_idx=2), ints(2, 4, low=0, high=7))
case("embedding_1d", nn.Embedding(7, 3), ints(4, low=0, high=7))
case("embedding_0d", nn.Embedding(7, 3), tensor(5))
case("embedding_3d", nn.Embedding(7, 3), ints(2, 2, 2, low=0, high=7))
case("embedding_i32", nn.Embedding(7, 3), ints(4, low=0, high=7, dtype=I32))
case("embedding_functional", nn.functional.embedding, ints(4, low=0, high=7), f(7, 2))
case("embedding_f64", nn.Embedding(7, 3).double(), ints(4, low=0, high=7))
for mode in ("sum", "mean", "max"):
    case(f"embedding_bag_{mode}", nn.EmbeddingBag(7, 3, mode=mode), ints(2, 4, low=0, high=7))
    case(f"embedding_bag_{mode}_offsets", nn.EmbeddingBag(7, 3, mode=mode), ints(6, low=0, high=7), tensor([0, 2, 5]))
    case(f"embedding_bag_{mode}_last_offset", nn.EmbeddingBag(7, 3, mode=mode, include_last_offset=True), ints(6, low=0, high=7),
         tensor([0, 2, 6]))
class Weighted(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(7, 3, mode="sum")
    def forward(self, i, w):
        return self.bag(i, per_sample_weights=w)
case("embedding_bag_weighted", Weighted(), ints(2, 4, low=0, high=7), f(2, 4))
case("embedding_bag_empty_bag", nn.EmbeddingBag(7, 3, mode="sum"), ints(6, low=0, high=7), tensor([0, 2, 2]))
case("embedding_tied", Using(nn.Embedding(7, 3), lambda e, i: e(i) @ e.weight.t()), ints(2, 4, low=0, high=7))
case("one_hot", lambda x: nn.functional.one_hot(x, 5), ints(2, 3, low=0, high=5), dyn=(ints(4, 3, low=0, high=5),))
case("one_hot_0d", lambda x: nn.functional.one_hot(x, 5), tensor(3))
case("one_hot_float", lambda x: nn.functional.one_hot(x, 4).float(), ints(3, low=0, high=4))
script("scripted_embedding", "i: Tensor, w: Tensor", "return F.embedding(i, w), F.one_hot(i, 7)", ints(2, 3, low=0, high=7), f(7, 2))
