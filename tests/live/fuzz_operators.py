# SPDX-License-Identifier: Apache-2.0
"""The second grammar of the fuzzer (fuzz_models.py --grammar operators): programs of one operator after the other over
tensors of all types, integers, booleans, float64 and float32, with what each operator takes: scalars of every type, negative
and repeated indices, ties, empty ranges, modes.

A name is exact as long as it was made by what rounds nothing: only such are compared, floored, sorted and made indices,
where a last bit would decide.
"""
import re

import torch

from fuzz_models import Program

KINDS = {torch.float32: "f", torch.float64: "f", torch.int64: "i", torch.int32: "i", torch.uint8: "i", torch.int8: "i", torch.int16: "i", torch.bool: "b"}


class Operators(Program):
    def __init__(self, seed):
        self.exact, self.kinds = {"x", "y", "i", "j", "b"}, {}
        super().__init__(f"operators {seed}")
        self.returned = [name for name in self.names if re.fullmatch(r"v\d+", name)][-5:] or ["i"]

    def begin(self):
        self.lines = ["i = (x * 2).floor().long()", "j = (y * 4).int()", "b = x[:, :, 0] > 0"]
        self.names = ["x", "y", "i", "j", "b"]

    # --- operands

    def of(self, kinds, exact=False):
        names = [n for n in self.names if self.kinds[n] in kinds and (not exact or n in self.exact)]
        recent = names[-4:] if self.random.random() < 0.6 else names
        return self.random.choice(recent)

    def rank(self, a):
        return self.scope[a].dim()

    def scalar(self):
        return self.pick("2", "-3", "0.5", "-1.5", "True", "3", "1", "0", "-1", "7", "2.0", "False")

    def divisor(self, integers):
        b = self.of("i", True) if integers else self.of("fi", True)
        return self.pick("2", "-3", "3", "-2", "1.5", "-0.5", "4", f"({b} * 2 + 1)", f"({b} * {b} + 1)", f"-({b}.abs() + 1)", "x.size(1)", "-y.size(0)")

    def axis_of(self, a):
        return self.axis(max(self.rank(a), 1))

    def index_for(self, a, k, shape=None):
        """int64 indices within an axis, negative ones and repeated ones too, as shaped as another tensor."""
        s, i = self.size(a, k), shape or self.of("i", True)
        return self.pick(f"{i}.long() % {s}", f"{i}.abs().long() % {s}", f"{i}.clamp(0, {s} - 1).long()", f"{i}.long().remainder({s})")

    # --- kinds of statements: an expression and whether it rounds

    def arithmetic(self, _a=None, _rank=None):
        if self.random.random() < 0.5:
            a, b = self.of("fib"), self.pick(self.of("fib"), self.scalar())
            op = self.pick("+", "-", "*", "+", "*")
            return self.pick(f"{a} {op} {b}", f"{b} {op} {a}"), False
        a = self.of("fib", True)
        b = self.pick(self.of("fib", True), self.scalar())
        d = self.divisor(self.kinds[a] == "i")
        return self.pick((f"{a} // {d}", False), (f"{a} % {d}", False), (f"{a} / {d}", True), (f"torch.fmod({a}, {d})", False),
                         (f"torch.div({a}, {d}, rounding_mode='trunc')", False), (f"torch.div({a}, {d}, rounding_mode='floor')", False),
                         (f"torch.remainder({self.scalar()}, {a} * 2 + 1)", False), (f"{a} > {b}", False), (f"{a} == {b}", False), (f"{a} <= {b}", False),
                         (f"{a} != {b}", False), (f"torch.logical_and({a}, {self.of('fib', True)})", False), (f"torch.logical_xor({a}, {self.of('fib', True)})", False),
                         (f"~{self.of('ib', True)}", False), (f"{self.of('ib', True)} & {self.of('ib', True)}", False), (f"{self.of('ib', True)} | {self.pick(self.of('ib', True), '3', 'True')}", False),
                         (f"{self.of('ib', True)} ^ {self.of('ib', True)}", False), (f"{self.of('i', True)} >> {self.pick('1', '2')}", False), (f"{self.of('i', True)} << {self.pick('1', '3')}", False),
                         (f"{a} ** {self.pick('2', '3', '2.0', '0')}", False), (f"torch.maximum({a}, {self.of('fib', True)})", False), (f"torch.minimum({a}, {self.of('fi', True)})", False),
                         (f"torch.fmax({self.of('fi', True)}, {self.of('fi', True)})", False), (f"torch.rsub({self.of('fi')}, {self.pick('2', '0.5', self.of('fi'))}, alpha={self.pick('1', '3')})", False),
                         (f"torch.add({self.of('fi')}, {self.of('fi')}, alpha={self.pick('2', '-1')})", False), (f"{a}.sign()", False), (f"{self.of('fi', True)}.abs()", False),
                         (f"torch.heaviside({self.of('f', True)}, {self.of('f', True)})", False), (f"torch.copysign({self.of('fi', True)}, {self.of('fi', True)})", False),
                         (f"torch.lerp({self.of('f')}, {self.of('f')}, {self.pick('0.5', '0.25')})", True), (f"{self.of('f', True)}.{self.pick('floor', 'ceil', 'round', 'trunc', 'frac')}()", False),
                         (f"torch.round({self.of('f', True)}, decimals={self.pick('1', '-1')})", True), (f"torch.hypot({self.of('f')}, {self.of('f')})", True), (f"torch.atan2({self.of('fi')}, {self.of('fi')})", True),
                         (f"torch.addcmul({self.of('fi')}, {self.of('fi')}, {self.of('fi')}, value={self.pick('2', '-1')})", False), (f"{self.of('i')}.square()", False), (f"torch.bitwise_not({self.of('ib')})", False),
                         (f"torch.float_power({self.of('fi')}.abs(), 2)", True), (f"{self.of('ib')}.{self.pick('sqrt', 'exp', 'sigmoid', 'tanh', 'sin', 'reciprocal', 'expm1')}()", True))

    def cast(self):
        a = self.of("fib", True)
        return self.pick((f"{a}.{self.pick('float', 'double', 'long', 'int', 'bool')}()", False), (f"{a}.to(torch.{self.pick('int32', 'uint8' if self.kinds[a] == 'b' else 'int16', 'float64', 'bool')})", False),
                         (f"{self.of('fib')}.type_as({self.of('f')})", False), (f"{a}.trunc().long()" if self.kinds[a] == "f" else f"{a}.float()", False))

    def select(self):
        a, b, c = self.of("fib"), self.of("fib"), self.of("b", True)
        lo, hi, e = self.pick("-1", "-1.5", "0", "1"), self.pick("2", "0.5", "3"), self.of("fi")
        m = f"{e} > {self.pick('0', '1')}" if e in self.exact else f"({e} == {e})"
        s = self.pick(self.scalar(), b)
        return self.pick(f"torch.where({c}, {a}, {b})", f"torch.where({c}, {a}, {self.scalar()})", f"torch.where({c}, {self.scalar()}, {a})", f"torch.where({m}, {e}, {s})", f"torch.where({c}.unsqueeze(-1), {a}, {b})",
                         f"{e}.clamp({lo}, {hi})", f"{e}.clamp(min={lo})", f"{e}.clamp(max={hi})", f"torch.clamp({e}, {self.of('fi')}, {self.of('fi')})", f"torch.clamp({e}, min={self.of('fi')})",
                         f"torch.clamp({e}, {hi}, {lo})", f"{a}.masked_fill({c}, {self.pick('1', '0', 'True', '2')})", f"{e}.masked_fill({m}, {self.pick('1', '-2', '0')})", f"{a}[{c}]", f"{e}[{m}]", f"torch.masked_select({a}, {c})",
                         f"{e}.masked_scatter({m}, torch.arange({e}.numel()).to({e}.dtype))", f"torch.nonzero({c})", f"torch.argwhere({c})", f"{c}.nonzero(as_tuple=True)[0]", f"{e}.clip({lo}, {hi})",
                         f"{a}[{c}, ...]", f"{a}.tril({self.pick('0', '-1', '1')})", f"{a}.triu({self.pick('0', '-2', '1')})"), False

    def reduce(self):
        a, k, keep = self.of("fib"), None, self.pick("True", "False")
        k = self.axis_of(a)
        e = self.of("fib", True)
        ke = self.axis_of(e)
        f = self.of("f")
        kf = self.axis_of(f)
        w = self.pick("torch.float64", "torch.float32", "torch.int32")
        return self.pick((f"{a}.sum({k}, keepdim={keep})", True), (f"{a}.sum()", True), (f"{a}.prod({k}, keepdim={keep})", True), (f"{a}.sum({k}, dtype={w})", True), (f"{e}.any({ke}, keepdim={keep})", False),
                         (f"{e}.all({ke}, keepdim={keep})", False), (f"{e}.any()", False), (f"{e}.all()", False), (f"{e}.amax({ke}, keepdim={keep})", False), (f"{e}.amin({ke})", False),
                         (f"{e}.argmax({ke}, keepdim={keep})", False), (f"{e}.argmin({ke})", False), (f"{e}.argmax()", False), (f"{e}.max({ke})[{self.pick('0', '1')}]", False), (f"{e}.min({ke})[{self.pick('0', '1')}]", False),
                         (f"{a}.cumsum({k})", True), (f"{a}.cumprod({k})", True), (f"{e}.cummax({ke})[{self.pick('0', '0', '1')}]", False), (f"{e}.cummin({ke})[0]", False), (f"{a}.cumsum({k}, dtype={w})", True),
                         (f"{f}.mean({kf}, keepdim={keep})", True), (f"{a}.mean({k}, dtype=torch.float32)", True), (f"{f}.var({kf}, unbiased={keep})", True), (f"{f}.std({kf}, keepdim={keep})", True), (f"{e}.count_nonzero({ke})", False), (f"{e}.count_nonzero()", False),
                         (f"{f}.logsumexp({kf})", True), (f"{f}.norm({self.pick('1', '2', '3')}, {kf})", True), (f"torch.linalg.vector_norm({f}, {self.pick('1', '2', '0.5')}, {kf})", True), (f"{f}.softmax({kf}, dtype=torch.float64)", True),
                         (f"{e}.aminmax(dim={ke})[1]", False), (f"{e}.median({ke})[0]", False), (f"{e}.kthvalue(1, {ke})[0]", False), (f"{f}.nansum({kf})", True), (f"{a}.logcumsumexp({k})", True), (f"{e}.amax()", False),
                         (f"torch.trace({a})", True), (f"torch.std_mean({f}, {kf})[0]", True), (f"{e}.mode({ke})[0]", False), (f"{f}.quantile(0.5, dim={kf})", True), (f"{f}.renorm(2, {kf}, 1.0)", True), (f"{e}.nanmedian({ke})[0]", False),
                         (f"torch.all({e}.bool() == {e}, dim={ke})", False), (f"{a}.sum(({k}, {self.axis_of(a)}))", True), (f"torch.equal({e}, {e})", False))

    def order(self):
        e = self.of("fi", True)
        k, s = self.axis_of(e), None
        s = self.size(e, k)
        down, q = self.pick("True", "False"), self.pick("1", "2", f"min({s}, 3)", f"{s}", f"{s} // 2")
        return self.pick(f"{e}.sort({k}, descending={down})[0]", f"torch.sort({e}, dim={k}, stable=True, descending={down})[1]", f"torch.argsort({e}, dim={k}, stable=True, descending={down})", f"{e}.topk({q}, {k}, largest={down})[0]",
                         f"{e}.msort()", f"torch.unique({e})", f"torch.unique({e}, return_inverse=True)[1]", f"torch.unique({e}, return_counts=True)[1]", f"torch.searchsorted({e}.flatten().sort()[0], {self.of('fi', True)}, right={down})",
                         f"torch.bucketize({e}, torch.arange(-3, 3), right={down})", f"torch.bincount({e}.flatten().abs().long() % 7, minlength={self.pick('0', '9')})", f"torch.isin({e}, {self.of('i', True)})",
                         f"torch.unique_consecutive({e}.flatten())", f"{e}.argsort({k}).argsort({k}) * 0", f"torch.histc({e}.float(), 5, -2, 2)", f"torch.unique({e}, dim=0)"), False

    def move(self):
        a = self.of("fib")
        k, s = self.axis_of(a), None
        s = self.size(a, k)
        n = self.number(a, k)
        r = self.rank(a)
        return self.pick(f"{a}.roll({self.pick('1', '-2', '4', n)}, {k})", f"{a}.roll({self.pick('1', '-3')})", f"{a}.roll((1, -1), ({k}, {self.axis_of(a)}))", f"{a}.flip({k})", f"{a}.flip(({k}, {self.axis_of(a)}))", f"{a}.rot90({self.pick('1', '2', '-1')}, (0, 1))",
                         f"{a}.repeat_interleave({self.pick('2', '3')}, {k})", f"{a}.repeat_interleave(2)", f"{a}.repeat_interleave(torch.arange({s}), dim={k})", f"{a}.repeat_interleave((torch.arange({s}) + 1) % 3, {k})", f"torch.repeat_interleave(torch.arange({s}) % 3)",
                         f"{a}.narrow({k}, {self.pick('0', '1', '-1', f'{s} // 2', f'{s} - 1')}, {self.pick('1', '0', f'{s} // 2', f'({s} + 1) // 2')})", f"{a}.tensor_split({self.pick('2', '3', '4')}, {k})[{self.pick('0', '1', '-1')}]",
                         f"{a}.tensor_split([1, {self.pick('3', '-1', f'{s} // 2')}], {k})[{self.pick('0', '1', '2')}]", f"{a}.unfold({k}, {self.pick('1', '2', '3')}, {self.pick('1', '2', '3')})", f"{a}.diff(n={self.pick('1', '2')}, dim={k})",
                         f"{a}.split({self.pick('2', '3', f'max({s} // 2, 1)')}, {k})[{self.pick('0', '-1')}]", f"{a}.split([1, {s} - 1], {k})[{self.pick('0', '1')}]", f"{a}.chunk({self.pick('2', '3')}, {k})[-1]", f"{a}.unbind({k})[{self.pick('0', '-1')}]",
                         f"{a}.unflatten({k}, (1, -1))", f"{a}.unflatten({k}, (-1, {s}))", f"{a}.swapdims({k}, {self.axis_of(a)})", f"{a}.tile(({self.pick('2', '1', '3')}, 2))", f"{a}.repeat({', '.join(['1'] * (r - 1) + ['2'])})", f"{a}.expand({self.pick('2', 'y.size(0)', '1')}, {', '.join(['-1'] * r)})",
                         f"torch.block_diag({a}, {a})", f"torch.cartesian_prod({a}.flatten(), {a}.flatten()[:2])", f"torch.kron({a}, {a})", f"torch.atleast_3d({a})", f"torch.hstack([{a}, {a}])", f"torch.dstack([{a}, {a}])", f"torch.cat([{a}, {self.of('fib')}], {k})",
                         f"torch.stack([{a}, {self.of('fib')}], {k})", f"torch.cat([{a}, {a}[:0], {self.of('fib')}])", f"{a}.diagonal({self.pick('0', '1', '-2')}, {k}, {self.axis_of(a)})", f"torch.diag_embed({a}, {self.pick('0', '1', '-1')})", f"torch.diag({a})", f"torch.vander({a}.flatten(), 3)",
                         f"torch.combinations({a}.flatten()[:4])", f"{a}.view_as({a})", f"{a}.ravel()", f"torch.meshgrid({a}.flatten(), {a}.flatten(), indexing='ij')[{self.pick('0', '1')}]", f"torch.vstack([{a}, {a}])", f"torch.column_stack([{a}, {a}])", f"{a}.squeeze()", f"{a}.squeeze({k})", f"{a}.squeeze(({k}, {self.axis_of(a)}))",
                         f"torch.movedim({a}, (0, {k}), ({k}, 0))", f"{a}.as_strided((2, 2), (1, 2))", f"{a}.hsplit(2)[0]", f"{a}[..., None].expand(*{a}.shape, 2)", f"{a}[:, torch.arange({self.size(a, 1) if r > 1 else 1}) % 2 == 0]"), False

    def gather(self):
        a = self.of("fib")
        k = self.axis_of(a)
        s = self.size(a, k)
        g = f"torch.arange({s})"
        src = self.pick(f"torch.ones_like({a})", a, f"{a} * 2" if self.kinds[a] != "b" else a)
        many = f"torch.zeros_like({a}).long()"
        i = self.pick(f"({g} * 2) % {s}", f"{g} // 2", f"{g} - {s}", f"-1 - {g}", f"torch.tensor([0, -1, 0])", f"{g}[:0]")
        p = self.pick(f"({g} * 2) % {s}", f"{g} // 2", "torch.tensor([0, 0])")
        d0 = self.size(a, 0)
        j = self.pick(f"torch.arange({d0}) // 2", f"-1 - torch.arange({d0})", "torch.tensor([0, -1])", f"torch.tensor([[0, -1], [0, 0]])", self.index_for(a, 0), f"{self.of('b', True)}", f"torch.arange({d0}) % 2 == 0")
        near = f"(torch.cumsum(torch.ones_like({a}).long(), {k}) * {self.pick('1', '2')}) % {s}"
        how = self.pick("sum", "prod", "mean", "amax", "amin")
        return self.pick(f"{a}.index_select({k}, {p})", f"{a}[{i if k in (0, -self.rank(a)) else 'torch.tensor([0, -1])'}]", f"{a}[{j}]", f"{a}.gather({k}, {near})", f"{a}.gather({k}, {many})", f"torch.take_along_dim({a}, {near}, {k})", f"{a}.take(torch.tensor([0, -1, 2]))",
                         f"{a}.index_add({k}, {g} // 2, {src})", f"{a}.index_add({k}, {g} // 2, {src}, alpha=2)", f"{a}.index_copy({k}, {g}.flip(0), {src})", f"{a}.index_fill({k}, {p}, {self.pick('1', '0')})", f"{a}.scatter({k}, {near}, {src})" if "* 1" in near else f"{a}.scatter({k}, {many}, {self.pick('1', '0')})",
                         f"{a}.scatter({k}, {near}, {self.pick('1', '2')})", f"{a}.scatter_add({k}, {near}, {src})", f"{a}.scatter_reduce({k}, {near}, {src}, '{how}')", f"{a}.scatter_reduce({k}, {near}, {src}, '{how}', include_self=False)", f"{a}.index_reduce({k}, {g} // 2, {src}, '{self.pick('prod', 'mean', 'amax', 'amin')}')",
                         f"{a}.index_reduce({k}, {g} // 2, {src}, '{self.pick('prod', 'mean', 'amax', 'amin')}', include_self=False)", f"{a}.index_put(({j},), {a}[{j}])", f"{a}.index_put((torch.arange({d0}) // 2,), {self.pick('torch.tensor(1)', src)}, accumulate=True)" , f"{a}.select_scatter({a}.select({k}, 0), {k}, {self.pick('-1', '0')})",
                         f"{a}.slice_scatter({a}.narrow({k}, 0, 1), {k}, 0, 1)", f"{a}[:, {self.pick('torch.tensor([0, -1])', '-1', '[0, 1]')}]", f"{a}[torch.tensor([0, -1]), {self.pick('torch.tensor([1, 0])', '0', ':, torch.tensor([0, 1])', '..., 0')}]", f"{a}.put(torch.tensor([0, -1]), torch.tensor([1, 2]).to({a}.dtype))",
                         f"torch.index_select({a}, {k}, torch.nonzero(torch.arange({s}) % 2 == 0).flatten())", f"F.one_hot({self.index_for(a, k)}, {self.pick('-1', s, f'{s} + 1')})", f"F.embedding({self.index_for(a, 0)}, {self.of('f')})", f"{a}.diagonal_scatter({a}.diagonal(), 0)"), False

    def write(self, a, rank):
        """A statement, of a clone's name."""
        k = self.axis(rank)
        s, d0, g = self.size(a, k), self.size(a, 0), f"torch.arange({self.size(a, 0)})"
        c = self.pick(f"{a} > 1", f"{a} == {a}.amax()") if self.kinds[a] != "b" else a
        v = self.pick("1", "0", "2.5", "True", "-1")
        b = self.of("fib")
        return self.pick(f"{a}[{c}] = {v}", f"{a}[{c}] = {a}[{c}] * 2", f"{a}[{g} // 2] = {v}", f"{a}[-1 - {g}] = {b}", f"{a}[{g}.flip(0)] = {a}", f"{a}[{g} % 2 == 0] = {v}", f"{a}[{self.of('b', True)}] = {v}", f"{a}[:, torch.tensor([0, -1])] = {v}", f"{a}[torch.tensor([0, -1]), 0] = {v}",
                         f"{a}[{self.index(a, rank)}] = {b}", f"{a}[{self.index(a, rank)}] += {v}", f"{a} += {b}", f"{a} *= {b}", f"{a} -= {v}", f"{a} {self.pick('//', '/', '%')}= 2", f"{a}.masked_fill_({c}, {v})", f"{a}.masked_scatter_({c}, torch.arange({a}.numel()).to({a}.dtype))", f"{a}.clamp_(0, 2)", f"{a}.copy_({b})",
                         f"{a}.index_add_({k}, torch.arange({s}) // 2, torch.ones_like({a}))", f"{a}.scatter_({k}, torch.zeros_like({a}).long(), {v})", f"{a}.index_put_(({g} // 2,), torch.tensor(1).to({a}.dtype), accumulate=True)", f"{a}.index_copy_(0, {g}.flip(0), {a}.clone())", f"{a}.fill_({v})", f"{a}[..., 0] = {b}",
                         f"{a}.fill_diagonal_({v})", f"{a}.t_()", f"{a}.unsqueeze_(0)", f"{a}.logical_not_()", f"{a}.neg_()", f"{a}.cumsum_(0)", f"{a}.tril_()", f"{a}.transpose_(0, {k})", f"{a}.floor_divide_(2)", f"{a}.remainder_(-3)", f"{a}.pow_(2)", f"{a}.eq_({v})", f"{a}.bitwise_and_(3)", f"{a}.zero_()",
                         f"{a}.scatter_add_({k}, torch.zeros_like({a}).long(), {a}.clone())", f"{a}[{g}, {g}] = {v}" if rank > 1 else f"{a}[0] = {v}", f"{a}.select({k}, -1).add_({a}.select({k}, 0))", f"{a}.index_fill_({k}, torch.tensor([-1]), {v})", f"{a}[[0, 0]] = {a}[[-1, -1]]")

    def image(self):
        f = self.of("f")
        p = [self.pick("0", "1", "2", "-1") for _ in range(4)]
        pad = ", ".join(p[: self.pick(2, 4)])
        v = f"{f}.reshape(1, -1, {self.size(f, -1)})"
        w = f"{f}.reshape(1, 1, {self.size(f, 0)}, -1)"
        r = self.pick("2", "3", "0.5", "1.5", "1.7")
        o = self.pick(f"{self.size(f, 0)} * 2", "3", f"{self.size(f, 0)} // 2 + 1", "1", "4")
        ac = self.pick("True", "False")
        return self.pick((f"F.pad({self.of('fib')}, ({pad}))", False), (f"F.pad({self.of('fi')}, ({pad}), value={self.pick('1', '2', '-3')})", False), (f"F.pad({v}, ({p[0]}, {p[1]}), mode='{self.pick('reflect', 'replicate', 'circular')}')", False), (f"F.pad({w}, ({', '.join(p)}), mode='{self.pick('reflect', 'replicate', 'circular')}')", False),
                         (f"F.interpolate({v}, scale_factor={r}, mode='{self.pick('nearest', 'nearest-exact', 'area')}')", True), (f"F.interpolate({v}, scale_factor={r}, mode='linear', align_corners={ac})", True), (f"F.interpolate({w}, scale_factor=({r}, {r}), mode='{self.pick('nearest', 'nearest-exact', 'area')}')", True), (f"F.interpolate({w}, scale_factor={r}, mode='{self.pick('bilinear', 'bicubic')}', align_corners={ac})", True),
                         (f"F.interpolate({w}, size=({o}, {self.pick('3', '1', '5')}), mode='{self.pick('bilinear', 'bicubic')}', align_corners={ac})", True), (f"F.interpolate({w}, size=({o}, {self.pick('3', '1', '5')}), mode='{self.pick('nearest', 'nearest-exact', 'area')}')", True), (f"F.interpolate({w}, scale_factor={r}, mode='bilinear', align_corners=False, recompute_scale_factor=True)", True),
                         (f"F.unfold({w}, (2, 1), padding={self.pick('0', '1')})", False), (f"F.unfold({w}, 2, dilation={self.pick('1', '2')}, padding=1, stride={self.pick('1', '2')})", False), (f"F.avg_pool1d({v}, 2, {self.pick('1', '2')}, ceil_mode={ac})", True), (f"F.avg_pool1d({v}, 3, 2, 1, {ac}, {self.pick('True', 'False')})", True), (f"F.max_pool1d({v}, 2, {self.pick('1', '2')}, ceil_mode={ac})", False),
                         (f"F.max_pool2d({w}, ({self.pick('1', '2')}, 2), {self.pick('1', '2')}, {self.pick('0', '1') if ac == 'True' else '0'}, ceil_mode={self.pick('True', 'False')})", False), (f"F.avg_pool2d({w}, 2, 1, {self.pick('0', '1')}, count_include_pad={ac})", True), (f"F.adaptive_avg_pool1d({v}, {self.pick('1', '2', '3', '5')})", True), (f"F.adaptive_max_pool1d({v}, {self.pick('1', '2', '4')})", False), (f"F.adaptive_avg_pool2d({w}, ({self.pick('1', '2', '3')}, {self.pick('1', '2')}))", True),
                         (f"F.adaptive_max_pool2d({w}, ({self.pick('1', '2', '3')}, {self.pick('1', '2')}))", False), (f"F.max_pool1d({v}, 2, 1, return_indices=True)[1]", False), (f"F.lp_pool1d({v}.abs(), 2, 2)", True), (f"F.pixel_shuffle({w}.expand(1, 4, -1, -1), 2)", False), (f"F.conv1d({v}.transpose(0, 1), torch.ones(2, 1, {self.pick('1', '2', '3')}), padding={self.pick('0', '1', '2')})", True), (f"F.conv_transpose1d({v}.transpose(0, 1), torch.ones(1, 2, 3), stride={self.pick('1', '2')}, padding={self.pick('0', '1')})", True),
                         (f"F.grid_sample({w}, torch.zeros(1, {o}, 2, 2) + {self.pick('0.3', '-0.9', '1.2')}, mode='{self.pick('bilinear', 'nearest')}', padding_mode='{self.pick('zeros', 'border', 'reflection')}', align_corners={ac})", True), (f"F.fold(F.unfold({w}, 2, padding=1), ({self.size(f, 0)}, {f}.numel() // max({self.size(f, 0)}, 1)), 2, padding=1)", True), (f"F.local_response_norm({w}, 2)", True), (f"F.normalize({f}, dim=-1)", True), (f"F.cosine_similarity({f}, {f} + 1, dim=-1)", True), (f"F.layer_norm({f}, [{self.size(f, -1)}])", True))

    def product(self):
        a, b = self.of("fib"), self.of("fib")
        f, g = self.of("f"), self.of("f")
        e = self.pick("nmc,nc->nm", "nmc,nc->nmc", "nmc->n", "nmc->cm", "nc,kc->nk", "nmc,nkc->nmk", "nn->n", "...c,...c->...", "nmc,cd->nmd", "nc,nd->cd", "ij->ji", "i,j->ij", "nmc,nmc->", "ii", "...ij,...kj->...ik", "nmc,nc,nc->m")
        args = {0: [f"{f}"], 1: [f"{f}", f"{g}"], 2: [f"{f}", f"{g}", f"{g}"]}[e.count(",")]
        i, j = self.of("i"), self.of("i")
        return self.pick((f"torch.einsum('{e}', {', '.join(args)})", True), (f"torch.einsum('{e}', {', '.join(args)})", True), (f"{f} @ {g}.transpose(-1, -2)", True), (f"{i} @ {j}.transpose(-1, -2)", False), (f"torch.tensordot({f}, {g}, dims={self.pick('1', '2', '([-1], [-1])')})", True), (f"torch.outer({a}.flatten()[:5], {b}.flatten()[:4])", False), (f"torch.cross({f}, {g}, dim=-1)", True),
                         (f"torch.cdist({f}, {g}, {self.pick('2', '1')})", True), (f"torch.bmm({f}, {g}.transpose(1, 2))", True), (f"torch.matmul({f}, {g}[0])", True), (f"torch.addmm({f}, {g}, torch.ones(3, 3), beta={self.pick('1', '0', '2')}, alpha=0.5)", True), (f"torch.linalg.multi_dot([{f}, {g}.transpose(0, 1), {f}])", True), (f"torch.dot({f}.flatten(), {f}.flatten())", True), (f"torch.inner({f}, {g})", True),
                         (f"torch.baddbmm({f}, {f}, torch.ones({self.size(f, 0)}, 3, 3))", True), (f"torch.mv({f}, {g}[0])", True), (f"torch.chain_matmul({f}, {g}.t())", True), (f"F.linear({f}, torch.ones(2, 3), torch.ones(2))", True), (f"F.bilinear({f}, {f}, torch.ones(2, 3, 3))", True), (f"torch.cov({f})", True), (f"torch.matrix_power({f} @ {f}.mT, 2)", True))

    def create(self):
        a, k = self.of("fib"), 0
        k = self.axis_of(a)
        s, t = self.size(a, k), self.size(a, self.axis_of(a))
        return self.pick(f"torch.full_like({a}, {self.scalar()})", f"torch.full(({s}, {t}), {self.scalar()})", f"torch.arange({s}, 0, -{self.pick('1', '2')})", f"torch.arange(0, {s}, {self.pick('2', '0.5', '3')})", f"torch.arange(-{s}, {s}, dtype=torch.{self.pick('float64', 'int32', 'float32')})", f"torch.zeros({s}, dtype=torch.{self.pick('bool', 'int32', 'float64')})", f"{a}.new_full(({s},), 3)",
                         f"torch.ones_like({a}, dtype=torch.{self.pick('bool', 'int64', 'float64')})", f"torch.eye({s}, {t}, dtype=torch.{self.pick('bool', 'int64', 'float32')})", f"torch.tril_indices({s}, {t}, {self.pick('0', '-1', '1')})", f"torch.triu_indices({s}, {t})", f"torch.empty({s}, 0)", f"torch.linspace(-1, {s}, {self.pick('5', '1', t)})", f"torch.tensor([{s}, {t}])", f"torch.tensor({s}) / 2",
                         f"torch.scalar_tensor({s})", f"torch.arange({s}).view(-1, 1) * torch.arange({t})", f"torch.zeros({s}, {t}).fill_diagonal_(2)", f"torch.logspace(0, 1, {s})", f"torch.arange({a}.numel()).view({a}.shape)"), self.random.random() < 0

    def compose(self):
        """A statement's text, the name it makes and whether that is exact."""
        if self.random.random() < 0.3:
            base = self.of("fib")
            rank = self.rank(base)
            made = f"v{self.count}"
            self.kinds[made], self.scope[made] = self.kinds[base], self.scope[base]
            text = self.write(made, max(rank, 1))
            rounds = False
            return [f"{made} = {base}.clone()", text], made, rounds
        make = self.random.choice([self.arithmetic] * 4 + [self.cast, self.select, self.select, self.reduce, self.reduce, self.order, self.move, self.move, self.gather, self.gather, self.image, self.product, self.create])
        text, rounds = make()
        return [f"v{self.count} = {text}"], f"v{self.count}", rounds

    def grow(self):
        for _ in range(40):
            self.scope = self.state(self.lines)
            self.kinds = {n: KINDS[self.scope[n].dtype] for n in self.names}
            try:
                lines, made, rounds = self.compose()
                after = self.state(self.lines + lines)
                new = after[made]
                if not isinstance(new, torch.Tensor) or new.dim() > 5 or new.numel() > 3000 or new.dtype not in KINDS:
                    continue
                if new.dtype.is_floating_point and (not new.isfinite().all() or (new.numel() and new.abs().max() > 1e4)):
                    continue
                if KINDS[new.dtype] == "i" and new.numel() and new.abs().max() > 2**30:
                    continue
            except (RuntimeError, IndexError, TypeError, ValueError, SyntaxError, AttributeError, NotImplementedError):
                continue
            used = {n for n in self.names if any(re.search(rf"\b{n}\b", line) for line in lines)}
            if not rounds and (used <= self.exact):
                self.exact.add(made)
            self.count += 1
            self.names.append(made)
            self.lines += lines
            return
