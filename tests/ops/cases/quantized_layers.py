# SPDX-License-Identifier: Apache-2.0
"""Layers with packed weights: convolutions, linear layers, embeddings, recurrent layers."""
import io
import pickle
import re
import zipfile

import numpy as np
import torch
import torch.ao.nn.intrinsic.quantized as nniq
import torch.ao.nn.quantized as nnq
import torch.ao.nn.quantized.dynamic as nnqd
from torch import nn
from torch.nn import functional as F

from record import *

U, S = torch.quint8, torch.qint8
Q = torch.ops.quantized
STEP = 0.0427


def q(x, scale=STEP, zero=113, dtype=U):
    return torch.quantize_per_tensor(x, scale, zero, dtype)


def weight_of(layer, per_channel, axis=0):
    w = layer.weight.detach()
    if not per_channel:
        return q(w, 0.0089, 0, S)
    n = w.shape[axis]
    return torch.quantize_per_channel(w, 0.006 + 0.0017 * torch.arange(n), torch.zeros(n, dtype=I64), axis, S)


class Layer(nn.Module):
    """Quantize, a quantized module, dequantize."""

    def __init__(self, layer, call=None, scale=STEP, zero=113, dtype=U):
        super().__init__()
        self.layer, self.call, self.grid = layer, call, (scale, zero, dtype)

    def forward(self, *tensors):
        x = [q(t, *self.grid) for t in tensors]
        return back(self.call(self.layer, *x) if self.call else self.layer(*x))


def quantized(kind, layer, per_channel=False, axis=0, scale=0.061, zero=101, **o):
    settle(layer)
    y = kind(*o.pop("arguments"), **o)
    bias = layer.bias.detach() if layer.bias is not None else None
    y.set_weight_bias(weight_of(layer, per_channel, axis), bias)
    y.scale, y.zero_point = scale, zero
    return y


def both_engines(name, make, *inputs, engines=("qnnpack", "onednn"), **o):
    for engine in engines:
        case(name if engine == engines[0] else f"{name}_{engine}", make, *inputs, made=True, int8=True, engine=engine, within=1, **o)


# --- convolutions

family("quantized_conv")

SHAPES = {1: (2, 4, 7), 2: (1, 4, 5, 6), 3: (1, 4, 3, 4, 3)}
FLOAT = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
PLAIN = {1: nnq.Conv1d, 2: nnq.Conv2d, 3: nnq.Conv3d}
RELU = {1: nniq.ConvReLU1d, 2: nniq.ConvReLU2d, 3: nniq.ConvReLU3d}


def conv(kind, k, *arguments, per_channel=False, call=None, grid=(STEP, 113, U), scale=0.061, zero=101, **o):
    def make():
        layer = quantized(kind[k], FLOAT[k](*arguments, **o), per_channel, arguments=arguments, scale=scale, zero=zero, **o)
        return Layer(layer, call, *grid)
    return make


for k in (1, 2, 3):
    x, engines = f(*SHAPES[k]), ("qnnpack", "onednn") if k < 3 else ("onednn",)
    for channels in (False, True):
        tag = "_per_channel" if channels else ""
        both_engines(f"conv{k}d{tag}", conv(PLAIN, k, 4, 6, 3, padding=1, per_channel=channels), x, engines=engines)
        both_engines(f"conv{k}d_relu{tag}", conv(RELU, k, 4, 6, 2, stride=2, per_channel=channels), x, engines=engines[:1])
    both_engines(f"conv{k}d_groups", conv(PLAIN, k, 4, 8, 3, groups=2, dilation=2 if k < 3 else 1, bias=False), x, engines=engines[:1])
    both_engines(f"conv{k}d_depthwise", conv(PLAIN, k, 4, 4, 3, padding=1, groups=4, per_channel=True), x, engines=engines[:1])
    both_engines(f"conv{k}d_relu_to_zero", conv(RELU, k, 4, 6, 3, zero=0), x, engines=engines[:1])
    if k < 3:
        both_engines(f"conv{k}d_signed", conv(PLAIN, k, 4, 6, 3, grid=(STEP, -9, S), zero=-7), x, engines=engines[:1])
        both_engines(f"conv{k}d_reflect", conv(PLAIN, k, 4, 6, 3, padding=1, padding_mode="reflect"), x, engines=engines[:1])
