#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each field of Torch2ONNXConfig can be set in each language: check_fields.py LAYOUT BINDINGS
Offsets alone would let a field lie in the C struct of a binding and nowhere else. C++ has the struct itself; Python's
own test looks at its parameters."""
import pathlib
import re
import sys

layout, bindings = pathlib.Path(sys.argv[1]).read_text(), pathlib.Path(sys.argv[2])
# Who owns the call sets these; the allocator stays malloc where memory is the language's own.
INNER = {"reserved0", "struct_size", "example_input_size", "dynamic_axis_size", "metadata_size", "custom_domain_size", "log_data",
         "progress_data", "allocator", "lower", "lower_data"}  # a function that adds nodes is for C and C++
# Only INC_TARGET_GENERIC is built; Rust and Go have no name for the others yet.
NOT_YET = {("rust", "target"), ("go", "target")}
SETS = {
    "go/incexport.go": r"\bc\.{}\b",  # quantFormat, as Go spells it
    "rust/incexport/src/lib.rs": r"\bc\.{} =",
    "java/org/incexport/Torch2ONNXConfig.java": r"\bc\.{} =",
    "node/index.js": r"\bc\.{} =|'{}'|\b{}: lib\.",
    "node/index.d.ts": r"\b{}\?:",
}
fields = re.findall(r"^offset Torch2ONNXConfig (\w+)", layout, re.M)
missing = []
for name, pattern in SETS.items():
    text = (bindings / name).read_text()
    for field in fields:
        if field in INNER or field.startswith("n_") or (name.split("/", maxsplit=1)[0], field) in NOT_YET:
            continue
        if name.startswith("go/"):
            field = re.sub("_(.)", lambda m: m[1].upper(), field)
        if not re.search(pattern.replace("{}", field), text) and not re.search(rf"\bc->{field} =", text):
            missing.append(f"examples/bindings/{name}: nothing sets {field} of Torch2ONNXConfig")
print("\n".join(missing) or f"{len(fields)} fields")
sys.exit(bool(missing) or len(fields) < 30)
