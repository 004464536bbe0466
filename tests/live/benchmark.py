#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an export costs beside `cp` of the same file, in one run: a table.

    benchmark.py [--command PATH] [--runs N] [--only NAMES] [--suite trixie] [--torch] [--keep]

Networks with the weights of ResNet-50 and of BERT and models of 100 to 100,000 nodes come from
tests/support/generate_models.py, without PyTorch. Where the root that roots.sh makes is there (and we are root), PyTorch
adds ResNet-50 and BERT as it writes them, as TorchScript and .pt2, and ResNet-18 quantized by FX, to QDQ and to QLinear.

Each figure is the median of N runs (9), one command after the other in turn, from the page cache to files in
INC_BENCHMARK_DIR (default: /dev/shm, where writing costs no disk): wall time, and the processor's time in user and
kernel, which is what to compare on a machine that does other things too. "private" is the most memory of its own
(anonymous pages) that inc-export had in one more run, read from /proc/PID/smaps_rollup some thousand times a second. --torch adds the time and memory of torch.onnx.export's call."""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
WORK = pathlib.Path(os.environ.get("INC_LIVE_WORK", "/var/tmp/incexport-live"))
ROOTS = pathlib.Path(os.environ.get("INC_TORCH_ROOTS", "/opt"))
MEGABYTE = 1e6

PICTURE, WORDS, ROWS = "x=float32[1,3,224,224]", "x=int64[1,128]", "x=float32[2,4,8]"
# name: what makes the model, and the options of the export
MODELS = {
    "resnet50": ("generate:resnet50", ["--input", PICTURE]),
    "bert": ("generate:bert", ["--input", WORDS]),
    **{f"nodes {n}": (f"generate:nodes={n}", ["--input", ROWS, "--opset", "17"]) for n in (100, 1000, 10_000, 100_000)},
    "resnet50.pt": ("torch:resnet50.pt", []),
    "resnet50.pt2": ("torch:resnet50.pt2", []),
    "bert.pt": ("torch:bert.pt", []),
    "bert.pt2": ("torch:bert.pt2", []),
    "resnet18 int8 QDQ": ("torch:resnet18_int8.pt", []),
    "resnet18 int8 QLinear": ("torch:resnet18_int8.pt", ["--quant-format", "QLinear"]),
}


# In the root: making the models, and torch.onnx.export.

def with_statistics(model):
    """Batch norms that have seen something."""
    import torch
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 2)
    return model.eval()


