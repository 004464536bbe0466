// SPDX-License-Identifier: Apache-2.0

package incexport

import (
	"fmt"
	"os"
	"runtime"
	"sync"

	"github.com/ebitengine/purego"
)

// The structs of the headers, field by field; layout_test.go compares them with what a C compiler says.

type nativeTensor struct {
	name               *byte
	data               *byte
	shape              *int64
	rank               uintptr
	element, reserved0 uint32
}

type nativeAxis struct {
	name, symbol *byte
	axis         int64
}

type nativeMetadata struct{ key, value *byte }

type nativeDomain struct{ nameSpace, domain *byte }

type nativeConfig struct {
	structSize                           uintptr
	dtype, opsetVersion                  uint32
	quantFormat, recipe                  uint32
	exampleInputs                        *nativeTensor
	nExampleInputs, exampleInputSize     uintptr
	inputNames                           **byte
	nInputNames                          uintptr
	outputNames                          **byte
	nOutputNames                         uintptr
	dynamicAxes                          *nativeAxis
	nDynamicAxes, dynamicAxisSize        uintptr
	externalData, logLevel               uint32
	log, logData                         uintptr
	progress, progressData               uintptr
	allocator                            uintptr
	memoryLimit                          uint64
	program                              *byte
	allowContribOps, target              uint32
	state, names                         uint32
	activations, durable                 uint32
	workLimit                            uint64
	method                               *byte
	metadata                             *nativeMetadata
	nMetadata, metadataSize              uintptr
	producer                             *byte
	customDomains                        *nativeDomain
	nCustomDomains, customDomainSize     uintptr
	lower, lowerData                     uintptr
	unrollLimit, strict, fuse, integerKernels uint32
}

type nativeOutput struct {
	structSize                       uintptr
	path                             *byte
	write, writeData                 uintptr
	writeExternal, writeExternalData uintptr
	externalName                     *byte
	writeState, writeStateData       uintptr
}

type nativeUnsupported struct {
	structSize                             uintptr
	op, reason, hint, python, entry, scope *byte
	count                                  uint64
	line, column                           uint32
}

type nativeValue struct {
	name             *byte
	shape            *int64
	symbols          **byte
	rank             uintptr
	element, isKnown uint32
}

// What the library has, as it is called; a uintptr is a handle.
var native struct {
	version                                                             func() string
	statusName                                                          func(status int32) string
	configInit                                                          func(c *nativeConfig, size uintptr) int32
	dtype, quantFormat, recipe, externalData, state, names, activations func(name string, value *uint32) int32
	elementFromName                                                     func(name string, element *uint32) int32
	elementSize                                                         func(element uint32) uintptr
	axesParse                                                           func(json string, allocator uintptr, axes, e *uintptr) int32
	axesItems                                                           func(axes uintptr) *nativeAxis
	axesCount                                                           func(axes uintptr) uintptr
	axesFree, errorFree, modelFree, reportFree                          func(handle uintptr)
	message, reason, hint, stage, entry, python, operator, scope        func(e uintptr) string
	line, column                                                        func(e uintptr) uint32
	nUnsupported                                                        func(e uintptr) uintptr
	unsupported                                                         func(e, i uintptr) *nativeUnsupported
	openFile                                                            func(path string, options uintptr, model, e *uintptr) int32
	attachCheckpoint                                                    func(model uintptr, path string, e *uintptr) int32
	inspect                                                             func(model uintptr, e *uintptr) int32
	kind, isQuantized                                                   func(model uintptr) uint32
	kindName                                                            func(kind uint32) string
	torchVersion                                                        func(model uintptr) string
	nInputs                                                             func(model uintptr) uintptr
	input                                                               func(model, i uintptr) *nativeValue
	export                                                              func(model uintptr, output *nativeOutput, c *nativeConfig, report, e *uintptr) int32
	plan                                                                func(model uintptr, c *nativeConfig, report, e *uintptr) int32
	opset, reportDType                                                  func(report uintptr) uint32
	nNodes, bytes, externalBytes                                        func(report uintptr) uint64
	nWarnings                                                           func(report uintptr) uintptr
	warning                                                             func(report, i uintptr) string
}

