#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Quantizes the networks of zoo/quantized.py with the PyTorch that runs it: int8_models.py OUT [--only PATTERN] [--quick]

Each OUT/<net>.<recipe>/ gets

    model.pt or model.pt2   the quantized model
    inputs.npz              20 inputs in_<i>_<argument>
    expected.npz            PyTorch's answers <engine>_<i>: of onednn and of qnnpack where the file is TorchScript (they
                            read the same file, but see qnnpack_file); where it is a .pt2, of the program, which computes on reals, and of the
                            program with biases on the grid that engines on integers have them on (`integer_bias`)
    weights.npz             <k>_integers, <k>_scales, <k>_zero_points of every quantized weight, from PyTorch
    torch.onnx              what torch.onnx.export makes of it, where it can
    meta.json               step of the output's grid, and how many operators of each kind ran on integers

and OUT/selection the names, in order. Recipes:

    fx_tensor, fx_channel   FX, static; weights per tensor, per channel (the x86 configuration)
    fx_qat                  FX, after some steps of quantization-aware training
    fx_frozen               fx_channel, scripted and frozen
    eager                   torchvision.models.quantization, static
    dynamic                 quantize_dynamic of Linear, LSTM, Embedding; dynamic_scripted: scripted instead of traced
    pt2e_xnnpack, pt2e_x86  PyTorch 2's quantization, static; with _dynamic behind it: dynamic

