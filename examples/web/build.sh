#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the page: build.sh FOLDER; FOLDER/site is what a server of files has to serve then. FOLDER/ort, npm's
# onnxruntime-web/dist, goes with it where it is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mkdir -p "$1" && cd "$1" && pwd)
"$here/../bindings/wasm/build.sh" "$folder"
mkdir -p "$folder/site/incexport-wasm"
cp "$here"/{index.html,page.css,page.js,run.js} "$folder/site"
cp "$folder"/incexport-wasm/*.{js,wasm} "$folder/site/incexport-wasm"
[ ! -d "$folder/ort" ] || cp -r "$folder/ort" "$folder/site"
