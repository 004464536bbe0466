# SPDX-License-Identifier: Apache-2.0
"""Small networks of the kinds that people write themselves: recurrent, U-shaped, attentive, convolutional."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from . import case, f32, i64, net, prefix_mask

TOKENS = i64("N T")


# Recurrent.

@net(TOKENS, quick=True)
class LstmClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(50, 12, padding_idx=0)
        self.rnn = nn.LSTM(12, 10, num_layers=2, bidirectional=True, batch_first=True, dropout=0.2)
        self.head = nn.Linear(20, 4)

    def forward(self, tokens):
        states, (h, c) = self.rnn(self.words(tokens))
        return self.head(torch.cat([h[-2], h[-1]], 1)), states.mean(1) + c.sum(0).repeat(1, 2)


@net(f32("T N 6"))
class GruTagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(6, 8, num_layers=2, bidirectional=True)
        self.head = nn.Linear(16, 5)

    def forward(self, x):
        y, h = self.rnn(x)
        return F.log_softmax(self.head(y), -1), h


@net(f32("N T 6"), f32("1 N 8"))
class RnnWithState(nn.Module):
    def __init__(self):
        super().__init__()
        self.tanh = nn.RNN(6, 8, batch_first=True)
        self.relu = nn.RNN(8, 8, nonlinearity="relu", bias=False, batch_first=True)

    def forward(self, x, state):
        y, h = self.tanh(x, state)
        z, g = self.relu(y)
        return z, h, g


@net(f32("N T 6"), f32("2 N 8"), f32("2 N 8"))
class LstmWithState(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(6, 8, num_layers=2, batch_first=True)

    def forward(self, x, h, c):
        y, (h, c) = self.rnn(x, (h, c))
        return y, h, c


@net(f32("N T 6"))
class LstmProjected(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(6, 8, proj_size=3, batch_first=True)

    def forward(self, x):
        return self.rnn(x)[0]


@net(f32("N 5 6"))
class RecurrentCells(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.gru, self.rnn = nn.LSTMCell(6, 8), nn.GRUCell(8, 7), nn.RNNCell(7, 7)

    def forward(self, x):
        h = c = x.new_zeros(x.size(0), 8)
        g = r = torch.zeros(x.size(0), 7)
        out = []
        for t in range(x.size(1)):
            h, c = self.lstm(x[:, t], (h, c))
            g = self.gru(h, g)
            r = self.rnn(g, r)
            out.append(r)
        return torch.stack(out, 1), c


@net(f32("T 6"))
class LstmUnbatched(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(6, 8)

    def forward(self, x):
        return self.rnn(x)[0]


# Convolutional.

def double_conv(a, b):
    return nn.Sequential(nn.Conv2d(a, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True),
                         nn.Conv2d(b, b, 3, padding=1), nn.BatchNorm2d(b), nn.LeakyReLU(0.1, inplace=True))


@net(f32("N 3 H W"), quick=True)
class Unet(nn.Module):
    """Transposed convolutions on the way up, padded to the size of what comes across."""

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([double_conv(3, 8), double_conv(8, 16), double_conv(16, 32)])
        self.up = nn.ModuleList([nn.ConvTranspose2d(32, 16, 2, stride=2), nn.ConvTranspose2d(16, 8, 2, stride=2)])
        self.join = nn.ModuleList([double_conv(32, 16), double_conv(16, 8)])
        self.pool, self.head = nn.MaxPool2d(2), nn.Conv2d(8, 2, 1)

    def forward(self, x):
        across = []
        for i, block in enumerate(self.down):
            x = block(self.pool(x) if i else x)
            across.append(x)
        for i, (up, join) in enumerate(zip(self.up, self.join)):
            x, other = up(x), across[1 - i]
            dh, dw = other.size(2) - x.size(2), other.size(3) - x.size(3)
            x = F.pad(x, [dw // 2, dw - dw // 2, dh // 2, dh - dh // 2])
            x = join(torch.cat([other, x], dim=1))
        return self.head(x)


@net(f32("N 1 H W"))
class UnetBilinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = double_conv(1, 8), double_conv(8, 12), double_conv(20, 8)
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)

    def forward(self, x):
        a = self.a(x)
        b = self.b(F.avg_pool2d(a, 2))
        y = self.c(torch.cat([a, self.up(b)], 1))
        return torch.sigmoid(F.interpolate(y, size=x.shape[2:], mode="nearest"))


@net(f32("N 4 L"))
class WaveNet(nn.Module):
    """Causal dilated 1-d convolutions with gates."""

    def __init__(self):
        super().__init__()
        self.filters = nn.ModuleList([nn.Conv1d(4 if i == 0 else 8, 8, 2, dilation=2 ** i) for i in range(4)])
        self.gates = nn.ModuleList([nn.Conv1d(4 if i == 0 else 8, 8, 2, dilation=2 ** i) for i in range(4)])
        self.skips = nn.ModuleList([nn.Conv1d(8, 6, 1) for _ in range(4)])

    def forward(self, x):
        total = 0
        for i in range(4):
            padded = F.pad(x, (2 ** i, 0))
            y = torch.tanh(self.filters[i](padded)) * torch.sigmoid(self.gates[i](padded))
            total = total + self.skips[i](y)
            x = x + y if i else y
        return F.relu(total).transpose(1, 2)


@net(f32("N 2 L"), quick=True)
class Conv1dNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(2, 8, 5, stride=2, padding=2), nn.BatchNorm1d(8), nn.ELU(), nn.MaxPool1d(2),
            nn.Conv1d(8, 8, 3, padding="same", dilation=2, groups=4), nn.PReLU(8), nn.AvgPool1d(2, ceil_mode=True),
            nn.ConvTranspose1d(8, 6, 4, stride=2, padding=1, output_padding=1), nn.Hardswish())
        self.head = nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(6, 3))

    def forward(self, x):
        x = self.body(x)
        return self.head(x), x


@net(f32("N 2 D 12 12"))
class Conv3dNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv3d(2, 8, 3, padding=1), nn.BatchNorm3d(8), nn.ReLU(), nn.MaxPool3d((1, 2, 2)),
            nn.Conv3d(8, 8, (3, 1, 1), padding=(1, 0, 0), groups=2), nn.GroupNorm(2, 8), nn.SiLU(),
            nn.ConvTranspose3d(8, 4, (1, 2, 2), stride=(1, 2, 2)), nn.AvgPool3d(2))
        self.head = nn.Sequential(nn.AdaptiveMaxPool3d(1), nn.Flatten(1), nn.Linear(4, 3))

    def forward(self, x):
        x = self.body(x)
        return x, self.head(x)


@net(f32("N 3 16 16"), quick=True)
class ConvolutionForms(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([
            nn.Conv2d(3, 6, 3), nn.Conv2d(3, 6, (3, 5), stride=(2, 1), padding=(0, 2)), nn.Conv2d(3, 6, 3, dilation=2),
            nn.Conv2d(3, 6, 3, groups=3, bias=False), nn.Conv2d(3, 4, 4, padding="same"),
            nn.Conv2d(3, 4, 2, padding="valid"), nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular"),
            nn.Conv2d(3, 4, 3, padding=(2, 1), padding_mode="reflect"), nn.Conv2d(3, 4, 3, padding=1, padding_mode="replicate"),
            nn.ConvTranspose2d(3, 4, 3), nn.ConvTranspose2d(3, 6, 3, stride=2, padding=1, output_padding=1, groups=3),
            nn.ConvTranspose2d(3, 4, (2, 3), stride=(1, 2), dilation=2, bias=False)])
        self.kernel = nn.Parameter(torch.randn(2, 3, 1, 1))

    def forward(self, x):
        out = [conv(x) for conv in self.convs]
        normalised = self.kernel / self.kernel.square().sum((1, 2, 3), keepdim=True).sqrt()
        return out + [F.conv2d(x, normalised), F.conv2d(x[:, :1], x[:1, :1, 2:5, 3:6])]


@net(f32("N 16 1 1"))
class DcganGenerator(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.ConvTranspose2d(16, 32, 4, bias=False), nn.BatchNorm2d(32), nn.ReLU(True),
            nn.ConvTranspose2d(32, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(True),
            nn.ConvTranspose2d(16, 3, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, z):
        return self.body(z)


@net(f32("N 1 H W"))
class SuperResolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(1, 16, 5, padding=2), nn.Conv2d(16, 9, 3, padding=1)
        self.shuffle = nn.PixelShuffle(3)

    def forward(self, x):
        y = self.shuffle(self.b(torch.relu(self.a(x))))
        return y.clamp(0, 1), F.pixel_unshuffle(x, 2)


@net(f32("N 3 32 32"), quick=True)
class SqueezeExcite(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16, affine=False)
        self.a, self.b = nn.Linear(16, 4), nn.Linear(4, 16)

    def forward(self, x):
        x = self.norm(self.conv(x))
        n, c, _, _ = x.size()
        s = torch.sigmoid(self.b(F.relu(self.a(F.adaptive_avg_pool2d(x, 1).view(n, c))))).view(n, c, 1, 1)
        return x * s.expand_as(x)


@net(f32("N 3 32 32"))
class MlpMixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 24, 8, 8)
        self.n1, self.n2 = nn.LayerNorm(24), nn.LayerNorm(24)
        self.tokens = nn.Sequential(nn.Linear(16, 20), nn.GELU(), nn.Linear(20, 16))
        self.channels = nn.Sequential(nn.Linear(24, 32), nn.GELU(approximate="tanh"), nn.Linear(32, 24))

    def forward(self, x):
        x = self.stem(x).flatten(2).transpose(1, 2)
        x = x + self.tokens(self.n1(x).transpose(1, 2)).transpose(1, 2)
        x = x + self.channels(self.n2(x))
        return x.mean(dim=1)


@net(f32("N 3 H W"), sizes={"W": (64, 128)})
class YoloHead(nn.Module):
    """A grid made from the feature map's size, boxes decoded against it."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 4, 1), nn.SiLU(inplace=True), nn.Conv2d(8, 8, 3, 2, 1), nn.SiLU())
        self.head = nn.Conv2d(8, 3 * 7, 1)
        self.register_buffer("anchors", torch.tensor([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]]).view(1, 3, 1, 1, 2))

    def forward(self, x):
        x = self.head(self.stem(x))
        n, _, h, w = x.shape
        x = x.view(n, 3, 7, h, w).permute(0, 1, 3, 4, 2).contiguous()
        gy, gx = torch.meshgrid([torch.arange(h), torch.arange(w)], indexing="ij")
        grid = torch.stack((gx, gy), 2).view(1, 1, h, w, 2).float()
        y = x.sigmoid()
        centre = (y[..., 0:2] * 2 - 0.5 + grid) * 8
        size = (y[..., 2:4] * 2) ** 2 * self.anchors
        return torch.cat((centre, size, y[..., 4:]), -1).view(n, -1, 7)


