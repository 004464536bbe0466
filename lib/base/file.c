/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and reading. Small reads are served from a few windows of what was read last, because
 * walking a directory is thousands of them; more than is asked for is read where reads follow each
 * other. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N_WINDOWS = 4, WINDOW = 32 * 1024, SHORT_WINDOW = 512, CUT_SHORT = -1 };

struct incfile_windows {
    struct {
        uint64_t at;
        size_t filled;
        uint64_t used; /* when, in reads */
        uint8_t *bytes;
    } items[N_WINDOWS];
    uint64_t n_reads;
    uint64_t size; /* of the outermost file */
};

static incfile_windows *new_windows(inccx *cx, uint64_t size)
{
    incfile_windows *w = INC_NEW(cx, incfile_windows);
    w->size = size;
    for (size_t i = 0; i < N_WINDOWS; i++)
        w->items[i].bytes = inc_alloc_raw(cx, size < WINDOW ? (size_t)size : WINDOW);
    return w;
}

static void close_file(void *data)
{
    incfile *file = data;
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

const incfile *incfile_open(inccx *cx, const char *path)
{
    incfile *file = INC_NEW(cx, incfile);
    file->name = inc_strdup(cx, path);
    file->fd = -1;
    inc_defer(cx, close_file, file);
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    if (file->fd < 0 || fstat(file->fd, &info) != 0)
        inc_raise(cx, INC_E_IO, "cannot open %s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        inc_raise(cx, INC_E_IO, "%s is %s, not a file", path,
                  S_ISDIR(info.st_mode) ? "a folder" : "a device or pipe");
    file->size = (uint64_t)info.st_size;
    file->windows = new_windows(cx, file->size);
    return file;
}

const incfile *incfile_borrow(inccx *cx, const void *bytes, uint64_t size, const char *name)
{
    incfile *file = INC_NEW(cx, incfile);
    *file = (incfile){.bytes = bytes, .size = size, .name = inc_strdup(cx, name), .fd = -1};
    return file;
}

const incfile *incfile_inside(inccx *cx, incspan span, const char *name)
{
    if (span.bytes)
        return incfile_borrow(cx, span.bytes, span.size, name);
    incfile *file = INC_NEW(cx, incfile);
    *file = (incfile){.size = span.size,
                      .name = inc_strdup(cx, name),
                      .fd = span.file->fd,
                      .begin = span.file->begin + span.at,
                      .windows = span.file->windows};
    return file;
}

/* ---- reading ---- */

static ssize_t read_at(int fd, uint64_t at, size_t size, uint8_t *out)
{
#if defined(__EMSCRIPTEN__) /* its pread() ends at 2 GiB */
    return lseek(fd, (off_t)at, SEEK_SET) < 0 ? -1 : read(fd, out, size);
#else
    return pread(fd, out, size, (off_t)at);
#endif
}

static int read_all(int fd, uint64_t at, size_t size, uint8_t *out)
{
    while (size > 0) {
        ssize_t n = read_at(fd, at, size, out);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : CUT_SHORT;
        out += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return 0;
}

static int read_small(const incfile *file, uint64_t at, size_t size, uint8_t *out)
{
    incfile_windows *w = file->windows;
    size_t oldest = 0, wanted = size > SHORT_WINDOW ? size : SHORT_WINDOW;
    w->n_reads++;
    for (size_t i = 0; i < N_WINDOWS; i++) {
        uint64_t from = at - w->items[i].at; /* wraps where it begins later */
        if (from < w->items[i].filled && w->items[i].filled - from >= size) {
            w->items[i].used = w->n_reads;
            memcpy(out, w->items[i].bytes + from, size);
            return 0;
        }
        if (from <= w->items[i].filled + SHORT_WINDOW && w->items[i].used)
            wanted = WINDOW; /* one read behind the other */
        if (w->items[i].used < w->items[oldest].used)
            oldest = i;
    }
    uint64_t left = w->size - at;
    size_t filled = left < wanted ? (size_t)left : wanted;
    w->items[oldest].filled = 0;
    int error = read_all(file->fd, at, filled, w->items[oldest].bytes);
    if (error)
        return error;
    w->items[oldest].at = at;
    w->items[oldest].filled = filled;
    w->items[oldest].used = w->n_reads;
    memcpy(out, w->items[oldest].bytes, size);
    return 0;
}

int incfile_try_read(const incfile *file, uint64_t at, uint64_t size, void *out)
{
    if (size == 0)
        return 0;
    if (file->bytes) {
        memcpy(out, file->bytes + at, (size_t)size);
        return 0;
    }
    if (size <= WINDOW / 2)
        return read_small(file, file->begin + at, (size_t)size, out);
    return read_all(file->fd, file->begin + at, (size_t)size, out);
}

static void fail(inccx *cx, const incfile *file, int error) INC_NORETURN;
static void fail(inccx *cx, const incfile *file, int error)
{
    inc_raise(cx, INC_E_IO, "cannot read %s: %s", file->name,
              error == CUT_SHORT ? "it was cut short meanwhile" : strerror(error));
}

void incfile_read(inccx *cx, const incfile *file, uint64_t at, uint64_t size, void *out)
{
    int error = incfile_try_read(file, at, size, out);
    if (error)
        fail(cx, file, error);
}

const uint8_t *incfile_bytes(inccx *cx, const incfile *file, uint64_t at, uint64_t size)
{
    if (file->bytes)
        return file->bytes + at;
    if (size >= SIZE_MAX)
        inc_raise(cx, INC_E_LIMIT, "%llu bytes of %s do not fit into memory",
                  (unsigned long long)size, file->name);
    uint8_t *bytes = inc_alloc_raw(cx, (size_t)size + 1); /* never of no size */
    incfile_read(cx, file, at, size, bytes);
    return bytes;
}

incspan incfile_span(const incfile *file, uint64_t at, uint64_t size)
{
    return (incspan){
        .bytes = file->bytes ? file->bytes + at : NULL, .file = file, .at = at, .size = size};
}

const uint8_t *incspan_bytes(inccx *cx, incspan span)
{
    return span.bytes ? span.bytes : incfile_bytes(cx, span.file, span.at, span.size);
}
