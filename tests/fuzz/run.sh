#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fuzzes every target under the address and undefined-behaviour sanitizers, and fails on any finding.
#
#     tests/fuzz/run.sh [SECONDS-PER-TARGET] [TARGET]...
#     tests/fuzz/run.sh fixed [TARGET]...
#
# The first form looks for what is new: for a time, from another seed each time, starting with the
# corpus that earlier runs left. "fixed" is a verdict on this commit: from the seeds alone, the same
# number of runs and the same random numbers each time, two targets at a time.
#
# Needs clang with libFuzzer, which it installs. Builds in build-fuzz/, where corpora and findings
# stay; what was found before is tried first. Small findings are printed as base64.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
tests/support/packages.sh build unzip clang libclang-rt-dev
build='build-fuzz'
sanitizers=address,undefined,float-cast-overflow
if [ ! -e $build/build.ninja ]; then
    CC=${CC:-clang} meson setup $build -Dfuzz=true -Dexact_arena=true -Dbuildtype=debugoptimized -Db_lundef=false \
        "-Dc_args=-fsanitize=fuzzer-no-link,$sanitizers -fno-sanitize-recover=all" \
        "-Dc_link_args=-fsanitize=$sanitizers" >/dev/null
fi
ninja -C $build fuzz >/dev/null || ninja -C $build fuzz

# Path as a file name.
flat() {
    echo "$1" | tr / _
}

# The records of an archive that match a pattern, each as a file of its own.
unpack() { # ARCHIVE PATTERN FOLDER
    unzip -Z1 "$1" 2>/dev/null | grep -E "$2" | while read -r record; do
        unzip -p "$1" "$record" >"$3/$(flat "$1")-$(flat "$record")"
    done
}

data=tests/data
# The smallest of the recorded operator cases, unpacked once.
cases() {
    mkdir -p $build/ops
    for family in "$data"/ops/*.zip; do
        folder=$build/ops/$(basename "$family" .zip)
        [ -d "$folder" ] || unzip -q "$family" '*/model.pt' -d "$folder"
    done
    find $build/ops -name model.pt -size -4k
}