Directories written from the same sources are kept.
"""

import argparse
import contextlib
import copy
import fnmatch
import hashlib
import json
import pathlib
import shutil
import sys
import time
import traceback
import warnings

import numpy
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import models  # noqa: E402
import zoo.quantized  # noqa: E402

N_INPUTS = 20
TORCH_ONNX_OPSET = 17
ENGINES = ("onednn", "qnnpack")
BATCH = 16


@contextlib.contextmanager
def engine(name):
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = name
    try:
        yield
    finally:
        torch.backends.quantized.engine = before


# ---- training and calibrating ----

def train(module, task, steps, rate=2e-3):
    module.train()
    optimizer = torch.optim.Adam(module.parameters(), rate)
    for _ in range(steps):
        inputs, labels = task(BATCH)
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(module(*inputs), labels).backward()
        optimizer.step()


def settle(module, task):
    """Batch normalisation's statistics of the weights as they are now."""
    norms = [m for m in module.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean of all batches
    module.train()
    with torch.no_grad():
        for _ in range(6):
            module(*task(BATCH)[0])
    module.eval()


def trained(net, build, cache):
    """The network after some steps, the same for each recipe."""
    key = (net.name, build)
    if key not in cache:
        torch.manual_seed(0)
        module = build()
        train(module, net.task, 40)
        settle(module, net.task)
        cache.clear()
        cache[key] = module
    return copy.deepcopy(cache[key])


def calibrate(module, task):
    with torch.no_grad():
        for _ in range(4):
            module(*task(BATCH)[0])


# ---- recipes: a trained network becomes a quantized one ----

def fx(module, net, example, mapping):
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx
    prepared = prepare_fx(module, mapping, example)
    calibrate(prepared, net.task)
    return convert_fx(prepared)


def fx_tensor(module, net, example):
    from torch.ao.quantization import HistogramObserver, QConfig, QConfigMapping, default_weight_observer
    qconfig = QConfig(HistogramObserver.with_args(reduce_range=False), default_weight_observer)
    return fx(module, net, example, QConfigMapping().set_global(qconfig))


def with_embeddings(mapping):
    from torch.ao.quantization import float_qparams_weight_only_qconfig
    return mapping.set_object_type(torch.nn.Embedding, float_qparams_weight_only_qconfig)


def fx_channel(module, net, example):
    from torch.ao.quantization import get_default_qconfig_mapping
    return fx(module, net, example, with_embeddings(get_default_qconfig_mapping("x86" if is_since(2) else "fbgemm")))


def fx_qat(module, net, example):
    from torch.ao.quantization import disable_observer, get_default_qat_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_qat_fx
    mapping = get_default_qat_qconfig_mapping("x86" if is_since(2) else "fbgemm")
    mapping.set_object_type(torch.nn.Embedding, None)
    prepared = prepare_qat_fx(module.train(), mapping, example)
    train(prepared, net.task, 6, 1e-4)
    prepared.apply(disable_observer)
    train(prepared, net.task, 2, 1e-4)
    return convert_fx(prepared.eval())


def eager(module, net, _example):
    from torch.ao.quantization import convert, get_default_qconfig, prepare
    module.fuse_model()
    module.qconfig = get_default_qconfig("x86" if is_since(2) else "fbgemm")
    prepared = prepare(module)
    calibrate(prepared, net.task)
    return convert(prepared)


def dynamic(module, net, _example):
    from torch.ao.quantization import default_dynamic_qconfig, float_qparams_weight_only_qconfig, quantize_dynamic
    modules = {torch.nn.Linear: default_dynamic_qconfig, torch.nn.LSTM: default_dynamic_qconfig}
    if net.embeddings:
        modules[torch.nn.Embedding] = float_qparams_weight_only_qconfig
    return quantize_dynamic(module, modules)


def pt2e(module, net, example, quantizer):
    from torch.ao.quantization.quantize_pt2e import convert_pt2e, prepare_pt2e
    exported = torch.export.export_for_training(module, example).module()
    prepared = prepare_pt2e(exported, quantizer)
    calibrate_one_size(prepared, net)
    return torch.export.export(convert_pt2e(prepared), example)


def calibrate_one_size(module, net):
    with torch.no_grad():
        for _ in range(4 * BATCH // net.batch):
            module(*net.task(net.batch)[0])


def pt2e_xnnpack(module, net, example, is_dynamic=False):
    from torch.ao.quantization.quantizer import xnnpack_quantizer as q
    config = q.get_symmetric_quantization_config(is_per_channel=True, is_dynamic=is_dynamic)
    return pt2e(module, net, example, q.XNNPACKQuantizer().set_global(config))


def pt2e_x86(module, net, example, is_dynamic=False):
    from torch.ao.quantization.quantizer import x86_inductor_quantizer as q
    config = q.get_default_x86_inductor_quantization_config(is_dynamic=is_dynamic)
    return pt2e(module, net, example, q.X86InductorQuantizer().set_global(config))


RECIPES = {
    "fx_tensor": fx_tensor, "fx_channel": fx_channel, "fx_qat": fx_qat, "fx_frozen": fx_channel, "eager": eager,
    "dynamic": dynamic, "dynamic_scripted": dynamic, "pt2e_xnnpack": pt2e_xnnpack, "pt2e_x86": pt2e_x86,
    "pt2e_xnnpack_dynamic": lambda *a: pt2e_xnnpack(*a, is_dynamic=True),
    "pt2e_x86_dynamic": lambda *a: pt2e_x86(*a, is_dynamic=True),
}


def is_since(*version):
    return tuple(int(v) for v in torch.__version__.split(".")[:2]) >= version


def has_pt2e():
    try:
        import torch.ao.quantization.quantize_pt2e  # noqa: F401
    except ImportError:
        return False
    return True


# ---- what the quantized model holds ----

def step_of(answers):
    """The distance of two neighbours on the output's grid; None where the output lies on none."""
    values = numpy.unique(numpy.concatenate([a.ravel() for a in answers]).astype(numpy.float64))
    reach = values[-1] - values[0]
    gaps = numpy.diff(values)
    gaps = gaps[gaps > 1e-5 * reach]
    if not len(gaps):
        return None
    steps = (values - values[0]) / gaps.min()
    return float(gaps.min()) if numpy.abs(steps - steps.round()).max() < 0.02 and steps[-1] < 256 else None


KINDS = {"conv": "Conv", "linear": "Linear", "add": "Add", "mul": "Mul", "cat": "Concat", "matmul": "MatMul"}


def kind_of(operator):
    """The kind of a quantized:: operator: conv2d_relu is a Conv."""
    name = operator.split("::")[-1].split(".")[0]
    if "prepack" in name or "unpack" in name or "scalar" in operator.lower():
        return None
    found = [kind for start, kind in KINDS.items() if name.startswith(start)]
    if not found:
        return None
    if found[0] == "Conv" and "transpose" in name:
        return "ConvTranspose"
    return found[0] + ("_dynamic" if "dynamic" in name else "")


def count_torchscript(module):
    """Operators on integers by kind, as often as forward calls them; numbers added or multiplied only change the grid."""
    counts = {}
    for node in all_nodes(module.inlined_graph):
        if node.kind().startswith("quantized::"):
            kind = kind_of(node.kind())
            if kind in ("Add", "Mul") and len(list(node.inputs())) == 2:
                continue
            if kind:
                counts[kind] = counts.get(kind, 0) + 1
    return counts


def all_nodes(block):
    for node in block.nodes():
        yield node
        for inner in node.blocks():
            yield from all_nodes(inner)


def count_program(program):
    """Operators whose tensors come from dequantize, and, static, whose result is quantized."""
    from torch.fx import Node
    names = {"conv2d": "Conv", "conv_transpose2d": "ConvTranspose", "linear": "Linear", "add": "Add", "mul": "Mul",
             "cat": "Concat", "matmul": "MatMul"}
    counts = {}

    def is_dequantize(n):
        return n.op == "call_function" and "dequantize" in str(n.target)

    def ends_quantized(n):
        users = list(n.users)
        while len(users) == 1 and any(w in str(users[0].target) for w in ("relu", "hardtanh", "clamp")):
            users = list(users[0].users)
        return bool(users) and all("quantize_per" in str(u.target) for u in users)

    for n in program.graph.nodes:
        name = str(n.target).split(".")[1].rstrip("_") if str(n.target).startswith("aten.") else ""
        kind = names.get(name)
        if n.op != "call_function" or not kind:
            continue
        inputs = [a for a in n.all_input_nodes if isinstance(a.meta.get("val"), torch.Tensor)][:2]
        if kind == "Concat":
            inputs = n.all_input_nodes
        if not inputs or not all(is_dequantize(a) for a in inputs):
            continue
        where = str(inputs[0].target)
        dynamic_input = ".tensor" in where
        suffix = "_dynamic" if dynamic_input else "" if ends_quantized(n) else "_float_result"
        counts[kind + suffix] = counts.get(kind + suffix, 0) + 1
    return counts


def weight_entry(w):
    w = w.detach()
    if w.qscheme() in (torch.per_tensor_affine, torch.per_tensor_symmetric):
        return w.int_repr(), torch.tensor([w.q_scale()]), torch.tensor([w.q_zero_point()])
    return w.int_repr(), w.q_per_channel_scales(), w.q_per_channel_zero_points()


def module_weights(module):
    """Integers, scales and zero points of every weight of a quantized module."""
    seen = []
    for m in module.modules():
        if type(m).__module__.startswith("torch.ao.nn.intrinsic.modules.fused"):
            continue
        weight = getattr(m, "weight", None)
        if callable(weight):
            try:
                w = weight()
            except Exception:  # noqa: BLE001 - some modules have a method of that name and nothing packed
                continue
            if isinstance(w, torch.Tensor) and w.is_quantized:
                seen.append(weight_entry(w))
        cells = getattr(m, "_all_weight_values", None)
        for cell in cells or ():
            for packed in cell.param.__getstate__()[0][4] if hasattr(cell.param, "__getstate__") else ():
                w = packed.__getstate__()[0][0] if hasattr(packed, "__getstate__") else None
                if isinstance(w, torch.Tensor) and w.is_quantized:
                    seen.append(weight_entry(w))
    return seen


def program_weights(program):
    """The same of an exported program: what dequantize reads of its parameters and buffers."""
    state = {**program.state_dict, **program.constants}
    names = {s.arg.name: s.target for s in program.graph_signature.input_specs if s.target}
    seen = []

    def tensor(argument):
        return state[names[argument.name]] if hasattr(argument, "name") else argument

    for n in program.graph.nodes:
        if n.op != "call_function" or "dequantize_per" not in str(n.target) or n.args[0].name not in names:
            continue
        if ".tensor" in str(n.target):
            continue
        integers, scales, zeros = (tensor(a) for a in n.args[:3])
        zeros = 0 if zeros is None else zeros
        entry = integers, torch.as_tensor(scales).reshape(-1), torch.as_tensor(zeros).reshape(-1)
        if integers.dtype in (torch.int8, torch.uint8):
            seen.append(entry)
    return seen


# ---- one directory ----

def answer(module, inputs):
    with models.answering():
        return models.flatten(module(*inputs))[0].numpy()


def integer_biases(program):
    """The program with the bias of each product rounded to input scale times weight scale."""
    module = program.module()
    state = dict(module.named_buffers()) | dict(module.named_parameters())

    def tensor(argument):
        return state[str(argument.target)] if hasattr(argument, "target") else torch.as_tensor(argument)

    for n in module.graph.nodes:
        if not str(n.target).startswith(("aten.conv", "aten.linear")) or len(n.args) < 3 or n.args[2] is None:
            continue
        x, weight = (a for a in n.args[:2])
        if not all("dequantize" in str(a.target) for a in (x, weight)):
            continue
        scale = tensor(x.args[1]).float() * tensor(weight.args[1]).float()
        bias = tensor(n.args[2])
        bias.data = (bias.double() / scale.double()).round().mul(scale.double()).to(bias.dtype)
    return module


class ContiguousRelu6(torch.nn.Module):
    def forward(self, x):
        return torch.nn.functional.hardtanh(x.contiguous(), 0.0, 6.0)


def qnnpack_file(module, example, out):
    """What qnnpack reads: model.pt, or, its relu6 being wrong where channels come last, the same with them first."""
    names = [name for name, m in module.named_modules() if isinstance(m, torch.nn.ReLU6)]
    if not names:
        return out / "model.pt"
    module = copy.deepcopy(module)
    for name in names:
        parent, _, child = name.rpartition(".")
        setattr(module.get_submodule(parent), child, ContiguousRelu6())
    with engine("onednn"), torch.no_grad():
        torch.jit.trace(module, example, check_trace=False).save(str(out / "qnnpack.pt"))
    return out / "qnnpack.pt"


def torch_onnx(module, example, path):
    """torch.onnx.export (the TorchScript exporter) of the quantized model; None, or why it cannot."""
    options = {"opset_version": TORCH_ONNX_OPSET, "input_names": [f"in_{i}" for i in range(len(example))]}
    if is_since(2, 5):
        options["dynamo"] = False
    try:
        with models.no_native_output(), torch.no_grad():
            torch.onnx.export(module, example, str(path), **options)
    except Exception as e:  # noqa: BLE001
        path.unlink(missing_ok=True)
        return (f"{type(e).__name__}: {e}".splitlines() or ["?"])[0][:200]
    return None


def generate(net, recipe, out, cache):
    build = net.eager if recipe == "eager" else net.build
    module = trained(net, build, cache)
    torch.manual_seed(1)
    inputs = [net.task(net.batch)[0] for _ in range(N_INPUTS)]
    example = inputs[0]
    out.mkdir(parents=True)
    quantized = RECIPES[recipe](module, net, example)
    meta = {"torch": torch.__version__, "n_arguments": len(example), "static": "dynamic" not in recipe}
    expected = {}
    if recipe.startswith("pt2e"):
        torch.export.save(quantized, str(out / "model.pt2"))
        expected = {"program": [answer(quantized.module(), i) for i in inputs]}
        if meta["static"]:
            rounded = integer_biases(quantized)
            expected["integer_bias"] = [answer(rounded, i) for i in inputs]
        meta["int8"], weights = count_program(quantized), program_weights(quantized)
    else:
        weights = module_weights(quantized)
        quantized.eval()
        with torch.no_grad():
            saved = torch.jit.trace(quantized, example, check_trace=False)
        meta["int8"] = count_torchscript(saved)
        if recipe.endswith(("frozen", "scripted")):
            saved = torch.jit.script(quantized)
        if recipe.endswith("frozen"):
            saved = torch.jit.freeze(saved.eval())
        saved.save(str(out / "model.pt"))
        for name in ENGINES:
            with engine(name):
                loaded = torch.jit.load(str(qnnpack_file(quantized, example, out) if name == "qnnpack" else
                                            out / "model.pt"))
                expected[name] = [answer(loaded, i) for i in inputs]
        meta["torch_onnx_error"] = torch_onnx(saved if recipe.endswith("scripted") else quantized, example,
                                              out / "torch.onnx")
    first = next(iter(expected.values()))
    meta["step"] = step_of(first)
    numpy.savez(out / "inputs.npz", **{f"in_{i}_{k}": t.numpy() for i, ts in enumerate(inputs)
                                       for k, t in enumerate(ts)})
    numpy.savez(out / "expected.npz", **{f"{name}_{i}": a for name, answers in expected.items()
                                         for i, a in enumerate(answers)})
    parts = ("integers", "scales", "zero_points")
    numpy.savez(out / "weights.npz", **{f"{k}_{part}": t.cpu().numpy() for k, entry in enumerate(weights)
                                        for part, t in zip(parts, entry)})
    meta["n_weights"] = len(weights)
    numpy.savez(out / "example.npz", **{f"in_{k}": t.numpy() for k, t in enumerate(example)})
    (out / "input_names").write_text(",".join(f"in_{k}" for k in range(len(example))), encoding="ascii")
    (out / "meta.json").write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")
    return meta


def selected(args):
    for net in zoo.quantized.NETS.values():
        for recipe in net.recipes:
            name = f"{net.name}.{recipe}"
            if not net.usable(recipe) or recipe.startswith("pt2e") and not has_pt2e():
                continue
            if any(fnmatch.fnmatch(name, p) for p in args.only.split(",")) and (recipe in net.quick or not args.quick):
                yield name, net, recipe


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--only", default="*", help="names, with * and ?; several by commas")
    parser.add_argument("--quick", action="store_true", help="the small selection")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    sources = (pathlib.Path(__file__), pathlib.Path(zoo.quantized.__file__))
    digest = hashlib.sha256(torch.__version__.encode() + b"".join(p.read_bytes() for p in sources)).hexdigest()[:16]
    args.out.mkdir(parents=True, exist_ok=True)
    cache, written, failed = {}, [], 0
    for name, net, recipe in selected(args):
        target, part = args.out / name, args.out / f".{name}.part"
        if not ((target / "done").exists() and (target / "done").read_text() == digest):
            shutil.rmtree(part, ignore_errors=True)
            start = time.perf_counter()
            try:
                meta = generate(net, recipe, part, cache)
            except Exception:  # noqa: BLE001 - one model that cannot be built must not hide the others
                failed += 1
                print(f"{name}: cannot be built\n{traceback.format_exc(limit=-3)}", flush=True)
                shutil.rmtree(part, ignore_errors=True)
                continue
            (part / "done").write_text(digest)
            shutil.rmtree(target, ignore_errors=True)
            part.rename(target)
            print(f"{name}: {time.perf_counter() - start:.1f} s; {meta['n_weights']} weights, "
                  + ", ".join(f"{n} {kind}" for kind, n in sorted(meta["int8"].items())), flush=True)
        written.append(name)
    (args.out / "selection").write_text("".join(f"{name}\n" for name in written), encoding="ascii")
    print(f"torch {torch.__version__}: {len(written)} quantized models, {failed} cannot be built")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
