/* SPDX-License-Identifier: Apache-2.0 */
/* Which nodes of a graph are walked. Comes in: a frame with its graph; goes out: the names that
 * somebody reads and the nodes that give them or have an effect. What only assertions read, and
 * what a group of nodes spells out that runs as one operator (reference_match.c), is left out. */
#include <string.h>

#include "base/str.h"
#include "frontend/pt2/internal.h"

#define OPS "torch.ops."
#define HIGHER_ORDER "torch.ops.higher_order."

/* Operators that check, and give nothing that the model goes on with. */
static bool is_assertion(const char *target)
{
    static const char *const names[] = {
        "torch.ops.aten._assert_scalar.",
        "torch.ops.aten._assert_async.",
        "torch.ops.aten._assert_tensor_metadata.",
        "torch.ops.aten.sym_constrain_range",
        "torch.ops.aten._functional_assert",
        "torch.ops.aten._functional_sym_constrain_range",
        "torch.ops.aten._print.",
        "torch.ops.profiler.",
        "torch.ops.inductor._assert",
        "torch._check",
    };
    for (size_t i = 0; i < INC_COUNT(names); i++)
        if (incstr_starts(target, names[i]))
            return true;
    return false;
}

/* Those of them that raise where the data or a dynamic size says so. */
static bool is_check(const char *target)
{
    return incstr_starts(target, "torch.ops.aten._assert_scalar.") ||
           incstr_starts(target, "torch.ops.aten._assert_async.") ||
           incstr_starts(target, "torch.ops.aten._functional_assert_async.");
}

/* Whether the node is "size >= 0", which export writes down of every size that the data decides. */
static bool says_not_negative(inccx *cx, const incjson *node)
{
    const incjson *inputs = incjson_get(node, "inputs");
    if (strcmp(incpt2_need_text(cx, node, "target"), "_operator.ge") != 0 || !inputs ||
        inputs->kind != INCJSON_ARRAY || inputs->n != 2)
        return false;
    const incjson *zero = incjson_get(incjson_get(&inputs->as.items[1], "arg"), "as_int");
    return zero && zero->kind == INCJSON_INT && zero->as.integer == 0;
}

/* The node that gives what the check at i asks for; NULL: none. */
static const incjson *asked_for(incpt2_walker *w, const incjson *nodes, uint32_t i)
{
    const incjson *inputs = incpt2_need(w->cx, &nodes->as.items[i], "inputs", INCJSON_ARRAY);
    const incjson *arg = inputs->n ? incjson_get(&inputs->as.items[0], "arg") : NULL;
    const incjson *name = incjson_get(incjson_get(arg, "as_sym_bool"), "as_name");
    if (!name || name->kind != INCJSON_STRING)
        return NULL;
    for (uint32_t k = i; k-- > 0;) { /* as a rule the one before */
        const incjson *outputs = incpt2_need(w->cx, &nodes->as.items[k], "outputs", INCJSON_ARRAY);
        inc_work(w->cx, 16);
        const incjson *given =
            outputs->n ? incjson_get(incjson_get(&outputs->as.items[0], "as_sym_bool"), "as_name")
                       : NULL;
        if (given && given->kind == INCJSON_STRING && strcmp(given->as.text, name->as.text) == 0)
            return &nodes->as.items[k];
    }
    return NULL;
}

/* What the model checks when it runs is left out, as of TorchScript: said once, or with strict an
 * error. */
static void drop_check(incpt2_walker *w, const incjson *nodes, uint32_t i)
{
    const incjson *node = &nodes->as.items[i], *asked = asked_for(w, nodes, i);
    bool was_said;
    incmap_get(w->checks, &node, sizeof node, &was_said);
    if (was_said || (asked && says_not_negative(w->cx, asked)))
        return;
    incmap_set(w->cx, w->checks, &node, sizeof node, w);
    inc_where before = w->cx->where;
    w->cx->where.python = incpt2_python_line(w->cx, node);
    if (w->cx->is_strict)
        inc_raise_hint(w->cx, INC_E_UNSUPPORTED,
                       "take the check out of the model, or export without strict",
                       "the model raises an exception where the data or a dynamic size says so, "
                       "which an ONNX model cannot");
    inc_note(w->cx, "a check is left out: the exported model does not raise what the model raises");
    w->cx->where = before;
}

