# SPDX-License-Identifier: Apache-2.0
"""Example inputs: whatever Python holds tensors in becomes an array of inc_tensor.

Arrays come by the buffer protocol (NumPy's, array.array, memoryview, bytes), PyTorch's tensors by
their own methods; neither package is imported. Types and shapes without data are a Spec.
"""
import ctypes
import sys
from dataclasses import dataclass
from typing import Any, Optional, Sequence

from ._c import inc_tensor, lib, text

# Of struct's letters with native sizes; numpy has no letter for bfloat16.
_KINDS = {"?": "bool", "e": "float16", "f": "float32", "d": "float64", "Zf": "complex64",
          "Zd": "complex128"}


@dataclass(frozen=True)
class Spec:
    """Type and shape of an input, without data."""
    shape: Sequence[int]
    dtype: str = "float32"
    name: Optional[str] = None


def _element(name):
    value = ctypes.c_uint32()
    if lib.inc_element_from_name(str(name).encode(), ctypes.byref(value)) != 0:
        raise ValueError(f"incexport: {name!r} is no type of elements")
    return value.value


def _buffer_type(view):
    letter = view.format.lstrip("@=")
    if letter[:1] in "<>!" and letter[:1] != ("<" if sys.byteorder == "little" else ">"):
        raise ValueError(f"incexport: an array of format {view.format!r} is not in this machine's byte order")
    letter = letter.lstrip("<>!")
    if letter in _KINDS:
        return _KINDS[letter]
    if letter in "bhilqn":
        return f"int{8 * view.itemsize}"
    if letter in "BHILQN":
        return f"uint{8 * view.itemsize}"
    raise ValueError(f"incexport: an array of format {view.format!r} has no type that models have")


def _is_torch(value):
    return all(hasattr(value, a) for a in ("data_ptr", "detach", "contiguous", "element_size"))


def _parts(value):
    """Type, shape and bytes (None: not given) of one input."""
    if isinstance(value, Spec):
        return value.dtype, tuple(value.shape), None
    if isinstance(value, bool):
        return "bool", (), bytes([value])
    if isinstance(value, int):
        return "int64", (), bytes(ctypes.c_int64(value))
    if isinstance(value, float):
        return "float32", (), bytes(ctypes.c_float(value))
    if _is_torch(value):
        here = value.detach().cpu().contiguous()
        size = here.element_size() * here.numel()
        return str(here.dtype), tuple(here.shape), ctypes.string_at(here.data_ptr(), size) if size else b""
    try:
        view = memoryview(value)
    except TypeError:
        raise TypeError(f"incexport: an example input is a {type(value).__name__}; it may be an array "
                        "(NumPy's or any with the buffer protocol), a torch.Tensor, a number or a Spec") from None
    return _buffer_type(view), view.shape, view.tobytes()


def flatten(value: Any, name: Optional[str] = None):
    """Inputs in the order of forward(): tuples, lists and dicts flattened, with the names of dicts."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from flatten(item, str(key))
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from flatten(item)
    elif value is not None:
        yield (value.name if name is None and isinstance(value, Spec) else name), value


def tensors(value, keep):
    """An array of inc_tensor; keep holds what it points to."""
    found = list(flatten(value))
    array = (inc_tensor * len(found))()
    for tensor, (name, item) in zip(array, found):
        dtype, shape, data = _parts(item)
        sizes = (ctypes.c_int64 * max(len(shape), 1))(*shape)
        tensor.name = None if name is None else name.encode()
        tensor.shape, tensor.rank, tensor.element = sizes, len(shape), _element(dtype)
        if data is not None:
            holder = ctypes.create_string_buffer(data, max(len(data), 1))
            tensor.data = ctypes.addressof(holder)
            keep.append(holder)
        keep.append(sizes)
    keep.append(array)
    return array


def element_name(value):
    return text(lib.inc_element_name(value))
