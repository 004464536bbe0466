#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
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
(unset LD_LIBRARY_PATH && "$command" "$model" -q -o "$work/again.onnx")
cmp "$work/out.onnx" "$work/again.onnx"
[ -L "$(dirname "$folder")/libincexport.so.0" ]
# No other .pc file is asked for, and no folder of headers but ours is named.
PKG_CONFIG_LIBDIR=/nowhere pkg-config --exists --print-errors incexport
pkg-config --cflags incexport | grep -q -e ' .' && exit 1
# A static library links by what pkg-config says of it.
meson setup "$work/static" "$top" -Ddefault_library=static -Dtests=disabled -Dtools=disabled >"$work/log" ||
    { cat "$work/log"; exit 1; }
mkdir -p "$work/static-lib"
# shellcheck disable=SC2046 # a list: the same objects, which lie there as a thin archive
ar rcs "$work/static-lib/libincexport.a" $(ar t "$build/lib/libincexport-objects.a")
cp "$work/static/meson-private/incexport.pc" "$work/static-lib"
# shellcheck disable=SC2046 # a list
(unset PKG_CONFIG_SYSROOT_DIR && export PKG_CONFIG_PATH="$work/static-lib" &&
    "$cc" -std=c11 -I"$top/include" "$top/tests/api/consumer.c" -o "$work/static-consumer" \
        -L"$work/static-lib" $(pkg-config --static --libs-only-l incexport))
(unset LD_LIBRARY_PATH && "$work/static-consumer" "$model" "$work/static.onnx")
cmp "$work/out.onnx" "$work/static.onnx"
# CMake finds it by where it is installed, whatever is asked of the version.
if command -v cmake >/dev/null; then
    mkdir "$work/cmake"
    cp "$top/tests/api/consumer.c" "$work/cmake"
    cat >"$work/cmake/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.13)
project(user C)
find_package(incexport 0.1 REQUIRED)
add_executable(consumer consumer.c)
target_link_libraries(consumer PRIVATE incexport::incexport)
END
    CC=$cc cmake -S "$work/cmake" -B "$work/cmake/build" -Dincexport_DIR="$(dirname "$folder")/cmake/incexport" \
        >"$work/log" || { cat "$work/log"; exit 1; }
    cmake --build "$work/cmake/build" >"$work/log" || { cat "$work/log"; exit 1; }
    (unset LD_LIBRARY_PATH && "$work/cmake/build/consumer" "$model" "$work/cmake.onnx")
    cmp "$work/out.onnx" "$work/cmake.onnx"
fi
# Every option is completed by every shell and stands on the manual page; what the shells and man say to it is theirs.
share=$(find "$work/root" -path '*/share/man' -prune)
share=${share%/man}
complete=$share/bash-completion/completions/inc-export.bash
for option in $("$command" --help | sed -n 's/^ *\(-.,\)\? *--\([a-z-]*\).*/\2/p'); do
    for file in "$complete" "$share/zsh/site-functions/_inc-export" "$share/fish/vendor_completions.d/inc-export.fish"; do
        grep -q -e "--$option\b" -e "-l $option\b" "$file" || { echo "$file lacks $option"; exit 1; }
    done
    grep -q -e "$(echo "--$option" | sed 's/-/\\\\-/g')" "$share/man/man1/inc-export.1" || { echo "the manual lacks $option"; exit 1; }
done
cat >"$work/complete.bash" <<'END'
. "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_inc_export
echo "${COMPREPLY[*]}"
END
[ "$(bash "$work/complete.bash" "$complete" inc-export ins)" = inspect ]
[ "$(bash "$work/complete.bash" "$complete" inc-export x --dtyp)" = --dtype ]
[ "$(bash "$work/complete.bash" "$complete" inc-export x --dtype '')" = "auto fp32 int8" ]
[ "$(bash "$work/complete.bash" "$complete" inc-export x --dtype = f)" = fp32 ]
[ "$(bash "$work/complete.bash" "$complete" inc-export check x --out)" = --output-names ]
[ "$(cd "$work" && bash "$work/complete.bash" "$complete" inc-export -o out.o)" = out.onnx ]
if command -v zsh >/dev/null; then zsh -n "$share/zsh/site-functions/_inc-export"; fi
if command -v fish >/dev/null; then
    [ "$(fish -c "source $share/fish/vendor_completions.d/inc-export.fish; complete -C 'inc-export x --dtype a'" | cut -f1)" = auto ]
fi
if command -v mandoc >/dev/null; then
    mandoc -Tlint -Wwarning "$share/man/man1/inc-export.1" "$share/man/man3/libincexport.3" | grep -v 'missing date' && exit 1
fi
# Links between the documents lead to what is installed.
doc=$share/doc/libincexport
grep -o '](docs/[a-z-]*\.md)' "$doc/README.md" | sort -u | tr -d '])(' | while read -r file; do [ -s "$doc/$file" ]; done
cmp "$top/LICENSE" "$doc/LICENSE"
# Nothing else is installed.
find "$work/root" -type f | sed "s|$work/root||" | sort | grep -v -e '/include/incexport/[a-z]*\.h$' \
    -e '/libincexport\.so\.[0-9.]*$' -e '/incexport\.pc$' -e '/incexport-config\(-version\)\?\.cmake$' -e '/bin/inc-export$' \
    -e '/share/doc/libincexport/' -e '/completions/inc-export\.bash$' -e '/site-functions/_inc-export$' \
    -e '/vendor_completions\.d/inc-export\.fish$' -e '/man1/inc-export\.1$' -e '/man3/libincexport\.3$' && exit 1
exit 0
