/* Walks over graphs and counts of readers; see rewrite.h. */
#include "ir/rewrite.h"

void incir_each_node(incir_block *b, incir_visit visit, void *data)
{
    for (incir_node *n = b->first, *next; n; n = next) {
        next = n->next;
        const incir_attr *attrs = n->attrs;
        visit(data, n);
        for (const incir_attr *attr = attrs; attr; attr = attr->next)
            if (attr->kind == INCIR_ATTR_BLOCK)
                incir_each_node(attr->u.block, visit, data);
    }
}

static void add_outputs(incir_uses *uses, const incir_block *b)
{
    for (size_t i = 0; i < b->n_outputs; i++) {
        uint32_t id = b->outputs[i]->id;
        uses->n[id]++;
        uses->is_output[id] = 1;
        uses->is_inner_output[id] |= b->outer != NULL;
    }
}

static void add_reads(void *data, incir_node *n)
{
    incir_uses *uses = data;
    for (size_t i = 0; i < n->n_inputs; i++)
        if (n->inputs[i]) {
            uses->n[n->inputs[i]->id]++;
            uses->reader[n->inputs[i]->id] = n;
        }
    for (const incir_attr *attr = n->attrs; attr; attr = attr->next)
        if (attr->kind == INCIR_ATTR_BLOCK)
            add_outputs(uses, attr->u.block);
}

incir_uses incir_uses_new(incir_graph *g)
{
    uint32_t n = g->n_values + 1;
    incir_uses uses = {n, INC_NEW_N(g->cx, uint32_t, n), INC_NEW_N(g->cx, incir_node *, n),
                       INC_NEW_N(g->cx, uint8_t, n), INC_NEW_N(g->cx, uint8_t, n)};
    add_outputs(&uses, g->main);
    incir_each_node(g->main, add_reads, &uses);
    return uses;
}

incir_node *incir_only_reader(const incir_uses *uses, const incir_value *v)
{
    bool is_one = v->id < uses->n_ids && uses->n[v->id] == 1 && !uses->is_output[v->id];
    return is_one ? uses->reader[v->id] : NULL;
}
