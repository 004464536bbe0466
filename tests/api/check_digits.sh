#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The quickstart's last words: exported digits models, run by the script that it calls.
#     check_digits.sh COMMAND TOP ORT-FOLDER
set -eu
command=$(realpath "$1") top=$2 runtime=$3
node=$(command -v node) && [ -d "$runtime/node_modules" ] || { echo "no Node.js, or no ONNX Runtime: skipped"; exit 77; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
"$command" "$top/examples/models/digits.pt" -q -o "$out/digits.onnx" --dynamic image:0=batch --output-names scores
"$command" "$top/examples/models/digits-static.pt" -q -o "$out/digits-static.qdq.onnx" --dynamic image:0=batch \
    --output-names scores
cd "$runtime"
"$node" "$top/examples/models/run_digits.mjs" "$out/digits.onnx" "$out/digits-static.qdq.onnx" >"$out/table"
cat "$out/table"
[ "$(grep -c ' 449 of 450 ' "$out/table")" = 2 ]
