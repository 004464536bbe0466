# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the live tests share. A test sources this, reads its options, says in a function export_all SUITE what is
# exported (one line for each export, read by the comparing script while the next one runs), and calls live_run.
here=$(cd "$(dirname "$0")" && pwd)
command=$(realpath "${INC_EXPORT:-$here/../../build/examples/inc-export/inc-export}")
suites=()

# The head of the script itself.
usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# inc_export LOG ARGUMENTS...: the status of the command, its messages being in a file.
inc_export() {
    local log=$1 status=0
    shift
    timeout 300 "$command" -q "$@" >"$log" 2>&1 || status=$?
    echo "$status"
}

# live_run MODELS.py "ARGUMENTS" COMPARE.py "ARGUMENTS": in every suite makes the models, exports and compares them.
live_run() {
    local models=$1 for_models=$2 compare=$3 for_compare=$4 suite runtime status=0
    [ -x "$command" ] || { echo "$0: no $command; build first, or set INC_EXPORT" >&2; exit 2; }
    mkdir -p "$INC_LIVE_WORK"
    rm -rf "$INC_LIVE_WORK/src"
    cp -r "$here" "$INC_LIVE_WORK/src"
    set -f # arguments are split at spaces, but patterns among them stay patterns
    for suite in "${suites[@]}"; do
        runtime=$suite
        [ "$suite" != bookworm ] || runtime=trixie # bookworm has no ONNX Runtime
        "$here/roots.sh" make "$suite" "$runtime"
        echo "== $suite"
        # shellcheck disable=SC2086
        "$here/roots.sh" run "$suite" python3 "/mnt/src/$models" "/mnt/$suite" $for_models || status=1
        # shellcheck disable=SC2086
        (set +f; export_all "$suite") |
            "$here/roots.sh" run "$runtime" python3 "/mnt/src/$compare" "/mnt/$suite" $for_compare || status=1
    done
    return $status
}
