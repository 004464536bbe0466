#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Config files, several models, dry runs, and what a terminal is shown: test_options.py COMMAND TOP"""
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import time

command, top = sys.argv[1:3]
wrapper = os.environ.get("INC_EXE_WRAPPER", "").split()
models = os.path.join(top, "examples", "models")
digits = os.path.join(models, "digits.pt")
static = os.path.join(models, "digits-static.pt")
mistakes = 0


def wrong(*what):
    global mistakes
    mistakes += 1
    print(*what)


def run(*arguments, **more):
    done = subprocess.run([*wrapper, command, *arguments], capture_output=True, timeout=60, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def expect(status, *arguments, out="", err=None):
    got, told, complained = run(*arguments)
    if got != status or (out not in told if out else told) or (err is not None and err not in complained):
        wrong(f"inc-export {' '.join(arguments)}: {got}, not {status}; should say {out!r} and {err!r}:\n{told}\n{complained}")
    return told


def on_terminal(*arguments, wait=0.0, **environment):
    """What a terminal sees of standard error, and standard output, which is read after a while."""
    ours, theirs = pty.openpty()
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
    child = subprocess.Popen([*wrapper, command, *arguments], stdout=subprocess.PIPE, stderr=theirs,
                             env={**env, "TERM": "xterm", **environment})
    os.close(theirs)
    time.sleep(wait)
    told, seen = child.stdout.read(), b""
    child.wait()
    try:
        while more := os.read(ours, 65536):
            seen += more
    except OSError:
        pass
    os.close(ours)
    return seen.decode(), told


with tempfile.TemporaryDirectory() as work:
    out, config = os.path.join(work, "out.onnx"), os.path.join(work, "net.json")

    def by_config(content, *arguments):
        with open(config, "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        return (digits, "-o", out, "--config", config, *arguments)

    # ---- a config file says what options say ----
    keys = {"opset_version": 17, "dtype": "fp32", "input_names": ["in"], "output_names": "scores", "producer": "us",
            "dynamic_axes": {"in": {"0": "ba\"tch"}}, "metadata": {"author": "me", "who": "x"}, "memory_limit": "512M",
            "work_limit": 4000000000, "external_data": "auto", "durable": True, "allow_contrib_ops": True, "state": "fail",
            "names": "torch", "program": None, "method": "forward", "strict": True, "unroll_limit": 7,
            "integer_kernels": True}
    options = ["--opset", "17", "--dtype", "fp32", "--input-names", "in", "--output-names", "scores", "--producer", "us",
               "--dynamic-axes", '{"in": {"0": "ba\\"tch"}}', "--metadata", "author=me", "--metadata", "who=x",
               "--memory-limit", "512M", "--work-limit", "4000000000", "--durable", "--method", "forward",
               "--strict", "--unroll-limit", "7", "--integer-kernels"]
    written = []
    for arguments in ((digits, "-q", "-o", out, *options), (*by_config(keys), "-q")):
        expect(0, *arguments, err="")
        with open(out, "rb") as file:
            written.append(file.read())
    if written[0] != written[1] or b"scores" not in written[0] or b'ba"tch' not in written[0]:
        wrong("a config file gives another model than the options")
    plan = json.loads(expect(0, "inspect", static, "--json", "--config", by_config({"allow_contrib_ops": False,
        "quant_format": "QLinear", "producer": "is nothing to inspect"})[4], out="{"))["plan"]
    if any("QLinearAdd" in p["form"] for p in plan) or not any("QLinearConv" in p["form"] for p in plan):
        wrong("allow_contrib_ops, quant_format:", plan)
    expect(0, *by_config({"example_inputs": ["image=float32[5,1,8,8]"]}), err="float32[5, 1, 8, 8]")
    expect(0, *by_config({"example_inputs": ["image=float32[5,1,8,8]"]}, "--input", "image=float32[6,1,8,8]"),
           err="float32[6, 1, 8, 8]")
    expect(0, *by_config({"opset_version": 17}, "--opset", "15"), err="opset 15")
    expect(0, *by_config({"opset_version": "auto", "dynamic_axes": {"image": [0]}}, "--dynamic", "image:0=n"), err="float32[n,")
    told = json.loads(expect(0, *by_config({"metadata": {"a": "file", "b": "file"}}, "--metadata", "a=line", "--json"), out="{"))
    with open(out, "rb") as file:
        data = file.read()
    if data.count(b"file") != 1 or b"line" not in data:
        wrong("metadata of a file and of the command line", told)
    for content, part in (({"opset": 17}, 'did you mean "opset_version"?'), ({"qunat_format": "QDQ"}, '"quant_format"?'),
                          ({"zzzzzzzz": 1}, 'there is no key "zzzzzzzz"'), ('{"dtype": "fp32", "dtype": "int8"}', "stands there twice"),
                          ({"opset_version": 9}, 'net.json: opset_version is "9"; it may be 10 to 26 or auto'),
                          ({"dtype": 4}, "dtype may be auto, fp32 or int8"), ({"dtype": "fp16"}, "auto, fp32 or int8"),
                          ({"durable": 1}, "true or false"), ({"input_names": [1]}, "a list of texts"), ("[]", "holds no object"),
                          ("{", "parse error"), ("{\"a\": \x01}", "lexical error"), ("[" * 100000, "nested too deeply"),
                          ({"dynamic_axes": 1}, "may be an object"), ({"metadata": {"a": 1}}, "an object of texts"),
                          ({"dynamic_axes": {"a": 5}}, 'net.json: dynamic_axes: the axes of "a" are a number'),
                          ({"custom_domains": {"a": 1}}, '{"myops": "com.example"}'), ({"log_lvl": 1}, 'mean "log_level"?'),
                          ({"log_level": 4}, '"error", "warning", "info" or "debug"'), ({"target": "tensorrt"}, "the only target"),
                          ({"output": "x"}, "say --output on the command line"), ({"verbose": 1}, 'mean "log_level"?'),
                          ({"input": []}, 'mean "example_inputs"?'), ({"no_contrib_ops": True}, 'mean "allow_contrib_ops"?')):
        expect(2, *by_config(content), err=part)
    # Each field of the config is a key, or is told why it is none.
    with open(os.path.join(top, "include", "incexport", "config.h"), encoding="utf-8") as file:
        struct = re.search(r"typedef struct Torch2ONNXConfig \{(.*?)\n\} Torch2ONNXConfig;", file.read(), re.S).group(1)
    fields = re.findall(r"(\w+);", re.sub(r"/\*.*?\*/", "", struct, flags=re.S))
    told = [(f, run(*by_config({f: [{}]}))[2]) for f in fields]
    for field, said in told:
        if f"{field} cannot stand in a file: it is " not in said and f"net.json: {field} may be " not in said:
            wrong("the key", field, "is not told of:", said)
    if len(fields) < 40 or sum("cannot stand" in said for _, said in told) > len(fields) // 2:
        wrong("fields of the config:", told)
    expect(0, *by_config({"log_level": "error", "target": "generic", "custom_domains": {"myops": "com.example"}}), err="")
    if "debug: " not in run(*by_config({"log_level": "debug"}))[2] or run(*by_config({"log_level": "debug"}, "-q"))[2]:
        wrong("log_level is that of the file, and the command line's where that has one")
    expect(2, digits, "--config", os.path.join(work, "none"), err="cannot be read")

    # ---- nothing is written, or nothing is replaced ----
    dry = os.path.join(work, "dry")
    os.mkdir(dry)
    name = os.path.join(dry, "out.onnx")
    expect(0, digits, "-n", "-o", name, err="would be written, opset 14")
    expect(0, digits, "-nq", "-o", name, err="")
    told = json.loads(expect(0, digits, "-n", "-o", name, "--json", "--external-data", "always", out="{"))
    real = json.loads(expect(0, digits, "-o", out, "--json", "--external-data", "always", out="{"))
    if told["written"] or not real["written"] or any(told[k] != real[k] for k in ("external_bytes", "nodes", "operators")):
        wrong("a dry run tells other numbers:", told, real)
    expect(4, os.path.join(top, "tests/data/samples/checkpoint.pt"), "-n", "-o", name, err="state_dict")
    expect(5, digits, "-n", "-o", os.path.join(dry, "none", "out.onnx"), err="No such file")
    expect(2, digits, "-n", "--verify", "-o", name, err="--dry-run writes nothing")
    if os.listdir(dry):
        wrong("a dry run leaves", os.listdir(dry))
    with open(name, "w", encoding="ascii") as file:
        file.write("old")
    expect(5, digits, "--no-clobber", "-o", name, err="is there already")
    expect(5, *by_config({"no_clobber": True})[:1], "--config", config, "-o", name, err="-y replaces it")
    expect(2, digits, "--no-clobber", "-y", "-o", name, err="exclude each other")
    with open(name, encoding="ascii") as file:
        if file.read() != "old":
            wrong("--no-clobber replaces")
    expect(0, digits, "-qy", "--config", config, "-o", name)
    if os.path.getsize(name) < 1000:
        wrong("-y does not replace")

    # ---- several models ----
    folder, bad = os.path.join(work, "many"), os.path.join(top, "tests/data/samples/checkpoint.pt")
    expect(4, digits, bad, static, "--out-dir", folder, err="inc-export: 2 exported, 1 failed: " + bad)
    if sorted(os.listdir(folder)) != ["digits-static.onnx", "digits.onnx"]:
        wrong("--out-dir has", os.listdir(folder))
    list_of = json.loads(expect(4, digits, bad, static, "--out-dir", folder, "--json", out="["))
    if [m["model"] for m in list_of] != [digits, bad, static] or list_of[1]["error"] != "INC_E_UNSUPPORTED" \
            or list_of[2]["opset"] != 14 or not list_of[2]["warnings"] or list_of[0]["warnings"]:
        wrong("JSON of several:", list_of)
    expect(0, digits, static, "--out-dir", folder, "--skip-if-newer", err="inc-export: 2 exported")
    expect(3, os.path.join(work, "none.pt"), bad, "--out-dir", folder, err="0 exported, 2 failed")
    expect(0, digits, static, "-n", "--out-dir", os.path.join(work, "new"), err="2 would be exported")
    if os.path.exists(os.path.join(work, "new")):
        wrong("a dry run makes folders")
    got, told, complained = run("check", digits, bad, os.path.join(folder, "digits.onnx"))
    if got != 4 or told.count(": can be exported") != 1 or "2 good, 1 not: " + bad not in complained:
        wrong("check of several:", got, told, complained)
    if [m["file"] for m in json.loads(expect(0, "inspect", digits, static, "--json", out="["))] != [digits, static]:
        wrong("inspect of several")
    expect(2, digits, "net.onnx", err=f"the result is named with -o: inc-export {digits} -o net.onnx")
    expect(2, digits, digits, "--out-dir", folder, err="would both be written to")
    expect(2, digits, static, "-o", out, err="--output goes with one model")
    expect(2, digits, static, "--quantized", bad, err="--quantized goes with one model")
    expect(2, digits, "-o", out, "--out-dir", folder, err="exclude each other")
    expect(2, "verify", digits, out, out, err="verify takes a model and an ONNX file, not 3 files")
    expect(5, digits, static, "--out-dir", os.path.join(digits, "folder"), err="cannot be made")

    # ---- on a terminal ----
    for environment, has_color in (({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)):
        if ("\033[" in on_terminal("none.pt", **environment)[0]) != has_color:
            wrong("colors with", environment)
    if "\033" in run("none.pt")[2] or "\033" in run("check", digits)[1]:
        wrong("colors without a terminal")
    # Standard output is read late: writing takes more than a second.
    for more, is_shown in (([], True), (["-q"], False)):
        seen, data = on_terminal(digits, "-o", "-", *more, wait=1.6)
        if ("writing [" in seen) != is_shown or (is_shown and " of 8" not in seen) or len(data) < 80000:
            wrong("progress with", more, ":", repr(seen), len(data))
    if "writing [" in on_terminal(digits, "-o", "-", wait=1.6, TERM="dumb")[0]:
        wrong("progress on a dumb terminal")

print(f"{mistakes} mistakes")
sys.exit(mistakes > 0)
