/* SPDX-License-Identifier: Apache-2.0 */
/* How inputs and outputs nest. PyTorch writes the tree as JSON in a string: [1, node], each node
 * with a type, a context and children; a leaf has the type null. The context of dicts (and of other
 * classes with keys) is JSON in a string again: the keys. Leaves are named after the innermost key,
 * with the places in lists and tuples behind it. */
#include <string.h>

#include "base/str.h"
#include "frontend/pt2/internal.h"

typedef struct walk {
    inccx *cx;
    incpt2_names *names;
    size_t cap;
} walk;

enum { MOST_LEAVES = 1 << 20 };

static bool add_leaf(walk *w, const char *name)
{
    INC_VEC(const char *) all = {w->names->items, w->names->n, w->cap};
    if (all.n >= MOST_LEAVES)
        return false;
    INC_PUSH(w->cx, &all, name);
    w->names->items = all.items;
    w->names->n = all.n;
    w->cap = all.cap;
    return true;
}

/* JSON in a string; NULL when it is none. Not being able to name something is no failure. */
static const incjson *parse(inccx *cx, const char *text)
{
    inc_frame frame;
    inc_failure before = cx->error;
    if (inc_try(cx, &frame)) {
        const incjson *v = incjson_parse(cx, text, strlen(text), "treespec", INC_E_FORMAT);
        inc_try_end(cx, &frame);
        return v;
    }
    if (cx->error.status != INC_E_FORMAT)
        inc_raise_again(cx);
    cx->error = before;
    return NULL;
}

/* The children of a node; NULL when it is no node. */
static const incjson *children(const incjson *node)
{
    const incjson *list = incjson_get(node, "children_spec");
    return list && list->kind == INCJSON_ARRAY ? list : NULL;
}

static bool is_leaf(const incjson *node)
{
    const incjson *type = incjson_get(node, "type");
    return type && type->kind == INCJSON_NULL;
}

/* Names of the children, or NULL: keys, where the context is an array of them. */
static const incjson *keys(inccx *cx, const incjson *node, uint32_t n)
{
    const incjson *context = incjson_get(node, "context");
    if (!context || context->kind != INCJSON_STRING || context->n == 0)
        return NULL;
    const incjson *list = parse(cx, context->as.text);
    if (list && list->kind == INCJSON_ARRAY && list->n == 2 && n != 2 &&
        list->as.items[1].kind == INCJSON_ARRAY) /* a defaultdict: its factory, then the keys */
        list = &list->as.items[1];
    if (!list || list->kind != INCJSON_ARRAY || list->n != n)
        return NULL;
    for (uint32_t i = 0; i < n; i++)
        if (list->as.items[i].kind != INCJSON_STRING || list->as.items[i].n == 0)
            return NULL;
    return list;
}

static bool name_leaves(walk *w, const incjson *node, const char *name)
{
    if (is_leaf(node))
        return add_leaf(w, name);
    const incjson *list = children(node);
    if (!list)
        return false;
    const incjson *named = keys(w->cx, node, list->n);
    for (uint32_t i = 0; i < list->n; i++) {
        const char *child = named  ? named->as.items[i].as.text
                            : name ? inc_printf(w->cx, "%s_%u", name, (unsigned)i)
                                   : NULL;
        if (!name_leaves(w, &list->as.items[i], child))
            return false;
    }
    return true;
}

static bool name_arguments(walk *w, const incjson *root, const incjson *parameters)
{
    const incjson *both = children(root);
    if (!both || both->n != 2)
        return false;
    const incjson *args = children(&both->as.items[0]);
    if (!args)
        return false;
    for (uint32_t i = 0; i < args->n; i++) {
        const incjson *p = parameters && parameters->kind == INCJSON_ARRAY && i < parameters->n
                               ? &parameters->as.items[i]
                               : NULL;
        const char *name = p && p->kind == INCJSON_STRING && p->n ? p->as.text : NULL;
        if (!name_leaves(w, &args->as.items[i], name))
            return false;
    }
    return name_leaves(w, &both->as.items[1], NULL);
}

bool incpt2_tree_names(inccx *cx, const char *text, const incjson *parameters, bool is_input,
                       incpt2_names *names)
{
    walk w = {.cx = cx, .names = names};
    const incjson *spec = parse(cx, text);
    *names = (incpt2_names){0};
    if (!spec || spec->kind != INCJSON_ARRAY || spec->n != 2)
        return false;
    const incjson *root = &spec->as.items[1];
    return is_input ? name_arguments(&w, root, parameters) : name_leaves(&w, root, NULL);
}
