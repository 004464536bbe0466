#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The package on a built library: test_incexport.py COMMAND MODELS LAYOUT BAD
MODELS is the folder examples/models, LAYOUT what layout.py wrote ("-": not there, as for a wheel), BAD a model
with an operator that has no export. COMMAND: inc-export, or "-"."""
import array
import ctypes
import inspect as introspect
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest

import incexport
from incexport import _c

COMMAND, MODELS, LAYOUT, BAD = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
INT8 = MODELS / "digits-static.pt"
FP32 = incexport.Torch2ONNXConfig(dtype="fp32")


class Layout(unittest.TestCase):
    @unittest.skipIf(LAYOUT == "-", "no header here")
    def test_structs_are_the_header_s(self):
        seen = {}
        for line in pathlib.Path(LAYOUT).read_text().splitlines():
            kind, struct, *rest = line.split()
            if struct in ("inc_argument", "inc_node_output", "inc_attribute", "inc_node"):
                continue  # of functions that add nodes, which are C's
            ours = getattr(_c, struct, None)
            if kind == "sizeof":
                self.assertEqual(ctypes.sizeof(ours), int(rest[0]), struct)
                seen[struct] = []
            elif kind == "offset":
                there = getattr(ours, rest[0])
                self.assertEqual((there.offset, there.size), (int(rest[1]), int(rest[2])), line)
                seen[struct].append(rest[0])
        for struct, fields in seen.items():
            self.assertEqual([f[0] for f in getattr(_c, struct)._fields_], fields)

    def test_each_field_can_be_set(self):
        inner = {"struct_size", "allocator", "example_input_size", "dynamic_axis_size", "metadata_size", "custom_domain_size", "reserved0", "lower", "lower_data",
                 "log_data", "progress_data"}
        fields = {f[0] for f in _c.Torch2ONNXConfig._fields_} - inner
        ours = set(introspect.signature(incexport.Torch2ONNXConfig).parameters)
        self.assertEqual({f for f in fields if not f.startswith("n_")}, ours)

    def test_each_error_has_a_class(self):
        if LAYOUT != "-":
            words = map(str.split, pathlib.Path(LAYOUT).read_text().splitlines())
            codes = [int(w[2]) for w in words if w[1].startswith("INC_E_")]
            self.assertEqual(sorted(codes), sorted(incexport.errors.CLASSES))


class Export(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = pathlib.Path(folder.name, "out.onnx")

    def by_command(self, model, *args):
        there = self.out.with_name("command.onnx")
        subprocess.run([COMMAND, model, "-q", "-o", there, *args], check=True)
        return there.read_bytes()

    @unittest.skipIf(COMMAND == "-", "no command here")
    def test_bytes_are_the_command_s(self):
        report = incexport.export(INT8, self.out, incexport.Torch2ONNXConfig(
            quant_format="QLinear", dynamic_axes={"image": {0: "batch"}}, output_names=["scores"], opset_version="auto", producer="us",
            metadata={"author": "me", "empty": ""}))
        self.assertEqual(self.out.read_bytes(), self.by_command(
            INT8, "--quant-format", "QLinear", "--dynamic-axes", '{"image": {"0": "batch"}}', "--output-names", "scores",
            "--producer", "us", "--metadata", "author=me", "--metadata", "empty="))
        self.assertEqual((report.dtype, report.bytes), ("int8", self.out.stat().st_size))
        self.assertEqual(report.inputs[0].shape[0], "batch")
        self.assertTrue(report.plan)
        incexport.export(MODELS / "digits.pt", self.out, FP32)
        self.assertEqual(self.out.read_bytes(), self.by_command(MODELS / "digits.pt"))

    def test_bytes_and_file_objects(self):
        incexport.export(MODELS / "digits.pt", self.out, FP32)
        stream = io.BytesIO()
        incexport.export((MODELS / "digits.pt").read_bytes(), stream, FP32)
        self.assertEqual(stream.getvalue(), self.out.read_bytes())

    def inputs(self):
        yield incexport.Spec((5, 1, 8, 8), name="image")
        yield incexport.Spec((5, 1, 8, 8))
        yield memoryview(array.array("f", [0.0] * 320)).cast("B").cast("f", (5, 1, 8, 8))
        try:
            import numpy
        except ImportError:
            return
        yield numpy.zeros((5, 1, 8, 8), numpy.float32)
        yield numpy.zeros((8, 8, 1, 5), numpy.float32).transpose(3, 2, 0, 1)

    def test_example_inputs(self):
        for example in self.inputs():
            for given in (example, (example,), {"image": example}):
                report = incexport.export(MODELS / "digits.pt", self.out, incexport.Torch2ONNXConfig(
                    dtype="fp32", example_inputs=given))
                self.assertEqual(report.inputs[0].shape, (5, 1, 8, 8))

    def test_errors_have_parts(self):
        with self.assertRaises(incexport.UnsupportedError) as caught:
            incexport.export(BAD, self.out, FP32)
        error = caught.exception
        self.assertEqual((error.code, error.name), (-6, "INC_E_UNSUPPORTED"))
        self.assertTrue(error.operator and error.stage and error.reason, vars(error))
        self.assertIn(error.operator, str(error))
        self.assertEqual(error.unsupported[0].operator, error.operator)
        self.assertFalse(self.out.exists())
        with self.assertRaises(incexport.ArgumentError):
            incexport.export(MODELS / "digits.pt", self.out)  # int8 of what is float
        with self.assertRaises(incexport.ArgumentError):
            incexport.export(INT8, self.out, incexport.Torch2ONNXConfig(recipe="none"))
        with self.assertRaises(incexport.ReadError):
            incexport.inspect("nowhere.pt")
        with self.assertRaises(TypeError):
            incexport.inspect(object())
        with self.assertRaises(incexport.FormatError):
            incexport.inspect(b"none")

    def test_progress_log_and_cancel(self):
        stages, lines = set(), []
        incexport.export(INT8, self.out, incexport.Torch2ONNXConfig(
            log_level="debug", log=lambda level, line: lines.append((level, line)),
            progress=lambda stage, done, total: stages.add(stage)))
        self.assertIn("writing", stages)
        self.assertIn("debug", {level for level, _ in lines})
        before = self.out.read_bytes()
        with self.assertRaises(incexport.Cancelled) as caught:
            incexport.export(INT8, self.out, incexport.Torch2ONNXConfig(
                opset_version=16, progress=lambda stage, done, total: stage == "writing"))
        self.assertEqual(caught.exception.code, -10)
        self.assertEqual(self.out.read_bytes(), before)

    def test_what_callbacks_raise_comes_back(self):
        def fail(*_):
            raise KeyError("mine")
        for config in ({"progress": fail}, {"log": fail, "log_level": "debug"}):
            with self.assertRaises(KeyError):
                incexport.export(INT8, self.out, incexport.Torch2ONNXConfig(**config))
        with self.assertRaises(AttributeError):
            incexport.export(INT8, type("Stream", (), {"write": lambda self, data: data.nothing})())

    def test_inspect_and_plan(self):
        info = incexport.inspect(MODELS / "digits-pt2e.pt2")
        self.assertTrue(info.is_quantized and info.inputs and info.operators and info.weights)
        with incexport.Model(INT8) as model:
            plan = model.plan()
            self.assertEqual(plan.bytes, 0)
            self.assertEqual(model.export(self.out).n_nodes, plan.n_nodes)
        with self.assertRaises(ValueError):
            model.inspect()
        self.assertEqual(incexport.__version__.count("."), 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
