#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs ONNX Runtime, for tests, into a folder: fetch-ort.sh FOLDER
# The npm package carries the shared library; nothing of it is run by npm. Prints the library's path.
set -eu
folder=${1:?usage: fetch-ort.sh FOLDER}
version=${INC_ORT_VERSION:-1.23.2}
find_library() {
    ls "$folder"/node_modules/onnxruntime-node/bin/napi-v*/linux/"$machine"/libonnxruntime.so.1 2>/dev/null
}
case $(uname -m) in
    x86_64) machine=x64 ;;
    aarch64) machine=arm64 ;;
    *) echo "fetch-ort.sh: no ONNX Runtime package for $(uname -m)" >&2; exit 1 ;;
esac
if ! find_library; then
    mkdir -p "$folder"
    (cd "$folder" && npm install --loglevel=error --no-audit --no-fund --no-save --ignore-scripts \
        --prefix . "onnxruntime-node@$version" >&2)
    # The package holds the libraries of every system; keep ours.
    find "$folder/node_modules/onnxruntime-node/bin" -mindepth 2 -maxdepth 3 -type d \
        ! -path "*/linux" ! -path "*/linux/$machine" -prune -exec rm -rf {} +
    find_library
fi
