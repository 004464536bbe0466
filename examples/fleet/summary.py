#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A page of what became of a fleet: summary.py FOLDER > summary.html
FOLDER is what export_one.sh has filled: NAME.json and NAME.status for each model."""
import collections
import html
import json
import pathlib
import sys

rows, kinds = [], collections.Counter()
for status in sorted(pathlib.Path(sys.argv[1]).glob("*.status")):
    code = int(status.read_text())
    try:
        told = json.loads(status.with_suffix(".json").read_text() or "{}")
    except (OSError, ValueError):
        told = {}
    what = told.get("message") or "; ".join(told.get("warnings", []))
    if code and not what:
        log = status.with_suffix(".log")
        what = log.read_text(errors="replace").strip()[-400:] if log.exists() else ""
    kinds["exported" if code == 0 else f"exit status {code}"] += 1
    rows.append((code == 0, status.stem, code, told.get("bytes", ""), told.get("seconds", ""), what))
print("<!doctype html><meta charset='utf-8'><title>Exports</title><h1>Exports</h1><ul>")
for kind, n in kinds.most_common():
    print(f"<li>{html.escape(kind)}: {n}</li>")
print("</ul><table><tr><th>model<th>status<th>bytes<th>seconds<th>what is wrong, or warned of</tr>")
for _, *row in sorted(rows, key=lambda r: r[:2]):
    print("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>")
print("</table>")
