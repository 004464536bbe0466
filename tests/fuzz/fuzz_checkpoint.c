/* SPDX-License-Identifier: Apache-2.0 */
/* Quantized checkpoints, laid over one FP32 model that stays the same, and exported to nowhere. An
 * input that begins like a pickle stands for data.pkl in a recorded checkpoint, whose tensors are
 * as they were; any other is the whole file. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "archive/zip.h"
#include "settings.h"
#include "small_zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MODEL QUANTIZED_MODELS "/per_channel.fp32.pt"
#define CHECKPOINT QUANTIZED_MODELS "/per_channel.state.pt"

enum { MEMORY = 64 << 20, MOST_WRITTEN = 16 << 20 };

static void export_over(const char *path, uint64_t seed)
{
    inc_model *model = NULL;
    inc_model_options options = INC_MODEL_OPTIONS_INIT;
    settings s;
    options.memory_limit = MEMORY;
    if (inc_model_open_file(MODEL, &options, &model, NULL) != INC_OK)
        abort();
    settings_choose(&s, model, seed, MOST_WRITTEN);
    s.config.memory_limit = MEMORY;
    if (inc_model_attach_checkpoint(model, path, NULL) == INC_OK)
        settings_export(&s, model, NULL);
    inc_model_free(model);
}

/* The recorded checkpoint with another data.pkl. */
static small_zip with_pickle(inccx *cx, const uint8_t *data, size_t size)
{
    inczip *zip = inczip_open(cx, incfile_open(cx, CHECKPOINT));
    small_zip made = {0};
    for (size_t i = 0; i < inczip_count(zip); i++) {
        const inczip_entry *e = inczip_at(zip, i);
        if (e->record && strcmp(e->record, "data.pkl") == 0)
            small_zip_add(&made, e->name, data, size);
        else
            small_zip_add(&made, e->name, inczip_read(cx, zip, e), (size_t)e->size);
    }
    small_zip_finish(&made);
    return made;
}

static void write_file(int file, const void *bytes, size_t size)
{
    if (ftruncate(file, 0) != 0 || pwrite(file, bytes, size, 0) != (ssize_t)size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int file = -1;
    char path[40];
    if (file < 0)
        file = memfd_create("checkpoint", 0);
    if (file < 0)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    inccx *cx = inccx_new(NULL);
    inc_frame frame;
    if (!cx)
        return 0;
    if (size == 0 || data[0] != 0x80) {
        write_file(file, data, size);
    } else if (inc_try(cx, &frame)) {
        small_zip zip = with_pickle(cx, data, size);
        write_file(file, zip.bytes, zip.n);
        small_zip_free(&zip);
        inc_try_end(cx, &frame);
    } else {
        abort();
    }
    inccx_free(cx);
    export_over(path, settings_seed(data, size));
    return 0;
}
