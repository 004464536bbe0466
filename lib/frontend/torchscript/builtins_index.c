/* SPDX-License-Identifier: Apache-2.0 */
/* Indices and slices of whatever has them, and how many items that is. */
#include "frontend/torchscript/builtins.h"

#include <string.h>

#include "base/str.h"
#include "frontend/rows.h"

/* strlen(), which has its price every time it is asked for. */
static size_t length_of(incts_interp *in, const char *text)
{
    size_t n = strlen(text);
    inc_work(in->cx, n / 4);
    return n;
}

int64_t incts_clamp_bound(int64_t bound, int64_t n)
{
    if (bound < 0)
        bound = bound < -n ? 0 : bound + n;
    return bound > n ? n : bound;
}

/* One bound of a slice as a position from the end that the slice begins at; None is 0. */
static int64_t slice_bound(incts_interp *in, incval bound, int64_t n, bool down, const char *what)
{
    if (bound.kind == INCVAL_NONE)
        return 0;
    int64_t at = incts_known_int(in, bound, what);
    if (!down)
        return incts_clamp_bound(at, n);
    if (at < 0)
        at = at < -n ? -1 : at + n;
    return at >= n ? 0 : n - 1 - at;
}

/* Whether only the data or a dynamic size tells the index. */
static bool is_found_at_run_time(incts_interp *in, incval index)
{
    if (index.kind == INCVAL_TENSOR) {
        incir_value *t = incop_box_read(in->g, index.u.t);
        return !incir_is_constant(t) && !incir_contents(in->g, t);
    }
    return index.kind == INCVAL_INT && !incsym_known(index.u.i, NULL);
}

/* Whether only the data or a dynamic size tells the bound. */
static bool is_computed(incts_interp *in, incval bound)
{
    return bound.kind != INCVAL_NONE && is_found_at_run_time(in, bound);
}

/* Whether sizes are among the items: then the list is a shape, whose length has to be known. */
static bool holds_sizes(const incval_list *list)
{
    bool any = false;
    for (size_t i = 0; !any && i < list->v.n; i++)
        any = list->v.items[i].kind == INCVAL_INT && !incsym_known(list->v.items[i].u.i, NULL);
    return any;
}

incval incts_slice(incts_interp *in, incval object, incval lower, incval upper, incval step)
{
    if (object.kind == INCVAL_TENSOR) {
        incval zero = incval_int(incsym_int(in->g->syms, 0));
        incval one = incval_int(incsym_int(in->g->syms, 1));
        incval args[5] = {object, zero, lower, upper, step.kind == INCVAL_NONE ? one : step};
        return incts_call_operator(in, "aten::slice", args, 5, NULL, 0);
    }
    if (object.kind == INCVAL_LIST && !object.u.list->rows && object.u.list->v.n &&
        !holds_sizes(object.u.list) && (is_computed(in, lower) || is_computed(in, upper))) {
        incval copy = incval_list_new(in->cx, INCVAL_LIST);
        for (size_t i = 0; i < object.u.list->v.n; i++)
            INC_PUSH(in->cx, &copy.u.list->v, object.u.list->v.items[i]);
        incfe_rows_flush(in->g, copy.u.list);
        object = copy;
    }
    if (object.kind == INCVAL_LIST && object.u.list->rows) {
        incval args[4] = {object, lower, upper, step};
        return incts_call_operator(in, "aten::slice", args, 4, NULL, 0);
    }
    if (!is_sequence(object) && object.kind != INCVAL_STR)
        inc_raise(in->cx, INC_E_FORMAT, "%s cannot be sliced", incval_described(object.kind));
    int64_t n = object.kind == INCVAL_STR ? (int64_t)length_of(in, object.u.s)
                                          : (int64_t)object.u.list->v.n;
    int64_t by = step.kind == INCVAL_NONE ? 1 : incts_known_int(in, step, "a slice's step");
    if (by == 0 || by == INT64_MIN)
        inc_raise(in->cx, INC_E_FORMAT, "a slice with the step %lld", (long long)by);
    /* Downwards, [from, to) counts from the other end: item i is item n - 1 - i. */
    bool down = by < 0;
    int64_t from = slice_bound(in, lower, n, down, "a slice's start");
    int64_t to = upper.kind == INCVAL_NONE ? n : slice_bound(in, upper, n, down, "a slice's end");
    int64_t stride = down ? -by : by;
    incval list = incval_list_new(in->cx, object.kind == INCVAL_STR ? INCVAL_LIST : object.kind);
    incstr text = {0};
    for (int64_t i = from; i<to; i = stride> to - i ? to : i + stride) {
        int64_t at = down ? n - 1 - i : i;
        if (object.kind == INCVAL_STR)
            incstr_add_n(in->cx, &text, object.u.s + at, 1);
        else
            INC_PUSH(in->cx, &list.u.list->v, object.u.list->v.items[at]);
    }
    return object.kind == INCVAL_STR ? incval_str(incstr_text(&text)) : list;
}

