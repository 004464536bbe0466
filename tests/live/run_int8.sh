#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The live test of quantized models: quantized by real PyTorch, exported, run by ONNX Runtime, compared with PyTorch.
#
#   run_int8.sh [--full] [--suite SUITE]... [--only PATTERN] [--opsets "13 14 17"] [--formats "qdq qlinear"] [--latency] [--record] [--keep]
#
# Options and environment as run.sh. PATTERN names models as net.recipe (resnet18.fx_*); a format is qdq, qlinear, or a
# recipe, int32_bias or fp32_bias_qdq, which are exported at the first opset alone.
set -euo pipefail

export INC_LIVE_WORK=${INC_LIVE_WORK:-/var/tmp/incexport-live-int8} OMP_NUM_THREADS=1
# shellcheck source=tests/live/common.sh
. "$(dirname "$0")/common.sh"
selection=--quick only='*' opsets="13 14 17" formats="qdq qlinear int32_bias fp32_bias_qdq" compare=

while [ $# -gt 0 ]; do
    case $1 in
    --full) selection= ;;
    --suite) suites+=("$2") && shift ;;
    --only) only=$2 selection= && shift ;;
    --opsets) opsets=$2 && shift ;;
    --formats) formats=$2 && shift ;;
    --keep | --latency | --record) compare+=" $1" ;;
    *) usage ;;
    esac
    shift
done
[ ${#suites[@]} -gt 0 ] || suites=(trixie bookworm sid)

export_all() {
    local name format opset dir file how
    while read -r name; do
        dir=$INC_LIVE_WORK/$1/$name
        for file in "$dir"/model.pt*; do :; done
        for format in $formats; do
            case $format in
            qdq | qlinear) how="--quant-format $format" ;;
            *) how="--quant-format qdq --recipe QDQ_OP_${format^^}" ;;
            esac
            for opset in $opsets; do
                # shellcheck disable=SC2086
                echo "$name $format $opset $(inc_export "$dir/$format-$opset.log" "$file" \
                    -o "$dir/$format-$opset.onnx" --json --opset "$opset" $how \
                    --example-inputs "$dir/example.npz" --input-names "$(cat "$dir/input_names")")"
                case $format in qdq | qlinear) ;; *) break ;; esac
            done
        done
    done <"$INC_LIVE_WORK/$1/selection"
}

live_run int8_models.py "$selection --only $only" int8_compare.py "$compare"
