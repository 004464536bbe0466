# SPDX-License-Identifier: Apache-2.0
"""Model files: opened, looked at, exported. What comes out is plain data, valid after the model is closed."""
import ctypes
import os
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Dict, List, Optional, Tuple, Union

from . import _c, errors
from ._c import lib, shape_of, text
from ._inputs import element_name
from .config import Torch2ONNXConfig, _Call

Path = Union[str, bytes, "os.PathLike[str]"]


@dataclass(frozen=True)
class Value:
    """An input or output. shape: None when not known; sizes that are not fixed are texts, or -1."""
    name: Optional[str]
    shape: Optional[Tuple[Union[int, str], ...]]
    dtype: Optional[str]


@dataclass(frozen=True)
class Weight:
    name: Optional[str]
    shape: Tuple[int, ...]
    dtype: Optional[str]
    bytes: int
    is_quantized: bool


@dataclass(frozen=True)
class Info:
    """What a model file holds."""
    kind: str
    torch_version: Optional[str]
    format_version: int
    class_name: Optional[str]
    contents: Optional[str]
    is_quantized: bool
    has_recorded_inputs: bool
    inputs: List[Value]
    outputs: List[Value]
    programs: List[str]
    operators: Dict[str, int]
    symbols: Dict[str, Tuple[int, int]]
    weights: List[Weight]
    n_weights: int
    weight_bytes: int


@dataclass(frozen=True)
class State:
    """State that became an input and an output of the graph."""
    name: str
    next: str
    shape: Tuple[int, ...]
    dtype: Optional[str]
    module: Optional[str]
    source: Optional[str]


@dataclass(frozen=True)
class Planned:
    """An operator that is quantized or could be, and what became of it."""
    module: Optional[str]
    pytorch: Optional[str]
    source: Optional[str]
    node: Optional[str]
    form: Optional[str]
    input: Optional[str]
    weight: Optional[str]
    output: Optional[str]
    reason: Optional[str]
    arithmetic: Optional[str]


@dataclass(frozen=True)
class Report:
    """What came out of an export."""
    opset: int
    ir_version: int
    dtype: str
    inputs: List[Value]
    outputs: List[Value]
    n_nodes: int
    operators: Dict[str, int]
    n_constants: int
    constant_bytes: int
    bytes: int
    external_bytes: int
    external_path: Optional[str]
    state_path: Optional[str]
    states: List[State] = field(default_factory=list)
    warnings: List[str] = field(default_factory=list)
    plan: List[Planned] = field(default_factory=list)


def _value(pointer):
    v = pointer.contents
    if not v.is_known:
        return Value(text(v.name), None, None)
    shape = shape_of(v)
    if shape is not None and v.symbols:
        shape = tuple(text(v.symbols[i]) or size for i, size in enumerate(shape))
    return Value(text(v.name), shape, element_name(v.element))


def _each(handle, count, *functions):
    """Of each of the count(handle) things, what each function says of it."""
    n = getattr(lib, count)(handle)
    return [tuple(getattr(lib, f)(handle, i) for f in functions) for i in range(n)]


def _values(handle, what):
    return [_value(v) for (v,) in _each(handle, *what)]


def _counts(handle, prefix):
    rows = _each(handle, f"{prefix}_n_operators", f"{prefix}_operator", f"{prefix}_operator_count")
    return {text(name): count for name, count in rows}


def _info(h):
    weights = [w.contents for (w,) in _each(h, "inc_model_n_weight_tensors", "inc_model_weight_tensor")]
    symbols = _each(h, "inc_model_n_symbols", "inc_model_symbol", "inc_model_symbol_min", "inc_model_symbol_max")
    return Info(
        kind=text(lib.inc_model_kind_name(lib.inc_model_get_kind(h))),
        torch_version=text(lib.inc_model_torch_version(h)),
        format_version=lib.inc_model_format_version(h),
        class_name=text(lib.inc_model_class_name(h)),
        contents=text(lib.inc_model_contents(h)),
        is_quantized=bool(lib.inc_model_is_quantized(h)),
        has_recorded_inputs=bool(lib.inc_model_has_recorded_inputs(h)),
        inputs=_values(h, ("inc_model_n_inputs", "inc_model_input")),
        outputs=_values(h, ("inc_model_n_outputs", "inc_model_output")),
        programs=[text(p) for (p,) in _each(h, "inc_model_n_programs", "inc_model_program")],
        operators=_counts(h, "inc_model"),
        symbols={text(name): (least, most) for name, least, most in symbols},
        weights=[Weight(text(w.name), shape_of(w), element_name(w.element), w.bytes, bool(w.is_quantized))
                 for w in weights],
        n_weights=lib.inc_model_n_weights(h),
        weight_bytes=lib.inc_model_weight_bytes(h))


def _planned(p):
    texts = (p.module, p.pytorch, p.source, p.node, p.form, p.input, p.weight, p.output, p.reason)
    return Planned(*map(text, texts), text(lib.inc_arithmetic_name(p.arithmetic)))


