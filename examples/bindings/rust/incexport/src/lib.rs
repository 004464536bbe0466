// SPDX-License-Identifier: Apache-2.0
//! PyTorch model files to ONNX: libincexport, safe. Errors have parts, callbacks are closures, a panic in one
//! ends the call and goes on behind it.
//!
//! ```no_run
//! # fn main() -> Result<(), incexport::Error> {
//! let config = incexport::Config { dtype: incexport::Dtype::Fp32, ..Default::default() };
//! incexport::Model::open("model.pt")?.export_file("model.onnx", config)?;
//! # Ok(())
//! # }
//! ```
use incexport_sys as sys;
use std::any::Any;
use std::ffi::{CStr, CString};
use std::os::raw::{c_char, c_int, c_void};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::path::Path;
use std::ptr::{null, null_mut};
use std::{fmt, io, mem};

/// What a model has and cannot be exported, where it was met first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    pub op: Option<String>,
    pub reason: Option<String>,
    pub hint: Option<String>,
    pub python: Option<String>,
    pub entry: Option<String>,
    pub scope: Option<String>,
    pub count: u64,
    pub line: u32,
    pub column: u32,
}

/// What went wrong; parts are None (numbers: 0) where they are not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Error {
    /// One of the INC_E_ values.
    pub code: i32,
    pub message: String,
    pub reason: Option<String>,
    pub hint: Option<String>,
    pub stage: Option<String>,
    pub entry: Option<String>,
    pub line: u32,
    pub column: u32,
    pub python: Option<String>,
    pub operator: Option<String>,
    pub scope: Option<String>,
    pub unsupported: Vec<Unsupported>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

pub const E_ARGUMENT: i32 = -2;
pub const E_UNSUPPORTED: i32 = -6;
pub const E_CANCELLED: i32 = -10;

fn text(s: *const c_char) -> Option<String> {
    if s.is_null() {
        return None;
    }
    Some(unsafe { CStr::from_ptr(s) }.to_string_lossy().into_owned())
}

/// Takes the error, and frees it.
fn check(status: i32, error: *mut sys::inc_error) -> Result<(), Error> {
    if status == 0 {
        return Ok(());
    }
    unsafe {
        let message = if error.is_null() { sys::inc_status_name(status) } else { sys::inc_error_message(error) };
        let unsupported = (0..sys::inc_error_n_unsupported(error))
            .map(|i| &*sys::inc_error_unsupported(error, i))
            .map(|u| Unsupported {
                op: text(u.op),
                reason: text(u.reason),
                hint: text(u.hint),
                python: text(u.python),
                entry: text(u.entry),
                scope: text(u.scope),
                count: u.count,
                line: u.line,
                column: u.column,
            })
            .collect();
        let found = Error {
            code: status,
            message: text(message).unwrap_or_default(),
            reason: text(sys::inc_error_reason(error)),
            hint: text(sys::inc_error_hint(error)),
            stage: text(sys::inc_error_stage(error)),
            entry: text(sys::inc_error_entry(error)),
            line: sys::inc_error_line(error),
            column: sys::inc_error_column(error),
            python: text(sys::inc_error_python(error)),
            operator: text(sys::inc_error_operator(error)),
            scope: text(sys::inc_error_scope(error)),
            unsupported,
        };
        sys::inc_error_free(error);
        Err(found)
    }
}

fn c_text(s: &str) -> Result<CString, Error> {
    CString::new(s).map_err(|_| argument(format!("{:?} holds a NUL", s)))
}

fn argument(message: String) -> Error {
    Error { code: E_ARGUMENT, message, ..Default::default() }
}

fn c_path(path: &Path) -> Result<CString, Error> {
    use std::os::unix::ffi::OsStrExt;
    CString::new(path.as_os_str().as_bytes()).map_err(|_| argument(format!("{:?} holds a NUL", path)))
}

