#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command as a shell user meets it: test_command.py COMMAND TOP"""
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile

command, top = sys.argv[1:3]
wrapper = os.environ.get("INC_EXE_WRAPPER", "").split()  # what runs programs of another machine
digits = os.path.join(top, "examples/models/digits.pt")
images = os.path.join(top, "examples/models/digits-test.npz")
samples = os.path.join(top, "tests/data/samples")
work = tempfile.TemporaryDirectory()
out = os.path.join(work.name, "out.onnx")
mistakes = 0


def run(*arguments, **options):
    return subprocess.run([*wrapper, command, *arguments], capture_output=True, timeout=60, **options)


def expect(status, *arguments, stdout="", stderr=None, leaves=None, **options):
    """Exit status, that stdout is empty or holds a part, that stderr holds a part, which files stay."""
    global mistakes
    done = run(*arguments, **options)
    told, complained = done.stdout.decode("utf-8", "replace"), done.stderr.decode()
    problems = []
    if done.returncode != status:
        problems.append(f"status {done.returncode}, not {status}")
    if stdout == "" and told:
        problems.append("something on standard output")
    if stdout and stdout not in told:
        problems.append(f"standard output lacks {stdout!r}")
    if stderr is not None and (stderr not in complained if stderr else complained):
        problems.append(f"standard error should hold {stderr!r}")
    files = sorted(os.listdir(work.name))
    if leaves is not None and files != leaves:
        problems.append(f"files {files}, not {leaves}")
    for name in files:
        os.unlink(os.path.join(work.name, name))
    if problems:
        mistakes += 1
        print(f"inc-export {' '.join(arguments)}: {'; '.join(problems)}\n  {told}\n  {complained}")
    return told


def exported(*arguments):
    """The bytes of the file."""
    done = run(*arguments, "-q", "-o", out)
    data = open(out, "rb").read() if done.returncode == 0 else b""
    for name in os.listdir(work.name):
        os.unlink(os.path.join(work.name, name))
    return data


def contains(data, what, *parts, absent=()):
    global mistakes
    wrong = [p for p in parts if p not in data] + [b"not " + p for p in absent if p in data]
    if wrong:
        mistakes += 1
        print(f"{what} lacks {wrong}")


# Help and version.
expect(0, "--help", stdout="Exit status", stderr="")
expect(0, "--version", stdout="inc-export ", stderr="")

# Exports.
expect(0, digits, "-o", out, stderr="opset 14", leaves=["out.onnx"])
expect(0, digits, "-o", out, "-q", stderr="", leaves=["out.onnx"])
expect(0, "-o", out, "--dtype=FP32", "--opset", "17", "--", digits, stderr="opset 17")
expect(0, digits, "-o", "-", "-q", stdout="incexport", stderr="", leaves=[])
expect(0, digits, "-o", out, "--external-data", "always", leaves=["out.onnx", "out.onnx.data"])
expect(0, digits, "-o", out, "--external-data", "always", "--durable",
       leaves=["out.onnx", "out.onnx.data"])
expect(0, digits, "-o", out, "--input", "image=float32[5,1,8,8]", stderr="float32[5, 1, 8, 8]")
expect(0, digits, "-o", out, "--input", "f4[5,1,8,8]", stderr="float32[5, 1, 8, 8]")
expect(0, digits, "-o", out, "--input-names", "in", "--output-names", "scores",
       "--dynamic-axes", '{"in": {"0": "n"}}', stderr="float32[n, 1, 8, 8]")
report = json.loads(expect(0, digits, "-o", out, "--json", "--dynamic-axes", '{"image": [0]}',
                           stdout="{", stderr=""))
if report["opset"] != 14 or report["inputs"][0]["shape"][1:] != [1, 8, 8] \
        or not isinstance(report["inputs"][0]["shape"][0], str) \
        or report["nodes"] != sum(report["operators"].values()) or report["dtype"] != "fp32":
    mistakes += 1
    print("JSON:", report)
os.symlink(digits, os.path.join(work.name, "net.v2.pt"))
expect(0, os.path.join(work.name, "net.v2.pt"), leaves=["net.v2.onnx", "net.v2.pt"])