both_engines("conv2d_uneven", conv(PLAIN, 2, 4, 6, (3, 1), stride=(2, 1), padding=(2, 0)), f(*SHAPES[2]))
both_engines("conv2d_dynamic_axes", conv(PLAIN, 2, 4, 6, 3, padding=1), f(*SHAPES[2]), dyn=(f(2, 4, 6, 5),), engines=("qnnpack",))
both_engines("conv1d_dynamic_axes", conv(PLAIN, 1, 4, 6, 3, padding=1), f(*SHAPES[1]), dyn=(f(3, 4, 8),), engines=("qnnpack",))
both_engines("conv2d_one", conv(PLAIN, 2, 4, 6, 1), f(1, 4, 5, 5))
for relu in ("", "_relu"):
    both_engines(f"conv2d_add{relu}", conv(PLAIN, 2, 4, 6, 3, padding=1, call=lambda m, x, y, relu=relu: getattr(Q, "conv2d_add" + relu)(x, y,
                 m._packed_params, 0.083, 97)), f(*SHAPES[2]), f(1, 6, 5, 6), engines=("onednn",))
for k, kinds in {1: (nn.ConvTranspose1d, nnq.ConvTranspose1d), 2: (nn.ConvTranspose2d, nnq.ConvTranspose2d)}.items():
    for tag, o in {"": dict(stride=2, padding=1, output_padding=1), "_groups": dict(groups=2, stride=2), "_no_bias": dict(bias=False, dilation=2)}.items():
        def make(k=k, kinds=kinds, o=o):
            return Layer(quantized(kinds[1], kinds[0](4, 6, 3, **o), arguments=(4, 6, 3), **o))
        both_engines(f"conv_transpose{k}d{tag}", make, f(*SHAPES[k]), engines=("qnnpack",))
case("conv_transpose2d_dynamic_axes", lambda: Layer(quantized(nnq.ConvTranspose2d, nn.ConvTranspose2d(4, 6, 3, stride=2), arguments=(4, 6, 3), stride=2)),
     f(*SHAPES[2]), dyn=(f(2, 4, 6, 5),), made=True, int8=True, within=1)
for k in (1, 2, 3):
    class Dynamic(nn.Module):
        def __init__(self, k=k):
            super().__init__()
            self.layer, self.k = quantized(PLAIN[k], FLOAT[k](4, 6, 3, padding=1), arguments=(4, 6, 3), padding=1), k

        def forward(self, x):
            return getattr(Q, f"conv{self.k}d_dynamic")(x, self.layer._packed_params, False)
    case(f"conv{k}d_of_range", Dynamic, f(*SHAPES[k]), made=True, int8=True, atol=3e-2, engine="onednn" if k == 3 else "qnnpack")
WEIGHTS = {k: torch.arange(-48, 48).reshape(4, 4, *[6] if k == 1 else [2, 3] if k == 2 else [1, 2, 3]) / 96 for k in (1, 2, 3)}
def packed(x, op, k, prepack=None, transposed=False, dynamic=False):
    """An operator whose weights are packed in the model."""
    lists = [[1] * k, [0] * k] + ([[0] * k] if transposed else []) + [[1] * k]
    weight = getattr(Q, prepack or f"conv{'_transpose' if transposed else ''}{k}d_prepack")(q(WEIGHTS[k], 0.01, 0, S), torch.arange(4) / 4, *lists, 1)
    return getattr(Q, op)(x, weight, False) if dynamic else back(getattr(Q, op)(q(x), weight, 0.05, 99))