@net(f32("N 3 L"))
class PointNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.t1, self.t2 = nn.Conv1d(3, 16, 1), nn.Linear(16, 9)
        self.conv, self.head = nn.Conv1d(3, 32, 1), nn.Linear(32, 5)

    def forward(self, x):
        t = torch.max(F.relu(self.t1(x)), 2, keepdim=True)[0].view(-1, 16)
        t = self.t2(t) + torch.eye(3).view(1, 9).repeat(x.size(0), 1)
        x = torch.bmm(x.transpose(2, 1), t.view(-1, 3, 3)).transpose(2, 1)
        return F.log_softmax(self.head(torch.max(self.conv(x), 2)[0]), dim=1)


@net(f32("N 1 16 L"), sizes={"L": (32, 48)})
class Crnn(nn.Module):
    """Text recognition: columns of a convolution become the steps of a recurrence."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 8, 3, 1, 1), nn.BatchNorm2d(8), nn.ReLU(True), nn.MaxPool2d(2),
                                  nn.Conv2d(8, 8, 3, 1, 1), nn.ReLU(True), nn.MaxPool2d((2, 1)), nn.Conv2d(8, 12, (4, 1)))
        self.rnn, self.head = nn.LSTM(12, 8, bidirectional=True), nn.Linear(16, 11)

    def forward(self, x):
        x = self.conv(x).squeeze(2).permute(2, 0, 1)
        x, _ = self.rnn(x)
        t, n, c = x.size()
        return self.head(x.view(t * n, c)).view(t, n, -1)


@net(TOKENS)
class TextCnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(50, 8)
        self.convs = nn.ModuleList([nn.Conv2d(1, 6, (k, 8)) for k in (2, 3, 4)])
        self.head = nn.Linear(18, 2)

    def forward(self, tokens):
        x = self.words(tokens).unsqueeze(1)
        x = [F.relu(conv(x)).squeeze(3) for conv in self.convs]
        x = [F.adaptive_max_pool1d(y, 1).squeeze(2) for y in x]
        return self.head(torch.cat(x, 1))


@net(f32("2 8 8 8"), f32("2 6"))
class ModulatedConv(nn.Module):
    """A kernel computed from an input, one per sample: batch folded into groups, as StyleGAN does."""

    def __init__(self):
        super().__init__()
        self.weight, self.style = nn.Parameter(torch.randn(1, 4, 8, 3, 3)), nn.Linear(6, 8)

    def forward(self, x, w):
        n, c, h, wd = x.shape
        kernel = self.weight * self.style(w).view(n, 1, c, 1, 1)
        kernel = kernel * torch.rsqrt(kernel.pow(2).sum([2, 3, 4]) + 1e-8).view(n, 4, 1, 1, 1)
        y = F.conv2d(x.reshape(1, n * c, h, wd), kernel.view(n * 4, c, 3, 3), padding=1, groups=n)
        return y.view(n, 4, h, wd)


# Attention.

@net(f32("N T 24"), grad=True, quick=True)
class EinsumAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(24, 72, bias=False), nn.Linear(24, 24)

    def forward(self, x):
        n, t, c = x.shape
        q, k, v = self.qkv(x).view(n, t, 3, 4, 6).unbind(2)
        scores = torch.einsum("bthd,bshd->bhts", q, k) / math.sqrt(6)
        mask = torch.triu(torch.full((t, t), float("-inf")), diagonal=1)
        y = torch.einsum("bhts,bshd->bthd", (scores + mask).softmax(-1), v).reshape(n, t, c)
        return self.out(y), torch.einsum("btc,btc->bt", x, y), torch.einsum("...c->...", x)


@net(f32("N T 24"), since=(2, 0))
class FusedAttention(nn.Module):
    """scaled_dot_product_attention with no mask, boolean, additive and causal masks."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(24, 72)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (3, 4, 6)).permute(2, 0, 3, 1, 4)
        sdpa, t = F.scaled_dot_product_attention, x.size(1)
        keep = torch.ones(t, t, dtype=torch.bool).tril(2)
        bias = torch.arange(t)[None] * -0.1
        return (sdpa(q, k, v), sdpa(q, k, v, attn_mask=keep), sdpa(q, k, v, attn_mask=bias, scale=0.3),
                sdpa(q, k, v, is_causal=True))


