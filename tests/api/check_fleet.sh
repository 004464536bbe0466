#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A fleet's models are exported once, a new one again, and the page has all of them: check_fleet.sh COMMAND TOP
set -eu
INC_EXPORT=$1 top=$2
export INC_EXPORT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$top/examples/models/digits.pt" "$work"
printf 'none' >"$work/damaged.pt"
export_all() {
    for model in "$work"/digits.pt "$work"/damaged.pt; do
        "$top/examples/fleet/export_one.sh" "$model" "$work/out" || true
    done
}
export_all
[ "$(cat "$work/out/digits.status" "$work/out/damaged.status" | tr '\n' ' ')" = "0 3 " ]
told=$(cat "$work/out/digits.json")
inode=$(ls -i "$work/out/digits.onnx")
export_all
[ "$(ls -i "$work/out/digits.onnx")" = "$inode" ] # left alone,
[ "$(cat "$work/out/digits.json")" = "$told" ]    # and so is what was said of it
page=$(python3 "$top/examples/fleet/summary.py" "$work/out")
echo "$page" | grep -q '<td>digits</td><td>0</td>'
echo "$page" | grep -q '<td>damaged</td>'
