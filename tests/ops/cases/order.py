# SPDX-License-Identifier: Apache-2.0
"""The order in which axes are stored: what reshape() makes of a result shares its memory, or not, by that."""
from torch.nn import functional as F

from record import *

family("order")


def written(make, flat=lambda y: y.reshape(-1)):
    """What reshape() gives is written after it, and both are returned: whether the memory was shared shows."""

    def run(*tensors):
        y = make(*tensors); z = flat(y); z.add_(1); y.mul_(2); return y, z

    return run


D = dict(dyn=[(f(2, 4, 5),), (f(4, 2, 3),)])
case("number", written(lambda x: x.transpose(0, 1) * 2), f(3, 5, 4), **D)
case("relu", written(lambda x: x.transpose(0, 1).relu()), f(3, 5, 4), **D)
case("sum_of_two", written(lambda x: x.transpose(0, 1) + x.permute(1, 0, 2)), f(3, 5, 4), **D)
case("two_orders", written(lambda x: x.transpose(0, 1) + x), f(3, 3, 4), dyn=[(f(2, 2, 5),)])
case("two_orders_reversed", written(lambda x: x + x.transpose(0, 1)), f(3, 3, 4), dyn=[(f(2, 2, 5),)])
case("broadcast", written(lambda x: x.transpose(0, 1) + torch.ones(4)), f(3, 5, 4))
case("column", written(lambda x, y: x.transpose(0, 1) * y), f(3, 5, 4), f(5, 1, 1))
case("compared", written(lambda x: (x.transpose(0, 1) > 0).float()), f(3, 5, 4), **D)
case("chosen", written(lambda x: torch.where(x.transpose(0, 1) > 0, x.transpose(0, 1), 0.5)), f(3, 5, 4), **D)
case("converted", written(lambda x: x.transpose(0, 1).double()), f(3, 5, 4), **D)
case("zeros_like", written(lambda x: torch.zeros_like(x.transpose(0, 1))), f(3, 5, 4), **D)
case("ones_like_in_order", written(lambda x: torch.ones_like(x.transpose(0, 1), memory_format=torch.contiguous_format)), f(3, 5, 4), **D)
case("clone_of_part", written(lambda x: x[:, :, 1:3].transpose(1, 2).clone()), f(3, 5, 4), **D)
case("clone_of_windows", written(lambda x: x.unfold(1, 2, 1).clone()), f(3, 5, 4), **D)
case("clone_of_expanded", written(lambda x: x.transpose(0, 1).expand(2, -1, -1, -1).clone()), f(3, 5, 4), **D)
case("clone_in_order", written(lambda x: x.transpose(0, 1).clone(memory_format=torch.contiguous_format)), f(3, 5, 4), **D)
case("softmax", written(lambda x: x.permute(2, 0, 1).softmax(0)), f(3, 5, 4), **D)
case("sum", written(lambda x: x.permute(2, 0, 1).sum(0, keepdim=True)), f(3, 5, 4), **D)
case("chain", written(lambda x: torch.sigmoid(x.permute(2, 0, 1) * 2 + 1), lambda y: y.flatten(1)), f(3, 5, 4), **D)
