# SPDX-License-Identifier: Apache-2.0
"""Torch2ONNXConfig with the names and defaults of Neural Compressor's, and the library's own fields."""
import ctypes
import json
from typing import Any, Callable, Dict, List, Optional, Sequence, Union

from . import _c, errors
from ._c import lib
from ._inputs import tensors

_NAMED = ("dtype", "quant_format", "recipe", "external_data", "state", "names", "activations")
_LEVELS = {"error": 0, "warning": 1, "info": 2, "debug": 3}

Log = Callable[[str, str], None]
Progress = Callable[[str, int, int], Optional[bool]]


class Torch2ONNXConfig:
    """What is to be exported, and how. The first eight parameters are Neural Compressor's; None of the
    others means the library's default. opset_version may be "auto": the lowest that says the model best."""

    def __init__(self, dtype: str = "int8", opset_version: Union[int, str] = 14, quant_format: str = "QDQ",
                 example_inputs: Any = None, input_names: Optional[Sequence[str]] = None,
                 output_names: Optional[Sequence[str]] = None,
                 dynamic_axes: Optional[Dict[str, Any]] = None,
                 recipe: str = "QDQ_OP_FP32_BIAS", *,
                 external_data: Optional[str] = None, program: Optional[str] = None,
                 method: Optional[str] = None,
                 allow_contrib_ops: bool = True, target: str = "generic", state: str = "fail",
                 names: str = "torch", activations: str = "auto", durable: bool = False,
                 memory_limit: int = 0, work_limit: int = 0, log_level: str = "warning",
                 log: Optional[Log] = None, progress: Optional[Progress] = None,
                 metadata: Optional[Dict[str, str]] = None, producer: Optional[str] = None,
                 custom_domains: Optional[Dict[str, str]] = None, unroll_limit: int = 0, strict: bool = False,
                 fuse: bool = False, integer_kernels: bool = False):
        self.dtype = dtype
        self.opset_version = opset_version
        self.quant_format = quant_format
        self.example_inputs = example_inputs
        self.input_names = input_names
        self.output_names = output_names
        self.dynamic_axes = dynamic_axes
        self.recipe = recipe
        self.external_data = external_data or "auto"
        self.program = program
        self.method = method
        self.allow_contrib_ops = allow_contrib_ops
        self.target = target
        self.state = state
        self.names = names
        self.activations = activations
        self.durable = durable
        self.memory_limit = memory_limit
        self.work_limit = work_limit
        self.log_level = log_level
        self.log = log
        self.progress = progress
        self.metadata = metadata
        self.producer = producer
        self.custom_domains = custom_domains
        self.unroll_limit = unroll_limit
        self.strict = strict
        self.fuse = fuse
        self.integer_kernels = integer_kernels

    def __repr__(self) -> str:
        return f"Torch2ONNXConfig({', '.join(f'{k}={v!r}' for k, v in vars(self).items())})"


