#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the models of the live test as torch.export archives: pt2_models.py OUT [--only PATTERN] [--quick] [--forms …]

The table of cases is that of models.py, without what only TorchScript can express, and the cases of zoo/exported.py.
Each case is written in up to three forms, as OUT/<name>/, OUT/<name>.core/ and OUT/<name>.static/:

    (plain)   as torch.export.export gives it, sizes dynamic where the case says so and the export leaves them so
    core      the same after run_decompositions()
    static    all sizes fixed

The files are those of models.py, with model.pt2 for model.pt. Where the export fixed a size that the case has as
dynamic, the second example has the first one's sizes; that is printed.
"""

import argparse
import fnmatch
import hashlib
import importlib
import inspect
import json
import pathlib
import shutil
import sys
import time
import traceback
import warnings

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import models  # noqa: E402
import zoo  # noqa: E402


def load_cases():
    cases = models.load_cases()
    known = set(zoo.CASES)
    source = importlib.import_module("zoo.exported").__file__
    digest = hashlib.sha256(torch.__version__.encode() + pathlib.Path(source).read_bytes()).hexdigest()[:16]
    for name in zoo.CASES.keys() - known:
        zoo.CASES[name].digest = digest
        cases.append(zoo.CASES[name])
    return cases


class Function(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *args):
        return self.function(*args)


def dynamic_shapes(case, module, args):
    """Every axis that the case has as dynamic: open, if the model leaves it so."""
    axes = case.dynamic_axes()
    named = [{axis: torch.export.Dim.AUTO for axis in axes.get(f"in_{i}", {})} or None for i in range(len(args))]
    parameters = inspect.signature(module.forward).parameters.values()
    has_all = any(p.kind == p.VAR_POSITIONAL for p in parameters)  # forward(*args): one entry, a tuple
    return (tuple(named),) if has_all else tuple(named)


def open_axes(program):
    """For each tensor input the axes that the export left open."""
    wanted = [s.arg.name for s in program.graph_signature.input_specs if s.kind.name == "USER_INPUT"]
    found = []
    for node in program.graph.nodes:
        if node.op == "placeholder" and node.name in wanted and isinstance(node.meta.get("val"), torch.Tensor):
            found.append([i for i, s in enumerate(node.meta["val"].shape) if not str(s).isdigit()])
    return found


def second_example(case, program, first):
    """Inputs of the second size where the export allows them."""
    second = case.example(1)
    try:
        args, kwargs = (case.call(*second) if getattr(case, "call", None) else (second, {}))
        with torch.no_grad():
            program.module()(*args, **kwargs)
    except Exception:  # noqa: BLE001 - it says in several ways that it does not take these
        torch.manual_seed(1)
        return case.example(0), "the export is for one size"
    for x, y, axes in zip(first, second, open_axes(program)):
        if any(a != b and i not in axes for i, (a, b) in enumerate(zip(x.shape, y.shape))):
            torch.manual_seed(1)
            return case.example(0), "the export fixed sizes"
    return second, None


def export_case(case, form):
    torch.manual_seed(0)
    module = case.build()
    if not isinstance(module, torch.nn.Module):
        module = Function(module)
    inputs = case.example(0), case.example(1)
    module.eval()
    with torch.no_grad():
        models.unsettle(module)
        if not getattr(case, "kwargs", None):
            models.settle_statistics(module, inputs)
    shapes = None
    if form != "static":
        shapes = getattr(case, "shapes", None)
        shapes = shapes() if shapes else dynamic_shapes(case, module, inputs[0])
    args, kwargs = inputs[0], {}
    if getattr(case, "call", None):
        args, kwargs = case.call(*inputs[0])
    with torch.no_grad():
        program = torch.export.export(module, args, kwargs, dynamic_shapes=shapes)
        if form == "core":
            program = program.run_decompositions()
    return module, program, inputs[0]  # answers are those of the program: what the export fixed is fixed in both


def generate(case, form, out):
    module, program, first = export_case(case, form)
    remarks = []
    if form == "static":
        torch.manual_seed(1)
        second = case.example(0)
    else:
        second, remark = second_example(case, program, first)
        remarks += [remark] if remark else []
    out.mkdir(parents=True)
    torch.export.save(program, str(out / "model.pt2"))
    for k, inputs in enumerate((first, second)):
        args, kwargs = (case.call(*inputs) if getattr(case, "call", None) else (inputs, {}))
        with models.answering():
            answers = models.flatten(program.module()(*args, **kwargs))
            eager = models.flatten(module(*args, **kwargs))
        models.save_arrays(out / f"inputs_{k}.npz", "in", inputs)
        models.save_arrays(out / f"expected_{k}.npz", "out", answers)
        for i, (a, b) in enumerate(zip(answers, eager)):
            if a.shape != b.shape or not torch.allclose(a.double(), b.double(), 1e-3, 1e-4, equal_nan=True):
                remarks.append(f"exported and Python module differ at size {k}, output {i}")
    meta = {"torch": torch.__version__, "n_inputs": len(first), "min_opset": case.min_opset,
            "tolerance": case.tolerance}
    (out / "input_names").write_text(",".join(f"in_{i}" for i in range(len(first))), encoding="ascii")
    (out / "meta.json").write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")
    return remarks


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--only", default="*", help="names, with * and ?; several by commas")
    parser.add_argument("--quick", action="store_true", help="the small selection")
    parser.add_argument("--forms", default="plain,core,static")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    cases = [c for c in load_cases() if any(fnmatch.fnmatch(c.name, p) for p in args.only.split(","))]
    cases = [c for c in cases if c.usable() and not c.script and not c.freeze and (c.quick or not args.quick)]
    args.out.mkdir(parents=True, exist_ok=True)
    failed, written = [], []
    for case in cases:
        for form in args.forms.split(","):
            if form not in getattr(case, "forms", ("plain", "core", "static")):
                continue
            name = case.name if form == "plain" else f"{case.name}.{form}"
            target, part = args.out / name, args.out / f".{name}.part"
            refused = args.out / f"{name}.refused"
            if (target / "done").exists() and (target / "done").read_text() == case.digest:
                written.append((name, case))
                continue
            if refused.exists() and refused.read_text() == case.digest:
                failed.append(name)
                continue
            shutil.rmtree(part, ignore_errors=True)
            start = time.perf_counter()
            try:
                remarks = generate(case, form, part)
            except Exception as e:  # noqa: BLE001 - torch.export does not take every model
                failed.append(name)
                refused.write_text(case.digest)
                text = traceback.format_exception_only(e)[-1].strip() or repr(e)
                print(f"{name}: torch.export refuses it: {text.splitlines()[0][:200]}", flush=True)
                shutil.rmtree(part, ignore_errors=True)
                continue
            (part / "done").write_text(case.digest)
            shutil.rmtree(target, ignore_errors=True)
            part.rename(target)
            written.append((name, case))
            print(f"{name}: {time.perf_counter() - start:.1f} s", *remarks, sep="; ", flush=True)
    with open(args.out / "selection", "w", encoding="ascii") as selection:
        selection.writelines(f"{name} {case.min_opset}\n" for name, case in written)
    print(f"torch {torch.__version__}: {len(written)} models, {len(failed)} that torch.export refuses")


if __name__ == "__main__":
    main()
