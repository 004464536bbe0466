#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the page needs of ONNX Runtime Web, from npm: fetch-ort-web.sh FOLDER
# Nothing of it is run by npm.
set -eu
folder=${1:?usage: fetch-ort-web.sh FOLDER}
version=1.30.0
[ -f "$folder/ort.wasm.min.mjs" ] && exit 0
mkdir -p "$folder"
package=$(mktemp -d)
trap 'rm -rf "$package"' EXIT
npm pack --loglevel=error --pack-destination "$package" "onnxruntime-web@$version" >/dev/null
tar -xzf "$package"/*.tgz -C "$package"
for file in ort.wasm.min.mjs ort-wasm-simd-threaded.mjs ort-wasm-simd-threaded.wasm; do
    cp "$package/package/dist/$file" "$folder"
done
