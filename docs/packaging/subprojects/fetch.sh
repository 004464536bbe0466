#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The libraries that libincexport needs, as Meson subprojects of Debian's source packages: fetch.sh [FOLDER]
# For machines and projects that have none of them: FOLDER (default: this one) is the folder of subprojects of the project
# that is built. Needs apt-get and dpkg-dev, of any Debian; the sources have Debian's fixes, and apt checks them.
# INC_DEBIAN=trixie takes those of another release than bookworm. Uthash is a header, and comes as the package it is in.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mkdir -p "${1:-$here}" && cd "${1:-$here}" && pwd)
release=${INC_DEBIAN:-bookworm}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial"
chmod -R 777 "$work"
# From where this machine's own packages come.
own=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Release: $own" | sed -n 1p)
for kind in deb deb-src; do
    echo "$kind [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main"
done >"$work/sources.list"
get() {
    apt-get -qq -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o Acquire::Retries=3 "$@"
}
cd "$work"
get update
for name in zlib minizip protobuf-c yajl libyaml uthash; do
    [ ! -e "$folder/$name/meson.build" ] || continue
    if [ "$name" = uthash ]; then
        get download uthash-dev
        mkdir "$name"
        dpkg -x uthash-dev_*.deb root
        mv root/usr/include "$name/src"
        dpkg-deb -f uthash-dev_*.deb Version >full-version
    else
        get source --download-only "$name"
        dpkg-source --no-check --extract "$name"_*.dsc "$name" >/dev/null
        dpkg-parsechangelog -l "$name/debian/changelog" -S Version >full-version
    fi
    sed 's/^[0-9]*://; s/[+.~]*dfsg.*//; s/-[^-]*$//' full-version >"$name/version"
    rm -rf "$name/debian" "${folder:?}/$name"
    cp -r "$here/packagefiles/$name/." "$name"
    mv "$name" "$folder/$name"
    echo "$folder/$name: $(cat "$folder/$name/version")"
done
