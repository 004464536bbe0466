#!/bin/bash
# The live test of quantized models: quantized by real PyTorch, exported, run by ONNX Runtime, compared with PyTorch.
#
#   run_int8.sh [--full] [--suite SUITE]... [--only PATTERN] [--opsets "13 14 17"] [--formats "qdq qlinear"] [--latency] [--keep]
#
# Options and environment as run.sh. PATTERN names models as net.recipe (resnet18.fx_*); a format is qdq, qlinear, or a
# recipe, int32_bias or fp32_bias_qdq, which are exported at the first opset alone.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
export INC_LIVE_WORK=${INC_LIVE_WORK:-/var/tmp/incexport-live-int8} OMP_NUM_THREADS=1
command=$(realpath "${INC_EXPORT:-$here/../../build/examples/inc-export/inc-export}")
suites=() selection=(--quick) only='*' opsets="13 14 17" formats="qdq qlinear int32_bias fp32_bias_qdq" compare=()

while [ $# -gt 0 ]; do
    case $1 in
    --full) selection=() ;;
    --suite) suites+=("$2") && shift ;;
    --only) only=$2 selection=() && shift ;;
    --opsets) opsets=$2 && shift ;;
    --formats) formats=$2 && shift ;;
    --keep | --latency) compare+=("$1") ;;
    *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done
[ ${#suites[@]} -gt 0 ] || suites=(trixie bookworm sid)
[ -x "$command" ] || { echo "run_int8.sh: no $command; build first, or set INC_EXPORT" >&2; exit 2; }

# One line for each export, read by int8_compare.py while the next one runs.
export_all() {
    local name format opset dir file status how
    while read -r name; do
        dir=$INC_LIVE_WORK/$1/$name
        for file in "$dir"/model.pt*; do :; done
        for format in $formats; do
            case $format in
            qdq | qlinear) how=(--quant-format "$format") ;;
            *) how=(--quant-format qdq --recipe "QDQ_OP_${format^^}") ;;
            esac
            for opset in $opsets; do
                status=0
                timeout 300 "$command" "$file" -o "$dir/$format-$opset.onnx" --opset "$opset" -q "${how[@]}" \
                    --example-inputs "$dir/example.npz" --input-names "$(cat "$dir/input_names")" \
                    >"$dir/$format-$opset.log" 2>&1 || status=$?
                echo "$name $format $opset $status"
                case $format in qdq | qlinear) ;; *) break ;; esac
            done
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
    "$here/roots.sh" run "$suite" python3 /mnt/src/int8_models.py "/mnt/$suite" ${selection[@]+"${selection[@]}"} \
        --only "$only" || status=1
    export_all "$suite" | "$here/roots.sh" run "$runtime" python3 /mnt/src/int8_compare.py "/mnt/$suite" \
        ${compare[@]+"${compare[@]}"} || status=1
done
exit $status
