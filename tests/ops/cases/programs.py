# SPDX-License-Identifier: Apache-2.0
"""Whole programs whose way only the data or a dynamic size decides, as modules."""
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from record import *

family("programs")

UP, DOWN, NONE = tensor([[1.0, 2.0], [3.0, 0.5]]), tensor([[-1.0, -2.0], [0.25, -0.5]]), torch.zeros(2, 2)
WAYS = {"also": [(DOWN,), (NONE,)]}
ROWS = {"dyn": (f(6, 2),), "also": [(f(1, 2),)]}
ROWS0 = {"dyn": (f(6, 2),), "also": [(f(1, 2),), (torch.zeros(0, 2),), (f(2, 2),)]}


def module(name, made, *inputs, **options):
    case(name, lambda: settle(made()), *inputs, scripted=True, **options)


class Attr(nn.Module):
    """Attributes written in arms, set anew in every call."""
    def __init__(self):
        super().__init__()
        self.scale = 1.0
        self.mode = 0
        self.kept = torch.zeros(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        self.scale = 1.0
        self.mode = 0
        self.kept = x
        if x.sum() > 0:
            self.scale = 2.0
            self.mode = 1
            self.kept = x * 3
        for i in range(self.mode):
            x = x + 1
        return x * self.scale + self.kept


module("attr", Attr, UP, **WAYS)


class Rnnt(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.GRU(2, 4, batch_first=True)
        self.embed = nn.Embedding(6, 4)
        self.pred = nn.GRU(4, 4, batch_first=True)
        self.joint = nn.Linear(4, 6)
        self.most = 3

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        e, _ = self.enc(x)
        hidden: Optional[Tensor] = None
        token = torch.full([1, 1], 5, dtype=torch.long)
        p, hidden = self.pred(self.embed(token), hidden)
        ids: List[int] = []
        times: List[int] = []
        t = 0
        while t < e.size(1):
            sym = 0
            go = True
            while go and sym < self.most:
                logits = self.joint(torch.tanh(e[:, t] + p[:, 0]))
                k = int(logits.argmax(-1).item())
                if k == 0:
                    go = False
                else:
                    ids.append(k)
                    times.append(t)
                    token = torch.full([1, 1], k, dtype=torch.long)
                    p, hidden = self.pred(self.embed(token), hidden)
                    sym += 1
            t += 1
        return torch.tensor(ids, dtype=torch.long), torch.tensor(times, dtype=torch.long)


module("rnnt", Rnnt, f(1, 4, 2), dyn=(f(1, 7, 2, span=9.0),), also=[(f(1, 1, 2),), (f(1, 3, 2, span=20.0),)])


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.LSTM(3, 4)
        self.cell = nn.LSTMCell(4, 4)
        self.embed = nn.Embedding(7, 4)
        self.out = nn.Linear(4, 7)

    def forward(self, x: Tensor, max_len: Tensor) -> Tuple[Tensor, Tensor, int]:
        _, (h, c) = self.enc(x)
        h, c = h[0], c[0]
        n = x.size(1)
        token = torch.zeros(n, dtype=torch.long)
        done = torch.zeros(n, dtype=torch.bool)
        outs: List[Tensor] = []
        scores = torch.zeros(n)
        for i in range(int(max_len)):
            h, c = self.cell(self.embed(token), (h, c))
            logp = torch.log_softmax(self.out(h), -1)
            best, token = logp.max(-1)
            token = torch.where(done, torch.zeros_like(token), token)
            scores = scores + best * (~done)
            outs.append(token)
            done = done | (token == 2)
            if bool(done.all()):
                break
        if len(outs) == 0:
            return torch.zeros(0, n, dtype=torch.long), scores, 0
        return torch.stack(outs), scores, len(outs)


module("seq2seq", Seq2Seq, f(4, 2, 3), tensor(5), dyn=(f(6, 3, 3), tensor(5)), also=[(f(1, 1, 3, span=9.0), tensor(3)), (f(4, 2, 3), tensor(0)), (f(4, 2, 3, span=20.0), tensor(9))])


class BeamLists(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(5, 4)
        self.cell = nn.GRUCell(4, 4)
        self.out = nn.Linear(4, 5)

    def forward(self, h0: Tensor, steps: Tensor) -> Tuple[Tensor, Tensor]:
        k = 2
        h = h0.expand(k, 4)
        tokens = torch.zeros(k, 1, dtype=torch.long)
        score = torch.tensor([0.0, -1e9])
        finished: List[Tensor] = []
        fscores: List[Tensor] = []
        for t in range(int(steps)):
            h = self.cell(self.emb(tokens[:, -1]), h)
            logp = F.log_softmax(self.out(h), -1) + score.unsqueeze(1)
            score, flat = logp.view(-1).topk(k)
            beam = torch.div(flat, 5, rounding_mode="trunc")
            tok = flat % 5
            h = h[beam]
            tokens = torch.cat([tokens[beam], tok.unsqueeze(1)], 1)
            for b in range(k):
                if int(tok[b]) == 1:
                    finished.append(tokens[b, -1])
                    fscores.append(score[b] / (t + 1))
                    score[b] = -1e9
        if len(fscores) > 0:
            best = int(torch.stack(fscores).argmax())
            return finished[best], torch.stack(fscores)
        return tokens[0, -1], score


module("beam_lists", BeamLists, f(1, 4), tensor(4), also=[(f(1, 4, span=9.0), tensor(6)), (f(1, 4), tensor(0)), (f(1, 4), tensor(1))])


class Ssm(nn.Module):
    def __init__(self):
        super().__init__()
        self.A = nn.Parameter(torch.zeros(3, 4))
        self.D = nn.Parameter(torch.zeros(3))
        self.proj = nn.Linear(3, 9)

    def forward(self, u: Tensor) -> Tensor:
        b, l, d = u.shape
        z = self.proj(u)
        delta, B, C = F.softplus(z[..., :1]), z[..., 1:5], z[..., 5:9]
        dA = torch.exp(delta.unsqueeze(-1) * -self.A.abs())
        dBu = delta.unsqueeze(-1) * B.unsqueeze(2) * u.unsqueeze(-1)
        x = torch.zeros(b, d, 4, device=u.device, dtype=u.dtype)
        ys = []
        for i in range(l):
            x = dA[:, i] * x + dBu[:, i]
            ys.append(torch.einsum("bdn,bn->bd", x, C[:, i]))
        y = torch.stack(ys, dim=1)
        return y + u * self.D


module("ssm", Ssm, f(2, 4, 3), dyn=(f(3, 6, 3),), also=[(f(1, 1, 3),)])


class Gru2(nn.Module):
    """Layers in a ModuleList, time outside."""
    def __init__(self):
        super().__init__()
        self.cells = nn.ModuleList([nn.GRUCell(3, 3), nn.GRUCell(3, 3)])

    def forward(self, x: Tensor, hs: Optional[List[Tensor]] = None):
        if hs is None:
            hs = [torch.zeros(x.size(0), 3), torch.zeros(x.size(0), 3)]
        outs: List[Tensor] = []
        for t in range(x.size(1)):
            inp = x[:, t]
            new: List[Tensor] = []
            for i, cell in enumerate(self.cells):
                inp = cell(inp, hs[i])
                new.append(inp)
            hs = new
            outs.append(inp)
        return torch.stack(outs, 1), hs


module("gru2", Gru2, f(2, 4, 3), dyn=(f(3, 6, 3),), also=[(f(1, 1, 3),)])


class Vad(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 4, 5)
        self.lstm = nn.LSTM(4, 4)
        self.fc = nn.Linear(4, 1)

    def forward(self, wav: Tensor, sr: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        if int(sr) == 16000:
            wav = wav[:, ::2]
        elif int(sr) != 8000:
            raise ValueError("rate")
        x = F.relu(self.conv(wav.unsqueeze(1)))
        y, (h, c) = self.lstm(x.permute(2, 0, 1))
        p = torch.sigmoid(self.fc(y)).squeeze(-1)
        segs: List[Tensor] = []
        start = -1
        for i in range(p.size(0)):
            on = bool(p[i, 0] > 0.5)
            if on and start < 0:
                start = i
            if not on and start >= 0:
                segs.append(torch.tensor([start, i]))
                start = -1
        if start >= 0:
            segs.append(torch.tensor([start, p.size(0)]))
        if len(segs) == 0:
            return p, torch.zeros(0, 2, dtype=torch.long), h
        return p, torch.stack(segs), h


module("vad", Vad, f(1, 24), tensor(16000), dyn=(f(1, 40), tensor(8000)), also=[(f(1, 24, span=9.0), tensor(8000)), (f(1, 12), tensor(8000))])


class Moe(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(3, 4)
        self.experts = nn.ModuleList([nn.Linear(3, 3) for _ in range(4)])

    def forward(self, x: Tensor) -> Tensor:
        w, idx = torch.softmax(self.gate(x), -1).topk(2, -1)
        y = torch.zeros_like(x)
        for i, e in enumerate(self.experts):
            mask = idx == i
            if bool(mask.any()):
                rows, which = torch.where(mask)
                y[rows] += w[rows, which].unsqueeze(1) * e(x[rows])
        return y


module("moe", Moe, f(5, 3), dyn=(f(7, 3),), also=[(f(1, 3),)])


class Dynamic2(nn.Module):
    """Steps of an adaptive integrator."""
    def __init__(self):
        super().__init__()
        self.f = nn.Linear(2, 2)

    def forward(self, y: Tensor, t1: Tensor) -> Tuple[Tensor, int]:
        t = 0.0
        h = 0.5
        n = 0
        end = float(t1)
        while t < end:
            if t + h > end:
                h = end - t
            k1 = torch.tanh(self.f(y))
            k2 = torch.tanh(self.f(y + h * k1))
            err = float((k2 - k1).abs().max()) * h
            if err < 0.2:
                y = y + h * 0.5 * (k1 + k2)
                t += h
                h *= 1.5
            else:
                h *= 0.5
            n += 1
            if n > 50:
                break
        return y, n


module("ode", Dynamic2, f(3, 2), tensor(2.0), dyn=(f(5, 2), tensor(2.0)), also=[(f(1, 2), tensor(0.0)), (f(3, 2, span=9.0), tensor(3.0))])


class Nms2(nn.Module):
    def forward(self, boxes: Tensor, scores: Tensor) -> Tensor:
        x1, y1, x2, y2 = boxes.unbind(1)
        area = (x2 - x1) * (y2 - y1)
        _, order = scores.sort(0, True)
        keep = torch.zeros(0, dtype=torch.long)
        suppressed = torch.zeros(scores.size(0), dtype=torch.bool)
        for a in range(order.size(0)):
            i = order[a]
            if bool(suppressed[i]):
                continue
            keep = torch.cat([keep, i.view(1)])
            xx1 = torch.clamp(x1, min=float(x1[i]))
            yy1 = torch.clamp(y1, min=float(y1[i]))
            xx2 = torch.clamp(x2, max=float(x2[i]))
            yy2 = torch.clamp(y2, max=float(y2[i]))
            inter = (xx2 - xx1).clamp(min=0) * (yy2 - yy1).clamp(min=0)
            iou = inter / (area + area[i] - inter)
            suppressed |= iou > 0.5
        return keep


def boxes(n, spread):
    low = (f(n, 2).abs() * spread).to(F32)
    return torch.cat([low, low + 1 + f(n, 2).abs()], 1)


module("nms2", Nms2, boxes(5, 1.0), f(5), dyn=(boxes(8, 0.2), f(8)), also=[(boxes(1, 1.0), f(1)), (torch.zeros(0, 4), torch.zeros(0))])


class Interleaved(nn.Module):
    """Two outputs lists of different forms, one of numbers."""
    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        a: List[Tensor] = []
        b: List[float] = []
        c: List[bool] = []
        i = 0
        while i < x.size(0):
            a.append(x[i] * i)
            b.append(float(x[i].sum()) / (i + 1))
            c.append(i % 2 == 0)
            i += 1 if x[i, 0] > 0 else 2
        return torch.stack(a), torch.tensor(b), torch.tensor(c)


module("interleaved", Interleaved, f(5, 2), **ROWS)


class Recursion(nn.Module):
    def forward(self, x: Tensor) -> List[Tensor]:
        outs = [x]
        y = x
        for k in range(3):
            if y.size(0) > 2:
                y = y[:2]
            outs.append(y + k)
        return outs


module("list_returned", Recursion, f(4, 2), dyn=(f(6, 2),), also=[(f(1, 2),)])


class DictReturned(nn.Module):
    def forward(self, x: Tensor) -> Dict[str, Tensor]:
        d = {"a": x}
        if x.sum() > 0:
            d["a"] = x + 1
            d["b"] = x * 2
        else:
            d["b"] = x
        return d


module("dict_returned", DictReturned, UP, **WAYS)


class WithBuffer(nn.Module):
    """A buffer that is cleared in each call before use."""
    def __init__(self):
        super().__init__()
        self.register_buffer("buf", torch.zeros(2, 2))

    def forward(self, x: Tensor) -> Tensor:
        self.buf.zero_()
        if x.sum() > 0:
            self.buf += x
        for i in range(int(x.abs().sum())):
            self.buf[0] += 1
        return self.buf * 2


module("buffer_cleared", WithBuffer, UP, **WAYS)


class FnDefault(nn.Module):
    def helper(self, x: Tensor, scale: Optional[float] = None, names: Optional[List[int]] = None) -> Tensor:
        if scale is None:
            scale = 1.0 / float(x.size(-1)) ** 0.5
        if names is not None:
            for n in names:
                x = x + n
        return x * scale

    def forward(self, x: Tensor) -> Tensor:
        s: Optional[float] = None
        if x.sum() > 0:
            s = 2.0
        y = self.helper(x, s)
        return self.helper(y, None, [1, 2]) if x[0, 0] > 0 else self.helper(y)


module("defaults", FnDefault, UP, **WAYS)


class PadBatch(nn.Module):
    def forward(self, x: Tensor, lens: Tensor) -> Tensor:
        out = torch.zeros(lens.size(0), int(lens.max()), 2)
        at = 0
        for i in range(lens.size(0)):
            n = int(lens[i])
            out[i, :n] = x[at : at + n]
            at += n
        return out


module("pad_batch", PadBatch, f(5, 2), tensor([2, 3]), dyn=(f(7, 2), tensor([3, 0, 4])), also=[(f(2, 2), tensor([2])), (f(1, 2), tensor([1, 0]))])


class PackLens(nn.Module):
    def forward(self, x: Tensor, lens: Tensor) -> Tensor:
        parts: List[Tensor] = []
        for i in range(lens.size(0)):
            parts.append(x[i, : int(lens[i])])
        return torch.cat(parts, 0)


module("pack_lens", PackLens, f(2, 3, 2), tensor([2, 3]), dyn=(f(3, 4, 2), tensor([3, 0, 4])), also=[(f(1, 3, 2), tensor([2])), (f(2, 3, 2), tensor([1, 0]))])


class SegMean(nn.Module):
    def forward(self, x: Tensor, lens: Tensor) -> Tensor:
        ls: List[int] = lens.tolist()
        out: List[Tensor] = []
        for part in torch.split(x, ls):
            out.append(part.mean(0))
        return torch.stack(out)


module("seg_mean", SegMean, f(5, 2), tensor([2, 3]), dyn=(f(7, 2), tensor([3, 2, 2])), also=[(f(2, 2), tensor([2])), (f(2, 2), tensor([1, 1]))])


class LocalAttn(nn.Module):
    def forward(self, q: Tensor, window: Tensor) -> Tensor:
        n = q.size(0)
        w = int(window)
        out = torch.zeros_like(q)
        for i in range(n):
            lo = max(0, i - w)
            hi = min(n, i + w + 1)
            a = torch.softmax(q[i] @ q[lo:hi].t(), -1)
            out[i] = a @ q[lo:hi]
        return out


module("local_attn", LocalAttn, f(5, 2), tensor(1), dyn=(f(7, 2), tensor(2)), also=[(f(1, 2), tensor(0)), (f(3, 2), tensor(9))])


class Grid(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        h, w = x.size(0), x.size(1)
        y = torch.zeros(h, w)
        for i in range(h):
            for j in range(w):
                left = y[i, j - 1] if j > 0 else torch.zeros(())
                up = y[i - 1, j] if i > 0 else torch.zeros(())
                y[i, j] = torch.max(left, up) + x[i, j]
        return y


module("grid", Grid, f(3, 4), dyn=(f(5, 2),), also=[(f(1, 1),), (torch.zeros(0, 3),)])


class EarlyExit(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Linear(3, 3) for _ in range(3)])
        self.heads = nn.ModuleList([nn.Linear(3, 2) for _ in range(3)])

    def forward(self, x: Tensor) -> Tuple[Tensor, int]:
        n = 0
        out = torch.zeros(x.size(0), 2)
        done = False
        for block, head in zip(self.blocks, self.heads):
            if not done:
                x = torch.tanh(block(x))
                out = head(x)
                n += 1
                done = bool(torch.softmax(out, -1).max() > 0.6)
        return out, n


module("early_exit", EarlyExit, f(2, 3), dyn=(f(4, 3),), also=[(f(1, 3, span=0.1),), (f(2, 3, span=30.0),)])


class EarlyExit2(EarlyExit):
    def forward(self, x: Tensor) -> Tuple[Tensor, int]:
        n = 0
        for block, head in zip(self.blocks, self.heads):
            x = torch.tanh(block(x))
            n += 1
            out = head(x)
            if bool(torch.softmax(out, -1).max() > 0.6):
                return out, n
        return x[:, :2], n


module("early_exit2", EarlyExit2, f(2, 3), dyn=(f(4, 3),), also=[(f(1, 3, span=0.1),), (f(2, 3, span=30.0),)])


class Spec(nn.Module):
    """Quantized with an if: dtype conversions in arms."""
    def forward(self, x: Tensor) -> Tensor:
        if x.abs().max() > 2:
            y = x.to(torch.float16).to(torch.float32)
        else:
            y = (x * 16).round().to(torch.int32).to(torch.float32) / 16
        z = y.to(torch.int64) if y.sum() > 0 else y.long() * 2
        return z + y


module("dtypes", Spec, UP, **WAYS)


class OptInput(nn.Module):
    def forward(self, x: Tensor, m: Optional[Tensor] = None) -> Tensor:
        if m is not None:
            if bool(m.any()):
                x = x.masked_fill(m, 0.0)
            else:
                x = x * 2
        return x


module("opt_input", OptInput, UP, tensor([[True, False], [False, True]]), also=[(UP, tensor([[False, False], [False, False]]))])


class WhileBuf(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("w", torch.zeros(2, 2))

    def forward(self, x: Tensor) -> Tensor:
        v = self.w + x
        k = 0
        while k < 5 and bool(v.abs().max() < 10):
            v = torch.mm(v, v) + self.w
            k += 1
        return v


module("while_mm", WhileBuf, UP, **WAYS)


class NegIdx(nn.Module):
    def forward(self, x: Tensor, k: Tensor) -> Tensor:
        i = int(k)
        a = x[i]
        b = x[:i].sum(0)
        c = x[i:].sum(0)
        d = x[-1 - abs(i) :].sum(0)
        l = [x[0], x[1], x[2]]
        return torch.stack([a, b, c, d, l[i]])


module("neg_idx", NegIdx, f(3, 2), tensor(-1), also=[(f(3, 2), tensor(0)), (f(3, 2), tensor(2)), (f(3, 2), tensor(-3))])


class ListFlags(nn.Module):
    def forward(self, x: Tensor) -> Tuple[Tensor, int, bool, float]:
        l: List[float] = []
        for i in range(x.size(0)):
            v = float(x[i, 0])
            if v > 0 and v not in l:
                l.append(v)
        m = max(l) if len(l) > 0 else -1.0
        return torch.tensor(l), len(l), 1.5 in l, m


module("list_flags", ListFlags, f(4, 2), **ROWS0)


class ListIndexCount(nn.Module):
    def forward(self, x: Tensor) -> Tuple[int, int, Tensor]:
        l: List[int] = [7]
        for i in range(x.size(0)):
            l.append(int(x[i, 0]))
        l.append(9)
        n = l.count(0)
        at = l.index(9)
        l.remove(9)
        l.extend([3, 4])
        return n, at, torch.tensor(l)


module("list_count", ListIndexCount, f(4, 2), **ROWS0)


class SortedList(nn.Module):
    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        l: List[int] = []
        for i in range(x.size(0)):
            l.append(int(x[i, 0] * 4))
        a = sorted(l)
        l.sort(reverse=True)
        return torch.tensor(a), torch.tensor(l), torch.tensor(l[::-1])


module("sorted", SortedList, f(4, 2), **ROWS)


class BoolList(nn.Module):
    def forward(self, x: Tensor) -> Tuple[bool, bool, Tensor]:
        l: List[bool] = []
        for i in range(x.size(0)):
            l.append(bool(x[i, 0] > 0))
        return any(l), all(l), torch.tensor(l)


module("bool_list", BoolList, f(4, 2), **ROWS)


class EnumZip(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        a: List[Tensor] = []
        b: List[int] = []
        for i in range(x.size(0)):
            a.append(x[i])
            b.append(i * i)
        y = torch.zeros(2)
        for k, (t, n) in enumerate(zip(a, b)):
            y = y + t * n - k
        return y


module("enum_zip", EnumZip, f(4, 2), **ROWS)


class StrDict(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        d: Dict[str, int] = {"a": 1, "b": 2}
        key = "a" if x.sum() > 0 else "b"
        n = d[key]
        if key == "b" and "c" not in d:
            n += 10
        return x * n


module("str_dict", StrDict, UP, **WAYS)


class DictLoop(nn.Module):
    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        d = {"h": torch.zeros(2), "c": torch.ones(2)}
        for i in range(x.size(0)):
            for k, v in d.items():
                d[k] = v * 0.5 + x[i]
        return d["h"], d["c"]


module("dict_loop", DictLoop, f(4, 2), **ROWS0)


class Int8If(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        y = self.a(x)
        if y.sum() > 0:
            y = self.a(torch.relu(y))
        else:
            y = y * 0.5
        return y


module("linear_if", Int8If, UP, **WAYS)


class CacheDecoder(nn.Module):
    """Attention with keys that grow by cat inside the loop."""
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        self.emb = nn.Embedding(6, 4)
        self.out = nn.Linear(4, 6)

    def forward(self, prompt: Tensor, n: Tensor) -> Tensor:
        ids = prompt
        x = self.emb(prompt)
        keys, values = self.k(x), self.v(x)
        for _ in range(int(n)):
            last = self.emb(ids[:, -1:])
            a = torch.softmax(self.q(last) @ keys.transpose(1, 2) / 2.0, -1) @ values
            token = self.out(a[:, 0]).argmax(-1, keepdim=True)
            ids = torch.cat([ids, token], 1)
            e = self.emb(token)
            keys = torch.cat([keys, self.k(e)], 1)
            values = torch.cat([values, self.v(e)], 1)
            if bool((token == 3).all()):
                break
        return ids


module("cache_decoder", CacheDecoder, tensor([[1, 2]]), tensor(4), dyn=(tensor([[1, 2, 4], [0, 5, 5]]), tensor(4)), also=[(tensor([[1]]), tensor(0)), (tensor([[4]]), tensor(7))])


class TupleCache(nn.Module):
    def __init__(self):
        super().__init__()
        self.k = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])

    def step(self, x: Tensor, cache: Optional[List[Tuple[Tensor, Tensor]]]) -> Tuple[Tensor, List[Tuple[Tensor, Tensor]]]:
        new: List[Tuple[Tensor, Tensor]] = []
        for i, k in enumerate(self.k):
            key = k(x)
            val = x
            if cache is not None:
                key = torch.cat([cache[i][0], key], 1)
                val = torch.cat([cache[i][1], val], 1)
            x = torch.softmax(x @ key.transpose(1, 2), -1) @ val
            new.append((key, val))
        return x, new

    def forward(self, x: Tensor) -> Tensor:
        cache: Optional[List[Tuple[Tensor, Tensor]]] = None
        outs: List[Tensor] = []
        for t in range(x.size(1)):
            y, cache = self.step(x[:, t : t + 1], cache)
            outs.append(y)
        return torch.cat(outs, 1)


module("tuple_cache", TupleCache, f(2, 3, 4), dyn=(f(1, 5, 4),), also=[(f(2, 1, 4),)])
