#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the models of the live test with the PyTorch that runs it: models.py OUT [--only PATTERN] [--quick] [--stats]

For each case of zoo/ that this PyTorch can build, OUT/<name>/ gets

    model.pt                       the traced or scripted module
    inputs_0.npz, expected_0.npz   the example inputs (in_0, in_1, ... in forward order) and the answers (out_0, ...)
    inputs_1.npz, expected_1.npz   the same at other sizes on every dynamic axis
    dynamic_axes.json, input_names the same two options of inc-export
    meta.json                      lowest opset and so on, and with --stats what torch.onnx.export makes of it

and OUT/selection the names, in order.

Answers are those of the saved module, so that what tracing made constant is constant on both sides; where the Python
module answers differently at the second size, that is printed. Directories written from the same sources are kept.
"""

import argparse
import contextlib
import fnmatch
import hashlib
import importlib
import io
import json
import os
import pathlib
import shutil
import sys
import threading
import time
import traceback
import warnings

import numpy
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zoo  # noqa: E402

FAMILIES = ("layers", "nets", "scripted", "vision", "language")
STATS_OPSET = 17


def load_cases():
    """Every case of the table, each with a digest of what its files are made from."""
    here = pathlib.Path(__file__)
    common = torch.__version__.encode() + here.read_bytes() + (here.parent / "zoo/__init__.py").read_bytes()
    for family in FAMILIES:
        known = set(zoo.CASES)
        source = importlib.import_module(f"zoo.{family}").__file__
        digest = hashlib.sha256(common + pathlib.Path(source).read_bytes()).hexdigest()[:16]
        for name in zoo.CASES.keys() - known:
            zoo.CASES[name].digest = digest
    return list(zoo.CASES.values())


def flatten(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, (list, tuple)) or hasattr(value, "__iter__"):
        return [tensor for item in value for tensor in flatten(item)]
    if value is None:
        return []
    return [torch.tensor(value)]


def unsettle(module):
    """Gives every parameter that is constant (zero biases, unit scales, 1e-6 layer scales) values that matter."""
    for p in module.parameters():
        if p.is_floating_point() and p.numel() > 1 and p.min() == p.max():
            if p.flatten()[0].abs() < 0.1:
                p.data.normal_(0, 0.1)
            else:
                p.data.mul_(torch.rand_like(p) + 0.5)


def settle_statistics(module, inputs):
    """Runs batch normalisations in training mode on the example, so that activations keep their scale."""
    norms = [m for m in module.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)
             or isinstance(m, torch.nn.modules.instancenorm._InstanceNorm) and m.track_running_stats]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.train()
        norm.momentum = 0.5
    if norms:
        for k in (0, 1, 0, 1):
            module(*inputs[k])
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum
    module.eval()


def save_arrays(path, prefix, tensors):
    numpy.savez(path, **{f"{prefix}_{i}": t.detach().contiguous().numpy() for i, t in enumerate(tensors)})


class PeakMemory(threading.Thread):
    """Peak resident memory of this process above what it was at the start, by looking every few milliseconds."""

    def __init__(self):
        super().__init__(daemon=True)
        self.done = threading.Event()

    @staticmethod
    def resident():
        with open("/proc/self/statm", encoding="ascii") as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def run(self):
        self.base = self.peak = self.resident()
        while not self.done.wait(0.005):
            self.peak = max(self.peak, self.resident())

    def stop(self):
        self.done.set()
        self.join()
        return self.peak - self.base


@contextlib.contextmanager
def no_native_output():
    """Discards what the process writes to its two outputs, from C++ as well."""
    sys.stdout.flush()
    kept = os.dup(1), os.dup(2)
    with open(os.devnull, "w", encoding="ascii") as nowhere:
        for fd in (1, 2):
            os.dup2(nowhere.fileno(), fd)
    try:
        yield
    finally:
        for fd, old in zip((1, 2), kept):
            os.dup2(old, fd)
            os.close(old)


def torch_onnx_stats(case, module, saved, inputs):
    """Node counts, seconds and memory of torch.onnx.export (the TorchScript exporter) for the same model."""
    import onnx

    wrapped = saved if case.script or not isinstance(module, torch.nn.Module) else module
    options = {"opset_version": max(STATS_OPSET, case.min_opset), "dynamic_axes": case.dynamic_axes(),
               "input_names": [f"in_{i}" for i in range(len(inputs))]}
    if tuple(int(v) for v in torch.__version__.split(".")[:2]) >= (2, 5):
        options["dynamo"] = False
    buffer, memory, start = io.BytesIO(), PeakMemory(), time.perf_counter()
    memory.start()
    try:
        with no_native_output():  # it prints whole graphs when it fails
            torch.onnx.export(wrapped, inputs, buffer, **options)
    except Exception as e:  # noqa: BLE001 - whatever it cannot do is worth a line, no more
        return {"error": f"{type(e).__name__}: {e}".splitlines()[0][:200]}
    finally:
        peak = memory.stop()
    seconds = time.perf_counter() - start
    graph = onnx.load_from_string(buffer.getvalue()).graph
    stored = {i.name for i in graph.initializer}
    idle = sum(n.op_type == "Constant" or n.op_type == "Identity" and n.input[0] in stored for n in graph.node)
    return {"opset": options["opset_version"], "nodes": len(graph.node), "nodes_at_work": len(graph.node) - idle,
            "seconds": round(seconds, 3), "bytes": peak}


@contextlib.contextmanager
def answering():
    """Answers are PyTorch's own: oneDNN's float32 LSTM and ConvTranspose of 2.6 are wrong on some processors."""
    with torch.no_grad(), torch.jit.optimized_execution(False), torch.backends.mkldnn.flags(enabled=False):
        yield


def generate(case, out, stats):
    torch.manual_seed(0)
    module = case.build()
    is_module = isinstance(module, torch.nn.Module)
    inputs = case.example(0), case.example(1)
    if is_module:
        module.eval()
        with torch.no_grad():
            unsettle(module)
            settle_statistics(module, inputs)
    with torch.set_grad_enabled(case.grad):
        if case.script:
            saved = torch.jit.script(module)
        else:
            saved = torch.jit.trace(module, inputs[0], check_trace=False, strict=case.strict)
    if case.freeze:
        saved = torch.jit.freeze(saved)
    remarks = []
    out.mkdir(parents=True)
    saved.save(str(out / "model.pt"))
    for k in (0, 1):
        with answering():
            answers, eager = flatten(saved(*inputs[k])), flatten(module(*inputs[k]))
        save_arrays(out / f"inputs_{k}.npz", "in", inputs[k])
        save_arrays(out / f"expected_{k}.npz", "out", answers)
        for i, (a, b) in enumerate(zip(answers, eager)):
            if a.shape != b.shape or not torch.allclose(a.double(), b.double(), 1e-3, 1e-4, equal_nan=True):
                remarks.append(f"saved and Python module differ at size {k}, output {i}")
            if a.is_floating_point() and a.numel() > 1 and a.std() and not 1e-3 < a.double().std() < 1e5:
                remarks.append(f"output {i} has deviation {a.double().std():.2g}")
    meta = {"torch": torch.__version__, "dynamic_axes": case.dynamic_axes(), "n_inputs": len(inputs[0]),
            "min_opset": case.min_opset, "tolerance": case.tolerance, "script": case.script}
    if stats:
        meta["torch_onnx"] = torch_onnx_stats(case, module, saved, inputs[0])
    (out / "dynamic_axes.json").write_text(json.dumps(meta["dynamic_axes"]), encoding="ascii")
    (out / "input_names").write_text(",".join(f"in_{i}" for i in range(len(inputs[0]))), encoding="ascii")
    (out / "meta.json").write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")
    return remarks


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--only", default="*", help="names, with * and ?; several by commas")
    parser.add_argument("--quick", action="store_true", help="the small selection")
    parser.add_argument("--stats", action="store_true", help="run torch.onnx.export as well")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    cases = [c for c in load_cases() if any(fnmatch.fnmatch(c.name, p) for p in args.only.split(","))]
    cases = [c for c in cases if c.usable() and (c.quick or not args.quick)]
    if args.list:
        print("\n".join(c.name for c in cases))
        return 0
    failed = 0
    args.out.mkdir(parents=True, exist_ok=True)
    with open(args.out / "selection", "w", encoding="ascii") as selection:
        selection.writelines(f"{c.name} {c.min_opset}\n" for c in cases)
    for case in cases:
        target, part = args.out / case.name, args.out / f".{case.name}.part"
        mark = case.digest + ("+stats" if args.stats else "")
        if (target / "done").exists() and (target / "done").read_text().startswith(mark):
            continue
        shutil.rmtree(part, ignore_errors=True)
        start = time.perf_counter()
        try:
            remarks = generate(case, part, args.stats)
        except Exception:  # noqa: BLE001 - one model that cannot be built must not hide the others
            failed += 1
            print(f"{case.name}: cannot be built\n{traceback.format_exc(limit=-3)}", flush=True)
            shutil.rmtree(part, ignore_errors=True)
            continue
        (part / "done").write_text(mark)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
        print(f"{case.name}: {time.perf_counter() - start:.1f} s", *dict.fromkeys(remarks), sep="; ", flush=True)
    print(f"torch {torch.__version__}: {len(cases) - failed} models, {failed} cannot be built")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