# Names in the file: of quantization after values and modules, of transposed weights after their keys.
for name in ("static.pt", "qat.pt", "pt2e.pt2"):
    for form in ("QDQ", "QLinear"):
        contains(exported(os.path.join(top, "examples/models/digits-" + name), "--quant-format", form), name + " " + form,
                 b"stem.0.weight_quantized", b"stem.0.weight_scale", b"_output_0_scale", b"_zero_point", b"quant_format",
                 absent=(b"/QuantizeLinear", b"/DequantizeLinear", b"_frozen_param"))
contains(exported(os.path.join(samples, "traced.pt")), "traced.pt", absent=(top.encode(),))
data = exported(digits, "--metadata", "author=me", "--metadata", "class=Mine", "--producer", "us")
contains(data, "metadata", b"author", b"Mine", b"us", b"TorchScript", absent=(b"Digits", top.encode(), b"incexport"))
expect(2, digits, "-o", out, "--metadata", "author", stderr="it may be like author=me")

# Inspecting.
expect(0, "inspect", digits, stdout="float32[1, 1, 8, 8]", stderr="")
model = json.loads(expect(0, "inspect", digits, "--json", stdout="{", stderr=""))
if model["quantized"] or model["inputs"][0]["name"] != "image" or model["class"] != "Digits":
    mistakes += 1
    print("JSON:", model)
expect(0, "inspect", os.path.join(samples, "scripted.pt"), stdout="not recorded")
expect(0, "inspect", os.path.join(samples, "checkpoint.pt"), stdout="state dict")

# An opset is chosen by what the model does: the default where nothing asks for more; otherwise the lowest that says it,
# or without which it cannot be said.
def edited(*replacements):
    """digits.pt with other code in place of each relu_."""
    path = os.path.join(work.name, "edited.pt")
    with zipfile.ZipFile(digits) as source, zipfile.ZipFile(path, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename.endswith(".py"):
                for code in replacements:
                    data = data.replace(b"torch.relu_(argument_1)", code.encode(), 1)
            target.writestr(zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0)), data)
    return path


points = "torch.permute(torch.slice(argument_1, 1, 0, {}), [0, 2, 3, 1])"
image = f"torch.grid_sampler(argument_1, {points.format(2)}, 0, 0, False)"
volume = f"torch.squeeze(torch.grid_sampler(torch.unsqueeze(argument_1, 2), torch.unsqueeze({points.format(3)}, 1), 0, 0, False), 2)"
gelu = "torch.gelu(argument_1)"
for code, opset, operator in (("torch.relu(argument_1)", 14, "Relu"), ("torch.layer_norm(argument_1, [8, 8])", 17, "LayerNormalization"),
                              ("torch.mish(argument_1)", 18, "Mish"), (gelu, 20, "Gelu"), (image, 16, "GridSample"),
                              (volume, 20, "GridSample")):
    for asked in ([], ["--opset", "auto"]):
        told = json.loads(expect(0, edited(code), "-o", out, "--json", *asked, stdout="{", leaves=["edited.pt", "out.onnx"]))
        if told.get("opset") != opset or operator not in told["operators"]:
            mistakes += 1
            print(f"{code}: opset {told.get('opset')}, not {opset}: {told.get('operators')}")
expect(0, edited(gelu, image), "-o", out, "-v", stderr="opset 20 is written, which has a form for aten::gelu")
expect(4, edited(volume), "-o", out, "--opset", "19", stderr="needs opset 20, asked for 19")
# What no opset has is told once, and warnings of the evaluation that did not count are not told.
expect(4, edited("torch.linalg_eigvals(argument_1)", gelu), "-o", out, stderr="linalg_eigvals")
same = edited(gelu)
if exported(same) != exported(edited(gelu), "--opset", "20"):
    mistakes += 1
    print("--opset auto writes something else than the opset that it chose")

# The plan of a quantized model.
quant = os.path.join(top, "tests/data/quant")
static = os.path.join(quant, "static.pt")
expect(0, "inspect", static, stdout="QDQ, opset 14: 8 of 10 operators on int8")
expect(0, "inspect", static, "--quant-format", "QLinear", stdout="QLinearConv")
expect(0, "inspect", os.path.join(quant, "per_channel.fp32.pt"), "--quantized",
       os.path.join(quant, "per_channel.state.pt"), stdout="DQ Conv Relu Q")
