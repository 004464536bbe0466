/* SPDX-License-Identifier: Apache-2.0 */
/* Finding classes and functions. A file of code/ is read when a name in it is first needed. */
#include <string.h>

#include "frontend/torchscript/eval.h"

incts_interp *incts_interp_new(inccx *cx, incarc *archive, incir_graph *g)
{
    incts_interp *in = INC_NEW(cx, incts_interp);
    in->cx = cx;
    in->archive = archive;
    in->g = g;
    in->files = incmap_new(cx);
    in->objects = incmap_new(cx);
    in->tensors = incmap_new(cx);
    in->constant_cache = incmap_new(cx);
    in->debug_maps = incmap_new(cx);
    return in;
}

static const incts_file *file_of(incts_interp *in, const char *qualifier)
{
    bool known;
    const incts_file *file = incmap_get(in->files, qualifier, strlen(qualifier), &known);
    if (known)
        return file;
    size_t n = 0;
    const char *entry = NULL;
    const char *text = incarc_code(in->cx, in->archive, qualifier, &n, &entry);
    if (text) {
        inc_where before = in->cx->where;
        file = incts_parse(in->cx, entry, text, n);
        in->cx->where = before;
    }
    incmap_set_str(in->cx, in->files, qualifier, (void *)(uintptr_t)file);
    return file;
}

/* Splits "__torch__.a.Name" into its file's qualifier and "Name". */
static const incts_file *split(incts_interp *in, const char *qualified, const char **last)
{
    const char *dot = strrchr(qualified, '.');
    if (!dot)
        return NULL;
    *last = dot + 1;
    return file_of(in, inc_strndup(in->cx, qualified, (size_t)(dot - qualified)));
}

const incts_class *incts_class_named(incts_interp *in, const char *qualified)
{
    const char *last;
    const incts_file *file = split(in, qualified, &last);
    return file ? incts_find_class(file, last) : NULL;
}

const incts_function *incts_function_named(incts_interp *in, const char *qualified)
{
    const char *last;
    const incts_file *file = split(in, qualified, &last);
    return file ? incts_find_function(file, last) : NULL;
}
