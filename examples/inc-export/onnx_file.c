/* SPDX-License-Identifier: Apache-2.0 */
/* An ONNX file is opened, mapped where that can be, and closed; see onnx_file.h. */
#include "onnx_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool onnx_open_bytes(onnx_file *f, const void *bytes, size_t size)
{
    *f = (onnx_file){.bytes = bytes, .size = size, .n_bytes = size};
    return onnx_read_model(f);
}

bool onnx_open(onnx_file *f, const char *path)
{
    struct stat info;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    *f = (onnx_file){0};
    if (file < 0) {
        f->why = strerror(errno);
        return false;
    }
    bool is_file = fstat(file, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0;
    void *bytes =
        is_file ? mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    *f = (onnx_file){.is_mapped = bytes != MAP_FAILED, .size = is_file ? (size_t)info.st_size : 0};
    f->n_bytes = f->size;
    f->why = is_file ? NULL : "it is empty, or not a regular file";
    if (f->is_mapped)
        f->bytes = bytes;
    else if (is_file)
        f->bytes = onnx_skim(file, (uint64_t)info.st_size, &f->n_bytes, &f->why);
    f->is_skimmed = f->bytes && !f->is_mapped;
    close(file);
    return f->bytes && onnx_read_model(f);
}

void onnx_close(onnx_file *f)
{
    onnx_free_blocks(f);
    void *bytes = NULL;
    memcpy(&bytes, &f->bytes, sizeof bytes);
    if (f->is_mapped)
        munmap(bytes, f->size);
    if (f->is_skimmed)
        free(bytes);
    *f = (onnx_file){0};
}