expect(0, static, "-o", out, "-v", stderr="there is no HardSwish on integers")
expect(2, "inspect", digits, "--quantized", os.path.join(quant, "per_channel.state.pt"),
       stderr="does not fit the model")
plan = json.loads(expect(0, "inspect", static, "--json", "--quant-format", "QLinear",
                         "--no-contrib-ops", stdout="{"))["plan"]
if [p["form"] for p in plan if p["operator"] == "aten::flatten"] != ["Flatten"] \
        or any("QLinearAdd" in p["form"] for p in plan) or plan[0]["arithmetic"] != "int8":
    mistakes += 1
    print("JSON:", plan)
for name, n_int8 in (("static.pt", 7), ("qat.pt", 7), ("dynamic.pt", 1), ("pt2e.pt2", 9)):
    for form in ("QDQ", "QLinear"):
        plan = json.loads(expect(0, os.path.join(top, "examples/models/digits-" + name), "-o", out, "-q", "--json",
                                 "--quant-format", form, stdout="{"))["plan"]
        found = sum(p["arithmetic"] == "int8" for p in plan)
        if found != n_int8:
            mistakes += 1
            print(f"digits-{name} as {form}: {found} operators on int8, not {n_int8}")
report = json.loads(expect(0, static, "-o", out, "-q", "--json", stdout="{"))
if len(report["plan"]) != 10 or not report["warnings"]:
    mistakes += 1
    print("JSON:", report)

# What Torch2ONNXConfig documents, over a checkpoint: what cannot be is refused, with what may be.
over = [os.path.join(quant, "per_channel.fp32.pt"), "--quantized", os.path.join(quant, "per_channel.state.pt")]
expect(0, *over, "-o", out, stderr="opset 14", leaves=["out.onnx"])
expect(0, *over, "-o", out, "--opset", "11", leaves=["out.onnx"],
       stderr="--opset 11 was asked for; QDQ with scales per channel needs 13")
expect(0, *over, "-o", out, "--opset", "11", "--quant-format", "QLinear", stderr="opset 11", leaves=["out.onnx"])
for option, value, part in (
        ("--dtype", "int4", "it may be auto, fp32 or int8"),
        ("--quant-format", "QD", "it may be QDQ or QLinear"),
        ("--recipe", "QDQ_OP", "it may be QDQ_OP_FP32_BIAS, QDQ_OP_INT32_BIAS or QDQ_OP_FP32_BIAS_QDQ"),
        ("--opset", "9", "it may be 10 to 26"),
        ("--dynamic-axes", '{"nope": {"0": "n"}}', "names nope, which is neither an input nor an output; there is x, output"),
        ("--dynamic-axes", '{"x": {"7": "n"}}', "asks for axis 7 of x, which has rank 4"),
        ("--input-names", "a,b", "--input-names holds 2 names; the model has 1 input"),
        ("--output-names", "a,b", "--output-names holds 2 names; the model has 1 output")):
    expect(2, *over, "-o", out, option, value, stderr=part, leaves=[])
expect(2, over[0], "-o", out, "--dtype", "int8", stderr="the model is not quantized", leaves=[])
expect(5, *over, "-o", os.path.join(work.name, "none", "out.onnx"), stderr="No such file or directory", leaves=[])
expect(3, over[0], "--quantized", os.path.join(work.name, "none"), "-o", out, stderr="No such file", leaves=[])
expect(3, over[0], "--quantized", work.name, "-o", out, stderr="holds neither best_model.pt", leaves=[])
expect(0, over[0], "--quantized", os.path.join(quant, "pt2e.pt2"), "-o", out, stderr="has its own graph",
       leaves=["out.onnx"])
elu = os.path.join(quant, "checkpoints")
expect(0, os.path.join(elu, "elu.fp32.pt"), "--quantized", os.path.join(elu, "v1"), "-o", out, leaves=["out.onnx"])

# Nothing is done when the result is newer than what it is made of.
model = os.path.join(work.name, "model.pt")
for model_time, out_time, skips in ((100, 200, True), (200, 200, False), (300, 200, False), (100, None, False)):
    shutil.copy(digits, model)
    if out_time:
        with open(out, "w", encoding="ascii") as file:
            file.write("old")
        os.utime(out, (out_time, out_time))
    elif os.path.exists(out):
        os.unlink(out)
    os.utime(model, (model_time, model_time))
    told = json.loads(run(model, "-o", out, "--skip-if-newer", "--json").stdout)
    with open(out, "rb") as file:
        kept = file.read() == b"old"
    if told.get("skipped", False) != skips or kept != skips:
        mistakes += 1
        print(f"--skip-if-newer, model {model_time}, result {out_time}: {told}")
