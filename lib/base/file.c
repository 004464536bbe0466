#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct mapping {
    void *address;
    size_t size;
    int fd;
} mapping;

static void unmap(void *data)
{
    mapping *m = data;
    if (m->address)
        munmap(m->address, m->size);
    if (m->fd >= 0)
        close(m->fd);
    m->address = NULL;
    m->fd = -1;
}

const incfile *incfile_map(inccx *cx, const char *path)
{
    incfile *file = INC_NEW(cx, incfile);
    mapping *m = INC_NEW(cx, mapping);
    file->name = inc_strdup(cx, path);
    m->fd = -1;
    inc_defer(cx, unmap, m);
    m->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    if (m->fd < 0 || fstat(m->fd, &info) != 0)
        inc_raise(cx, INC_E_IO, "cannot open %s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        inc_raise(cx, INC_E_IO, "%s is %s, not a file", path,
                  S_ISDIR(info.st_mode) ? "a folder" : "a device or pipe");
    file->size = (uint64_t)info.st_size;
    if (file->size > SIZE_MAX)
        inc_raise(cx, INC_E_IO, "%s is too large for this machine's address space", path);
    if (file->size > 0) {
        void *address = mmap(NULL, (size_t)file->size, PROT_READ, MAP_PRIVATE, m->fd, 0);
        if (address == MAP_FAILED)
            inc_raise(cx, INC_E_IO, "cannot map %s: %s", path, strerror(errno));
        m->address = address;
        m->size = (size_t)file->size;
        file->bytes = address;
    }
    file->fd = m->fd;
    return file;
}

const incfile *incfile_borrow(inccx *cx, const void *bytes, uint64_t size, const char *name)
{
    incfile *file = INC_NEW(cx, incfile);
    *file = (incfile){bytes, size, inc_strdup(cx, name), -1};
    return file;
}
