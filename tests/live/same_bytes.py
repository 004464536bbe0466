#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether two builds write the same bytes: same_bytes.py OLD-BUILD NEW-BUILD [FOLDER...] [options]

For changes that must not change any answer. Exports with the command of either build folder (or with two commands)
every model below tests/data and the FOLDERs: as float32 at several opsets, quantized ones in both int8 formats,
quantized state_dicts over their FP32 models, fixed sizes and, where a case.json names them, dynamic ones. Where both
folders have tests/ops/run_ops, the recorded operator cases too. Reported is what differs: "bytes" is the ONNX file,
"refusal" one that only one build refuses, "message" anything else that is said: errors, warnings, the plan, counts.

    --only PATTERN     exports and operator cases whose name matches
    --no-ops           without the recorded operator cases
    --no-models        only those
    --messages         fail where only messages differ, too
    --show             print both texts where messages differ
    -j N               exports at the same time (1)

The exit status is 1 when anything differs. Needs no PyTorch and no root. To have an old build:

    git worktree add /tmp/old main && meson setup /tmp/old/build /tmp/old -Dtests=enabled &&
        ninja -C /tmp/old/build examples/inc-export/inc-export tests/ops/run_ops
"""

import argparse
import concurrent.futures
import fnmatch
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data"
FP32_OPSETS = (11, 14, 17, 20)
INT8_OPSETS = (11, 13, 14, 17)
LATEST = 17


def inputs_of(model):
    """The recorded inputs beside a model, or None."""
    stem = model.name.split(".")[0]
    for name in (f"{stem}.inputs.npz", f"{stem}.npz", "inputs_0.npz", "inputs.npz"):
        if (model.parent / name).exists():
            return model.parent / name
    return None


def checkpoints_of(model):
    """The quantized state_dicts that lie beside an FP32 model: paths, with their best_configure or None."""
    stem, folder = model.name.split(".")[0], model.parent
    if ".fp32." in model.name:
        found = [folder / f"{stem}.state.pt"]
    elif model.stem in ("fp32", "model"):
        found = [folder / n for n in ("best_model.pt", "best_model_weights.pt", "state.pt")]
    else:
        found = []
    return [path for path in found if path.exists()]


def exports_of(model):
    """(what, arguments) for every export of a model."""
    arguments = [str(model)]
    case = model.parent / "case.json"
    facts = json.loads(case.read_text()) if case.exists() else {}
    axes = ["--dynamic-axes", json.dumps(facts["dynamic_axes"])] if facts.get("dynamic_axes") else []
    names = []
    for option in ("input_names", "output_names"):
        if facts.get(option):
            names += ["--" + option.replace("_", "-"), ",".join(facts[option])]
    inputs = inputs_of(model)
    if inputs and model.suffix != ".pt2":
        arguments += ["--example-inputs", str(inputs)]
    for opset in FP32_OPSETS:
        yield f"fp32 {opset}", [*arguments, "--dtype", "fp32", "--opset", str(opset)]
    if axes:
        yield f"fp32 {LATEST} dynamic", [*arguments, *names, *axes, "--dtype", "fp32", "--opset", str(LATEST)]
    quantized = [(f" {c.name}", ["--quantized", str(c)]) for c in checkpoints_of(model)]
    for suffix, checkpoint in [("", []), *quantized]:
        for form in ("QDQ", "QLinear"):
            for opset in INT8_OPSETS:
                what = ["--dtype", "int8", "--quant-format", form, "--opset", str(opset)]
                yield f"{form} {opset}{suffix}", [*arguments, *checkpoint, *what]
            if axes:
                what = ["--dtype", "int8", "--quant-format", form, "--opset", str(LATEST)]
                yield f"{form} {LATEST} dynamic{suffix}", [*arguments, *checkpoint, *names, *axes, *what]


def only_inputs(npz, folder):
    """The in_K of an .npz that holds the answers too, as one of its own."""
    with zipfile.ZipFile(npz) as archive:
        names = archive.namelist()
        if not any(n.startswith("out_") for n in names):
            return npz
        path = pathlib.Path(folder) / (hashlib.sha1(str(npz).encode()).hexdigest() + ".npz")
        if not path.exists():
            with zipfile.ZipFile(path, "w") as kept:
                for name in names:
                    if name.startswith("in_"):
                        kept.writestr(name, archive.read(name))
        return path


def export(command, arguments, output):
    """(status, digest of the file, text) of one run of the command."""
    output.unlink(missing_ok=True)
    run = subprocess.run([command, *arguments, "--json", "-o", str(output)], capture_output=True, text=True,
                         errors="replace", timeout=600, check=False)
    data = output.read_bytes() if output.exists() else b""
    external = output.with_name(output.name + ".data")
    if external.exists():
        data += external.read_bytes()
        external.unlink()
    text = run.stdout + run.stderr
    try:
        said = json.loads(run.stdout)
        said.pop("seconds", None)
        text = json.dumps(said, sort_keys=True, indent=1) + run.stderr
    except ValueError:
        pass
    return run.returncode, hashlib.sha256(data).hexdigest(), text


def compare_export(commands, name, arguments, folder):
    output = pathlib.Path(folder) / (hashlib.sha1(name.encode()).hexdigest() + ".onnx")
    old, new = (export(c, arguments, output) for c in commands)
    output.unlink(missing_ok=True)
    if old[0] != new[0]:
        return name, "refusal" if 0 in (old[0], new[0]) else "message", old, new
    return name, "bytes" if old[1] != new[1] else "message" if old[2] != new[2] else None, old, new


def operator_hashes(run_ops, family, folder, only):
    path = pathlib.Path(folder) / f"{family.stem}.hashes"
    path.unlink(missing_ok=True)
    env = {**os.environ, "INC_OPS_HASHES": str(path)}
    if only:
        env["INC_OPS_ONLY"] = only
    subprocess.run([run_ops, family, DATA.parent / "ops" / "expected.tsv"], env=env, check=True, capture_output=True)
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    return dict(line.partition("\t")[::2] for line in lines)


def compare_family(run_ops, family, folder, only):
    old, new = (operator_hashes(r, family, folder, only) for r in run_ops)
    results = []
    for name in {**old, **new}:
        a, b = old.get(name, "not exported"), new.get(name, "not exported")
        written = [t.split(" ")[0].isdigit() for t in (a, b)]
        kind = None if a == b else "bytes" if all(written) else "refusal" if any(written) else "message"
        results.append((name, kind, (0, a, a), (0, b, b)))
    return results


def models_below(folders):
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*.pt*")):
            if path.suffix in (".pt", ".pt2", ".ptl") and not path.name.endswith(".state.pt"):
                yield path


def find(build, inside):
    path = pathlib.Path(build)
    path = path if path.is_file() and "inc-export" in inside else path / inside
    return str(path.resolve()) if path.exists() else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--only")
    parser.add_argument("--no-ops", action="store_true")
    parser.add_argument("--no-models", action="store_true")
    parser.add_argument("--messages", action="store_true")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("-j", type=int, default=1)
    given = parser.parse_args()
    builds = (given.old, given.new)
    commands = [find(b, "examples/inc-export/inc-export") for b in builds]
    run_ops = [find(b, "tests/ops/run_ops") for b in builds]
    if not all(commands):
        sys.exit("same_bytes.py: no inc-export in one of the builds")
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(given.j) as pool:
        jobs = []
        if not given.no_models:
            for model in models_below([DATA, *given.folders]):
                for what, arguments in exports_of(model):
                    name = f"{model} {what}"
                    if given.only and not fnmatch.fnmatch(name, f"*{given.only}*"):
                        continue
                    arguments = [str(only_inputs(a, folder)) if a.endswith(".npz") else a for a in arguments]
                    jobs.append(pool.submit(compare_export, commands, name, arguments, folder))
        families = sorted((DATA / "ops").glob("*.zip")) if all(run_ops) and not given.no_ops else []
        lists = [pool.submit(compare_family, run_ops, f, folder, given.only) for f in families]
        results = [job.result() for job in jobs] + [r for job in lists for r in job.result()]
    counts = {"bytes": 0, "refusal": 0, "message": 0, None: 0}
    for name, kind, old, new in results:
        counts[kind] += 1
        if kind:
            print(f"{kind:8}{name}")
        if kind in ("message", "refusal") and given.show:
            print(f"--- old: {old[2]}\n--- new: {new[2]}")
    n_written = sum(1 for _, _, old, _ in results if old[0] == 0)
    print(f"{len(results)} exports ({n_written} written by the old build): {counts[None]} the same, "
          f"{counts['bytes']} differ in bytes, {counts['refusal']} in being refused, {counts['message']} in messages")
    sys.exit(counts["bytes"] + counts["refusal"] + (counts["message"] if given.messages else 0) > 0)


if __name__ == "__main__":
    main()