os.unlink(model)
os.unlink(out)
expect(2, digits, "-o", "-", "--skip-if-newer", stderr="needs a file", leaves=[])

# Wrong use: 2.
for arguments in [[], ["-o", out], [digits, "-x"], [digits, "-qx"], [digits, digits], [digits, "--no-such"], [digits, "-o"],
                  [digits, "--opset", "x"], [digits, "--opset", "9"], [digits, "--opset", "0"], [digits, "--opset", "27"],
                  [digits, "--dtype", "fp16"], [digits, "--quant-format", "Q"],
                  [digits, "--recipe", "none"], [digits, "--input", "x=float32"],
                  [digits, "--input", "x=float33[1]"], [digits, "--input", "x=float32[1,]"],
                  [digits, "--dynamic-axes", "{"], [digits, "--dynamic-axes", '{"x": 1}'],
                  [digits, "-q", "-v"], [digits, "--json=yes"],
                  [digits, "-o", digits], [digits, "-o", out, "-o", out],
                  [digits, "--example-inputs", images, "--input", "f4[1]"]]:
    expect(2, *arguments, *([] if "-o" in arguments else ["-o", out] if arguments else []),
           stderr="inc-export: ", leaves=[])
# JSON of wrong use too; a slip gets the name that is near.
for arguments, part in (([digits, "--jsn", "--json"], "did you mean --json?"),
                        ([digits, "--dynamic-axis", "{}", "--json"], "did you mean --dynamic-axes?"),
                        ([digits, "-o", "-", "--json"], "standard output"), (["--json"], "no model is named: inc-export MODEL"),
                        ([digits, "-o", out, "--json", "--dtype", "fp16"], "auto, fp32 or int8"),
                        ([digits, "-o", out, "--json", "--input", "imag=f4[1,1,8,8]"], "did you mean image?"),
                        (["inspect", digits, "--json", "-o", out], "--output does not go with inspect")):
    message = json.loads(expect(2, *arguments, stdout="{", stderr=part, leaves=[]))
    if message["error"] != "INC_E_ARGUMENT" or part not in message["message"]:
        mistakes += 1
        print("JSON:", message)

# Names bind inputs; what inspect prints can be pasted; names of axes make them dynamic.
expect(0, digits, "-qo", out, "--input", "image=float32[1, 1, 8, 8]", stderr="", leaves=["out.onnx"])
expect(0, digits, "-o" + out, "--input", "image=float32[batch,1,8,8]", stderr="float32[batch, 1, 8, 8]")
expect(0, digits, "-o", out, "--external-data", "always", "--durable",
       leaves=["out.onnx", "out.onnx.data"])
expect(0, digits, "-o", out, "--input", "image=float32[n=5,1,8,8]", stderr="float32[n, 1, 8, 8]")
expect(0, digits, "-o", out, "--dynamic", "image:0=batch", stderr="float32[batch, 1, 8, 8]")
with open(os.path.join(work.name, "axes.json"), "w") as file:
    file.write('{"image": {"0": "batch"}}')
expect(0, digits, "-o", out, "--dynamic-axes", "@" + file.name, stderr="float32[batch, 1, 8, 8]")
expect(0, digits, "-o", out, "--input-names", "a", "--input", "a=f4[b,1,8,8]", stderr="float32[b, 1, 8, 8]")
expect(2, digits, "-o", out, "--dynamic", "image=0", stderr="like x:0=batch")
expect(2, digits, "-o", out, "--dynamic-axes", "@/no/such", stderr="cannot be read")
expect(0, "-V", stdout="inc-export ", stderr="")
expect(2, digits, "-o", out, "--dtype", "int8", stderr="not quantized", leaves=[])
for sizes in ("[5,1,8]", "[5,3,8,8]", "[5,1]"): # the inputs are wrong, not the file
    expect(2, digits, "-o", out, "--input", "image=float32" + sizes, stderr="inc-export: ", leaves=[])