macro_rules! values {
    ($($(#[$doc:meta])* $name:ident { $($value:ident = $number:expr),* })*) => {
        $($(#[$doc])* #[derive(Debug, Clone, Copy, PartialEq, Eq)] #[repr(u32)]
          pub enum $name { $($value = $number),* })*
    };
}

values! {
    Dtype { Fp32 = 0, Int8 = 1, Auto = 2 }
    QuantFormat { Qdq = 0, QLinear = 1 }
    Recipe { QdqOpFp32Bias = 0, QdqOpInt32Bias = 1, QdqOpFp32BiasQdq = 2 }
    Activations { Auto = 0, Source = 1, Uint8 = 2, Int8 = 3 }
    ExternalData { Auto = 0, Never = 1, Always = 2 }
    State { Fail = 0, Io = 1, Drop = 2 }
    Names { Torch = 0, Hf = 1 }
    LogLevel { Error = 0, Warning = 1, Info = 2, Debug = 3 }
    Element { Uint8 = 0, Int8 = 1, Int16 = 2, Int32 = 3, Int64 = 4, Float16 = 5, Float32 = 6, Float64 = 7,
              Complex64 = 9, Complex128 = 10, Bool = 11, Bfloat16 = 15, Uint16 = 27, Uint32 = 28, Uint64 = 29 }
}

/// An example input; data in C order, empty where type and shape are enough.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    pub name: Option<String>,
    pub shape: Vec<i64>,
    pub element: Element,
    pub data: Option<&'a [u8]>,
}

type Log<'a> = Box<dyn FnMut(u32, &str) + 'a>;
/// True cancels.
type Progress<'a> = Box<dyn FnMut(&str, u64, u64) -> bool + 'a>;

/// The lowest opset from the default on that says the model best.
pub const OPSET_AUTO: u32 = 0;

/// What is to be exported, and how; the defaults are the library's.
pub struct Config<'a> {
    pub dtype: Dtype,
    /// Or OPSET_AUTO.
    pub opset_version: u32,
    pub quant_format: QuantFormat,
    pub recipe: Recipe,
    pub example_inputs: Vec<Input<'a>>,
    pub input_names: Vec<String>,
    pub output_names: Vec<String>,
    /// As torch.onnx.export takes them, in JSON: {"image": {"0": "batch"}}
    pub dynamic_axes: Option<String>,
    pub external_data: ExternalData,
    pub log_level: LogLevel,
    pub log: Option<Log<'a>>,
    pub progress: Option<Progress<'a>>,
    pub memory_limit: u64,
    pub program: Option<String>,
    pub method: Option<String>,
    pub allow_contrib_ops: bool,
    pub state: State,
    pub names: Names,
    pub activations: Activations,
    pub durable: bool,
    pub work_limit: u64,
    /// Lines of the model's metadata_props: keys and values.
    pub metadata: Vec<(String, String)>,
    /// Namespaces of operators that have no form in ONNX, and the domains of the nodes that they become.
    pub custom_domains: Vec<(String, String)>,
    pub producer: Option<String>,
    /// Nothing is taken from the example that may be otherwise.
    pub strict: bool,
    /// Attention and RMS norm as single operators, of opset 23.
    pub fuse: bool,
    /// Quantized average pools and resizes as runtimes run them on integers, though these round otherwise than PyTorch.
    pub integer_kernels: bool,
    /// Turns of a loop that are unrolled; 0: the default.
    pub unroll_limit: u32,
}

impl Default for Config<'_> {
    fn default() -> Self {
        Config {
            dtype: Dtype::Int8,
            opset_version: 14,
            quant_format: QuantFormat::Qdq,
            recipe: Recipe::QdqOpFp32Bias,
            example_inputs: vec![],
            input_names: vec![],
            output_names: vec![],
            dynamic_axes: None,
            external_data: ExternalData::Auto,
            log_level: LogLevel::Warning,
            log: None,
            progress: None,
            memory_limit: 0,
            program: None,
            method: None,
            allow_contrib_ops: true,
            state: State::Fail,
            names: Names::Torch,
            activations: Activations::Auto,
            durable: false,
            work_limit: 0,
            metadata: vec![],
            custom_domains: vec![],
            producer: None,
            strict: false,
            fuse: false,
            integer_kernels: false,
            unroll_limit: 0,
        }
    }
}

struct Axes(*mut sys::inc_dynamic_axes);

impl Drop for Axes {
    fn drop(&mut self) {
        unsafe { sys::inc_dynamic_axes_free(self.0) }
    }
}

/// What callbacks are called with; a panic waits here until the library has returned.
struct Hooks<'a, 'w> {
    log: Option<Log<'a>>,
    progress: Option<Progress<'a>>,
    write: Option<&'w mut dyn io::Write>,
    panic: Option<Box<dyn Any + Send>>,
}

