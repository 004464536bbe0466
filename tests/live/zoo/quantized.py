# SPDX-License-Identifier: Apache-2.0
"""Networks that the live test of quantized models trains a little, quantizes and exports.

A Net has a name, a function that builds it, and a task: batches of inputs with labels that can be learnt in a few
steps, so that ranges and answers are those of a network that does something. `recipes` says how it is quantized, see
int8_models.py; `quick` which of them belong to the default selection.
"""

import math

import torch
from torch import nn
from torch.nn import functional

NETS = {}
STATIC = ("fx_tensor", "fx_channel", "fx_qat")
PT2E = ("pt2e_xnnpack", "pt2e_x86")
DYNAMIC = ("dynamic", "pt2e_xnnpack_dynamic", "pt2e_x86_dynamic")


class Net:
    def __init__(self, name, build, task, recipes, quick=(), eager=None, batch=2, needs="torchvision",
                 fx_since=(1, 13)):
        self.name, self.build, self.task, self.eager, self.batch = name, build, task, eager, batch
        self.recipes, self.quick, self.needs = recipes, quick, needs
        self.embeddings = True    # dynamic: tables too
        self.fx_since = fx_since  # the PyTorch whose torchvision has code that FX can trace

    def usable(self, recipe):
        if recipe.startswith("fx") and tuple(int(v) for v in torch.__version__.split(".")[:2]) < self.fx_since:
            return False
        try:
            __import__(self.needs)
        except ImportError:
            return False
        return True


def patterns(size):
    """Ten pictures, each with noise."""
    generator = torch.Generator().manual_seed(5)
    pictures = torch.randn(10, 3, size, size, generator=generator)

    def batch(n):
        labels = torch.randint(0, 10, (n,))
        return (pictures[labels] + 0.7 * torch.randn(n, 3, size, size),), labels

    return batch


def outlines(size):
    """Discs; the label of a point is whether it lies on one."""

    def batch(n):
        y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
        centre, radius = torch.rand(n, 2, 1, 1) * size, torch.rand(n, 1, 1) * size / 3 + 4
        inside = ((y - centre[:, 0]) ** 2 + (x - centre[:, 1]) ** 2 < radius ** 2).float()
        return (inside[:, None] + 0.5 * torch.randn(n, 3, size, size),), inside.long()

    return batch


def words(length, mask=False):
    """The label is the word that most of a sentence's words lie near."""

    def batch(n):
        labels = torch.randint(0, 10, (n,))
        ids = torch.where(torch.rand(n, length) < 0.6, labels[:, None] * 5 + torch.randint(0, 5, (n, length)),
                          torch.randint(0, 50, (n, length)))
        return ((ids, torch.ones(n, length, dtype=torch.int64)) if mask else (ids,)), labels

    return batch


def vision(name, recipes, quick=(), **options):
    def build():
        import torchvision
        return getattr(torchvision.models, name)(weights=None, num_classes=10, **options)

    def eager():
        import torchvision
        return getattr(torchvision.models.quantization, name)(weights=None, quantize=False, num_classes=10, **options)

    NETS[name] = Net(name, build, patterns(64), recipes, quick, eager)


vision("resnet18", (*STATIC, "fx_frozen", "eager", *PT2E))
vision("mobilenet_v2", (*STATIC, "eager", *PT2E))
NETS["mobilenet_v3_small"] = Net(
    "mobilenet_v3_small", lambda: __import__("torchvision").models.mobilenet_v3_small(weights=None, num_classes=10),
    patterns(64), (*STATIC, *PT2E))
NETS["mobilenet_v3_large"] = Net(
    "mobilenet_v3_large", lambda: __import__("torchvision").models.mobilenet_v3_large(weights=None, num_classes=10),
    patterns(64), ("eager",), (), lambda: __import__("torchvision").models.quantization.mobilenet_v3_large(
        weights=None, quantize=False, num_classes=10))
vision("shufflenet_v2_x0_5", (*STATIC, "eager", *PT2E), ("fx_tensor",))
NETS["shufflenet_v2_x0_5"].fx_since = (2, 0)
vision("googlenet", (*STATIC, "eager", *PT2E), aux_logits=False, init_weights=True)


