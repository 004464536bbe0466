#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need (Check, ONNX Runtime from npm, …), builds, and runs all tests. A test that is
# skipped is named at the end and makes the run fail.
#
#     tests/run.sh [--setup] [--without-ort] [ARGUMENT OF "meson test"]...
#
# --setup: install only. --without-ort: where npm's registry cannot be reached; exported models are not run
# then, and what is left out is said. INC_BUILD is the build folder (default build), INC_SETUP more options
# for "meson setup". One suite alone: tests/run.sh --suite onnx.
set -eu
cd "$(dirname "$0")/.."
build=${INC_BUILD:-build}
setup=no
with_ort=yes
while :; do
    case ${1:-} in
        --setup) setup=yes ;;
        --without-ort) with_ort=no ;;
        *) break ;;
    esac
    shift
done

if [ $with_ort = yes ]; then
    tests/support/packages.sh build test node
    tests/support/fetch-ort.sh .cache/ort >/dev/null || {
        echo "tests/run.sh: ONNX Runtime cannot be had from npm; tests/run.sh --without-ort runs what does not need it" >&2
        exit 1
    }
else
    tests/support/packages.sh build test
fi
[ $setup = no ] || exit 0

# A build folder that was made without the tests (examples/quickstart.sh does) gets them now.
# shellcheck disable=SC2086 # a list
if [ ! -f "$build/build.ninja" ]; then
    meson setup "$build" -Dtests=enabled ${INC_SETUP:-}
elif ! grep -q test_api_config "$build/build.ninja"; then
    meson setup --reconfigure "$build" -Dtests=enabled ${INC_SETUP:-}
fi
meson compile -C "$build"

[ $with_ort = no ] || export INC_NEEDS_ORT=1
status=0
rm -f "$build"/meson-logs/testlog*.json
meson test -C "$build" --print-errorlogs "$@" || status=$?
skipped=$(sed -n 's/^{"name": "\([^"]*\)".*"result": "SKIP".*/  \1/p' "$build"/meson-logs/testlog*.json)
[ -n "$skipped" ] || [ $with_ort = no ] || exit $status
if [ -n "$skipped" ]; then
    printf '\nskipped:\n%s\n' "$skipped"
fi
if [ $with_ort = no ]; then
    echo "Without ONNX Runtime, exported models were written and compared, but not run."
    exit $status
fi
echo "A skipped test is a failed run."
[ $status != 0 ] || status=1
exit $status
