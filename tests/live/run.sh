#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The live test: models built by real PyTorch, exported by inc-export, run by ONNX Runtime, compared with PyTorch.
#
#   run.sh [--full] [--suite SUITE]... [--only PATTERN] [--opsets "11 17"] [--keep]
#
# Without --full a selection of small models. SUITE is bookworm, trixie or sid (default: all three); PATTERN is a
# name with * and ?, or several by commas. --keep leaves the ONNX files below INC_LIVE_WORK (/var/tmp/incexport-live).
# INC_EXPORT names the command (default: build/examples/inc-export/inc-export). What roots are and where, see roots.sh. Needs root.
set -euo pipefail

export INC_LIVE_WORK=${INC_LIVE_WORK:-/var/tmp/incexport-live}
# shellcheck source=tests/live/common.sh
. "$(dirname "$0")/common.sh"
selection=--quick only='*' opsets="11 14 17 20" compare=

while [ $# -gt 0 ]; do
    case $1 in
    --full) selection=--stats ;;
    --suite) suites+=("$2") && shift ;;
    --only) only=$2 selection=--stats && shift ;;
    --opsets) opsets=$2 && shift ;;
    --keep | --nodes-may-exceed) compare+=" $1" ;;
    *) usage ;;
    esac
    shift
done
[ ${#suites[@]} -gt 0 ] || suites=(trixie bookworm sid)

export_all() {
    local name min_opset opset dir
    while read -r name min_opset; do
        dir=$INC_LIVE_WORK/$1/$name
        [ -e "$dir/done" ] || continue
        for opset in $opsets; do
            [ "$opset" -ge "$min_opset" ] || continue
            echo "$name $opset $(inc_export "$dir/$opset.log" "$dir/model.pt" -o "$dir/$opset.onnx" --dtype fp32 \
                --opset "$opset" --example-inputs "$dir/inputs_0.npz" --input-names "$(cat "$dir/input_names")" \
                --dynamic-axes "$(cat "$dir/dynamic_axes.json")")"
        done
    done <"$INC_LIVE_WORK/$1/selection"
}

live_run models.py "$selection --only $only" compare.py "$compare"
