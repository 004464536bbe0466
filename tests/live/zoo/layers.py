# SPDX-License-Identifier: Apache-2.0
"""One small module for each group of operators, so that a wrong one is named by the model that fails."""

import torch
import torch.nn.functional as F
from torch import nn

from . import boolean, case, f32, f64, i32, i64, layer, net, u8


# Elementwise.

@layer(f32("N 4 6"), quick=True)
def activations(self, x):
    plain = [F.relu, F.relu6, F.elu, F.selu, F.celu, F.gelu, F.silu, F.mish, F.hardswish, F.hardsigmoid, F.hardtanh,
             F.leaky_relu, F.logsigmoid, F.softplus, F.softsign, F.tanhshrink, F.hardshrink, F.softshrink, torch.sigmoid,
             torch.tanh]
    return [f(x) for f in plain] + [
        F.gelu(x, approximate="tanh"), F.elu(x, 0.5), F.leaky_relu(x, 0.2), F.hardtanh(x, -0.3, 0.7), F.celu(x, 0.4),
        F.softplus(x, 2.0, 1.0), F.threshold(x, 0.1, -2.0), F.hardshrink(x, 0.2), F.softshrink(x, 0.3), F.glu(x, -1),
        F.softmax(x, 1), F.log_softmax(x, -1), F.softmin(x, 2), F.rrelu(x, 0.1, 0.3)]


@net(f32("N 4 6"))
class ActivationModules(nn.Module):
    def __init__(self):
        super().__init__()
        self.each = nn.ModuleList([nn.PReLU(), nn.PReLU(4), nn.Softmax(dim=-1), nn.Softmax2d(), nn.LogSoftmax(1),
                                   nn.ReLU6(inplace=True), nn.Threshold(0.2, 5.0), nn.Softsign(), nn.GLU(1)])

    def forward(self, x):
        return [m(x * 1.0) for m in self.each]


@layer(f32("N 4 6"), f32("4 1"), quick=True)
def arithmetic(self, x, y):
    positive = x.abs() + 0.5
    return [x + y, x - y, x * y, x / y, torch.add(x, y, alpha=3), torch.sub(x, y, alpha=0.5), 2 - x, 1 / positive,
            torch.rsub(x, y), x ** 2, x ** 3, positive ** y, 2 ** x, positive ** 0.5, positive ** -1.5, -x, abs(x),
            torch.addcmul(x, x, y, value=2), torch.addcdiv(x, y, positive), torch.lerp(x, y * x, 0.3), x // y, x % 2,
            torch.fmod(x, 0.7), torch.remainder(x, -0.7), torch.div(x, y, rounding_mode="floor"),
            torch.div(x, 0.3, rounding_mode="trunc"), torch.floor_divide(x, 0.3), torch.maximum(x, y),
            torch.minimum(x, y), torch.fmax(x, y), torch.copysign(x, y), torch.hypot(x, y), torch.heaviside(x, y)]


@layer(f32("N 4 6"))
def unary(self, x):
    positive, unit = x.abs() + 0.1, torch.tanh(x) * 0.95
    return [f(x) for f in (torch.exp, torch.sin, torch.cos, torch.tan, torch.atan, torch.sinh, torch.cosh, torch.asinh,
                           torch.erf, torch.erfc, torch.expm1, torch.floor, torch.ceil, torch.round, torch.trunc,
                           torch.frac, torch.sign, torch.square, torch.neg, torch.sgn)] + [
        f(positive) for f in (torch.log, torch.log2, torch.log10, torch.log1p, torch.sqrt, torch.rsqrt,
                              torch.reciprocal)] + [
        f(unit) for f in (torch.asin, torch.acos, torch.atanh)] + [
        torch.acosh(positive + 1), torch.exp2(x), torch.atan2(x, positive - 1), torch.deg2rad(x), torch.sinc(x),
        torch.logit(unit.abs() * 0.9 + 0.05), torch.logaddexp(x, unit), torch.xlogy(x, positive),
        torch.nan_to_num(torch.log(x), nan=3.0)]


@layer(f32("N 4 6"), f32("N 4 6"))
def clamping(self, x, y):
    return [x.clamp(-0.5, 0.5), x.clamp(min=0), x.clamp(max=0.3), torch.clamp(x, y - 1, y), x.clip(min=y),
            x.clamp_min(0.1), x.clamp_max(0.2)]


