#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From a bare Debian 12 to an ONNX file: installs what the build needs, builds the library and the
# command, installs them below /usr/local, and exports a small trained network that lies in this
# repository, in float32 and in int8.
#
#     examples/quickstart.sh [--no-install] [--without-ort] [OUT-FOLDER]
#
# At the end the exported files are run on 450 images the network has never seen, and what they get right
# is printed beside what PyTorch got right. For that Node.js and onnxruntime-node are fetched from npm;
# --without-ort leaves it out. --no-install leaves the command where it was built.
set -eu
cd "$(dirname "$0")/.."
top=$PWD
install=yes
with_ort=yes
while :; do
    case ${1:-} in
        --no-install) install=no ;;
        --without-ort) with_ort=no ;;
        *) break ;;
    esac
    shift
done
out=${1:-$top/build/quickstart}
runtime=$top/.cache/ort
mkdir -p "$out"

tests/support/packages.sh build
[ -f build/build.ninja ] || meson setup build >build-setup.log || { cat build-setup.log; exit 1; }
rm -f build-setup.log
meson compile -C build inc-export >"$out/build.log" || { cat "$out/build.log"; exit 1; }
command=build/examples/inc-export/inc-export
if [ $install = yes ]; then
    as_root=
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root meson install -C build >"$out/install.log" || { cat "$out/install.log"; exit 1; }
    command=inc-export
    command -v inc-export >/dev/null || command=$top/build/examples/inc-export/inc-export
    echo "installed inc-export, and libincexport for pkg-config, below $(pkg-config --variable=prefix incexport)"
else
    echo "built build/lib/libincexport.so and build/examples/inc-export/inc-export; meson install -C build installs them"
fi
echo

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

if [ $with_ort = no ]; then
    echo "The files are in $out; they were not run."
elif tests/support/packages.sh node && tests/support/fetch-ort.sh "$runtime" >"$out/runtime.log"; then
    cd "$runtime"
    node "$top/examples/models/run_digits.mjs" "$out/digits.onnx" "$out"/digits-*.onnx
else
    echo "The files are in $out; they were not run: ONNX Runtime cannot be had from npm (see above)."
fi