case("fused_attention_grad", FusedAttention, f32("N T 24"), grad=True, since=(2, 1))


class MultiHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.own = nn.MultiheadAttention(24, 4, batch_first=True)
        self.cross = nn.MultiheadAttention(24, 2, kdim=10, vdim=12, batch_first=True, add_bias_kv=True)
        self.first = nn.MultiheadAttention(24, 3, bias=False)

    def forward(self, x, memory, mask):
        a, w = self.own(x, x, x)
        b, _ = self.cross(a, memory[..., :10], memory[..., 10:], key_padding_mask=mask == 0, need_weights=False)
        t = x.transpose(0, 1)
        causal = torch.triu(torch.ones(t.size(0), t.size(0), dtype=torch.bool), 1)
        c, v = self.first(t, t, t, attn_mask=causal, average_attn_weights=False)
        return b, w, c, v


case("multihead", MultiHead, f32("N T 24"), f32("N S 22"), prefix_mask("N S"), grad=True)
case("multihead_inference_path", MultiHead, f32("N T 24"), f32("N S 22"), prefix_mask("N S"))


class Encoder(nn.Module):
    def __init__(self, **options):
        super().__init__()
        layer = nn.TransformerEncoderLayer(24, 4, 32, batch_first=True, **options)
        self.body = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(24), enable_nested_tensor=False)

    def forward(self, x):
        return self.body(x)


