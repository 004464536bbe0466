#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""inc-export check of ONNX files that others wrote, sound ones and others: test_check.py COMMAND TOP

The files are written here, field by field. Which group of quantized operators runs on integers is what ONNX Runtime
1.21 left of the same graph of one operator, loaded on an x86 processor with its extended optimizations.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

command, top = sys.argv[1:3]
wrapper = os.environ.get("INC_EXE_WRAPPER", "").split()
FLOAT, UINT8, INT8, INT32, INT64, BOOL = 1, 2, 3, 6, 7, 9
mistakes = 0


# ---- protobuf, as far as ONNX needs it ----

def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def message(*fields):
    return b"".join(field(n, v) for n, v in fields)


def tensor(name, kind, dims, raw, *more):
    return message(*((1, d) for d in dims), (2, kind), (8, name), *([(9, raw)] if raw is not None else []), *more)


def scalar(name, kind, value):
    return tensor(name, kind, [], struct.pack({FLOAT: "<f", UINT8: "B", INT8: "b", INT32: "<i"}[kind], value))


def attribute(name, value):
    if isinstance(value, bytes):
        return message((1, name), (6, value), (20, 5))  # a graph
    if isinstance(value, float):
        return message((1, name), (2, value), (20, 1))
    if isinstance(value, list):
        return message((1, name), *((8, v) for v in value), (20, 7))
    return message((1, name), (3, value), (20, 2))


def node(op, inputs, outputs, name="", domain="", **attributes):
    return message(*((1, i) for i in inputs), *((2, o) for o in outputs), (3, name), (4, op), (7, domain),
                   *((5, attribute(k, v)) for k, v in attributes.items()))


def constant(name, value):
    """A Constant node, as other exporters write scales."""
    return message((2, name), (4, "Constant"), (5, message((1, "value"), (5, value), (20, 4))))


def value(name, kind=FLOAT, dims=(1,)):
    shape = message(*((1, message((1, d))) for d in dims))
    return message((1, name), (2, message((1, message((1, kind), (2, shape))))))


def graph(nodes, inputs=(), outputs=(), initializers=()):
    return message(*((1, n) for n in nodes), (2, "g"), *((5, t) for t in initializers), *((11, v) for v in inputs),
                   *((12, v) for v in outputs))


def model(content, opset=17, ir=8, **domains):
    imports = [message((1, ""), (2, opset))] + [message((1, d), (2, v)) for d, v in domains.items()]
    return message((1, ir), (7, content), *((8, i) for i in imports))


work = tempfile.TemporaryDirectory()
path = os.path.join(work.name, "file.onnx")


def check(data, *arguments):
    with open(path, "wb") as file:
        file.write(data)
    done = subprocess.run([*wrapper, command, "check", path, *arguments], capture_output=True, timeout=60, check=False)
    if done.returncode < 0:
        print("check was ended by signal", -done.returncode)
    return done


def expect(what, data, status, *parts, absent=()):
    global mistakes
    done = check(data)
    told = (done.stdout + done.stderr).decode("utf-8", "replace")
    if done.returncode != status or any(p not in told for p in parts) or any(p in told for p in absent):
        mistakes += 1
        print(f"{what}: {done.returncode}, not {status}; should say {parts}:\n{told}")


# ---- sound, and not ----

x, y = value("x"), value("y")
relu = node("Relu", ["x"], ["y"], "r")
w = tensor("w", FLOAT, [2], struct.pack("<2f", 1, 2))
nothing = graph([], [x], [x])
inner = graph([node("Add", ["x", "late"], ["i"], "inner")], [], [value("i")])
fine = graph([node("Relu", ["x"], ["late"], "l")], [], [value("late")])
deep = graph([relu], [], [y])
for _ in range(200):
    deep = graph([node("If", ["x"], ["y"], then_branch=deep)], [], [y])
with open(os.path.join(work.name, "beside"), "wb") as weights:
    weights.write(bytes(8))
