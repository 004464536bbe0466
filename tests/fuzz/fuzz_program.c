/* TorchScript programs: the input is the source of class M with a method forward, wrapped into the
 * smallest archive around it and exported. This reaches the evaluator and the operators' handlers,
 * which damaged archives seldom do. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "incexport/incexport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_SOURCE = 1 << 16, MOST_ARCHIVE = MOST_SOURCE + 4096 };

typedef struct archive {
    uint8_t bytes[MOST_ARCHIVE];
    size_t n;
    uint8_t directory[1024];
    size_t n_directory;
    unsigned n_entries;
} archive;

static void put(uint8_t *at, uint32_t value, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* Local header at 30 bytes, directory record at 46; no checksums, which PyTorch allows. */
static void add_record(archive *a, const char *name, const void *bytes, size_t n)
{
    size_t n_name = strlen(name);
    uint8_t *local = a->bytes + a->n, *central = a->directory + a->n_directory;
    memset(local, 0, 30);
    memset(central, 0, 46);
    put(local, 0x04034b50, 4);
    put(local + 18, (uint32_t)n, 4);
    put(local + 22, (uint32_t)n, 4);
    put(local + 26, (uint32_t)n_name, 2);
    memcpy(local + 30, name, n_name);
    memcpy(local + 30 + n_name, bytes, n);
    put(central, 0x02014b50, 4);
    put(central + 20, (uint32_t)n, 4);
    put(central + 24, (uint32_t)n, 4);
    put(central + 28, (uint32_t)n_name, 2);
    put(central + 42, (uint32_t)a->n, 4);
    memcpy(central + 46, name, n_name);
    a->n += 30 + n_name + n;
    a->n_directory += 46 + n_name;
    a->n_entries++;
}

static void finish(archive *a)
{
    uint8_t *end = a->bytes + a->n + a->n_directory;
    memcpy(a->bytes + a->n, a->directory, a->n_directory);
    memset(end, 0, 22);
    put(end, 0x06054b50, 4);
    put(end + 8, a->n_entries, 2);
    put(end + 10, a->n_entries, 2);
    put(end + 12, (uint32_t)a->n_directory, 4);
    put(end + 16, (uint32_t)a->n, 4);
    a->n += a->n_directory + 22;
}

/* Nobody needs more than that of a seed. */
static int swallow(const void *bytes, size_t size, void *user_data)
{
    size_t *total = user_data;
    (void)bytes;
    *total += size;
    return *total > (size_t)16 << 20;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char root[] = "\x80\x02"
                               "c__torch__\nM\n)\x81}b.";
    static const char no_constants[] = "\x80\x02).";
    static const float values[24] = {0, 1, -1, 2, 0.5f};
    static const int64_t shape[3] = {2, 3, 4};
    if (size > MOST_SOURCE)
        return 0;
    archive *a = calloc(1, sizeof *a);
    if (!a)
        return 0;
    add_record(a, "m/data.pkl", root, sizeof root - 1);
    add_record(a, "m/constants.pkl", no_constants, sizeof no_constants - 1);
    add_record(a, "m/version", "3\n", 2);
    add_record(a, "m/code/__torch__.py", data, size);
    finish(a);

    inc_tensor examples[2] = {{0}, {0}};
    for (size_t i = 0; i < 2; i++) {
        examples[i].element = INC_ELEMENT_FLOAT32;
        examples[i].rank = 3;
        examples[i].shape = shape;
        examples[i].data = values;
    }
    inc_dynamic_axis axis = {"x", "batch", 0};
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    config.dtype = size % 5 < 2 ? INC_DTYPE_INT8 : INC_DTYPE_FP32;
    config.quant_format = size % 5 ? INC_QUANT_FORMAT_QLINEAR : INC_QUANT_FORMAT_QDQ;
    config.recipe = (inc_recipe)(size % 3);
    config.opset_version = 11 + (uint32_t)(size % 10);
    config.example_inputs = examples;
    config.n_example_inputs = 1 + size % 2;
    config.memory_limit = (uint64_t)128 << 20;
    config.dynamic_axes = &axis;
    config.n_dynamic_axes = size % 3 == 0;
    inc_output output = INC_OUTPUT_INIT;
    size_t total = 0;
    output.write = swallow;
    output.write_data = &total;
    inc_model *model = NULL;
    if (inc_model_open_memory(a->bytes, a->n, NULL, &model, NULL) == INC_OK)
        inc_export(model, &output, &config, NULL, NULL);
    inc_model_free(model);
    free(a);
    return 0;
}
