/* SPDX-License-Identifier: Apache-2.0 */
/* Names of scales and zero points: paths made flat, taken apart, and counted as FX counts them.
 * Comes in: keys of a state_dict and names of modules. Relies on nothing else of the folder. */
#include "checkpoint/fx_names.h"

#include <string.h>

#include "base/str.h"

const char *incckpt_flat(inccx *cx, const char *path)
{
    char *flat = inc_strdup(cx, path);
    for (char *c = flat; *c; c++)
        if (*c == '.')
            *c = '_';
    return flat;
}

const char *incckpt_without_wrappers(inccx *cx, const char *path)
{
    incstr s = {0};
    for (const char *at = path; *at;) {
        const char *dot = strchr(at, '.');
        size_t n = dot ? (size_t)(dot - at) : strlen(at);
        if (n != 6 || memcmp(at, "module", 6) != 0) {
            incstr_add(cx, &s, s.n ? "." : "");
            incstr_add_n(cx, &s, at, n);
        }
        at += n + (dot != NULL);
    }
    return incstr_text(&s);
}

const char *incckpt_scope_around(inccx *cx, const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? inc_strndup(cx, path, (size_t)(dot - path)) : "";
}

/* Cuts ending off; false when text does not end so. */
static bool cut(char *text, const char *ending)
{
    if (!incstr_ends(text, ending))
        return false;
    text[strlen(text) - strlen(ending)] = '\0';
    return true;
}

bool incckpt_fx_name_parse(inccx *cx, const char *key, incckpt_fx_name *name)
{
    const char *number = key + strlen(key);
    while (number > key && number[-1] >= '0' && number[-1] <= '9')
        number--;
    if (!*number || number == key || number[-1] != '_')
        return false;
    char *scope = inc_strndup(cx, key, (size_t)(number - 1 - key));
    bool is_scale = cut(scope, "_scale");
    if (!is_scale && !cut(scope, "_zero_point"))
        return false;
    bool is_input = cut(scope, "_input");
    cut(scope, "."); /* a function of a module that was quantized by itself */
    *name = (incckpt_fx_name){scope, number, is_input, is_scale};
    return true;
}

const char *incckpt_fx_key(inccx *cx, const char *scope, unsigned k)
{
    return inc_printf(cx, "%s#%u", incckpt_flat(cx, scope), k);
}

incckpt_fx_counters incckpt_fx_counters_new(inccx *cx)
{
    return (incckpt_fx_counters){cx, incmap_new(cx), incmap_new(cx)};
}

void *incckpt_fx_next(const incckpt_fx_counters *counters, incmap *counter, const incmap *table,
                      const char *scope, bool always)
{
    inccx *cx = counters->cx;
    const char *flat = incckpt_flat(cx, scope);
    uintptr_t k = (uintptr_t)incmap_get_str(counter, flat);
    void *entry = incmap_get_str(table, incckpt_fx_key(cx, scope, (unsigned)k));
    if (entry || always)
        incmap_set_str(cx, counter, flat, (void *)(k + 1));
    return entry;
}
