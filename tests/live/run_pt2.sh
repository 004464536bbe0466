#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The live test of torch.export archives; options and environment as run.sh, suites trixie and sid.
#
#   run_pt2.sh [--full] [--suite SUITE]... [--only PATTERN] [--forms plain,core,static] [--opsets "14 17 20"] [--keep]
set -euo pipefail

export INC_LIVE_WORK=${INC_LIVE_WORK:-/var/tmp/incexport-live-pt2}
# shellcheck source=tests/live/common.sh
. "$(dirname "$0")/common.sh"
selection=--quick only='*' opsets="14 17 20" forms=plain,core,static compare=--nodes-may-exceed

while [ $# -gt 0 ]; do
    case $1 in
    --full) selection= ;;
    --suite) suites+=("$2") && shift ;;
    --only) only=$2 selection= && shift ;;
    --opsets) opsets=$2 && shift ;;
    --forms) forms=$2 && shift ;;
    --keep) compare+=" $1" ;;
    *) usage ;;
    esac
    shift
done
[ ${#suites[@]} -gt 0 ] || suites=(trixie sid)

export_all() {
    local name min_opset opset dir
    while read -r name min_opset; do
        dir=$INC_LIVE_WORK/$1/$name
        for opset in $opsets; do
            [ "$opset" -ge "$min_opset" ] || continue
            echo "$name $opset $(inc_export "$dir/$opset.log" "$dir/model.pt2" -o "$dir/$opset.onnx" --dtype fp32 \
                --opset "$opset" --example-inputs "$dir/inputs_0.npz" --input-names "$(cat "$dir/input_names")")"
        done
    done <"$INC_LIVE_WORK/$1/selection"
}

live_run pt2_models.py "$selection --only $only --forms $forms" compare.py "$compare"
