// SPDX-License-Identifier: Apache-2.0
// libincexport for Node.js; index.d.ts says what there is. Calls are synchronous: use a worker for large models.
'use strict';
const { koffi, lib, structs, Log, Progress, Write } = require('./library.js');

const NAMED = {
    dtype: lib.inc_dtype_from_name, quant_format: lib.inc_quant_format_from_name, recipe: lib.inc_recipe_from_name,
    external_data: lib.inc_external_data_from_name, state: lib.inc_state_from_name, names: lib.inc_names_from_name,
    activations: lib.inc_activations_from_name,
};
const NUMBERS = ['memory_limit', 'work_limit', 'target', 'unroll_limit'];
const FLAGS = ['allow_contrib_ops', 'durable', 'strict', 'fuse', 'integer_kernels'];
const LEVELS = ['error', 'warning', 'info', 'debug'];
const OTHERS = ['example_inputs', 'input_names', 'output_names', 'dynamic_axes', 'program', 'method', 'log_level', 'log', 'progress',
    'opset_version', 'metadata', 'producer', 'custom_domains'];

class IncError extends Error {
    constructor(status, error) {
        super(lib.inc_error_message(error) || lib.inc_status_name(status));
        this.name = 'IncError';
        this.code = status;
        this.status = lib.inc_status_name(status);
        for (const part of ['reason', 'hint', 'stage', 'entry', 'line', 'column', 'python', 'operator', 'scope'])
            this[part] = lib['inc_error_' + part](error);
        this.unsupported = [];
        for (let i = 0; i < Number(lib.inc_error_n_unsupported(error)); i++) {
            const { struct_size, ...found } = koffi.decode(lib.inc_error_unsupported(error, i), structs.inc_unsupported);
            this.unsupported.push(found);
        }
        lib.inc_error_free(error);
    }
}

function check(status, error) {
    if (status !== 0)
        throw new IncError(status, error[0]);
}

function argument(text) {
    return Object.assign(new Error(text), { name: 'IncError', code: -2, status: 'INC_E_ARGUMENT' });
}

function named(field, given) {
    const value = [0];
    if (typeof given !== 'string' || NAMED[field](given, value) !== 0)
        throw argument(`${field} is ${JSON.stringify(given)}, which is none of its values`);
    return value[0];
}

// A config as C takes it, for one call. keep: what it points to, as koffi frees nothing of it before the end.
class Call {
    constructor(options = {}) {
        this.keep = [];
        this.callbacks = [];
        this.axes = [null];
        this.raised = [];
        const c = this.config = {};
        // Everything starts from the library's defaults; pointers among them are null.
        for (const field of Object.keys(koffi.introspect(structs.Torch2ONNXConfig).members))
            c[field] = /^(example_inputs|input_names|output_names|dynamic_axes|log|log_data|progress|progress_data|allocator|program|method|metadata|producer|custom_domains|lower|lower_data)$/
                .test(field) ? null : 0;
        lib.inc_torch2onnx_config_init(c, koffi.sizeof(structs.Torch2ONNXConfig));
        for (const field of Object.keys(options))
            if (!(field in NAMED) && ![...NUMBERS, ...FLAGS, ...OTHERS].includes(field))
                throw argument(`there is no ${field} in a config`);
        const set = (fields, f) => fields.filter((k) => options[k] !== undefined).forEach((k) => { c[k] = f(k, options[k]); });
        set(Object.keys(NAMED), named);
        set(NUMBERS, (k, v) => v);
        set(FLAGS, (k, v) => (v ? 1 : 0));
        if (options.program != null)
            c.program = options.program;
        if (options.method != null)
            c.method = options.method;
        if (options.producer != null)
            c.producer = options.producer;
        if (options.opset_version !== undefined) // "auto" is 0
            c.opset_version = options.opset_version === 'auto' ? 0 : options.opset_version;
        this.setArrays(options);
        this.setCallbacks(options);
    }

    alloc(type, values) {
        if (values.length === 0)
            return null;
        const memory = koffi.alloc(type, values.length);
        koffi.encode(memory, koffi.array(type, values.length), values);
        this.keep.push(memory);
        return memory;
    }

