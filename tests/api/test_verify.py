#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Faults planted in exported files, which inc-export verify has to find: test_verify.py COMMAND TOP ORT-FOLDER [--all]

Each fault changes an ONNX file as a mistaken exporter would have written it. A file is first verified as it
is; then with every fault, from answers that PyTorch gave and from the model alone. Exits with 77 where there
is no ONNX Runtime. Every second fault is planted, with --all each.
"""
import glob
import json
import os
import struct
import subprocess
import sys
import tempfile

command, top, ort_folder = sys.argv[1:4]
found = glob.glob(os.path.join(ort_folder, "node_modules/onnxruntime-node/bin/napi-v*/linux/*/libonnxruntime.so.1"))
environment = dict(os.environ)
if found:
    environment["INC_EXPORT_ORT"] = found[0]
work = tempfile.TemporaryDirectory()


# ---- protobuf, as far as planting needs it ----

def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            return value, at


def write_varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def fields(data):
    """[number, kind, value] of each field; value is bytes, or a number."""
    at, out = 0, []
    while at < len(data):
        tag, at = varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            size = 8 if kind == 1 else 4
            value, at = data[at:at + size], at + size
        out.append([number, kind, value])
    return out


def join(items):
    out = bytearray()
    for number, kind, value in items:
        out += write_varint(number << 3 | kind)
        if kind == 0:
            out += write_varint(value)
        else:
            out += (write_varint(len(value)) if kind == 2 else b"") + value
    return bytes(out)


def get(items, number, default=b""):
    return next((f[2] for f in items if f[0] == number), default)


class Model:
    def __init__(self, data):
        self.top = fields(data)
        self.at = next(i for i, f in enumerate(self.top) if f[0] == 7)
        self.graph = fields(self.top[self.at][2])

    def nodes(self):
        return [i for i, f in enumerate(self.graph) if f[0] == 1]

    def tensors(self):
        return [i for i, f in enumerate(self.graph) if f[0] == 5]

    def with_field(self, i, value):
        graph = list(self.graph)
        graph[i] = [self.graph[i][0], 2, value]
        top = list(self.top)
        top[self.at] = [7, 2, join(graph)]
        return join(top)


# ---- faults ----

FORMATS = {1: ("f", 4), 2: ("B", 1), 3: ("b", 1), 6: ("i", 4), 7: ("q", 8)}


def change_tensor(model, i, change):
    """The file with the elements of one constant changed, or None where the change does nothing."""
    items = fields(model.graph[i][2])
    kind, raw = get(items, 2, 0), get(items, 9)
    if kind not in FORMATS or not raw:
        return None
    letter, size = FORMATS[kind]
    values = list(struct.unpack(f"<{len(raw) // size}{letter}", raw))
    changed = change(values, [d for d in get_dims(items)])
    if changed is None or changed == values:
        return None
    raw = struct.pack(f"<{len(changed)}{letter}", *changed)
    return model.with_field(i, join([[n, k, raw if n == 9 else v] for n, k, v in items]))


def get_dims(items):
    dims = []
    for number, kind, value in items:
        if number == 1 and kind == 0:
            dims.append(value)
        elif number == 1:
            at = 0
            while at < len(value):
                size, at = varint(value, at)
                dims.append(size)
    return dims


def scaled(factor):
    return lambda values, dims: [v * factor for v in values]


def one_more(values, dims):
    return [v + 1 if v < 120 else v - 1 for v in values]


def negated(values, dims):
    return [-v for v in values]


def zeroed(values, dims):
    return [type(v)(0) for v in values]


def swapped_rows(values, dims):
    """The first two quarters change places, as gates in a wrong order."""
    if not dims or dims[0] < 4 or len(values) < 4:
        return None
    q = len(values) // 4
    return values[q:2 * q] + values[:q] + values[2 * q:]


def reversed_rows(values, dims):
    if not dims or dims[0] < 2:
        return None
    n = len(values) // dims[0]
    return [v for r in range(dims[0] - 1, -1, -1) for v in values[r * n:(r + 1) * n]]


def transposed(values, dims):
    if len(dims) < 2 or dims[0] != dims[1]:
        return None
    n = len(values) // (dims[0] * dims[1])
    return [v for a in range(dims[0]) for b in range(dims[1]) for v in values[(b * dims[0] + a) * n:(b * dims[0] + a + 1) * n]]


def change_attr(model, i, name, change):
    node = fields(model.graph[i][2])
    for k, (number, _, value) in enumerate(node):
        attr = fields(value) if number == 5 else []
        if number != 5 or get(attr, 1) != name:
            continue
        changed = change(attr)
        if changed is None:
            return None
        node[k] = [5, 2, join(changed)]
        return model.with_field(i, join(node))
    return None


def other_ints(step):
    def change(attr):
        ints = [v for n, k, v in attr if n == 8 and k == 0]
        packed = next((v for n, k, v in attr if n == 8 and k == 2), b"")
        at = 0
        while at < len(packed):
            value, at = varint(packed, at)
            ints.append(value)
        if not ints or any(v > 1 << 40 for v in ints):
            return None
        shifted = [v + step for v in ints]
        rest = [f for f in attr if f[0] != 8]
        return rest + [[8, 2, b"".join(write_varint(v) for v in shifted)]]
    return change


def other_int(attr):
    return [[n, k, v ^ 1 if n == 3 else v] for n, k, v in attr]


def swap_inputs(model, i):
    node = fields(model.graph[i][2])
    places = [k for k, f in enumerate(node) if f[0] == 1]
    if len(places) < 2 or get(node, 4) not in (b"Sub", b"Div", b"MatMul", b"Concat"):
        return None
    node[places[0]][2], node[places[1]][2] = node[places[1]][2], node[places[0]][2]
    return model.with_field(i, join(node))


def other_operator(model, i):
    instead = {b"Relu": b"Sigmoid", b"MaxPool": b"AveragePool", b"Add": b"Sub", b"Sigmoid": b"Tanh", b"Tanh": b"Sigmoid",
               b"Mul": b"Div", b"Sub": b"Add", b"GlobalAveragePool": b"GlobalMaxPool"}
    node = fields(model.graph[i][2])
    name = get(node, 4)
    if name not in instead or (name == b"MaxPool" and any(get(fields(v), 1) in (b"storage_order", b"dilations")
                                                         for n, _, v in node if n == 5)):
        return None
    return model.with_field(i, join([[n, k, instead[name] if n == 4 else v] for n, k, v in node]))


def planted(data):
    """(what, whether it is of quantization, the file) of each fault."""
    model = Model(data)
    for i in model.tensors():
        items = fields(model.graph[i][2])
        name, kind, dims = get(items, 8).decode(), get(items, 2, 0), get_dims(items)
        changes = []
        if name.endswith("_scale"):
            changes = [(scaled(2.0), True), (scaled(-1.0), True), (scaled(1.1), True)]
        elif name.endswith("_zero_point") and kind != 6:
            changes = [(one_more, True)]
        elif "bias" in name and kind in (1, 6) and not name.endswith("_zero_point"):
            changes = [(zeroed, kind == 6), (negated, kind == 6)]
        elif kind == 3 and dims:
            changes = [(reversed_rows, True), (transposed, True)]
        elif kind == 1 and len(dims) > 1:
            changes = [(negated, False), (swapped_rows, False), (reversed_rows, False), (transposed, False)]
        elif kind == 1:
            changes = [(scaled(1.5), False)]
        for change, is_quantization in changes:
            yield (f"{name} {getattr(change, '__name__', 'scaled')}", is_quantization, change_tensor(model, i, change))
    for i in model.nodes():
        node = fields(model.graph[i][2])
        name = (get(node, 3) or get(node, 4)).decode()
        for attr, change in ((b"pads", other_ints(1)), (b"strides", other_ints(1)), (b"dilations", other_ints(1)),
                             (b"transB", other_int), (b"count_include_pad", other_int)):
            yield f"{name} {attr.decode()}", False, change_attr(model, i, attr, change)
        yield f"{name} inputs swapped", False, swap_inputs(model, i)
        yield f"{name} another operator", False, other_operator(model, i)


# ---- verifying ----

def verify(*arguments):
    done = subprocess.run([command, "verify", "--json", *arguments], capture_output=True, timeout=120, env=environment)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr.decode()


def run(*arguments):
    return subprocess.run([command, *arguments], capture_output=True, timeout=120, env=environment)


quant = os.path.join(top, "tests/data/quant")
cases = [(os.path.join(quant, n + ".pt"), os.path.join(quant, n + ".npz"), form)
         for n in ("static", "qat", "per_channel") for form in ("QDQ", "QLinear")]
fp32 = os.path.join(quant, "per_channel.fp32.pt")
mistakes = n_planted = n_found = n_quant = n_quant_found = n_answers = n_by_answers = 0
bad = os.path.join(work.name, "bad.onnx")


def say(text):
    global mistakes
    mistakes += 1
    print(text)


# Without the runtime that was named it says so, ends with what says that the file was not run, and still compares with the model.
good = os.path.join(work.name, "good.onnx")
run(cases[0][0], "-q", "-o", good)
status, told, _ = verify(cases[0][0], good, "--ort", "/no/such/library.so")
if status != 3 or told["runtime"] is not None or not told["not_run"] or not told["compared_with_model"]:
    say(f"without a runtime: {status} {told}")
if not found and "INC_NEEDS_ORT" not in environment:
    print("skipped: no ONNX Runtime")
    sys.exit(1 if mistakes else 77)

# The FP32 model has no recorded answers: its own, run once, serve as such against what is planted.
for path, answers, form in cases + [(fp32, None, "FP32"),
                                    (os.path.join(top, "examples/models/digits.pt"), None, "FP32")]:
    options = [] if form == "FP32" else ["--quant-format", form]
    expected = ["--expected", answers] if answers else []
    done = run(path, "-q", "-o", good, *options)
    if done.returncode != 0:
        say(f"{path}: {done.stderr.decode()}")
        continue
    status, told, complaint = verify(path, good, *expected)
    if status != 0 or not told["good"] or told["n_differences"] or not told["outputs"]:
        say(f"{os.path.basename(path)} as {form} is not good: {told} {complaint}")
        continue
    faults = [f for f in planted(open(good, "rb").read()) if f[2] is not None]
    for what, is_quantization, data in faults[::1 if "--all" in sys.argv else 2]:
        with open(bad, "wb") as file:
            file.write(data)
        n_planted += 1
        status, told, complaint = verify(path, bad, *expected)
        if status == 4 and not told.get("good", True):
            n_found += 1
        else:
            say(f"{os.path.basename(path)} as {form}: {what} is not found: {status} {complaint}")
        by_answers = any(not v["good"] for v in told.get("outputs", []))
        n_answers += 1
        n_by_answers += by_answers
        if is_quantization:
            status, told, _ = verify(path, bad)
            n_quant += 1
            n_quant_found += status == 4

# Sequences are compared item by item.
listed = os.path.join(top, "tests/data/control/listed.pt")
rows = ["--input", "x=float32[3,3]", "--dynamic", "x:0=n"]
if run(listed, "-q", "-o", good, *rows).returncode != 0:
    say("a model that returns lists is not exported")
status, told, complaint = verify(listed, good, *rows[:2])
names = [v["name"] for v in told.get("outputs", [])]
if status != 0 or not told["good"] or not {"output_0[0]", "output_0[2]", "output_1[1]"} <= set(names):
    say(f"sequences are not compared: {status} {names} {complaint}")

if n_planted < 200:
    say(f"only {n_planted} faults were planted")
if n_quant_found < 0.9 * n_quant:
    say(f"only {n_quant_found} of {n_quant} faults of quantization are found without recorded answers")
print(f"{n_planted} faults, {n_found} found; {n_by_answers} of {n_answers} by answers alone; {n_quant_found} of {n_quant} of "
      f"quantization without recorded answers; {mistakes} mistakes")
sys.exit(mistakes > 0)