# A model that does not say what it is called with gets a line to paste, which works.
def pasted(path):
    """The line as a shell takes it apart."""
    line = shlex.split(run(path, "-q", "-o", out).stderr.decode().splitlines()[-1])
    return line[1:] if line[:1] == ["inc-export"] else ["--no-line-to-paste"]


for name in ("scripted.pt", "torch113/traced.pt", "torch113/quantized_traced.pt"):
    path = os.path.join(samples, name)
    if os.path.exists(path):
        expect(0, *pasted(path), stderr="", leaves=["out.onnx"])

# Each line leads on to the next, until there is a file; an option that was typed stays.
state = os.path.join(top, "tests/data/state")
for path, lines in ((os.path.join(state, "cell_traced.pt"), 1), (os.path.join(state, "cache_core.pt2"), 1),
                    (os.path.join(state, "cell_scripted.pt"), 1), (os.path.join(state, "average_scripted.pt"), 1),
                    (os.path.join(state, "growing_scripted.pt"), 1), (os.path.join(state, "cache_scripted.pt"), 1),
                    (os.path.join(state, "mode_scripted.pt"), 2), (os.path.join(top, "tests/data/files/methods.pt"), 2)):
    words, steps = [path, "-q", "-o", os.path.join(work.name, "it's.onnx")], 0
    while (done := run(*words)).returncode in (2, 4) and steps < 4:
        words, steps = shlex.split(done.stderr.decode().splitlines()[-1])[1:], steps + 1
    expect(0, *words, leaves=["it's.onnx"] + ([] if "--state" not in words or "drop" in words else ["it's.onnx.state.npz"]))
    if steps != lines:
        mistakes += 1
        print(f"{path} is exported after {steps} lines, not {lines}")

# A module's other methods.
methods = os.path.join(top, "tests/data/files/methods.pt")
expect(2, methods, "-o", out, stderr="it has encode(x: Tensor), step(x: Tensor, n: int)", leaves=[])
expect(2, methods, "-o", out, "--method", "nope", stderr="--method NAME", leaves=[])
expect(2, methods, "-o", out, "--method", "encode", stderr="--method encode --input 'x=float32", leaves=[])
expect(0, methods, "-o", out, "--method", "encode", "--input", "x=float32[2,3]", leaves=["out.onnx"])
expect(0, methods, "-o", out, "--method", "step", "--input", "x=float32[b,3]", "--input", "n=3",
       stderr="n       int64[]", leaves=["out.onnx"])
expect(0, "inspect", methods, stdout="step(x: Tensor, n: int)")
expect(0, os.path.join(top, "tests/data/files/traced_methods.pt"), "-o", out, "--method", "encode",
       stderr="float32[2, 3]", leaves=["out.onnx"])

# Arguments that are dicts, lists and tuples, by flat names in any order; None.
custom = os.path.join(top, "tests/data/files/custom.pt2")
expect(4, custom, "-o", out, stderr="--custom-domain NAMESPACE=DOMAIN", leaves=[])
expect(0, custom, "-o", out, "--custom-domain", "myops=com.example", stderr="1 pair, 1 scale", leaves=["out.onnx"])
expect(2, custom, "-o", out, "--custom-domain", "myops", stderr="it may be like myops=com.example")
nested = os.path.join(top, "tests/data/files/nested.pt")
parts = [f"--input={name}" for name in ("t.0=float32[2]", "t.1.0=float32[2]", "t.1.1=3", "l.0=float32[2]",
                                        "l.1=float32[2]", "d.b=float32[2]", "d.a=float32[2]", "x=float32[2]")]
expect(0, nested, "-o", out, *parts, "--input=y=None", "--input=flag=False", stderr="d.a", leaves=["out.onnx"])
expect(2, nested, "-o", out, *parts[::-1], "--input=y=None", stderr="l.1 was found where l.0 was expected")
expect(2, nested, "-o", out, *parts[:-1], "--input=x=None", "--input=y=None", stderr="x is None")
recorded = nested[:-2] + "npz"
expect(2, nested, "-o", out, "--example-inputs", recorded, stderr="names out_0, which is no input")
arrays = os.path.join(work.name, "arrays.npz")
for turn, status, part in ((lambda names: names[1:] + names[:1], 0, "t.1.1"),
                           (lambda names: names[::-1], 2, "l.1 was found where l.0 was expected")):
    with zipfile.ZipFile(recorded) as source, zipfile.ZipFile(arrays, "w") as target:
        for name in turn([n for n in source.namelist() if not n.startswith("out_")]):
            target.writestr(name, source.read(name))
    expect(status, nested, "-o", out, "--example-inputs", arrays, stderr=part)