func symbols() map[string]any {
	n := &native
	return map[string]any{
		"inc_version": &n.version, "inc_status_name": &n.statusName,
		"inc_torch2onnx_config_init": &n.configInit, "inc_dtype_from_name": &n.dtype,
		"inc_quant_format_from_name": &n.quantFormat, "inc_recipe_from_name": &n.recipe,
		"inc_external_data_from_name": &n.externalData, "inc_state_from_name": &n.state,
		"inc_names_from_name": &n.names, "inc_activations_from_name": &n.activations,
		"inc_element_from_name": &n.elementFromName, "inc_element_size": &n.elementSize,
		"inc_dynamic_axes_parse": &n.axesParse, "inc_dynamic_axes_items": &n.axesItems,
		"inc_dynamic_axes_count": &n.axesCount, "inc_dynamic_axes_free": &n.axesFree,
		"inc_error_free": &n.errorFree, "inc_error_message": &n.message, "inc_error_reason": &n.reason,
		"inc_error_hint": &n.hint, "inc_error_stage": &n.stage, "inc_error_entry": &n.entry,
		"inc_error_python": &n.python, "inc_error_operator": &n.operator, "inc_error_scope": &n.scope,
		"inc_error_line": &n.line, "inc_error_column": &n.column,
		"inc_error_n_unsupported": &n.nUnsupported, "inc_error_unsupported": &n.unsupported,
		"inc_model_open_file": &n.openFile, "inc_model_attach_checkpoint": &n.attachCheckpoint,
		"inc_model_free": &n.modelFree, "inc_model_inspect": &n.inspect, "inc_model_get_kind": &n.kind,
		"inc_model_kind_name": &n.kindName, "inc_model_torch_version": &n.torchVersion,
		"inc_model_is_quantized": &n.isQuantized, "inc_model_n_inputs": &n.nInputs, "inc_model_input": &n.input,
		"inc_export": &n.export, "inc_plan": &n.plan, "inc_report_opset": &n.opset,
		"inc_report_dtype": &n.reportDType, "inc_report_n_nodes": &n.nNodes, "inc_report_bytes": &n.bytes,
		"inc_report_external_bytes": &n.externalBytes, "inc_report_n_warnings": &n.nWarnings,
		"inc_report_warning": &n.warning, "inc_report_free": &n.reportFree,
	}
}

var (
	loading  sync.Mutex
	isLoaded bool
	onLog    uintptr // callbacks last as long as the program: one of each kind, which is told whose call it is
	onStep   uintptr
	onWrite  uintptr
)

// Load opens the library: a file, or "" for what INCEXPORT_LIBRARY names, else the one that is installed. Open and
// Version do it by themselves; it is loaded once.
func Load(path string) error {
	loading.Lock()
	defer loading.Unlock()
	if isLoaded {
		return nil
	}
	if path == "" {
		path = os.Getenv("INCEXPORT_LIBRARY")
	}
	if path == "" && runtime.GOOS == "darwin" {
		path = "libincexport.0.dylib"
	} else if path == "" {
		path = "libincexport.so.0"
	}
	library, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return fmt.Errorf("incexport: %s cannot be loaded: install the library, or name it by INCEXPORT_LIBRARY: %w", path, err)
	}
	for name, f := range symbols() {
		if _, err := purego.Dlsym(library, name); err != nil {
			return fmt.Errorf("incexport: %s has no %s: it is another library, or an older one", path, name)
		}
		purego.RegisterLibFunc(f, library, name)
	}
	onLog, onStep, onWrite = purego.NewCallback(incLog), purego.NewCallback(incProgress), purego.NewCallback(incWrite)
	isLoaded = true
	return nil
}