for k in (1, 2, 3):
    case(f"conv{k}d_prepack", lambda x, k=k: packed(x, f"conv{k}d", k), f(1, 4, *[7, 6, 5][:k]), int8=True, within=1, engine="onednn")
    if k < 3:
        case(f"conv_transpose{k}d_prepack", lambda x, k=k: packed(x, f"conv_transpose{k}d", k, transposed=True), f(1, 4, *[5, 4][:k]), int8=True, within=1)
case("conv2d_relu_prepack", lambda x: packed(x, "conv2d_relu", 2), f(1, 4, 7, 6), int8=True, within=1)
for k in (2, 3):
    for relu in ("", "_relu"):
        case(f"conv{k}d{relu}_old", lambda x, k=k, relu=relu: back(getattr(Q, f"conv{k}d{relu}")(q(x), getattr(Q, f"conv{k}d_prepack")(q(WEIGHTS[k], 0.01, 0, S), None,
             [1] * k, [0] * k, [1] * k, 1), [1] * k, [0] * k, [1] * k, 1, 0.05, 99)), f(1, 4, *[7, 6, 5][:k]), int8=True, within=1, engine="onednn")
case("conv_prepack", lambda x: packed(x, "conv2d", 2, "conv_prepack"), f(1, 4, 7, 6), int8=True, within=1)


def of_range(x, k):
    """What a dynamic transposed convolution means: PyTorch's own is none."""
    x = torch.quantize_per_tensor_dynamic(x, U, False)
    y = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d][k - 1](x.dequantize(), q(WEIGHTS[k], 0.01, 0, S).dequantize(), torch.arange(4) / 4)
    return q(y, x.q_scale(), x.q_zero_point()).dequantize()


for k in (1, 2, 3):
    case(f"conv_transpose{k}d_of_range", lambda x, k=k: packed(x, f"conv_transpose{k}d_dynamic", k, transposed=True, dynamic=True), f(1, 4, *[5, 4, 3][:k]), int8=True,
         answer=lambda x, k=k: of_range(x, k), atol=3e-2)
T = (torch.arange(-96, 96).reshape(4, 6, 2, 2, 2) / 192, torch.arange(6) / 4)
for tag, stride in {"": 1, "_stride": 2}.items():
    case(f"conv_transpose3d{tag}", lambda x, s=stride: back(Q.conv_transpose3d(q(x), Q.conv_transpose3d_prepack(q(T[0], 0.01, 0, S), T[1], [s] * 3, [1] * 3, [0] * 3,
         [1] * 3, 1), 0.05, 99)), f(*SHAPES[3]), int8=True, within=1,  # PyTorch's own kernels do not compute it
         answer=lambda x, s=stride: q(F.conv_transpose3d(q(x).dequantize(), q(T[0], 0.01, 0, S).dequantize(), T[1], s, 1), 0.05, 99).dequantize())

# --- linear layers

family("quantized_linear")


def linear(kind, *arguments, per_channel=False, call=None, grid=(STEP, 113, U), scale=0.053, zero=101, bias=True, **o):
    def make():
        layer = quantized(kind, nn.Linear(*arguments, bias=bias), per_channel, arguments=arguments, scale=scale, zero=zero, **o)
        return Layer(layer, call, *grid)
    return make


for rank, shape in {2: (3, 8), 3: (2, 3, 8), 4: (2, 2, 3, 8)}.items():
    for channels in (False, True):
        tag = f"_rank{rank}" + ("_per_channel" if channels else "")
        both_engines("linear" + tag, linear(nnq.Linear, 8, 5, per_channel=channels), f(*shape), engines=("qnnpack", "onednn") if rank == 2 else ("qnnpack",))
    both_engines(f"linear_relu_rank{rank}", linear(nniq.LinearReLU, 8, 5), f(*shape), engines=("qnnpack",))
