/* SPDX-License-Identifier: Apache-2.0 */
/* Where bytes end up: a new file that takes its name only when everything is written, or a function
 * of the application. What exists already stays untouched until then, and of an export that fails
 * or is killed nothing remains. The new file has no name at all while it is written, where the
 * system can do that (Linux's O_TMPFILE); else one that the next export to the same path sweeps
 * away. */
#if defined(__linux__)
#define _GNU_SOURCE /* copy_file_range, sync_file_range, O_TMPFILE */
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "onnx/internal.h"

/* From here on the disk is told to begin. */
enum { SMALLEST_WRITEBACK = 32 << 10 };

struct incox_sink {
    incox_write_fn write; /* NULL: a file */
    void *user_data;
    int fd;      /* -1 when closed */
    bool copies; /* the system may be able to copy from file to file */
    const incox_place *place;
    const char *folder;    /* that it is in, with its slash; "" for the current one */
    const char *temporary; /* what it is called until it gets its name */
    bool has_temporary;    /* there is a file of that name, and it is this one */
    bool is_unnamed;       /* it has no name yet */
    char link[32];         /* "/proc/self/fd/5" of an unnamed one */
};

static void discard(void *data)
{
    incox_sink *sink = data;
    if (sink->has_temporary)
        unlink(sink->temporary);
    if (sink->fd >= 0)
        close(sink->fd);
    sink->fd = -1;
    sink->has_temporary = sink->is_unnamed = false;
}

static void fail(inccx *cx, const incox_sink *sink, int error) INC_NORETURN;
static void fail(inccx *cx, const incox_sink *sink, int error)
{
    inc_raise(cx, INC_E_OUTPUT, "cannot write %s: %s", sink->place->path, strerror(error));
}

/* ---- temporary names: ".model.onnx.1a2b3c4d.part" ---- */

static const char *folder_to_open(const incox_sink *sink)
{
    return *sink->folder ? sink->folder : ".";
}

static const char *prefix(inccx *cx, const incox_sink *sink)
{
    return inc_printf(cx, ".%.200s.", incox_base_name(sink->place->final));
}

static bool is_temporary(const char *name, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(name, prefix, n) == 0 && strspn(name + n, "0123456789abcdef") == 8 &&
           strcmp(name + n + 8, ".part") == 0;
}

static void close_folder(void *folder)
{
    closedir(folder);
}

/* An export that lives holds a lock on its file, so one that nobody has locked was left behind by
 * an export that was killed. */
static void remove_if_left_behind(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0)
        (void)unlinkat(folder, name, 0);
    close(fd);
}

static void sweep(inccx *cx, const incox_sink *sink)
{
    const char *ours = prefix(cx, sink);
    DIR *folder = opendir(folder_to_open(sink));
    if (!folder)
        return;
    inc_defer(cx, close_folder, folder);
    for (struct dirent *e = readdir(folder); e; e = readdir(folder))
        if (is_temporary(e->d_name, ours))
            remove_if_left_behind(dirfd(folder), e->d_name);
    inc_undefer(cx, folder);
}

/* Part of a name only: needs to differ between threads and processes, not to be secret. */
static uint32_t first_number(const incox_sink *sink)
{
    return (uint32_t)getpid() * 2654435761U ^ (uint32_t)((uintptr_t)sink >> 4);
}

static uint32_t next_number(uint32_t number)
{
    return number * 1664525U + 1013904223U;
}

static const char *temporary_name(inccx *cx, const incox_sink *sink, uint32_t number)
{
    return inc_printf(cx, "%s%s%08x.part", sink->folder, prefix(cx, sink), (unsigned)number);
}

/* ---- making it ---- */

