/* SPDX-License-Identifier: Apache-2.0 */
/* The modules of a checkpoint by name, with and without what Neural Compressor wraps them in. */
#include <string.h>

#include "checkpoint/internal.h"

bool incckpt_is_weighted(const incckpt_module *m)
{
    return m && m->weight && m->weight->q;
}

incckpt_module *incckpt_module_of(const incckpt *c, const char *name)
{
    incckpt_module *m = incmap_get_str(c->modules, name);
    incckpt_module *wrapped = incckpt_is_weighted(m) ? NULL : incmap_get_str(c->wrapped, name);
    /* beside a wrapped module, the wrapper may keep names for its floats */
    bool is_quantized = wrapped && m && wrapped->output.has_scale && !m->output.has_scale;
    return incckpt_is_weighted(wrapped) || is_quantized || !m ? wrapped : m;
}

incckpt_module *incckpt_module_named(inccx *cx, incckpt *c, const char *name, const char *key)
{
    incckpt_module *m = incmap_get_str(c->modules, name);
    if (m)
        return m;
    m = INC_NEW(cx, incckpt_module);
    m->name = name;
    m->output.key = key;
    incmap_set_str(cx, c->modules, name, m);
    const char *inner = incckpt_without_wrappers(cx, name);
    if (*inner && strcmp(inner, name) != 0 && !incmap_has_str(c->wrapped, inner))
        incmap_set_str(cx, c->wrapped, inner, m);
    return m;
}