class MaskedEncoder(Encoder):
    def forward(self, x, mask):
        return self.body(x, src_key_padding_mask=mask == 0)


case("transformer_encoder", Encoder, f32("N T 24"), grad=True, quick=True)
case("transformer_encoder_inference_path", Encoder, f32("N T 24"))
case("transformer_encoder_norm_first", lambda: Encoder(activation="gelu", norm_first=True), f32("N T 24"), grad=True)
case("transformer_encoder_masked", MaskedEncoder, f32("N T 24"), prefix_mask("N T"), grad=True)


@net(f32("N S 24"), f32("N T 24"), grad=True)
class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Transformer(24, 4, 1, 2, 32, batch_first=True)

    def forward(self, source, target):
        mask = nn.Transformer.generate_square_subsequent_mask(target.size(1))
        return self.body(source, target, tgt_mask=mask)


@net(TOKENS, quick=True)
class CharacterModel(nn.Module):
    """A language model in the style of nanoGPT: learned positions, a causal buffer cut to size, a tied head."""

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln_1, self.ln_2 = nn.LayerNorm(24), nn.LayerNorm(24)
            self.attend, self.project = nn.Linear(24, 72), nn.Linear(24, 24)
            self.mlp = nn.Sequential(nn.Linear(24, 96), nn.GELU(), nn.Linear(96, 24), nn.Dropout(0.1))
            self.register_buffer("causal", torch.tril(torch.ones(16, 16)).view(1, 1, 16, 16))

        def forward(self, x):
            n, t, c = x.size()
            q, k, v = self.attend(self.ln_1(x)).split(24, dim=2)
            q, k, v = (y.view(n, t, 4, c // 4).transpose(1, 2) for y in (q, k, v))
            w = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
            w = w.masked_fill(self.causal[:, :, :t, :t] == 0, float("-inf"))
            y = (F.softmax(w, dim=-1) @ v).transpose(1, 2).contiguous().view(n, t, c)
            x = x + self.project(y)
            return x + self.mlp(self.ln_2(x))

    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(50, 24), nn.Embedding(16, 24)
        self.blocks = nn.ModuleList([self.Block(), self.Block()])
        self.norm, self.head = nn.LayerNorm(24), nn.Linear(24, 50, bias=False)
        self.head.weight = self.words.weight

    def forward(self, tokens):
        x = self.words(tokens) + self.places(torch.arange(0, tokens.size(1), dtype=torch.long).unsqueeze(0))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


@net(f32("N T 16"))
class RotaryAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(16, 16, bias=False) for _ in range(3))
        self.register_buffer("inv_freq", 1.0 / (10000 ** (torch.arange(0, 8, 2).float() / 8)))

    @staticmethod
    def rotate(x):
        a, b = x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2:]
        return torch.cat((-b, a), dim=-1)

    def forward(self, x):
        n, t, _ = x.shape
        q, k, v = (m(x).view(n, t, 2, 8).transpose(1, 2) for m in (self.q, self.k, self.v))
        angles = torch.outer(torch.arange(t, dtype=torch.float32), self.inv_freq)
        emb = torch.cat((angles, angles), dim=-1)
        cos, sin = emb.cos(), emb.sin()
        q, k = q * cos + self.rotate(q) * sin, k * cos + self.rotate(k) * sin
        k, v = (torch.repeat_interleave(y, 2, dim=1)[:, :2] for y in (k, v))
        return ((q @ k.mT) * 8 ** -0.5).softmax(-1) @ v


