#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How the structs of the headers lie in memory, for the tests of the bindings: layout.py INCLUDE OUT CC...

Reads the structs and enums out of include/incexport/*.h, has the compiler say sizes, offsets and values,
and writes lines "sizeof STRUCT N", "offset STRUCT FIELD N SIZE", "value NAME N"."""
import pathlib
import re
import subprocess
import sys
import tempfile

include, out, cc = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
text = "".join(p.read_text() for p in sorted((include / "incexport").glob("*.h")))
text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
text = re.sub(r"^#(\\\n|.)*$", "", text, flags=re.M)
lines = []
for body, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", text, re.S):
    lines.append(f'printf("sizeof {name} %zu\\n", sizeof({name}));')
    for member in body.split(";"):
        found = re.search(r"\(\*(\w+)\)\(", member) or re.search(r"(\w+)\s*$", member.rstrip())
        if found:
            lines.append(f'printf("offset {name} {found[1]} %zu %zu\\n", offsetof({name}, {found[1]}), '
                         f'sizeof((({name} *)0)->{found[1]}));')
for body in re.findall(r"\benum \{(.*?)\};", text, re.S):
    for name in re.findall(r"\b(INC_\w+)\b", body):
        lines.append(f'printf("value {name} %lld\\n", (long long){name});')
with tempfile.TemporaryDirectory() as folder:
    source = pathlib.Path(folder, "layout.c")
    source.write_text("#include <incexport/incexport.h>\n#include <stdio.h>\nint main(void)\n{\n" +
                      "\n".join(lines) + "\nreturn 0;\n}\n")
    program = str(source.with_suffix(""))
    subprocess.run([*cc, "-std=c11", f"-I{include}", str(source), "-o", program], check=True)
    pathlib.Path(out).write_bytes(subprocess.run([program], check=True, stdout=subprocess.PIPE).stdout)
