/* SPDX-License-Identifier: Apache-2.0 */
/* Making and changing the graph; see graph.h. Types come from onnx_ops.h, sizes from materialise.c.
 */
#include "ir/graph.h"

#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "ir/onnx_ops.h"

/* A model whose code unrolls into more nodes than this is hostile or hopeless. */
enum { MOST_NODES = 4 * 1000 * 1000 };

incir_graph *incir_graph_new(inccx *cx, uint32_t opset)
{
    incir_graph *g = INC_NEW(cx, incir_graph);
    g->cx = cx;
    g->opset = opset;
    g->syms = incsym_table_new(cx);
    g->constants = incmap_new(cx);
    g->call = incir_place_new(g, "", "");
    g->main = incir_block_new(g);
    g->block = g->main;
    return g;
}

bool incir_has_opset(incir_graph *g, uint32_t opset)
{
    if (g->opset >= opset)
        return true;
    if (g->wish && g->wish->opset < opset)
        *g->wish = (incir_wish){opset, g->cx->where.op};
    return false;
}

/* ---- values ---- */

static incir_value *value_new(incir_graph *g, incir_kind kind, incdtype dtype, size_t rank)
{
    if (rank > INCTENSOR_MAX_RANK)
        inc_raise(g->cx, INC_E_LIMIT, "a tensor of rank %zu: at most %d axes are possible", rank,
                  INCTENSOR_MAX_RANK);
    incir_value *v = INC_NEW(g->cx, incir_value);
    v->kind = kind;
    v->dtype = dtype;
    v->rank = rank;
    v->id = ++g->n_values;
    v->call = g->call;
    return v;
}

static void set_known_dims(incir_graph *g, incir_value *v, const int64_t *sizes)
{
    const incsym **dims = INC_NEW_N(g->cx, const incsym *, v->rank);
    for (size_t i = 0; i < v->rank; i++)
        dims[i] = incsym_int(g->syms, sizes[i]);
    v->dims = dims;
}

static void push_value(incir_graph *g, incir_value ***items, size_t *n, size_t *cap, incir_value *v)
{
    if (*n == *cap)
        *items = incvec_grow(g->cx, *items, sizeof **items, *n, cap, 1);
    (*items)[(*n)++] = v;
}

incir_value *incir_input(incir_graph *g, const char *name, incdtype dtype, size_t rank,
                         const incsym *const *dims)
{
    if (incdtype_is_complex(dtype))
        inc_raise_hint(g->cx, INC_E_UNSUPPORTED,
                       "take a real tensor [..., 2] and make it complex in the model "
                       "(torch.view_as_complex)",
                       "%s is a tensor of complex numbers, which ONNX has no operators for", name);
    incir_value *v = value_new(g, INCIR_INPUT, dtype, rank);
    v->name = name;
    v->dims = inc_copy(g->cx, dims, rank * sizeof *dims);
    return v;
}

incir_value *incir_complex(incir_graph *g, incir_value *re, incir_value *im)
{
    if (re->dtype != im->dtype || re->rank != im->rank || !incdtype_is_float(re->dtype))
        inc_raise(g->cx, INC_E_FORMAT, "%s and %s are no parts of a complex tensor",
                  incir_type_text(g, re), incir_type_text(g, im));
    incir_value *v = value_new(g, INCIR_COMPLEX, incdtype_complex_of(re->dtype), re->rank);
    v->dims = re->dims;
    v->re = re;
    v->im = im;
    return v;
}

/* The parts of a tensor of a file: initializers called KEY.real and KEY.imag. */
static incir_value *complex_constant(incir_graph *g, const inctensor *t, const char *name)
{
    const char *re = name ? inc_printf(g->cx, "%s.real", name) : NULL;
    const char *im = name ? inc_printf(g->cx, "%s.imag", name) : NULL;
    return incir_complex(g, incir_constant(g, inctensor_complex_part(g->cx, t, false), re),
                         incir_constant(g, inctensor_complex_part(g->cx, t, true), im));
}

incir_value *incir_constant(incir_graph *g, const inctensor *t, const char *name)
{
    if (incdtype_is_complex(t->dtype))
        return complex_constant(g, t, name);
    if (name) {
        incir_value *known = incmap_get_str(g->constants, name);
        if (known)
            return known;
    }
    incir_value *v = value_new(g, INCIR_CONSTANT, t->dtype, t->rank);
    v->constant = t;
    v->name = name;
    v->is_parameter = name != NULL;
    set_known_dims(g, v, t->sizes);
    if (name)
        incmap_set_str(g->cx, g->constants, name, v);
    return v;
}

