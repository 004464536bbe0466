#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A wheel of the built library works by itself, and is made the same twice:
#     check_wheel.sh LIBRARY MODELS UNSUPPORTED [ROOT]
# ROOT: install it with pip in a Debian root that has python3 and python3-pip and no compiler.
set -eu
unset LD_LIBRARY_PATH INCEXPORT_LIBRARY
library=$1 models=$2 unsupported=$3 root=${4:-}
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build=$top/examples/bindings/python/build_wheel.py
wheel=$(python3 "$build" "$library" "$work/one")
again=$(python3 "$build" "$library" "$work/two")
cmp "$wheel" "$again"
if [ -z "$root" ]; then
    python3 -m zipfile -e "$wheel" "$work/site"
    for file in "$work"/site/incexport/lib/*; do
        ! ldd "$file" | grep -v -e "$work/site" -e 'lib\(c\|m\|dl\|pthread\|rt\)\.so' -e ld-linux -e linux-vdso
    done
    # From elsewhere, since a script's own folder comes first.
    cp "$top/examples/bindings/python/test_incexport.py" "$work"
    PYTHONPATH="$work/site" python3 "$work/test_incexport.py" - "$models" - "$unsupported"
    exit
fi
! chroot "$root" sh -c 'command -v cc || command -v gcc' || { echo "$root has a compiler"; exit 1; }
there=$(mktemp -d "$root/tmp/wheel.XXXXXX")
trap 'rm -rf "$work" "$there"' EXIT
cp -r "$wheel" "$top/examples/bindings/python/test_incexport.py" "$models" "$unsupported" "$there"
inside=${there#"$root"}
chroot "$root" sh -ec "cd $inside
    python3 -m pip install -q --no-index --target site ./*.whl
    PYTHONPATH=site python3 test_incexport.py - models - $(basename "$unsupported")"