both_engines("linear_no_bias", linear(nnq.Linear, 8, 5, bias=False), f(3, 8))
both_engines("linear_relu_to_zero", linear(nniq.LinearReLU, 8, 5, zero=0, per_channel=True), f(3, 8))
both_engines("linear_signed", linear(nnq.Linear, 8, 5, grid=(STEP, -9, S), zero=-7), f(3, 8), engines=("qnnpack",))
both_engines("linear_tanh", linear(nnq.Linear, 8, 5, call=lambda m, x: Q.linear_tanh(x, m._packed_params._packed_params, 1 / 128, 128)), f(3, 8), engines=("onednn",))
both_engines("linear_leaky_relu", linear(nnq.Linear, 8, 5, call=lambda m, x: Q.linear_leaky_relu(x, m._packed_params._packed_params, 0.04, 60, 0.2)), f(3, 8),
             engines=("onednn",))
both_engines("linear_dynamic_axes", linear(nnq.Linear, 8, 5), f(3, 8), dyn=(f(5, 8),), engines=("qnnpack",))
both_engines("linear_rank3_dynamic_axes", linear(nnq.Linear, 8, 5), f(2, 3, 8), dyn=(f(5, 4, 8),), engines=("qnnpack",))


class Floats(nn.Module):
    """A dynamically quantized layer, called in some way."""

    def __init__(self, layer, call=lambda m, *x: m(*x)):
        super().__init__()
        self.layer, self.call = layer, call

    def forward(self, *x):
        return self.call(self.layer, *x)


def dynamic_linear(per_channel=False, bias=True, kind=nnqd.Linear, call=lambda m, x: m(x)):
    def make():
        layer = settle(nn.Linear(8, 5, bias=bias))
        y = kind(8, 5, bias)
        y.set_weight_bias(weight_of(layer, per_channel), layer.bias.detach() if bias else None)
        return Floats(y, call)
    return make


for tag, o in {"": {}, "_per_channel": dict(per_channel=True), "_no_bias": dict(bias=False)}.items():
    for rank, shape in {2: (3, 8), 3: (2, 3, 8)}.items():
        case(f"linear_dynamic{tag}_rank{rank}", dynamic_linear(**o), f(*shape), made=True, int8=True, atol=2e-2)
case("linear_dynamic_axes_of_dynamic", dynamic_linear(), f(3, 8), dyn=(f(5, 8),), made=True, int8=True, atol=2e-2)
case("linear_relu_dynamic", dynamic_linear(call=lambda m, x: Q.linear_relu_dynamic(x, m._packed_params._packed_params)), f(3, 8), made=True, int8=True, atol=2e-2)
case("linear_dynamic_reduced", dynamic_linear(call=lambda m, x: Q.linear_dynamic(x, m._packed_params._packed_params, True)), f(3, 8), made=True, int8=True,
     engine="onednn", atol=2e-2)


W, B = torch.arange(-20, 20).reshape(5, 8) / 30, torch.arange(5) / 4
HALF = W.half().float()


def op(name, call, answer, *inputs, **o):
    """call: an expression of x, w and b with operators that this PyTorch has no kernels for."""
    script(name, "x: Tensor", f"""
w, b = torch.arange(-20, 20).reshape(5, 8) / 30, torch.arange(5) / 4
return {call}
""", *inputs, int8=True, answer=answer, **o)


for shape in ((3, 8), (2, 3, 8)):
    op(f"linear_half_rank{len(shape)}", "torch.ops.quantized.linear_dynamic_fp16(x, torch.ops.quantized.linear_prepack_fp16(w, b))", lambda x: F.linear(x, HALF, B),
       f(*shape))