size_t incts_wrap_index(incts_interp *in, incval index, size_t n)
{
    int64_t i = incts_known_int(in, index, "an index into a list");
    if (i < 0)
        i += (int64_t)n;
    if (i < 0 || (uint64_t)i >= n) {
        in->raised = true; /* so does PyTorch: a way that is not gone */
        inc_raise(in->cx, INC_E_FORMAT, "index %lld is out of range for %zu items", (long long)i,
                  n);
    }
    return (size_t)i;
}

/* The variables that the list has. NULL where it has other items, or quantized ones. */
static incop_box **tensors_of(incts_interp *in, const incval_list *list)
{
    incop_box **boxes = INC_NEW_N(in->cx, incop_box *, list->v.n);
    inc_work(in->cx, list->v.n);
    for (size_t i = 0; i < list->v.n; i++) {
        incval v = list->v.items[i];
        if (v.kind != INCVAL_TENSOR || incop_box_quant(v.u.t))
            return NULL;
        boxes[i] = v.u.t;
    }
    return boxes;
}

/* An index into a list of n items as a value that counts from the front. */
static incir_value *from_front(incir_graph *g, const incsym *index, size_t n)
{
    incir_value *i = incir_size_scalar(g, index);
    if (incsym_le(g->syms, incsym_int(g->syms, 0), index) == 1)
        return i;
    incir_value *below = incir_emit2(g, "Less", i, incir_const_i64(g, 0));
    return incir_emit3(g, "Where", below, incir_emit2(g, "Add", i, incir_const_i64(g, (int64_t)n)),
                       i);
}

/* Whether the items are lists or dicts, which have to stay who they are. */
static bool holds_collections(incts_interp *in, const incval_list *list)
{
    bool all = list->v.n > 0;
    inc_work(in->cx, list->v.n);
    for (size_t i = 0; i < list->v.n; i++)
        all = all && (list->v.items[i].kind == INCVAL_LIST || list->v.items[i].kind == INCVAL_DICT);
    return all;
}

/* The item of that number, as a choice among all of them. */
static incval choose_item(incts_interp *in, const incval_list *list, const incsym *index)
{
    incir_value *at = from_front(in->g, index, list->v.n);
    incval v = list->v.items[list->v.n - 1];
    for (size_t i = list->v.n - 1; i-- > 0;) {
        incval_choice choice = {.yes = list->v.items[i], .no = v};
        choice.condition = incir_emit2(in->g, "Equal", at, incir_const_i64(in->g, (int64_t)i));
        v = (incval){.kind = INCVAL_CHOICE};
        v.u.choice = inc_copy(in->cx, &choice, sizeof choice);
    }
    return v;
}

static incval index_rows(incts_interp *in, incval list, incval index)
{
    if (list.u.list->rows) {
        incval args[2] = {list, index};
        return incts_call_operator(in, "aten::__getitem__", args, 2, NULL, 0);
    }
    static const incts_type int_type = {.kind = INCTS_TYPE_INT};
    if (holds_collections(in, list.u.list)) {
        index = incts_coerce(in, index, &int_type);
        if (index.kind == INCVAL_INT)
            return choose_item(in, list.u.list, index.u.i);
    }
    incop_box **boxes = tensors_of(in, list.u.list);
    incval copy = incval_list_new(in->cx, INCVAL_LIST);
    copy.u.list->v.items =
        inc_copy(in->cx, list.u.list->v.items, list.u.list->v.n * sizeof *list.u.list->v.items);
    copy.u.list->v.n = copy.u.list->v.cap = list.u.list->v.n;
    index = incts_coerce(in, index, &int_type);
    incval v = incfe_rows_at(in->g, incfe_rows_flush(in->g, copy.u.list), index);
    if (!boxes || v.kind != INCVAL_TENSOR || index.kind != INCVAL_INT)
        return v;
    size_t n = list.u.list->v.n;
    incir_value *item = incop_box_read(in->g, v.u.t);
    return incval_tensor(
        incop_box_one_of(in->g, boxes, n, index.u.i, from_front(in->g, index.u.i, n), item));
}

