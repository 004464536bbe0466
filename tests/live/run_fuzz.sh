#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The fuzzer of sizes: random small programs over two dynamic axes, traced, scripted and exported, run at six sizes, 0 and
# 1 among them, with ONNX Runtime's optimizations off and on, and compared with PyTorch's answers.
#
#   run_fuzz.sh [--suite SUITE] [--seeds "FIRST-LAST..."] [--minutes N] [--batch N] [--forms trace,script,export]
#              [--export-every N] [--grammar sizes|operators]
#
# The grammar sizes (the default) makes views, slices and writes in place; operators makes a walk over operators and types.
# Without --seeds those of fuzz_seeds.txt; with --minutes on from FIRST until
# the time is up, BATCH (default 200) at a time. What differs stays in INC_LIVE_WORK/fuzz. Not in .ci/run.
set -euo pipefail

export INC_LIVE_WORK=${INC_LIVE_WORK:-/var/tmp/incexport-live-fuzz}
# shellcheck source=tests/live/common.sh
. "$(dirname "$0")/common.sh"
suite=trixie seeds='' minutes=0 batch=200 forms=trace,script,export every=20 grammar=sizes

while [ $# -gt 0 ]; do
    case $1 in
    --suite) suite=$2 && shift ;;
    --seeds) seeds=$2 && shift ;;
    --minutes) minutes=$2 && shift ;;
    --batch) batch=$2 && shift ;;
    --grammar) grammar=$2 && shift ;;
    --forms) forms=$2 && shift ;;
    --export-every) every=$2 && shift ;;
    *) usage ;;
    esac
    shift
done
[ -n "$seeds" ] || seeds=$(grep -v '^#' "$here/fuzz_seeds.txt" | tr '\n' ' ')

export_all() {
    local name dir model status
    while read -r name; do
        dir=$1/$name
        model=$dir/model.pt
        [ -e "$model" ] || model=$dir/model.pt2
        status=0
        timeout 60 "$command" "$model" -o "$dir/model.onnx" --dtype fp32 --opset 17 --example-inputs "$dir/inputs_0.npz" \
            --input-names in_0,in_1 --dynamic-axes '{"in_0": {"0": "n", "1": "m"}, "in_1": {"0": "n"}}' \
            >"$dir/log" 2>&1 || status=$?
        echo "$name $status"
    done <"$1/selection"
}

# run_batch NAME SEEDS
run_batch() {
    # shellcheck disable=SC2086
    "$here/roots.sh" run "$suite" python3 /mnt/src/fuzz_models.py "/mnt/fuzz/$1" $2 --grammar "$grammar" --forms "$forms" --export-every "$every"
    export_all "$INC_LIVE_WORK/fuzz/$1" |
        "$here/roots.sh" run "$suite" python3 /mnt/src/fuzz_compare.py "/mnt/fuzz/$1"
}

[ -x "$command" ] || { echo "$0: no $command; build first, or set INC_EXPORT" >&2; exit 2; }
mkdir -p "$INC_LIVE_WORK/fuzz"
rm -rf "$INC_LIVE_WORK/src"
cp -r "$here" "$INC_LIVE_WORK/src"
"$here/roots.sh" make "$suite"
status=0
if [ "$minutes" = 0 ]; then
    run_batch seeds "$seeds" || status=1
else
    first=${seeds%%-*}
    end=$((SECONDS + minutes * 60))
    while [ $SECONDS -lt $end ]; do
        run_batch "$first" "$first-$((first + batch - 1))" || status=1
        first=$((first + batch))
    done
fi
exit $status
