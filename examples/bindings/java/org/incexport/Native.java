// SPDX-License-Identifier: Apache-2.0
package org.incexport;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;

/** The C functions and structs, as the headers have them. size_t is a long: for 64-bit machines.
 *  The library is the one that INCEXPORT_LIBRARY names, or the loader's. */
interface Native extends Library {
    Native LIB = com.sun.jna.Native.load(
        System.getenv().getOrDefault("INCEXPORT_LIBRARY", "incexport"), Native.class,
        java.util.Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));

    interface Log extends Callback {
        void call(int level, String line, Pointer data);
    }

    interface Progress extends Callback {
        int call(String stage, long done, long total, Pointer data);
    }

    interface Write extends Callback {
        int call(Pointer bytes, long size, Pointer data);
    }

    @FieldOrder({"name", "data", "shape", "rank", "element", "reserved0"})
    class inc_tensor extends Structure {
        public Pointer name, data, shape;
        public long rank;
        public int element, reserved0;
    }

    @FieldOrder({"struct_size", "dtype", "opset_version", "quant_format", "recipe", "example_inputs", "n_example_inputs",
        "example_input_size", "input_names", "n_input_names", "output_names", "n_output_names", "dynamic_axes",
        "n_dynamic_axes", "dynamic_axis_size", "external_data", "log_level", "log", "log_data", "progress",
        "progress_data", "allocator", "memory_limit", "program", "allow_contrib_ops", "target", "state", "names",
        "activations", "durable", "work_limit", "method", "metadata", "n_metadata", "metadata_size", "producer",
        "custom_domains", "n_custom_domains", "custom_domain_size", "lower", "lower_data", "unroll_limit", "strict",
        "fuse", "integer_kernels"})
    class Torch2ONNXConfig extends Structure {
        public long struct_size;
        public int dtype, opset_version, quant_format, recipe;
        public Pointer example_inputs;
        public long n_example_inputs, example_input_size;
        public Pointer input_names;
        public long n_input_names;
        public Pointer output_names;
        public long n_output_names;
        public Pointer dynamic_axes;
        public long n_dynamic_axes, dynamic_axis_size;
        public int external_data, log_level;
        public Log log;
        public Pointer log_data;
        public Progress progress;
        public Pointer progress_data, allocator;
        public long memory_limit;
        public Pointer program;
        public int allow_contrib_ops, target, state, names, activations, durable;
        public long work_limit;
        public Pointer method, metadata;
        public long n_metadata, metadata_size;
        public Pointer producer, custom_domains;
        public long n_custom_domains, custom_domain_size;
        public Pointer lower, lower_data;
        public int unroll_limit, strict, fuse, integer_kernels;
    }

    @FieldOrder({"struct_size", "path", "write", "write_data", "write_external", "write_external_data", "external_name",
        "write_state", "write_state_data"})
    class inc_output extends Structure {
        public long struct_size;
        public Pointer path;
        public Write write;
        public Pointer write_data;
        public Write write_external;
        public Pointer write_external_data, external_name;
        public Write write_state;
        public Pointer write_state_data;
    }

    @FieldOrder({"name", "shape", "symbols", "rank", "element", "is_known"})
    class inc_value extends Structure {
        public Pointer name, shape, symbols;
        public long rank;
        public int element, is_known;

        public inc_value() {
        }

        inc_value(Pointer place) {
            super(place);
            read();
        }
    }

    @FieldOrder({"struct_size", "op", "reason", "hint", "python", "entry", "scope", "count", "line", "column"})
    class inc_unsupported extends Structure {
        public long struct_size;
        public String op, reason, hint, python, entry, scope;
        public long count;
        public int line, column;

        public inc_unsupported() {
        }

        inc_unsupported(Pointer place) {
            super(place);
            setStringEncoding("UTF-8");
            read();
        }
    }

    String inc_version();
    String inc_status_name(int status);
    String inc_error_message(Pointer error);
    String inc_error_reason(Pointer error);
    String inc_error_hint(Pointer error);
    String inc_error_stage(Pointer error);
    String inc_error_entry(Pointer error);
    int inc_error_line(Pointer error);
    int inc_error_column(Pointer error);
    String inc_error_python(Pointer error);
    String inc_error_operator(Pointer error);
    String inc_error_scope(Pointer error);
    long inc_error_n_unsupported(Pointer error);
    Pointer inc_error_unsupported(Pointer error, long i);
    void inc_error_free(Pointer error);
    String inc_element_name(int element);
    int inc_element_from_name(String name, IntByReference element);
    int inc_torch2onnx_config_init(Torch2ONNXConfig config, long size);
    int inc_dtype_from_name(String name, IntByReference value);
    int inc_quant_format_from_name(String name, IntByReference value);
    int inc_recipe_from_name(String name, IntByReference value);
    int inc_activations_from_name(String name, IntByReference value);
    int inc_state_from_name(String name, IntByReference value);
    int inc_names_from_name(String name, IntByReference value);
    int inc_external_data_from_name(String name, IntByReference value);
    int inc_dynamic_axes_parse(String json, Pointer allocator, PointerByReference axes, PointerByReference error);
    long inc_dynamic_axes_count(Pointer axes);
    Pointer inc_dynamic_axes_items(Pointer axes);
    void inc_dynamic_axes_free(Pointer axes);
    int inc_model_open_file(String path, Pointer options, PointerByReference model, PointerByReference error);
    int inc_model_attach_checkpoint(Pointer model, String path, PointerByReference error);
    void inc_model_free(Pointer model);
    int inc_model_inspect(Pointer model, PointerByReference error);
    int inc_model_get_kind(Pointer model);
    String inc_model_kind_name(int kind);
    String inc_model_torch_version(Pointer model);
    int inc_model_is_quantized(Pointer model);
    long inc_model_n_inputs(Pointer model);
    Pointer inc_model_input(Pointer model, long i);
    int inc_export(Pointer model, inc_output output, Torch2ONNXConfig config, PointerByReference report,
        PointerByReference error);
    int inc_plan(Pointer model, Torch2ONNXConfig config, PointerByReference report, PointerByReference error);
    int inc_report_opset(Pointer report);
    int inc_report_dtype(Pointer report);
    long inc_report_n_nodes(Pointer report);
    long inc_report_bytes(Pointer report);
    long inc_report_n_warnings(Pointer report);
    String inc_report_warning(Pointer report, long i);
    void inc_report_free(Pointer report);
}