beside = lambda **more: tensor("w", FLOAT, [2], None, (14, 1), *((13, message((1, k), (2, str(v)))) for k, v in more.items()))
for what, data, status, *parts in (
        ("a model", model(graph([relu], [x], [y])), 0, "good", "opset 17"),
        ("the oldest file format", model(graph([relu], [x], [y]), ir=3), 0, "good"),
        ("a file format before that", model(graph([relu], [x], [y]), ir=2), 4, "revision 2"),
        ("no opset", message((1, 8), (7, graph([relu], [x], [y]))), 4, "no version of ONNX's operators is imported"),
        ("a foreign domain", model(graph([node("F", ["x"], ["y"], "f", "mine")], [x], [y])), 4, 'operators of "mine" are not imported'),
        ("a foreign domain that is imported", model(graph([node("F", ["x"], ["y"], "f", "mine")], [x], [y]), mine=1), 0, "mine 1"),
        ("a domain twice", model(graph([relu], [x], [y]))[:] + field(8, message((1, ""), (2, 13))), 4, "imported twice"),
        ("an input from nowhere", model(graph([node("Add", ["x", "z"], ["y"], "a")], [x], [y])), 4, "a reads z, which nothing gives"),
        ("an optional input that is not there", model(graph([node("Clip", ["x", "", "x"], ["y"], "c")], [x], [y])), 0, "good"),
        ("nodes out of order", model(graph([node("Relu", ["m"], ["y"], "second"), node("Relu", ["x"], ["m"], "first")], [x], [y])), 4,
         "second reads m, which is only given further on"),
        ("a node that reads itself", model(graph([node("Add", ["x", "y"], ["y"], "a")], [x], [y])), 4, "only given further on"),
        ("a value made twice", model(graph([relu, relu], [x], [y])), 4, "the value y is given twice"),
        ("a node over an input", model(graph([node("Relu", ["x"], ["x"], "r")], [x], [x])), 4, "the value x is given twice"),
        ("an initializer that is an input, too", model(graph([node("Add", ["x", "w"], ["y"], "a")], [x, value("w")], [y], [w])), 0, "good"),
        ("an output from nowhere", model(graph([relu], [x], [value("z")])), 4, "the output z is not given"),
        ("an input that is an output", model(nothing), 0, "good"),
        ("a branch that reads what comes later", model(graph([node("If", ["x"], ["y"], then_branch=inner), node("Relu", ["x"], ["late"], "l")],
                                                             [x], [y])), 4, "inner reads late, which is only given further on"),
        ("a branch of its own", model(graph([node("If", ["x"], ["y"], then_branch=fine)], [x], [y])), 0, "good"),
        ("a node without operator", model(graph([node("", ["x"], ["y"])], [x], [y])), 4, "node 0 has no operator"),
        ("a constant that is too short", model(graph([relu], [x], [y], [tensor("w", FLOAT, [3], bytes(8))])), 4, "has 8 bytes, not the 12"),
        ("a constant of too many elements", model(graph([relu], [x], [y], [tensor("w", FLOAT, [1 << 62, 1 << 62], bytes(8))])), 4, "has 8 bytes"),
        ("a constant of negative size", model(graph([relu], [x], [y], [tensor("w", FLOAT, [-1], bytes(8))])), 4, "has 8 bytes"),
        ("a scale of zero", model(graph([node("QuantizeLinear", ["x", "s"], ["y"], "q")], [x], [y], [scalar("s", FLOAT, 0.0)])), 4, "not above 0"),
        ("a scale that is no number", model(graph([node("QuantizeLinear", ["x", "s"], ["y"], "q")], [x], [y],
                                                   [scalar("s", FLOAT, float("nan"))])), 4, "not above 0"),
        ("weights beside", model(graph([relu], [x], [y], [beside(location="beside", length=8)])), 0, "good"),
        ("weights beside that end early", model(graph([relu], [x], [y], [beside(location="beside", offset=4, length=8)])), 4, "beyond the end"),
        ("weights beside an offset that overflows", model(graph([relu], [x], [y], [beside(location="beside", offset=(1 << 64) - 4, length=8)])), 4,
         "beyond the end"),
        ("weights that are not there", model(graph([relu], [x], [y], [beside(location="none", length=8)])), 4, "which is not there"),
        ("weights elsewhere", model(graph([relu], [x], [y], [beside(location="../beside", length=8)])), 4, "outside of the model's folder"),
        ("what a terminal would act on", model(graph([node("Add", ["x", "\x1b[31mz"], ["y"], "\x1b]0;a\x07")], [x], [y])), 4, "\\x1b[31mz"),
        ("nothing", b"", 3), ("no graph", message((1, 8)), 3), ("text", b"name: model\n" * 100, 3), ("zeros", bytes(4096), 3),
        ("a length beyond the end", varint(7 << 3 | 2) + varint(1 << 40), 3), ("nested 200 deep", model(deep), 3, "deep")):
    expect(what, data, status, *parts, absent=("\x1b",))
