#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs koffi, with which Node.js calls C, for the test of that binding: fetch-koffi.sh FOLDER
# Nothing of it is run by npm; the package carries built libraries.
set -eu
folder=${1:?usage: fetch-koffi.sh FOLDER}
top=$(cd "$(dirname "$0")/../.." && pwd)
version=$(sed -n 's/.*"koffi": "\(.*\)".*/\1/p' "$top/examples/bindings/node/package.json")
[ -d "$folder/node_modules/koffi" ] && exit 0
mkdir -p "$folder"
cd "$folder"
npm install --loglevel=error --no-audit --no-fund --no-save --ignore-scripts --prefix . "koffi@$version"
