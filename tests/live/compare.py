#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs exported models in ONNX Runtime and compares the answers with PyTorch's: compare.py DIR [--keep] [--refusals]

Reads lines `NAME OPSET EXIT_STATUS` as exports end; the file is DIR/NAME/OPSET.onnx, and where the status is not zero
what inc-export said is in DIR/NAME/OPSET.log. Each file goes through onnx.checker (full check) and is run at both
sizes that models.py recorded; types and shapes have to be equal, numbers close. At the opset of models.py --stats the
file may not have more nodes than what torch.onnx.export makes of the same model (its constants and the Identity nodes
that stand for shared initializers not counted), but where MORE_NODES says why. Files that passed are removed unless --keep. A table is printed, then
details of what failed, and at last a line `N passed, N failed`.
"""

import argparse
import json
import os
import pathlib
import sys

import numpy

# Debian's onnx and onnxruntime share a library and complain about each other at length, on the process's stderr.
# Python's own messages keep theirs.
sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
import onnx  # noqa: E402
import onnxruntime  # noqa: E402

RTOL, ATOL = 1e-3, 1e-4
UNSUPPORTED = "4"  # the command's exit status
MORE_NODES = {
    "passed_through": "an input that is several outputs is one Identity for each; torch.onnx drops the outputs",
    "double_precision": "ONNX Runtime fuses transposed products of doubles into an operator that it does not have",
    "pooling_other_ranks": "ONNX Runtime divides wrongly where it fuses padding into average pooling",
}


class Wrong(Exception):
    pass


def arrays(path, prefix):
    with numpy.load(path) as f:
        return [f[f"{prefix}_{i}"] for i in range(len(f.files))]


def largest_error(actual, expected, tolerance, what):
    """How far the worst number is off, as a share of what is tolerated."""
    if len(actual) != len(expected):
        raise Wrong(f"{what}: {len(actual)} outputs instead of {len(expected)}")
    rtol, atol = tolerance
    worst = 0.0
    for i, (a, e) in enumerate(zip(actual, expected)):
        a = numpy.asarray(a)
        if a.dtype != e.dtype or a.shape != e.shape:
            raise Wrong(f"{what}, output {i}: {a.dtype}{list(a.shape)} instead of {e.dtype}{list(e.shape)}")
        if not e.size:
            continue
        if e.dtype.kind in "biu":
            if (a != e).any():
                raise Wrong(f"{what}, output {i}: {(a != e).sum()} of {e.size} integers differ")
            continue
        same = (a == e) | (numpy.isnan(a) & numpy.isnan(e))
        with numpy.errstate(invalid="ignore"):
            off = numpy.where(same, 0, numpy.abs(a - e) / (atol + rtol * numpy.abs(e)))
        off = numpy.nan_to_num(off, nan=numpy.inf)
        if off.max() > 1:
            at = numpy.unravel_index(off.argmax(), off.shape)
            raise Wrong(f"{what}, output {i}: {(off > 1).sum()} of {e.size} differ; {a[at]} instead of {e[at]} "
                        f"at {[int(x) for x in at]}")
        worst = max(worst, float(off.max()))
    return worst


def check(directory, meta, opset, report):
    path = directory / f"{opset}.onnx"
    try:
        onnx.checker.check_model(str(path), full_check=True)
    except Exception as e:  # noqa: BLE001 - the checker raises several kinds
        raise Wrong(f"checker: {str(e).strip().splitlines()[0]}") from e
    model = onnx.load(str(path), load_external_data=False)
    used = {o.domain: o.version for o in model.opset_import}
    if used.get("", opset) != opset:
        raise Wrong(f"opset {used['']} in the file")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    except Exception as e:  # noqa: BLE001
        raise Wrong(f"loading: {str(e).strip().splitlines()[0]}") from e
    wanted = {i.name for i in session.get_inputs()}
    for k in range(meta.get("sizes", 2)):
        feed = {f"in_{i}": a for i, a in enumerate(arrays(directory / f"inputs_{k}.npz", "in"))}
        if not wanted <= feed.keys():
            raise Wrong(f"inputs {sorted(wanted)}")
        try:
            actual = session.run(None, {name: a for name, a in feed.items() if name in wanted})
        except Exception as e:  # noqa: BLE001
            raise Wrong(f"running at size {k}: {str(e).strip().splitlines()[0]}") from e
        error = largest_error(actual, arrays(directory / f"expected_{k}.npz", "out"), meta["tolerance"] or (RTOL, ATOL),
                              f"size {k}")
        report["error"] = max(report["error"], error)
    stats = meta.get("torch_onnx", {})
    if opset == stats.get("opset", opset):
        report["nodes"] = len(model.graph.node)
        report["torch_nodes"] = stats.get("nodes_at_work")


class Row:
    def __init__(self, name):
        self.name, self.results, self.failures = name, [], []
        self.report = {"error": 0.0, "nodes": None, "torch_nodes": None}

    def more_nodes(self):
        nodes, theirs = self.report["nodes"], self.report["torch_nodes"]
        return nodes is not None and theirs is not None and nodes > theirs and self.name not in MORE_NODES

    def print(self):
        nodes, theirs = self.report["nodes"], self.report["torch_nodes"]
        count = f"{nodes or '-':>5} {theirs or '-':>5}{' more' if self.more_nodes() else ''}"
        print(f"{self.name:36}", *(f"{r:8}" for r in self.results), f"{self.report['error']:8.4f} {count}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--keep", action="store_true", help="leave the files of models that passed")
    parser.add_argument("--nodes-may-exceed", action="store_true", help="print node counts, but do not fail by them")
    parser.add_argument("--refusals", action="store_true", help="list what is refused as unsupported apart")
    args = parser.parse_args()
    onnxruntime.set_default_logger_severity(4)
    rows, failed, passed, refused = [], 0, 0, []
    print("opset, result; largest error as a share of the tolerance; nodes, torch.onnx's nodes")
    for line in sys.stdin:
        name, opset, status = line.split()
        if not rows or rows[-1].name != name:
            if rows:
                rows[-1].print()
            rows.append(Row(name))
        row, directory = rows[-1], args.directory / name
        try:
            if status == UNSUPPORTED and args.refusals:
                refused.append((directory / f"{opset}.log").read_text(errors="replace").strip().splitlines()[0])
                continue
            if status != "0":
                said = (directory / f"{opset}.log").read_text(errors="replace").strip()
                raise Wrong(f"export ended with {status}: {said[:2000]}")
            check(directory, json.loads((directory / "meta.json").read_text()), int(opset), row.report)
            row.results.append(f"{opset} ok")
            passed += 1
            if not args.keep:
                for old in directory.glob(f"{opset}.onnx*"):
                    old.unlink()
        except Wrong as e:
            row.results.append(f"{opset} FAIL")
            row.failures.append((opset, str(e)))
            failed += 1
    if rows:
        rows[-1].print()
    print()
    for row in rows:
        for text in dict.fromkeys(text for _, text in row.failures):
            print(f"{row.name} at opset {', '.join(o for o, t in row.failures if t == text)}: {text}")
    longer = [row for row in rows if row.more_nodes()]
    for row in longer:
        print(f"{row.name}: {row.report['nodes']} nodes, torch.onnx needs {row.report['torch_nodes']}")
    if not args.nodes_may_exceed:
        failed += len(longer)
    for text in sorted(set(text.split(": ", 2)[-1] for text in refused)):
        print(f"refused: {text}")
    print(f"{passed} passed, {failed} failed" + (f", {len(refused)} refused" if args.refusals else ""))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
