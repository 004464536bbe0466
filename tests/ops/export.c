/* SPDX-License-Identifier: Apache-2.0 */
/* Exports a case through the public functions, from memory to memory; see export.h. */
#include "export.h"

#include <incexport/incexport.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_VALUES = 32, MAX_AXES = 64, MAX_NAME = 24 };

typedef struct buffer {
    unsigned char *bytes;
    size_t size;
    size_t capacity;
} buffer;

static int append(const void *bytes, size_t size, void *user_data)
{
    buffer *b = user_data;

    if (size > b->capacity - b->size) {
        size_t capacity = (b->capacity + size) * 2 + 4096;
        unsigned char *grown = realloc(b->bytes, capacity);
        if (grown == NULL)
            return 1;
        b->bytes = grown;
        b->capacity = capacity;
    }
    memcpy(b->bytes + b->size, bytes, size);
    b->size += size;
    return 0;
}

static inc_element element_of(int dtype)
{
    switch (dtype) {
    case TST_UINT8:
        return INC_ELEMENT_UINT8;
    case TST_INT8:
        return INC_ELEMENT_INT8;
    case TST_INT16:
        return INC_ELEMENT_INT16;
    case TST_INT32:
        return INC_ELEMENT_INT32;
    case TST_INT64:
        return INC_ELEMENT_INT64;
    case TST_FLOAT16:
        return INC_ELEMENT_FLOAT16;
    case TST_DOUBLE:
        return INC_ELEMENT_FLOAT64;
    case TST_BOOL:
        return INC_ELEMENT_BOOL;
    default:
        return INC_ELEMENT_FLOAT32;
    }
}

/* "0:1=n0;1:0=n0" as axes; the texts are cut in place. */
static size_t read_axes(char *text, inc_dynamic_axis *axes, char (*names)[MAX_NAME])
{
    size_t n = 0;

    while (*text != 0 && n < MAX_AXES) {
        snprintf(names[n], MAX_NAME, "in_%ld", strtol(text, &text, 10));
        axes[n].name = names[n];
        axes[n].axis = strtol(text + 1, &text, 10);
        axes[n].symbol = ++text;
        text += strcspn(text, ";");
        if (*text != 0)
            *text++ = 0;
        n++;
    }
    return n;
}

static void describe(const inc_error *error, char *why, size_t why_size)
{
    snprintf(why, why_size, "%s: %s", inc_status_name(inc_error_code(error)),
             inc_error_message(error));
    for (char *c = why; *c != 0; c++)
        if (*c == '\n')
            *c = ' ';
}

/* The config's arrays. */
typedef struct storage {
    inc_tensor examples[MAX_VALUES];
    char input_text[MAX_VALUES][MAX_NAME];
    char output_text[MAX_VALUES][MAX_NAME];
    const char *input_names[MAX_VALUES];
    const char *output_names[MAX_VALUES];
    inc_dynamic_axis axes[MAX_AXES];
    char axis_text[MAX_AXES][MAX_NAME];
    char dynamic[1024];
} storage;

static void fill(Torch2ONNXConfig *config, storage *s, const ops_request *request)
{
    for (size_t i = 0; i < request->inputs->count && i < MAX_VALUES; i++) {
        const tst_tensor *t = &request->inputs->items[i];
        s->examples[i] = (inc_tensor){NULL, t->data, t->dims, t->rank, element_of(t->dtype), 0};
        snprintf(s->input_text[i], MAX_NAME, "in_%zu", i);
        s->input_names[i] = s->input_text[i];
        config->n_example_inputs = config->n_input_names = i + 1;
    }
    for (size_t i = 0; i < request->n_outputs && i < MAX_VALUES; i++) {
        snprintf(s->output_text[i], MAX_NAME, "out_%zu", i);
        s->output_names[i] = s->output_text[i];
        config->n_output_names = i + 1;
    }
    if (request->dynamic != NULL) {
        snprintf(s->dynamic, sizeof s->dynamic, "%s", request->dynamic);
        config->n_dynamic_axes = read_axes(s->dynamic, s->axes, s->axis_text);
        config->dynamic_axes = s->axes;
    }
    config->dtype = request->form == OPS_FP32 ? INC_DTYPE_FP32 : INC_DTYPE_INT8;
    config->quant_format =
        request->form == OPS_QLINEAR ? INC_QUANT_FORMAT_QLINEAR : INC_QUANT_FORMAT_QDQ;
    config->opset_version = request->opset;
    config->example_inputs = s->examples;
    config->input_names = s->input_names;
    config->output_names = s->output_names;
}

ops_outcome ops_export(const ops_request *request, unsigned char **onnx, size_t *size, char *why,
                       size_t why_size)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_output output = INC_OUTPUT_INIT;
    storage s = {0};
    buffer written = {0};
    inc_model *model = NULL;
    inc_error *error = NULL;
    inc_status status;

    fill(&config, &s, request);
    output.write = append;
    output.write_data = &written;
    status = inc_model_open_memory(request->model, request->model_size, NULL, &model, &error);
    if (status == INC_OK)
        status = inc_export(model, &output, &config, NULL, &error);
    inc_model_free(model);
    if (status == INC_OK) {
        *onnx = written.bytes;
        *size = written.size;
        return OPS_EXPORTED;
    }
    describe(error, why, why_size);
    inc_error_free(error);
    free(written.bytes);
    return status == INC_E_UNSUPPORTED ? OPS_REFUSED : OPS_FAILED;
}
