# SPDX-License-Identifier: Apache-2.0
"""Losses."""
import torch
import torch.nn.functional as F

from record import *

family("loss")

LOSSES = {"mse": F.mse_loss, "l1": F.l1_loss, "smooth_l1": F.smooth_l1_loss, "huber": F.huber_loss, "kl_div": F.kl_div, "soft_margin": lambda x, y, **o: F.soft_margin_loss(x, y.sign(), **o), "bce_logits": lambda x, y, **o: F.binary_cross_entropy_with_logits(x, (y > 0).float(), **o)}
for name, fn in LOSSES.items():
    for reduction in ("none", "mean", "sum"):
        case(f"{name}_{reduction}", lambda x, y, g=fn, r=reduction: g(x, y, reduction=r), f(2, 3), pos(2, 3))
case("smooth_l1_beta", lambda x, y: F.smooth_l1_loss(x, y, beta=0.5), f(2, 3), f(2, 3))
case("huber_delta", lambda x, y: F.huber_loss(x, y, delta=0.5), f(2, 3), f(2, 3))
case("kl_div_batchmean", lambda x, y: F.kl_div(x, y, reduction="batchmean"), f(2, 3), pos(2, 3))
case("kl_div_log_target", lambda x, y: F.kl_div(x, y, reduction="sum", log_target=True), f(2, 3), f(2, 3))
target = tensor([0, 2, 1])
for reduction in ("none", "mean", "sum"):
    case(f"cross_entropy_{reduction}", lambda x, y, r=reduction: F.cross_entropy(x, y, reduction=r), f(3, 4), target)
    case(f"nll_{reduction}", lambda x, y, r=reduction: F.nll_loss(F.log_softmax(x, 1), y, reduction=r), f(3, 4), target)
    case(f"bce_{reduction}", lambda x, y, r=reduction: F.binary_cross_entropy(torch.sigmoid(x), y, reduction=r), f(2, 3), flags(2, 3).float())
case("cross_entropy_weight", lambda x, y, w: F.cross_entropy(x, y, w), f(3, 4), target, pos(4))
case("cross_entropy_ignore", lambda x, y: F.cross_entropy(x, y, ignore_index=2), f(3, 4), target)
case("cross_entropy_smoothing", lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1), f(3, 4), target)
case("cross_entropy_probabilities", lambda x, y: F.cross_entropy(x, y.softmax(1)), f(3, 4), f(3, 4))
case("cross_entropy_2d", lambda x, y: F.cross_entropy(x, y), f(2, 3, 2, 2), ints(2, 2, 2, low=0, high=3))
case("nll_weight", lambda x, y, w: F.nll_loss(F.log_softmax(x, 1), y, w), f(3, 4), target, pos(4))
case("nll_2d", lambda x, y: F.nll_loss(x, y), f(2, 3, 2, 2), ints(2, 2, 2, low=0, high=3))
case("bce_logits_pos_weight", lambda x, y, w: F.binary_cross_entropy_with_logits(x, y, pos_weight=w), f(2, 3), flags(2, 3).float(), pos(3))
case("cosine_embedding", lambda x, y, t: F.cosine_embedding_loss(x, y, t), f(2, 3), f(2, 3), tensor([1, -1]))
case("margin_ranking", lambda x, y, t: F.margin_ranking_loss(x, y, t, margin=0.5), f(3), f(3), tensor([1.0, -1.0, 1.0]))
case("hinge_embedding", lambda x, t: F.hinge_embedding_loss(x, t), f(3), tensor([1.0, -1.0, 1.0]))
case("triplet_margin", lambda a, p, n: F.triplet_margin_loss(a, p, n), f(2, 3), f(2, 3), f(2, 3))
case("poisson_nll", lambda x, y: F.poisson_nll_loss(x, y), f(2, 3), pos(2, 3))
case("gaussian_nll", lambda x, y, v: F.gaussian_nll_loss(x, y, v), f(2, 3), f(2, 3), pos(2, 3))
script("scripted_losses", "x: Tensor, y: Tensor, t: Tensor", "return F.mse_loss(x, y), F.cross_entropy(x, t), F.smooth_l1_loss(x, y, beta=1.0)", f(3, 4), f(3, 4), target)