incir_value *incir_const_i64(incir_graph *g, int64_t value)
{
    return incir_constant(g, inctensor_scalar_i64(g->cx, value), NULL);
}

incir_value *incir_const_i64s(incir_graph *g, const int64_t *values, size_t n)
{
    return incir_constant(g, inctensor_vector_i64(g->cx, values, n), NULL);
}

incir_value *incir_const_float(incir_graph *g, incdtype dtype, double value)
{
    return incir_constant(g, inctensor_scalar_f64(g->cx, dtype, value), NULL);
}

incir_value *incir_const_bool(incir_graph *g, bool value)
{
    uint8_t byte = value;
    return incir_constant(g, inctensor_new(g->cx, INCDT_BOOL, 0, NULL, &byte), NULL);
}

static incir_value *sizes_value(incir_graph *g, const incsym *const *items, size_t n, bool scalar)
{
    int64_t *known = INC_NEW_N(g->cx, int64_t, n);
    size_t n_known = 0;
    while (n_known < n && incsym_known(items[n_known], &known[n_known]))
        n_known++;
    if (n_known == n)
        return scalar ? incir_const_i64(g, known[0]) : incir_const_i64s(g, known, n);
    incir_value *v = value_new(g, INCIR_SIZES, INCDT_I64, scalar ? 0 : 1);
    int64_t size = (int64_t)n;
    set_known_dims(g, v, &size);
    v->contents = inc_copy(g->cx, items, n * sizeof *items);
    return v;
}

incir_value *incir_sizes(incir_graph *g, const incsym *const *items, size_t n)
{
    return sizes_value(g, items, n, false);
}

incir_value *incir_size_scalar(incir_graph *g, const incsym *item)
{
    return sizes_value(g, &item, 1, true);
}

const incsym *const *incir_contents(incir_graph *g, incir_value *v)
{
    enum { MOST_CONTENTS = 4096 };
    if (v->contents)
        return v->contents;
    if (v->dtype != INCDT_I64 || v->rank > 1 || !incir_is_constant(v) ||
        v->constant->numel > MOST_CONTENTS)
        return NULL;
    size_t n = (size_t)v->constant->numel;
    const int64_t *values = inctensor_i64s(g->cx, v->constant);
    const incsym **contents = INC_NEW_N(g->cx, const incsym *, n);
    for (size_t i = 0; i < n; i++)
        contents[i] = incsym_int(g->syms, values[i]);
    v->contents = contents;
    return contents;
}

bool incir_is_constant(const incir_value *v)
{
    return v->kind == INCIR_CONSTANT && inctensor_has_data(v->constant);
}

const incsym *incir_axis_size(incir_graph *g, const incir_value *v, size_t axis)
{
    if (axis >= v->rank)
        inc_raise(g->cx, INC_E_FORMAT, "%s has too few axes: %s", incir_type_text(g, v),
                  axis < INCTENSOR_MAX_RANK ? inc_printf(g->cx, "axis %zu was expected", axis)
                                            : "one was expected");
    return v->dims[axis];
}

const incsym *incir_sym(incir_graph *g, const incir_value *v, int64_t axis)
{
    return incir_axis_size(g, v, (size_t)(axis < 0 ? axis + (int64_t)v->rank : axis));
}

bool incir_dim(const incir_value *v, int64_t axis, int64_t *size)
{
    size_t at = (size_t)(axis < 0 ? axis + (int64_t)v->rank : axis);
    return at < v->rank && incsym_known(v->dims[at], size);
}

const incsym *incir_numel(incir_graph *g, const incir_value *v)
{
    const incsym *n = incsym_int(g->syms, 1);
    for (size_t i = 0; i < v->rank; i++)
        n = incsym_mul(g->syms, n, v->dims[i]);
    return n;
}

const char *incir_type_text(incir_graph *g, const incir_value *v)
{
    incstr s = {0};
    incstr_addf(g->cx, &s, "%s[", incdtype_name(v->dtype));
    for (size_t i = 0; i < v->rank; i++)
        incstr_addf(g->cx, &s, "%s%s", i ? ", " : "", incsym_text(g->syms, v->dims[i]));
    incstr_add(g->cx, &s, "]");
    return incstr_text(&s);
}

