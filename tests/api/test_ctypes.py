#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The library from a language without headers: test_ctypes.py LIBRARY MODEL"""
import ctypes
import glob
import os
import re
import sys
import tempfile
from ctypes import POINTER, byref, c_char_p, c_int, c_int32, c_int64, c_size_t, c_uint32, c_uint64
from ctypes import c_void_p

lib = ctypes.CDLL(sys.argv[1])
model = sys.argv[2].encode()


class Axis(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("symbol", c_char_p), ("axis", c_int64)]


class Tensor(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("data", c_void_p), ("shape", POINTER(c_int64)),
                ("rank", c_size_t), ("element", c_uint32), ("reserved0", c_uint32)]


Progress = ctypes.CFUNCTYPE(c_int, c_char_p, c_uint64, c_uint64, c_void_p)


class Config(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("dtype", c_uint32), ("opset_version", c_uint32),
                ("quant_format", c_uint32), ("recipe", c_uint32),
                ("example_inputs", POINTER(Tensor)), ("n_example_inputs", c_size_t),
                ("example_input_size", c_size_t),
                ("input_names", POINTER(c_char_p)), ("n_input_names", c_size_t),
                ("output_names", POINTER(c_char_p)), ("n_output_names", c_size_t),
                ("dynamic_axes", POINTER(Axis)), ("n_dynamic_axes", c_size_t),
                ("dynamic_axis_size", c_size_t),
                ("external_data", c_uint32), ("log_level", c_uint32),
                ("log", c_void_p), ("log_data", c_void_p),
                ("progress", Progress), ("progress_data", c_void_p),
                ("allocator", c_void_p), ("memory_limit", c_uint64), ("program", c_char_p),
                ("allow_contrib_ops", c_uint32), ("target", c_uint32),
                ("state", c_uint32), ("names", c_uint32), ("activations", c_uint32),
                ("durable", c_uint32), ("work_limit", c_uint64), ("method", c_char_p)]


lib.inc_error_message.restype = c_char_p
lib.inc_error_message.argtypes = [c_void_p]
lib.inc_error_free.argtypes = [c_void_p]
lib.inc_version.restype = c_char_p
lib.inc_dynamic_axes_items.restype = POINTER(Axis)
lib.inc_dynamic_axes_items.argtypes = [c_void_p]
lib.inc_dynamic_axes_count.restype = c_size_t
lib.inc_dynamic_axes_count.argtypes = [c_void_p]
lib.inc_dynamic_axes_free.argtypes = [c_void_p]


def export(config, path):
    error = c_void_p()
    status = lib.inc_export_file(model, path, byref(config), byref(error))
    message = lib.inc_error_message(error).decode()
    lib.inc_error_free(error)
    return status, message


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "out.onnx").encode()
    config = Config()
    assert lib.inc_torch2onnx_config_init(byref(config), c_size_t(ctypes.sizeof(config))) == 0
    assert (config.dtype, config.opset_version, config.quant_format) == (1, 14, 0)

    status, message = export(config, path)
    assert status == -2 and "int8" in message, message
    assert not os.path.exists(path)

    dtype = c_uint32(9)
    assert lib.inc_dtype_from_name(b"FP32", byref(dtype)) == 0
    config.dtype = dtype.value
    shape = (c_int64 * 4)(3, 1, 8, 8)
    example = Tensor(name=b"image", shape=shape, rank=4, element=6)
    config.example_inputs = ctypes.pointer(example)
    config.n_example_inputs = 1
    config.output_names = (c_char_p * 1)(b"scores")
    config.n_output_names = 1
    axes = c_void_p()
    assert lib.inc_dynamic_axes_parse(b'{"image": {"0": "batch"}}', None, byref(axes), None) == 0
    config.dynamic_axes = lib.inc_dynamic_axes_items(axes)
    config.n_dynamic_axes = lib.inc_dynamic_axes_count(axes)
    stages = []
    config.progress = Progress(lambda stage, done, total, data: stages.append(stage) or 0)
    status, message = export(config, path)
    assert status == 0, message
    written = open(path, "rb").read()
    assert b"scores" in written and b"batch" in written and b"writing" in stages
    lib.inc_dynamic_axes_free(axes)
# Asked of nothing, every function answers, as the headers promise: none but those that end something has an effect.
headers = os.path.join(os.path.dirname(__file__), "..", "..", "include", "incexport", "*.h")
text = re.sub(r"/\*.*?\*/", "", "".join(open(name).read() for name in glob.glob(headers)), flags=re.S)
asked = re.findall(r"INC_API [\w\s\*]+?\b(inc_\w+)\(([^)]*)\)", text)
for name, arguments in asked:
    function = getattr(lib, name)
    function.argtypes, function.restype = None, c_void_p
    if arguments.strip() != "void":
        function(*[c_void_p()] * (arguments.count(",") + 1))
assert len(asked) > 100, len(asked)
lib.inc_version.restype = c_char_p
print("libincexport", lib.inc_version().decode())