# Whole models.
models() { # FOLDER
    { find $data/samples -name '*.pt' && cases; } | while read -r file; do
        cp "$file" "$1/$(flat "${file#"$build"/}")"
    done
}

# Programs of one class and one file, under the name that the target gives its class.
programs() { # FOLDER
    cases | while read -r file; do
        [ "$(unzip -Z1 "$file" | grep '\.py$')" = archive/code/__torch__.py ] || continue
        unzip -p "$file" archive/code/__torch__.py |
            sed 's/__torch__\.Op\b/__torch__.M/g; s/class Op\b/class M/' \
                >"$1/$(flat "${file#"$build"/}").py"
    done
}

records() { # PATTERN FOLDER
    find $data/samples -name '*.pt' | while read -r file; do unpack "$file" "$1" "$2"; done
}

exported() { # PATTERN FOLDER
    find $data/pt2 -name '*.pt2' | while read -r file; do unpack "$file" "$1" "$2"; done
}

quantized_program() {
    cat <<'END'
class M(Module):
  __parameters__ = []
  __buffers__ = []
  def forward(self: __torch__.M,
    x: Tensor) -> Tensor:
    q = torch.quantize_per_tensor(x, 0.1, 10, 13)
    y = torch.relu(ops.quantized.add(q, torch.sigmoid(q), 0.2, 3))
    z = ops.quantized.cat([y, q], 1, 0.25, 0)
    m = ops.quantized.mul_relu(z, ops.quantized.add_scalar(z, 2.5), 0.3, 5)
    p = torch.max_pool1d(torch.hardtanh(m, 0., 6.), [2], [2], [0], [1], False)
    r = ops.quantized.matmul(p, torch.transpose(p, 1, 2), 0.5, 7)
    return torch.dequantize(torch.reshape(r, [2, -1]))
END
}

seeds_of() { # TARGET FOLDER
    case $1 in
    yaml)
        cp $data/quant/checkpoints/v1/*.yaml "$2" ;;
    checkpoint)
        cp $data/quant/*.state.pt $data/samples/checkpoint*.pt "$2"
        find $data/quant $data/samples -name '*.pt' | while read -r file; do unpack "$file" 'data\.pkl$' "$2"; done ;;
    pickle)
        records '\.pkl$' "$2"
        cp $data/samples/*legacy.pt "$2" ;;
    torchscript)
        records '\.py$' "$2"
        cp $data/torchscript/*.py "$2" ;;
    debug_map)
        records '\.debug_pkl$' "$2"
        cp $data/torchscript/*.debug_pkl "$2" ;;
    program)
        programs "$2"
        quantized_program >"$2/quantized" ;;
    export)
        models "$2"
        cp $data/quant/*.pt "$2" ;;
    graph) ;; # bytes of its own
    json) exported '\.json$' "$2" ;;
    pt2)
        exported '/?(model|serialized_exported_program)\.json$' "$2"
        find $data/pt2 -name '*.pt2' | while read -r file; do cp "$file" "$2/$(flat "$file")"; done ;;
    *) models "$2" ;;
    esac
}

# How often each target runs in the fixed form: 10 to 20 seconds' worth.
runs_of() { # TARGET
    case $1 in
    checkpoint) echo 30000 ;;
    program) echo 60000 ;;
    debug_map) echo 200000 ;;
    export | torchscript) echo 100000 ;;
    graph | json) echo 40000 ;;
    pt2) echo 20000 ;;
    *) echo 120000 ;;
    esac
}

# Addresses differ from run to run, and with them what the fuzzer sees; not where this is allowed.
still() {
    if setarch -R true 2>/dev/null; then
        setarch -R "$@"
    else
        "$@"
    fi
}

print_findings() { # FOLDER
    for file in "$1"/*; do
        [ -f "$file" ] || continue
        size=$(wc -c <"$file")
        if [ "$size" -lt 4096 ]; then
            echo "$file, as base64:"
            base64 -w 0 "$file"
            echo
        else
            echo "$file has $size bytes; gzip and base64:"
            gzip -9c "$file" | base64 -w 0 | head -c 12000
            echo
        fi
    done
}

fuzz() { # TARGET
    target=$1
    seeds=$build/seeds/$target corpus=$build/corpus/$target findings=$build/findings/$target
    log=$build/$target.log
    rm -rf "$seeds"
    mkdir -p "$seeds" "$corpus" "$findings"
    seeds_of "$target" "$seeds"
    options="-timeout=20 -rss_limit_mb=6000 -print_final_stats=1 -artifact_prefix=$findings/"
    case $target in
    graph) options="$options -max_len=512" ;;
    pickle) options="$options -max_len=8192" ;;
    *) options="$options -max_len=65536" ;;
    esac
    [ -e "tests/fuzz/$target.dict" ] && options="$options -dict=tests/fuzz/$target.dict"
    [ "$target" = checkpoint ] && options="$options -dict=tests/fuzz/pickle.dict"
    known=$(find "$findings" -type f)
    if [ "$seconds" = fixed ]; then
        options="$options -seed=1 -runs=$(runs_of "$target")"
        find "$seeds" -type f | sort | paste -sd, - >"$build/$target.seeds"
        [ -s "$build/$target.seeds" ] && options="$options -seed_inputs=@$build/$target.seeds"
        folders=
    else
        options="$options -max_total_time=$seconds"
        folders="$corpus $seeds"
    fi
    # shellcheck disable=SC2086 # options and names are words
    if { [ -z "$known" ] || $build/tests/fuzz/fuzz_"$target" $known; } >"$log" 2>&1 &&
        still $build/tests/fuzz/fuzz_"$target" $options $folders >>"$log" 2>&1; then
        printf '%s: nothing found, %s, slowest %s s\n' "$target" \
            "$(sed -n 's/^stat::number_of_executed_units: */runs /p' "$log" | tail -n 1)" \
            "$(sed -n 's/^stat::slowest_unit_time_sec: *//p' "$log" | tail -n 1)"
    else
        printf '%s: FAILED, see %s and %s\n' "$target" "$log" "$findings"
        grep -m 3 -E 'ERROR|SUMMARY|runtime error' "$log" || true
        print_findings "$findings"
        touch "$build/failed"
    fi
}

targets=${*:-$(find tests/fuzz -name 'fuzz_*.c' | sed 's,.*/fuzz_,,; s/\.c$//' | sort)}
rm -f $build/failed
cases >/dev/null
if [ "$seconds" = fixed ]; then
    for half in 0 1; do
        echo "$targets" | tr ' ' '\n' | awk "NR % 2 == $half" | while read -r target; do
            fuzz "$target"
        done &
    done
    wait
else
    for target in $targets; do
        fuzz "$target"
    done
fi
[ ! -e $build/failed ]