class _Call:
    """A config as C has it, with all that it points to, for one call of the library. What a callback
    raises ends the call, and is raised again behind it."""

    def __init__(self, config: Torch2ONNXConfig):
        self.config = config
        self.keep: List[Any] = []
        self.axes = ctypes.c_void_p()
        self.raised = None
        c = self.c = _c.Torch2ONNXConfig()
        lib.inc_torch2onnx_config_init(c, ctypes.sizeof(c))
        for field in _NAMED:
            setattr(c, field, self._value(field))
        c.target = self._target()
        c.opset_version = 0 if config.opset_version == "auto" else self._number("opset_version", 32)
        c.memory_limit, c.work_limit = self._number("memory_limit", 64), self._number("work_limit", 64)
        c.allow_contrib_ops, c.durable = bool(config.allow_contrib_ops), bool(config.durable)
        c.unroll_limit, c.strict = self._number("unroll_limit", 32), bool(config.strict)
        c.fuse = bool(config.fuse)
        c.integer_kernels = bool(config.integer_kernels)
        c.program = None if config.program is None else config.program.encode()
        c.method = None if config.method is None else config.method.encode()
        c.producer = None if config.producer is None else config.producer.encode()
        lines = [_c.inc_metadata(k.encode(), v.encode()) for k, v in (config.metadata or {}).items()]
        if lines:
            c.metadata, c.n_metadata = (_c.inc_metadata * len(lines))(*lines), len(lines)
        domains = [_c.inc_custom_domain(k.encode(), v.encode()) for k, v in (config.custom_domains or {}).items()]
        if domains:
            c.custom_domains, c.n_custom_domains = (_c.inc_custom_domain * len(domains))(*domains), len(domains)
        if config.example_inputs is not None:
            array = tensors(config.example_inputs, self.keep)
            c.example_inputs, c.n_example_inputs = array, len(array)
        c.input_names, c.n_input_names = self._texts(config.input_names)
        c.output_names, c.n_output_names = self._texts(config.output_names)
        self._set_callbacks()
        if config.dynamic_axes:
            self._set_axes(config.dynamic_axes)

    def _value(self, field):
        given, value = getattr(self.config, field), ctypes.c_uint32()
        if not isinstance(given, str) or getattr(lib, f"inc_{field}_from_name")(
                given.encode(), ctypes.byref(value)) != 0:
            raise errors.ArgumentError(f"{field} is {given!r}, which is none of its values")
        return value.value

    def _target(self):
        for value in range(16):
            if (_c.text(lib.inc_target_name(value)) or "") == str(self.config.target).lower():
                return value
        raise errors.ArgumentError(f"target is {self.config.target!r}, which is none of its values")

    def _number(self, field, bits):
        given = getattr(self.config, field)
        if not isinstance(given, int) or not 0 <= given < 1 << bits:
            raise errors.ArgumentError(f"{field} is {given!r}; it has to be a number from 0")
        return given

    def _texts(self, names):
        if names is None:
            return None, 0
        if isinstance(names, str):
            raise errors.ArgumentError(f"names are a list; this is the text {names!r}")
        array = (ctypes.c_char_p * len(names))(*(n.encode() for n in names))
        self.keep.append(array)
        return array, len(names)

    def _set_axes(self, axes):
        error = ctypes.c_void_p()
        text = json.dumps({k: list(v) if isinstance(v, (tuple, set)) else v for k, v in axes.items()})
        status = _PARSE(text.encode(), None, ctypes.byref(self.axes), ctypes.byref(error))
        if status != 0:
            raise errors.take(status, error)
        self.c.dynamic_axes = _ITEMS(self.axes)
        self.c.n_dynamic_axes = _COUNT(self.axes)

    def _set_callbacks(self):
        config, c = self.config, self.c
        level = config.log_level
        if level not in _LEVELS:
            raise errors.ArgumentError(f"log_level is {level!r}; it may be {', '.join(_LEVELS)}")
        c.log_level = _LEVELS[level]
        if config.log is not None:
            c.log = _c.LOG(self._on_log)
        # Also there when nobody asks: an exception of the log function has to end the call.
        if config.log is not None or config.progress is not None:
            c.progress = _c.PROGRESS(self._on_progress)

    def _on_log(self, level, line, _):
        try:
            if self.raised is None:
                self.config.log(list(_LEVELS)[level], _c.text(line))
        except BaseException as error:  # pylint: disable=broad-except
            self.raised = error

    def _on_progress(self, stage, done, total, _):
        try:
            if self.raised is None and self.config.progress is not None:
                return int(bool(self.config.progress(_c.text(stage), done, total)))
        except BaseException as error:  # pylint: disable=broad-except
            self.raised = error
        return int(self.raised is not None)

    def on_write(self, stream):
        """A write callback that hands bytes to a file object."""
        def write(data, size, _):
            try:
                stream.write(ctypes.string_at(data, size))
                return 0
            except BaseException as error:  # pylint: disable=broad-except
                self.raised = error
                return 1
        return _c.WRITE(write)

    def end(self, status, error):
        """Frees what was made for the call; raises what went wrong."""
        lib.inc_dynamic_axes_free(self.axes)
        self.axes = ctypes.c_void_p()
        if status == 0 and self.raised is None:
            return
        failure = errors.take(status, error) if status != 0 else None
        if self.raised is not None:
            raise self.raised from failure
        raise failure


_PARSE, _ITEMS, _COUNT = lib.inc_dynamic_axes_parse, lib.inc_dynamic_axes_items, lib.inc_dynamic_axes_count
_PARSE.argtypes = [ctypes.c_char_p, ctypes.c_void_p] + [ctypes.POINTER(ctypes.c_void_p)] * 2
_ITEMS.argtypes, _ITEMS.restype = [ctypes.c_void_p], ctypes.POINTER(_c.inc_dynamic_axis)
_COUNT.argtypes, _COUNT.restype = [ctypes.c_void_p], ctypes.c_size_t
lib.inc_dynamic_axes_free.argtypes, lib.inc_dynamic_axes_free.restype = [ctypes.c_void_p], None

ConfigOrNone = Union[Torch2ONNXConfig, None]
