#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random small programs for the fuzzer of sizes: fuzz_models.py OUT FIRST LAST [--forms trace,script,export] [--export-every N]

A seed gives a program: some statements of views, slices, writes in place, reshapes, reductions and concatenations over
two dynamic axes, n and m, of the inputs x [n, m, 3] and y [n, 3]. The same text is traced, scripted and exported (the
last for every 20th seed, or as --export-every says: that is slow). OUT/<seed>.<form>/ gets model.pt (or model.pt2), program.py, and for each of
the sizes at which the saved model itself has an answer inputs_K.npz and expected_K.npz, the example's being K = 0; a
size at which PyTorch raises is left out. OUT/selection has the names. A seed always gives the same program.
"""
import argparse
import linecache
import pathlib
import random
import shutil
import sys
import warnings

import numpy
import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
torch.set_grad_enabled(False)
torch.set_num_threads(1)
torch._C._jit_set_profiling_executor(False)  # which compiles kernels on the way
torch._C._jit_set_profiling_mode(False)

EXAMPLE = (4, 5)
OTHERS = ((1, 1), (0, 3), (2, 0), (7, 2), (3, 9))


def values(*sizes):
    """Distinct numbers, short in binary, of both signs."""
    count = int(numpy.prod(sizes))
    order = numpy.random.RandomState(count + 1).permutation(count)
    return torch.tensor((order - count / 2 + 0.25).reshape(sizes) / 4, dtype=torch.float32)


def inputs_of(size):
    n, m = size
    return values(n, m, 3), values(n, 3)


class Program:
    """Statements, made one by one: one that PyTorch refuses at the example is taken back."""

    def __init__(self, seed):
        self.random = random.Random(f"sizes {seed}")
        self.lines, self.names, self.own = [], ["x", "y"], set()
        self.count = 0
        self.begin()
        for _ in range(self.random.randint(3, 10)):
            self.grow()
        used = [name for name in self.names if name not in "xy"][-4:]
        self.returned = used or ["x"]

    def begin(self):
        if self.random.random() < 0.6: # something to write into
            self.lines, self.names, self.own, self.count = [f"v0 = {self.pick('x', 'x', 'y')}.clone()"], ["x", "y", "v0"], {"v0"}, 1

    # --- what statements are made of

    def pick(self, *options):
        return self.random.choice(options)

    def size(self, name, axis):
        return f"{name}.size({axis})"

    def number(self, name, axis):
        """An integer about the size of an axis, as an expression."""
        s = self.size(name, axis)
        return self.pick("0", "1", "2", "3", "5", "-1", "-2", "-3", "-5", f"{s} // 2", f"{s} - 1", f"{s} - 2", f"{s} - 3", f"-({s} // 2)", s,
                         f"({s} + 1) // 2", f"y.size(0)", "x.size(1)", "-y.size(0)", f"{s} // 3 + 1", f"min({s}, 3)", f"max({s} - 2, 1)")

    def bound(self, name, axis):
        return "" if self.random.random() < 0.35 else self.number(name, axis)

    def slice(self, name, axis):
        step = self.pick("", "", "", ":2", ":3", ":1")
        return f"{self.bound(name, axis)}:{self.bound(name, axis)}{step}"

    def index(self, name, rank):
        """What stands between the brackets of name[...]."""
        parts, axis = [], 0
        while axis < rank:
            kind = self.random.random()
            if kind < 0.45:
                parts.append(self.slice(name, axis))
            elif kind < 0.6:
                parts.append(self.pick("0", "-1", f"{self.size(name, axis)} // 2", "1"))
            elif kind < 0.66:
                parts.append("None")
                axis -= 1
            else:
                parts.append(":")
            axis += 1
            if len(parts) > rank + 1 or self.random.random() < 0.3:
                break
        return ", ".join(parts)

    def axis(self, rank):
        return self.random.randrange(-rank, rank)

    # --- kinds of statements: each gives an expression of a new variable, or (None, a statement)

    def view(self, a, rank):
        k = self.axis(rank)
        return self.pick(
            f"{a}[{self.index(a, rank)}]", f"{a}[{self.index(a, rank)}]", f"{a}[{self.index(a, rank)}]", f"{a}.transpose({k}, {self.axis(rank)})",
            f"{a}.unsqueeze({k})", f"{a}.narrow({k}, {self.pick('0', '1', f'{self.size(a, k)} // 2')}, {self.pick('1', '2', f'{self.size(a, k)} // 2')})",
            f"{a}.select({k}, {self.pick('0', '-1', '1')})", f"{a}.flatten({self.pick('0', '1', '-2')})", f"{a}.squeeze({k})", f"{a}.chunk(2, {k})[0]",
            f"{a}.split(2, {k})[0]", f"{a}.split(1, {k})[-1]", f"{a}.tensor_split(3, {k})[{self.pick('0', '1', '2')}]", f"{a}.movedim({k}, 0)",
            f"{a}.diagonal({self.pick('0', '1', '-1')}, 0, -1)", f"{a}.unfold({k}, 2, {self.pick('1', '2')})", f"{a}.t()", f"{a}.mT", f"{a}.swapaxes(0, {k})")

    def reshape(self, a, rank):
        s = [self.size(a, i) for i in range(rank)]
        forms = [f"{a}.reshape(-1)", f"{a}.reshape({s[-1]}, -1)", f"{a}.reshape(-1, {s[0]})", f"{a}.reshape({a}.numel())", f"{a}.reshape(1, -1)"]
        if rank > 1:
            forms += [f"{a}.reshape({s[0]} * {s[1]}, *{a}.shape[2:])" if False else f"{a}.flatten(0, 1)", f"{a}.reshape({s[1]}, {s[0]}, -1)",
                      f"{a}.reshape({s[0]} * {s[1]}, -1)", f"{a}.reshape({s[1]} * {s[0]}, 1, -1)", f"{a}.flatten(1).reshape({s[0]}, -1, 1)",
                      f"{a}.permute({', '.join(str(i) for i in reversed(range(rank)))}).reshape(-1)",
                      f"{a}.reshape({s[1]}, {' * '.join([s[0]] + s[2:])})"]
        return self.pick(*forms)

    def reduction(self, a, rank):
        k, keep = self.axis(rank), self.pick("True", "False")
        return self.pick(
            f"{a}.sum({k}, keepdim={keep})", f"{a}.mean({k}, keepdim={keep})", f"{a}.amax({k}, keepdim={keep})", f"{a}.prod({k})", f"{a}.cumsum({k})",
            f"{a}.softmax({k})", f"({a} > 0).any({k}).float()", f"({a} > 0).all({k}).float()", f"{a}.max({k})[0]", f"{a}.argmax({k}).float()", f"{a}.sum()",
            f"{a}.norm(dim={k})", f"{a}.flip({k})", f"{a}.roll({self.pick('1', '-1', '2', '-3')}, {k})", f"{a}.sort({k})[0]", f"{a}.cummax({k})[0]" if False
            else f"{a}.logsumexp({k})", f"{a}.topk({self.pick('1', f'min({self.size(a, k)}, 2)')}, {k})[0]", f"{a}.min()", f"{a}.diff(dim={k})")

    def join(self, a, rank):
        b, k = self.random.choice(self.names), self.axis(rank)
        return self.pick(f"torch.cat([{a}, {b}], {k})", f"torch.cat([{a}[{self.slice(a, 0)}], {a}], 0)", f"torch.stack([{a}, {a} * 2], {k})",
                         f"torch.cat([{a}, {a}.flip({k})], {k})", f"torch.cat([{a}.sum({k}, keepdim=True), {a}], {k})", f"torch.stack([{a}, {b}])")

    def arithmetic(self, a, rank):
        b, k = self.random.choice(self.names), self.axis(rank)
        return self.pick(f"{a} + {b}", f"{a} * {b}", f"{a}.relu()", f"{a} - {a}.mean()", f"torch.where({a} > 0, {a}, {b})", f"{a}.clamp(-1.0, 1.0)",
                         f"{a} * {self.size(a, k)}", f"{a} / ({self.size(a, k)} + 1)", f"-{a}", f"{a} @ {b}.transpose(-1, -2)", f"{a} @ torch.ones(3, 2)",
                         f"{a}.masked_fill({a} < 0, {self.pick('0.0', '-1.0')})", f"torch.maximum({a}, {b})", f"{a}.clone()", f"{a} + torch.arange({self.size(a, -1)})")

    def creation(self, a, rank):
        s, t = self.size(a, self.axis(rank)), self.size(a, self.axis(rank))
        return self.pick(f"torch.zeros({s}, {t})", f"torch.ones({s} // 2, 3)", f"torch.arange({s}).float()", f"torch.arange({s} - 1, -1, -1).float()",
                         f"torch.eye({s})", f"torch.ones({s}, {t}).tril({self.pick('0', '1', '-1')})", f"torch.zeros_like({a})", f"torch.full([{s} + 1, 2], 0.5)",
                         f"{a}.new_ones({s})", f"torch.arange({s}).unsqueeze(1).expand({s}, {t}).float()", f"torch.linspace(0, 1, {s})")

    def indexed(self, a, rank):
        k = self.axis(rank)
        s, d = self.size(a, k), self.size(a, 0)
        return self.pick(f"{a}[torch.arange({d} - 1, -1, -1)]", f"{a}.index_select({k}, torch.arange({s}) // 2)", f"{a}[{a}.flatten(1).sum(1) > 0]" if rank > 1 else f"{a}[{a} > 0]",
                         f"{a}.gather({k}, torch.zeros_like({a}[{self.slice(a, 0)}]).long())", f"F.pad({a}, ({self.pick('1', '0', '2')}, {self.pick('1', '0', '-1')}))",
                         f"{a}.repeat({', '.join(['2'] + ['1'] * (rank - 1))})", f"{a}.repeat_interleave(2, {k})", f"{a}.expand(2, {', '.join(['-1'] * rank)})",
                         f"{a}[..., torch.arange({self.size(a, -1)}).flip(0)]", f"{a}.nonzero().float()", f"{a}[torch.arange(-{d}, 0)]",
                         f"{a}.index_fill({k}, torch.arange({s} // 2), 1.5)", f"{a}.tile(2)", f"{a}.take_along_dim({a}.argsort({k}), {k})")

    def write(self, a, rank):
        place, b, k = f"{a}[{self.index(a, rank)}]", self.random.choice(self.names), self.axis(rank)
        return self.pick(
            f"{place} = {self.pick('0', '1', '7.5', '-1')}", f"{place} = {self.pick('0', '2')}", f"{place} += 1", f"{place} *= 2", f"{place} = {place} * 2",
            f"{place} = {b}", f"{a}[{self.slice(a, 0)}] = {a}.sum(0)", f"{a}[{a} > 1] = {self.pick('1.0', '0.5')}", f"{place}.zero_()", f"{a}.mul_(2)", f"{a}.add_(1)",
            f"{a}.select({k}, 0).fill_(3)", f"{a}.narrow({k}, 0, 1).copy_({a}.narrow({k}, {self.size(a, k)} - 1, 1) + 1)", f"{a}.transpose(0, {k})[{self.slice(a, 0)}] = 1",
            f"{a}.relu_()", f"{a}.masked_fill_({a} > 1, 0.0)", f"{a}[torch.arange({self.size(a, 0)} // 2)] = 9", f"{a}.flatten()[{self.slice(a, 0)}] = 5" if rank == 1 else
            f"{a}.view(-1)[1:] = 5", f"{a}.diagonal(0, 0, -1).fill_(4)", f"{a}[{self.slice(a, 0)}][{self.slice(a, 0)}] = 6", f"{a}.index_fill_({k}, torch.arange(1), 2)",
            f"{a}.squeeze({k}).add_(1)", f"{a}.unsqueeze({k}).mul_(2)", f"{a}.chunk(2, {k})[0].zero_()")

    # --- growing

    def source(self, returned):
        return "".join(f"        {line}\n" for line in self.lines) + f"        return {', '.join(returned)}{',' if len(returned) == 1 else ''}\n"

    def state(self, lines):
        scope = dict(zip(("x", "y"), (t.clone() for t in inputs_of(EXAMPLE))), torch=torch, F=F)
        exec("\n".join(lines), scope)
        return scope

    def grow(self):
        for _ in range(20):
            scope = self.state(self.lines)
            a = self.random.choice(self.names[-5:])
            rank = scope[a].dim()
            if rank == 0 or rank > 5:
                a, rank = "x", 3
            kind = self.random.random()
            if kind < 0.4 and self.own:
                a = self.random.choice(sorted(self.own))
                rank = scope[a].dim()
                line = [self.write(a, max(rank, 1))]
                made = None
            else:
                made = f"v{self.count}"
                make, owns = self.random.choice([(self.view, False)] * 4 + [(self.reshape, True)] * 2 + [(self.reduction, True)] * 2 + [
                    (self.join, True), (self.arithmetic, True), (self.creation, True), (self.indexed, True), (None, True)])
                text = f"{a}.clone()" if make is None else make(a, rank)
                line = [f"{made} = {text}"]
            try:
                after = self.state(self.lines + line)
            except (RuntimeError, IndexError, TypeError, ValueError, SyntaxError, AttributeError):
                continue
            if made and (not isinstance(after[made], torch.Tensor) or after[made].dim() > 5 or after[made].numel() > 5000):
                continue
            if made:
                self.count += 1
                self.names.append(made)
                if make is None or (text.startswith(a) and a in self.own and not owns and "expand" not in text):
                    self.own.add(made) # fresh memory, or a view of such
            self.lines += line
            return


def module_of(program, seed):
    text = ("class M(nn.Module):\n    def forward(self, x: Tensor, y: Tensor):\n" + program.source(program.returned))
    file = f"<seed {seed}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    scope = {"torch": torch, "nn": nn, "F": F, "Tensor": torch.Tensor, "__name__": "fuzz"}
    exec(compile(text, file, "exec"), scope)
    return scope["M"]().eval(), text


def export(module, example):
    """Sizes from 0 on; where PyTorch finds that the program cannot have them, those that it finds."""
    n, m, auto = torch.export.Dim("n", min=0), torch.export.Dim("m", min=0), torch.export.Dim.AUTO
    try:
        return torch.export.export(module, example, dynamic_shapes=({0: n, 1: m}, {0: n}), strict=False)
    except Exception:  # noqa: BLE001 - of several kinds
        return torch.export.export(module, example, dynamic_shapes=({0: auto, 1: auto}, {0: auto}), strict=False)


def build(form, module, folder):
    example = inputs_of(EXAMPLE)
    if form == "export":
        exported = export(module, example)
        torch.export.save(exported, folder / "model.pt2")
        return exported.module()
    model = torch.jit.trace(module, example, check_trace=False) if form == "trace" else torch.jit.script(module)
    torch.jit.save(model, folder / "model.pt")
    return torch.jit.load(folder / "model.pt")


def record(form, seed, program, folder):
    module, text = module_of(program, seed)
    folder.mkdir(parents=True)
    (folder / "program.py").write_text(text)
    model, k = build(form, module, folder), 0
    for size in (EXAMPLE,) + OTHERS:
        inputs = inputs_of(size)
        try:
            answers = model(*(t.clone() for t in inputs))
        except Exception:  # noqa: BLE001 - PyTorch has no answer at that size
            if size == EXAMPLE:
                raise
            continue
        numpy.savez(folder / f"inputs_{k}.npz", **{f"in_{i}": t.numpy() for i, t in enumerate(inputs)})
        numpy.savez(folder / f"expected_{k}.npz", **{f"out_{i}": t.numpy() for i, t in enumerate(answers)})
        k += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("seeds", nargs="+", help="FIRST-LAST, or numbers")
    parser.add_argument("--grammar", default="sizes", choices=("sizes", "operators"))
    parser.add_argument("--forms", default="trace,script,export")
    parser.add_argument("--export-every", type=int, default=20, help="export every Nth seed, where there are many")
    arguments = parser.parse_args()
    grammar = __import__("fuzz_operators").Operators if arguments.grammar == "operators" else Program
    torch.backends.mkldnn.enabled = False  # its float32 LSTM and ConvTranspose of 2.6 are wrong on some processors
    seeds = []
    for text in arguments.seeds:
        first, _, last = text.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    shutil.rmtree(arguments.out, ignore_errors=True)
    arguments.out.mkdir(parents=True)
    names = []
    for seed in seeds:
        program = grammar(seed)
        for form in arguments.forms.split(","):
            if form == "export" and seed % arguments.export_every and len(seeds) > 20:
                continue
            folder = arguments.out / f"{seed}.{form}"
            try:
                record(form, seed, program, folder)
                names.append(folder.name)
            except Exception as error:  # noqa: BLE001 - no such model, then
                shutil.rmtree(folder, ignore_errors=True)
                if len(seeds) <= 20:
                    print(f"{folder.name}: PyTorch: {str(error).strip().splitlines()[0][:200]}")
    (arguments.out / "selection").write_text("".join(name + "\n" for name in names))


if __name__ == "__main__":
    sys.modules["fuzz_models"] = sys.modules["__main__"]
    main()
