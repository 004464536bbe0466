// SPDX-License-Identifier: Apache-2.0
//! libincexport's structs and functions as the C headers have them; the crate incexport makes them safe.
#![allow(non_camel_case_types)]
use std::os::raw::{c_char, c_int, c_void};

pub enum inc_error {}
pub enum inc_model {}
pub enum inc_report {}
pub enum inc_dynamic_axes {}
pub enum inc_allocator {}

pub type inc_log_fn = Option<unsafe extern "C" fn(u32, *const c_char, *mut c_void)>;
pub type inc_progress_fn = Option<unsafe extern "C" fn(*const c_char, u64, u64, *mut c_void) -> c_int>;
pub type inc_write_fn = Option<unsafe extern "C" fn(*const c_void, usize, *mut c_void) -> c_int>;

macro_rules! structs {
    ($($name:ident { $($field:ident: $type:ty,)* })*) => {
        $(#[repr(C)] #[derive(Clone, Copy)] pub struct $name { $(pub $field: $type,)* })*
        /// Each struct: its name, its size, and the name, offset and size of each field.
        #[allow(clippy::type_complexity)]
        pub fn layout() -> Vec<(&'static str, usize, Vec<(&'static str, usize, usize)>)> {
            vec![$((stringify!($name), std::mem::size_of::<$name>(), {
                let place = std::mem::MaybeUninit::<$name>::uninit();
                let start = place.as_ptr();
                vec![$((stringify!($field),
                        unsafe { std::ptr::addr_of!((*start).$field) as usize } - start as usize,
                        std::mem::size_of::<$type>()),)*]
            }),)*]
        }
    };
}

structs! {
    inc_tensor {
        name: *const c_char, data: *const c_void, shape: *const i64, rank: usize, element: u32, reserved0: u32,
    }
    inc_dynamic_axis { name: *const c_char, symbol: *const c_char, axis: i64, }
    inc_custom_domain { name_space: *const c_char, domain: *const c_char, }
    inc_metadata { key: *const c_char, value: *const c_char, }
    Torch2ONNXConfig {
        struct_size: usize, dtype: u32, opset_version: u32, quant_format: u32, recipe: u32,
        example_inputs: *const inc_tensor, n_example_inputs: usize, example_input_size: usize,
        input_names: *const *const c_char, n_input_names: usize,
        output_names: *const *const c_char, n_output_names: usize,
        dynamic_axes: *const inc_dynamic_axis, n_dynamic_axes: usize, dynamic_axis_size: usize,
        external_data: u32, log_level: u32, log: inc_log_fn, log_data: *mut c_void,
        progress: inc_progress_fn, progress_data: *mut c_void, allocator: *const inc_allocator,
        memory_limit: u64, program: *const c_char, allow_contrib_ops: u32, target: u32, state: u32, names: u32,
        activations: u32, durable: u32, work_limit: u64,
        method: *const c_char, metadata: *const inc_metadata, n_metadata: usize, metadata_size: usize,
        producer: *const c_char,
        custom_domains: *const inc_custom_domain, n_custom_domains: usize, custom_domain_size: usize,
        lower: *const c_void, lower_data: *mut c_void, unroll_limit: u32, strict: u32,
        fuse: u32, integer_kernels: u32,
    }
    inc_output {
        struct_size: usize, path: *const c_char, write: inc_write_fn, write_data: *mut c_void,
        write_external: inc_write_fn, write_external_data: *mut c_void, external_name: *const c_char,
        write_state: inc_write_fn, write_state_data: *mut c_void,
    }
    inc_model_options { struct_size: usize, allocator: *const inc_allocator, memory_limit: u64, work_limit: u64,
        method: *const c_char, }
    inc_value {
        name: *const c_char, shape: *const i64, symbols: *const *const c_char, rank: usize, element: u32,
        is_known: u32,
    }
    inc_unsupported {
        struct_size: usize, op: *const c_char, reason: *const c_char, hint: *const c_char, python: *const c_char,
        entry: *const c_char, scope: *const c_char, count: u64, line: u32, column: u32,
    }
}

