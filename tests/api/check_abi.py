#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The ABI only grows: check_abi.py ABI.XML LIBRARY

Compares a library that has debug information with a dump of abidw. Functions may be added, and members at the end
of structs; everything else that abidiff tells breaks programs that were built before."""
import re
import subprocess
import sys

done = subprocess.run(["abidiff", "--no-added-syms", "--exported-interfaces-only", *sys.argv[1:3]],
                      capture_output=True, text=True)
if done.returncode & 3 or done.returncode < 0:
    sys.exit(f"abidiff failed: {done.stderr}")
breaks = (r"[1-9]\d* Removed|data member (change|deletion)|return type changed|parameter \d+ of type .* changed|"
          r"parameter \d+ (was|of type .* was) (added|removed)|enumerator (change|deletion)|type name changed|"
          r"type alignment changed|symbol.* changed")
mistakes, size = [], 0
for line in done.stdout.splitlines():
    grown = re.search(r"type size changed from (\d+) to (\d+)", line)
    member = re.search(r"'.*', at offset (\d+)", line)
    if grown:
        size = int(grown[1])
        if int(grown[2]) < size:
            mistakes.append(line)
    if re.search(breaks, line) or (member and int(member[1]) < size):
        mistakes.append(line)
print("\n".join(m.strip() for m in mistakes) or "the ABI is the stored one, or has grown")
if mistakes:
    print(done.stdout)
sys.exit(bool(mistakes))