/* ---- nodes ---- */

incir_node *incir_node_new(incir_graph *g, const char *op_type)
{
    incir_node *n = INC_NEW(g->cx, incir_node);
    n->domain = "";
    n->op_type = op_type;
    n->op = incir_op_find(n->domain, op_type);
    n->call = g->call;
    return n;
}

void incir_set_domain(incir_node *n, const char *domain)
{
    n->domain = domain;
    n->op = incir_op_find(domain, n->op_type);
}

/* Nothing is ever computed on a pair by what does not know that it is one. */
static void refuse_complex(incir_graph *g, const incir_value *v, const char *what)
{
    if (v && v->kind == INCIR_COMPLEX)
        inc_raise_hint(g->cx, INC_E_UNSUPPORTED,
                       "compute it from the real and the imaginary part (torch.view_as_real)",
                       "%s of complex numbers is not supported", what);
}

void incir_in(incir_graph *g, incir_node *n, incir_value *v)
{
    refuse_complex(g, v, n->op_type);
    push_value(g, &n->inputs, &n->n_inputs, &n->cap_inputs, v);
}

void incir_set_output(incir_graph *g, incir_node *n, size_t i, incdtype dtype, size_t rank,
                      const incsym *const *dims)
{
    if (i >= n->n_outputs)
        return; /* an optional output that was not asked for */
    incir_value *v = value_new(g, INCIR_RESULT, dtype, rank);
    v->dims = inc_copy(g->cx, dims, rank * sizeof *dims);
    v->producer = n;
    v->output_index = i;
    n->outputs[i] = v;
    if (incdtype_is_complex(dtype))
        inc_raise(g->cx, INC_E_UNSUPPORTED, "%s of complex numbers is not supported", n->op_type);
}

void incir_append_again(incir_graph *g, incir_node *n)
{
    incir_block *b = g->block;
    if (++g->n_nodes > MOST_NODES)
        inc_raise(g->cx, INC_E_LIMIT, "the model unrolls into more than %d nodes", MOST_NODES);
    n->block = b;
    n->previous = b->last;
    if (b->last)
        b->last->next = n;
    else
        b->first = n;
    b->last = n;
}

/* Whether all inputs are known well enough for a fold function to look at them. */
static bool inputs_known(incir_graph *g, const incir_node *n)
{
    if (n->n_inputs == 0)
        return false;
    for (size_t i = 0; i < n->n_inputs; i++) {
        incir_value *v = n->inputs[i];
        if (v && !incir_is_constant(v) && !incir_contents(g, v))
            return false;
        if (v && v->is_parameter && g->keep_calls)
            return false;
    }
    return true;
}

static void type_outputs(incir_graph *g, incir_node *n, size_t n_outputs)
{
    n->n_outputs = n_outputs;
    n->outputs = INC_NEW_N(g->cx, incir_value *, n_outputs);
    n->op->infer(g, n);
    for (size_t i = 0; i < n_outputs; i++)
        if (!n->outputs[i])
            inc_raise(g->cx, INC_E_INTERNAL, "output %zu of %s was not typed", i, n->op_type);
}

static bool can_fold(incir_graph *g, const incir_node *n)
{
    return n->op->fold_when == INCIR_FOLD_ALWAYS ||
           (n->op->fold_when == INCIR_FOLD_KNOWN && inputs_known(g, n));
}

static void append_typed(incir_graph *g, incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++)
        if (n->inputs[i])
            n->inputs[i] = incir_materialise(g, n->inputs[i]);
    incir_append_again(g, n);
}

/* The key of the one parameter that a folded node reads, with the first thing done to it
 * ("q_lin.weight.T", "emb.weight.Slice"); NULL: of none, or of several. */
static const char *origin_of(incir_graph *g, const incir_node *n)
{
    const char *key = NULL;
    bool is_parameter = false;
    for (size_t i = 0; i < n->n_inputs; i++) {
        const incir_value *v = n->inputs[i];
        const char *its = !v ? NULL : v->is_parameter ? v->name : v->origin;
        if (its && key && strcmp(its, key) != 0)
            return NULL;
        is_parameter = is_parameter || (its && v->is_parameter);
        key = its ? its : key;
    }
    if (!key || !is_parameter)
        return key;
    return inc_printf(g->cx, "%s.%s", key, strcmp(n->op_type, "Transpose") == 0 ? "T" : n->op_type);
}

