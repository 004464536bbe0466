/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of nodes: setting and reading them; see graph.h. In: a node and a value, which is
 * copied into the context's arena. Out: the node with the attribute behind those that it has. */
#include <string.h>

#include "ir/graph.h"

static incir_attr *attr_new(incir_graph *g, incir_node *n, const char *name, incir_attr_kind kind,
                            size_t count)
{
    incir_attr *attr = INC_NEW(g->cx, incir_attr);
    attr->name = name;
    attr->kind = kind;
    attr->n = count;
    incir_attr **end = &n->attrs;
    while (*end)
        end = &(*end)->next;
    return *end = attr;
}

void incir_attr_int(incir_graph *g, incir_node *n, const char *name, int64_t value)
{
    attr_new(g, n, name, INCIR_ATTR_INT, 1)->u.i = value;
}

void incir_attr_float(incir_graph *g, incir_node *n, const char *name, double value)
{
    attr_new(g, n, name, INCIR_ATTR_FLOAT, 1)->u.f = (float)value;
}

void incir_attr_str(incir_graph *g, incir_node *n, const char *name, const char *value)
{
    attr_new(g, n, name, INCIR_ATTR_STRING, 1)->u.s = value;
}

void incir_attr_strs(incir_graph *g, incir_node *n, const char *name, const char *const *v,
                     size_t count)
{
    attr_new(g, n, name, INCIR_ATTR_STRINGS, count)->u.strings =
        inc_copy(g->cx, v, count * sizeof *v);
}

void incir_attr_ints(incir_graph *g, incir_node *n, const char *name, const int64_t *v,
                     size_t count)
{
    attr_new(g, n, name, INCIR_ATTR_INTS, count)->u.ints = inc_copy(g->cx, v, count * sizeof *v);
}

void incir_attr_floats(incir_graph *g, incir_node *n, const char *name, const double *v,
                       size_t count)
{
    float *floats = INC_NEW_N(g->cx, float, count);
    for (size_t i = 0; i < count; i++)
        floats[i] = (float)v[i];
    attr_new(g, n, name, INCIR_ATTR_FLOATS, count)->u.floats = floats;
}

void incir_attr_tensor(incir_graph *g, incir_node *n, const char *name, const inctensor *t)
{
    attr_new(g, n, name, INCIR_ATTR_TENSOR, 1)->u.tensor = t;
}

void incir_attr_block(incir_graph *g, incir_node *n, const char *name, incir_block *block)
{
    attr_new(g, n, name, INCIR_ATTR_BLOCK, 1)->u.block = block;
}

const incir_attr *incir_find_attr(const incir_node *n, const char *name)
{
    for (const incir_attr *attr = n->attrs; attr; attr = attr->next)
        if (strcmp(attr->name, name) == 0)
            return attr;
    return NULL;
}

int64_t incir_attr_int_or(const incir_node *n, const char *name, int64_t absent)
{
    const incir_attr *attr = incir_find_attr(n, name);
    return attr && attr->kind == INCIR_ATTR_INT ? attr->u.i : absent;
}

double incir_attr_float_or(const incir_node *n, const char *name, double absent)
{
    const incir_attr *attr = incir_find_attr(n, name);
    return attr && attr->kind == INCIR_ATTR_FLOAT ? (double)attr->u.f : absent;
}

const char *incir_attr_str_or(const incir_node *n, const char *name, const char *absent)
{
    const incir_attr *attr = incir_find_attr(n, name);
    return attr && attr->kind == INCIR_ATTR_STRING ? attr->u.s : absent;
}