op("linear_relu_half", "torch.ops.quantized.linear_relu_dynamic_fp16(x, torch.ops.quantized.linear_prepack_fp16(w, b))", lambda x: F.linear(x, HALF, B).relu(), f(3, 8))
op("linear_half_unpacked", "torch.ops.quantized.linear_dynamic_fp16_unpacked_weight(x, w, b)", lambda x: F.linear(x, HALF, B), f(3, 8))
WQ = "torch.ops.quantized.linear_prepack(torch.quantize_per_tensor(w, 0.01, 0, 12), b)"
for relu in ("", "_relu"):
    op(f"linear_input_q_dq{relu}", f"torch.ops.quantized.linear_with_input_q_dq_qweight_dq{relu}_output_fp32(x, {STEP}, 113, {WQ})",
       lambda x, relu=relu: (torch.relu if relu else torch.clone)(F.linear(q(x).dequantize(), q(W, 0.01, 0, S).dequantize(), B)), f(3, 8), atol=1e-4)
case("linear_prepack", lambda x: back(Q.linear(q(x), Q.linear_prepack(q(torch.arange(-20, 20).reshape(5, 8) / 40, 0.01, 0, S), torch.arange(5) / 4), 0.05, 99)), f(3, 8),
     int8=True, within=1)

case("int_mm", lambda x: torch._int_mm((x * 9).to(I8), ints(8, 16, low=-99, high=99, dtype=I8)), f(17, 8), atol=0)
case("weight_int8", lambda x: torch._weight_int8pack_mm(x, ints(5, 8, low=-99, high=99, dtype=I8), torch.arange(1, 6) / 200), f(3, 8), int8=True, atol=1e-4)

# --- embeddings

family("quantized_embedding")


def embedding(kind, float_kind, dtype, call=lambda m, *x: m(*x), rows=10, **o):
    def make():
        table = settle(float_kind(rows, 6, **o))
        config = torch.ao.quantization.float_qparams_weight_only_qconfig
        table.qconfig = config if dtype == U else torch.ao.quantization.float_qparams_weight_only_qconfig_4bit
        return Floats(kind.from_float(table), call)
    return make


for dtype, tag in ((U, "byte"), (torch.quint4x2, "4bit")):
    look_up = embedding(nnq.EmbeddingBag, nn.EmbeddingBag, dtype, lambda m, i, tag=tag: getattr(Q, f"embedding_{tag}")(m._packed_params._packed_weight, i), mode="sum")
    for shape in ((5,), (2, 3)):
        case(f"embedding_{tag}_rank{len(shape)}", look_up, ints(*shape, low=0, high=10), made=True, int8=True, atol=1e-3)
    case(f"embedding_{tag}_dynamic_axes", look_up, ints(2, 3, low=0, high=10), dyn=(ints(4, 5, low=0, high=10),), made=True,
         int8=True, atol=1e-3)
    bag = embedding(nnq.EmbeddingBag, nn.EmbeddingBag, dtype, mode="sum", include_last_offset=True)
    case(f"embedding_bag_{tag}_matrix", embedding(nnq.EmbeddingBag, nn.EmbeddingBag, dtype, mode="sum"), ints(3, 4, low=0, high=10), made=True, int8=True, atol=1e-3)
    case(f"embedding_bag_{tag}_offsets", embedding(nnq.EmbeddingBag, nn.EmbeddingBag, dtype, mode="sum"), ints(7, low=0, high=10), tensor([0, 2, 3]), made=True,
         int8=True, atol=1e-3)
    case(f"embedding_bag_{tag}_last_offset", bag, ints(7, low=0, high=10), tensor([0, 2, 3, 7]), made=True, int8=True, atol=1e-3)
    case(f"embedding_bag_{tag}_weighted", embedding(nnq.EmbeddingBag, nn.EmbeddingBag, dtype, mode="sum"), ints(7, low=0, high=10), tensor([0, 2, 3]), pos(7), made=True,
         int8=True, atol=1e-3)

case("embedding_module", embedding(nnq.Embedding, nn.Embedding, U), ints(2, 3, low=0, high=10), made=True, int8=True, atol=1e-3)

