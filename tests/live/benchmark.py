#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an export costs, beside `cp` of the same file and beside torch.onnx.export, in one run:

    benchmark.py [--command PATH] [--runs N] [--only NAMES] [--from pt|pt2] [--without-torch] [--keep]

ResNet-50, a BERT of base size and a network of 2.7 GB, each traced by PyTorch in the root `sid` (see roots.sh; needs
root), or exported by torch.export there (pt2). For each: the median and the lowest wall time of `cp` and of inc-export from the page cache to files in INC_BENCHMARK_DIR
(default: /dev/shm, where writing costs no disk), the most private memory that inc-export had at one time
(Private_Dirty + Private_Clean without file pages, read from /proc/PID/smaps_rollup some thousand times a second), and
for torch.onnx.export the time of the call alone and the private memory of its process.
"""

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
MODELS = {"resnet50": ["input"], "bert_base": ["input_ids", "attention_mask"], "large": ["x"]}
MEGABYTE = 1e6


def private_bytes(pid):
    """Memory that belongs to the process alone: what it wrote, wherever it is mapped, and anonymous memory."""
    fields = {"Private_Dirty:": 0, "Anonymous:": 0}
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            for line in f:
                name, *rest = line.split()
                if name in fields:
                    fields[name] = int(rest[0]) * 1024
    except (OSError, ValueError):
        return 0
    return max(fields.values())


def run_watched(command):
    """Runs a command; returns seconds, peak private bytes and how often memory was read."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
        peak, reads = 0, 0
        while child.poll() is None:
            peak = max(peak, private_bytes(child.pid))
            reads += 1
    seconds = time.perf_counter() - start
    if child.returncode:
        raise SystemExit(f"{command[0]} ended with {child.returncode}")
    return seconds, peak, reads


# In the root: making the models, and torch.onnx.export.

