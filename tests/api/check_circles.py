#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files that need one another in a circle are those that circles.txt names with a reason:
check_circles.py STATIC-LIBRARY TOP

Who needs whom is read from the objects: a file that uses a symbol needs the file that defines it."""
import fnmatch
import pathlib
import subprocess
import sys

objects = pathlib.Path(sys.argv[1] + ".p")
top = pathlib.Path(sys.argv[2])
names = {}  # of objects -> "folder/file"
for source in (top / "lib").rglob("*.c"):
    name = source.relative_to(top / "lib").with_suffix("").as_posix()
    names[name.replace("/", "_") + ".c.o"] = name


def tables_of(files):
    """File -> the symbols that it defines, and those that it uses."""
    tables = {}
    told = subprocess.run(["nm", "-A", *files], capture_output=True, text=True, check=True).stdout
    for line in told.splitlines():
        path, rest = line.rsplit(":", 1)
        kind, symbol = rest.split()[-2:]
        defined, used = tables.setdefault(names[pathlib.Path(path).name], (set(), set()))
        (used if kind == "U" else defined if kind.isupper() else set()).add(symbol)
    return tables


def components(graph):
    """Tarjan's strongly connected components of more than one file, without recursion."""
    index, low, stack, found = {}, {}, [], []
    for root in graph:
        if root in index:
            continue
        work = [(root, iter(sorted(graph[root])))]
        index[root] = low[root] = len(index)
        stack.append(root)
        while work:
            node, others = work[-1]
            for other in others:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    work.append((other, iter(sorted(graph[other]))))
                    break
                if other in stack:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    at = stack.index(node)
                    if len(stack) - at > 1:
                        found.append(sorted(stack[at:]))
                    del stack[at:]
    return found


tables = tables_of([objects / file for file in names if (objects / file).exists()])
makers = {symbol: name for name, (defined, _) in tables.items() for symbol in defined}
graph = {name: {makers[s] for s in used if s in makers} - {name} for name, (_, used) in tables.items()}
allowed = []
for line in (top / "tests/api/circles.txt").read_text().splitlines():
    if line and not line.startswith("#"):
        patterns, reason = line.split(":", 1)
        if not reason.strip():
            sys.exit(f"circles.txt: no reason: {line}")
        allowed.append(patterns.split())
circles = components(graph)
mistakes, needed = [], set()
for circle in circles:
    for i, patterns in enumerate(allowed):
        if all(any(fnmatch.fnmatch(name, p) for p in patterns) for name in circle):
            needed.add(i)
            break
    else:
        mistakes.append("a circle: " + " ".join(circle))
opened = [f"circles.txt: no longer a circle: {' '.join(p)}" for i, p in enumerate(allowed) if i not in needed]
if len(tables) < 100:
    mistakes.append(f"only {len(tables)} objects were found beside {sys.argv[1]}")
print("\n".join(mistakes + opened) or f"{len(circles)} circles, all named")
sys.exit(bool(mistakes))
