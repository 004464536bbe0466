/* SPDX-License-Identifier: Apache-2.0 */
/* The graph's outputs: the tensors in what forward() returns. */
#include "frontend/rows.h"
#include "frontend/signature.h"
#include "frontend/torchscript/forward.h"
#include "ops/emit/emit.h"

/* A float that the model computes is one of the default type, as those are that are known. */
static incval output_tensor(incts_builder *b, incval v)
{
    incir_value *value = incop_box_read(b->g, v.u.t);
    if (value->kind != INCIR_RESULT || !value->is_number || value->dtype != INCDT_F64)
        return v;
    return incval_tensor(incop_box_new(b->cx, emit_cast(b->g, value, INCDT_F32)));
}

/* A list whose length data decides, as a sequence of tensors. */
static incval sequence_of(incts_builder *b, incval_list *list)
{
    incir_graph *g = b->g;
    const incval_rows *rows = incfe_rows_read(g, incfe_rows_flush(g, list));
    if (rows->item.kind == INCFE_ITEMS || rows->item.kind == INCFE_DICT)
        inc_raise_hint(
            b->cx, INC_E_UNSUPPORTED, "return a list for each part of the items",
            "the model returns a list of tuples, lists or dicts whose length data decides");
    incir_value *all = rows->leaves[0];
    if (rows->item.kind == INCFE_FLOAT)
        all = emit_cast(g, all, INCDT_F32);
    if (all->dtype != INCDT_F32 && all->dtype != INCDT_F64 && all->dtype != INCDT_I32 &&
        all->dtype != INCDT_I64) /* what runtimes have it for */
        inc_raise_hint(b->cx, INC_E_UNSUPPORTED, "return the list stacked into one tensor",
                       "the model returns a list of %s whose length data decides",
                       incdtype_name(all->dtype));
    inc_warn(b->cx,
             "the model returns a list whose length data decides: an output is a sequence of "
             "tensors, which not every runtime has");
    incir_node *n = incir_node_new(g, "SplitToSequence");
    incir_in(g, n, all);
    if (incfe_rows_differ(&rows->item)) {
        incir_in(g, n, rows->leaves[1]);
        incir_attr_int(g, n, "axis", (int64_t)incfe_rows_axis(&rows->item));
    } else {
        incir_attr_int(g, n, "axis", 0);
        incir_attr_int(g, n, "keepdims", 0);
    }
    return incval_tensor(incop_box_new(b->cx, incir_emit_kept(g, n)));
}

/* A tensor whose rank data or sizes decide. */
static incval choice_output(incts_builder *b, const incval_choice *choice)
{
    incir_graph *g = b->g;
    incval sides[2] = {choice->yes, choice->no};
    incir_node *n = incir_node_new(g, "If");
    n->frees_ranks = true;
    incir_in(g, n, choice->condition);
    inc_enter(b->cx);
    for (size_t i = 0; i < 2; i++) {
        incir_block *around = g->block, *block = incir_block_new(g);
        g->block = block;
        if (sides[i].kind == INCVAL_CHOICE)
            sides[i] = choice_output(b, sides[i].u.choice);
        if (sides[i].kind == INCVAL_TENSOR)
            incop_block_output(g, incop_box_read(g, sides[i].u.t));
        g->block = around;
        incir_attr_block(g, n, i == 0 ? "then_branch" : "else_branch", block);
        if (sides[i].kind != INCVAL_TENSOR)
            inc_raise(b->cx, INC_E_UNSUPPORTED, "the model returns %s or %s, as data decides",
                      incval_described(choice->yes.kind), incval_described(choice->no.kind));
    }
    inc_leave(b->cx);
    return incval_tensor(incop_box_new(b->cx, incir_emit_kept(g, n)));
}

static void collect_outputs(incts_builder *b, incval v, const char *name, incfe_outputs *found)
{
    enum { MOST_OUTPUTS = 65536 };
    if (found->n > MOST_OUTPUTS)
        inc_raise(b->cx, INC_E_LIMIT, "the model has more than %d outputs", MOST_OUTPUTS);
    incts_step(b->in);
    switch (v.kind) {
    case INCVAL_TENSOR:
        incfe_outputs_add(b->g, found, output_tensor(b, v), name);
        return;
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        if (v.u.list->rows) {
            incfe_outputs_add(b->g, found, sequence_of(b, v.u.list), name);
            return;
        }
        inc_enter(b->cx);
        for (size_t i = 0; i < v.u.list->v.n; i++)
            collect_outputs(b, v.u.list->v.items[i],
                            v.u.list->field_names ? v.u.list->field_names[i] : NULL, found);
        inc_leave(b->cx);
        return;
    case INCVAL_DICT:
        inc_enter(b->cx);
        for (size_t i = 0; i < incval_dict_count(v.u.dict); i++) {
            incval key, item;
            incval_dict_at(v.u.dict, i, &key, &item);
            collect_outputs(b, item, key.kind == INCVAL_STR ? key.u.s : NULL, found);
        }
        inc_leave(b->cx);
        return;
    case INCVAL_CHOICE:
        inc_warn(b->cx, "sizes decide on the rank of an output when the model runs, as in PyTorch: "
                        "the file declares the example's; squeeze(dim) of an axis that is always 1 "
                        "fixes it");
        incfe_outputs_add(b->g, found, choice_output(b, v.u.choice), name);
        return;
    default:
        incfe_outputs_add(b->g, found, v, name);
    }
}

void incts_make_outputs(incts_builder *b, incval returned)
{
    incfe_outputs outputs = {0};
    collect_outputs(b, returned, NULL, &outputs);
    incfe_outputs_make(b->g, b->request, b->names, &outputs, b->in->missing.items.n == 0);
}