impl Hooks<'_, '_> {
    fn guard(&mut self, f: impl FnOnce(&mut Self) -> bool) -> c_int {
        if self.panic.is_some() {
            return 1;
        }
        match catch_unwind(AssertUnwindSafe(|| f(self))) {
            Ok(stop) => stop as c_int,
            Err(panic) => {
                self.panic = Some(panic);
                1
            }
        }
    }
}

unsafe extern "C" fn on_log(level: u32, line: *const c_char, data: *mut c_void) {
    let hooks = &mut *(data as *mut Hooks);
    let line = text(line).unwrap_or_default();
    hooks.guard(|h| {
        if let Some(log) = h.log.as_mut() {
            log(level, &line)
        }
        false
    });
}

unsafe extern "C" fn on_progress(stage: *const c_char, done: u64, total: u64, data: *mut c_void) -> c_int {
    let hooks = &mut *(data as *mut Hooks);
    let stage = text(stage).unwrap_or_default();
    hooks.guard(|h| h.progress.as_mut().map_or(false, |p| p(&stage, done, total)))
}

unsafe extern "C" fn on_write(bytes: *const c_void, size: usize, data: *mut c_void) -> c_int {
    let hooks = &mut *(data as *mut Hooks);
    if size == 0 {
        return 0;
    }
    let bytes = std::slice::from_raw_parts(bytes as *const u8, size);
    hooks.guard(|h| h.write.as_mut().map_or(true, |w| w.write_all(bytes).is_err()))
}

/// Calls f with the config as C has it.
fn with_config<R>(
    config: Config<'_>, write: Option<&mut dyn io::Write>,
    f: impl FnOnce(&sys::Torch2ONNXConfig, *mut c_void) -> R,
) -> Result<R, Error> {
    let mut c: sys::Torch2ONNXConfig = unsafe { mem::zeroed() };
    check(unsafe { sys::inc_torch2onnx_config_init(&mut c, mem::size_of_val(&c)) }, null_mut())?;
    c.dtype = config.dtype as u32;
    c.opset_version = config.opset_version;
    c.quant_format = config.quant_format as u32;
    c.recipe = config.recipe as u32;
    c.external_data = config.external_data as u32;
    c.log_level = config.log_level as u32;
    c.memory_limit = config.memory_limit;
    c.work_limit = config.work_limit;
    c.allow_contrib_ops = config.allow_contrib_ops as u32;
    c.state = config.state as u32;
    c.names = config.names as u32;
    c.activations = config.activations as u32;
    c.durable = config.durable as u32;
    c.strict = config.strict as u32;
    c.fuse = config.fuse as u32;
    c.integer_kernels = config.integer_kernels as u32;
    c.unroll_limit = config.unroll_limit;

    let names = |all: &[String]| all.iter().map(|n| c_text(n)).collect::<Result<Vec<_>, _>>();
    let pointers = |all: &[CString]| all.iter().map(|n| n.as_ptr()).collect::<Vec<_>>();
    let program = config.program.as_deref().map(c_text).transpose()?;
    c.program = program.as_ref().map_or(null(), |p| p.as_ptr());
    let method = config.method.as_deref().map(c_text).transpose()?;
    c.method = method.as_ref().map_or(null(), |m| m.as_ptr());
    let producer = config.producer.as_deref().map(c_text).transpose()?;
    c.producer = producer.as_ref().map_or(null(), |p| p.as_ptr());
    let lines = config.metadata.iter().map(|(k, v)| Ok((c_text(k)?, c_text(v)?))).collect::<Result<Vec<_>, Error>>()?;
    let metadata = lines.iter().map(|(k, v)| sys::inc_metadata { key: k.as_ptr(), value: v.as_ptr() }).collect::<Vec<_>>();
    if !metadata.is_empty() {
        c.metadata = metadata.as_ptr();
        c.n_metadata = metadata.len();
        c.metadata_size = mem::size_of::<sys::inc_metadata>();
    }
    let pairs = config.custom_domains.iter().map(|(k, v)| Ok((c_text(k)?, c_text(v)?)));
    let pairs = pairs.collect::<Result<Vec<_>, Error>>()?;
    let domains = pairs.iter().map(|(k, v)| sys::inc_custom_domain { name_space: k.as_ptr(), domain: v.as_ptr() });
    let domains = domains.collect::<Vec<_>>();
    if !domains.is_empty() {
        c.custom_domains = domains.as_ptr();
        c.n_custom_domains = domains.len();
        c.custom_domain_size = mem::size_of::<sys::inc_custom_domain>();
    }
    let (inputs, outputs) = (names(&config.input_names)?, names(&config.output_names)?);
    let (input_names, output_names) = (pointers(&inputs), pointers(&outputs));
    if !inputs.is_empty() {
        c.input_names = input_names.as_ptr();
        c.n_input_names = input_names.len();
    }
    if !outputs.is_empty() {
        c.output_names = output_names.as_ptr();
        c.n_output_names = output_names.len();
    }
    let labels = config.example_inputs.iter().map(|i| i.name.as_deref().map(c_text).transpose());
    let labels = labels.collect::<Result<Vec<_>, _>>()?;
    let mut tensors = vec![];
    for (input, label) in config.example_inputs.iter().zip(&labels) {
        tensors.push(tensor(input, label)?);
    }
    if !tensors.is_empty() {
        c.example_inputs = tensors.as_ptr();
        c.n_example_inputs = tensors.len();
        c.example_input_size = mem::size_of::<sys::inc_tensor>();
    }
    let mut axes = Axes(null_mut());
    if let Some(json) = &config.dynamic_axes {
        let (json, mut error) = (c_text(json)?, null_mut());
        check(unsafe { sys::inc_dynamic_axes_parse(json.as_ptr(), null(), &mut axes.0, &mut error) }, error)?;
        c.dynamic_axes = unsafe { sys::inc_dynamic_axes_items(axes.0) };
        c.n_dynamic_axes = unsafe { sys::inc_dynamic_axes_count(axes.0) };
        c.dynamic_axis_size = mem::size_of::<sys::inc_dynamic_axis>();
    }
    let mut hooks = Hooks { log: config.log, progress: config.progress, write, panic: None };
    let data = &mut hooks as *mut Hooks as *mut c_void;
    c.log = Some(on_log);
    c.log_data = data;
    c.progress = Some(on_progress);
    c.progress_data = data;
    let result = f(&c, data);
    match hooks.panic.take() {
        Some(panic) => resume_unwind(panic),
        None => Ok(result),
    }
}

