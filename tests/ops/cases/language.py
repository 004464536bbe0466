# SPDX-License-Identifier: Apache-2.0
"""What forward() computes beside its tensors: lists, dicts, strings, numbers."""
from record import *

family("language")

OUT = "return x.sum() + torch.tensor(out)"

script("lists", "x: Tensor", f"""
n = x.size(0)
a = [5, n, 9, n + 1]
a.append(7)
a.extend([1, 2])
a += [3]
b = a + [4]
c = [0, n] * 2
a.insert(1, 11)
a.insert(-1, 12)
a.insert(100, 13)
last, first = a.pop(), a.pop(0)
del a[1]
a.reverse()
a[0] = 77
out = [last, first, a.index(9), c.count(0)]
a.remove(9)
b.sort()
s = sorted(b)
b.sort(reverse=True)
e = list(b)
e.clear()
out += [len(e), min(c), max(c), sum(c), int(5 in a), int(11 in a)]
out.extend(a + a[1:] + a[::-1] + a[-3:-1] + b + c + s)
{OUT}""", f(4, 2))

script("dicts", "x: Tensor", f"""
n = x.size(0)
d = {{"a": 1, "b": n}}
d["c"] = 3
out = [d.get("zz", 42), d.setdefault("e", 8), d.setdefault("a", 9), d.pop("b")]
del d["c"]
d.update({{"f": 6, "a": 5}})
h = dict(d)
h["g"] = 10
for key in d.keys():
    out.append(len(key))
for value in d.values():
    out.append(value)
for key, value in h.items():
    out.append(len(key) + value)
out += [len(d), int("e" in d), int("zz" in d)]
{OUT}""", f(4, 2))

script("strings", "x: Tensor", f"""
s = "  Ab_cd_ef\\n"
t = s.strip()
out = [len(s), len(t), t.find("cd"), t.find("zz"), len(t.split("_")), len("--".join(t.split("_")))]
out += [int(t.startswith("Ab")), int(t.endswith("Ab")), int(t.upper() == "AB_CD_EF"), int(t.lower()[0] == "a")]
out += [len("{{}} of {{}}".format(3, t)), len("%d and %s" % (12, t)), len(str([1, 2])), int("12") + 1, int("cd" in t)]
{OUT}""", f(4, 2))

script("numbers", "x: Tensor", f"""
n = x.size(0)
out = [0]
out += [n // 3, -n // 3, n % 3, -n % 3, int(n ** 2), abs(-n), -n, n & 6, n | 3, n ^ 5]
out += [int(n / 3), int(2.9), int(-2.9), math.floor(-2.5), math.ceil(2.1), int(round(2.5)), int(n > 3 and not n == 5)]
out += [min(n, 2), max(n, 9), 1 if n else 0]
for i in range(9, 1, -3):
    out.append(i)
{OUT}""", f(4, 2))
