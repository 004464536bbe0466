#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every header stands alone: check_headers.sh TOP BUILD CC [CXX]
# Public ones as C99, C11 and, where there is a C++ compiler, as C++11; private ones as C11.
set -eu
top=$1 build=$2 cc=$3 cxx=${4:-}
warnings="-Wall -Wextra -Wpedantic -Werror"
failed=0
compile() { # compile HEADER COMPILER...
    header=$1
    shift
    if ! printf '#include "%s"\n' "$header" | "$@" -fsyntax-only -; then
        echo "$header does not stand alone ($*)"
        failed=1
    fi
}
# shellcheck disable=SC2086 # a list
for path in "$top"/include/incexport/*.h; do
    header=incexport/$(basename "$path")
    for std in c99 c11; do
        compile "$header" "$cc" -x c -std=$std $warnings -I"$top/include"
    done
    [ -z "$cxx" ] || compile "$header" "$cxx" -x c++ -std=c++11 $warnings -I"$top/include"
done
for path in $(cd "$top/lib" && find . -name '*.h'); do
    compile "${path#./}" "$cc" -x c -std=c11 -D_XOPEN_SOURCE=700 -I"$top/lib" -I"$top/include" \
        -I"$build/proto"
done
exit $failed
