#!/bin/bash
# The live test of torch.export archives; options and environment as run.sh, suites trixie and sid.
#
#   run_pt2.sh [--full] [--suite SUITE]... [--only PATTERN] [--forms plain,core,static] [--opsets "14 17 20"] [--keep]
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
export INC_LIVE_WORK=${INC_LIVE_WORK:-/var/tmp/incexport-live-pt2}
command=$(realpath "${INC_EXPORT:-$here/../../build/examples/inc-export/inc-export}")
suites=() selection=(--quick) only='*' opsets="14 17 20" forms=plain,core,static compare=(--nodes-may-exceed)

while [ $# -gt 0 ]; do
    case $1 in
    --full) selection=() ;;
    --suite) suites+=("$2") && shift ;;
    --only) only=$2 selection=() && shift ;;
    --opsets) opsets=$2 && shift ;;
    --forms) forms=$2 && shift ;;
    --keep) compare+=("$1") ;;
    *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done
[ ${#suites[@]} -gt 0 ] || suites=(trixie sid)
[ -x "$command" ] || { echo "run_pt2.sh: no $command; build first, or set INC_EXPORT" >&2; exit 2; }

export_all() {
    local name min_opset opset dir status
    while read -r name min_opset; do
        dir=$INC_LIVE_WORK/$1/$name
        for opset in $opsets; do
            [ "$opset" -ge "$min_opset" ] || continue
            status=0
            timeout 300 "$command" "$dir/model.pt2" -o "$dir/$opset.onnx" --dtype fp32 --opset "$opset" -q \
                --example-inputs "$dir/inputs_0.npz" --input-names "$(cat "$dir/input_names")" \
                >"$dir/$opset.log" 2>&1 || status=$?
            echo "$name $opset $status"
        done
    done <"$INC_LIVE_WORK/$1/selection"
}

mkdir -p "$INC_LIVE_WORK"
rm -rf "$INC_LIVE_WORK/src"
cp -r "$here" "$INC_LIVE_WORK/src"
status=0
for suite in "${suites[@]}"; do
    "$here/roots.sh" make "$suite"
    echo "== $suite"
    "$here/roots.sh" run "$suite" python3 /mnt/src/pt2_models.py "/mnt/$suite" ${selection[@]+"${selection[@]}"} \
        --only "$only" --forms "$forms" || status=1
    export_all "$suite" | "$here/roots.sh" run "$suite" python3 /mnt/src/compare.py "/mnt/$suite" "${compare[@]}" || status=1
done
exit $status
