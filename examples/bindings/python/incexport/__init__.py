# SPDX-License-Identifier: Apache-2.0
"""PyTorch model files to ONNX, without PyTorch: libincexport for Python.

    import incexport
    incexport.export("model.pt", "model.onnx", incexport.Torch2ONNXConfig(dtype="fp32"))
"""
from ._c import lib as _lib, text as _text
from ._inputs import Spec
from .config import Torch2ONNXConfig
from .errors import (AbiError, ArgumentError, Cancelled, Error, FormatError, InputError, InternalError, LimitError,
                     OutOfMemory, OutputError, ReadError, Unsupported, UnsupportedError)
from .model import Info, Model, Planned, Report, State, Value, Weight, export, inspect

__version__: str = _text(_lib.inc_version())
__all__ = ["AbiError", "ArgumentError", "Cancelled", "Error", "FormatError", "Info", "InputError", "InternalError",
           "LimitError", "Model", "OutOfMemory", "OutputError", "Planned", "ReadError", "Report", "Spec", "State",
           "Torch2ONNXConfig", "Unsupported", "UnsupportedError", "Value", "Weight", "export", "inspect"]
