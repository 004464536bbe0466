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
case("general_eigenvalues", lambda x: torch.view_as_real(torch.linalg.eigvals(x)), f(3, 3))
case("indefinite_factors", lambda x: torch.linalg.ldl_factor(x + x.t())[0], f(3, 3))
case("airy_function", lambda x: torch.special.airy_ai(x), f(3))
