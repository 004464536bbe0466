/* SPDX-License-Identifier: Apache-2.0 */
/* What the output's path means, before anything is written: which file it will be once links are
 * followed, that this is none of the files the export reads, and which file beside it may hold the
 * weights. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onnx/internal.h"

enum { MOST_LINKS = 40 };

static void fail(inccx *cx, const char *path, int error) INC_NORETURN;
static void fail(inccx *cx, const char *path, int error)
{
    inc_raise(cx, INC_E_OUTPUT, "cannot write %s: %s", path, strerror(error));
}

/* path with the links followed that its last part may be, also when what they name is not there. */
static const char *follow_links(inccx *cx, const char *path)
{
    char target[PATH_MAX];
    const char *at = path;
    for (int i = 0; i < MOST_LINKS; i++) {
        ssize_t n = readlink(at, target, sizeof target - 1);
        if (n < 0)
            return at;
        target[n] = '\0';
        const char *slash = target[0] == '/' ? NULL : strrchr(at, '/');
        at = slash ? inc_printf(cx, "%.*s%s", (int)(slash - at) + 1, at, target)
                   : inc_strdup(cx, target);
    }
    fail(cx, path, ELOOP);
}

static bool is_input(const incox_target *target, const struct stat *info, const char **name)
{
    struct stat input;
    for (size_t i = 0; i < target->n_inputs; i++) {
        const incfile *file = target->inputs[i];
        if (!file || file->fd < 0 || fstat(file->fd, &input) != 0)
            continue;
        *name = file->name;
        if (input.st_dev == info->st_dev && input.st_ino == info->st_ino)
            return true;
    }
    return false;
}

static void refuse_input(inccx *cx, const char *path, const char *input) INC_NORETURN;
static void refuse_input(inccx *cx, const char *path, const char *input)
{
    inc_raise_hint(cx, INC_E_OUTPUT, "Give the output another name.",
                   "%s is the input %s itself, which is not overwritten", path, input);
}

incox_place *incox_find_place(inccx *cx, const char *path, const incox_target *target)
{
    incox_place *p = INC_NEW(cx, incox_place);
    struct stat info;
    const char *input;
    p->path = p->final = path;
    p->durable = target->durable;
    if (stat(path, &info) != 0) {
        if (errno != ENOENT)
            fail(cx, path, errno);
        p->final = follow_links(cx, path);
        return p;
    }
    if (S_ISDIR(info.st_mode))
        fail(cx, path, EISDIR);
    if (!S_ISREG(info.st_mode)) { /* a pipe or device cannot be replaced */
        p->is_special = true;
        return p;
    }
    if (is_input(target, &info, &input))
        refuse_input(cx, path, input);
    p->final = follow_links(cx, path);
    p->replaces = true;
    p->mode = info.st_mode & 07777;
    p->uid = info.st_uid;
    p->gid = info.st_gid;
    return p;
}

/* ---- the file beside it ---- */

/* "model.onnx.data"; while the model that is replaced refers to that, "model.onnx.b.data", and so
 * on: so the old model keeps its weights until the new one takes its name. */
static const char *data_name(inccx *cx, const incox_place *model, const incox_names *in_use)
{
    for (int letter = 'a'; letter <= 'z'; letter++) {
        const char *name = letter == 'a' ? inc_printf(cx, "%s.data", model->final)
                                         : inc_printf(cx, "%s.%c.data", model->final, letter);
        if (!incox_names_have(in_use, incox_base_name(name)))
            return name;
    }
    inc_raise(cx, INC_E_OUTPUT, "cannot write %s: all names for its weights are in use",
              model->path);
}

incox_place *incox_find_data_place(inccx *cx, const incox_place *model, const incox_names *in_use,
                                   const incox_target *target)
{
    return incox_find_place(cx, data_name(cx, model, in_use), target);
}

/* Of the names, those that an export to this model can have made. */
static bool is_ours(const char *name, const char *model)
{
    size_t n = strlen(model);
    if (strncmp(name, model, n) != 0)
        return false;
    name += n;
    return strcmp(name, ".data") == 0 ||
           (name[0] == '.' && name[1] >= 'b' && name[1] <= 'z' && strcmp(name + 2, ".data") == 0);
}

void incox_find_stale(inccx *cx, const incox_place *model, const incox_place *data,
                      const incox_names *in_use, const incox_target *target, incox_written *written)
{
    const char *base = incox_base_name(model->final), *input;
    int folder = (int)(base - model->final);
    struct stat info;
    for (size_t i = 0; i < in_use->n && written->n_stale < INC_COUNT(written->stale); i++) {
        const char *name = in_use->names[i];
        const char *path = inc_printf(cx, "%.*s%s", folder, model->final, name);
        if (is_ours(name, base) && !(data && strcmp(path, data->final) == 0) &&
            lstat(path, &info) == 0 && S_ISREG(info.st_mode) && !is_input(target, &info, &input))
            written->stale[written->n_stale++] = path;
    }
}

const char *incox_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
