#!/bin/sh
# Fuzzes every target under the address and undefined-behaviour sanitizers, and fails on any finding.
#
#     tests/fuzz/run.sh [SECONDS-PER-TARGET] [TARGET]...
#
# Needs clang with libFuzzer. Builds in build-fuzz/, where corpora and findings stay.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
build='build-fuzz'
sanitizers=address,undefined
if [ ! -e $build/build.ninja ]; then
    CC=${CC:-clang} meson setup $build -Dfuzz=true -Dbuildtype=debugoptimized -Db_lundef=false \
        "-Dc_args=-fsanitize=fuzzer-no-link,$sanitizers -fno-sanitize-recover=all" \
        "-Dc_link_args=-fsanitize=$sanitizers" >/dev/null
fi
ninja -C $build fuzz >/dev/null || ninja -C $build fuzz

# Path as a file name.
flat() {
    echo "$1" | tr / _
}

# The records of a model file that match a pattern, each as a file of its own.
unpack() { # ARCHIVE PATTERN FOLDER
    prefix=$3/$(flat "$1")-
    if command -v unzip >/dev/null; then
        unzip -Z1 "$1" 2>/dev/null | grep -E "$2" | while read -r record; do
            unzip -p "$1" "$record" >"$prefix$(flat "$record")"
        done
    else
        python3 - "$1" "$2" "$prefix" <<'END'
import re, sys, zipfile
if zipfile.is_zipfile(sys.argv[1]):
    archive = zipfile.ZipFile(sys.argv[1])
    for name in archive.namelist():
        if re.search(sys.argv[2], name):
            open(sys.argv[3] + name.replace("/", "_"), "wb").write(archive.read(name))
END
    fi
}

data=tests/data
seeds_of() { # TARGET FOLDER
    case $1 in
    pickle) pattern='\.pkl$' ;;
    torchscript) pattern='\.py$' ;;
    debug_map) pattern='\.debug_pkl$' ;;
    *) pattern= ;;
    esac
    find $data/samples -name '*.pt' | while read -r file; do
        case "$1:$pattern:$file" in
        *::* | pickle:*legacy.pt) cp "$file" "$2/$(flat "$file")" ;;
        *) unpack "$file" "$pattern" "$2" ;;
        esac
    done
    case $1 in
    torchscript) cp $data/torchscript/*.py "$2" ;;
    debug_map) cp $data/torchscript/*.debug_pkl "$2" ;;
    esac
}

targets=${*:-$(find tests/fuzz -name 'fuzz_*.c' | sed 's,.*/fuzz_,,; s/\.c$//' | sort)}
failed=
for target in $targets; do
    seeds=$build/seeds/$target corpus=$build/corpus/$target findings=$build/findings/$target
    rm -rf "$seeds"
    mkdir -p "$seeds" "$corpus" "$findings"
    seeds_of "$target" "$seeds"
    options="-max_total_time=$seconds -timeout=20 -rss_limit_mb=2048 -print_final_stats=1"
    case $target in
    graph) options="$options -max_len=512" ;;
    pickle) options="$options -max_len=8192" ;;
    zip) options="$options -max_len=65536" ;;
    esac
    [ -e "tests/fuzz/$target.dict" ] && options="$options -dict=tests/fuzz/$target.dict"
    # shellcheck disable=SC2086 # options are words
    if $build/tests/fuzz/fuzz_"$target" $options -artifact_prefix="$findings/" "$corpus" "$seeds" \
        >"$build/$target.log" 2>&1; then
        printf '%s: nothing found, %s\n' "$target" \
            "$(sed -n 's/^stat::number_of_executed_units: */runs /p' "$build/$target.log")"
    else
        printf '%s: FAILED, see %s and %s\n' "$target" "$build/$target.log" "$findings"
        grep -m 3 -E 'ERROR|SUMMARY|runtime error' "$build/$target.log" || true
        failed=1
    fi
done
[ -z "$failed" ]
