// SPDX-License-Identifier: Apache-2.0

// Package incexport turns PyTorch model files into ONNX files: libincexport for Go, through cgo.
//
// cgo takes the structs from the C header, so that a field which is added there is there. Errors have parts,
// callbacks are functions; a panic in one ends the call and goes on behind it.
package incexport

/*
#cgo LDFLAGS: -lincexport
#include <stdlib.h>
#include <incexport/incexport.h>

extern void incLog(inc_log_level level, char *line, void *data);
extern int incProgress(char *stage, uint64_t done, uint64_t total, void *data);
extern int incWrite(void *bytes, size_t size, void *data);

static inline void set_hooks(Torch2ONNXConfig *c, uintptr_t data)
{
    c->log = (inc_log_fn)incLog;
    c->log_data = (void *)data;
    c->progress = (inc_progress_fn)incProgress;
    c->progress_data = (void *)data;
}

static inline void set_writer(inc_output *o, uintptr_t data)
{
    o->write = (inc_write_fn)incWrite;
    o->write_data = (void *)data;
}
*/
import "C"

import (
	"fmt"
	"io"
	"runtime/cgo"
	"sort"
	"unsafe"
)

// Unsupported is one of the things that a model has and that cannot be exported.
type Unsupported struct {
	Op, Reason, Hint, Python, Entry, Scope string
	Count                                  uint64
	Line, Column                           uint32
}

// Error is what went wrong; parts are "" and 0 where they are not known.
type Error struct {
	Code                                                int32 // one of the INC_E_ values
	Message                                             string
	Reason, Hint, Stage, Entry, Python, Operator, Scope string
	Line, Column                                        uint32
	Unsupported                                         []Unsupported
}

const (
	ErrArgument    = -2
	ErrIO          = -4
	ErrFormat      = -5
	ErrUnsupported = -6
	ErrCancelled   = -10
)

func (e *Error) Error() string { return e.Message }

// check takes the error, and frees it.
func check(status C.inc_status, e *C.inc_error) error {
	if status == C.INC_OK {
		return nil
	}
	defer C.inc_error_free(e)
	message := C.GoString(C.inc_error_message(e))
	if e == nil {
		message = C.GoString(C.inc_status_name(status))
	}
	found := &Error{Code: int32(status), Message: message,
		Reason: C.GoString(C.inc_error_reason(e)), Hint: C.GoString(C.inc_error_hint(e)),
		Stage: C.GoString(C.inc_error_stage(e)), Entry: C.GoString(C.inc_error_entry(e)),
		Python: C.GoString(C.inc_error_python(e)), Operator: C.GoString(C.inc_error_operator(e)),
		Scope: C.GoString(C.inc_error_scope(e)),
		Line:  uint32(C.inc_error_line(e)), Column: uint32(C.inc_error_column(e))}
	for i := C.size_t(0); i < C.inc_error_n_unsupported(e); i++ {
		u := C.inc_error_unsupported(e, i)
		found.Unsupported = append(found.Unsupported, Unsupported{
			Op: C.GoString(u.op), Reason: C.GoString(u.reason), Hint: C.GoString(u.hint),
			Python: C.GoString(u.python), Entry: C.GoString(u.entry), Scope: C.GoString(u.scope),
			Count: uint64(u.count), Line: uint32(u.line), Column: uint32(u.column)})
	}
	return found
}

func argument(format string, args ...any) error {
	return &Error{Code: ErrArgument, Message: fmt.Sprintf(format, args...)}
}

// Input is an example input; Data is nil where type and shape are enough, else in C order.
type Input struct {
	Name  string
	DType string
	Shape []int64
	Data  []byte
}

// OpsetAuto is the lowest opset from the default on that says the model best.
const OpsetAuto = 0

// Config is what is to be exported, and how; begin with NewConfig. Fields are those of Torch2ONNXConfig.
type Config struct {
	DType, QuantFormat, Recipe, ExternalData, State, Names, Activations string
	OpsetVersion                                                        uint32 // or OpsetAuto
	ExampleInputs                                                       []Input
	InputNames, OutputNames                                             []string
	DynamicAxes                                                         string // JSON: {"image": {"0": "batch"}}
	Program, Method, Producer                                           string
	Metadata                                                            map[string]string // lines of the model's metadata_props
	CustomDomains                                                       map[string]string // namespaces of operators without a form in ONNX -> domains
	NoContribOps, Durable                                               bool
	Fuse                                                                bool   // attention and RMS norm as single operators, of opset 23
	Strict                                                              bool   // nothing is taken from the example that may be otherwise
	UnrollLimit                                                         uint32 // turns of a loop that are unrolled; 0: the default
	MemoryLimit, WorkLimit                                              uint64
	LogLevel                                                            uint32 // 0 errors, 1 warnings, 2 info, 3 debug
	Log                                                                 func(level uint32, line string)
	Progress                                                            func(stage string, done, total uint64) bool // true cancels
}

