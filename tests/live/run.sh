#!/bin/bash
# The live test: models built by real PyTorch, exported by inc-export, run by ONNX Runtime, compared with PyTorch.
#
#   run.sh [--full] [--suite SUITE]... [--only PATTERN] [--opsets "11 17"] [--keep]
#
# Without --full a selection of small models. SUITE is bookworm, trixie or sid (default: all three); PATTERN is a
# name with * and ?, or several by commas. --keep leaves the ONNX files below INC_LIVE_WORK (/var/tmp/incexport-live).
# INC_EXPORT names the command (default: build/examples/inc-export/inc-export). What roots are and where, see roots.sh. Needs root.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
export INC_LIVE_WORK=${INC_LIVE_WORK:-/var/tmp/incexport-live}
command=$(realpath "${INC_EXPORT:-$here/../../build/examples/inc-export/inc-export}")
suites=() selection=--quick only='*' opsets="11 14 17 20" compare=()

while [ $# -gt 0 ]; do
    case $1 in
    --full) selection=--stats ;;
    --suite) suites+=("$2") && shift ;;
    --only) only=$2 selection=--stats && shift ;;
    --opsets) opsets=$2 && shift ;;
    --keep | --nodes-may-exceed) compare+=("$1") ;;
    *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done
[ ${#suites[@]} -gt 0 ] || suites=(trixie bookworm sid)
[ -x "$command" ] || { echo "run.sh: no $command; build first, or set INC_EXPORT" >&2; exit 2; }

# One line for each export, read by compare.py while the next one runs.
export_all() {
    local name min_opset opset dir status
    while read -r name min_opset; do
        dir=$INC_LIVE_WORK/$1/$name
        [ -e "$dir/done" ] || continue
        for opset in $opsets; do
            [ "$opset" -ge "$min_opset" ] || continue
            status=0
            timeout 300 "$command" "$dir/model.pt" -o "$dir/$opset.onnx" --dtype fp32 --opset "$opset" -q \
                --example-inputs "$dir/inputs_0.npz" --input-names "$(cat "$dir/input_names")" \
                --dynamic-axes "$(cat "$dir/dynamic_axes.json")" >"$dir/$opset.log" 2>&1 || status=$?
            echo "$name $opset $status"
        done
    done <"$INC_LIVE_WORK/$1/selection"
}

mkdir -p "$INC_LIVE_WORK"
rm -rf "$INC_LIVE_WORK/src"
cp -r "$here" "$INC_LIVE_WORK/src"
status=0
for suite in "${suites[@]}"; do
    runtime=$suite
    [ "$suite" != bookworm ] || runtime=trixie # bookworm has no ONNX Runtime
    "$here/roots.sh" make "$suite" "$runtime"
    echo "== $suite"
    "$here/roots.sh" run "$suite" python3 /mnt/src/models.py "/mnt/$suite" "$selection" --only "$only" || status=1
    export_all "$suite" | "$here/roots.sh" run "$runtime" python3 /mnt/src/compare.py "/mnt/$suite" "${compare[@]}" || status=1
done
exit $status
