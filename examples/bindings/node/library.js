// SPDX-License-Identifier: Apache-2.0
// The C library through koffi: its structs and functions. It is the one that INCEXPORT_LIBRARY names, or the loader's.
'use strict';
const koffi = require('koffi');

const LIBRARY = koffi.load(process.env.INCEXPORT_LIBRARY || 'libincexport.so.0');

const Log = koffi.proto('void inc_log_fn(uint32_t level, const char *line, void *data)');
const Progress = koffi.proto('int inc_progress_fn(const char *stage, uint64_t done, uint64_t total, void *data)');
const Write = koffi.proto('int inc_write_fn(const void *bytes, size_t size, void *data)');

const structs = {};
function struct(name, text) {
    const fields = {};
    for (const field of text.trim().split(/\s*,\s*/)) {
        const at = field.lastIndexOf(' ');
        fields[field.slice(at + 1)] = field.slice(0, at);
    }
    structs[name] = koffi.struct(name, fields);
}

struct('inc_tensor', 'const char * name, const void * data, int64_t * shape, size_t rank, uint32_t element, uint32_t reserved0');
struct('inc_dynamic_axis', 'const char * name, const char * symbol, int64_t axis');
struct('Torch2ONNXConfig', `size_t struct_size, uint32_t dtype, uint32_t opset_version, uint32_t quant_format,
    uint32_t recipe, void * example_inputs, size_t n_example_inputs, size_t example_input_size,
    void * input_names, size_t n_input_names, void * output_names, size_t n_output_names,
    void * dynamic_axes, size_t n_dynamic_axes, size_t dynamic_axis_size, uint32_t external_data,
    uint32_t log_level, inc_log_fn * log, void * log_data, inc_progress_fn * progress,
    void * progress_data, void * allocator, uint64_t memory_limit, const char * program,
    uint32_t allow_contrib_ops, uint32_t target, uint32_t state, uint32_t names,
    uint32_t activations, uint32_t durable, uint64_t work_limit, const char * method,
    void * metadata, size_t n_metadata, size_t metadata_size, const char * producer,
    void * custom_domains, size_t n_custom_domains, size_t custom_domain_size, void * lower, void * lower_data,
    uint32_t unroll_limit, uint32_t strict, uint32_t fuse, uint32_t integer_kernels`);
struct('inc_output', `size_t struct_size, const char * path, inc_write_fn * write, void * write_data,
    inc_write_fn * write_external, void * write_external_data, const char * external_name,
    inc_write_fn * write_state, void * write_state_data`);
struct('inc_model_options', `size_t struct_size, void * allocator, uint64_t memory_limit,
    uint64_t work_limit, const char * method`);
struct('inc_value', `const char * name, int64_t * shape, void * symbols, size_t rank, uint32_t element,
    uint32_t is_known`);
struct('inc_unsupported', `size_t struct_size, const char * op, const char * reason, const char * hint,
    const char * python, const char * entry, const char * scope, uint64_t count, uint32_t line, uint32_t column`);

const lib = {};
for (const line of `
    const char *inc_version()
    const char *inc_status_name(int32_t status)
    const char *inc_error_message(void *error)
    const char *inc_error_reason(void *error)
    const char *inc_error_hint(void *error)
    const char *inc_error_stage(void *error)
    const char *inc_error_entry(void *error)
    uint32_t inc_error_line(void *error)
    uint32_t inc_error_column(void *error)
    const char *inc_error_python(void *error)
    const char *inc_error_operator(void *error)
    const char *inc_error_scope(void *error)
    size_t inc_error_n_unsupported(void *error)
    inc_unsupported *inc_error_unsupported(void *error, size_t i)
    void inc_error_free(void *error)
    const char *inc_element_name(uint32_t element)
    int32_t inc_element_from_name(const char *name, _Out_ uint32_t *element)
    int32_t inc_torch2onnx_config_init(_Inout_ Torch2ONNXConfig *config, size_t size)
    int32_t inc_dtype_from_name(const char *name, _Out_ uint32_t *value)
    const char *inc_dtype_name(uint32_t value)
    int32_t inc_quant_format_from_name(const char *name, _Out_ uint32_t *value)
    int32_t inc_recipe_from_name(const char *name, _Out_ uint32_t *value)
    int32_t inc_activations_from_name(const char *name, _Out_ uint32_t *value)
    int32_t inc_state_from_name(const char *name, _Out_ uint32_t *value)
    int32_t inc_names_from_name(const char *name, _Out_ uint32_t *value)
    int32_t inc_external_data_from_name(const char *name, _Out_ uint32_t *value)
    int32_t inc_dynamic_axes_parse(const char *json, void *allocator, _Out_ void **axes, _Out_ void **error)
    size_t inc_dynamic_axes_count(void *axes)
    void *inc_dynamic_axes_items(void *axes)
    void inc_dynamic_axes_free(void *axes)
    int32_t inc_model_open_file(const char *path, inc_model_options *options, _Out_ void **model, _Out_ void **error)
    int32_t inc_model_open_memory(const void *bytes, size_t size, inc_model_options *options, _Out_ void **model, _Out_ void **error)
    int32_t inc_model_attach_checkpoint(void *model, const char *path, _Out_ void **error)
    void inc_model_free(void *model)
    int32_t inc_model_inspect(void *model, _Out_ void **error)
    uint32_t inc_model_get_kind(void *model)
    const char *inc_model_kind_name(uint32_t kind)
    const char *inc_model_torch_version(void *model)
    const char *inc_model_class_name(void *model)
    const char *inc_model_contents(void *model)
    uint32_t inc_model_is_quantized(void *model)
    size_t inc_model_n_inputs(void *model)
    inc_value *inc_model_input(void *model, size_t i)
    size_t inc_model_n_outputs(void *model)
    inc_value *inc_model_output(void *model, size_t i)
    uint64_t inc_model_n_weights(void *model)
    uint64_t inc_model_weight_bytes(void *model)
    int32_t inc_export(void *model, inc_output *output, Torch2ONNXConfig *config, _Out_ void **report, _Out_ void **error)
    int32_t inc_plan(void *model, Torch2ONNXConfig *config, _Out_ void **report, _Out_ void **error)
    uint32_t inc_report_opset(void *report)
    uint32_t inc_report_dtype(void *report)
    uint64_t inc_report_n_nodes(void *report)
    uint64_t inc_report_bytes(void *report)
    uint64_t inc_report_external_bytes(void *report)
    size_t inc_report_n_inputs(void *report)
    inc_value *inc_report_input(void *report, size_t i)
    size_t inc_report_n_outputs(void *report)
    inc_value *inc_report_output(void *report, size_t i)
    size_t inc_report_n_warnings(void *report)
    const char *inc_report_warning(void *report, size_t i)
    void inc_report_free(void *report)`.trim().split('\n')) {
    lib[line.match(/(\w+)\(/)[1]] = LIBRARY.func(line.trim());
}

module.exports = { koffi, lib, structs, Log, Progress, Write };
