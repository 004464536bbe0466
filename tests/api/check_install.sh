#!/bin/sh
# A program builds against an installed copy by pkg-config alone: check_install.sh TOP BUILD CC MODEL
set -eu
top=$1 build=$2 cc=$3 model=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
meson install -C "$build" --no-rebuild --quiet --destdir "$work/root"
folder=$(dirname "$(find "$work/root" -name incexport.pc)")
export PKG_CONFIG_PATH="$folder" PKG_CONFIG_SYSROOT_DIR="$work/root"
[ "$(pkg-config --modversion incexport)" = "$(sed -n "s/.*version: '\([0-9.]*\)',$/\1/p" "$top/meson.build" | head -1)" ]
# shellcheck disable=SC2046 # a list
"$cc" -std=c11 -Wall -Wextra -Werror "$top/tests/api/consumer.c" -o "$work/consumer" \
    $(pkg-config --cflags --libs incexport)
LD_LIBRARY_PATH=$(dirname "$folder")
export LD_LIBRARY_PATH
"$work/consumer" "$model" "$work/out.onnx"
[ -s "$work/out.onnx" ]
command=$(find "$work/root" -name inc-export -type f)
"$command" "$model" -q -o "$work/again.onnx"
cmp "$work/out.onnx" "$work/again.onnx"
[ -L "$(dirname "$folder")/libincexport.so.0" ]
# Nothing else is installed.
find "$work/root" -type f | sed "s|$work/root||" | sort | grep -v -e '/include/incexport/[a-z]*\.h$' \
    -e '/libincexport\.so\.[0-9.]*$' -e '/incexport\.pc$' -e '/bin/inc-export$' && exit 1
exit 0
