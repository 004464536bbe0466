#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The libraries that libincexport needs, for WebAssembly: deps.sh FOLDER. They are built by Emscripten from Debian's
# source packages into FOLDER/include, FOLDER/lib and FOLDER/lib/pkgconfig; where they are already, nothing is done.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
sources=$folder/sources
done=$folder/done-$(cksum <"$0" | cut -d" " -f1) # by this version
[ ! -e "$done" ] || exit 0

# Of the release that this machine runs, whether or not it fetches sources otherwise.
fetch() {
    local release mirror
    # shellcheck disable=SC1091 # not there when this is checked
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Release: $release" | sed -n 1p)
    rm -rf "$sources" && mkdir -p "$sources/lists/partial"
    chmod 777 "$sources"
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "$mirror $release main" >"$sources/sources.list"
    local apt=(apt-get -qq -o Dir::Etc::SourceList="$sources/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State::Lists="$sources/lists" -o Dir::Cache="$sources/cache")
    cd "$sources"
    "${apt[@]}" update
    "${apt[@]}" source --download-only zlib minizip protobuf-c yajl libyaml
    for dsc in *.dsc; do
        dpkg-source --extract "$dsc" "${dsc%%_*}" >/dev/null
    done
}

library() { # library NAME SOURCE...
    local name=$1 objects=() source
    shift
    for source in "$@"; do
        emcc -c -O2 -DNDEBUG "${flags[@]}" -o "$source.o" "$source"
        objects+=("$source.o")
    done
    rm -f "$folder/lib/lib$name.a"
    emar cr "$folder/lib/lib$name.a" "${objects[@]}"
}

package() { # package NAME VERSION LIBRARY [FOLDER-OF-HEADERS]
    printf '%s\n' "Name: $1" "Description: $1" "Version: $2" "Libs: -L$folder/lib -l$3" \
        "Cflags: -I$folder/include${4:+/$4}" >"$folder/lib/pkgconfig/$1.pc"
}

version_of() {
    dpkg-parsechangelog -l "$sources/$1/debian/changelog" -S Version | sed 's/[+.]*dfsg.*//; s/-.*//'
}

fetch
mkdir -p "$folder/lib/pkgconfig" "$folder/include/minizip" "$folder/include/yajl" "$folder/include/protobuf-c"

cd "$sources/zlib"
cp zlib.h zconf.h "$folder/include"
flags=(-DHAVE_UNISTD_H)
library z adler32.c crc32.c inffast.c inflate.c inftrees.c zutil.c
package zlib "$(version_of zlib)" z

cd "$sources/minizip"
cp ioapi.h unzip.h "$folder/include/minizip"
flags=(-DHAVE_UNISTD_H -DNOCRYPT -DNOUNCRYPT -DUSE_FILE32API "-I$folder/include")
library minizip ioapi.c unzip.c
package minizip "$(version_of minizip)" minizip minizip

cd "$sources/protobuf-c"
cp protobuf-c/protobuf-c.h "$folder/include/protobuf-c"
flags=(-I.)
library protobuf-c protobuf-c/protobuf-c.c
package libprotobuf-c "$(version_of protobuf-c)" protobuf-c

cd "$sources/yajl"
cp src/api/*.h "$folder/include/yajl"
sed -e 's/.{YAJL_MAJOR}/2/' -e 's/.{YAJL_MINOR}/1/' -e 's/.{YAJL_MICRO}/0/' src/api/yajl_version.h.cmake \
    >"$folder/include/yajl/yajl_version.h"
flags=("-I$folder/include")
library yajl src/yajl.c src/yajl_alloc.c src/yajl_buf.c src/yajl_encode.c src/yajl_lex.c src/yajl_parser.c src/yajl_tree.c
package yajl "$(version_of yajl)" yajl

cd "$sources/libyaml"
cp include/yaml.h "$folder/include"
flags=(-Iinclude '-DYAML_VERSION_STRING="0.2.5"' -DYAML_VERSION_MAJOR=0 -DYAML_VERSION_MINOR=2 -DYAML_VERSION_PATCH=5)
library yaml src/api.c src/loader.c src/parser.c src/reader.c src/scanner.c
package yaml-0.1 "$(version_of libyaml)" yaml

cp /usr/include/uthash.h "$folder/include" # of uthash-dev: a header alone, the same for every machine

rm -rf "$sources" "$folder"/done-*
touch "$done"
