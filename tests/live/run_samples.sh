#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every sample of PyTorch's own operator database, exported and compared; options and environment as run.sh.
#
#   run_samples.sh [--suite SUITE]... [--only PATTERN] [--samples N] [--opsets "17 20"] [--keep]
#
# PATTERN is of the operators' names; N the most samples of an operator and element type (default 5: some 4,000). What
# inc-export refuses as unsupported is listed, but does not fail. SUITE: trixie (default) or sid. A root that was built
# without python3-setuptools and python3-expecttest needs them (torch.testing imports them).
set -euo pipefail

export INC_LIVE_WORK=${INC_LIVE_WORK:-/var/tmp/incexport-live-samples}
# shellcheck source=tests/live/common.sh
. "$(dirname "$0")/common.sh"
only='*' samples=5 opsets="17" compare="--nodes-may-exceed --refusals"

while [ $# -gt 0 ]; do
    case $1 in
    --suite) suites+=("$2") && shift ;;
    --only) only=$2 && shift ;;
    --samples) samples=$2 && shift ;;
    --opsets) opsets=$2 && shift ;;
    --keep) compare+=" $1" ;;
    *) usage ;;
    esac
    shift
done
[ ${#suites[@]} -gt 0 ] || suites=(trixie)

export_all() {
    local name opset dir
    while read -r name; do
        dir=$INC_LIVE_WORK/$1/$name
        for opset in $opsets; do
            echo "$name $opset $(inc_export "$dir/$opset.log" "$dir/model.pt" -o "$dir/$opset.onnx" --dtype fp32 \
                --opset "$opset" --example-inputs "$dir/inputs_0.npz" --input-names "$(cat "$dir/input_names")")"
        done
    done <"$INC_LIVE_WORK/$1/selection"
}

live_run sample_models.py "--only $only --samples $samples" compare.py "$compare"