extern "C" {
    pub fn inc_version() -> *const c_char;
    pub fn inc_status_name(status: i32) -> *const c_char;
    pub fn inc_error_message(error: *const inc_error) -> *const c_char;
    pub fn inc_error_reason(error: *const inc_error) -> *const c_char;
    pub fn inc_error_hint(error: *const inc_error) -> *const c_char;
    pub fn inc_error_stage(error: *const inc_error) -> *const c_char;
    pub fn inc_error_entry(error: *const inc_error) -> *const c_char;
    pub fn inc_error_line(error: *const inc_error) -> u32;
    pub fn inc_error_column(error: *const inc_error) -> u32;
    pub fn inc_error_python(error: *const inc_error) -> *const c_char;
    pub fn inc_error_operator(error: *const inc_error) -> *const c_char;
    pub fn inc_error_scope(error: *const inc_error) -> *const c_char;
    pub fn inc_error_n_unsupported(error: *const inc_error) -> usize;
    pub fn inc_error_unsupported(error: *const inc_error, i: usize) -> *const inc_unsupported;
    pub fn inc_error_free(error: *mut inc_error);
    pub fn inc_element_name(element: u32) -> *const c_char;
    pub fn inc_torch2onnx_config_init(config: *mut Torch2ONNXConfig, size: usize) -> i32;
    pub fn inc_dynamic_axes_parse(
        json: *const c_char, allocator: *const inc_allocator, axes: *mut *mut inc_dynamic_axes,
        error: *mut *mut inc_error,
    ) -> i32;
    pub fn inc_dynamic_axes_count(axes: *const inc_dynamic_axes) -> usize;
    pub fn inc_dynamic_axes_items(axes: *const inc_dynamic_axes) -> *const inc_dynamic_axis;
    pub fn inc_dynamic_axes_free(axes: *mut inc_dynamic_axes);
    pub fn inc_model_open_file(
        path: *const c_char, options: *const inc_model_options, model: *mut *mut inc_model,
        error: *mut *mut inc_error,
    ) -> i32;
    pub fn inc_model_attach_checkpoint(
        model: *mut inc_model, path: *const c_char, error: *mut *mut inc_error,
    ) -> i32;
    pub fn inc_model_free(model: *mut inc_model);
    pub fn inc_model_inspect(model: *mut inc_model, error: *mut *mut inc_error) -> i32;
    pub fn inc_model_get_kind(model: *const inc_model) -> u32;
    pub fn inc_model_kind_name(kind: u32) -> *const c_char;
    pub fn inc_model_torch_version(model: *const inc_model) -> *const c_char;
    pub fn inc_model_class_name(model: *const inc_model) -> *const c_char;
    pub fn inc_model_is_quantized(model: *const inc_model) -> u32;
    pub fn inc_model_n_inputs(model: *const inc_model) -> usize;
    pub fn inc_model_input(model: *const inc_model, i: usize) -> *const inc_value;
    pub fn inc_model_n_weights(model: *const inc_model) -> u64;
    pub fn inc_export(
        model: *mut inc_model, output: *const inc_output, config: *const Torch2ONNXConfig,
        report: *mut *mut inc_report, error: *mut *mut inc_error,
    ) -> i32;
    pub fn inc_plan(
        model: *mut inc_model, config: *const Torch2ONNXConfig, report: *mut *mut inc_report,
        error: *mut *mut inc_error,
    ) -> i32;
    pub fn inc_report_opset(report: *const inc_report) -> u32;
    pub fn inc_report_dtype(report: *const inc_report) -> u32;
    pub fn inc_report_n_nodes(report: *const inc_report) -> u64;
    pub fn inc_report_bytes(report: *const inc_report) -> u64;
    pub fn inc_report_external_bytes(report: *const inc_report) -> u64;
    pub fn inc_report_n_warnings(report: *const inc_report) -> usize;
    pub fn inc_report_warning(report: *const inc_report, i: usize) -> *const c_char;
    pub fn inc_report_free(report: *mut inc_report);
}
