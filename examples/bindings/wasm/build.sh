#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the package: build.sh FOLDER [MESON-OPTION]... needs Emscripten (Debian's: apt-get install emscripten) and what
# the library itself is built with. FOLDER/incexport-wasm is the package then.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
folder=$(mkdir -p "$1" && cd "$1" && pwd)
shift
# Node.js of another source than Debian's does not look there for what Debian's Emscripten needs.
export NODE_PATH=/usr/share/nodejs${NODE_PATH:+:$NODE_PATH}

"$here/deps.sh" "$folder/deps"
if [ ! -f "$folder/build/build.ninja" ]; then
    printf '[properties]\npkg_config_libdir = %s\n[built-in options]\nc_args = %s\nc_link_args = %s\n' \
        "['$folder/deps/lib/pkgconfig']" \
        "['-I$folder/deps/include', '-sSUPPORT_LONGJMP=${LONGJMP:-wasm}']" \
        "['-L$folder/deps/lib', '-sSUPPORT_LONGJMP=${LONGJMP:-wasm}']" >"$folder/cross.ini"
    meson setup --cross-file "$here/emscripten.ini" --cross-file "$folder/cross.ini" -Dbuildtype=release -Db_ndebug=true \
        -Ddefault_library=static -Dtests=disabled "$@" "$folder/build" "$top"
fi
ninja -C "$folder/build" ${JOBS:+-j$JOBS} examples/bindings/wasm/module.js

package=$folder/incexport-wasm
mkdir -p "$package"
cp "$here"/{package.json,README.md,*.js,*.d.ts} "$package"
cp "$folder"/build/examples/bindings/wasm/module.{js,wasm} "$package"
cp "$top/LICENSE" "$package"