whole = model(graph([relu, node("Add", ["y", "w"], ["z"], "a")], [x], [value("z")], [w]))
for n in range(1, len(whole)):  # cut anywhere
    if check(whole[:n]).returncode not in (0, 3, 4):
        mistakes += 1
        print("cut at", n)
for n in range(0, len(whole)):  # damaged anywhere
    if check(whole[:n] + bytes([whole[n] ^ 0xff]) + whole[n + 1:]).returncode not in (0, 3, 4):
        mistakes += 1
        print("damaged at", n)


# ---- groups ----

def quantized(kind, name, scale=0.5, zero=0, as_nodes=False):
    """Scale and zero point, by initializers or by nodes."""
    made = [scalar(name + "_s", FLOAT, scale), scalar(name + "_z", kind, zero)]
    return ([constant(name + "_s", made[0]), constant(name + "_z", made[1])], []) if as_nodes else ([], made)


def group(op, inputs, out=(UINT8, 0.5, 0), between=None, readers=1, as_nodes=False, n_outputs=1, **attributes):
    """One operator: inputs are (type, scale, zero) that is quantized from a float input, "weight" (int8), "float" or "bias"."""
    nodes, initializers, ins, names = [], [], [], []
    for i, kind in enumerate(inputs):
        name = f"v{i}"
        if isinstance(kind, tuple):
            n, t = quantized(kind[0], name, *kind[1:], as_nodes=as_nodes)
            nodes += n + [node("QuantizeLinear", [f"in{i}", name + "_s", name + "_z"], [name + "_q"]),
                          node("DequantizeLinear", [name + "_q", name + "_s", name + "_z"], [name])]
            initializers += t
            ins.append(value(f"in{i}", FLOAT, (1, 4, 8, 8)))
        elif kind in ("weight", "bias"):
            integer = INT8 if kind == "weight" else INT32
            initializers += [scalar(name + "_s", FLOAT, 0.01), scalar(name + "_z", integer, 0),
                             tensor(name + "_w", integer, [4], bytes(4 if kind == "weight" else 16))]
            nodes.append(node("DequantizeLinear", [name + "_w", name + "_s", name + "_z"], [name]))
        else:
            initializers.append(tensor(name, FLOAT, [1, 1] if kind == "row" else [1], struct.pack("<f", 6 if kind == "six" else 0)))
        names.append(name)
    nodes.append(node(op, names, [f"r{k}" for k in range(n_outputs)], "N", **attributes))
    outs = []
    for k in range(n_outputs):
        last = f"r{k}"
        if between:
            nodes.append(node(between[0], [last, *between[1:]], ["b" + last], "B"))
            last = "b" + last
        if out:
            n, t = quantized(out[0], f"o{k}", *out[1:], as_nodes=as_nodes)
            nodes += n + [node("QuantizeLinear", [last, f"o{k}_s", f"o{k}_z"], [f"o{k}_q"])]
            initializers += t
            nodes += [node("DequantizeLinear", [f"o{k}_q", f"o{k}_s", f"o{k}_z"], [f"o{k}_{j}"]) for j in range(readers)]
            outs += [value(f"o{k}_{j}") for j in range(readers)]
        else:
            outs.append(value(last))
    limits = [scalar("low", FLOAT, 0.0), scalar("six", FLOAT, 6.0), scalar("wide", FLOAT, 1000.0)]
    told = json.loads(check(model(graph(nodes, ins, outs, initializers + limits), com_microsoft=1), "--json").stdout)
    found = [g for g in told["groups"] if g["node"] == "N"]
    return (found[0]["int8"], found[0]["why"]) if found else (None, None)