// NewConfig has the library's defaults.
func NewConfig() *Config {
	return &Config{DType: "int8", QuantFormat: "QDQ", Recipe: "QDQ_OP_FP32_BIAS", ExternalData: "auto", State: "fail",
		Names: "torch", Activations: "auto", OpsetVersion: 14, LogLevel: 1}
}

// hooks is what callbacks are called with; a panic waits here until the library has returned.
type hooks struct {
	config *Config
	writer io.Writer
	panics any
	failed error
}

func (h *hooks) guard(f func() bool) (stop C.int) {
	if h.panics != nil {
		return 1
	}
	defer func() {
		if r := recover(); r != nil {
			h.panics, stop = r, 1
		}
	}()
	if f() {
		return 1
	}
	return 0
}

func of(data unsafe.Pointer) *hooks { return cgo.Handle(uintptr(data)).Value().(*hooks) }

//export incLog
func incLog(level C.inc_log_level, line *C.char, data unsafe.Pointer) {
	h := of(data)
	h.guard(func() bool {
		if h.config.Log != nil {
			h.config.Log(uint32(level), C.GoString(line))
		}
		return false
	})
}

//export incProgress
func incProgress(stage *C.char, done, total C.uint64_t, data unsafe.Pointer) C.int {
	h := of(data)
	return h.guard(func() bool {
		return h.config.Progress != nil && h.config.Progress(C.GoString(stage), uint64(done), uint64(total))
	})
}

//export incWrite
func incWrite(bytes unsafe.Pointer, size C.size_t, data unsafe.Pointer) C.int {
	h := of(data)
	return h.guard(func() bool {
		_, h.failed = h.writer.Write(unsafe.Slice((*byte)(bytes), int(size)))
		return h.failed != nil
	})
}

// memory is C memory that lasts for a call.
type memory []unsafe.Pointer

func (m *memory) text(s string) *C.char {
	p := C.CString(s)
	*m = append(*m, unsafe.Pointer(p))
	return p
}

func (m *memory) alloc(size int) unsafe.Pointer {
	p := C.calloc(1, C.size_t(size)+1)
	*m = append(*m, p)
	return p
}

func (m *memory) texts(all []string) (**C.char, C.size_t) {
	if len(all) == 0 {
		return nil, 0
	}
	p := m.alloc(len(all) * int(unsafe.Sizeof(uintptr(0))))
	for i, s := range all {
		unsafe.Slice((**C.char)(p), len(all))[i] = m.text(s)
	}
	return (**C.char)(p), C.size_t(len(all))
}

func (m *memory) free() {
	for _, p := range *m {
		C.free(p)
	}
}

func (m *memory) inputs(inputs []Input, c *C.Torch2ONNXConfig) error {
	if len(inputs) == 0 {
		return nil
	}
	c.example_input_size = C.sizeof_inc_tensor
	c.n_example_inputs = C.size_t(len(inputs))
	c.example_inputs = (*C.inc_tensor)(m.alloc(len(inputs) * C.sizeof_inc_tensor))
	for i, input := range inputs {
		t := &unsafe.Slice(c.example_inputs, len(inputs))[i]
		if C.inc_element_from_name(m.text(input.DType), &t.element) != C.INC_OK {
			return argument("%q is no type of elements", input.DType)
		}
		size := int64(C.inc_element_size(t.element))
		for _, n := range input.Shape {
			size *= n
		}
		if input.Data != nil && size != int64(len(input.Data)) {
			return argument("an input of shape %v has %d bytes of data", input.Shape, len(input.Data))
		}
		if input.Name != "" {
			t.name = m.text(input.Name)
		}
		t.rank = C.size_t(len(input.Shape))
		t.shape = (*C.int64_t)(m.alloc(8 * len(input.Shape)))
		for k, n := range input.Shape {
			unsafe.Slice(t.shape, len(input.Shape))[k] = C.int64_t(n)
		}
		if input.Data != nil {
			t.data = m.alloc(len(input.Data))
			copy(unsafe.Slice((*byte)(t.data), len(input.Data)), input.Data)
		}
	}
	return nil
}

