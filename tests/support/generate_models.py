#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TorchScript archives for measuring, without PyTorch: generate_models.py KIND OUT

    resnet50       the convolutions and batch norms of ResNet-50, 102 MB of weights
    bert[=LAYERS]  an embedding and 12 layers of a transformer of BERT's base size, 434 MB of weights
    nodes=N        a model that becomes about N nodes of ONNX, in modules of eleven operators, as a trace has them

Weights are small random numbers, the same in every run; texts and pickles are as torch.jit.save writes them."""
import array
import random
import struct
import sys
import zipfile

BLOCK = 1 << 18  # random numbers; weights are cut from them


class Tensor:
    """A float32 parameter of the given sizes, all elements between low and high."""

    def __init__(self, *sizes, low=-0.05, high=0.05):
        self.sizes, self.low, self.high = sizes, low, high


class Module:
    """Of the class `name` (one is made for each module, as a trace does it), with attributes and the lines of forward."""

    def __init__(self, name, attributes, arguments, lines):
        self.name, self.attributes, self.arguments, self.lines = name, attributes, arguments, lines

    def code(self):
        kept = [k for k, v in self.attributes.items() if isinstance(v, Tensor)]
        yield f"class {self.name}(Module):\n"
        yield f"  __parameters__ = [{''.join(f'{chr(34)}{k}{chr(34)}, ' for k in kept)}]\n  __buffers__ = []\n"
        for key, value in self.attributes.items():
            yield f"  {key} : {'Tensor' if isinstance(value, Tensor) else '__torch__.' + value.name}\n"
        arguments = "".join(f",\n    {a}: Tensor" for a in self.arguments)
        yield f"  def forward(self: __torch__.{self.name}{arguments}) -> Tensor:\n"
        yield from (f"    {line}\n" for line in self.lines)


class Archive:
    def __init__(self, path):
        self.zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)
        self.at, self.n_tensors, self.pickle = 0, 0, bytearray()
        self.random, self.blocks = random.Random(0), {}

    def entry(self, name, data):
        """Contents begin at multiples of 64, as PyTorch's do."""
        info = zipfile.ZipInfo(f"model/{name}", (1980, 1, 1, 0, 0, 0))
        begin = self.zip.fp.tell() + 30 + len(info.filename)
        padding = -(begin + 4) % 64
        info.extra = struct.pack("<2sH", b"FB", padding) + b"Z" * padding
        self.zip.writestr(info, data)

    def numbers(self, tensor, n):
        key = tensor.low, tensor.high
        if key not in self.blocks:
            self.blocks[key] = array.array("f", (self.random.uniform(*key) for _ in range(BLOCK))).tobytes()
        first = 4 * self.random.randrange(BLOCK)
        block = self.blocks[key][first:] + self.blocks[key][:first]
        return (block * (n // BLOCK + 1))[: 4 * n]

    def text(self, text):
        self.pickle += b"X" + struct.pack("<I", len(text)) + text.encode()

    def numbers_pickled(self, numbers):
        self.pickle += b"(" + b"".join(b"J" + struct.pack("<i", n) for n in numbers) + b"t"

    def tensor(self, tensor):
        n, strides = 1, []
        for size in reversed(tensor.sizes):
            strides.insert(0, n)
            n *= size
        self.entry(f"data/{self.n_tensors}", self.numbers(tensor, n))
        self.pickle += b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n"
        self.text(str(self.n_tensors))
        self.text("cpu")
        self.pickle += b"J" + struct.pack("<i", n) + b"tQK\0"
        self.numbers_pickled(tensor.sizes)
        self.numbers_pickled(strides)
        self.pickle += b"\x88ccollections\nOrderedDict\n)RtR"
        self.n_tensors += 1

    def module(self, module):
        self.pickle += f"c__torch__\n{module.name}\n".encode() + b")\x81}("
        for key, value in module.attributes.items():
            self.text(key)
            if isinstance(value, Tensor):
                self.tensor(value)
            else:
                self.module(value)
        self.pickle += b"ub"

    def save(self, model, modules):
        self.pickle += b"\x80\x02"
        self.module(model)
        self.entry("data.pkl", bytes(self.pickle + b"."))
        self.entry("code/__torch__.py", "".join(line for m in (*modules, model) for line in m.code()))
        self.entry("constants.pkl", b"\x80\x02).")
        self.entry("version", b"3\n")
        self.zip.close()


def convolution(kernel, stride, n_in, n_out, groups=1):
    """With its batch norm and Relu."""
    pad = kernel // 2
    attributes = {"weight": Tensor(n_out, n_in, kernel, kernel), "gamma": Tensor(n_out, low=0.5, high=1.5), "beta": Tensor(n_out),
                  "mean": Tensor(n_out), "var": Tensor(n_out, low=0.5, high=1.5)}
    return attributes, [
        f"_0 = torch._convolution(x, self.weight, None, [{stride}, {stride}], [{pad}, {pad}], [1, 1], False, [0, 0], {groups}, "
        "False, False, True, True)",
        "_1 = torch.batch_norm(_0, self.gamma, self.beta, self.mean, self.var, False, 0.1, 1e-05, True)",
    ]


def resnet50():
    modules, lines, attributes = [], [], {}

    def add(*arguments, relu=True):
        held, forward = convolution(*arguments)
        m = Module(f"Conv{len(modules)}", held, ["x"], [*forward, "return torch.relu(_1)" if relu else "return _1"])
        attributes[f"conv{len(modules)}"] = m
        modules.append(m)
        return f"(self.conv{len(modules) - 1}).forward"

    lines.append(f"x0 = torch.max_pool2d({add(7, 2, 3, 64)}(x, ), [3, 3], [2, 2], [1, 1], [1, 1], False)")
    n_in, n = 64, 0
    for width, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            s = stride if block == 0 else 1
            lines.append(f"a{n} = {add(1, 1, n_in, width)}(x{n}, )")
            lines.append(f"b{n} = {add(3, s, width, width)}(a{n}, )")
            lines.append(f"c{n} = {add(1, 1, width, 4 * width, relu=False)}(b{n}, )")
            way = f"{add(1, s, n_in, 4 * width, relu=False)}(x{n}, )" if block == 0 else f"x{n}"
            lines.append(f"x{n + 1} = torch.relu(torch.add(c{n}, {way}, alpha=1))")
            n_in, n = 4 * width, n + 1
    lines.append(f"y = torch.flatten(torch.adaptive_avg_pool2d(x{n}, [1, 1]), 1)")
    lines.append("return torch.linear(y, self.weight, self.bias)")
    attributes |= {"weight": Tensor(1000, 2048), "bias": Tensor(1000)}
    return Module("Net", attributes, ["x"], lines), modules


def bert_layer(i, width=768, inner=3072, heads=12):
    attributes = {}
    for name, n_in, n_out in (("q", width, width), ("k", width, width), ("v", width, width), ("o", width, width),
                              ("up", width, inner), ("down", inner, width)):
        attributes |= {f"{name}_weight": Tensor(n_out, n_in), f"{name}_bias": Tensor(n_out)}
    for name in ("norm1", "norm2"):
        attributes |= {f"{name}_weight": Tensor(width, low=0.5, high=1.5), f"{name}_bias": Tensor(width)}

    def linear(name, x):
        return f"torch.linear({x}, self.{name}_weight, self.{name}_bias)"

    def split(name):
        return f"torch.permute(torch.view({linear(name, 'x')}, [1, 128, {heads}, {width // heads}]), [0, 2, 1, 3])"

    def norm(name, x):
        return f"torch.layer_norm({x}, [{width}], self.{name}_weight, self.{name}_bias, 1e-12, True)"

    return Module(f"Layer{i}", attributes, ["x"], [
        f"q = {split('q')}",
        f"k = {split('k')}",
        f"v = {split('v')}",
        "s = torch.softmax(torch.div(torch.matmul(q, torch.transpose(k, -1, -2)), 8.), -1)",
        f"c = torch.reshape(torch.permute(torch.matmul(s, v), [0, 2, 1, 3]), [1, 128, {width}])",
        f"a = {norm('norm1', 'torch.add(' + linear('o', 'c') + ', x, alpha=1)')}",
        f"u = {linear('down', 'torch.gelu(' + linear('up', 'a') + ')')}",
        f"return {norm('norm2', 'torch.add(u, a, alpha=1)')}",
    ])


def bert(n_layers=12):
    layers = [bert_layer(i) for i in range(n_layers)]
    attributes = {"words": Tensor(30522, 768), "places": Tensor(1, 128, 768)} | {f"layer{i}": m for i, m in enumerate(layers)}
    lines = ["x0 = torch.add(torch.embedding(self.words, x, 0, False, False), self.places, alpha=1)"]
    lines += [f"x{i + 1} = (self.layer{i}).forward(x{i}, )" for i in range(n_layers)]
    return Module("Net", attributes, ["x"], [*lines, f"return x{n_layers}"]), layers


def nodes(n):
    """Eleven operators a module; weights of 16 numbers."""
    per_module = 11
    modules, attributes, lines = [], {}, []
    for i in range(max(1, n // per_module)):
        held = {"weight": Tensor(8, 8), "bias": Tensor(8), "norm_weight": Tensor(8, low=0.5, high=1.5), "norm_bias": Tensor(8)}
        modules.append(Module(f"Block{i}", held, ["x"], [
            "norm_bias = self.norm_bias",
            "norm_weight = self.norm_weight",
            "bias = self.bias",
            "weight = self.weight",
            "input = torch.layer_norm(x, [8], norm_weight, norm_bias, 1e-05, True)",
            "_0 = torch.linear(input, weight, bias)",
            "_1 = torch.view(_0, [2, 4, 2, 4])",
            "_2 = torch.permute(_1, [0, 2, 1, 3])",
            "_3 = torch.softmax(_2, -1)",
            "_4 = torch.reshape(torch.permute(_3, [0, 2, 1, 3]), [2, 4, 8])",
            "input0 = torch.add(_4, torch.mul(torch.sigmoid(x), 0.5), alpha=1)",
            "return torch.relu(input0)",
        ]))
        attributes[f"block{i}"] = modules[-1]
        lines.append(f"x{i + 1} = (self.block{i}).forward({f'x{i}' if i else 'x'}, )")
    return Module("Net", attributes, ["x"], [*lines, f"return x{len(modules)}"]), modules


def generate(kind, path):
    name, _, number = kind.partition("=")
    makers = {"resnet50": resnet50, "bert": bert, "nodes": nodes}
    model, modules = makers[name](*([int(number)] if number else []))
    Archive(path).save(model, modules)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    generate(*sys.argv[1:])