# Bytecode without code.
mobile = os.path.join(work.name, "mobile.ptl")
with zipfile.ZipFile(methods) as source, zipfile.ZipFile(mobile, "w") as target:
    for name in source.namelist():
        if "/code/" not in name:
            target.writestr(name, source.read(name))
    target.writestr("methods/bytecode.pkl", b"")
expect(4, mobile, "-o", out, stderr="without the code of its class", leaves=["mobile.ptl"])

# What cannot be read: 3. What cannot be exported: 4. What cannot be written: 5.
expect(3, os.path.join(work.name, "none.pt"), "-o", out, stderr="No such file", leaves=[])
expect(3, work.name, "-o", out, stderr="folder", leaves=[])
expect(3, os.path.join(top, "README.md"), "-o", out, stderr="text", leaves=[])
expect(3, images, "-o", out, stderr="arrays", leaves=[])
expect(3, digits, "-o", out, "--example-inputs", digits, leaves=[])
# Bytes behind a file's end are passed over, and a file that is cut off says so.
legacy = open(os.path.join(samples, "checkpoint_legacy.pt"), "rb").read()
for name, content, status, part in (("long", legacy + b"\0" * 9, 0, "state dict"), ("cut", legacy[:-3], 3, None)):
    path = os.path.join(work.name, name)
    with open(path, "wb") as file:
        file.write(content)
    expect(status, "inspect", path, stdout=part, stderr=None if part else "ends inside storage")
# Of what is no model, what it is and the one step that leads on.
for name, parts in (("checkpoint.pt", ('is a checkpoint with a state_dict at "state_dict"', ')["state_dict"]); torch.jit')),
                    ("module.pt", ("torch.nn.modules.linear.Linear", "weights_only=False")),
                    ("../quant/per_channel.state.pt", ("is a quantized state_dict", "--quantized "))):
    for part in parts:
        expect(4, os.path.join(samples, name), "-o", out, stderr=part, leaves=[])
expect(5, digits, "-o", os.path.join(work.name, "no/out.onnx"), stderr="No such file", leaves=[])
if os.path.exists("/dev/full"):
    expect(5, digits, "-o", "/dev/full", stderr="No space", leaves=[])
    with open("/dev/full", "w") as full:
        done = subprocess.run([*wrapper, command, "--help"], stdout=full, stderr=subprocess.PIPE)
        if done.returncode != 5:
            mistakes += 1
            print("--help to a full disk:", done.returncode)

# The input is not overwritten, however it is called.
model = os.path.join(work.name, "m.onnx.data")
for target, more in ((work.name + "/./m.onnx.data", []), (work.name + "/link", []),
                     (work.name + "/m.onnx", ["--external-data", "always"])):
    shutil.copy(digits, model)
    os.symlink("m.onnx.data", work.name + "/link")
    run(model, "-o", target, *more)
    if open(model, "rb").read() != open(digits, "rb").read():
        mistakes += 1
        print(target, "overwrites its input")
    expect(5, model, "-o", target, *more, stderr="is the input", leaves=["link", "m.onnx.data"])

# Neither the input nor the result is, by the page about it.
for page in (model, work.name + "/link", out):
    shutil.copy(digits, model)
    os.symlink("m.onnx.data", work.name + "/link")
    done = run(model, "-o", out, "--report", page)
    if (done.returncode != 5 or b"itself, which is not overwritten" not in done.stderr or
            open(model, "rb").read() != open(digits, "rb").read() or open(out, "rb").read(1) == b"<"):
        mistakes += 1
        print("--report", page, "overwrites a file of the same call:", done.returncode, done.stderr)
    for left in os.listdir(work.name):
        os.unlink(os.path.join(work.name, left))