static bool open_unnamed(inccx *cx, incox_sink *sink, mode_t mode)
{
#if defined(O_TMPFILE)
    sink->fd = open(folder_to_open(sink), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    if (sink->fd < 0)
        return false;
    snprintf(sink->link, sizeof sink->link, "/proc/self/fd/%d", sink->fd);
    if (access(sink->link, F_OK) != 0) { /* without it the file could not be given a name */
        close(sink->fd);
        sink->fd = -1;
        return false;
    }
    sink->temporary = temporary_name(cx, sink, first_number(sink));
    sink->is_unnamed = true;
    (void)flock(sink->fd, LOCK_EX | LOCK_NB);
    return true;
#else
    (void)cx;
    (void)sink;
    (void)mode;
    return false;
#endif
}

/* False when another export took it for left behind before it was locked. */
static bool lock(const incox_sink *sink)
{
    struct stat info;
    (void)flock(sink->fd, LOCK_EX | LOCK_NB);
    return fstat(sink->fd, &info) == 0 && info.st_nlink > 0;
}

static void open_named(inccx *cx, incox_sink *sink, mode_t mode)
{
    enum { TRIES = 100 };
    uint32_t number = first_number(sink);
    for (int i = 0; i < TRIES; i++, number = next_number(number)) {
        sink->temporary = temporary_name(cx, sink, number);
        sink->fd = open(sink->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (sink->fd < 0 && errno == EEXIST)
            continue;
        if (sink->fd < 0)
            fail(cx, sink, errno);
        if (lock(sink)) {
            sink->has_temporary = true;
            return;
        }
        close(sink->fd);
        sink->fd = -1;
    }
    fail(cx, sink, EEXIST);
}

/* What replaces a file gets its owner, as far as that is allowed, and its access rights. */
static void take_over_rights(const incox_sink *sink)
{
    const incox_place *p = sink->place;
    mode_t mode = p->mode;
    struct stat info;
    if (fstat(sink->fd, &info) != 0)
        return;
    if ((info.st_uid != p->uid || info.st_gid != p->gid) && fchown(sink->fd, p->uid, p->gid) != 0 &&
        fchown(sink->fd, (uid_t)-1, p->gid) != 0 && info.st_gid != p->gid)
        mode &= ~(mode_t)07070; /* another group: it gets no rights that were not meant for it */
    (void)fchmod(sink->fd, mode);
}

incox_sink *incox_sink_file(inccx *cx, const incox_place *place)
{
    incox_sink *sink = INC_NEW(cx, incox_sink);
    sink->fd = -1;
    sink->place = place;
    inc_defer(cx, discard, sink);
    if (place->is_special) {
        sink->fd = open(place->path, O_WRONLY | O_CLOEXEC);
        if (sink->fd < 0)
            fail(cx, sink, errno);
        return sink;
    }
    size_t folder = (size_t)(incox_base_name(place->final) - place->final);
    sink->folder = inc_strndup(cx, place->final, folder);
    sweep(cx, sink);
    mode_t mode = place->replaces ? 0600 : 0666;
    if (!open_unnamed(cx, sink, mode))
        open_named(cx, sink, mode);
    if (place->replaces)
        take_over_rights(sink);
    sink->copies = true;
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

/* ---- writing ---- */

#if defined(__linux__)

/* On file systems that cannot do that it is nothing. */
static uint64_t copy(inccx *cx, incox_sink *sink, const incfile *from, uint64_t at, uint64_t size)
{
    enum { MOST = 1 << 30 };
    off_t offset = (off_t)(from->begin + at);
    uint64_t left = size;
    while (left > 0) {
        ssize_t n = copy_file_range(from->fd, &offset, sink->fd, NULL,
                                    left < MOST ? (size_t)left : MOST, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == ENOSPC || errno == EFBIG || errno == EIO || errno == EDQUOT))
            fail(cx, sink, errno);
        if (n <= 0) { /* also where the input was cut short: reading it tells */
            sink->copies = false;
            break;
        }
        left -= (uint64_t)n;
    }
    return size - left;
}

/* Lets the disk begin, so that there is little to wait for at the end. Only a hint. */
static void begin_writeback(const incox_sink *sink, uint64_t size)
{
    off_t end = lseek(sink->fd, 0, SEEK_CUR);
    if (end >= (off_t)size)
        (void)sync_file_range(sink->fd, end - (off_t)size, (off_t)size, SYNC_FILE_RANGE_WRITE);
}

#else

static uint64_t copy(inccx *cx, incox_sink *sink, const incfile *from, uint64_t at, uint64_t size)
{
    (void)cx;
    (void)sink;
    (void)from;
    (void)at;
    (void)size;
    return 0;
}

static void begin_writeback(const incox_sink *sink, uint64_t size)
{
    (void)sink;
    (void)size;
}

#endif

static void written(const incox_sink *sink, uint64_t size)
{
    if (sink->place->durable && !sink->place->is_special && size >= SMALLEST_WRITEBACK)
        begin_writeback(sink, size);
}

void incox_sink_write(inccx *cx, incox_sink *sink, const void *bytes, size_t size)
{
    if (sink->write) {
        if (sink->write(bytes, size, sink->user_data) != 0)
            inc_raise(cx, INC_E_OUTPUT, "the application's write function refused %zu bytes", size);
        return;
    }
    const uint8_t *next = bytes;
    size_t left = size;
    while (left > 0) {
        ssize_t n = write(sink->fd, next, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            fail(cx, sink, n < 0 ? errno : ENOSPC);
        next += n;
        left -= (size_t)n;
    }
    written(sink, size);
}

uint64_t incox_sink_copy(inccx *cx, incox_sink *sink, const incfile *from, uint64_t at,
                         uint64_t size)
{
    if (!sink->copies || from->fd < 0)
        return 0;
    uint64_t n = copy(cx, sink, from, at, size);
    written(sink, n);
    return n;
}

void incox_sink_finish(inccx *cx, incox_sink *sink)
{
    if (sink->fd < 0)
        return;
    /* Devices, pipes and some network file systems have nothing to sync. */
    if (sink->place->durable && fsync(sink->fd) != 0 && errno != EINVAL && errno != EROFS &&
        errno != ENOTSUP)
        fail(cx, sink, errno);
    if (sink->is_unnamed) /* it would be gone; there is nothing that closing could still report */
        return;
    if (sink->has_temporary) { /* stays open for its lock; network file systems report here */
        int copy = dup(sink->fd);
        if (copy >= 0 && close(copy) != 0 && errno != EINTR)
            fail(cx, sink, errno);
        return;
    }
    int fd = sink->fd;
    sink->fd = -1;
    if (close(fd) != 0 && errno != EINTR)
        fail(cx, sink, errno);
}

/* ---- names ---- */

/* That the new name itself survives a crash; where folders cannot be synced, no harm is done. */
static void sync_folder(const incox_sink *sink)
{
    int fd = open(folder_to_open(sink), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

/* Only a name that nobody has can be given to an unnamed file; else it gets a temporary one, which
 * is then renamed. */
static bool give_name(incox_sink *sink)
{
    const char *final = sink->place->final;
    if (sink->is_unnamed) {
        if (linkat(AT_FDCWD, sink->link, AT_FDCWD, final, AT_SYMLINK_FOLLOW) == 0)
            return true;
        if (errno != EEXIST ||
            linkat(AT_FDCWD, sink->link, AT_FDCWD, sink->temporary, AT_SYMLINK_FOLLOW) != 0)
            return false;
        sink->has_temporary = true;
    }
    if (rename(sink->temporary, final) != 0)
        return false;
    sink->has_temporary = false;
    return true;
}

static void name_sink(inccx *cx, incox_sink *sink)
{
    if (!sink->is_unnamed && !sink->has_temporary)
        return;
    if (!give_name(sink))
        fail(cx, sink, errno);
    sink->is_unnamed = false;
    close(sink->fd);
    sink->fd = -1;
    if (sink->place->durable)
        sync_folder(sink);
}

/* Of an export that ends half-way: no data without its model. */
static void take_back(const incox_written *written)
{
    for (size_t i = 0; i + 1 < written->n_sinks; i++) {
        const incox_sink *sink = written->sinks[i];
        if (sink->folder && !sink->place->replaces && sink->fd < 0)
            unlink(sink->place->final);
    }
}

void incox_commit(inccx *cx, const incox_written *written)
{
    inc_frame frame;
    if (inc_try(cx, &frame)) {
        for (size_t i = 0; i < written->n_sinks; i++)
            name_sink(cx, written->sinks[i]);
        inc_try_end(cx, &frame);
    } else {
        take_back(written);
        inc_raise_again(cx);
    }
    for (size_t i = 0; i < written->n_stale; i++)
        unlink(written->stale[i]);
}