# --- weights packed as float16, as PyTorch writes them where it has FBGEMM: as float32


class Known:
    """What a pickle calls for, without being it."""

    def __init__(self, name, *arguments):
        self.name, self.arguments, self.state = name, arguments, None

    def __setstate__(self, state):
        self.state = state


def in_half(archive):
    """The archive with the weights of packed parameters as float32 that float16 can hold."""
    records, fresh = {}, {}
    with zipfile.ZipFile(io.BytesIO(archive)) as z:
        records = {i.filename: z.read(i) for i in z.infolist()}
    name = next(n for n in records if n.endswith("/data.pkl"))
    folder = name.rsplit("/", 1)[0]

    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            class Stub(Known):
                def __new__(cls, *arguments):
                    made = object.__new__(cls)
                    Known.__init__(made, f"{module}\n{name}", *arguments)
                    return made

                def __init__(self, *arguments):
                    pass
            Stub.global_name = (module, name)
            return Stub

        def persistent_load(self, key):
            return Known("storage", key)

    def weight(t):
        storage, offset, size, stride, (_, scale, zero) = t.arguments[:5]
        key = storage.arguments[0]
        integers = np.frombuffer(records[f"{folder}/data/{key[2]}"], np.int8).astype(np.float32)
        records[f"{folder}/data/{key[2]}"] = ((integers - zero) * scale).astype(np.float16).astype(np.float32).tobytes()
        return ("tensor", ("storage", ("torch", "FloatStorage"), *key[2:]), offset, size, stride)

    out = io.BytesIO()

    def write(v):
        """Protocol 2, as PyTorch's own pickler."""
        v = "quantized_fp16" if v == "quantized_dynamic" else v
        if v is None or isinstance(v, (bool, int, float, str)):
            body = pickle.dumps(v, 2)[2:-1]
            out.write(body[: body.rindex(b"q")] if isinstance(v, str) else body)
        elif isinstance(v, tuple) and v and v[0] == "tensor":
            out.write(b"ctorch._utils\n_rebuild_tensor_v2\n(")
            out.write(b"(")
            for part in v[1]:
                out.write(f"c{part[0]}\n{part[1]}\n".encode()) if isinstance(part, tuple) else write(part)
            out.write(b"tQ")
            for part in v[2:]:
                write(part)
            write(False)
            out.write(b"ccollections\nOrderedDict\n)RtR")
        elif isinstance(v, (tuple, list)):
            out.write(b"(" if isinstance(v, tuple) else b"](")
            for part in v:
                write(part)
            out.write(b"t" if isinstance(v, tuple) else b"e")
        elif isinstance(v, dict):
            out.write(b"}(")
            for key, value in v.items():
                write(key)
                write(value)
            out.write(b"u")
        elif getattr(v, "global_name", ("", ""))[1] == "_rebuild_qtensor":
            write(weight(v))
        elif isinstance(v, type):
            out.write("c{}\n{}\n".format(*v.global_name).encode())
        elif v.name == "storage":
            write(v.arguments[0])
            out.write(b"Q")
        else:
            is_object = v.global_name[0].startswith("__torch__")
            out.write("c{}\n{}\n".format(*v.global_name).encode())
            write(v.arguments)
            out.write(b"\x81" if is_object else b"R")
            if v.state is not None:
                write(v.state)
                out.write(b"b")

    tree = Reader(io.BytesIO(records[name])).load()
    out.write(b"\x80\x02")
    write(tree)
    out.write(b".")
    records[name] = out.getvalue()
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as z:
        for record, data in records.items():
            if record.endswith(".py"):
                data = re.sub(rb"linear_dynamic\(([^,()]+), ([^,()]+), \w+\)", rb"linear_dynamic_fp16(\1, \2)", data)
            z.writestr(record, data)
    return result.getvalue()


def half_answer(x):
    layer = settle(nn.Linear(8, 5))
    w = q(layer.weight.detach(), 0.0089, 0, S).dequantize().half().float()
    return F.linear(x, w, layer.bias.detach())