# A model keeps its weights until it is replaced; then the old ones go.
run(digits, "-o", out, "--external-data", "always")
run(digits, "-o", out, "--external-data", "always")
if sorted(os.listdir(work.name)) != ["out.onnx", "out.onnx.b.data"]:
    mistakes += 1
    print("second export left", os.listdir(work.name))
expect(0, digits, "-o", out, "--external-data", "always", leaves=["out.onnx", "out.onnx.data"])
run(digits, "-o", out, "--external-data", "always")
expect(0, digits, "-o", out, leaves=["out.onnx"])

# check: whether a model can be exported, whether a file is sound; report: a page that needs nothing else.
expect(0, "check", digits, stdout="can be exported")
expect(4, "check", os.path.join(top, "tests/data/state/cell_scripted.pt"), "--input", "x=float32[2,4]",
       stderr="the model has state")
run(os.path.join(top, "examples/models/digits-static.pt"), "-o", out)
expect(0, "check", out, stdout="7 of 9 groups run on integers")
page = os.path.join(work.name, "page.html")
run(os.path.join(top, "examples/models/digits-static.pt"), "-o", out, "--report", page)
html = open(page, encoding="utf-8").read()
for part in ("stem.0", "quantized::conv2d_relu", "DequantizeLinear", "</html>"):
    if part not in html:
        mistakes += 1
        print("the report lacks", part)
# Of a file that is there already, it says the same of the operators as on the export, FP32 or not.
run(digits, "-o", out)
if run("report", digits, out, "-o", page).returncode != 0 or "digits.py:62" not in open(page, encoding="utf-8").read():
    mistakes += 1
    print("the report of an FP32 file lacks the lines of its operators")
expect(3, "report", "/no/such.pt", out, "-o", page, stderr="cannot open /no/such.pt")
run(os.path.join(top, "examples/models/digits-static.pt"), "-o", out)
for part in ("http://", "https://", "<script src", "<link", "@import"):
    if part in html.replace("http://www.w3.org", ""):
        mistakes += 1
        print("the report fetches:", part)
whole = open(out, "rb").read()
open(out, "wb").write(whole[:500])
expect(3, "check", out, stderr="reaches beyond its end")

# Limits.
expect(4, digits, "-o", out, "--memory-limit", "64K", stderr="limit of 64 KiB", leaves=[])
expect(4, digits, "-o", out, "--work-limit", "10K", stderr="limit of 10240 units", leaves=[])
expect(4, digits, "-o", out, "--work-limit", "10K", stderr="raise --work-limit", leaves=[])

# What a stranger is told.
expect(2, "check", stderr="no file is named: inc-export check FILE")
expect(3, "verify", digits, os.path.join(work.name, "none.onnx"), stderr="none.onnx cannot be opened: No such")
expect(3, "report", digits, stderr="inc-export " + digits + " -o OUT.onnx")
expect(3, digits, "-o", out, "--example-inputs", os.path.join(top, "README.md"), stderr="as numpy.savez writes it")
expect(2, "-", stderr="standard input")
expect(2, "inspct", digits, stderr="did you mean the command inspect?")
expect(2, digits, "-o", work.name, stderr=f"say --out-dir {work.name}")
expect(2, digits, "-o", out, "--dynamic", "image:9=b", stderr="asks for axis 9 of image, which has rank 4\n")
expect(2, digits, "-o", out, "--program", "train", stderr="a TorchScript file has no programs")
expect(3, digits, "-o", out, "--verify", "--ort", "/no/such.so", stderr="/no/such.so")
expect(3, digits, "--quantized", "/no/such", stderr="inc-export: cannot open /no/such")

# What is asked for and cannot be is said, where it is no error.
expect(0, digits, "-o", out, "--quant-format", "qlinear", stderr="--quant-format has no effect")
expect(0, digits, "-o", out, "--output-names", "image", stderr="that was to be called image is image.1")
onnx = os.path.join(top, "examples/models/digits.onnx")
expect(2, onnx, stderr="has the name of the result")
expect(5, "report", onnx, "-o", os.path.join(work.name, "none", "x.html"), stderr="No such file or directory")

error = json.loads(expect(3, "inspect", "/no/such", "--json", stdout="INC_E_IO", stderr="/no/such"))
if error["error"] != "INC_E_IO":
    mistakes += 1

work.cleanup()
print(f"{mistakes} mistakes")
sys.exit(mistakes > 0)
