#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every file says its licence: check_licences.py TOP
What may be taken out alone (scripts, build files, examples, the command, the bindings) by a line of its own; all else by
REUSE.toml, whose licence is that of LICENSE. And every version is that of meson.build."""
import pathlib
import re
import subprocess
import sys

top = pathlib.Path(sys.argv[1])
LINE = "SPDX-License-Identifier: Apache-2.0"
ENDINGS = {".py", ".sh", ".build", ".rs", ".go", ".java", ".js", ".mjs", ".ts", ".hpp", ".cpp", ".h", ".c", ".in"}
NAMES = {"meson_options.txt", "array.sbatch", "Snakefile", "run", "cross", "lint"}
BY_REUSE = ("tests/data/", "proto/onnx")
listed = subprocess.run(["git", "-C", top, "ls-files"], capture_output=True, text=True, check=False)
if listed.returncode != 0:
    print("not a checkout: only versions are looked at")
wrong = []
for name in listed.stdout.split("\n"):
    path = pathlib.Path(name)
    is_own = path.suffix in ENDINGS or path.name in NAMES
    is_own = is_own and not name.startswith(BY_REUSE)
    if is_own and (top / path).is_file() and LINE not in (top / path).read_text(encoding="utf-8")[:400]:
        wrong.append(f"{name}: lacks {LINE}")
reuse, text = (top / "REUSE.toml").read_text(), (top / "LICENSE").read_text()
if 'path = "**"' not in reuse or LINE.rsplit(maxsplit=1)[1] not in reuse or "Apache License" not in text:
    wrong.append("REUSE.toml and LICENSE do not say Apache-2.0 of all files")

version = re.search(r"version: '([\d.]+)'", (top / "meson.build").read_text())[1]
for name, pattern in (("include/incexport/version.h", r'INC_VERSION_TEXT "(.*)"'),
                      ("examples/bindings/node/package.json", r'"version": "(.*?)"'),
                      ("examples/bindings/wasm/package.json", r'"version": "(.*?)"'),
                      ("examples/bindings/rust/incexport/Cargo.toml", r'^version = "(.*?)"'),
                      ("examples/bindings/rust/incexport-sys/Cargo.toml", r'^version = "(.*?)"'),
                      ("examples/bindings/rust/Cargo.lock", r'name = "incexport(?:-sys)?"\nversion = "(.*?)"'),
                      ("docs/packaging/debian/changelog", r"libincexport \((.*?)-\d+\)"),
                      ("CHANGELOG.md", r"^## (?:Next: )?([\d.]+)")):
    found = re.findall(pattern, (top / name).read_text(), re.M)
    if name in ("CHANGELOG.md", "docs/packaging/debian/changelog"):
        found = found[:1]
    if not found or any(f != version for f in found):
        wrong.append(f"{name} is of version {found}, meson.build of {version}")
parts = [re.search(rf"INC_VERSION_{p} (\d+)", (top / "include/incexport/version.h").read_text())[1]
         for p in ("MAJOR", "MINOR", "PATCH")]
if ".".join(parts) != version:
    wrong.append(f"version.h has the numbers {parts}")
tags = subprocess.run(["git", "-C", top, "tag", "--points-at", "HEAD"], capture_output=True, text=True, check=False).stdout.split()
wrong += [f"the tag {t} is not v{version}" for t in tags if re.fullmatch(r"v[\d.]+", t) and t != "v" + version]
print("\n".join(wrong) or f"version {version}")
sys.exit(bool(wrong))