def build_bert():
    """BERT's base size; of transformers where that is there, else as large a stack of PyTorch's own layers."""
    import torch
    try:
        import transformers
    except ImportError:
        layer = torch.nn.TransformerEncoderLayer(768, 12, 3072, activation="gelu", batch_first=True)
        return torch.nn.Sequential(torch.nn.Embedding(30522, 768), torch.nn.TransformerEncoder(layer, 12, enable_nested_tensor=False))
    model = transformers.BertModel._from_config(transformers.BertConfig(return_dict=False), attn_implementation="eager")

    class Answer(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = model

        def forward(self, input_ids):
            return self.bert(input_ids)[0]

    return Answer()


def build(name):
    import torch
    torch.manual_seed(0)
    if name == "bert":
        return build_bert().eval(), (torch.randint(0, 30000, (1, 128)),)
    import torchvision
    inputs = (torch.randn(1, 3, 224, 224),)
    if name == "resnet50":
        return with_statistics(torchvision.models.resnet50(weights=None)), inputs
    from torch.ao.quantization import get_default_qconfig_mapping, quantize_fx
    model = with_statistics(torchvision.models.resnet18(weights=None))
    prepared = quantize_fx.prepare_fx(model, get_default_qconfig_mapping("x86"), inputs)
    prepared(torch.randn(2, 3, 224, 224))
    return quantize_fx.convert_fx(prepared), inputs


def make_model(file, directory):
    import torch
    path = pathlib.Path(directory) / file
    if path.exists():
        return
    name, suffix = file.split(".")
    module, inputs = build(name)
    part = path.with_name(f"{name}-part.{suffix}")
    with torch.no_grad():
        if suffix == "pt":
            torch.jit.trace(module, inputs, check_trace=False).save(part)
        else:
            torch.export.save(torch.export.export(module, inputs), part)
    os.rename(part, path)


def time_torch_export(name, target):
    """Prints the seconds of the call; the process that watches this one reads them."""
    import warnings
    import torch
    warnings.filterwarnings("ignore")
    module, inputs = build(name)
    start = time.perf_counter()
    torch.onnx.export(module, inputs, target, opset_version=17, dynamo=False)
    print(f"seconds {time.perf_counter() - start}", flush=True)


# On the host.

def private_bytes(pid):
    """Memory that belongs to the process alone: what it wrote. (The pages of files in tmpfs count as dirty, too.)"""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            return sum(int(line.split()[1]) * 1024 for line in f if line.startswith("Anonymous:"))
    except (OSError, ValueError):
        return 0


def watch(command, pause=0.0):
    """Runs a command; returns what it printed and its peak of private memory."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        peak = 0
        while child.poll() is None:
            peak = max(peak, private_bytes(child.pid))
            time.sleep(pause)
        said = child.stdout.read()  # a few lines: the pipe holds them
    if child.returncode:
        raise SystemExit(f"{command[0]} ended with {child.returncode}")
    return said, peak


def run_once(command, place):
    """Seconds of wall and processor; what was written is removed."""
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {status}")
    for path in place.glob("out*"):
        path.unlink()
    return wall, usage.ru_utime + usage.ru_stime


def in_root(suite, *arguments):
    command = [str(HERE / "roots.sh"), "run", suite, "python3", "/mnt/src/benchmark.py", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def has_root(suite):
    return os.geteuid() == 0 and (ROOTS / suite / ".ready").exists()


def find_model(maker, suite):
    """The model's path, made where it is not there yet; None where it cannot be made."""
    kind, name = maker.split(":")
    folder = WORK / "benchmark"
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "torch":
        if not (folder / name).exists() and has_root(suite):
            in_root(suite, "--make", name, "/mnt/benchmark")
        return folder / name if (folder / name).exists() else None
    path = folder / f"{name}.generated.pt"
    if not path.exists():
        subprocess.run([sys.executable, HERE.parent / "support/generate_models.py", name, path], check=True)
    return path


def measure(model, options, args, place):
    source, out = str(place / model.name), str(place / "out.onnx")
    shutil.copy(model, source)
    export = [args.command, source, "-o", out, "-q", *options]
    times = {"cp": [], "export": []}
    for _ in range(args.runs):
        times["cp"].append(run_once([shutil.which("cp"), source, out], place))
        times["export"].append(run_once(export, place))
    said, peak = watch([*export, "--json"])
    written = sum(p.stat().st_size for p in place.glob("out*"))
    for path in place.iterdir():
        path.unlink()
    medians = {who: [statistics.median(t[i] for t in runs) for i in (0, 1)] for who, runs in times.items()}
    return {"in": model.stat().st_size, "written": written, "private": peak, "nodes": json.loads(said)["nodes"], **medians}


def show(name, m):
    (cp_wall, cp_cpu), (wall, cpu) = m["cp"], m["export"]
    print(f"{name:22}{m['in'] / MEGABYTE:9.2f}{cp_wall * 1e3:11.1f}{cp_cpu * 1e3:9.1f}{wall * 1e3:11.1f}{cpu * 1e3:9.1f}"
          f"{wall / cp_wall:9.2f}{cpu / max(cp_cpu, 1e-4):9.2f}{m['private'] / MEGABYTE:10.1f}{m['nodes']:9}", flush=True)


def show_torch(name, suite):
    said = json.loads(in_root(suite, "--watch-torch", name, "/tmp/benchmark.onnx").splitlines()[-1])
    print(f"{'  torch.onnx.export':22}{'':29}{said['seconds'] * 1e3:11.1f}{'':27}{said['peak'] / MEGABYTE:10.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", default=str(HERE.parents[1] / "build/examples/inc-export/inc-export"))
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--only", help="names of the table's rows, with commas")
    parser.add_argument("--suite", default="trixie", help="the root whose PyTorch is used")
    parser.add_argument("--torch", action="store_true", help="torch.onnx.export of resnet50 and bert, too")
    parser.add_argument("--keep", action="store_true", help="leave the models")
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--watch-torch", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--torch-call", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.make:
        return make_model(*args.make)
    if args.watch_torch:
        said, peak = watch([sys.executable, __file__, "--torch-call", *args.watch_torch], 0.002)
        print(json.dumps({"seconds": float(said.split()[-1]), "peak": peak}))
        return 0
    if args.torch_call:
        return time_torch_export(*args.torch_call)

    (WORK / "src").mkdir(parents=True, exist_ok=True)
    shutil.copy(__file__, WORK / "src/benchmark.py")
    place = pathlib.Path(os.environ.get("INC_BENCHMARK_DIR", "/dev/shm")) / f"incexport-benchmark-{os.getpid()}"
    place.mkdir()
    print(f"{'medians of ' + str(args.runs) + ' runs':22}{'MB in':>9}{'cp: ms':>11}{'of CPU':>9}{'export: ms':>11}{'of CPU':>9}"
          f"{'times cp':>9}{'of CPU':>9}{'MB private':>10}{'nodes':>9}")
    try:
        for name in args.only.split(",") if args.only else MODELS:
            maker, options = MODELS[name]
            model = find_model(maker, args.suite)
            if not model:
                print(f"{name:22} left out: no PyTorch (tests/live/roots.sh make {args.suite}, as root)")
                continue
            show(name, measure(model, options, args, place))
            if args.torch and name in ("resnet50.pt", "bert.pt"):
                show_torch(name.split(".")[0], args.suite)
    finally:
        shutil.rmtree(place)
        if not args.keep:
            shutil.rmtree(WORK / "benchmark", ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