/* "torch.ops.aten.add_.Tensor": whatever reads its result, it has an effect. */
static bool has_effect(const char *target)
{
    incfe_op op;
    size_t n;
    if (incfe_number_op(target, &op, &n))
        return false;
    if (!incstr_starts(target, OPS) || incstr_starts(target, HIGHER_ORDER))
        return true;
    const char *name = strchr(target + strlen(OPS), '.');
    size_t length = name ? strcspn(name + 1, ".") : 0;
    return length == 0 || name[length] == '_' || strstr(name + 1 + length, "out");
}

/* Marks the names that an argument, or a list of outputs, reads. Nesting is bounded by the JSON. */
static void mark(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    inc_work(w->cx, 8 + 4 * (v->kind == INCJSON_ARRAY || v->kind == INCJSON_OBJECT ? v->n : 0));
    if (v->kind == INCJSON_ARRAY)
        for (uint32_t i = 0; i < v->n; i++)
            mark(w, f, &v->as.items[i]);
    if (v->kind != INCJSON_OBJECT)
        return;
    for (uint32_t i = 0; i < v->n; i++) {
        const incjson_member *m = &v->as.members[i];
        bool names = strcmp(m->key, "name") == 0 || strcmp(m->key, "as_name") == 0;
        if (names && m->value.kind == INCJSON_STRING)
            incmap_set_str(w->cx, f->needed, m->value.as.text, f);
        else if (strcmp(m->key, "as_graph") != 0)
            mark(w, f, &m->value);
    }
}

bool incpt2_gives_needed(const incpt2_frame *f, const incjson *v)
{
    if (v->kind == INCJSON_ARRAY)
        for (uint32_t i = 0; i < v->n; i++)
            if (incpt2_gives_needed(f, &v->as.items[i]))
                return true;
    if (v->kind != INCJSON_OBJECT)
        return false;
    for (uint32_t i = 0; i < v->n; i++) {
        const incjson_member *m = &v->as.members[i];
        bool names = strcmp(m->key, "name") == 0 || strcmp(m->key, "as_name") == 0;
        if (names && m->value.kind == INCJSON_STRING) {
            if (incmap_has_str(f->needed, m->value.as.text))
                return true;
        } else if (incpt2_gives_needed(f, &m->value)) {
            return true;
        }
    }
    return false;
}

typedef struct marking {
    incpt2_walker *w;
    incpt2_frame *f;
} marking;

static void mark_operand(void *data, const incjson *argument)
{
    const marking *m = data;
    mark(m->w, m->f, argument);
}

void incpt2_find_needed(incpt2_walker *w, incpt2_frame *f)
{
    incpt2_find_reference(w, f);
    const incjson *nodes = incpt2_need(w->cx, f->graph, "nodes", INCJSON_ARRAY);
    bool *needed = INC_NEW_N(w->cx, bool, nodes->n);
    f->node_needed = needed;
    mark(w, f, incpt2_need(w->cx, f->graph, "outputs", INCJSON_ARRAY));
    for (uint32_t i = nodes->n; i-- > 0;) {
        const incjson *node = &nodes->as.items[i];
        const char *target = incpt2_need_text(w->cx, node, "target");
        const incjson *outputs = incpt2_need(w->cx, node, "outputs", INCJSON_ARRAY);
        if (is_check(target))
            drop_check(w, nodes, i);
        if (is_assertion(target) || (!has_effect(target) && !incpt2_gives_needed(f, outputs)))
            continue;
        const incjson *inputs = incpt2_need(w->cx, node, "inputs", INCJSON_ARRAY);
        if (f->groups && f->groups[i] && !incpt2_ends_group(f->groups[i], i))
            continue;
        needed[i] = true;
        if (f->groups && f->groups[i]) {
            incpt2_each_operand(f->groups[i], mark_operand, &(marking){w, f});
            continue;
        }
        for (uint32_t k = 0; k < inputs->n; k++)
            mark(w, f, incpt2_need(w->cx, &inputs->as.items[k], "arg", INCJSON_OBJECT));
    }
}
