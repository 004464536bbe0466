#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# PyTorch of three ages, each in a Debian of its own below INC_TORCH_ROOTS (default /opt):
#
#   bookworm  torch 1.13, torchvision 0.14
#   trixie    torch 2.6,  torchvision 0.21, ONNX Runtime
#   sid       torch 2.14, torchvision 0.27, transformers, ONNX Runtime
#
#   roots.sh make SUITE...           builds the roots that are not there yet (debootstrap, a few minutes and 2-3 GB each)
#   roots.sh run SUITE COMMAND...    runs a command in a root, with INC_LIVE_WORK mounted at /mnt
#
# Both need root. A root is complete when it holds a file .ready; one made by other means only needs that file.
# Mounts live in a namespace of their own and are gone when the command ends.
set -euo pipefail

roots=${INC_TORCH_ROOTS:-/opt}
work=${INC_LIVE_WORK:-/var/tmp/incexport-live}

packages() {
    echo python3-torch python3-torchvision python3-numpy python3-onnx python3-pil python3-yaml
    case $1 in
    bookworm) ;;
    trixie) echo python3-onnxruntime python3-setuptools python3-expecttest ;;
    sid) echo python3-onnxruntime python3-setuptools python3-expecttest python3-transformers python3-ml-dtypes ;;
    *) echo "roots.sh: unknown suite: $1" >&2 && return 2 ;;
    esac
}

make_root() {
    local suite=$1 root=$roots/$1 wanted
    wanted=$(packages "$suite")
    [ ! -e "$root/.ready" ] || return 0
    if ! command -v debootstrap >/dev/null; then
        apt-get -qq update
        apt-get -qq install -y debootstrap
    fi
    echo "roots.sh: building $root"
    if [ ! -e "$root/.bootstrapped" ]; then
        rm -rf "$root"
        debootstrap --variant=minbase --include=ca-certificates,python3-minimal "$suite" "$root" >"$roots/$suite.log" 2>&1 ||
            { tail -5 "$roots/$suite.log" >&2; return 1; }
        touch "$root/.bootstrapped"
    fi
    # Proxies and the like: however this machine reaches its mirrors, the root should.
    grep -ls Acquire /etc/apt/apt.conf.d/* | xargs -r cp -t "$root/etc/apt/apt.conf.d/"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    run_in_root "$suite" sh -c "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
        --no-install-recommends $(echo $wanted) && apt-get clean" >"$roots/$suite.log" 2>&1 ||
        { tail -5 "$roots/$suite.log" >&2; return 1; }
    touch "$root/.ready"
}

run_in_root() {
    local root=$roots/$1
    shift
    mkdir -p "$work" "$root/mnt"
    unshare --mount --propagation private sh -c '
        root=$1 work=$2
        shift 2
        for d in proc dev; do mount --rbind "/$d" "$root/$d"; done
        mount --bind "$work" "$root/mnt"
        exec chroot "$root" env -C / "$@"' sh "$root" "$work" "$@"
}

case ${1:-} in
make)
    shift
    for suite in "$@"; do make_root "$suite"; done
    ;;
run)
    shift
    run_in_root "$@"
    ;;
*)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
