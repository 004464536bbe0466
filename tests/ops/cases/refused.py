# SPDX-License-Identifier: Apache-2.0
"""What cannot be exported, and must be refused in clear words; expected.tsv has them."""
import torch
import torch.nn.functional as F
from torch import nn

from record import *

family("refused")

X = f(2, 3)
script("cat_axis_on_data", "x: Tensor, n: Tensor", "return torch.cat([x, x], int(n))", X, tensor(1))
script("groups_on_data", "x: Tensor, w: Tensor, n: Tensor", "return F.conv1d(x, w, groups=int(n))", f(1, 2, 4), f(2, 1, 2), tensor(2))
case("dropout_in_training", lambda x: F.dropout(x, 0.5, True), X, atol=float("inf"))
case("attention_in_training", lambda q: F.scaled_dot_product_attention(q, q, q, dropout_p=0.5), f(1, 3, 4), atol=float("inf"))
case("singular_values", lambda x: torch.linalg.svdvals(x), f(3, 3))
case("eigenvalues", lambda x: torch.linalg.eigvalsh(x + x.t()), f(3, 3))
case("ctc_loss", lambda x, t: F.ctc_loss(x.log_softmax(2), t, torch.tensor([4]), torch.tensor([2])), f(4, 1, 3), tensor([[1, 2]]))