@layer(f32("N 5"), i64("N 5", high=9, low=-9), i32("N 5", high=9, low=1), boolean("N 5"), quick=True)
def mixed_types(self, f, n, m, b):
    """Promotion between tensors, 0-d tensors and numbers of different kinds."""
    one, half = torch.tensor(1), torch.tensor(0.5)
    return [f + n, n + m, n * 2, n * 2.5, n / m, n // m, n % m, n - b.long(), f * b, n + b, b + 1, b * 0.5, m + 1.5,
            m / 2, m // 2, n + half, f + one, n + one, m * half, m + one, f + f.double(), n.float() + 0.1, f.long(),
            f.int() + m, b.float(), b + b, b & (n > 0), n ** 2, 2.0 ** n, f ** n, n.sum() + f, torch.true_divide(n, 2),
            n.to(torch.uint8) + m, f.half().float() + 1, f.type_as(n), n.to(f), -n, n.abs(), n.sign(), n.clamp(-2, 3),
            torch.floor_divide(n, 3), torch.remainder(n, 3), torch.fmod(n, 3), torch.div(n, 3, rounding_mode="trunc")]


@layer(f32("N 5"), f32("N 5"), i64("N 5", high=4), boolean("N 5"))
def comparisons(self, x, y, n, b):
    return [x > y, x >= 0, x < y, x <= 0.5, n == 2, n != 3, x == y, n > x, n == 2.5, b == (n > 1), b & (x > 0), b | (x > 0),
            b ^ (x > 0), ~b, torch.logical_and(n, b), torch.logical_or(x, b), torch.logical_not(n), torch.logical_xor(n, b),
            torch.isnan(torch.log(x)), torch.isinf(1 / n), torch.isfinite(1 / n), torch.where(b, x, y),
            torch.where(x > 0, x, 0.0), torch.where(b, 1.0, x), torch.where(n > 1, n, 0), x.masked_fill(b, -1e9),
            torch.isclose(x, y, atol=0.5), n & 3, n | 4, n ^ 1, n << 2, n >> 1, ~n]


@layer(u8("N 6 3"))
def pixels(self, image):
    """What stands before a network that takes bytes: scale, shift, channels first."""
    x = image.permute(1, 0).unsqueeze(0) if image.dim() == 2 else image.permute(0, 2, 1)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (x.float() / 255 - mean[:, None]) / std[:, None], 255 - image, image.float().div(255).mul(3).byte()


@layer(f64("N 4 5"))
def double_precision(self, x):
    return torch.softmax(x @ x.transpose(1, 2), -1), F.layer_norm(x, (5,)), x.mean(), x * 2, x + torch.ones(5)


# Reductions.

@layer(f32("N 4 6"), quick=True)
def reductions(self, x):
    y = x.abs() + 0.1
    return [x.sum(), x.sum(1), x.sum((0, 2), keepdim=True), x.mean(), x.mean(-1), x.mean((1, 2), True), x.amax(1),
            x.amin((0, 1)), x.max(), x.min(), *x.max(1), *x.min(-1, keepdim=True), x.argmax(), x.argmax(1),
            x.argmin(-1, keepdim=True), x.prod(), x.prod(1), x.std(), x.std(1), x.std((1, 2), unbiased=False),
            x.var(-1, keepdim=True), *torch.var_mean(x, (1, 2)), *torch.std_mean(x, 1), torch.logsumexp(x, 1),
            torch.logsumexp(x, (1, 2), True), x.norm(), x.norm(dim=1), x.norm(1, dim=-1), torch.norm(y, 3, 1),
            torch.linalg.norm(x, dim=(1, 2)), torch.linalg.vector_norm(x, float("inf"), dim=-1), x.cumsum(1),
            y.cumprod(-1), (x > 0).all(), (x > 0).all(1), (x > 1).any(), (x > 1).any(-1, True), (x > 0).sum(), x.numel(),
            x.aminmax(dim=1)[0], x.count_nonzero(1), F.cosine_similarity(x, y, -1), x.nansum(1)]


