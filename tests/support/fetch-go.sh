#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fetches purego, with which Go calls C without cgo, and a Go that is new enough for it, for the test of that binding:
# fetch-go.sh FOLDER
# Both are Debian's packages, of the release that has them first; nothing is installed. FOLDER/go/bin/go and
# FOLDER/purego are there then.
set -eu
folder=${1:?usage: fetch-go.sh FOLDER}
release=trixie-backports
[ -e "$folder/done" ] && exit 0
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$folder/work
rm -rf "$work" && mkdir -p "$work/lists/partial" "$work/archives/partial"
chmod -R 777 "$work"
own=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Release: $own" | sed -n 1p)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" >"$work/sources.list"
get() {
    apt-get -qq -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work" "$@"
}
get update
version=$(apt-cache -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work" show golang-go | sed -n 's/^Depends:.*\bgolang-\([0-9.]*\)-go\b.*/\1/p' | head -1)
cd "$work"
get download "golang-$version-go" "golang-$version-src" golang-github-ebitengine-purego-dev
for package in ./*.deb; do
    dpkg -x "$package" "$work/root"
done
rm -rf "$folder/root" "$folder/go" "$folder/purego"
mv "$work/root" "$folder/root"
ln -s "root/usr/lib/go-$version" "$folder/go"
ln -s root/usr/share/gocode/src/github.com/ebitengine/purego "$folder/purego"
rm -rf "$work"
touch "$folder/done"