class UNet(nn.Module):
    """Down by pooling, up by transposed convolutions, joined across."""

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([self.block(3, 8), self.block(8, 16), self.block(16, 32)])
        self.up = nn.ModuleList([nn.ConvTranspose2d(32, 16, 2, 2), nn.ConvTranspose2d(16, 8, 2, 2)])
        self.joined = nn.ModuleList([self.block(32, 16), self.block(16, 8)])
        self.last = nn.Conv2d(8, 2, 1)

    @staticmethod
    def block(n_in, n_out):
        return nn.Sequential(nn.Conv2d(n_in, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU(),
                             nn.Conv2d(n_out, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU())

    def forward(self, x):
        first = self.down[0](x)
        second = self.down[1](functional.max_pool2d(first, 2))
        x = self.up[0](self.down[2](functional.max_pool2d(second, 2)))
        x = self.up[1](self.joined[0](torch.cat([x, second], 1)))
        return self.last(self.joined[1](torch.cat([x, first], 1)))


NETS["unet"] = Net("unet", UNet, outlines(48), (*STATIC, *PT2E), ("fx_channel", "pt2e_xnnpack"), needs="torch")


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.scale = heads, 1 / math.sqrt(width // heads)
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))

    def split(self, x):
        return x.reshape(x.size(0), x.size(1), self.heads, -1).transpose(1, 2)

    def forward(self, x, bias):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        weights = torch.softmax(torch.matmul(q, k.transpose(2, 3)) * self.scale + bias, -1)
        return self.out(torch.matmul(weights, v).transpose(1, 2).flatten(2))


class BertLayer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attention, self.norm1, self.norm2 = Attention(width, heads), nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down, self.act = nn.Linear(width, 4 * width), nn.Linear(4 * width, width), nn.GELU()

    def forward(self, x, bias):
        x = self.norm1(x + self.attention(x, bias))
        return self.norm2(x + self.down(self.act(self.up(x))))


class Bert(nn.Module):
    """Two layers; classifies by the first token."""

    def __init__(self, width=64):
        super().__init__()
        self.words, self.places = nn.Embedding(50, width), nn.Parameter(torch.randn(1, 24, width) * 0.02)
        self.norm = nn.LayerNorm(width)
        self.first, self.second = BertLayer(width, 4), BertLayer(width, 4)
        self.pooler, self.last = nn.Linear(width, width), nn.Linear(width, 10)

    def forward(self, ids, mask):
        bias = (1.0 - mask[:, None, None, :].float()) * -10.0
        x = self.norm(self.words(ids) + self.places)
        x = self.second(self.first(x, bias), bias)
        return self.last(torch.tanh(self.pooler(x[:, 0])))


NETS["bert"] = Net("bert", Bert, words(24, mask=True), ("fx_channel", "fx_qat", *PT2E, *DYNAMIC),
                   ("fx_qat", "dynamic", "pt2e_x86", "pt2e_xnnpack_dynamic"), needs="torch")


class HuggingFaceBert(nn.Module):
    def __init__(self):
        super().__init__()
        import transformers
        config = transformers.BertConfig(vocab_size=50, hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
                                         intermediate_size=256, max_position_embeddings=64, num_labels=10)
        config._attn_implementation = "eager"
        self.bert = transformers.BertForSequenceClassification(config)

    def forward(self, ids, mask):
        return self.bert(input_ids=ids, attention_mask=mask).logits


NETS["transformers_bert"] = Net("transformers_bert", HuggingFaceBert, words(24, mask=True), ("dynamic",), ("dynamic",),
                                needs="transformers")
NETS["transformers_bert"].embeddings = False  # quantized ones take no indices that were expanded


def vit():
    from torchvision.models.vision_transformer import VisionTransformer
    model = VisionTransformer(image_size=48, patch_size=8, num_layers=2, num_heads=4, hidden_dim=64, mlp_dim=128,
                              num_classes=10)
    for head in model.heads:
        nn.init.normal_(head.weight, std=0.02)  # zeros otherwise
    return model


NETS["vit"] = Net("vit", vit, patterns(48), ("fx_channel", *PT2E, *DYNAMIC))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(50, 32)
        self.lstm = nn.LSTM(32, 32, num_layers=2, batch_first=True, bidirectional=True)
        self.last = nn.Linear(64, 10)

    def forward(self, ids):
        return self.last(torch.relu(self.lstm(self.words(ids))[0].mean(1)))


NETS["lstm"] = Net("lstm", Lstm, words(20), ("dynamic", "dynamic_scripted"), ("dynamic",), needs="torch")
