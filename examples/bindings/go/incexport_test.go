// SPDX-License-Identifier: Apache-2.0

// The package on a built library. INC_COMMAND, INC_MODELS and INC_UNSUPPORTED say where the command, the folder of
// models and a model that has no export are.
package incexport

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func open(t *testing.T, path string) *Model {
	model, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(model.Close)
	return model
}

func quantized(t *testing.T) *Model {
	return open(t, filepath.Join(os.Getenv("INC_MODELS"), "digits-static.pt"))
}

func fp32() *Config {
	config := NewConfig()
	config.DType = "fp32"
	return config
}

func TestBytesAreTheCommands(t *testing.T) {
	axes := `{"image": {"0": "batch"}}`
	there, here := filepath.Join(t.TempDir(), "command.onnx"), filepath.Join(t.TempDir(), "out.onnx")
	out, err := exec.Command(os.Getenv("INC_COMMAND"), filepath.Join(os.Getenv("INC_MODELS"), "digits-static.pt"), "-q", "-o", there,
		"--quant-format", "QLinear", "--dynamic-axes", axes, "--output-names", "scores", "--producer", "us", "--metadata", "author=me", "--metadata", "empty=").CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	config := NewConfig()
	config.QuantFormat, config.DynamicAxes, config.OutputNames = "QLinear", axes, []string{"scores"}
	config.OpsetVersion, config.Producer, config.Metadata = OpsetAuto, "us", map[string]string{"author": "me", "empty": ""}
	report, err := quantized(t).ExportFile(here, config)
	if err != nil {
		t.Fatal(err)
	}
	theirs, _ := os.ReadFile(there)
	ours, _ := os.ReadFile(here)
	var stream bytes.Buffer
	if _, err := quantized(t).Export(&stream, config); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ours, theirs) || !bytes.Equal(stream.Bytes(), theirs) || !report.IsInt8 || report.Bytes != uint64(len(theirs)) {
		t.Fatal("not the command's bytes", report)
	}
}

func TestInputsAndInspect(t *testing.T) {
	for _, data := range [][]byte{nil, make([]byte, 5*64*4)} {
		config := fp32()
		config.ExampleInputs = []Input{{DType: "float32", Shape: []int64{5, 1, 8, 8}, Data: data}}
		report, err := open(t, filepath.Join(os.Getenv("INC_MODELS"), "digits.pt")).Plan(config)
		if err != nil || report.NNodes == 0 {
			t.Fatal(err)
		}
	}
	info, err := quantized(t).Inspect()
	if err != nil || !info.IsQuantized || len(info.Inputs) != 1 {
		t.Fatal(err, info)
	}
}

func TestErrorsHaveParts(t *testing.T) {
	_, err := open(t, os.Getenv("INC_UNSUPPORTED")).Plan(fp32())
	var e *Error
	if !errors.As(err, &e) || e.Code != ErrUnsupported || e.Operator != "aten::linalg_eigvals" {
		t.Fatal(err)
	}
	if e.Reason == "" || e.Stage == "" || e.Line == 0 || e.Unsupported[0].Op != e.Operator || !strings.Contains(e.Message, e.Operator) {
		t.Fatalf("%+v", e)
	}
	config := NewConfig()
	config.Recipe = "none"
	if _, err := quantized(t).Plan(config); !errors.As(err, &e) || e.Code != ErrArgument {
		t.Fatal(err)
	}
}

func TestProgressLogAndCancel(t *testing.T) {
	stages, lines := map[string]bool{}, 0
	config := NewConfig()
	config.LogLevel = 3
	config.Log = func(uint32, string) { lines++ }
	config.Progress = func(stage string, done, total uint64) bool {
		stages[stage] = true
		return false
	}
	var out bytes.Buffer
	if _, err := quantized(t).Export(&out, config); err != nil || !stages["writing"] || lines == 0 {
		t.Fatal(err, stages, lines)
	}
	config.Progress = func(string, uint64, uint64) bool { return true }
	var e *Error
	if _, err := quantized(t).Export(&out, config); !errors.As(err, &e) || e.Code != ErrCancelled {
		t.Fatal(err)
	}
	config.Progress = func(string, uint64, uint64) bool { panic("mine") }
	defer func() {
		if r := recover(); r != "mine" {
			t.Fatal(r)
		}
	}()
	_, _ = quantized(t).Export(&out, config)
	t.Fatal("no panic")
}