static void set_origins(incir_graph *g, const incir_node *n, incir_value *const *folded)
{
    const char *origin = origin_of(g, n);
    for (size_t i = 0; origin && i < n->n_outputs; i++)
        if (folded[i] && folded[i]->kind == INCIR_CONSTANT && !folded[i]->name &&
            !folded[i]->origin)
            folded[i]->origin = origin;
}

void incir_emit_n(incir_graph *g, incir_node *n, size_t n_outputs, incir_value **outputs)
{
    type_outputs(g, n, n_outputs);
    if (can_fold(g, n)) {
        incir_value **folded = INC_NEW_N(g->cx, incir_value *, n_outputs);
        if (n->op->fold(g, n, folded)) {
            set_origins(g, n, folded);
            memcpy(outputs, folded, n_outputs * sizeof *folded);
            return;
        }
    }
    append_typed(g, n);
    memcpy(outputs, n->outputs, n_outputs * sizeof *outputs);
}

incir_value *incir_emit_kept(incir_graph *g, incir_node *n)
{
    type_outputs(g, n, 1);
    append_typed(g, n);
    return n->outputs[0];
}

incir_value *incir_emit(incir_graph *g, incir_node *n)
{
    incir_value *v = NULL;
    incir_emit_n(g, n, 1, &v);
    return v;
}

void incir_emit_typed(incir_graph *g, incir_node *n, const incir_type *types, size_t n_outputs,
                      incir_value **outputs)
{
    n->n_outputs = n_outputs;
    n->outputs = INC_NEW_N(g->cx, incir_value *, n_outputs);
    for (size_t i = 0; i < n_outputs; i++)
        incir_set_output(g, n, i, types[i].dtype, types[i].rank, types[i].dims);
    append_typed(g, n);
    memcpy(outputs, n->outputs, n_outputs * sizeof *outputs);
}

incir_value *incir_append(incir_graph *g, incir_node *n, incdtype dtype, size_t rank,
                          const incsym *const *dims)
{
    n->n_outputs = 1;
    n->outputs = INC_NEW(g->cx, incir_value *);
    incir_set_output(g, n, 0, dtype, rank, dims);
    incir_append_again(g, n);
    return n->outputs[0];
}

incir_value *incir_emit1(incir_graph *g, const char *op_type, incir_value *a)
{
    incir_node *n = incir_node_new(g, op_type);
    incir_in(g, n, a);
    return incir_emit(g, n);
}

incir_value *incir_emit2(incir_graph *g, const char *op_type, incir_value *a, incir_value *b)
{
    incir_node *n = incir_node_new(g, op_type);
    incir_in(g, n, a);
    incir_in(g, n, b);
    return incir_emit(g, n);
}

incir_value *incir_emit3(incir_graph *g, const char *op_type, incir_value *a, incir_value *b,
                         incir_value *c)
{
    incir_node *n = incir_node_new(g, op_type);
    incir_in(g, n, a);
    incir_in(g, n, b);
    incir_in(g, n, c);
    return incir_emit(g, n);
}

/* ---- blocks ---- */

incir_block *incir_block_new(incir_graph *g)
{
    incir_block *b = INC_NEW(g->cx, incir_block);
    b->graph = g;
    b->outer = g->block;
    b->materialised = incmap_new(g->cx);
    return b;
}

void incir_block_add_input(incir_graph *g, incir_block *b, incir_value *v)
{
    push_value(g, &b->inputs, &b->n_inputs, &b->cap_inputs, v);
}

void incir_block_add_output(incir_graph *g, incir_block *b, incir_value *v)
{
    refuse_complex(g, v, "a branch or a loop that the data decides");
    push_value(g, &b->outputs, &b->n_outputs, &b->cap_outputs, v);
}

void incir_node_remove(incir_node *n)
{
    incir_block *b = n->block;
    *(n->previous ? &n->previous->next : &b->first) = n->next;
    *(n->next ? &n->next->previous : &b->last) = n->previous;
    n->block = NULL;
}
