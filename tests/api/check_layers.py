#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Folders of lib/ include one another as the table in docs/architecture.md says, headers say all they
need, the command uses public headers alone, and files that pages name are there: check_layers.py TOP"""
import pathlib
import re
import sys

top = pathlib.Path(sys.argv[1])
lib = top / "lib"
mistakes = []


def allowed_folders():
    """The rows of the table: folder -> set of folders."""
    table = {}
    for line in (top / "docs/architecture.md").read_text().splitlines():
        row = re.fullmatch(r"\| ([a-z]+) \| (.*) \|", line)
        if row and (lib / row[1]).is_dir():
            table[row[1]] = set(re.findall(r"[a-z]+", re.sub(r"\([^)]*\)", "", row[2])))
    return table


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
        if found:
            yield number, found[1]


def check(path, folder, table):
    may = table.get(folder)
    if may is None:
        mistakes.append(f"{path}: lib/{folder} is not in the table of docs/architecture.md")
        return
    for number, name in includes(path):
        other = name.split("/")[0]
        where = f"{path.relative_to(top)}:{number}"
        if other == "incexport" and folder != "api" and name != "incexport/status.h":
            mistakes.append(f"{where}: includes {name}; below lib/api only incexport/status.h is known")
        if "/" not in name or not (lib / other).is_dir() or other == folder or "all" in may:
            continue
        if other not in may:
            mistakes.append(f"{where}: lib/{folder} may not include lib/{other} ({name})")
        if name.endswith("/internal.h"):
            mistakes.append(f"{where}: {name} is private to lib/{other}")


def check_named_files(page):
    """`ops/call/bind.c` is below lib, whatever folder it stands in; others are below the top."""
    names = re.findall(r"`([\w/*]+\.[ch])`", (top / page).read_text())
    for name in names:
        if not any([*lib.rglob(name), *(top / "include").rglob(name), *top.glob(name)]):
            mistakes.append(f"{page}: there is no {name}")
    if not names:
        mistakes.append(f"{page}: names no file")


table = allowed_folders()
for page in ("docs/architecture.md", "docs/glossary.md", "CONTRIBUTING.md"):
    check_named_files(page)
for path in sorted(lib.rglob("*.[ch]")):
    check(path, path.relative_to(lib).parts[0], table)
for path in sorted((top / "examples").rglob("*.[ch]")):
    for number, name in includes(path):
        if (lib / name).exists():
            mistakes.append(f"{path.relative_to(top)}:{number}: includes the private {name}")
if len(table) < 8:
    mistakes.append("docs/architecture.md: the table of folders is not found")
print("\n".join(mistakes) or f"{len(table)} folders in order")
sys.exit(bool(mistakes))