family("quantized_linear")
case("linear_half_packed", dynamic_linear(), f(3, 8), made=True, int8=True, answer=half_answer, edit=in_half, atol=1e-4)

# --- recurrent layers

family("quantized_recurrent")

RECURRENT = {"lstm": (nn.LSTM, nnqd.LSTM), "gru": (nn.GRU, nnqd.GRU)}
CELLS = {"lstm_cell": nn.LSTMCell, "gru_cell": nn.GRUCell, "rnn_cell": nn.RNNCell}


def recurrent(kind, dtype=S, call=lambda m, *x: m(*x), **o):
    return lambda: Floats(torch.ao.quantization.quantize_dynamic(nn.Sequential(settle(kind(3, 4, **o))), {kind}, dtype=dtype)[0], call)


def per_channel(kind, **o):
    config = torch.ao.quantization.per_channel_dynamic_qconfig
    return lambda: Floats(torch.ao.quantization.quantize_dynamic(nn.Sequential(settle(kind(3, 4, **o))), {kind: config})[0])


def with_state(m, x, *state):
    return m(x, state if len(state) > 1 else state[0])


for name, (kind, _) in RECURRENT.items():
    n = 2 if name == "lstm" else 1
    tolerance = dict(made=True, int8=True, atol=5e-3)
    for tag, o in {"": {}, "_layers": dict(num_layers=2), "_bidirectional": dict(bidirectional=True),
                   "_everything": dict(num_layers=2, bidirectional=True, batch_first=True)}.items():
        case(f"{name}{tag}", recurrent(kind, **o), f(3, 2, 3), **tolerance)
    case(f"{name}_per_channel", per_channel(kind), f(3, 2, 3), **tolerance)
    case(f"{name}_per_channel_bidirectional", per_channel(kind, bidirectional=True), f(3, 2, 3), **tolerance)
    case(f"{name}_state", recurrent(kind, call=with_state), f(3, 2, 3), *[f(1, 2, 4, span=1.0) for _ in range(n)], **tolerance)
    case(f"{name}_dynamic_axes", recurrent(kind), f(3, 2, 3), dyn=(f(5, 4, 3),), **tolerance)
    case(f"{name}_packed", recurrent(kind, call=lambda m, x, l: nn.utils.rnn.pad_packed_sequence(m(nn.utils.rnn.pack_padded_sequence(x, l))[0])[0]), f(4, 3, 3),
         tensor([4, 2, 1]), **tolerance)
for name, kind in CELLS.items():
    n = 2 if name == "lstm_cell" else 1
    tolerance = dict(made=True, int8=True, atol=5e-3)
    case(name, recurrent(kind), f(2, 3), **tolerance)
    case(f"{name}_state", recurrent(kind, call=with_state), f(2, 3), *[f(2, 4, span=1.0) for _ in range(n)], **tolerance)
case("rnn_cell_relu", recurrent(nn.RNNCell, nonlinearity="relu"), f(2, 3), made=True, int8=True, atol=5e-3)


class Half(nn.Module):
    """The answer of a layer whose weights are float16."""

    def __init__(self):
        super().__init__()
        self.net = nn.LSTM(3, 4)
        for i, p in enumerate((self.net.weight_ih_l0, self.net.weight_hh_l0)):
            p.copy_((torch.arange(p.numel()).reshape(p.shape) % 17 / 19 - 0.4).half().float())
        self.net.bias_ih_l0.copy_(torch.arange(16) / 32)
        self.net.bias_hh_l0.copy_(torch.arange(16) / -64)

    def forward(self, x):
        return self.net(x)[0]


