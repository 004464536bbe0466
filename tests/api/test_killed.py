#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Killed at any moment, an export leaves the model that was there or the new one, whole, and what it leaves beside
is gone after the next: test_killed.py COMMAND TOP"""
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

command, top = sys.argv[1:3]
wrapper = os.environ.get("INC_EXE_WRAPPER", "").split()
digits = os.path.join(top, "examples/models/digits.pt")
KILLS = 60


def export(out, *arguments):
    return [*wrapper, command, digits, "-q", "-o", out, "--external-data", "always", *arguments]


def content(out):
    """The bytes of the model, and of the data that it names; None where that is not there."""
    model = open(out, "rb").read()
    named = re.search(rb"out\.onnx[.a-z]*\.data", model)
    data = os.path.join(os.path.dirname(out), named[0].decode())
    return (model, open(data, "rb").read()) if os.path.exists(data) else None


def main():
    pick = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.onnx")
        opset_of = {}
        for opset in ("14", "14", "17", "17"):  # the name of the data is in the model, and changes with each export
            began = time.monotonic()
            subprocess.run(export(out, "--opset", opset), check=True, timeout=60)
            took = time.monotonic() - began
            opset_of[content(out)] = opset
        now, replaced = "17", 0
        for _ in range(KILLS):
            asked = "14" if now == "17" else "17"
            child = subprocess.Popen(export(out, "--opset", asked))
            time.sleep(pick.uniform(0, 1.2 * took))
            child.send_signal(signal.SIGKILL)
            child.wait()
            found = opset_of.get(content(out))
            if not found:
                sys.exit(f"after a kill the model is neither the old nor the new one: {os.listdir(folder)}")
            replaced += found == asked
            now = found
        subprocess.run(export(out, "--opset", "14"), check=True, timeout=60)
        left = sorted(os.listdir(folder))
        if len(left) != 2 or opset_of.get(content(out)) != "14":
            sys.exit(f"left behind: {left}")
        print(f"{KILLS} kills: {KILLS - replaced} times the old model, {replaced} times the new one")


main()
