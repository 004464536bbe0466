# SPDX-License-Identifier: Apache-2.0
"""What networks rarely hold, and numbers that only the data tell."""
import torch
import torch.nn.functional as F
from torch import nn

from record import *

family("rare")

i = lambda *s, n=3: ints(*s, low=0, high=n)
X = f(5, 6)

# Numbers out of tensors: a Python number in the model's code, a value of the graph in the file.
case("arange_end_of_data", lambda n: torch.arange(n), tensor(8.5), dyn=(tensor(3.0),))
case("arange_start_step_of_data", lambda a, b, s: torch.arange(a, b, s), tensor(1.5), tensor(9.0), tensor(2.0),
     dyn=(tensor(-1.0), tensor(4.0), tensor(0.5)))
case("arange_ints_of_data", lambda n: torch.arange(2, n), tensor(8), dyn=(tensor(4),))
script("baddbmm_scaled_by_data", "s, a, b, x, y",
       "return torch.baddbmm(s, a, b, beta=int(x), alpha=int(y))",
       f(3, 2, 4), f(3, 2, 5), f(3, 5, 4), tensor(2), tensor(3), dyn=(f(3, 2, 4), f(3, 2, 5), f(3, 5, 4), tensor(5), tensor(-1)))
script("addmm_scaled_by_data", "s, a, b, x", "return torch.addmm(s, a, b, beta=float(x), alpha=float(x) * 2)",
       f(2, 4), f(2, 5), f(5, 4), tensor(0.5), dyn=(f(2, 4), f(2, 5), f(5, 4), tensor(3.0)))
case("batch_norm_on_the_batch", lambda x, m, v, w, b: F.batch_norm(x, m, v, w, b, training=True),
     f(4, 3, 5), f(3), pos(3), f(3), f(3), dyn=(f(6, 3, 5), f(3), pos(3), f(3), f(3)))

# Observations that count differently, and a single variable.
frequencies, importances = ints(6, low=1, high=4), pos(6)
case("cov_frequencies", lambda x, w: torch.cov(x, fweights=w), X, frequencies)
case("cov_importances", lambda x, w: torch.cov(x, aweights=w), X, importances)
case("cov_both", lambda x, v, w: torch.cov(x, correction=2, fweights=v, aweights=w), X, frequencies, importances)
case("cov_uncorrected", lambda x, w: torch.cov(x, correction=0, aweights=w), X, importances)
case("cov_one_variable", torch.cov, f(1, 6))
case("corrcoef_one_variable", torch.corrcoef, f(1, 6))

# Reading and writing where a mask says that the place is inside.
case("masked_index", lambda x, k, a, b: torch.ops.aten._unsafe_masked_index(x, k, [a, b], -1.0),
     X, flags(4), tensor([0, 7, -2, 3]), tensor([9, 0, 2, 5]))
case("masked_index_one", lambda x, k, a: torch.ops.aten._unsafe_masked_index(x, k, [None, a], 0),
     ints(3, 4), flags(1, 3), tensor([0, 7, 2]))
case("masked_index_put", lambda x, k, a, v: torch.ops.aten._unsafe_masked_index_put_accumulate(x, k, [a], v),
     f(5), flags(4), tensor([0, 7, 0, 3]), f(4))
case("as_strided_scatter", lambda x, v: x.as_strided_scatter(v, (2, 2), (6, 2), 3), X, f(2, 2))
case("as_strided_scatter_all", lambda x, v: x.as_strided_scatter(v, (6, 5), (5, 1)), X, f(6, 5))
case("argwhere_scalar", torch.argwhere, tensor(2.0))
case("argwhere_scalar_zero", torch.argwhere, tensor(0.0))
case("repeat_interleave_one_count", lambda x, n: torch.repeat_interleave(x, n, dim=1), f(2, 3), tensor([2]), dyn=(f(2, 4), tensor([3])))

# Numbers that forward() takes are inputs of the file.
script("takes_an_int", "x: Tensor, n: int", "return x.narrow(0, n, 2) * n + torch.arange(n)[:1]", f(6, 2), tensor(2))
script("takes_a_float", "x: Tensor, s: float", "return x * s + torch.full([2], s) - F.leaky_relu(x, s)", f(6, 2), tensor(0.5))

# What runtimes and conventions make difficult.
case("transposed_output_padding", lambda x, w, b: F.conv_transpose2d(x, w, b, stride=(3, 2), padding=(1, 2), output_padding=(2, 3), dilation=4, groups=2),
     f(2, 2, 4, 4), f(2, 2, 4, 5), f(4))
case("transposed_output_padding_beyond", lambda x, w: F.conv_transpose1d(x, w, stride=2, padding=3, output_padding=2, dilation=3),
     f(1, 2, 6), f(2, 3, 4))
case("arange_integers_from_floats", lambda x: torch.arange(2, 8.5, 1.5, dtype=torch.int64) + x, tensor(1))
case("squeeze_as_in_the_example", lambda x: x.squeeze(1) * 2, f(2, 1, 3), dyn=(f(4, 1, 3),))
case("masks_side_by_side", lambda x, a, b: x.index_put((a, b), torch.tensor(-1.0)), f(4, 5),
     tensor([False, True, False, False]), tensor([True, False, True, True, False]))


class PackedInScript(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 4, 2, bidirectional=True)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor, h: torch.Tensor):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths)
        y, last = self.rnn(packed, h)
        return nn.utils.rnn.pad_packed_sequence(y)[0], last


case("packed_in_script", PackedInScript, f(5, 3, 3), tensor([5, 4, 2]), f(4, 3, 4), scripted=True)
case("replicate_pad_and_cut", lambda x: F.pad(x, (-3, 4, 2, -1), mode="replicate"), f(1, 2, 3, 4))
case("reflect_pad_and_cut", lambda x: F.pad(x, (3, -3), mode="reflect"), f(1, 2, 4))
case("masked_scatter_wider", lambda x, k, v: x.masked_scatter(k, v), f(4), flags(3, 4), f(12))
