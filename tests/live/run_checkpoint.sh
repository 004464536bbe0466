#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The live test of checkpoints: the state_dict of a quantized model, laid over the FP32 model as TorchScript and as
# .pt2, gives what the same model gives as int8 TorchScript. Options and environment as run.sh, suites trixie and bookworm.
#
#   run_checkpoint.sh [--full] [--suite SUITE]... [--only PATTERN] [--opsets 17] [--keep]
set -euo pipefail

export INC_LIVE_WORK=${INC_LIVE_WORK:-/var/tmp/incexport-live-checkpoint}
# shellcheck source=tests/live/common.sh
. "$(dirname "$0")/common.sh"
selection=--quick only='*' opset=17 compare=

while [ $# -gt 0 ]; do
    case $1 in
    --full) selection= ;;
    --suite) suites+=("$2") && shift ;;
    --only) only=$2 selection= && shift ;;
    --opsets) opset=$2 && shift ;;
    --keep) compare+=" $1" ;;
    *) usage ;;
    esac
    shift
done
[ ${#suites[@]} -gt 0 ] || suites=(trixie)

# int8.pt first: what the others are compared with.
export_all() {
    local name source format dir checkpoint
    while read -r name; do
        dir=$INC_LIVE_WORK/$1/$name
        for source in int8.pt fp32.pt fp32.pt2; do
            [ -e "$dir/$source" ] || continue
            checkpoint=(--quantized "$dir/state.pt")
            [ $source != int8.pt ] || checkpoint=()
            for format in QDQ QLinear; do
                echo "$name $format $source $(inc_export "$dir/$source.$format.log" "$dir/$source" "${checkpoint[@]}" \
                    --example-inputs "$dir/inputs_0.npz" --quant-format $format --opset "$opset" \
                    -o "$dir/$source.$format.onnx")"
            done
        done
    done <"$INC_LIVE_WORK/$1/selection"
}

live_run checkpoint_models.py "$selection --only $only" checkpoint_compare.py "$compare"