U, I = (UINT8, 0.5, 0), (INT8, 0.5, 0)
U4 = (UINT8, 0.25, 0)
for what, wanted, part, arguments in (
        ("Conv", True, None, dict(op="Conv", inputs=[U, "weight"])),
        ("Conv, quantized by Constant nodes", True, None, dict(op="Conv", inputs=[U, "weight"], as_nodes=True)),
        ("Conv with bias", True, None, dict(op="Conv", inputs=[U, "weight", "bias"])),
        ("Conv with float bias", True, None, dict(op="Conv", inputs=[U, "weight", "float"])),
        ("Conv with float weight", True, None, dict(op="Conv", inputs=[U, "float"])),
        ("Conv with float weight, to reals", False, "not quantized", dict(op="Conv", inputs=[U, "float"], out=None)),
        ("Gemm with float weight", True, None, dict(op="Gemm", inputs=[U, "float"])),
        ("Gemm with float weight, to reals", False, "only ONNX Runtime 1.21", dict(op="Gemm", inputs=[U, "float"], out=None)),
        ("Gemm with float bias, to reals", False, "only ONNX Runtime 1.21", dict(op="Gemm", inputs=[U, "weight", "float"], out=None)),
        ("Gemm with a bias that is no vector", False, "nor a constant vector", dict(op="Gemm", inputs=[U, "weight", "row"])),
        ("MatMul with float weight", False, "not dequantized", dict(op="MatMul", inputs=[U, "float"])),
        ("Conv, int8", True, None, dict(op="Conv", inputs=[I, "weight"], out=I)),
        ("Conv, int8 in and uint8 out", True, None, dict(op="Conv", inputs=[I, "weight"])),
        ("Conv, int8 out that is read twice", False, "int8 here and uint8 there", dict(op="Conv", inputs=[I, "weight"], out=I, readers=2)),
        ("Conv, uint8 out that is read twice", True, None, dict(op="Conv", inputs=[U, "weight"], readers=2)),
        ("Conv without result quantized", False, "not quantized", dict(op="Conv", inputs=[U, "weight"], out=None)),
        ("Conv and Relu", True, None, dict(op="Conv", inputs=[U, "weight"], between=("Relu",))),
        ("Conv and Relu, int8", True, None, dict(op="Conv", inputs=[I, "weight"], between=("Relu",), out=(INT8, 0.5, -128))),
        ("Conv and Relu, zero point in the middle", False, "zero point", dict(op="Conv", inputs=[U, "weight"], between=("Relu",), out=(UINT8, 0.5, 7))),
        ("Conv and Clip that does nothing", True, None, dict(op="Conv", inputs=[U, "weight"], between=("Clip", "low", "wide"))),
        ("Conv and Clip that does", False, "Clip", dict(op="Conv", inputs=[U, "weight"], between=("Clip", "low", "six"))),
        ("Conv and Sigmoid", False, "not quantized", dict(op="Conv", inputs=[U, "weight"], between=("Sigmoid",))),
        ("ConvTranspose", False, "no such operator", dict(op="ConvTranspose", inputs=[U, "weight"])),
        ("MatMul", True, None, dict(op="MatMul", inputs=[U, "weight"])),
        ("MatMul to reals", True, None, dict(op="MatMul", inputs=[U, "weight"], out=None)),
        ("MatMul of activations", True, None, dict(op="MatMul", inputs=[U, U])),
        ("Gemm with bias", True, None, dict(op="Gemm", inputs=[U, "weight", "bias"])),
        ("Gemm to reals", True, None, dict(op="Gemm", inputs=[U, "weight", "bias"], out=None)),
        ("Gemm, beta 2", False, "beta", dict(op="Gemm", inputs=[U, "weight", "bias"], beta=2.0)),
        ("Add", True, None, dict(op="Add", inputs=[U, U4])), ("Mul", True, None, dict(op="Mul", inputs=[U, U4])),
        ("Add of uint8 and an int8 constant", False, "int8 here", dict(op="Add", inputs=[U, "weight"])),
        ("Add of a float", False, "not dequantized", dict(op="Add", inputs=[U, "float"])),
        ("Sub", False, "no such operator", dict(op="Sub", inputs=[U, U])), ("Tanh", False, "no such", dict(op="Tanh", inputs=[U])),
        ("Pad", False, "no such operator", dict(op="Pad", inputs=[U, "float"])),
        ("Softmax", True, None, dict(op="Softmax", inputs=[U], out=U4)), ("Sigmoid", True, None, dict(op="Sigmoid", inputs=[U], out=U4)),
        ("LeakyRelu", True, None, dict(op="LeakyRelu", inputs=[U], out=U4)),
        ("AveragePool", True, None, dict(op="AveragePool", inputs=[U], out=U4, kernel_shape=[2, 2])),
        ("MaxPool", True, None, dict(op="MaxPool", inputs=[U], kernel_shape=[2, 2])),
        ("MaxPool to another scale", False, "another scale", dict(op="MaxPool", inputs=[U], out=U4, kernel_shape=[2, 2])),
        ("Transpose", True, None, dict(op="Transpose", inputs=[U])), ("Flatten", True, None, dict(op="Flatten", inputs=[U])),
        ("Flatten to another scale", False, "another scale", dict(op="Flatten", inputs=[U], out=U4)),
        ("Flatten to another type", False, "another scale", dict(op="Flatten", inputs=[U], out=I)),
        ("Flatten to int8 that becomes the same uint8", True, None, dict(op="Flatten", inputs=[(UINT8, 0.5, 118)], out=(INT8, 0.5, -10))),
        ("Flatten to such int8 that is read twice", False, "another scale",
         dict(op="Flatten", inputs=[(UINT8, 0.5, 118)], out=(INT8, 0.5, -10), readers=2)),
        ("Reshape", True, None, dict(op="Reshape", inputs=[U, "float"])), ("DepthToSpace", True, None, dict(op="DepthToSpace", inputs=[U])),
        ("Split", True, None, dict(op="Split", inputs=[U], n_outputs=1)),
        ("Concat", True, None, dict(op="Concat", inputs=[U, U4], axis=1)),
        ("Concat of a float", False, "not dequantized", dict(op="Concat", inputs=[U, "float"], axis=1)),
        ("Where", True, None, dict(op="Where", inputs=["float", U, U])), ("HardSwish", False, "no such", dict(op="HardSwish", inputs=[U]))):
    found, why = group(**arguments)
    if found is not wanted or (part and part not in (why or "")):
        mistakes += 1
        print(f"{what}: {found} ({why}), not {wanted} ({part})")

