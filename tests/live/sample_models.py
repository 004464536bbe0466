#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the samples of PyTorch's own operator database: sample_models.py OUT [--only PATTERN] [--samples N]

torch.testing has for each operator inputs that its own tests run. Each becomes a traced module, in the layout of
models.py with one size of inputs, as OUT/<operator>.<type>.<number>/. Left out: samples without elements or of complex
numbers, operators with random results, and those whose result is not unique (indices of equal elements, eigenvectors).
"""

import argparse
import fnmatch
import json
import pathlib
import re
import shutil
import sys
import warnings

import numpy
import torch
from torch.testing._internal.common_methods_invocations import op_db

NOT_UNIQUE = re.compile(
    r"rand|dropout|bernoulli|normal|multinomial|uniform|cauchy|exponential|geometric|rrelu|fractional|empty|"
    r"svd|eig|qr\b|lobpcg|pca_lowrank|householder|ormqr|geqrf|lstsq|\bresize|as_strided_partial|jiterator|"
    r"_segment_reduce|sparse|nested|_foreach|_refs"
)
TIES = re.compile(r"argsort|^sort|topk|kthvalue|^mode|msort|median|argmax|argmin")
TYPES = (torch.float32, torch.int64, torch.bool)


def take_tensors(value, tensors):
    """value with each tensor replaced by its place in tensors."""
    if isinstance(value, torch.Tensor):
        tensors.append(value.detach())
        return "tensor", len(tensors) - 1
    if type(value) in (list, tuple):
        return type(value), [take_tensors(v, tensors) for v in value]
    if isinstance(value, dict):
        return dict, {k: take_tensors(v, tensors) for k, v in value.items()}
    return "constant", value


def put_tensors(taken, tensors):
    kind, value = taken
    if kind == "tensor":
        return tensors[value]
    if kind == "constant":
        return value
    if kind is dict:
        return {k: put_tensors(v, tensors) for k, v in value.items()}
    return kind(put_tensors(v, tensors) for v in value)


def flatten(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [t for v in value for t in flatten(v)] if isinstance(value, (list, tuple)) else []


class Call(torch.nn.Module):
    def __init__(self, function, call):
        super().__init__()
        self.function, self.call = function, call

    def forward(self, *tensors):
        args, kwargs = put_tensors(self.call, tensors)
        result = self.function(*args, **kwargs)
        return tuple(result) if isinstance(result, (list, tuple)) else result


def save(path, prefix, tensors):
    numpy.savez(path, **{f"{prefix}_{i}": t.resolve_conj().resolve_neg().numpy() for i, t in enumerate(tensors)})


def write(directory, op, sample):
    """False where the sample is one of those left out."""
    tensors = []
    call = take_tensors(((sample.input, *sample.args), dict(sample.kwargs)), tensors)
    module = Call(op.op, call)
    if not tensors or any(t.is_complex() or not t.numel() for t in tensors):
        return False
    expected = flatten(module(*(t.clone() for t in tensors)))
    if not expected or any(t.is_complex() or not t.numel() for t in expected):
        return False
    traced = torch.jit.trace(module, tuple(t.clone() for t in tensors), check_trace=False, strict=False)
    directory.mkdir(parents=True)
    traced.save(str(directory / "model.pt"))
    save(directory / "inputs_0.npz", "in", tensors)
    save(directory / "expected_0.npz", "out", expected)
    (directory / "meta.json").write_text(json.dumps({"tolerance": None, "sizes": 1}))
    (directory / "input_names").write_text(",".join(f"in_{i}" for i in range(len(tensors))))
    return True


def write_all(out, op, name, dtype, most):
    written = []
    for sample in op.sample_inputs("cpu", dtype, requires_grad=False):
        if len(written) == most:
            break
        directory = out / f"{name}.{str(dtype)[6:]}.{len(written)}"
        shutil.rmtree(directory, ignore_errors=True)
        try:
            if write(directory, op, sample):
                written.append(directory.name)
        except Exception as e:  # noqa: BLE001 - what PyTorch cannot trace is not our matter
            print(f"{directory.name}: {type(e).__name__}: {str(e).strip().splitlines()[:1]}")
            shutil.rmtree(directory, ignore_errors=True)
    return written


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--only", default="*")
    parser.add_argument("--samples", type=int, default=5, help="most of an operator and type")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.backends.mkldnn.enabled = False  # its float32 LSTM and ConvTranspose of 2.6 are wrong on some processors
    args.out.mkdir(parents=True, exist_ok=True)
    with torch.no_grad(), open(args.out / "selection", "w") as selection:
        for op in op_db:
            name = re.sub(r"[^\w.]", "_", op.name + ("." + op.variant_test_name if op.variant_test_name else ""))
            if NOT_UNIQUE.search(name) or not any(fnmatch.fnmatch(name, p) for p in args.only.split(",")):
                continue
            for dtype in TYPES:
                if op.supports_dtype(dtype, "cpu") and not (dtype != torch.float32 and TIES.search(name)):
                    torch.manual_seed(0)
                    for written in write_all(args.out, op, name, dtype, args.samples):
                        print(written, file=selection)


if __name__ == "__main__":
    sys.exit(main())
