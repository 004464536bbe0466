// SPDX-License-Identifier: Apache-2.0

// Package incexport turns PyTorch model files into ONNX files: libincexport for Go, without cgo.
//
// The library is opened when it is first needed; no C compiler and no header are. Errors have parts, callbacks are
// functions; a panic in one ends the call and goes on behind it.
package incexport

import (
	"fmt"
	"io"
	"runtime"
	"sort"
	"sync"
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
func check(status int32, e uintptr) error {
	if status == 0 {
		return nil
	}
	defer native.errorFree(e)
	message := native.message(e)
	if e == 0 {
		message = native.statusName(status)
	}
	found := &Error{Code: status, Message: message, Reason: native.reason(e), Hint: native.hint(e),
		Stage: native.stage(e), Entry: native.entry(e), Python: native.python(e), Operator: native.operator(e),
		Scope: native.scope(e), Line: native.line(e), Column: native.column(e)}
	for i := uintptr(0); i < native.nUnsupported(e); i++ {
		u := native.unsupported(e, i)
		found.Unsupported = append(found.Unsupported, Unsupported{
			Op: text(u.op), Reason: text(u.reason), Hint: text(u.hint), Python: text(u.python), Entry: text(u.entry),
			Scope: text(u.scope), Count: u.count, Line: u.line, Column: u.column})
	}
	return found
}

// text copies a C string; NULL is "".
func text(c *byte) string {
	if c == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(c), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(c, n))
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
	IntegerKernels                                                      bool   // quantized average pools and resizes as runtimes run them on integers
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

func (h *hooks) guard(f func() bool) (stop int32) {
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

// Calls that are running, by the number that the library passes on to callbacks: it keeps no pointers to Go's memory.
var calls struct {
	sync.Mutex
	last uintptr
	of   map[uintptr]*hooks
}

func begin(h *hooks) uintptr {
	calls.Lock()
	defer calls.Unlock()
	if calls.of == nil {
		calls.of = map[uintptr]*hooks{}
	}
	calls.last++
	calls.of[calls.last] = h
	return calls.last
}

func end(call uintptr) {
	calls.Lock()
	defer calls.Unlock()
	delete(calls.of, call)
}

func of(call uintptr) *hooks {
	calls.Lock()
	defer calls.Unlock()
	return calls.of[call]
}

func incLog(level uint32, line *byte, call uintptr) {
	h := of(call)
	h.guard(func() bool {
		if h.config.Log != nil {
			h.config.Log(level, text(line))
		}
		return false
	})
}

func incProgress(stage *byte, done, total uint64, call uintptr) int32 {
	h := of(call)
	return h.guard(func() bool {
		return h.config.Progress != nil && h.config.Progress(text(stage), done, total)
	})
}

func incWrite(bytes *byte, size, call uintptr) int32 {
	h := of(call)
	return h.guard(func() bool {
		_, h.failed = h.writer.Write(unsafe.Slice(bytes, int(size)))
		return h.failed != nil
	})
}

func cText(s string) *byte {
	bytes := append([]byte(s), 0)
	return &bytes[0]
}

func optional(s string) *byte {
	if s == "" {
		return nil
	}
	return cText(s)
}

func cTexts(all []string) (**byte, uintptr) {
	if len(all) == 0 {
		return nil, 0
	}
	pointers := make([]*byte, len(all))
	for i, s := range all {
		pointers[i] = cText(s)
	}
	return &pointers[0], uintptr(len(all))
}

// fillInputs, as the rest of what fills, leaves Go's memory in c, which keeps it alive.
func fillInputs(inputs []Input, c *nativeConfig) error {
	if len(inputs) == 0 {
		return nil
	}
	tensors := make([]nativeTensor, len(inputs))
	for i, input := range inputs {
		t := &tensors[i]
		if native.elementFromName(input.DType, &t.element) != 0 {
			return argument("%q is no type of elements", input.DType)
		}
		size := int64(native.elementSize(t.element))
		for _, n := range input.Shape {
			size *= n
		}
		if input.Data != nil && size != int64(len(input.Data)) {
			return argument("an input of shape %v has %d bytes of data", input.Shape, len(input.Data))
		}
		t.name, t.rank = optional(input.Name), uintptr(len(input.Shape))
		t.shape = &append(append([]int64{}, input.Shape...), 0)[0]
		if input.Data != nil {
			t.data = &append(append([]byte{}, input.Data...), 0)[0]
		}
	}
	c.exampleInputs, c.nExampleInputs = &tensors[0], uintptr(len(tensors))
	c.exampleInputSize = unsafe.Sizeof(tensors[0])
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

func fillMetadata(lines map[string]string, c *nativeConfig) {
	if len(lines) == 0 {
		return
	}
	items := make([]nativeMetadata, 0, len(lines))
	for _, key := range sortedKeys(lines) {
		items = append(items, nativeMetadata{key: cText(key), value: cText(lines[key])})
	}
	c.metadata, c.nMetadata, c.metadataSize = &items[0], uintptr(len(items)), unsafe.Sizeof(items[0])
}

func fillCustomDomains(domains map[string]string, c *nativeConfig) {
	if len(domains) == 0 {
		return
	}
	items := make([]nativeDomain, 0, len(domains))
	for _, key := range sortedKeys(domains) {
		items = append(items, nativeDomain{nameSpace: cText(key), domain: cText(domains[key])})
	}
	c.customDomains, c.nCustomDomains, c.customDomainSize = &items[0], uintptr(len(items)), unsafe.Sizeof(items[0])
}

func flag(on bool) uint32 {
	if on {
		return 1
	}
	return 0
}

func fill(config *Config, c *nativeConfig) error {
	for _, n := range []struct {
		field, given string
		read         func(name string, value *uint32) int32
		value        *uint32
	}{
		{"DType", config.DType, native.dtype, &c.dtype},
		{"QuantFormat", config.QuantFormat, native.quantFormat, &c.quantFormat},
		{"Recipe", config.Recipe, native.recipe, &c.recipe},
		{"ExternalData", config.ExternalData, native.externalData, &c.externalData},
		{"State", config.State, native.state, &c.state},
		{"Names", config.Names, native.names, &c.names},
		{"Activations", config.Activations, native.activations, &c.activations},
	} {
		if n.read(n.given, n.value) != 0 {
			return argument("%s is %q, which is none of its values", n.field, n.given)
		}
	}
	c.opsetVersion, c.logLevel = config.OpsetVersion, config.LogLevel
	c.memoryLimit, c.workLimit = config.MemoryLimit, config.WorkLimit
	c.allowContribOps, c.durable = flag(!config.NoContribOps), flag(config.Durable)
	c.integerKernels = flag(config.IntegerKernels)
	c.fuse, c.strict, c.unrollLimit = flag(config.Fuse), flag(config.Strict), config.UnrollLimit
	c.method, c.program, c.producer = optional(config.Method), optional(config.Program), optional(config.Producer)
	fillMetadata(config.Metadata, c)
	fillCustomDomains(config.CustomDomains, c)
	c.inputNames, c.nInputNames = cTexts(config.InputNames)
	c.outputNames, c.nOutputNames = cTexts(config.OutputNames)
	return fillInputs(config.ExampleInputs, c)
}

// Report is what came out of an export.
type Report struct {
	Opset                        uint32
	IsInt8                       bool
	NNodes, Bytes, ExternalBytes uint64
	Warnings                     []string
}

func reportOf(r uintptr) *Report {
	defer native.reportFree(r)
	found := &Report{Opset: native.opset(r), IsInt8: native.reportDType(r) == 1, NNodes: native.nNodes(r),
		Bytes: native.bytes(r), ExternalBytes: native.externalBytes(r)}
	for i := uintptr(0); i < native.nWarnings(r); i++ {
		found.Warnings = append(found.Warnings, native.warning(r, i))
	}
	return found
}

// Model is a model file, opened; for one goroutine at a time.
type Model struct{ c uintptr }

// Open opens a model file; end with Close.
func Open(path string) (*Model, error) {
	if err := Load(""); err != nil {
		return nil, err
	}
	var model, e uintptr
	if err := check(native.openFile(path, 0, &model, &e), e); err != nil {
		return nil, err
	}
	return &Model{model}, nil
}

// Close ends the model; twice is fine.
func (model *Model) Close() {
	if model.c != 0 {
		native.modelFree(model.c)
	}
	model.c = 0
}

// AttachCheckpoint lays a quantized checkpoint over an FP32 model.
func (model *Model) AttachCheckpoint(path string) error {
	var e uintptr
	return check(native.attachCheckpoint(model.c, path, &e), e)
}

// Info is what a model file holds.
type Info struct {
	Kind, TorchVersion string
	IsQuantized        bool
	Inputs             []string
}

// Inspect says what the file holds.
func (model *Model) Inspect() (*Info, error) {
	var e uintptr
	if err := check(native.inspect(model.c, &e), e); err != nil {
		return nil, err
	}
	info := &Info{Kind: native.kindName(native.kind(model.c)), TorchVersion: native.torchVersion(model.c),
		IsQuantized: native.isQuantized(model.c) == 1}
	for i := uintptr(0); i < native.nInputs(model.c); i++ {
		info.Inputs = append(info.Inputs, text(native.input(model.c, i).name))
	}
	return info, nil
}

func (model *Model) run(config *Config, writer io.Writer, path string, plans bool) (*Report, error) {
	c, output := &nativeConfig{}, &nativeOutput{}
	native.configInit(c, unsafe.Sizeof(*c))
	if err := fill(config, c); err != nil {
		return nil, err
	}
	var axes, report, e uintptr
	if config.DynamicAxes != "" {
		if err := check(native.axesParse(config.DynamicAxes, 0, &axes, &e), e); err != nil {
			return nil, err
		}
		defer native.axesFree(axes)
		c.dynamicAxes, c.nDynamicAxes = native.axesItems(axes), native.axesCount(axes)
	}
	h := &hooks{config: config, writer: writer}
	call := begin(h)
	defer end(call)
	c.log, c.logData, c.progress, c.progressData = onLog, call, onStep, call
	output.structSize = unsafe.Sizeof(*output)
	if writer != nil {
		output.write, output.writeData = onWrite, call
	} else {
		output.path = cText(path)
	}
	var status int32
	if plans {
		status = native.plan(model.c, c, &report, &e)
	} else {
		status = native.export(model.c, output, c, &report, &e)
	}
	runtime.KeepAlive(c) // and with it whatever it points to
	runtime.KeepAlive(output)
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

// Version is that of the library which is running; "" where none can be loaded.
func Version() string {
	if Load("") != nil {
		return ""
	}
	return native.version()
}
