#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs exported int8 models in ONNX Runtime beside PyTorch's answers: int8_compare.py DIR [--keep] [--latency]

Reads lines `NAME FORM OPSET EXIT_STATUS` as exports end; the file is DIR/NAME/FORM-OPSET.onnx, what it belongs to is
described in int8_models.py. FORM is qdq, qlinear, or a recipe of QDQ in lower case. Each file

  - passes onnx.checker (full check);
  - holds every int8 weight of the source, its scales and zero points, bit for bit (moved by 128 where an operand became
    uint8 with the activations);
  - as ONNX Runtime runs it, has as many operators on integers as the source, of each kind (QDQ: after ORT's fusions),
    and as many as inc-export said (DIR/NAME/FORM-OPSET.log has its plan as JSON): no fewer, and more only where the
    source computed in float32 between two grids, which ONNX Runtime cannot know;
  - is as near to the nearest engine as int8_nearest.json says it was, in the mean (--record writes that file anew);
  - answers as PyTorch: static within 3 steps of the output's grid everywhere and within 1 in 99 %, the largest value
    where PyTorch has its largest or one a step below it (of a thousand places one may have it elsewhere); dynamic within 1 % of the output's range. Where PyTorch's
    engines, reading the same file, are further from each other than that, our answer may be as far from the nearest of
    them as they are from each other, but no further.

Where torch.onnx.export made a file of the same model (opset 17), ours is compared with it: nodes, bytes, how near its
answers are, and with --latency the time of a run, turn by turn.

A table is printed, then details of what failed, and at last a line `N passed, N failed`; figures are in
DIR/figures.json.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import time

import numpy

from compare import Wrong, onnx, onnxruntime  # noqa: F401 - with their noise turned off

N_INPUTS = 20
NEAREST = pathlib.Path(__file__).with_name("int8_nearest.json")  # by PyTorch, model and form
# In a process of its own: Debian's ONNX Runtime puts its own operators' schemas into the checker's library.
CHECKER = """
import sys, onnx
for path in sys.stdin:
    try:
        onnx.checker.check_model(path.strip(), full_check=True)
        print("", flush=True)
    except Exception as e:
        print((str(e).strip().splitlines() or [type(e).__name__])[0], flush=True)
"""
TORCH_ONNX = "qdq", 17
FUSED = {
    "Conv": ("QLinearConv", "ConvInteger"),
    "Linear": ("QGemm", "QLinearMatMul", "MatMulIntegerToFloat", "MatMulInteger"),
    "Linear_float_result": ("MatMulIntegerToFloat", "QGemm", "DynamicQuantizeMatMul", "MatMulInteger"),
    "Linear_dynamic": ("DynamicQuantizeMatMul", "MatMulInteger", "MatMulIntegerToFloat", "QGemm"),
    "MatMul": ("QLinearMatMul",),
    "Add": ("QLinearAdd",),
    "Mul": ("QLinearMul",),
    "Concat": ("QLinearConcat",),
}
FUSED_IN = {"qdq": FUSED, "qlinear": {**FUSED, "Conv_float_result": ("ConvInteger",)}}

# What each operator of the plan is once ONNX Runtime has fused it; the others have no kernel of their own.
KERNELS = {
    "Conv": ("QLinearConv", "ConvInteger"),
    "Product": ("QGemm", "QLinearMatMul", "MatMulInteger", "MatMulIntegerToFloat", "DynamicQuantizeMatMul"),
    "Add": ("QLinearAdd",),
    "Mul": ("QLinearMul",),
    "Concat": ("QLinearConcat",),
    "AveragePool": ("QLinearAveragePool",),
    "GlobalAveragePool": ("QLinearGlobalAveragePool",),
    "LeakyRelu": ("QLinearLeakyRelu",),
    "Sigmoid": ("QLinearSigmoid",),
    "Softmax": ("QLinearSoftmax",),
    "DynamicQuantizeLSTM": ("DynamicQuantizeLSTM",),
}
PRODUCTS = ("Gemm", "QGemm", "MatMul", "QLinearMatMul", "MatMulInteger")


# ---- the file ----

def arrays_of(model):
    return {i.name: onnx.numpy_helper.to_array(i) for i in model.graph.initializer}


def same_bits(a, b):
    return a.dtype == b.dtype and a.size == b.size and a.tobytes() == b.tobytes()


def rows_of(a):
    return collections.Counter(map(bytes, numpy.ascontiguousarray(a).reshape(-1, a.shape[-1])))


def is_same_weight(ours, theirs):
    """As it is, transposed, or (recurrent layers) its rows in another order, beside those of other weights."""
    if ours.dtype != theirs.dtype or ours.size < theirs.size:
        return False
    if same_bits(ours, theirs):
        return True
    if theirs.ndim != 2 or ours.ndim < 2:
        return False
    return any(a.shape[-1] == theirs.shape[1] and rows_of(theirs) <= rows_of(a)
               for a in (ours, ours.swapaxes(-1, -2)))


def check_weights(model, directory, meta):
    ours = arrays_of(model)
    with numpy.load(directory / "weights.npz") as f:
        for k in range(meta["n_weights"]):
            integers, scales = f[f"{k}_integers"], f[f"{k}_scales"].astype(numpy.float32)
            zeros = f[f"{k}_zero_points"]
            zeros = zeros.astype(numpy.float32 if zeros.dtype.kind == "f" else integers.dtype)
            found = [n for n, a in ours.items() if is_same_weight(a, integers)]
            if not found and integers.dtype == numpy.int8:  # an operand that became uint8 with the activations
                integers, zeros = ((a.astype(numpy.int16) + 128).astype(numpy.uint8) for a in (integers, zeros))
                found = [n for n, a in ours.items() if is_same_weight(a, integers)]
            if not found:
                raise Wrong(f"the weight number {k} {integers.dtype}{list(integers.shape)} is not in the file")
            if not any(has_numbers(ours, name, scales, zeros) for name in found):
                raise Wrong(f"{found[0]} has not the source's scales and zero points")


def has_numbers(ours, weight, scales, zeros):
    base = weight.removesuffix("_t").removesuffix("_quantized")
    named = ours.get(f"{base}_scale"), ours.get(f"{base}_zero_point")
    if named[0] is not None and same_bits(named[0], scales):
        return named[1] is None or same_bits(named[1], zeros)
    if any(same_bits(a, scales) for n, a in ours.items() if n.startswith(f"{base}_scale_")):
        return True  # one of several weights of one module: base_scale_1 and so on
    # MatMulInteger: the scales only stand in their product with the input's, and base_scale may be another weight's
    floats = [a.ravel() for a in ours.values() if a.dtype == scales.dtype]
    products = [scales * a[0] for a in floats if a.size == 1]
    # the two directions of a recurrent layer are one weight, with a scale for each
    return any(same_bits(a, b) or scales.size == 1 and b[0] in a for a in floats for b in [scales, *products])


def count_operators(model):
    counts = {}
    for n in model.graph.node:
        counts[n.op_type] = counts.get(n.op_type, 0) + 1
    return counts


def check_fusion(counts, meta, fused):
    """Every kind of operator that ran on integers does so here; several kinds may share one kernel's name."""
    left = dict(counts)
    for kind in sorted(meta["int8"].keys() & fused.keys(), key=lambda k: len(fused[k])):
        n = meta["int8"][kind]
        for name in fused[kind]:
            taken = min(n, left.get(name, 0))
            left[name] = left.get(name, 0) - taken
            n -= taken
        if n > 0:
            raise Wrong(f"{n} of {meta['int8'][kind]} {kind} do not run on integers: "
                        + ", ".join(f"{v} {k}" for k, v in sorted(counts.items())))


def kind_of_step(step):
    """The kernel that does the work of an operator of the plan; None where it has none."""
    for name in step["form"].split():
        name = "Product" if name in PRODUCTS else name.removeprefix("QLinear")
        if name in KERNELS:
            return name
    return None


def check_plan(counts, log):
    """What inc-export said it did is what ONNX Runtime does."""
    text = log.read_text(errors="replace")
    plan = json.loads(text[text.index("{"):])["plan"] or []
    said = collections.Counter(kind_of_step(s) for s in plan if s["arithmetic"] == "int8")
    may = collections.Counter(kind_of_step(s) for s in plan if s["reason"] and s["arithmetic"] != "int8")
    for kind, kernels in KERNELS.items():
        found = sum(counts.get(k, 0) for k in kernels)
        at_most = found if kind == "DynamicQuantizeLSTM" else said[kind] + may[kind]  # a call may have several layers
        if not said[kind] <= found <= at_most:
            raise Wrong(f"{said[kind]} {kind} run on integers as the plan says, {found} as ONNX Runtime does")


def nodes_at_work(model):
    stored = {i.name for i in model.graph.initializer}
    return sum(n.op_type != "Constant" and not (n.op_type == "Identity" and n.input[0] in stored)
               for n in model.graph.node)


# ---- answers ----

class Distance:
    """How far answers are from others: in steps of the output's grid, or as a share of its range."""

    def __init__(self, answers, reference, unit):
        off = numpy.abs(numpy.concatenate([(a.astype(numpy.float64) - r).ravel() for a, r in zip(answers, reference)]))
        off = numpy.nan_to_num(off, nan=numpy.inf) / unit
        self.worst, self.mean, self.within_1 = float(off.max()), float(off.mean()), float((off < 1.01).mean())
        kept = total = 0
        for a, r in zip(answers, reference):
            best = numpy.take_along_axis(r, numpy.expand_dims(a.argmax(1), 1), 1).squeeze(1)
            kept += (best >= r.max(1) - 1.01 * unit).sum()
            total += best.size
        self.argmax = float(kept / total)

    def figures(self):
        return {"worst": round(self.worst, 3), "mean": round(self.mean, 4), "within_1": round(self.within_1, 4),
                "argmax": round(self.argmax, 4)}


class Source:
    """A model's inputs and PyTorch's answers."""

    def __init__(self, directory):
        self.directory = directory
        self.meta = json.loads((directory / "meta.json").read_text())
        with numpy.load(directory / "inputs.npz") as f:
            self.inputs = [{f"in_{k}": f[f"in_{i}_{k}"] for k in range(self.meta["n_arguments"])}
                           for i in range(N_INPUTS)]
        with numpy.load(directory / "expected.npz") as f:
            engines = dict.fromkeys(name.rsplit("_", 1)[0] for name in f.files)
            self.expected = {e: [f[f"{e}_{i}"] for i in range(N_INPUTS)] for e in engines}
        values = numpy.concatenate([a.ravel() for a in next(iter(self.expected.values()))])
        reach = float(values.max() - values.min())
        self.unit = (self.meta["step"] or reach / 255) if self.meta["static"] else reach / 100
        answers = list(self.expected.values())
        self.between = Distance(answers[0], answers[1], self.unit) if len(answers) > 1 else None
        self.has_off_kernels = False  # see judge_without_kernels()

    def measure(self, answers):
        return {engine: Distance(answers, expected, self.unit) for engine, expected in self.expected.items()}

    def is_near(self, d):
        if not self.meta["static"]:
            return d.worst <= 1
        return d.worst <= 3.01 and d.within_1 >= 0.99 and d.argmax >= 0.999

    def check(self, distances):
        nearest = min(distances.values(), key=lambda d: (d.mean, d.worst))
        if any(self.is_near(d) for d in distances.values()):
            return nearest
        b = self.between
        if b and nearest.worst <= b.worst and nearest.mean <= b.mean and nearest.argmax >= b.argmax:
            return nearest
        raise Wrong("answers: " + "; ".join(f"{e} {d.figures()}" for e, d in distances.items())
                    + (f"; engines apart {b.figures()}" if b else ""))


def open_session(path, entries=None, **settings):
    options = onnxruntime.SessionOptions()
    for key, value in (entries or {}).items():
        options.add_session_config_entry(key, value)
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    for name, value in settings.items():
        setattr(options, name, value)
    try:
        return onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    except Exception as e:  # noqa: BLE001
        raise Wrong(f"loading: {str(e).strip().splitlines()[0]}") from e


def answers_of(session, inputs):
    wanted = {i.name for i in session.get_inputs()}
    try:
        return [session.run(None, {n: a for n, a in feed.items() if n in wanted})[0] for feed in inputs]
    except Exception as e:  # noqa: BLE001
        raise Wrong(f"running: {str(e).strip().splitlines()[0]}") from e


def judge_without_kernels(source, path, form, distances, why):
    """ONNX Runtime 1.23's kernels on integers are off on processors with AMX, and differ from session to session, for
    any exporter's file: torch.onnx's is then as far off. QDQ is judged without optimizations, where it runs in float;
    of QLinear, which has no such form, only the integers and scales are."""
    level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    beside = source.directory / "torch.onnx"
    if not source.has_off_kernels:
        if form != "qdq" or not beside.exists():
            raise why
        theirs = source.measure(answers_of(open_session(beside), source.inputs))
        if any(source.is_near(d) for d in theirs.values()):
            raise why
    if form != "qlinear":
        plain = source.measure(answers_of(open_session(path, graph_optimization_level=level), source.inputs))
        source.check(plain)
        distances = plain
    if not source.has_off_kernels:
        source.has_off_kernels = True
        print(f"{path.parent.name}: this runtime's kernels on integers are off here, in torch.onnx's file too: QDQ is "
              "judged without optimizations, QLinear by its numbers alone", flush=True)
    return min(distances.values(), key=lambda d: (d.mean, d.worst))


def optimized(path):
    """What ONNX Runtime makes of the file before it chooses layouts; on x86 int8 activations take a setting."""
    target = path.with_suffix(".optimized")
    open_session(path, optimized_model_filepath=str(target), entries={"session.qdqisint8allowed": "1"},
                 graph_optimization_level=onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)
    model = onnx.load(str(target))
    target.unlink()
    return model


def latencies(sessions, feed, runs=40):
    """The least time of a run of each, one after the other, turn by turn."""
    times = [[] for _ in sessions]
    for turn in range(runs + 3):
        for session, spent in zip(sessions, times):
            wanted = {i.name for i in session.get_inputs()}
            given = {n: a for n, a in feed.items() if n in wanted}
            start = time.perf_counter()
            session.run(None, given)
            if turn >= 3:
                spent.append(time.perf_counter() - start)
    return [min(t) for t in times]


# ---- one export ----

def beside_torch_onnx(path, model, source, nearest, with_latency):
    """Our file beside torch.onnx.export's; raises where ours is worse."""
    theirs_path = source.directory / "torch.onnx"
    theirs = onnx.load(str(theirs_path))
    figures = {"nodes": [nodes_at_work(model), nodes_at_work(theirs)],
               "bytes": [path.stat().st_size, theirs_path.stat().st_size]}
    session = open_session(theirs_path)
    distances = source.measure(answers_of(session, source.inputs))
    best = min(distances.values(), key=lambda d: (d.mean, d.worst))
    figures["mean"] = [round(nearest.mean, 4), round(best.mean, 4)]
    figures["worst"] = [round(nearest.worst, 3), round(best.worst, 3)]
    for _ in range(3 if with_latency else 0):  # other work on the machine makes some turns slow
        ours, other = latencies([open_session(path), open_session(theirs_path)], source.inputs[0])
        if "ms" not in figures or ours / other < figures["ms"][0] / figures["ms"][1]:
            figures["ms"] = [round(1e3 * ours, 4), round(1e3 * other, 4)]
        if ours <= other:
            break
    return figures


def worse_than_torch_onnx(figures):
    allowed = {"nodes": 1, "bytes": 1, "mean": 1.2, "worst": 1.25, "ms": 1.1}
    slack = {"mean": 0.01, "worst": 1}  # distances are those of a few hundred numbers
    return [f"{what} {ours} against torch.onnx's {theirs}" for what, (ours, theirs) in figures.items()
            if ours > theirs * allowed[what] + slack.get(what, 0)]


def check(source, form, opset, args, figures):
    path = source.directory / f"{form}-{opset}.onnx"
    print(path, file=args.checker.stdin, flush=True)
    said = args.checker.stdout.readline().strip()
    if said:
        raise Wrong(f"checker: {said}")
    model = onnx.load(str(path))
    check_weights(model, source.directory, source.meta)
    distances = source.measure(answers_of(open_session(path), source.inputs))
    figures["answers"] = {engine: d.figures() for engine, d in distances.items()}
    counts = figures["operators"] = count_operators(model if form == "qlinear" else optimized(path))
    try:
        nearest = source.check(distances)
    except Wrong as why:
        nearest = judge_without_kernels(source, path, form, distances, why)
    if form in ("qdq", "qlinear"):
        check_fusion(counts, source.meta, FUSED_IN[form])
    check_plan(count_operators(optimized(path)), path.with_suffix(".log"))
    check_against_before(source, form, opset, nearest, args)
    if (form, opset) == TORCH_ONNX and not source.has_off_kernels and (source.directory / "torch.onnx").exists():
        figures["torch_onnx"] = beside_torch_onnx(path, model, source, nearest, args.latency)
        worse = worse_than_torch_onnx(figures["torch_onnx"])
        if worse:
            raise Wrong("; ".join(worse))


def check_against_before(source, form, opset, nearest, args):
    """Raises where the mean distance to the nearest engine has grown; networks are trained where the test runs, so that
    they and their distances are never quite the same."""
    args.nearest.setdefault(source.meta["torch"], {}).setdefault(source.directory.name, {})
    known = args.nearest[source.meta["torch"]][source.directory.name]
    before = known.get(f"{form}-{opset}")
    if args.record:
        known[f"{form}-{opset}"] = round(nearest.mean, 4)
    elif before is not None and nearest.mean > 1.5 * before + 0.02:
        raise Wrong(f"the mean distance to the nearest engine was {before} and is {nearest.mean:.4f}")


def print_row(name, rows, source):
    """The figures of the last QDQ and QLinear file, beside the nearest engine, and the engines beside each other."""
    def brief(f):
        if not f or "answers" not in f:
            return "-"
        engine, d = min(f["answers"].items(), key=lambda item: (item[1]["mean"], item[1]["worst"]))
        return f"{d['worst']:.2f} {100 * d['within_1']:.1f} % {engine}"

    results = " ".join(f"{form}-{opset}{'' if ok else ' FAIL'}" for form, opset, ok, _ in rows)
    last = {form: f for form, _, _, f in rows}
    b = source.between
    between = f"{b.worst:.2f} {100 * b.within_1:.1f} %" if b else "-"
    print(f"{name:34} {'|'.join(brief(last.get(f)) for f in ('qdq', 'qlinear'))}|{between}  {results}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--keep", action="store_true", help="leave the files of models that passed")
    parser.add_argument("--latency", action="store_true", help="time runs beside torch.onnx.export's file")
    parser.add_argument("--record", action="store_true", help="write the mean distances into DIR/nearest.json")
    args = parser.parse_args()
    args.nearest = json.loads(NEAREST.read_text())
    onnxruntime.set_default_logger_severity(4)
    args.checker = subprocess.Popen([sys.executable, "-c", CHECKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL, text=True)
    everything, failures, rows, name, source, passed = {}, [], [], None, None, 0
    print("worst step (dynamic: % of the range) and share within 1, nearest engine: QDQ | QLinear | engines apart")
    for line in sys.stdin:
        new, form, opset, status = line.split()
        if new != name:
            if rows:
                print_row(name, rows, source)
            name, rows = new, []
            source = Source(args.directory / name)
            everything[name] = {"engines_apart": source.between.figures() if source.between else None,
                                "int8": source.meta["int8"]}
        figures = everything[name][f"{form}-{opset}"] = {}
        try:
            if status != "0":
                said = (source.directory / f"{form}-{opset}.log").read_text(errors="replace").strip()
                raise Wrong(f"export ended with {status}: {said[:2000]}")
            check(source, form, int(opset), args, figures)
            passed += 1
            rows.append((form, opset, True, figures))
            if not args.keep:
                (source.directory / f"{form}-{opset}.onnx").unlink()
        except Wrong as e:
            rows.append((form, opset, False, figures))
            failures.append((name, form, opset, str(e)))
    if rows:
        print_row(name, rows, source)
    if args.record:
        (args.directory / "nearest.json").write_text(json.dumps(args.nearest, indent=1, sort_keys=True) + "\n")
    (args.directory / "figures.json").write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
    print()
    for name, form, opset, text in failures:
        print(f"{name} {form}-{opset}: {text}")
    print(f"{passed} passed, {len(failures)} failed")
    return len(failures) > 0


if __name__ == "__main__":
    sys.exit(main())
