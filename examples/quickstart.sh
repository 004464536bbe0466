#!/bin/sh
# From a bare Debian 12 to an ONNX file: installs what the build needs, builds the library and the
# command, and exports a small trained network that lies in this repository, in float32 and in int8.
#
#     examples/quickstart.sh [OUT-FOLDER]
#
# Where Node.js and onnxruntime-node are at hand (tests/run.sh installs them), the exported files are run
# on 450 images the network has never seen, and what they get right is printed beside what PyTorch got
# right.
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
batch='{"image": {"0": "batch"}}'
$command examples/models/digits.pt -o "$out/digits.onnx" --dynamic-axes "$batch" --output-names scores
echo

# The same network quantized in four ways, each in both forms of int8 ONNX files.
$command inspect examples/models/digits-static.pt --quant-format QLinear 2>"$out/inspect.log"
echo
for model in digits-static.pt digits-qat.pt digits-dynamic.pt digits-pt2e.pt2; do
    for format in QDQ QLinear; do
        file=$out/${model%.*}.$(echo $format | tr A-Z a-z).onnx
        $command "examples/models/$model" -o "$file" --quant-format $format --dynamic-axes "$batch" \
            --output-names scores -q
    done
done

runtime=$top/.cache/ort
if command -v node >/dev/null && [ -d "$runtime/node_modules/onnxruntime-node" ]; then
    cd "$runtime"
    node "$top/examples/models/run_digits.mjs" "$out/digits.onnx" "$out"/digits-*.onnx
else
    echo "To see it run, beside what PyTorch answers: tests/run.sh --setup, then this again."
fi
