// SPDX-License-Identifier: Apache-2.0

package incexport

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// camel makes "quant_format" "quantFormat".
func camel(name string) string {
	parts := strings.Split(name, "_")
	for i := 1; i < len(parts); i++ {
		parts[i] = strings.ToUpper(parts[i][:1]) + parts[i][1:]
	}
	return strings.Join(parts, "")
}

// INC_LAYOUT has lines "sizeof STRUCT N" and "offset STRUCT FIELD OFFSET SIZE", as a C compiler sees the headers.
func TestStructsLieAsInC(t *testing.T) {
	structs := map[string]reflect.Type{"inc_tensor": reflect.TypeOf(nativeTensor{}),
		"inc_dynamic_axis": reflect.TypeOf(nativeAxis{}), "inc_metadata": reflect.TypeOf(nativeMetadata{}),
		"inc_custom_domain": reflect.TypeOf(nativeDomain{}), "Torch2ONNXConfig": reflect.TypeOf(nativeConfig{}),
		"inc_output": reflect.TypeOf(nativeOutput{}), "inc_unsupported": reflect.TypeOf(nativeUnsupported{}),
		"inc_value": reflect.TypeOf(nativeValue{})}
	text, err := os.ReadFile(os.Getenv("INC_LAYOUT"))
	if err != nil {
		t.Fatal(err)
	}
	sizes, fields := 0, 0
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		words := strings.Fields(line)
		found, is := structs[words[1]]
		if !is {
			continue
		}
		if words[0] == "sizeof" {
			sizes++
			if fmt.Sprint(found.Size()) != words[2] {
				t.Error(line, "but here", found.Size())
			}
			continue
		}
		field, is := found.FieldByName(camel(words[2]))
		fields++
		if !is || fmt.Sprint(field.Offset) != words[3] || fmt.Sprint(field.Type.Size()) != words[4] {
			t.Error(line, "but here", field.Offset, field.Type)
		}
	}
	if sizes != len(structs) || fields < 80 {
		t.Error("only", sizes, "structs and", fields, "fields were compared")
	}
}
