#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs Debian packages that are not there yet: packages.sh PACKAGE...
# Names of groups stand for their packages: build (to build the library and the command), test,
# node (to fetch and run ONNX Runtime), lint, bindings (languages that have one).
set -eu
packages=
for name in "$@"; do
    case $name in
        build) packages="$packages gcc libc6-dev meson ninja-build pkg-config protobuf-c-compiler
            libprotobuf-c-dev libminizip-dev libyajl-dev libyaml-dev uthash-dev zlib1g-dev" ;;
        test) packages="$packages check g++ libonnx-dev python3 unzip zip" ;;
        node) packages="$packages nodejs npm" ;;
        bindings) packages="$packages binutils cargo default-jdk-headless debootstrap g++ libjna-java
            patchelf python3 python3-numpy" ;;
        lint) packages="$packages clang clang-format clang-tidy cppcheck shellcheck" ;;
        *) packages="$packages $name" ;;
    esac
done
# Node.js is often there by other means.
missing=
for package in $packages; do
    case $package in
        nodejs) command -v node >/dev/null && continue ;;
        npm) command -v npm >/dev/null && continue ;;
    esac
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "packages.sh: no apt-get here; install what corresponds to:$missing" >&2
    exit 1
fi
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
# shellcheck disable=SC2086 # a list
echo installing $missing
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get -qq update
# shellcheck disable=SC2086 # a list
$as_root apt-get -qq install -y --no-install-recommends $missing >/dev/null