@layer(f32("N 4 8"), i64("N 5", high=9))
def sorting(self, x, n):
    return [*x.topk(3), *x.topk(2, dim=1, largest=False), *x.sort(-1), *x.sort(1, descending=True), x.argsort(-1),
            x.median(-1)[0], x.kthvalue(3, -1)[0], n.sum(1), n.max(1)[0], n.float().mean(), n.cumsum(-1), n.prod(1),
            n.argmax(-1)]


# Shapes.

@layer(f32("N T 12"), quick=True)
def reshaping(self, x):
    n, t, c = x.shape
    return [x.view(n, -1), x.view(n * t, c), x.reshape(n, t, 3, 4), x.view(-1, 2, 6), x.flatten(), x.flatten(1),
            x.flatten(0, 1), x.unflatten(2, (3, 4)), x.unflatten(-1, (-1, 2)), x.permute(2, 0, 1), x.transpose(0, 1),
            x.swapaxes(1, 2), x.movedim(0, -1), x.unsqueeze(1), x[:, :1].squeeze(1), x.unsqueeze(0).squeeze(),
            x.view(n, t, 4, 3).transpose(1, 2).reshape(n, 4, -1), x.mT, x[0].t(), x[0].T, x.view(t, n, c),
            x.reshape(-1), x.view_as(x + 1), x.unsqueeze(-1).expand(n, t, c, 2), x.view(x.size(0), x.size(1) * 2, -1)]


@layer(f32("N T 6"), f32("1 T 1"), quick=True)
def joining(self, x, y):
    n, t, _ = x.shape
    return [torch.cat([x, x * 2], 1), torch.cat((x, y.expand(n, t, 2)), -1), torch.stack([x, x + 1]),
            torch.stack((x, x), -1), torch.hstack([x, x]), torch.vstack([x, x]), torch.dstack([x, x]), *x.split(2, -1),
            *x.split([1, 2, 3], 2), *x.chunk(3, -1), *x.chunk(4, -1), *torch.tensor_split(x, 4, 2),
            *x.unbind(-1)[:2], x.repeat(2, 1, 3), x.repeat(2, 1, 1, 1), x.tile((1, 2)), x.repeat_interleave(2, 1),
            x.repeat_interleave(3, dim=-1), y.expand(n, -1, 6), y.expand_as(x), *torch.broadcast_tensors(x, y),
            y.broadcast_to(n, t, 6), torch.cat([x[:, :0], x], 1)]


