#!/bin/sh
# From a bare Debian 12 to an ONNX file: installs what the build needs, builds the library and the
# command, and exports a small trained network that lies in this repository.
#
#     examples/quickstart.sh [OUT-FOLDER]
#
# Where Node.js and onnxruntime-node are at hand (tests/run.sh installs them), the exported file is run
# on 450 images it has never seen, and what it gets right is printed beside what PyTorch got right.
set -eu
cd "$(dirname "$0")/.."
top=$PWD
out=${1:-$top/build/quickstart}
mkdir -p "$out"

tests/support/packages.sh build
[ -f build/build.ninja ] || meson setup build >build-setup.log || { cat build-setup.log; exit 1; }
rm -f build-setup.log
meson compile -C build inc-export >"$out/build.log" || { cat "$out/build.log"; exit 1; }
echo "built build/lib/libincexport.so and build/examples/inc-export/inc-export"
echo

command=build/examples/inc-export/inc-export
$command inspect examples/models/digits.pt
echo
$command examples/models/digits.pt -o "$out/digits.onnx" \
    --dynamic-axes '{"image": {"0": "batch"}}' --output-names scores
echo

runtime=$top/.cache/ort
if command -v node >/dev/null && [ -d "$runtime/node_modules/onnxruntime-node" ]; then
    cd "$runtime"
    node "$top/examples/models/run_digits.mjs" "$out/digits.onnx"
else
    echo "To see it run, beside what PyTorch answers: tests/run.sh --setup, then this again."
fi