# ---- the page ----
evil = "<img src=x onerror=alert(1)>\"'&\x1b[31m"
data = model(graph([node("Relu", ["x"], [evil], evil), node(evil, [evil], ["y"], "f", evil), node("Add", ["x", evil + "?"], ["z"], evil)],
                   [x], [y, value(evil)], [tensor(evil, FLOAT, [2], bytes(4))]))
data += message((2, evil), (14, message((1, evil), (2, evil))))  # producer, metadata
with open(path, "wb") as file:
    file.write(data)
page = os.path.join(work.name, "page.html")
done = subprocess.run([*wrapper, command, "report", path, "-o", page], capture_output=True, timeout=60, check=False)
with open(page, encoding="utf-8") as file:
    html = file.read()
for part in ("<img", "\x1b", "onerror=alert(1)>"):
    if part in html:
        mistakes += 1
        print("the page of a hostile file has", repr(part))
for part in ("Problems", "&lt;img src=x", "which nothing gives", "Relu", "</html>", "prefers-color-scheme:dark", "@media print", "width=device-width"):
    if part not in html:
        mistakes += 1
        print("the page of a hostile file lacks", part)
if done.returncode != 0:
    mistakes += 1
    print("report:", done.returncode, done.stderr)

# Integers from the beginning need nothing to be fused; int8 layers of large files are found in no more than a moment.
told = check(model(graph([node("QLinearMatMul", ["x"] * 8, ["y"], "q")], [x], [y])), "--json").stdout
if [g["int8"] for g in json.loads(told)["groups"]] != [True]:
    mistakes += 1
    print("QLinearMatMul:", told)
n = 20000
chain = []
links = []
for i in range(n):
    links += [node("DequantizeLinear", [f"q{i}", "s", "z"], [f"d{i}"]), node("Sigmoid", [f"d{i}"], [f"r{i}"]),
              node("QuantizeLinear", [f"r{i}", "s", "z"], [f"q{i + 1}"])]
chain += [scalar(f"unused{i}", FLOAT, 1.0) for i in range(n)] + [scalar("s", FLOAT, 0.5), scalar("z", UINT8, 0)]
told = json.loads(check(model(graph(links, [value("q0", UINT8)], [value(f"q{n}", UINT8)], chain)), "--json").stdout)
if sum(g["int8"] for g in told["groups"]) != n:
    mistakes += 1
    print("of a long chain", sum(g["int8"] for g in told["groups"]), "on integers")

work.cleanup()
print(f"{mistakes} mistakes")
sys.exit(mistakes > 0)
