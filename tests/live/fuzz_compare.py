#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs what the fuzzer of sizes exported, and says what differs: fuzz_compare.py DIR [--quiet]

Reads lines `NAME EXIT_STATUS`; DIR/NAME/model.onnx is run at every recorded size with ONNX Runtime's optimizations off
and on. A model that differs where the export warned counts apart: that was said. The folders of models that are right or
refused are removed. Ends with counts, by kind of what went wrong.
"""
import argparse
import collections
import os
import pathlib
import re
import shutil
import sys

import numpy

sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
import onnx  # noqa: E402
import onnxruntime  # noqa: E402

LEVELS = {"off": onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL, "on": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL}


def arrays(path):
    with numpy.load(path) as f:
        return {name: f[name] for name in f.files}


def unlike(wanted, got):
    """ONNX Runtime has 0 for the mean of nothing, where PyTorch has NaN."""
    for (name, want), have in zip(wanted.items(), got):
        if want.shape == have.shape and want.dtype.kind == "f":
            have = numpy.where(numpy.isnan(want) & (have == 0), want, have)
        if want.dtype != have.dtype:
            return f"{name} is {have.dtype}, not {want.dtype}"
        if want.shape != have.shape:
            return f"{name} has the shape {list(have.shape)}, not {list(want.shape)}"
        if want.size and not numpy.allclose(have, want, 1e-3, 1e-4, equal_nan=True):
            return f"{name} differs"
    return None


def judge(folder, with_nothing=True):
    """What is wrong, as (kind, details); with_nothing: at sizes of 0 as well."""
    path = str(folder / "model.onnx")
    try:
        onnx.checker.check_model(path, full_check=True)
    except Exception as error:  # noqa: BLE001
        return "checker", str(error).strip().splitlines()[0]
    wrong = {}
    for level, value in LEVELS.items():
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = 1
        options.graph_optimization_level = value
        try:
            session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        except Exception as error:  # noqa: BLE001
            wrong[level, -1] = f"loading: {str(error).strip().splitlines()[0]}"
            continue
        names = {i.name for i in session.get_inputs()}
        for k in range(len(list(folder.glob("inputs_*.npz")))):
            given = arrays(folder / f"inputs_{k}.npz")
            if 0 in given["in_0"].shape and not with_nothing:
                continue
            sizes = "x".join(str(s) for s in given["in_0"].shape[:2])
            feed = {name: a for name, a in given.items() if name in names}
            try:
                found = unlike(arrays(folder / f"expected_{k}.npz"), session.run(None, feed))
            except Exception as error:  # noqa: BLE001
                found = f"running: {str(error).strip().splitlines()[0]}"
            if found:
                wrong[level, k] = f"{sizes}: {found}"
    if not wrong:
        return None, ""
    off, on = ({k for level, k in wrong if level == which} for which in ("off", "on"))
    kind = "by optimizations" if on - off else "at the example" if 0 in off else "at other sizes"
    first = next(iter(wrong.items()))
    return kind, f"optimizations {first[0][0]}, {first[1]}"


def judge_apart(folder, with_nothing=True):
    """The same in a process of its own: the runtime may crash, and does where TopK has no rows."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        with os.fdopen(write, "w") as out:
            out.write("\n".join(text or "" for text in judge(folder, with_nothing)))
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as said:
        text = said.read()
    status = os.waitpid(child, 0)[1]
    if status and with_nothing:
        kind, details = judge_apart(folder, False)
        return kind or "right but for a crash of the runtime on nothing", details
    if status:
        return "crash", f"the runtime ended with status {status:#x}"
    kind, _, details = text.partition("\n")
    return kind or None, details


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--quiet", action="store_true", help="do not print programs")
    arguments = parser.parse_args()
    onnxruntime.set_default_logger_severity(4)
    counts, reasons = collections.Counter(), collections.Counter()
    for line in sys.stdin:
        name, status = line.split()
        folder = arguments.directory / name
        said = (folder / "log").read_text(errors="replace").strip()
        if status == "4":
            counts["refused"] += 1
            reasons[re.sub(r"\d+", "N", said.splitlines()[0].split(": ", 3)[-1])[:160]] += 1
            kind = None
        elif status != "0":
            kind, details = "export fails", said[:300]
        else:
            kind, details = judge_apart(folder)
            counts["right"] += kind is None
        if kind and kind.startswith("right"):
            counts[kind] += 1
            kind = None
        if kind:
            kind += ", as the export warned" if "warning:" in said and status == "0" else ""
            counts[kind] += 1
            print(f"{name}: {kind}: {details[:300]}", flush=True)
            if not arguments.quiet and "warned" not in kind:
                print((folder / "program.py").read_text(), said, flush=True)
        else:
            shutil.rmtree(folder)
    for reason, n in reasons.most_common(12):
        print(f"refused {n}: {reason}")
    print("total " + ", ".join(f"{n} {kind}" for kind, n in counts.most_common()))
    return any("warned" not in kind and not kind.startswith(("right", "refused")) for kind in counts)


if __name__ == "__main__":
    sys.exit(main())
