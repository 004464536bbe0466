#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether exports cost what they cost before: check_cost.py [--update] COMMAND

Counts what does not depend on the machine or its load, and compares it with tests/support/cost.tsv: the instructions of
an export (valgrind's callgrind; within 5 %), the memory that it took from its allocator (within 5 %), and the nodes that
it wrote (the same number). For a build of -O2 by Debian 12's gcc. What became cheaper by more than that is told too, so
that the stored figures are those of now; --update stores what was measured."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
STORED = HERE / "cost.tsv"
TOLERANCE = 0.05
COLUMNS = ("instructions", "KiB", "nodes")
FEW_NODES, MANY_NODES = 300, 3000
EXPORTS = {
    "digits": [TOP / "examples/models/digits.pt"],
    "digits as integers": [TOP / "examples/models/digits-static.pt", "--dtype", "int8"],
    "a program of torch.export": [TOP / "tests/data/pt2/torch26/pictures.pt2"],
    "folded weights": ["resnet50", "--input", "x=float32[1,3,224,224]"],
    "transposed weights": ["bert=1", "--input", "x=int64[1,128]"],
    f"{FEW_NODES} nodes": [f"nodes={FEW_NODES}", "--input", "x=float32[2,4,8]", "--opset", "17"],
    f"{MANY_NODES} nodes": [f"nodes={MANY_NODES}", "--input", "x=float32[2,4,8]", "--opset", "17"],
}


def run(command, *arguments):
    result = subprocess.run([*command, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{result.stderr}")
    return result


def measure(command, arguments, folder):
    model, *options = map(str, arguments)
    if "/" not in model:
        path = f"{folder}/{model}.pt"
        run([sys.executable, HERE / "generate_models.py", model, path])
        model = path
    export = [command, model, *options, "-o", f"{folder}/out.onnx"]
    counted = run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind", *export], "-q")
    told = run(export, "--json", "-vv")
    return (int(re.search(r"Collected : (\d+)", counted.stderr)[1]),
            int(re.search(r"(\d+) of \d+ KiB of memory", told.stderr)[1]),
            json.loads(told.stdout)["nodes"])


def differences(name, now, before):
    for column, a, b in zip(COLUMNS, now, before):
        if a != b if column == "nodes" else abs(a - b) > TOLERANCE * b:
            yield f"{name}: {a:,} {column}, {100 * (a / b - 1):+.1f} % of the {b:,} that are stored"


def main():
    update = sys.argv[1:2] == ["--update"]
    if len(sys.argv) != 2 + update:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        now = {name: measure(sys.argv[-1], arguments, folder) for name, arguments in EXPORTS.items()}
    print(f"{'':28}" + "".join(f"{c:>14}" for c in COLUMNS))
    for name, figures in now.items():
        print(f"{name:28}" + "".join(f"{f:>14,}" for f in figures))
    few, many = (now[f"{n} nodes"][0] for n in (FEW_NODES, MANY_NODES))
    wrong = []
    if many > few * MANY_NODES / FEW_NODES * 1.1:
        wrong.append(f"ten times the nodes take {many / few:.1f} times the instructions")
    if update:
        STORED.write_text("".join("\t".join([name, *map(str, figures)]) + "\n" for name, figures in now.items()))
    else:
        rows = (line.split("\t") for line in STORED.read_text().splitlines())
        stored = {name: [int(f) for f in figures] for name, *figures in rows}
        for name in sorted(now.keys() ^ stored.keys()):
            wrong.append(f"{name}: not in both the list of exports and {STORED.name}")
        for name in now.keys() & stored.keys():
            wrong += differences(name, now[name], stored[name])
    print("\n".join(wrong) or "as before")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
