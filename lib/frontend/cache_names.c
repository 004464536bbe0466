/* SPDX-License-Identifier: Apache-2.0 */
/* Key/value caches by Hugging Face's names. PyTorch's own differ by where a cache comes from: a
 * buffer key_cache_3 of a static cache, an entry layers.3.keys or key_cache_3 of a DynamicCache
 * among the inputs. All say which of the two it is and the number of the layer. */
#include "frontend/cache_names.h"

#include <string.h>

#include "base/map.h"

typedef struct word {
    const char *text;
    size_t n;
} word;

static word next_word(const char **at)
{
    static const char separators[] = "._";
    *at += strspn(*at, separators);
    word w = {*at, strcspn(*at, separators)};
    *at += w.n;
    return w;
}

static bool is_one_of(word w, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(texts[i]) == w.n && memcmp(texts[i], w.text, w.n) == 0)
            return true;
    return false;
}

static bool is_number(word w)
{
    return w.n > 0 && strspn(w.text, "0123456789") >= w.n;
}

const char *incfe_cache_name(inccx *cx, const char *name, bool is_output)
{
    static const char *const keys[] = {"k", "key", "keys"};
    static const char *const values[] = {"v", "value", "values"};
    static const char *const caches[] = {"cache", "caches", "layers", "past", "present", "kv"};
    const char *kind = NULL;
    word layer = {0};
    size_t n_kinds = 0, n_numbers = 0;
    bool is_cache = false;
    if (is_output && strlen(name) > 5 && strcmp(name + strlen(name) - 5, ".next") == 0)
        name = inc_strndup(cx, name, strlen(name) - 5);
    for (const char *at = name; *at;) {
        word w = next_word(&at);
        if (is_number(w)) {
            layer = w;
            n_numbers++;
        } else if (is_one_of(w, keys, INC_COUNT(keys))) {
            kind = "key";
            n_kinds++;
        } else if (is_one_of(w, values, INC_COUNT(values))) {
            kind = "value";
            n_kinds++;
        } else {
            is_cache = is_cache || is_one_of(w, caches, INC_COUNT(caches));
        }
    }
    if (n_kinds != 1 || n_numbers != 1 || !is_cache)
        return NULL;
    return inc_printf(cx, "%s.%.*s.%s", is_output ? "present" : "past_key_values", (int)layer.n,
                      layer.text, kind);
}

/* An output that is called as an input has ".1" behind its name, which is no number of a layer. */
static const char *without_number(inccx *cx, const char *name, const incmap *inputs)
{
    const char *dot = strrchr(name, '.');
    if (!dot || !dot[1] || strspn(dot + 1, "0123456789") != strlen(dot + 1))
        return name;
    const char *before = inc_strndup(cx, name, (size_t)(dot - name));
    return incmap_has_str(inputs, before) ? before : name;
}

/* inputs: names of the graph's inputs where outputs are renamed; else NULL. */
static void rename_all(inccx *cx, incir_value *const *values, size_t first, size_t n,
                       const incmap *inputs, incmap *names)
{
    for (size_t i = 0; i < n; i++)
        incmap_set_str(cx, names, values[i]->name, values[i]);
    for (size_t i = first; i < n; i++) {
        const char *plain = values[i]->name;
        if (inputs)
            plain = without_number(cx, plain, inputs);
        const char *name = incfe_cache_name(cx, plain, inputs != NULL);
        if (!name || incmap_has_str(names, name))
            continue;
        incmap_set_str(cx, names, name, values[i]);
        values[i]->name = name;
    }
}

void incfe_name_caches(inccx *cx, incir_graph *g, size_t n_given_inputs, size_t n_given_outputs)
{
    incmap *names = incmap_new(cx), *inputs = incmap_new(cx);
    for (size_t i = 0; i < g->main->n_inputs; i++)
        incmap_set_str(cx, inputs, g->main->inputs[i]->name, g->main->inputs[i]);
    rename_all(cx, g->main->inputs, n_given_inputs, g->main->n_inputs, NULL, names);
    rename_all(cx, g->main->outputs, n_given_outputs, g->main->n_outputs, inputs, names);
}