func sortedKeys(lines map[string]string) []string {
	keys := make([]string, 0, len(lines))
	for key := range lines {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

func (m *memory) metadata(lines map[string]string, c *C.Torch2ONNXConfig) {
	if len(lines) == 0 {
		return
	}
	c.metadata_size, c.n_metadata = C.sizeof_inc_metadata, C.size_t(len(lines))
	c.metadata = (*C.inc_metadata)(m.alloc(len(lines) * C.sizeof_inc_metadata))
	for i, key := range sortedKeys(lines) {
		line := &unsafe.Slice(c.metadata, len(lines))[i]
		line.key, line.value = m.text(key), m.text(lines[key])
	}
}

func (m *memory) customDomains(domains map[string]string, c *C.Torch2ONNXConfig) {
	if len(domains) == 0 {
		return
	}
	c.custom_domain_size, c.n_custom_domains = C.sizeof_inc_custom_domain, C.size_t(len(domains))
	c.custom_domains = (*C.inc_custom_domain)(m.alloc(len(domains) * C.sizeof_inc_custom_domain))
	for i, key := range sortedKeys(domains) {
		domain := &unsafe.Slice(c.custom_domains, len(domains))[i]
		domain.name_space, domain.domain = m.text(key), m.text(domains[key])
	}
}

func (m *memory) fill(config *Config, c *C.Torch2ONNXConfig) error {
	for _, n := range []struct {
		field, given string
		status       C.inc_status
	}{
		{"DType", config.DType, C.inc_dtype_from_name(m.text(config.DType), &c.dtype)},
		{"QuantFormat", config.QuantFormat, C.inc_quant_format_from_name(m.text(config.QuantFormat), &c.quant_format)},
		{"Recipe", config.Recipe, C.inc_recipe_from_name(m.text(config.Recipe), &c.recipe)},
		{"ExternalData", config.ExternalData, C.inc_external_data_from_name(m.text(config.ExternalData), &c.external_data)},
		{"State", config.State, C.inc_state_from_name(m.text(config.State), &c.state)},
		{"Names", config.Names, C.inc_names_from_name(m.text(config.Names), &c.names)},
		{"Activations", config.Activations, C.inc_activations_from_name(m.text(config.Activations), &c.activations)},
	} {
		if n.status != C.INC_OK {
			return argument("%s is %q, which is none of its values", n.field, n.given)
		}
	}
	c.opset_version, c.log_level = C.uint32_t(config.OpsetVersion), C.inc_log_level(config.LogLevel)
	c.memory_limit, c.work_limit = C.uint64_t(config.MemoryLimit), C.uint64_t(config.WorkLimit)
	if config.NoContribOps {
		c.allow_contrib_ops = 0
	}
	if config.Durable {
		c.durable = 1
	}
	if config.Fuse {
		c.fuse = 1
	}
	if config.Strict {
		c.strict = 1
	}
	c.unroll_limit = C.uint32_t(config.UnrollLimit)
	if config.Method != "" {
		c.method = m.text(config.Method)
	}
	if config.Program != "" {
		c.program = m.text(config.Program)
	}
	if config.Producer != "" {
		c.producer = m.text(config.Producer)
	}
	m.metadata(config.Metadata, c)
	m.customDomains(config.CustomDomains, c)
	c.input_names, c.n_input_names = m.texts(config.InputNames)
	c.output_names, c.n_output_names = m.texts(config.OutputNames)
	return m.inputs(config.ExampleInputs, c)
}

// Report is what came out of an export.
type Report struct {
	Opset                        uint32
	IsInt8                       bool
	NNodes, Bytes, ExternalBytes uint64
	Warnings                     []string
}

func reportOf(r *C.inc_report) *Report {
	defer C.inc_report_free(r)
	found := &Report{Opset: uint32(C.inc_report_opset(r)), IsInt8: C.inc_report_dtype(r) == C.INC_DTYPE_INT8,
		NNodes: uint64(C.inc_report_n_nodes(r)), Bytes: uint64(C.inc_report_bytes(r)),
		ExternalBytes: uint64(C.inc_report_external_bytes(r))}
	for i := C.size_t(0); i < C.inc_report_n_warnings(r); i++ {
		found.Warnings = append(found.Warnings, C.GoString(C.inc_report_warning(r, i)))
	}
	return found
}

// Model is a model file, opened; for one goroutine at a time.
type Model struct{ c *C.inc_model }

// Open opens a model file; end with Close.
func Open(path string) (*Model, error) {
	var m memory
	defer m.free()
	var model *C.inc_model
	var e *C.inc_error
	if err := check(C.inc_model_open_file(m.text(path), nil, &model, &e), e); err != nil {
		return nil, err
	}
	return &Model{model}, nil
}

// Close ends the model; twice is fine.
func (model *Model) Close() {
	C.inc_model_free(model.c)
	model.c = nil
}

// AttachCheckpoint lays a quantized checkpoint over an FP32 model.
func (model *Model) AttachCheckpoint(path string) error {
	var m memory
	defer m.free()
	var e *C.inc_error
	return check(C.inc_model_attach_checkpoint(model.c, m.text(path), &e), e)
}

// Info is what a model file holds.
type Info struct {
	Kind, TorchVersion string
	IsQuantized        bool
	Inputs             []string
}

// Inspect says what the file holds.
func (model *Model) Inspect() (*Info, error) {
	var e *C.inc_error
	if err := check(C.inc_model_inspect(model.c, &e), e); err != nil {
		return nil, err
	}
	info := &Info{Kind: C.GoString(C.inc_model_kind_name(C.inc_model_get_kind(model.c))),
		TorchVersion: C.GoString(C.inc_model_torch_version(model.c)), IsQuantized: C.inc_model_is_quantized(model.c) == 1}
	for i := C.size_t(0); i < C.inc_model_n_inputs(model.c); i++ {
		info.Inputs = append(info.Inputs, C.GoString(C.inc_model_input(model.c, i).name))
	}
	return info, nil
}

func (model *Model) run(config *Config, writer io.Writer, path string, plans bool) (*Report, error) {
	var m memory
	defer m.free()
	c := (*C.Torch2ONNXConfig)(m.alloc(C.sizeof_Torch2ONNXConfig))
	C.inc_torch2onnx_config_init(c, C.sizeof_Torch2ONNXConfig)
	if err := m.fill(config, c); err != nil {
		return nil, err
	}
	var e *C.inc_error
	if config.DynamicAxes != "" {
		var axes *C.inc_dynamic_axes
		if err := check(C.inc_dynamic_axes_parse(m.text(config.DynamicAxes), nil, &axes, &e), e); err != nil {
			return nil, err
		}
		defer C.inc_dynamic_axes_free(axes)
		c.dynamic_axes, c.n_dynamic_axes = C.inc_dynamic_axes_items(axes), C.inc_dynamic_axes_count(axes)
	}
	h := &hooks{config: config, writer: writer}
	handle := cgo.NewHandle(h)
	defer handle.Delete()
	C.set_hooks(c, C.uintptr_t(handle))
	output := (*C.inc_output)(m.alloc(C.sizeof_inc_output))
	output.struct_size = C.sizeof_inc_output
	if writer != nil {
		C.set_writer(output, C.uintptr_t(handle))
	} else {
		output.path = m.text(path)
	}
	var report *C.inc_report
	var status C.inc_status
	if plans {
		status = C.inc_plan(model.c, c, &report, &e)
	} else {
		status = C.inc_export(model.c, output, c, &report, &e)
	}
	err := check(status, e)
	if h.panics != nil {
		panic(h.panics)
	}
	if err != nil {
		if h.failed != nil {
			return nil, h.failed
		}
		return nil, err
	}
	return reportOf(report), nil
}

// Plan does all that an export does but writing.
func (model *Model) Plan(config *Config) (*Report, error) { return model.run(config, nil, "", true) }

// ExportFile exports to a file.
func (model *Model) ExportFile(path string, config *Config) (*Report, error) {
	return model.run(config, nil, path, false)
}

// Export exports to a writer; models whose weights need a second file are an error.
func (model *Model) Export(writer io.Writer, config *Config) (*Report, error) {
	return model.run(config, writer, "", false)
}

// Version is that of the library which is running.
func Version() string { return C.GoString(C.inc_version()) }
