# SPDX-License-Identifier: Apache-2.0
"""The C library: its structs as ctypes has them, and its functions with their types.

It is the one that INCEXPORT_LIBRARY names, or the one inside of the package (a wheel has it), or
the one that the loader finds. tests/bindings/ compares the structs with the headers, field by field.
"""
import ctypes
import os
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int32, c_int64, c_size_t
from ctypes import c_uint32, c_uint64, c_void_p

LOG = CFUNCTYPE(None, c_uint32, c_char_p, c_void_p)
PROGRESS = CFUNCTYPE(c_int, c_char_p, c_uint64, c_uint64, c_void_p)
WRITE = CFUNCTYPE(c_int, c_void_p, c_size_t, c_void_p)


class inc_allocator(Structure):
    _fields_ = [("struct_size", c_size_t), ("alloc", c_void_p), ("free", c_void_p),
                ("user_data", c_void_p)]


class inc_tensor(Structure):
    _fields_ = [("name", c_char_p), ("data", c_void_p), ("shape", POINTER(c_int64)),
                ("rank", c_size_t), ("element", c_uint32), ("reserved0", c_uint32)]


class inc_dynamic_axis(Structure):
    _fields_ = [("name", c_char_p), ("symbol", c_char_p), ("axis", c_int64)]


class inc_metadata(Structure):
    _fields_ = [("key", c_char_p), ("value", c_char_p)]


class inc_custom_domain(Structure):
    _fields_ = [("name_space", c_char_p), ("domain", c_char_p)]


class Torch2ONNXConfig(Structure):
    _fields_ = [("struct_size", c_size_t), ("dtype", c_uint32), ("opset_version", c_uint32),
                ("quant_format", c_uint32), ("recipe", c_uint32),
                ("example_inputs", POINTER(inc_tensor)), ("n_example_inputs", c_size_t),
                ("example_input_size", c_size_t),
                ("input_names", POINTER(c_char_p)), ("n_input_names", c_size_t),
                ("output_names", POINTER(c_char_p)), ("n_output_names", c_size_t),
                ("dynamic_axes", POINTER(inc_dynamic_axis)), ("n_dynamic_axes", c_size_t),
                ("dynamic_axis_size", c_size_t),
                ("external_data", c_uint32), ("log_level", c_uint32),
                ("log", LOG), ("log_data", c_void_p),
                ("progress", PROGRESS), ("progress_data", c_void_p),
                ("allocator", POINTER(inc_allocator)), ("memory_limit", c_uint64),
                ("program", c_char_p), ("allow_contrib_ops", c_uint32), ("target", c_uint32),
                ("state", c_uint32), ("names", c_uint32), ("activations", c_uint32),
                ("durable", c_uint32), ("work_limit", c_uint64), ("method", c_char_p),
                ("metadata", POINTER(inc_metadata)), ("n_metadata", c_size_t),
                ("metadata_size", c_size_t), ("producer", c_char_p),
                ("custom_domains", POINTER(inc_custom_domain)), ("n_custom_domains", c_size_t),
                ("custom_domain_size", c_size_t), ("lower", c_void_p), ("lower_data", c_void_p),
                ("unroll_limit", c_uint32), ("strict", c_uint32),
                ("fuse", c_uint32), ("integer_kernels", c_uint32)]


class inc_output(Structure):
    _fields_ = [("struct_size", c_size_t), ("path", c_char_p),
                ("write", WRITE), ("write_data", c_void_p),
                ("write_external", WRITE), ("write_external_data", c_void_p),
                ("external_name", c_char_p),
                ("write_state", WRITE), ("write_state_data", c_void_p)]


class inc_model_options(Structure):
    _fields_ = [("struct_size", c_size_t), ("allocator", POINTER(inc_allocator)),
                ("memory_limit", c_uint64), ("work_limit", c_uint64), ("method", c_char_p)]


class inc_value(Structure):
    _fields_ = [("name", c_char_p), ("shape", POINTER(c_int64)), ("symbols", POINTER(c_char_p)),
                ("rank", c_size_t), ("element", c_uint32), ("is_known", c_uint32)]


class inc_weight(Structure):
    _fields_ = [("struct_size", c_size_t), ("name", c_char_p), ("shape", POINTER(c_int64)),
                ("rank", c_size_t), ("bytes", c_uint64), ("element", c_uint32),
                ("is_quantized", c_uint32)]


class inc_unsupported(Structure):
    _fields_ = [("struct_size", c_size_t), ("op", c_char_p), ("reason", c_char_p),
                ("hint", c_char_p), ("python", c_char_p), ("entry", c_char_p),
                ("scope", c_char_p), ("count", c_uint64), ("line", c_uint32),
                ("column", c_uint32)]


class inc_state_value(Structure):
    _fields_ = [("struct_size", c_size_t), ("name", c_char_p), ("next", c_char_p),
                ("shape", POINTER(c_int64)), ("rank", c_size_t), ("element", c_uint32),
                ("reserved0", c_uint32), ("module", c_char_p), ("source", c_char_p)]