incval incts_index(incts_interp *in, incval object, incval index)
{
    if (object.kind == INCVAL_CHOICE || index.kind == INCVAL_CHOICE) {
        incval args[2] = {object, index};
        return incts_call_operator(in, "aten::__getitem__", args, 2, NULL, 0);
    }
    switch (object.kind) {
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        if (object.u.list->rows || is_found_at_run_time(in, index))
            return index_rows(in, object, index);
        return object.u.list->v.items[incts_wrap_index(in, index, object.u.list->v.n)];
    case INCVAL_STR: {
        size_t i = incts_wrap_index(in, index, length_of(in, object.u.s));
        return incval_str(inc_strndup(in->cx, object.u.s + i, 1));
    }
    case INCVAL_DICT:
        return incts_dict_at(in, object.u.dict, index);
    case INCVAL_OBJECT: { /* a ModuleDict or ModuleList indexed by a constant */
        const char *name = index.kind == INCVAL_STR   ? index.u.s
                           : index.kind == INCVAL_INT ? incsym_text(in->g->syms, index.u.i)
                                                      : "?";
        return incts_get_attribute(in, object.u.object, name);
    }
    case INCVAL_TENSOR: {
        incval args[3] = {object, incval_int(incsym_int(in->g->syms, 0)), index};
        return incts_call_operator(in, "aten::select", args, 3, NULL, 0);
    }
    default:
        inc_raise(in->cx, INC_E_FORMAT, "%s cannot be indexed", incval_described(object.kind));
    }
}

static bool do_getitem(incts_builtin_call *c)
{
    return c->n == 2 && c->args[0].kind != INCVAL_UNKNOWN &&
           give(c, incts_index(c->in, c->args[0], c->args[1]));
}

static bool do_slice(incts_builtin_call *c)
{
    if (c->n < 1 || (!is_sequence(c->args[0]) && c->args[0].kind != INCVAL_STR))
        return false;
    incval none = incval_none();
    return give(c, incts_slice(c->in, c->args[0], c->n > 1 ? c->args[1] : none,
                               c->n > 2 ? c->args[2] : none, c->n > 3 ? c->args[3] : none));
}

static bool do_len(incts_builtin_call *c)
{
    if (c->n != 1)
        return false;
    incval v = c->args[0];
    switch (v.kind) {
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        return give_int(c, (int64_t)v.u.list->v.n);
    case INCVAL_DICT:
        return give(c, incts_dict_length(c->in, v.u.dict));
    case INCVAL_STR:
        return give_int(c, (int64_t)length_of(c->in, v.u.s));
    case INCVAL_TENSOR: {
        incir_value *t = incop_box_read(c->in->g, v.u.t);
        if (t->rank == 0)
            inc_raise(c->cx, INC_E_FORMAT, "len() of a 0-d tensor");
        return give(c, incval_int(t->dims[0]));
    }
    default:
        return false;
    }
}

bool incts_sets_itself(incts_interp *in, incval list, incval index, incval v)
{
    if (list.kind != INCVAL_LIST || list.u.list->rows || v.kind != INCVAL_TENSOR ||
        index.kind != INCVAL_INT)
        return false;
    incop_box **boxes = tensors_of(in, list.u.list);
    return boxes && incop_box_is_one_of(v.u.t, boxes, list.u.list->v.n, index.u.i);
}

/* clang-format off */
static const incts_builtin_row rows[] = {
    BUILTIN("aten::__getitem__", do_getitem),
    BUILTIN("aten::len", do_len),
    BUILTIN("aten::slice", do_slice),
    BUILTIN("prim::ModuleContainerIndex", do_getitem),
};
/* clang-format on */

const incts_builtins incts_builtins_index = {rows, INC_COUNT(rows)};