script("lstm_half", "x: Tensor", """
ih = torch.ops.quantized.linear_prepack_fp16(torch.arange(48).reshape(16, 3) % 17 / 19 - 0.4, torch.arange(16) / 32)
hh = torch.ops.quantized.linear_prepack_fp16(torch.arange(64).reshape(16, 4) % 17 / 19 - 0.4, torch.arange(16) / -64)
cell = torch.ops.quantized.make_quantized_cell_params_fp16(ih, hh)
h = torch.zeros(1, 2, 4)
return torch.quantized_lstm(x, [h, h], [cell], True, 1, 0.0, False, False, False, dtype=5, use_dynamic=True)[0]
""", f(3, 2, 3), int8=True, answer=lambda x: Half()(x), atol=1e-4)
script("gru_cell_params", "x: Tensor", """
w = torch.quantize_per_tensor(torch.arange(36).reshape(12, 3) % 17 / 19 - 0.4, 0.01, 0, 12)
v = torch.quantize_per_tensor(torch.arange(48).reshape(12, 4) % 17 / 19 - 0.4, 0.01, 0, 12)
b = torch.arange(12) / 32
ih, hh = torch.ops.quantized.linear_prepack(w, b), torch.ops.quantized.linear_prepack(v, b)
cell = torch.ops.quantized.make_quantized_cell_params_dynamic(ih, hh, b, b, False)
return torch.quantized_gru(x, torch.zeros(1, 2, 4), [cell], True, 1, 0.0, False, False, False)[0]
""", f(3, 2, 3), int8=True, atol=5e-3)

# --- what is refused, and what to do about it

family("quantized_refused")


def refused(name, body):
    script(name, "x: Tensor", body, f(3, 8), int8=True, answer=lambda x: x)


PACKED = "torch.ops.quantized.linear_prepack(torch.quantize_per_tensor(torch.arange(40).reshape(5, 8) / 40, 0.01, 0, 12), None)"
refused("unpack", f"return x + torch.ops.quantized.linear_unpack({PACKED})[0].dequantize().sum()")
refused("out", "y = torch.quantize_per_tensor(x, 0.1, 3, 13)\nreturn torch.ops.quantized.add_out(y, y, y).dequantize()")
refused("rows_of_bytes", "return torch.ops.quantized.embedding_bag_byte_rowwise_offsets(x.byte(), x.long()) + x.sum()")
refused("int4", "return torch.ops.aten._weight_int4pack_mm(x, x.int(), 32, x)")
refused("not_of_quantized", "return torch.neg(torch.quantize_per_tensor(x, 0.1, 3, 13)).dequantize()")
refused("real_zero_points", "return torch.quantize_per_channel(x, torch.arange(1, 4) / 9, torch.arange(3) / 2, 0, 13).dequantize()")
refused("int16", "return torch.ops.quantized_decomposed.quantize_per_tensor(x, 0.1, 0, -32768, 32767, 2) * x")
refused("moved_per_channel", "return torch.quantize_per_channel(x, torch.arange(1, 4) / 9, torch.arange(3), 0, 13).transpose(0, 1).dequantize()")


# --- recurrent layers of float16

family("quantized_recurrent")


def rounded(kind, dtype=torch.float16):
    """The float layer with the weights that in_half() makes of the quantized one's."""
    layer = settle(kind(3, 4))
    config = torch.ao.quantization.default_dynamic_qconfig
    for name, w in layer.named_parameters():
        if name.startswith("weight"):
            observer = config.weight()
            observer(w)
            scale, zero = observer.calculate_qparams()
            w.copy_(q(w, float(scale), int(zero), S).dequantize().to(dtype).float())
    return layer


for name, kind, shape in (("lstm", nn.LSTM, (3, 2, 3)), ("gru", nn.GRU, (3, 2, 3)), ("lstm_cell", nn.LSTMCell, (2, 3)), ("rnn_cell", nn.RNNCell, (2, 3))):
    case(f"{name}_half_packed", recurrent(kind), f(*shape), made=True, int8=True, answer=lambda x, kind=kind: rounded(kind)(x), edit=in_half, atol=1e-4)
