#!/bin/sh
# Installs what the tests need (Check, ONNX Runtime from npm, …), builds, and runs all tests.
#
#     tests/run.sh [--setup] [ARGUMENT OF "meson test"]...
#
# --setup: install only. INC_BUILD is the build folder (default build), INC_SETUP more options for
# "meson setup". One suite alone: tests/run.sh --suite onnx.
set -eu
cd "$(dirname "$0")/.."
build=${INC_BUILD:-build}

tests/support/packages.sh build test
tests/support/fetch-ort.sh .cache/ort >/dev/null
[ "${1:-}" != --setup ] || exit 0
# shellcheck disable=SC2086 # a list
[ -f "$build/build.ninja" ] || meson setup "$build" -Dtests=enabled ${INC_SETUP:-}
meson compile -C "$build"
exec meson test -C "$build" --print-errorlogs "$@"
