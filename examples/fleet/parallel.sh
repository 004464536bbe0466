#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The same on one machine with GNU parallel: parallel.sh LIST FOLDER [OPTION OF inc-export]...
# FOLDER/joblog has a line for each model; run again, models that failed are tried again.
set -eu
list=$1 folder=$2
shift 2
mkdir -p "$folder"
resume=
[ ! -f "$folder/joblog" ] || resume=--resume-failed
# shellcheck disable=SC2086 # an option or none
parallel --will-cite $resume --joblog "$folder/joblog" "$(dirname "$0")/export_one.sh" {} "$folder" "$@" :::: "$list"