    texts(names) {
        const bytes = names.map((n) => {
            const text = Buffer.from(n + '\0');
            return this.alloc('uint8_t', [...text]);
        });
        return this.alloc('void *', bytes);
    }

    setArrays(options) {
        const c = this.config;
        if (options.example_inputs) {
            const tensors = options.example_inputs.map((input) => this.tensor(input));
            c.example_inputs = this.alloc(structs.inc_tensor, tensors);
            c.n_example_inputs = tensors.length;
            c.example_input_size = koffi.sizeof(structs.inc_tensor);
        }
        for (const field of ['input_names', 'output_names']) {
            if (options[field]) {
                c[field] = this.texts(options[field]);
                c['n_' + field] = options[field].length;
            }
        }
        if (options.metadata) { // inc_metadata is two pointers
            const lines = Object.entries(options.metadata);
            c.metadata = this.texts(lines.flat());
            c.n_metadata = lines.length;
        }
        if (options.custom_domains) { // the same
            const domains = Object.entries(options.custom_domains);
            c.custom_domains = this.texts(domains.flat());
            c.n_custom_domains = domains.length;
        }
        if (options.dynamic_axes) {
            const error = [null];
            check(lib.inc_dynamic_axes_parse(JSON.stringify(options.dynamic_axes), null, this.axes, error), error);
            c.dynamic_axes = lib.inc_dynamic_axes_items(this.axes[0]);
            c.n_dynamic_axes = lib.inc_dynamic_axes_count(this.axes[0]);
            c.dynamic_axis_size = koffi.sizeof(structs.inc_dynamic_axis);
        }
    }

    tensor({ name = null, shape, dtype = 'float32', data = null }) {
        const element = [0];
        if (lib.inc_element_from_name(dtype, element) !== 0)
            throw argument(`${JSON.stringify(dtype)} is no type of elements`);
        let bytes = null;
        if (data !== null) {
            const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
            bytes = this.alloc('uint8_t', view.length ? [...view] : [0]);
        }
        return { name: name === null ? null : name, data: bytes, shape: this.alloc('int64_t', shape.length ? shape : [0]),
                 rank: shape.length, element: element[0], reserved0: 0 };
    }

    // What callbacks throw ends the call and is thrown again behind it.
    register(type, callback) {
        const registered = koffi.register((...args) => {
            if (this.raised.length)
                return 1;
            try {
                return callback(...args) ? 1 : 0;
            } catch (error) {
                this.raised.push(error);
                return 1;
            }
        }, koffi.pointer(type));
        this.callbacks.push(registered);
        return registered;
    }

    setCallbacks(options) {
        const c = this.config;
        if (options.log_level !== undefined) {
            c.log_level = LEVELS.indexOf(options.log_level);
            if (c.log_level < 0)
                throw argument(`log_level is ${options.log_level}; it may be ${LEVELS.join(', ')}`);
        }
        if (options.log)
            c.log = this.register(Log, (level, line) => { options.log(LEVELS[level], line); });
        if (options.progress || options.log)
            c.progress = this.register(Progress, (stage, done, total) =>
                options.progress && options.progress(stage, Number(done), Number(total)) === true);
    }

    writer(write) {
        return this.register(Write, (bytes, size) => {
            write(Buffer.from(koffi.decode(bytes, koffi.array('uint8_t', Number(size), 'Typed'))));
        });
    }

    end() {
        lib.inc_dynamic_axes_free(this.axes[0]);
        this.callbacks.forEach((c) => koffi.unregister(c));
        this.keep.forEach((memory) => koffi.free(memory));
        if (this.raised.length)
            throw this.raised[0];
    }
}

function value(pointer) {
    const v = koffi.decode(pointer, structs.inc_value), rank = Number(v.rank);
    if (!v.is_known)
        return { name: v.name, shape: null, dtype: null };
    let shape = v.shape || rank === 0 ? [] : null;
    if (v.shape && rank) {
        shape = koffi.decode(v.shape, koffi.array('int64_t', rank, 'Array')).map(Number);
        if (v.symbols)
            shape = koffi.decode(v.symbols, koffi.array('str', rank)).map((s, i) => s || shape[i]);
    }
    return { name: v.name, shape, dtype: lib.inc_element_name(v.element) };
}