fn tensor(input: &Input, label: &Option<CString>) -> Result<sys::inc_tensor, Error> {
    let size = match input.element {
        Element::Uint8 | Element::Int8 | Element::Bool => 1,
        Element::Int16 | Element::Float16 | Element::Bfloat16 | Element::Uint16 => 2,
        Element::Int32 | Element::Float32 | Element::Uint32 => 4,
        Element::Complex128 => 16,
        _ => 8,
    };
    let numel = input.shape.iter().try_fold(size, |n: usize, &d| n.checked_mul(usize::try_from(d).ok()?));
    if let Some(data) = input.data {
        if numel != Some(data.len()) {
            return Err(argument(format!("an input of shape {:?} has {} bytes of data", input.shape, data.len())));
        }
    }
    Ok(sys::inc_tensor {
        name: label.as_ref().map_or(null(), |n| n.as_ptr()),
        data: input.data.map_or(null(), |d| d.as_ptr() as *const c_void),
        shape: input.shape.as_ptr(),
        rank: input.shape.len(),
        element: input.element as u32,
        reserved0: 0,
    })
}

/// What came out of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub opset: u32,
    pub is_int8: bool,
    pub n_nodes: u64,
    pub bytes: u64,
    pub external_bytes: u64,
    pub warnings: Vec<String>,
}

/// Takes the report, and frees it.
fn report_of(report: *mut sys::inc_report) -> Report {
    unsafe {
        let found = Report {
            opset: sys::inc_report_opset(report),
            is_int8: sys::inc_report_dtype(report) == Dtype::Int8 as u32,
            n_nodes: sys::inc_report_n_nodes(report),
            bytes: sys::inc_report_bytes(report),
            external_bytes: sys::inc_report_external_bytes(report),
            warnings: (0..sys::inc_report_n_warnings(report))
                .map(|i| text(sys::inc_report_warning(report, i)).unwrap_or_default())
                .collect(),
        };
        sys::inc_report_free(report);
        found
    }
}