class inc_planned(Structure):
    _fields_ = [("struct_size", c_size_t), ("module", c_char_p), ("pytorch", c_char_p),
                ("source", c_char_p), ("node", c_char_p), ("form", c_char_p), ("input", c_char_p),
                ("weight", c_char_p), ("output", c_char_p), ("reason", c_char_p),
                ("arithmetic", c_uint32), ("reserved0", c_uint32)]


def _load():
    inside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", "libincexport.so.0")
    path = os.environ.get("INCEXPORT_LIBRARY")
    if not path:
        path = inside if os.path.exists(inside) else "libincexport.so.0"
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"incexport: the C library cannot be loaded ({error}); install it, or "
                          "name it in INCEXPORT_LIBRARY") from None


# What each function takes and returns: h a handle, s a text, n a size_t, u and U 32 and 64 bits,
# i and I the same with a sign, E an error's place, P a place for a handle, v a place for a number.
_TYPES = {"h": c_void_p, "s": c_char_p, "n": c_size_t, "u": c_uint32, "U": c_uint64, "i": c_int32,
          "I": c_int64, "E": POINTER(c_void_p), "P": POINTER(c_void_p), "v": POINTER(c_uint32),
          "C": POINTER(Torch2ONNXConfig), "O": POINTER(inc_output),
          "M": POINTER(inc_model_options), "V": POINTER(inc_value), "W": POINTER(inc_weight),
          "N": POINTER(inc_unsupported), "T": POINTER(inc_state_value), "L": POINTER(inc_planned),
          "-": None}
_FUNCTIONS = """
    inc_version s  inc_version_number u  inc_oldest_opset u  inc_newest_opset u  inc_status_name s i
    inc_error_code i h  inc_error_message s h  inc_error_reason s h  inc_error_hint s h
    inc_error_stage s h  inc_error_entry s h  inc_error_line u h  inc_error_column u h
    inc_error_python s h  inc_error_operator s h  inc_error_scope s h
    inc_error_n_unsupported n h  inc_error_unsupported N hn  inc_error_free - h
    inc_element_name s u  inc_element_size n u  inc_element_from_name i sv
    inc_torch2onnx_config_init i Cn  inc_torch2onnx_config_check i CE
    inc_dtype_from_name i sv  inc_dtype_name s u
    inc_quant_format_from_name i sv  inc_quant_format_name s u
    inc_recipe_from_name i sv  inc_recipe_name s u
    inc_activations_from_name i sv  inc_activations_name s u  inc_target_name s u
    inc_state_from_name i sv  inc_state_name s u  inc_names_from_name i sv  inc_names_name s u
    inc_external_data_from_name i sv  inc_external_data_name s u
    inc_model_open_file i sMPE  inc_model_open_memory i hnMPE
    inc_model_attach_checkpoint i hsE  inc_model_free - h  inc_model_get_kind u h
    inc_model_kind_name s u  inc_model_inspect i hE  inc_model_torch_version s h
    inc_model_format_version I h  inc_model_class_name s h  inc_model_is_quantized u h
    inc_model_has_recorded_inputs u h  inc_model_n_inputs n h  inc_model_input V hn
    inc_model_input_type s hn  inc_model_n_programs n h  inc_model_program s hn
    inc_model_n_outputs n h  inc_model_output V hn  inc_model_n_operators n h
    inc_model_operator s hn  inc_model_operator_count U hn  inc_model_n_symbols n h
    inc_model_symbol s hn  inc_model_symbol_min I hn  inc_model_symbol_max I hn
    inc_model_contents s h  inc_model_n_weight_tensors n h  inc_model_weight_tensor W hn
    inc_model_n_weights U h  inc_model_weight_bytes U h
    inc_export i hOCPE  inc_plan i hCPE  inc_report_opset u h  inc_report_ir_version I h
    inc_report_dtype u h  inc_report_n_inputs n h  inc_report_input V hn  inc_report_n_outputs n h
    inc_report_output V hn  inc_report_n_nodes U h  inc_report_n_operators n h
    inc_report_operator s hn  inc_report_operator_count U hn  inc_report_n_constants U h
    inc_report_constant_bytes U h  inc_report_bytes U h  inc_report_external_bytes U h
    inc_report_external_path s h  inc_report_n_states n h  inc_report_state T hn
    inc_report_state_path s h  inc_report_n_warnings n h  inc_report_warning s hn
    inc_report_n_planned n h  inc_report_planned L hn  inc_arithmetic_name s u  inc_report_free - h
"""


def _declare(library):
    for line in _FUNCTIONS.replace("\n", "  ").split("  "):
        words = line.split()
        if not words:
            continue
        function = getattr(library, words[0])
        function.restype = _TYPES[words[1]]
        function.argtypes = [_TYPES[c] for c in (words[2] if len(words) > 2 else "")]
    return library


lib = _declare(_load())


def text(value):
    """A C text as Python's; None where there is none."""
    return None if value is None else value.decode("utf-8", "replace")


def shape_of(value):
    """The shape of an inc_value or inc_tensor; None: not known."""
    return tuple(value.shape[i] for i in range(value.rank)) if value.shape or not value.rank else None
