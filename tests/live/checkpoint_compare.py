#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares exports over a checkpoint with those of the same model as int8 TorchScript: checkpoint_compare.py DIR

Reads lines `NAME FORMAT SOURCE EXIT_STATUS` as exports end: FORMAT is QDQ or QLinear, SOURCE fp32.pt or fp32.pt2 (with
state.pt laid over it) or int8.pt; the file is DIR/NAME/SOURCE.FORMAT.onnx, and what inc-export said is beside it with
.log. int8.pt comes first. A file over a checkpoint has to be

    same     the graph that int8.pt gave: the same operators on the same constants, whatever they are called; or
    equal    another graph that has every quantized weight of it and gives the same answers; or
    near     likewise, and answers within a step (dynamic: 3 % of the range) of PyTorch's

and PyTorch's answers are never further away than that, unless int8.pt's file is as far. Files that passed are removed
unless --keep. A table is printed, then details of what failed, and at last a line `N passed, N failed`.
"""

import argparse
import hashlib
import json
import os
import pathlib
import sys

import numpy

sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
import onnx  # noqa: E402
import onnxruntime  # noqa: E402

SAMPLES = 4


class Wrong(Exception):
    pass


def digest(*parts):
    h = hashlib.sha256()
    for part in parts:
        h.update(part if isinstance(part, bytes) else repr(part).encode())
        h.update(b"\0")
    return h.digest()


def structure(model):
    """What the outputs are, whatever nodes and values are called, and how many nodes there are."""
    known = {"": b""}
    for i, value in enumerate(model.graph.input):
        known[value.name] = digest("input", i)
    for t in model.graph.initializer:
        a = onnx.numpy_helper.to_array(t)
        known[t.name] = digest("constant", a.dtype.str, a.shape, a.tobytes())

    def attribute(a):
        if a.HasField("g"):
            return digest(a.name, a.g.SerializeToString())
        return a.SerializeToString()

    for n in model.graph.node:
        h = digest(n.domain, n.op_type, sorted(attribute(a) for a in n.attribute), [known.get(i) for i in n.input])
        for i, o in enumerate(n.output):
            known[o] = digest(h, i)
    return [known[o.name] for o in model.graph.output], len(model.graph.node)


def integers(model):
    """Digests of all int8 and uint8 initializers of more than one element."""
    found = []
    for t in model.graph.initializer:
        a = onnx.numpy_helper.to_array(t)
        if a.dtype in (numpy.int8, numpy.uint8) and a.size > 1:
            if a.any():  # no zero points
                found.append(digest(numpy.sort(a.ravel()).tobytes()))
    return set(found)


def run(path, inputs, meta):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    # fused kernels round otherwise, and one model differently from another with the same operators
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    return [session.run(None, {n: inputs[f"in_{i}_{k}"] for i, n in enumerate(names)}) for k in range(SAMPLES)]


def smallest_step(a):
    """The grid that all numbers lie on, or 0."""
    a = numpy.unique(a[numpy.isfinite(a)])
    gaps = numpy.diff(a)
    gaps = gaps[gaps > 1e-7 * max(1e-30, numpy.abs(a).max())] if a.size else gaps
    if not gaps.size:
        return 0.0
    step = gaps.min()
    on_grid = numpy.abs(a / step - numpy.round(a / step)).max() < 0.02
    return float(step) if on_grid else 0.0


def distance(actual, expected, meta):
    """In steps of the output's scale, or for floats in hundredths of the range. Dynamic: in three of them, because
    PyTorch's qnnpack takes all 8 bits where a checkpoint is exported for the 7 that its engines for x86 take."""
    worst = 0.0
    for i in range(len(actual[0])):
        want = numpy.concatenate([expected[f"out_{i}_{k}"].ravel() for k in range(SAMPLES)]).astype(float)
        have = numpy.concatenate([actual[k][i].ravel() for k in range(SAMPLES)]).astype(float)
        if want.size != have.size:
            raise Wrong(f"output {i}: {have.size} numbers instead of {want.size}")
        step = 0.0 if meta["dynamic"] else smallest_step(want)
        step = step or (want.max() - want.min()) * (0.03 if meta["dynamic"] else 0.01)
        worst = max(worst, float(numpy.abs(want - have).max() / step) if step else float((want != have).any()))
    return worst


def check(directory, kind, source, base):
    path = directory / f"{source}.{kind}.onnx"
    try:
        onnx.checker.check_model(str(path), full_check=kind == "QDQ")
    except Exception as e:  # noqa: BLE001
        raise Wrong(f"checker: {str(e).strip().splitlines()[0]}") from e
    model = onnx.load(str(path))
    meta = json.loads((directory / "meta.json").read_text())
    inputs, expected = numpy.load(directory / "inputs.npz"), numpy.load(directory / "expected.npz")
    try:
        answers = run(path, inputs, meta)
    except Exception as e:  # noqa: BLE001
        raise Wrong(f"running: {str(e).strip().splitlines()[0]}") from e
    found = {"structure": structure(model), "integers": integers(model), "answers": answers,
             "off": distance(answers, expected, meta)}
    if base is None:
        return found, f"{found['off']:.2f}"
    missing = base["integers"] - found["integers"]
    if missing:
        raise Wrong(f"{len(missing)} of {len(base['integers'])} quantized weights are not those of int8.pt's")
    if base["structure"] == found["structure"]:
        return found, "same"
    equal = all(numpy.array_equal(a, b) for x, y in zip(answers, base["answers"]) for a, b in zip(x, y))
    verdict = f"{'equal' if equal else 'near'} {found['off']:.2f} {found['structure'][1]}/{base['structure'][1]}"
    if not equal and found["off"] > max(1.01, base["off"] * 1.01):
        raise Wrong(f"answers are {found['off']:.2f} steps from PyTorch's; int8.pt's file {base['off']:.2f}")
    return found, verdict


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    onnxruntime.set_default_logger_severity(4)
    passed, failures, base, row, last = 0, [], {}, [], None

    def end_row():
        if row:
            print(f"{last:28}", *(f"{r:26}" for r in row), flush=True)
            row.clear()

    for line in sys.stdin:
        name, kind, source, status = line.split()
        directory = args.directory / name
        if name != last:
            end_row()
            base.clear()
            last = name
        try:
            if status != "0":
                said = (directory / f"{source}.{kind}.log").read_text(errors="replace").strip()
                raise Wrong(f"export ended with {status}: {said[:1500]}")
            found, verdict = check(directory, kind, source, base.get(kind) if source != "int8.pt" else None)
            if source == "int8.pt":
                base[kind] = found
            passed += 1
            row.append(f"{source} {kind[:2]} {verdict}")
            if not args.keep:
                (directory / f"{source}.{kind}.onnx").unlink()
        except Wrong as e:
            row.append(f"{source} {kind[:2]} FAIL")
            failures.append(f"{name} {source} {kind}: {e}")
    end_row()
    print()
    print("\n".join(failures))
    print(f"{passed} passed, {len(failures)} failed")
    return bool(failures) or passed == 0


if __name__ == "__main__":
    sys.exit(main())