def build(name):
    import torch
    torch.manual_seed(0)
    if name == "resnet50":
        import torchvision
        return torchvision.models.resnet50(weights=None).eval(), (torch.randn(1, 3, 224, 224),)
    if name == "bert_base":
        import transformers
        model = transformers.BertModel._from_config(transformers.BertConfig(), attn_implementation="eager").eval()

        class Named(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.bert = model

            def forward(self, input_ids, attention_mask):
                answer = self.bert(input_ids=input_ids, attention_mask=attention_mask)
                return answer.last_hidden_state, answer.pooler_output

        return Named().eval(), (torch.randint(0, 30000, (1, 128)), torch.ones(1, 128, dtype=torch.int64))
    layers = [layer for _ in range(10) for layer in (torch.nn.Linear(8192, 8192), torch.nn.ReLU())]
    return torch.nn.Sequential(*layers).eval(), (torch.randn(1, 8192),)


def write_model(name, path):
    import torch
    module, inputs = build(name)
    with torch.no_grad():
        if path.suffix == ".pt":
            torch.jit.trace(module, inputs, check_trace=False).save(path)
        else:
            two = tuple(torch.cat([x, x]) for x in inputs)  # a batch of one would be taken for the only one
            batch = tuple({0: torch.export.Dim("batch")} for _ in inputs)
            shapes = (batch,) if name == "large" else batch
            torch.export.save(torch.export.export(module, two, dynamic_shapes=shapes), path)


def make_models(directory, files):
    directory.mkdir(parents=True, exist_ok=True)
    for file in files:
        name, suffix = file.split(".")
        if not (directory / file).exists():
            write_model(name, directory / f"{name}-part.{suffix}")
            os.rename(directory / f"{name}-part.{suffix}", directory / file)


def time_torch_export(name, target):
    """Prints the seconds of the call; the process that watches this one reads them."""
    import warnings
    import torch
    warnings.filterwarnings("ignore")
    module, inputs = build(name)
    names = MODELS[name]
    start = time.perf_counter()
    torch.onnx.export(module, inputs, target, opset_version=17, dynamo=False, input_names=names,
                      dynamic_axes={n: {0: "batch"} for n in names})
    print(f"seconds {time.perf_counter() - start}", flush=True)


def watch_torch_export(name, target):
    with subprocess.Popen([sys.executable, __file__, "--torch-call", name, target], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as child:
        peak = 0
        while child.poll() is None:
            peak = max(peak, private_bytes(child.pid))
            time.sleep(0.002)
        said = child.stdout.read()  # a line or two: the pipe holds them
    seconds = [line.split()[1] for line in said.splitlines() if line.startswith("seconds")]
    if child.returncode or not seconds:
        raise SystemExit("torch.onnx.export failed")
    print(json.dumps({"seconds": float(seconds[0]), "peak": peak}))


# On the host.

def in_root(*arguments):
    command = [str(HERE / "roots.sh"), "run", "sid", "python3", "/mnt/src/benchmark.py", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def measure(name, args, place):
    source = WORK / "benchmark" / f"{name}.{args.source}"
    size = source.stat().st_size
    runs = args.runs if size < 1e9 else 3
    with open(source, "rb") as f:
        while f.read(1 << 24):
            pass
    copies, exports, peak, reads = [], [], 0, 0
    axes = json.dumps({n: {"0": "batch"} for n in MODELS[name]})
    target = place / f"{name}.onnx"
    command = [args.command, str(source), "-o", str(target), "--dtype", "fp32", "--opset", "17", "-q",
               "--input-names", ",".join(MODELS[name])]
    if args.source == "pt":
        command += ["--dynamic-axes", axes]
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(["cp", str(source), str(place / "copy")], check=True)
        copies.append(time.perf_counter() - start)
        (place / "copy").unlink()
        start = time.perf_counter()
        subprocess.run(command, check=True)
        exports.append(time.perf_counter() - start)
        seen = run_watched(command)
        peak, reads = max(peak, seen[1]), reads + seen[2]
        written = sum(p.stat().st_size for p in place.glob(f"{name}.onnx*"))
        if not args.keep:
            for path in place.glob(f"{name}.onnx*"):
                path.unlink()
    line = {"MB": size / MEGABYTE, "written MB": written / MEGABYTE, "cp": statistics.median(copies), "cp least": min(copies),
            "inc-export": statistics.median(exports), "inc-export least": min(exports), "private MB": peak / MEGABYTE,
            "reads": reads}
    if not args.without_torch and name != "large":
        theirs = json.loads(in_root("--torch", name, "/tmp/benchmark.onnx").splitlines()[-1])
        line |= {"torch": theirs["seconds"], "torch MB": theirs["peak"] / MEGABYTE}
    return line


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", default=str(HERE.parents[1] / "build/examples/inc-export/inc-export"))
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--only", default=",".join(MODELS))
    parser.add_argument("--from", dest="source", choices=["pt", "pt2"], default="pt")
    parser.add_argument("--without-torch", action="store_true")
    parser.add_argument("--keep", action="store_true", help="leave the ONNX files")
    parser.add_argument("--make", nargs=2, metavar=("DIR", "NAMES"), help=argparse.SUPPRESS)
    parser.add_argument("--torch", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--torch-call", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.make:
        return make_models(pathlib.Path(args.make[0]), args.make[1].split(","))
    if args.torch:
        return watch_torch_export(*args.torch)
    if args.torch_call:
        return time_torch_export(*args.torch_call)

    (WORK / "src").mkdir(parents=True, exist_ok=True)
    shutil.copy(__file__, WORK / "src/benchmark.py")
    subprocess.run([str(HERE / "roots.sh"), "make", "sid"], check=True)
    in_root("--make", "/mnt/benchmark", ",".join(f"{name}.{args.source}" for name in args.only.split(",")))
    place = pathlib.Path(os.environ.get("INC_BENCHMARK_DIR", "/dev/shm")) / f"incexport-benchmark-{os.getpid()}"
    place.mkdir()
    try:
        for name in args.only.split(","):
            m = measure(name, args, place)
            print(f"{name}: {m['MB']:.0f} MB in, {m['written MB']:.0f} MB out")
            print(f"  cp                 {m['cp']:8.3f} s   (least {m['cp least']:.3f})")
            print(f"  inc-export         {m['inc-export']:8.3f} s   (least {m['inc-export least']:.3f})   {m['private MB']:8.1f} MB private"
                  f"   {m['inc-export'] / m['cp']:.2f} x cp")
            if "torch" in m:
                print(f"  torch.onnx.export  {m['torch']:8.3f} s   {m['torch MB']:29.1f} MB private"
                      f"   {m['torch'] / m['inc-export']:.0f} x inc-export")
            sys.stdout.flush()
    finally:
        if not args.keep:
            shutil.rmtree(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