@net(f32("N T 24"))
class Conformer(nn.Module):
    """Feed-forward, gated depthwise convolution with batch norm, relative shift by padding and reshaping."""

    def __init__(self):
        super().__init__()
        self.ff = nn.Sequential(nn.LayerNorm(24), nn.Linear(24, 48), nn.SiLU(), nn.Linear(48, 24))
        self.up, self.deep, self.down = nn.Conv1d(24, 48, 1), nn.Conv1d(24, 24, 5, padding=2, groups=24), nn.Conv1d(24, 24, 1)
        self.norm, self.bias = nn.BatchNorm1d(24), nn.Parameter(torch.randn(24))

    def forward(self, x):
        x = x + 0.5 * self.ff(x)
        y = F.glu(self.up(x.transpose(1, 2)), dim=1)
        y = self.down(F.silu(self.norm(self.deep(y)))).transpose(1, 2)
        s = torch.matmul(x + self.bias, y.transpose(1, 2))
        n, t, u = s.size()
        shifted = F.pad(s, (1, 0)).view(n, u + 1, t)[:, 1:].view_as(s)
        return y + torch.softmax(s + shifted, -1) @ x


# Others.

@net(f32("N 12"), quick=True)
class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(12, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 8),
                                  nn.Sigmoid(), nn.Linear(8, 3), nn.Softmax(dim=1))

    def forward(self, x):
        return self.body(x)


