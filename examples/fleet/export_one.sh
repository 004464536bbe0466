#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One model of a fleet: export_one.sh MODEL FOLDER [OPTION OF inc-export]...
# FOLDER/NAME.onnx is the result, FOLDER/NAME.json what the command said, with the exit status beside it. Run again, it
# does what is left.
set -u
model=$1 folder=$2
shift 2
name=$(basename "$model")
name=${name%.*}
mkdir -p "$folder"
"${INC_EXPORT:-inc-export}" "$model" -o "$folder/$name.onnx" --skip-if-newer --json "$@" \
    >"$folder/$name.json.part" 2>"$folder/$name.log"
status=$?
# A skip tells nothing new of a result whose line is there.
if [ $status = 0 ] && [ -s "$folder/$name.json" ] && grep -q '"skipped": true' "$folder/$name.json.part"; then
    rm "$folder/$name.json.part"
else
    mv "$folder/$name.json.part" "$folder/$name.json"
fi
echo $status >"$folder/$name.status"
exit $status