/// An input of a model. shape: None when not known; -1: not fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub name: Option<String>,
    pub shape: Option<Vec<i64>>,
    pub dtype: Option<String>,
}

/// What a model file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    pub kind: Option<String>,
    pub torch_version: Option<String>,
    pub class_name: Option<String>,
    pub is_quantized: bool,
    pub inputs: Vec<Value>,
    pub n_weights: u64,
}

/// A model file, opened. It may move to another thread; one uses it at a time.
pub struct Model(*mut sys::inc_model);

unsafe impl Send for Model {}

impl Drop for Model {
    fn drop(&mut self) {
        unsafe { sys::inc_model_free(self.0) }
    }
}

impl Model {
    pub fn open(path: impl AsRef<Path>) -> Result<Model, Error> {
        let (path, mut model, mut error) = (c_path(path.as_ref())?, null_mut(), null_mut());
        check(unsafe { sys::inc_model_open_file(path.as_ptr(), null(), &mut model, &mut error) }, error)?;
        Ok(Model(model))
    }

    /// Lays a quantized checkpoint over an FP32 model.
    pub fn attach_checkpoint(&mut self, path: impl AsRef<Path>) -> Result<(), Error> {
        let (path, mut error) = (c_path(path.as_ref())?, null_mut());
        check(unsafe { sys::inc_model_attach_checkpoint(self.0, path.as_ptr(), &mut error) }, error)
    }

    pub fn inspect(&mut self) -> Result<Info, Error> {
        let mut error = null_mut();
        unsafe {
            check(sys::inc_model_inspect(self.0, &mut error), error)?;
            Ok(Info {
                kind: text(sys::inc_model_kind_name(sys::inc_model_get_kind(self.0))),
                torch_version: text(sys::inc_model_torch_version(self.0)),
                class_name: text(sys::inc_model_class_name(self.0)),
                is_quantized: sys::inc_model_is_quantized(self.0) == 1,
                inputs: (0..sys::inc_model_n_inputs(self.0)).map(|i| value(&*sys::inc_model_input(self.0, i))).collect(),
                n_weights: sys::inc_model_n_weights(self.0),
            })
        }
    }

    /// All that an export does but writing.
    pub fn plan(&mut self, config: Config) -> Result<Report, Error> {
        let (mut report, mut error) = (null_mut(), null_mut());
        let model = self.0;
        let status = with_config(config, None, |c, _| unsafe { sys::inc_plan(model, c, &mut report, &mut error) })?;
        check(status, error)?;
        Ok(report_of(report))
    }

    pub fn export_file(&mut self, path: impl AsRef<Path>, config: Config) -> Result<Report, Error> {
        let path = c_path(path.as_ref())?;
        self.run(config, None, |output, _| output.path = path.as_ptr())
    }

    /// Models whose weights need a second file are an error.
    pub fn export_to(&mut self, write: &mut dyn io::Write, config: Config) -> Result<Report, Error> {
        self.run(config, Some(write), |output, data| {
            output.write = Some(on_write);
            output.write_data = data;
        })
    }

    fn run(
        &mut self, config: Config, write: Option<&mut dyn io::Write>,
        set: impl FnOnce(&mut sys::inc_output, *mut c_void),
    ) -> Result<Report, Error> {
        let (mut report, mut error) = (null_mut(), null_mut());
        let mut output: sys::inc_output = unsafe { mem::zeroed() };
        output.struct_size = mem::size_of_val(&output);
        let model = self.0;
        let status = with_config(config, write, |c, data| {
            set(&mut output, data);
            unsafe { sys::inc_export(model, &output, c, &mut report, &mut error) }
        })?;
        check(status, error)?;
        Ok(report_of(report))
    }
}

unsafe fn value(v: &sys::inc_value) -> Value {
    let shape = match (v.is_known, v.shape.is_null()) {
        (0, _) => None,
        (_, true) => (v.rank == 0).then(Vec::new),
        _ => Some(std::slice::from_raw_parts(v.shape, v.rank).to_vec()),
    };
    let dtype = if v.is_known == 0 { None } else { text(sys::inc_element_name(v.element)) };
    Value { name: text(v.name), shape, dtype }
}

/// The version of the library that is running.
pub fn version() -> String {
    text(unsafe { sys::inc_version() }).unwrap_or_default()
}