def _report(h):
    states = [s.contents for (s,) in _each(h, "inc_report_n_states", "inc_report_state")]
    return Report(
        opset=lib.inc_report_opset(h), ir_version=lib.inc_report_ir_version(h),
        dtype=text(lib.inc_dtype_name(lib.inc_report_dtype(h))),
        inputs=_values(h, ("inc_report_n_inputs", "inc_report_input")),
        outputs=_values(h, ("inc_report_n_outputs", "inc_report_output")),
        n_nodes=lib.inc_report_n_nodes(h), operators=_counts(h, "inc_report"),
        n_constants=lib.inc_report_n_constants(h), constant_bytes=lib.inc_report_constant_bytes(h),
        bytes=lib.inc_report_bytes(h), external_bytes=lib.inc_report_external_bytes(h),
        external_path=text(lib.inc_report_external_path(h)), state_path=text(lib.inc_report_state_path(h)),
        states=[State(text(s.name), text(s.next), shape_of(s), element_name(s.element), text(s.module),
                      text(s.source)) for s in states],
        warnings=[text(w) for (w,) in _each(h, "inc_report_n_warnings", "inc_report_warning")],
        plan=[_planned(p.contents) for (p,) in _each(h, "inc_report_n_planned", "inc_report_planned")])


class Model:
    """A model file, opened; for one thread at a time. Ends with close() or a with statement.

    model is a path, the bytes of a file, or what has save_to_buffer(): a torch.jit.ScriptModule."""

    def __init__(self, model: Any, *, memory_limit: int = 0, work_limit: int = 0,
                 method: Optional[str] = None):
        self._handle = ctypes.c_void_p()
        self._bytes = None
        options = _c.inc_model_options(ctypes.sizeof(_c.inc_model_options), None, memory_limit, work_limit,
                                       None if method is None else method.encode())
        error = ctypes.c_void_p()
        if hasattr(model, "save_to_buffer"):
            model = model.save_to_buffer()
        if isinstance(model, (bytes, bytearray, memoryview)):
            size = len(memoryview(model).cast("B"))
            self._bytes = ctypes.create_string_buffer(bytes(model), max(size, 1))
            status = lib.inc_model_open_memory(ctypes.addressof(self._bytes), size, options, self._handle, error)
        elif isinstance(model, (str, os.PathLike)):
            status = lib.inc_model_open_file(os.fsencode(model), options, self._handle, error)
        else:
            raise TypeError(f"incexport: the model is a {type(model).__name__}; it has to be the path or the bytes "
                            "of a file that torch.jit.save or torch.export.save wrote, or a torch.jit.ScriptModule")
        if status != 0:
            raise errors.take(status, error)

    def __enter__(self) -> "Model":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_handle", None) and lib is not None:
            self.close()

    def close(self) -> None:
        """Ends the model; twice is fine."""
        lib.inc_model_free(self._handle)
        self._handle, self._bytes = ctypes.c_void_p(), None

    def _open(self):
        if not self._handle:
            raise ValueError("incexport: the model is closed")
        return self._handle

    def attach_checkpoint(self, path: Path) -> "Model":
        """Lays a quantized checkpoint (a file or Neural Compressor's folder) over an FP32 model."""
        error = ctypes.c_void_p()
        status = lib.inc_model_attach_checkpoint(self._open(), os.fsencode(path), error)
        if status != 0:
            raise errors.take(status, error)
        return self

    def inspect(self) -> Info:
        """What the file holds."""
        error = ctypes.c_void_p()
        status = lib.inc_model_inspect(self._open(), error)
        if status != 0:
            raise errors.take(status, error)
        return _info(self._handle)

    def plan(self, config: Optional[Torch2ONNXConfig] = None) -> Report:
        """All that export() does but writing."""
        call, report, error = _Call(config or Torch2ONNXConfig()), ctypes.c_void_p(), ctypes.c_void_p()
        status = lib.inc_plan(self._open(), call.c, report, error)
        return self._finish(call, status, report, error)

    def export(self, output: Union[Path, BinaryIO], config: Optional[Torch2ONNXConfig] = None, *,
               external: Optional[BinaryIO] = None, external_name: Optional[str] = None,
               state: Optional[BinaryIO] = None) -> Report:
        """Writes the ONNX model to a path or a binary file object; external and state are file objects for
        weights beside it and for first values of state, which go beside a path by themselves."""
        call, report, error = _Call(config or Torch2ONNXConfig()), ctypes.c_void_p(), ctypes.c_void_p()
        out = _c.inc_output(struct_size=ctypes.sizeof(_c.inc_output))
        if hasattr(output, "write"):
            out.write = call.on_write(output)
            if external is not None:
                out.write_external = call.on_write(external)
            if state is not None:
                out.write_state = call.on_write(state)
        else:
            out.path = os.fsencode(output)
        out.external_name = None if external_name is None else external_name.encode()
        status = lib.inc_export(self._open(), out, call.c, report, error)
        return self._finish(call, status, report, error)

    @staticmethod
    def _finish(call, status, report, error):
        try:
            call.end(status, error)
            return _report(report)
        finally:
            lib.inc_report_free(report)


def export(model: Any, output: Union[Path, BinaryIO], config: Optional[Torch2ONNXConfig] = None, *,
           quantized: Optional[Path] = None) -> Report:
    """Opens model, lays the checkpoint quantized over it where given, and exports to output."""
    limits: Dict[str, Any] = {} if config is None else {"memory_limit": config.memory_limit, "work_limit": config.work_limit}
    with Model(model, **limits) as opened:
        if quantized is not None:
            opened.attach_checkpoint(quantized)
        return opened.export(output, config)


def inspect(model: Any) -> Info:
    """What a model file holds."""
    with Model(model) as opened:
        return opened.inspect()