function each(count, get, handle) {
    return Array.from({ length: Number(count(handle)) }, (_, i) => get(handle, i));
}

function reportOf(r) {
    return {
        opset: lib.inc_report_opset(r), dtype: lib.inc_dtype_name(lib.inc_report_dtype(r)),
        n_nodes: Number(lib.inc_report_n_nodes(r)), bytes: Number(lib.inc_report_bytes(r)),
        external_bytes: Number(lib.inc_report_external_bytes(r)),
        inputs: each(lib.inc_report_n_inputs, lib.inc_report_input, r).map(value),
        outputs: each(lib.inc_report_n_outputs, lib.inc_report_output, r).map(value),
        warnings: each(lib.inc_report_n_warnings, lib.inc_report_warning, r),
    };
}

class Model {
    constructor(model, { memory_limit = 0, work_limit = 0, method = null } = {}) {
        const handle = [null], error = [null];
        const options = { struct_size: koffi.sizeof(structs.inc_model_options), allocator: null, memory_limit, work_limit, method };
        if (typeof model === 'string') {
            check(lib.inc_model_open_file(model, options, handle, error), error);
        } else {
            // koffi borrows a buffer for one call only; the library reads it for as long as the model lives.
            this.bytes = koffi.alloc('uint8_t', Math.max(model.byteLength, 1));
            koffi.encode(this.bytes, koffi.array('uint8_t', model.byteLength), model);
            check(lib.inc_model_open_memory(this.bytes, model.byteLength, options, handle, error), error);
        }
        this.handle = handle[0];
    }

    get open() {
        if (!this.handle)
            throw new Error('incexport: the model is closed');
        return this.handle;
    }

    close() {
        lib.inc_model_free(this.handle || null);
        this.handle = null;
        if (this.bytes)
            koffi.free(this.bytes);
        this.bytes = null;
    }

    attachCheckpoint(path) {
        const error = [null];
        check(lib.inc_model_attach_checkpoint(this.open, path, error), error);
        return this;
    }

    inspect() {
        const error = [null], m = this.open;
        check(lib.inc_model_inspect(m, error), error);
        return {
            kind: lib.inc_model_kind_name(lib.inc_model_get_kind(m)), torch_version: lib.inc_model_torch_version(m),
            class_name: lib.inc_model_class_name(m), contents: lib.inc_model_contents(m),
            is_quantized: lib.inc_model_is_quantized(m) === 1,
            inputs: each(lib.inc_model_n_inputs, lib.inc_model_input, m).map(value),
            outputs: each(lib.inc_model_n_outputs, lib.inc_model_output, m).map(value),
            n_weights: Number(lib.inc_model_n_weights(m)), weight_bytes: Number(lib.inc_model_weight_bytes(m)),
        };
    }

    run(config, work) {
        const call = new Call(config), report = [null], error = [null];
        let status, failure = null, result;
        try {
            status = work(call, report, error);
            failure = status !== 0 ? new IncError(status, error[0]) : null;
            result = failure ? null : reportOf(report[0]);
        } finally {
            lib.inc_report_free(report[0]);
            call.end();
        }
        if (failure)
            throw failure;
        return result;
    }

    plan(config) {
        return this.run(config, (call, report, error) => lib.inc_plan(this.open, call.config, report, error));
    }

    export(output, config, { external, external_name = null, state } = {}) {
        return this.run(config, (call, report, error) => {
            const to = (write) => (write ? call.writer(write) : null);
            const isPath = typeof output === 'string';
            return lib.inc_export(this.open, {
                struct_size: koffi.sizeof(structs.inc_output), path: isPath ? output : null,
                write: isPath ? null : to(output), write_data: null, write_external: to(external),
                write_external_data: null, external_name, write_state: to(state), write_state_data: null,
            }, call.config, report, error);
        });
    }
}

function exportModel(model, output, config, { quantized } = {}) {
    const opened = new Model(model, config);
    try {
        if (quantized)
            opened.attachCheckpoint(quantized);
        return opened.export(output, config);
    } finally {
        opened.close();
    }
}

function inspect(model) {
    const opened = new Model(model);
    try {
        return opened.inspect();
    } finally {
        opened.close();
    }
}

module.exports = { IncError, Model, export: exportModel, inspect, version: () => lib.inc_version() };