@net(f32("N 8"))
class DuelingQ(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.value, self.gain = nn.Linear(8, 16), nn.Linear(16, 1), nn.Linear(16, 4)

    def forward(self, state):
        x = F.relu(self.body(state))
        gain = self.gain(x)
        q = self.value(x) + gain - gain.mean(1, keepdim=True)
        return q, q.argmax(1), q.max(1)[0]


@net(f32("N 7 6"), f32("N 7 7", 0, 1))
class GraphConvolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(6, 8), nn.Linear(8, 3)

    def forward(self, x, adjacency):
        adjacency = adjacency + torch.eye(adjacency.size(1))
        d = adjacency.sum(-1).pow(-0.5)
        adjacency = d.unsqueeze(-1) * adjacency * d.unsqueeze(1)
        return self.b(adjacency @ F.relu(adjacency @ self.a(x)))


@net(f32("N 3"))
class RadianceField(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(27, 16), nn.Linear(16, 16), nn.Linear(43, 16)])
        self.density, self.colour = nn.Linear(16, 1), nn.Linear(16, 3)

    def forward(self, p):
        waves = [p]
        for i in range(4):
            waves += [torch.sin(2.0 ** i * p), torch.cos(2.0 ** i * p)]
        e = torch.cat(waves, -1)
        x = e
        for i, layer in enumerate(self.layers):
            if i == 2:
                x = torch.cat([x, e], -1)
            x = F.relu(layer(x))
        return F.softplus(self.density(x)), torch.sigmoid(self.colour(x))


@net(i64("N 5", high=30), f32("N 4"), quick=True)
class WideAndDeep(nn.Module):
    """Recommendation: embeddings of each field looked up, crossed, concatenated with numbers."""

    def __init__(self):
        super().__init__()
        self.fields = nn.ModuleList([nn.Embedding(30, 6) for _ in range(5)])
        self.deep = nn.Sequential(nn.Linear(34, 16), nn.LayerNorm(16), nn.Tanh(), nn.Linear(16, 1))
        self.wide = nn.EmbeddingBag(30, 1, mode="sum")

    def forward(self, ids, numbers):
        e = torch.stack([f(ids[:, i]) for i, f in enumerate(self.fields)], dim=1)
        pairs = 0.5 * (e.sum(1).pow(2) - e.pow(2).sum(1)).sum(1, keepdim=True)
        logit = self.deep(torch.cat([e.flatten(1), numbers], 1)) + pairs + self.wide(ids)
        return torch.sigmoid(logit).squeeze(-1)


@net(f32("N 2 16 16"), min_opset=16)
class SpatialTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.theta = nn.Sequential(nn.Flatten(), nn.Linear(512, 6))

    def forward(self, x):
        theta = self.theta(x).view(-1, 2, 3) * 0.1 + torch.eye(2, 3)
        grid = F.affine_grid(theta, [x.size(0), 2, 12, 14], align_corners=False)
        return F.grid_sample(x, grid, align_corners=False), F.grid_sample(x, grid, "nearest", "border", True)


@net(f32("N 3 16 16"))
class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.mean, self.spread = nn.Conv2d(3, 4, 3, 2, 1), nn.Linear(256, 8), nn.Linear(256, 8)
        self.back, self.b = nn.Linear(8, 256), nn.ConvTranspose2d(4, 3, 3, 2, 1, output_padding=1)

    def forward(self, x):
        h = self.a(x).relu().view(-1, 256)
        m, s = self.mean(h), self.spread(h)
        y = self.b(F.relu(self.back(m)).view(-1, 4, 8, 8))
        divergence = -0.5 * torch.sum(1 + s - m ** 2 - s.exp(), dim=1)
        return torch.sigmoid(y), divergence, F.mse_loss(y, x)
