#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A TorchScript file of N matrices of 256 MiB that takes next to no room, as nearly all of it are holes: make_large.py FILE N

y = relu(x W.T) for each of them; the last is written transposed.
"""

import struct
import sys

SIZE = 8192


def tensor(key):
    """What torch.save pickles for a parameter of its own storage."""
    def text(s):
        return b"X" + struct.pack("<I", len(s)) + s.encode()

    def number(n):
        return b"J" + struct.pack("<i", n)

    storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(key) + text("cpu") + number(SIZE * SIZE) + b"tQ"
    return (b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(0) + b"(" + number(SIZE) * 2 + b"t("
            + number(SIZE) + number(1) + b"t\x89ccollections\nOrderedDict\n)RtR")


def pickled(n):
    state = b"".join(b"X" + struct.pack("<I", len(f"w{i}")) + f"w{i}".encode() + tensor(str(i)) for i in range(n))
    return b"\x80\x02c__torch__\nNet\n)\x81}(" + state + b"ub."


def code(n):
    names = [f"w{i}" for i in range(n)]
    lines = ["class Net(Module):", "  __parameters__ = [" + "".join(f'"{w}", ' for w in names) + "]", "  __buffers__ = []"]
    lines += [f"  {w} : Tensor" for w in names]
    lines += ["  def forward(self: __torch__.Net,", "    x: Tensor) -> Tensor:"]
    for w in names[:-1]:
        lines.append(f"    x = torch.relu(torch.linear(x, self.{w}))")
    lines.append(f"    return torch.matmul(x, torch.t(self.{names[-1]}))")
    return ("\n".join(lines) + "\n").encode()


def main():
    path, n = sys.argv[1], int(sys.argv[2])
    entries = [("data.pkl", pickled(n)), ("code/__torch__.py", code(n)), ("constants.pkl", b"\x80\x02).")]
    entries += [(f"data/{i}", None) for i in range(n)]
    entries.append(("version", b"3\n"))
    directory = b""
    with open(path, "wb") as f:
        for name, contents in entries:
            name = ("net/" + name).encode()
            size = SIZE * SIZE * 4 if contents is None else len(contents)
            at = f.tell()
            f.write(b"PK\3\4" + struct.pack("<5H3I2H", 20, 0, 0, 0, 0, 0, size, size, len(name), 0) + name)
            directory += b"PK\1\2" + struct.pack("<6H3I5H2I", 20, 20, 0, 0, 0, 0, 0, size, size, len(name), 0, 0, 0, 0, 0, at) + name
            if contents is None:
                f.write(struct.pack(f"<{SIZE}f", *(i / SIZE for i in range(SIZE))))
                f.seek(size - SIZE * 4, 1)
            else:
                f.write(contents)
        at = f.tell()
        f.write(directory)
        f.write(b"PK\5\6" + struct.pack("<4H2IH", 0, 0, len(entries), len(entries), len(directory), at, 0))


main()
