#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Programs for Neural Compressor and torch.onnx with another import: test_migration.py COMMAND MODELS FP32 CHECKPOINT
FP32 and CHECKPOINT: a model and what Neural Compressor or torch.save wrote of it, quantized."""
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest

import incexport.onnx as onnx
from incexport import ArgumentError, Spec
from incexport.neural_compressor import Torch2ONNXConfig, load

COMMAND, MODELS, FP32, CHECKPOINT = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]


class Migration(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out, self.there = (pathlib.Path(folder.name, n) for n in ("out.onnx", "command.onnx"))

    def by_command(self, *args):
        subprocess.run([COMMAND, "-q", "-o", self.there, *args], check=True)
        return self.there.read_bytes()

    def test_neural_compressor(self):
        q_model = load(CHECKPOINT, FP32)
        q_model.export(str(self.out), Torch2ONNXConfig(dtype="int8", opset_version=14, quant_format="QLinear"))
        self.assertEqual(self.out.read_bytes(), self.by_command(FP32, "--quantized", CHECKPOINT, "--quant-format", "QLinear"))
        q_model.export(str(self.out), Torch2ONNXConfig(dtype="fp32"))
        self.assertEqual(self.out.read_bytes(), self.by_command(FP32))
        with self.assertRaises(TypeError):
            Torch2ONNXConfig(verbose=True)

    def test_torch_onnx(self):
        model, axes = str(MODELS / "digits.pt"), {"image": {0: "batch"}}
        expected = self.by_command(model, "--opset", "17", "--dynamic-axes", '{"image": {"0": "batch"}}', "--output-names", "scores")
        for args in ((), Spec((1, 1, 8, 8)), (Spec((1, 1, 8, 8)),), ({"image": Spec((1, 1, 8, 8))},)):
            stream = io.BytesIO()
            onnx.export(model, args, stream, output_names=["scores"], dynamic_axes=axes, do_constant_folding=True,
                        export_params=True, dynamo=False)
            self.assertEqual(stream.getvalue(), expected)
        with self.assertRaises(ArgumentError):
            onnx.export(model, (), self.out, keep_initializers_as_inputs=True)
        with self.assertRaises(TypeError):
            onnx.export(model, (), self.out, no_such=True)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
