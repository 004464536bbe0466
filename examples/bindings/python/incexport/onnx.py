# SPDX-License-Identifier: Apache-2.0
"""For programs that call torch.onnx.export: change the import, and give the model as a saved file.

    import incexport.onnx as onnx                                       # was: import torch.onnx as onnx
    onnx.export("model.pt", (x,), "model.onnx", input_names=["x"], opset_version=17)

docs/migration.md has each parameter: those that would change what comes out and have no match are refused."""
from typing import Any, BinaryIO, Dict, Optional, Sequence, Tuple, Union

from .config import Torch2ONNXConfig
from .errors import ArgumentError
from .model import Path, Report, export as _export

__all__ = ["export"]

# What torch.onnx.export takes and this has only one answer to: the values that ask for that answer.
_ONLY: Dict[str, Tuple[Any, ...]] = {
    "export_params": (True,), "keep_initializers_as_inputs": (None, False), "do_constant_folding": (True,),
    "custom_opsets": (None, {}), "export_modules_as_functions": (False, None, set()), "custom_translation_table": (None, {}),
    "optimize": (True,), "dump_exported_program": (False,), "artifacts_dir": (".",), "fallback": (False,),
    "profile": (False,), "report": (False,), "verify": (False,), "export_options": (None,), "dynamic_shapes": (None,),
}
# What makes no difference here: there is one exporter, and a saved model is in the mode it was saved in.
_NO_MATTER = {"dynamo", "autograd_inlining", "operator_export_type", "training"}


def _refuse(others):
    for name, value in others.items():
        if name in _NO_MATTER and not (name in ("operator_export_type", "training") and _differs(value)):
            continue
        if name not in _ONLY and name not in _NO_MATTER:
            raise TypeError(f"incexport.onnx.export() has no {name}")
        if name in _NO_MATTER or value not in _ONLY[name]:
            raise ArgumentError(f"{name}={value!r} is not there; docs/migration.md says what to do")


def _differs(value):
    """Whether an OperatorExportTypes or TrainingMode is another than the default's kind."""
    return value is not None and getattr(value, "name", "").upper() not in ("ONNX", "EVAL", "PRESERVE")


def export(model: Any, args: Any = (), f: Union[Path, BinaryIO, None] = None, *, kwargs: Optional[Dict[str, Any]] = None,
           verbose: Optional[bool] = None, input_names: Optional[Sequence[str]] = None,
           output_names: Optional[Sequence[str]] = None, opset_version: Optional[int] = None,
           dynamic_axes: Optional[Dict[str, Any]] = None, external_data: Optional[bool] = None, dtype: str = "auto",
           **others: Any) -> Report:
    """As torch.onnx.export. args: a tensor, or a tuple whose last item may be a dict of named ones, as there; () where
    the model was traced, since the file has recorded them."""
    _refuse(others)
    if f is None:
        raise ArgumentError("f, the file to write, has to be given")
    inputs = args if isinstance(args, (tuple, list)) else (args,)
    if kwargs:
        inputs = (*inputs, dict(kwargs))
    config = Torch2ONNXConfig(
        dtype=dtype, opset_version=17 if opset_version is None else opset_version,
        example_inputs=inputs if len(inputs) else None, input_names=input_names, output_names=output_names,
        dynamic_axes=dynamic_axes, external_data={None: "auto", True: "always", False: "never"}[external_data],
        log_level="info" if verbose else "warning", log=(lambda level, line: print(line)) if verbose else None)
    return _export(model, f, config)