@layer(f32("N T 8"), quick=True)
def slicing(self, x):
    return [x[0], x[:, 0], x[..., 1], x[:, -1], x[1:], x[:, :3], x[:, 2:], x[:, -3:], x[:, 1:-1], x[:, ::2], x[..., 1::3],
            x[:, None], x[..., None], x[:, :, None, 2:4], x.select(1, 2), x.narrow(-1, 2, 3), x[:, :x.size(1) // 2],
            x[:, x.size(1) // 2:], x[0, 1, 2], x[-1, ..., -1], x.flip(1), x.flip((0, -1)), x.roll(2, 1), x.roll((1, -3), (1, 2)),
            x.rot90(1, (1, 2)), x.diagonal(dim1=1, dim2=2), x.diagonal(1, 1, 2), x.tril(), x.triu(1), x.tril(-1),
            x.unfold(2, 3, 2), x.unfold(-1, 4, 4), x.fliplr(), x.take(torch.tensor([0, 5, 3]))]


@layer(f32("N 6 5"), i64("N 4", high=6), i64("3", high=6))
def indexing(self, x, rows, some):
    wide = rows.unsqueeze(-1).expand(-1, -1, 5)
    r = torch.arange(x.size(0))
    return [x.gather(1, wide), torch.take_along_dim(x, wide, 1), x.index_select(1, some), x[:, some], x[:, :, some.clamp(max=4)],
            x[r, rows[:, 0]], x[r[:, None], rows], x[:, some, some.clamp(max=4)], x[r, :, rows[:, 1].clamp(max=4)],
            x[:, [0, 2, 3]], x[..., torch.tensor([1, 1, 4])], x[:, torch.tensor([True, False, True, True, False, False])],
            x.scatter(1, wide, 2.0), torch.zeros_like(x).scatter_add(1, wide, x[:, :4]), x.index_fill(1, some, -1.0),
            x.scatter(1, wide, x[:, :4] * 0 + 3.0), x.index_add(1, some, x[:, :3]), F.embedding(rows, x[0]),
            F.one_hot(rows, 6), torch.bucketize(x, torch.tensor([-1.0, 0.0, 1.0]))]


@layer(f32("N 6"), f32("N 6"))
def selecting(self, x, y):
    """Results whose size is known only when the values are."""
    return [x[x > 0], torch.masked_select(x, y > 0), torch.nonzero(x > 0), *torch.where(x > 0.5), x[y > 0.2] * 2]


@layer(f32("N 4 6"))
def writes(self, x):
    y = x.clone()
    y[:, 0] = 0
    y[:, :, 1:3] += 1
    y[:, 1, ::2] = x[:, 2, ::2] * 2
    z = torch.zeros(x.size(0), 4, 8)
    z[:, :, 1:-1] = x
    z[..., 0] = x.mean(-1)
    w = x * 1
    row = w[:, 2]
    row.mul_(3)
    w.view(-1, 24)[:, 5].fill_(7)
    v = x.new_empty(x.shape)
    v.copy_(x)
    v.masked_fill_(x > 0.5, -1).clamp_(min=-0.5)
    u = torch.zeros_like(x)
    u[:, [0, 2]] = x[:, [1, 3]]
    u[x > 1] = 5.0
    a = x.transpose(1, 2).contiguous()
    a.add_(1).sub_(x.transpose(1, 2), alpha=0.5).div_(2)
    a[:, 1:3].zero_()
    return y, z, w, row, v, u, a


@layer(f32("N T 4"), quick=True)
def creation(self, x):
    n, t, _ = x.shape
    steps = torch.arange(t, dtype=torch.float32)
    places = torch.arange(16)[:, None] / torch.tensor([1.0, 10.0, 100.0])
    table = torch.zeros(16, 6)
    table[:, 0::2], table[:, 1::2] = torch.sin(places), torch.cos(places)
    later = torch.triu(torch.ones(t, t), diagonal=1).bool()
    return [torch.zeros(n, 3), torch.ones(t, dtype=torch.int64), torch.full((n, t), 2.5), torch.zeros_like(x) + 1,
            torch.ones_like(x[0]), torch.full_like(x, -1), torch.arange(t), torch.arange(2, t + 2), torch.arange(0, 2 * t, 2),
            torch.eye(4), torch.linspace(0, 1, 5), torch.tensor([1.0, 2.0]) + x[0, 0, 0], x.new_ones(n, 2), x.new_full((t,), 3.0),
            x.new_tensor([1.0, 2.0]), table, later, x + table[:t, :4], steps, torch.arange(t)[None].expand(n, t),
            torch.arange(t)[None, :] < torch.arange(t)[:, None], torch.empty(n, 2).fill_(4.0),
            torch.scalar_tensor(3.0) * x, torch.ones(n, t).cumsum(1), *torch.meshgrid(torch.arange(t), torch.arange(3), indexing="xy")]


# Linear algebra.

@layer(f32("N 4 6"), f32("N 6 5"), f32("6"), quick=True)
def products(self, a, b, v):
    return [a @ b, torch.bmm(a, b), torch.matmul(a, v), torch.matmul(v, b), a[0].mm(b[0]), a[0].mv(v), v.dot(v), torch.outer(v, v),
            torch.matmul(a, b[0]), torch.matmul(a[0], b), torch.addmm(a[0, :, :5], a[0], b[0], beta=0.5, alpha=2.0),
            torch.baddbmm(a[..., :5], a, b, alpha=0.5), torch.addbmm(a[0, :, :5], a, b), torch.addmv(a[0, :, 0], a[0], v),
            F.linear(a, b[0].T), F.linear(a[0], b[0].T, v[:5]), torch.inner(a, v), torch.tensordot(a, b[0], 1),
            torch.tensordot(a, b, ([2, 0], [1, 0])), torch.einsum("nij,njk->nik", a, b), torch.einsum("nij,j->ni", a, v),
            torch.einsum("i,j->ij", v, v), torch.einsum("nij->nji", a), torch.einsum("nij->n", a), torch.einsum("nii->ni", a[:, :, :4]),
            torch.chain_matmul(a[0], b[0]), torch.cdist(a, a), torch.kron(a[0], b[0][:2, :2]), torch.linalg.multi_dot([a[0], b[0]]),
            torch.cross(a[:, :3], a[:, 1:4], dim=1), torch.trace(a[0])]


@net(f32("N 6"), f32("N 5"))
class LinearForms(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(6, 4), nn.Linear(6, 4, bias=False), nn.Bilinear(6, 5, 3)
        self.d = nn.utils.weight_norm(nn.Linear(6, 4))
        self.e = nn.utils.spectral_norm(nn.Linear(6, 4))
        self.scale = nn.Parameter(torch.tensor(0.7))

    def forward(self, x, y):
        deep = x[:, None, None].expand(-1, 2, 3, -1)
        return [self.a(x), self.b(x), self.c(x, y), self.d(x) * self.scale, self.e(x), self.a(deep), self.b(deep), self.a(x[0])]


# Convolution's company.

@net(f32("N 4 H W"), sizes={"H": (12, 16), "W": (10, 14)}, quick=True)
class Pooling(nn.Module):
    def __init__(self):
        super().__init__()
        self.each = nn.ModuleList([
            nn.MaxPool2d(2), nn.MaxPool2d(3, 2, 1), nn.MaxPool2d((3, 2), (2, 1), (1, 0), ceil_mode=True),
            nn.MaxPool2d(3, 1, dilation=2), nn.AvgPool2d(2), nn.AvgPool2d(3, 2, 1), nn.AvgPool2d(3, 2, 1, count_include_pad=False),
            nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), nn.AvgPool2d((2, 3), divisor_override=5),
            nn.LPPool2d(2, 2), nn.AdaptiveAvgPool2d(1), nn.AdaptiveMaxPool2d((1, 1))])

    def forward(self, x):
        return [pool(x) for pool in self.each] + [F.adaptive_avg_pool2d(x, (None, 1)), F.avg_pool2d(x, x.shape[2:])]


@net(f32("N 4 12 10"))
class AdaptivePooling(nn.Module):
    """Sizes that divide evenly, and sizes that do not."""

    def __init__(self):
        super().__init__()
        self.each = nn.ModuleList([nn.AdaptiveAvgPool2d((6, 5)), nn.AdaptiveAvgPool2d((4, 2)), nn.AdaptiveMaxPool2d((3, 5)),
                                   nn.AdaptiveAvgPool2d(7), nn.AdaptiveAvgPool2d((24, 20)), nn.AdaptiveMaxPool2d((5, 3))])

    def forward(self, x):
        return [pool(x) for pool in self.each] + [nn.AdaptiveAvgPool1d(5)(x[0]), F.avg_pool2d(x, 3, ceil_mode=True)]


@net(f32("N 3 L"), f32("N 3 D 8 6"))
class PoolingOtherRanks(nn.Module):
    def forward(self, x, y):
        z, where = F.max_pool1d(x, 2, return_indices=True)
        return [z, where, F.avg_pool1d(x, 3, 1, 1), F.max_pool1d(x, 3, 2, 1, ceil_mode=True), F.lp_pool1d(x, 2, 3),
                F.max_pool3d(y, 2), F.avg_pool3d(y, (1, 2, 2)), F.adaptive_avg_pool3d(y, 1), F.max_pool2d(x, 2),
                F.avg_pool3d(y, 3, 2, 1, ceil_mode=True)]


@net(f32("N 3 8 8"), until=(2, 14))
class Unpooling(nn.Module):
    def forward(self, x):
        y, where = F.max_pool2d(x, 2, return_indices=True)
        return F.max_unpool2d(y, where, 2), where


@net(f32("N 6 8 10"), quick=True)
class Normalisations(nn.Module):
    def __init__(self):
        super().__init__()
        self.each = nn.ModuleList([
            nn.BatchNorm2d(6), nn.BatchNorm2d(6, affine=False), nn.BatchNorm2d(6, eps=0.1), nn.InstanceNorm2d(6),
            nn.InstanceNorm2d(6, affine=True), nn.InstanceNorm2d(6, affine=True, track_running_stats=True), nn.GroupNorm(3, 6),
            nn.GroupNorm(1, 6), nn.GroupNorm(6, 6, affine=False), nn.LayerNorm(10), nn.LayerNorm((8, 10)), nn.LayerNorm((6, 8, 10)),
            nn.LayerNorm(10, elementwise_affine=False), nn.LocalResponseNorm(3), nn.LocalResponseNorm(4, 0.01, 0.5, 2.0),
            nn.BatchNorm2d(6, track_running_stats=False)])

    def forward(self, x):
        return [norm(x) for norm in self.each] + [F.normalize(x), F.normalize(x, p=1, dim=-1), F.normalize(x, 2, (1, 2))]


@net(f32("N 6"), f32("N 6 L"), f32("N 6 4 5 5"), f32("N T 6"))
class NormalisationsOtherRanks(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.BatchNorm1d(6), nn.BatchNorm1d(6), nn.BatchNorm3d(6)
        self.d, self.e, self.f, self.g = nn.InstanceNorm1d(6, affine=True), nn.GroupNorm(2, 6), nn.InstanceNorm3d(6), nn.LayerNorm(6)
        self.h = nn.LayerNorm(6)
        self.h.bias = None

    def forward(self, x, y, z, t):
        return [self.a(x), self.b(y), self.c(z), self.d(y), self.e(y), self.e(x), self.f(z), self.g(t), self.h(t), self.e(z)]


@net(f32("N T 6"), since=(2, 4))
class RootMeanSquare(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.RMSNorm(6), nn.RMSNorm((6,), eps=1e-3, elementwise_affine=False)

    def forward(self, x):
        return self.a(x), self.b(x), x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)


@layer(f32("N 3 H W"), f32("N 3 L"), f32("N 2 4 5 6"), sizes={"H": (8, 10), "W": (6, 9)}, quick=True)
def padding(self, x, y, z):
    return [F.pad(x, (1, 2)), F.pad(x, (1, 0, 2, 3), value=0.5), F.pad(x, (0, 0, 1, 1, 2, 0), value=-1.0), F.pad(x, (-1, -2)),
            F.pad(x, (1, -1, -2, 3)), F.pad(x, (1, 2, 3, 1), mode="reflect"), F.pad(x, (1, 2, 3, 1), mode="replicate"),
            F.pad(x, (1, 2, 3, 1), mode="circular"), F.pad(y, (2, 3), mode="reflect"), F.pad(y, (2, 3), mode="replicate"),
            F.pad(y, (2, 3), mode="circular"), F.pad(z, (1, 1, 2, 2, 1, 0), mode="replicate"), F.pad(z, (1, 1, 2, 2, 1, 0), mode="reflect"),
            F.pad(z, (1, 0, 0, 2, 1, 1), mode="circular"), F.pad(x, (0, -x.size(3) % 4, 0, -x.size(2) % 4))]


@net(f32("N 3 8 10"))
class PaddingModules(nn.Module):
    def __init__(self):
        super().__init__()
        self.each = nn.ModuleList([nn.ZeroPad2d(1), nn.ReflectionPad2d((1, 2, 3, 0)), nn.ReplicationPad2d(2), nn.ConstantPad2d((1, 0, 2, 1), 3.0)])

    def forward(self, x):
        return [pad(x) for pad in self.each]


@layer(f32("N 3 H W"), sizes={"H": (8, 10), "W": (6, 9)}, quick=True)
def resizing(self, x):
    f, h, w = F.interpolate, x.size(2), x.size(3)
    return [f(x, scale_factor=2), f(x, size=(11, 13)), f(x, scale_factor=(2, 1.5)), f(x, size=(2 * h, 3 * w)),
            f(x, scale_factor=2, mode="bilinear"), f(x, size=(13, 4), mode="bilinear"),
            f(x, scale_factor=2, mode="bilinear", align_corners=True), f(x, size=(h * 2, w + 3), mode="bilinear", align_corners=True),
            f(x, scale_factor=0.5, mode="bilinear"), f(x, scale_factor=2, mode="bilinear", recompute_scale_factor=True),
            f(x, scale_factor=0.5, recompute_scale_factor=True), F.interpolate(f(x, scale_factor=2), size=x.shape[-2:])]


@layer(f32("N 3 8 6"), f32("N 3 L"), f32("N 2 4 4 5"))
def resizing_other_ways(self, x, y, z):
    f = F.interpolate
    return [f(x, scale_factor=2, mode="bicubic"), f(x, size=(13, 9), mode="bicubic", align_corners=True), f(x, size=(4, 3), mode="area"),
            f(y, scale_factor=2), f(y, size=21, mode="linear"), f(y, scale_factor=2, mode="linear", align_corners=True),
            f(z, scale_factor=2), f(z, size=(5, 6, 7), mode="trilinear"), f(z, scale_factor=2, mode="trilinear", align_corners=True),
            nn.UpsamplingBilinear2d(scale_factor=2)(x), nn.UpsamplingNearest2d(size=(9, 9))(x)]


@layer(f32("N 3 8 6"))
def resizing_nearest_exact(self, x):
    return [F.interpolate(x, scale_factor=2, mode="nearest-exact"), F.interpolate(x, size=(11, 5), mode="nearest-exact")]


@layer(f32("N 12 8 6"))
def rearranging_pixels(self, x):
    n, c, h, w = x.shape
    shuffled = x.view(n, 3, 4, h, w).transpose(1, 2).reshape(n, c, h, w)
    focus = torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1)
    return [F.pixel_shuffle(x, 2), F.pixel_unshuffle(x, 2), shuffled, focus, F.unfold(x, 3, padding=1), F.unfold(x, (2, 3), stride=2),
            F.fold(F.unfold(x, 2, stride=2), (8, 6), 2, stride=2), F.channel_shuffle(x, 3), F.unfold(x, 3, dilation=2)]


@net(i64("N 5", high=20), i64("8", high=20))
class Embeddings(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.capped = nn.Embedding(20, 6, padding_idx=3), nn.Embedding.from_pretrained(torch.randn(20, 4))
        self.mean, self.most = nn.EmbeddingBag(20, 5, mode="mean"), nn.EmbeddingBag(20, 5, mode="max")
        self.ragged = nn.EmbeddingBag(20, 5, mode="sum")

    def forward(self, ids, flat):
        return [self.words(ids), self.capped(ids), self.mean(ids), self.ragged(flat, torch.tensor([0, 3, 4])), self.most(ids)]


@layer(f32("N 5"), i64("N", high=5), f32("N 5", 0, 1))
def losses(self, x, label, target):
    return [F.cross_entropy(x, label), F.cross_entropy(x, label, reduction="none"), F.nll_loss(F.log_softmax(x, 1), label),
            F.mse_loss(x, target), F.l1_loss(x, target, reduction="sum"), F.smooth_l1_loss(x, target), F.huber_loss(x, target),
            F.binary_cross_entropy_with_logits(x, target), F.binary_cross_entropy(torch.sigmoid(x), target),
            F.kl_div(F.log_softmax(x, 1), target, reduction="batchmean"), F.cross_entropy(x, label, label_smoothing=0.1)]


# What forward takes and gives.

class DictionaryOutput(nn.Module):
    def forward(self, x):
        return {"logits": x * 2, "mask": x + 1}


case("dictionary_output", DictionaryOutput, f32("N 4"), strict=False)


@layer(f32("N 4"), f32("N 4"))
def passed_through(self, x, y):
    """Inputs and constants as outputs, one output twice, an input that nothing uses."""
    z = x + 1
    return x, z, z, torch.tensor([1.0, 2.0]), x.view(-1, 4), nn.Identity()(x), F.dropout(x, 0.5, self.training)


def plain_function(x, scale):
    return torch.tanh(x) * scale, x.mean()


case("plain_function", lambda: plain_function, f32("N 4"), f32("4"))


@net(f32("N 4"), quick=True)
class SharedModules(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.again, self.twin = self.a, nn.Linear(4, 4)
        self.twin.weight = self.a.weight
        self.stack = nn.Sequential(self.a, nn.ReLU(), nn.Sequential(self.a, nn.Sigmoid()))

    def forward(self, x):
        return self.again(torch.relu(self.a(x))) + self.stack(self.twin(x)), self.a(x)
