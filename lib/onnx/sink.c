/* Where bytes end up: a new file that takes its name only when everything is written and synced, or
 * a function of the application. What exists already stays untouched until then, and of a failed
 * export nothing remains. */
#if defined(__linux__)
#define _GNU_SOURCE /* copy_file_range, sync_file_range */
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onnx/internal.h"

/* From here on bytes of the source file are copied by the system. */
enum { SMALLEST_COPY = 32 << 10 };

struct incox_sink {
    incox_write_fn write; /* NULL: a file */
    void *user_data;
    int fd;                /* -1 when closed */
    const incfile *source; /* NULL: everything is written from memory */
    const char *path;      /* as asked for, for messages */
    const char *final;     /* what it will be called: path with links resolved */
    const char *folder;    /* that it is in */
    const char
        *temporary; /* what it is called now; NULL when it needs no renaming or was renamed */
};

static void discard(void *data)
{
    incox_sink *sink = data;
    if (sink->fd >= 0)
        close(sink->fd);
    if (sink->temporary)
        unlink(sink->temporary);
    sink->fd = -1;
    sink->temporary = NULL;
}

static void fail(inccx *cx, const incox_sink *sink, int error) INC_NORETURN;
static void fail(inccx *cx, const incox_sink *sink, int error)
{
    inc_raise(cx, INC_E_OUTPUT, "cannot write %s: %s", sink->path, strerror(error));
}

static void free_path(void *path)
{
    free(path);
}

/* A link stays a link, and what it points at is replaced. */
static const char *resolve(inccx *cx, const incox_sink *sink)
{
    char *real = realpath(sink->path, NULL);
    if (!real)
        fail(cx, sink, errno);
    inc_defer(cx, free_path, real);
    const char *copy = inc_strdup(cx, real);
    inc_undefer(cx, real);
    return copy;
}

/* "folder/.name.1a2b3c4d.part", new, with the access rights that the process gives new files. */
static void open_temporary(inccx *cx, incox_sink *sink)
{
    enum { TRIES = 100 };
    const char *slash = strrchr(sink->final, '/');
    size_t folder = slash ? (size_t)(slash - sink->final) + 1 : 0;
    sink->folder = slash ? inc_strndup(cx, sink->final, folder) : ".";
    /* Part of a name only: needs to differ between threads and processes, not to be secret. */
    uint32_t number = (uint32_t)getpid() * 2654435761U ^ (uint32_t)((uintptr_t)sink >> 4);
    for (int i = 0; i < TRIES; i++, number = number * 1664525U + 1013904223U) {
        const char *name = inc_printf(cx, "%.*s.%.200s.%08x.part", (int)folder, sink->final,
                                      sink->final + folder, (unsigned)number);
        sink->fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (sink->fd >= 0) {
            sink->temporary = name;
            return;
        }
        if (errno != EEXIST)
            fail(cx, sink, errno);
    }
    fail(cx, sink, EEXIST);
}

incox_sink *incox_sink_file(inccx *cx, const char *path, const incfile *source)
{
    incox_sink *sink = INC_NEW(cx, incox_sink);
    struct stat info;
    sink->fd = -1;
    sink->path = sink->final = path;
    inc_defer(cx, discard, sink);
    if (stat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode))
            fail(cx, sink, EISDIR);
        if (!S_ISREG(info.st_mode)) { /* a pipe or device cannot be replaced */
            sink->fd = open(path, O_WRONLY | O_CLOEXEC);
            if (sink->fd < 0)
                fail(cx, sink, errno);
            return sink;
        }
        sink->final = resolve(cx, sink);
    } else if (errno != ENOENT) {
        fail(cx, sink, errno);
    }
    open_temporary(cx, sink);
    if (source && source->fd >= 0)
        sink->source = source;
    return sink;
}

incox_sink *incox_sink_callback(inccx *cx, incox_write_fn write, void *user_data)
{
    incox_sink *sink = INC_NEW(cx, incox_sink);
    sink->write = write;
    sink->user_data = user_data;
    sink->fd = -1;
    return sink;
}

#if defined(__linux__)

/* What of the size bytes lies in the source file is copied from it; how much that was. On file
 * systems that cannot do that it is nothing. */
static size_t copy_from_source(inccx *cx, incox_sink *sink, const uint8_t *bytes, size_t size)
{
    const incfile *source = sink->source;
    uintptr_t at = (uintptr_t)bytes - (uintptr_t)source->bytes;
    if (at >= source->size || size > source->size - at)
        return 0;
    off_t offset = (off_t)at;
    size_t left = size;
    while (left > 0) {
        ssize_t n = copy_file_range(source->fd, &offset, sink->fd, NULL, left, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == ENOSPC || errno == EFBIG || errno == EIO || errno == EDQUOT))
            fail(cx, sink, errno);
        if (n <= 0) {
            sink->source = NULL;
            break;
        }
        left -= (size_t)n;
    }
    return size - left;
}

/* Lets the disk begin, so that there is little to wait for at the end. Only a hint. */
static void begin_writeback(const incox_sink *sink, size_t size)
{
    off_t end = lseek(sink->fd, 0, SEEK_CUR);
    if (end >= (off_t)size)
        (void)sync_file_range(sink->fd, end - (off_t)size, (off_t)size, SYNC_FILE_RANGE_WRITE);
}

#else

static size_t copy_from_source(inccx *cx, incox_sink *sink, const uint8_t *bytes, size_t size)
{
    (void)cx;
    (void)sink;
    (void)bytes;
    (void)size;
    return 0;
}

static void begin_writeback(const incox_sink *sink, size_t size)
{
    (void)sink;
    (void)size;
}

#endif

void incox_sink_write(inccx *cx, incox_sink *sink, const void *bytes, size_t size)
{
    if (sink->write) {
        if (sink->write(bytes, size, sink->user_data) != 0)
            inc_raise(cx, INC_E_OUTPUT, "the application's write function refused %zu bytes", size);
        return;
    }
    const uint8_t *next = bytes;
    size_t left = size;
    if (sink->source && size >= SMALLEST_COPY) {
        size_t n = copy_from_source(cx, sink, next, size);
        next += n;
        left -= n;
    }
    while (left > 0) {
        ssize_t n = write(sink->fd, next, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            fail(cx, sink, n < 0 ? errno : ENOSPC);
        next += n;
        left -= (size_t)n;
    }
    if (sink->temporary && size >= SMALLEST_COPY)
        begin_writeback(sink, size);
}

void incox_sink_finish(inccx *cx, incox_sink *sink)
{
    if (sink->fd < 0)
        return;
    /* Devices, pipes and some network file systems have nothing to sync. */
    if (fsync(sink->fd) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
        fail(cx, sink, errno);
    int fd = sink->fd;
    sink->fd = -1;
    if (close(fd) != 0 && errno != EINTR)
        fail(cx, sink, errno);
}

/* That the new name itself survives a crash; where folders cannot be synced, no harm is done. */
static void sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

void incox_commit(inccx *cx, const incox_written *written)
{
    for (size_t i = 0; i < written->n_sinks; i++) {
        incox_sink *sink = written->sinks[i];
        if (!sink->temporary)
            continue;
        if (rename(sink->temporary, sink->final) != 0) {
            int error = errno;
            if (i > 0 && written->sinks[0]->folder) /* no data without its model */
                unlink(written->sinks[0]->final);
            fail(cx, sink, error);
        }
        sink->temporary = NULL;
    }
    for (size_t i = 0; i < written->n_sinks; i++)
        if (written->sinks[i]->folder)
            sync_folder(written->sinks[i]->folder);
}
