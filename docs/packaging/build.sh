#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian packages of what is committed, built in a copy: docs/packaging/build.sh FOLDER
# Needs Debian with the packages of Build-Depends (docs/packaging/build.sh --setup installs them). FOLDER gets
# the packages and lintian.txt; README.md explains what lintian finds.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
if [ "${1:-}" = --setup ]; then
    exec "$top/tests/support/packages.sh" build git dpkg-dev debhelper dh-python fakeroot lintian python3
fi
out=$(mkdir -p "${1:?usage: build.sh FOLDER}" && cd "$1" && pwd)
version=$(sed -n "s/.*version: '\([0-9.]*\)',$/\1/p" "$top/meson.build" | head -1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git -C "$top" archive --prefix="libincexport-$version/" HEAD | tar -x -C "$work"
(cd "$work" && tar -cJf "libincexport_$version.orig.tar.xz" "libincexport-$version")
cp -r "$work/libincexport-$version/docs/packaging/debian" "$work/libincexport-$version/debian"
cd "$work/libincexport-$version"
dpkg-buildpackage -us -uc --build=full
cp "$work"/*.deb "$work"/*.dsc "$work"/*.changes "$work"/*.tar.* "$out"
lintian --info --tag-display-limit 0 "$work"/*.changes >"$out/lintian.txt" || true
grep -v '^N:' "$out/lintian.txt" || true
ls "$out"/*.deb
