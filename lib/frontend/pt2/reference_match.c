/* SPDX-License-Identifier: Apache-2.0 */
/* PT2E's reference representation, convert_pt2e(use_reference_representation=True): quantization
 * spelled out in operators on integers. Comes in: the nodes of a graph; goes out: groups of nodes,
 * each of which is run (reference.c) as the quantized_decomposed operators that it stands for,
 * at its last node.
 *
 *     quantize    to_int8(clamp(to_int32(round(x / s)) + z))
 *     dequantize  to_float((to_float(clamp(q)) - z) * s), along an axis with transposes around it
 *     product     to_int8(clamp(out_dtype(mul)(acc, sx * sw / s) + z)), or acc * (sx * sw), where
 *                 acc is out_dtype(linear)(q - zx, w - zw) + out_dtype(div)(bias, sx * sw)
 *     sum         to_int8(clamp((qa - za) * (sa / s) + (qb - zb) * (sb / s) + z))
 *
 * Integers are known as such in these groups only: where anything else reads them, or a part of a
 * group is read from outside, the graph is left as it is. */
#include <string.h>

#include "base/str.h"
#include "frontend/pt2/reference.h"

#define NO_NODE UINT32_MAX

typedef struct matcher {
    incpt2_walker *w;
    incpt2_frame *f;
    const incjson *nodes;
    incmap *makers;  /* of tensors, by name: index + 1 */
    incpt2_group *g; /* that is being filled: scratch */
    incpt2_group scratch;
} matcher;

/* ---- nodes ---- */

const incjson *incpt2_node_argument(const incjson *node, uint32_t i)
{
    const incjson *inputs = incjson_get(node, "inputs");
    if (!inputs || inputs->kind != INCJSON_ARRAY || i >= inputs->n)
        return NULL;
    return incjson_get(&inputs->as.items[i], "arg");
}

const char *incpt2_name_in(const incjson *argument)
{
    const incjson *tensor = argument ? incjson_get(argument, "as_tensor") : NULL;
    const incjson *name = tensor ? incjson_get(tensor, "name") : NULL;
    return name && name->kind == INCJSON_STRING ? name->as.text : NULL;
}

static uint32_t maker_of(const matcher *m, const incjson *argument)
{
    const char *name = incpt2_name_in(argument);
    uintptr_t found = name ? (uintptr_t)incmap_get_str(m->makers, name) : 0;
    return found ? (uint32_t)(found - 1) : NO_NODE;
}

static bool is_target(const incjson *node, const char *target)
{
    const incjson *text = incjson_get(node, "target");
    return text && text->kind == INCJSON_STRING && strcmp(text->as.text, target) == 0;
}

static bool add_member(const matcher *m, uint32_t i)
{
    if (m->g->n_members == INCPT2_MOST_MEMBERS)
        return false;
    m->g->members[m->g->n_members++] = i;
    return true;
}

/* The node that gives the argument, a member of the group from now on; NULL when it is another
 * operator. */
static const incjson *node_of(const matcher *m, const incjson *argument, const char *target)
{
    uint32_t i = maker_of(m, argument);
    const incjson *node = i == NO_NODE ? NULL : &m->nodes->as.items[i];
    return node && is_target(node, target) && add_member(m, i) ? node : NULL;
}

static bool has_dtype(const matcher *m, const incjson *argument, incdtype dtype)
{
    const incjson *v = argument ? incjson_get(argument, "as_scalar_type") : NULL;
    return v && v->kind == INCJSON_INT && incpt2_dtype(m->w->cx, v->as.integer) == dtype;
}

static bool is_to(const matcher *m, const incjson *node, incdtype dtype)
{
    return is_target(node, "torch.ops.aten.to.dtype") &&
           has_dtype(m, incpt2_node_argument(node, 1), dtype);
}

static const incjson *to_of(const matcher *m, const incjson *argument, incdtype dtype)
{
    const incjson *node = node_of(m, argument, "torch.ops.aten.to.dtype");
    return node && has_dtype(m, incpt2_node_argument(node, 1), dtype) ? node : NULL;
}

/* out_dtype(op, int32, ...): its arguments begin with number 2. */
static const incjson *out_dtype_of(const matcher *m, const incjson *argument, const char *op)
{
    const incjson *node = node_of(m, argument, "torch.ops.higher_order.out_dtype");
    const incjson *v = node ? incpt2_node_argument(node, 0) : NULL;
    const incjson *name = v ? incjson_get(v, "as_operator") : NULL;
    bool is_op = name && name->kind == INCJSON_STRING && strcmp(name->as.text, op) == 0;
    return is_op && has_dtype(m, incpt2_node_argument(node, 1), INCDT_I32) ? node : NULL;
}

static bool is_product_op(const incjson *node)
{
    const incjson *v = incpt2_node_argument(node, 0),
                  *name = v ? incjson_get(v, "as_operator") : NULL;
    return name && name->kind == INCJSON_STRING &&
           (strcmp(name->as.text, "torch.ops.aten.linear.default") == 0 ||
            strcmp(name->as.text, "torch.ops.aten.convolution.default") == 0);
}

/* ---- groups ---- */

/* The result that n gives as int8 or uint8; the argument before zero point and limits. */
static const incjson *match_result(const matcher *m, const incjson *n, incpt2_integers *y)
{
    bool is_byte = is_to(m, n, INCDT_I8) || is_to(m, n, INCDT_U8);
    const incjson *clamp =
        is_byte ? node_of(m, incpt2_node_argument(n, 0), "torch.ops.aten.clamp.default") : NULL;
    const incjson *add =
        clamp ? node_of(m, incpt2_node_argument(clamp, 0), "torch.ops.aten.add.Tensor") : NULL;
    if (!add)
        return NULL;
    y->low = incpt2_node_argument(clamp, 1);
    y->high = incpt2_node_argument(clamp, 2);
    y->zero = incpt2_node_argument(add, 1);
    return incpt2_node_argument(add, 0);
}

/* An argument behind the limits of integers that are read. */
static const incjson *unlimited(const matcher *m, const incjson *argument, incpt2_integers *a)
{
    uint32_t i = maker_of(m, argument);
    if (i == NO_NODE || !is_target(&m->nodes->as.items[i], "torch.ops.aten.clamp.default") ||
        !add_member(m, i))
        return argument;
    a->low = incpt2_node_argument(&m->nodes->as.items[i], 1);
    a->high = incpt2_node_argument(&m->nodes->as.items[i], 2);
    return incpt2_node_argument(&m->nodes->as.items[i], 0);
}

static bool match_quantize(const matcher *m, const incjson *n)
{
    const incjson *at = match_result(m, n, &m->g->y);
    at = at ? to_of(m, at, INCDT_I32) : NULL;
    at = at ? node_of(m, incpt2_node_argument(at, 0), "torch.ops.aten.round.default") : NULL;
    at = at ? node_of(m, incpt2_node_argument(at, 0), "torch.ops.aten.div.Tensor") : NULL;
    m->g->kind = INCPT2_QUANTIZE;
    m->g->x = at ? incpt2_node_argument(at, 0) : NULL;
    m->g->y.scale = at ? incpt2_node_argument(at, 1) : NULL;
    return at && m->g->y.scale && incpt2_name_in(m->g->x);
}

/* (to_type(clamp(q)) - zero) */
static bool match_difference(const matcher *m, const incjson *argument, incdtype type,
                             incpt2_integers *a)
{
    const incjson *sub = node_of(m, argument, "torch.ops.aten.sub.Tensor");
    const incjson *to = sub ? to_of(m, incpt2_node_argument(sub, 0), type) : NULL;
    if (!to)
        return false;
    a->zero = incpt2_node_argument(sub, 1);
    a->q = unlimited(m, incpt2_node_argument(to, 0), a);
    return a->zero && incpt2_name_in(a->q);
}

static bool match_dequantize(const matcher *m, const incjson *n)
{
    incpt2_integers *a = &m->g->a;
    const incjson *mul = is_to(m, n, INCDT_F32)
                             ? node_of(m, incpt2_node_argument(n, 0), "torch.ops.aten.mul.Tensor")
                             : NULL;
    m->g->kind = INCPT2_DEQUANTIZE;
    a->scale = mul ? incpt2_node_argument(mul, 1) : NULL;
    return a->scale && match_difference(m, incpt2_node_argument(mul, 0), INCDT_F32, a);
}

static bool swaps_with_last(const incjson *transpose)
{
    const incjson *to = incpt2_node_argument(transpose, 2),
                  *number = to ? incjson_get(to, "as_int") : NULL;
    return number && number->kind == INCJSON_INT && number->as.integer == -1;
}

/* The same with an axis: transpose((to_float(to_int32(transpose(clamp(q))) - zeros)) * scales) */
static bool match_dequantize_axis(const matcher *m, const incjson *n)
{
    static const char transpose[] = "torch.ops.aten.transpose.int";
    incpt2_integers *a = &m->g->a;
    m->g->kind = INCPT2_DEQUANTIZE;
    if (!is_target(n, transpose) || !swaps_with_last(n))
        return false;
    const incjson *mul = node_of(m, incpt2_node_argument(n, 0), "torch.ops.aten.mul.Tensor");
    const incjson *real = mul ? to_of(m, incpt2_node_argument(mul, 0), INCDT_F32) : NULL;
    const incjson *sub =
        real ? node_of(m, incpt2_node_argument(real, 0), "torch.ops.aten.sub.Tensor") : NULL;
    const incjson *whole = sub ? to_of(m, incpt2_node_argument(sub, 0), INCDT_I32) : NULL;
    const incjson *inner = whole ? node_of(m, incpt2_node_argument(whole, 0), transpose) : NULL;
    if (!inner || !swaps_with_last(inner))
        return false;
    a->axis = incpt2_node_argument(inner, 1);
    a->scale = incpt2_node_argument(mul, 1);
    a->zero = incpt2_node_argument(sub, 1);
    a->q = unlimited(m, incpt2_node_argument(inner, 0), a);
    return a->axis && a->scale && a->zero && incpt2_name_in(a->q);
}

/* sx * sw, whose factors are the scales of the operands. */
static bool match_scales(const matcher *m, const incjson *argument)
{
    const incjson *mul = node_of(m, argument, "torch.ops.aten.mul.Tensor");
    m->g->a.scale = mul ? incpt2_node_argument(mul, 0) : NULL;
    m->g->b.scale = mul ? incpt2_node_argument(mul, 1) : NULL;
    return m->g->a.scale && m->g->b.scale;
}

/* The bias as int32, in the rank of the product. */
static bool match_bias(const matcher *m, const incjson *argument)
{
    enum { MOST_AXES = 4 };
    const incjson *n;
    for (int i = 0; i < MOST_AXES; i++) {
        uint32_t at = maker_of(m, argument);
        if (at == NO_NODE ||
            !is_target(&m->nodes->as.items[at], "torch.ops.aten.unsqueeze.default"))
            break;
        n = node_of(m, argument, "torch.ops.aten.unsqueeze.default");
        argument = n ? incpt2_node_argument(n, 0) : NULL;
    }
    n = out_dtype_of(m, argument, "torch.ops.aten.div.Tensor");
    m->g->bias = n ? incpt2_node_argument(n, 2) : NULL;
    return incpt2_name_in(m->g->bias) &&
           node_of(m, incpt2_node_argument(n, 3), "torch.ops.aten.mul.Tensor");
}

static bool match_accumulated(const matcher *m, const incjson *argument)
{
    uint32_t i = maker_of(m, argument);
    if (i != NO_NODE && is_target(&m->nodes->as.items[i], "torch.ops.aten.add.Tensor")) {
        if (!add_member(m, i) || !match_bias(m, incpt2_node_argument(&m->nodes->as.items[i], 1)))
            return false;
        argument = incpt2_node_argument(&m->nodes->as.items[i], 0);
    }
    const incjson *n = node_of(m, argument, "torch.ops.higher_order.out_dtype");
    m->g->product = n;
    return n && is_product_op(n) &&
           match_difference(m, incpt2_node_argument(n, 2), INCDT_I16, &m->g->a) &&
           match_difference(m, incpt2_node_argument(n, 3), INCDT_I16, &m->g->b);
}

static bool match_product(const matcher *m, const incjson *n)
{
    const incjson *at = match_result(m, n, &m->g->y);
    at = at ? out_dtype_of(m, at, "torch.ops.aten.mul.Tensor") : NULL;
    const incjson *div =
        at ? node_of(m, incpt2_node_argument(at, 3), "torch.ops.aten.div.Tensor") : NULL;
    m->g->kind = INCPT2_PRODUCT;
    m->g->y.scale = div ? incpt2_node_argument(div, 1) : NULL;
    return m->g->y.scale && match_scales(m, incpt2_node_argument(div, 0)) &&
           match_accumulated(m, incpt2_node_argument(at, 2));
}

static bool match_float_product(const matcher *m, const incjson *n)
{
    m->g->kind = INCPT2_PRODUCT;
    return is_target(n, "torch.ops.aten.mul.Tensor") &&
           match_scales(m, incpt2_node_argument(n, 1)) &&
           match_accumulated(m, incpt2_node_argument(n, 0));
}

/* (q - z) * (s / sy) as int32: rounded, or cut off by out_dtype. */
static bool match_rescaled(const matcher *m, const incjson *argument, incpt2_integers *a)
{
    uint32_t i = maker_of(m, argument);
    const incjson *ratio, *difference;
    if (i != NO_NODE && is_to(m, &m->nodes->as.items[i], INCDT_I32)) {
        const incjson *to = to_of(m, argument, INCDT_I32);
        const incjson *round =
            to ? node_of(m, incpt2_node_argument(to, 0), "torch.ops.aten.round.default") : NULL;
        const incjson *mul =
            round ? node_of(m, incpt2_node_argument(round, 0), "torch.ops.aten.mul.Tensor") : NULL;
        ratio = mul ? incpt2_node_argument(mul, 0) : NULL;
        difference = mul ? incpt2_node_argument(mul, 1) : NULL;
    } else {
        const incjson *mul = out_dtype_of(m, argument, "torch.ops.aten.mul.Tensor");
        difference = mul ? incpt2_node_argument(mul, 2) : NULL;
        ratio = mul ? incpt2_node_argument(mul, 3) : NULL;
    }
    const incjson *div = ratio ? node_of(m, ratio, "torch.ops.aten.div.Tensor") : NULL;
    if (!div || !match_difference(m, difference, INCDT_I32, a))
        return false;
    a->scale = incpt2_node_argument(div, 0);
    m->g->y.scale = incpt2_node_argument(div, 1);
    return a->scale && m->g->y.scale;
}

static bool match_sum(const matcher *m, const incjson *n)
{
    const incjson *at = match_result(m, n, &m->g->y);
    at = at ? node_of(m, at, "torch.ops.aten.add.Tensor") : NULL;
    m->g->kind = INCPT2_SUM;
    return at && match_rescaled(m, incpt2_node_argument(at, 0), &m->g->a) &&
           match_rescaled(m, incpt2_node_argument(at, 1), &m->g->b);
}

static incpt2_group *match(matcher *m, uint32_t i)
{
    static bool (*const patterns[])(const matcher *m, const incjson *n) = {
        match_quantize, match_dequantize,    match_dequantize_axis,
        match_product,  match_float_product, match_sum};
    for (size_t k = 0; k < INC_COUNT(patterns); k++) {
        m->scratch = (incpt2_group){0};
        inc_work(m->w->cx, 64);
        if (patterns[k](m, &m->nodes->as.items[i]) && add_member(m, i))
            return inc_copy(m->w->cx, &m->scratch, sizeof m->scratch);
    }
    return NULL;
}

/* ---- whether the groups hold all of the integers ---- */

bool incpt2_gives_integers(const incpt2_group *g)
{
    return g->kind != INCPT2_DEQUANTIZE && g->y.zero;
}

typedef struct reading {
    const matcher *m;
    incpt2_group *const *owner; /* of nodes */
    incpt2_group **groups;      /* by last node */
    const incpt2_group *reader; /* the group that reads; NULL: none */
    bool is_whole;
} reading;

static void look_at_name(reading *r, const char *name)
{
    uintptr_t found = (uintptr_t)incmap_get_str(r->m->makers, name);
    const incpt2_group *of = found ? r->owner[found - 1] : NULL;
    if (!of)
        return;
    bool is_last = r->groups[found - 1] == of;
    r->is_whole &= is_last ? r->reader || !incpt2_gives_integers(of) : r->reader == of;
}

/* Nesting is bounded by the JSON. */
static void look_at(reading *r, const incjson *v)
{
    inc_work(r->m->w->cx, 8);
    if (v->kind == INCJSON_ARRAY)
        for (uint32_t i = 0; i < v->n; i++)
            look_at(r, &v->as.items[i]);
    for (uint32_t i = 0; v->kind == INCJSON_OBJECT && i < v->n; i++) {
        const incjson_member *member = &v->as.members[i];
        if (strcmp(member->key, "name") == 0 && member->value.kind == INCJSON_STRING)
            look_at_name(r, member->value.as.text);
        else
            look_at(r, &member->value);
    }
}

static bool hold_all(const matcher *m, incpt2_group *const *owner, incpt2_group **groups)
{
    reading r = {m, owner, groups, NULL, true};
    const incjson *outputs = incjson_get(m->f->graph, "outputs");
    if (outputs)
        look_at(&r, outputs);
    for (uint32_t i = 0; i < m->nodes->n && r.is_whole; i++) {
        const incjson *inputs = incjson_get(&m->nodes->as.items[i], "inputs");
        r.reader = owner[i];
        for (uint32_t k = 0; inputs && inputs->kind == INCJSON_ARRAY && k < inputs->n; k++) {
            const incjson *arg = incjson_get(&inputs->as.items[k], "arg");
            if (arg)
                look_at(&r, arg);
        }
    }
    return r.is_whole;
}

static void find_makers(matcher *m)
{
    for (uint32_t i = 0; i < m->nodes->n; i++) {
        const incjson *outputs = incjson_get(&m->nodes->as.items[i], "outputs");
        const char *name = outputs && outputs->kind == INCJSON_ARRAY && outputs->n == 1
                               ? incpt2_name_in(&outputs->as.items[0])
                               : NULL;
        if (name)
            incmap_set_str(m->w->cx, m->makers, name, (void *)(uintptr_t)(i + 1));
    }
}

static bool has_bytes(const matcher *m)
{
    for (uint32_t i = 0; i < m->nodes->n; i++)
        if (is_to(m, &m->nodes->as.items[i], INCDT_I8) ||
            is_to(m, &m->nodes->as.items[i], INCDT_U8))
            return true;
    return false;
}

static void forget_group(incpt2_group **groups, incpt2_group **owner, uint32_t last)
{
    for (size_t k = 0; k < groups[last]->n_members; k++)
        owner[groups[last]->members[k]] = NULL;
    groups[last] = NULL;
}

void incpt2_find_reference(incpt2_walker *w, incpt2_frame *f)
{
    matcher m = {.w = w, .f = f, .nodes = incpt2_need(w->cx, f->graph, "nodes", INCJSON_ARRAY)};
    m.g = &m.scratch;
    if (!has_bytes(&m))
        return;
    m.makers = incmap_new(w->cx);
    find_makers(&m);
    incpt2_group **groups = INC_NEW_N(w->cx, incpt2_group *, m.nodes->n);
    incpt2_group **owner = INC_NEW_N(w->cx, incpt2_group *, m.nodes->n);
    size_t n_groups = 0;
    for (uint32_t i = m.nodes->n; i-- > 0;) { /* a group is found at its end */
        incpt2_group *g = owner[i] ? NULL : match(&m, i);
        bool is_free = g != NULL;
        for (size_t k = 0; is_free && k < g->n_members; k++)
            is_free = !owner[g->members[k]];
        if (!is_free)
            continue;
        groups[i] = g;
        n_groups++;
        for (size_t k = 0; k < g->n_members; k++)
            owner[g->members[k]] = g;
    }
    for (uint32_t i = 0; i < m.nodes->n; i++) /* integers of the model's own are none of this */
        if (groups[i] && groups[i]->kind == INCPT2_DEQUANTIZE) {
            uint32_t from = maker_of(&m, groups[i]->a.q);
            if (from != NO_NODE && !groups[from]) {
                forget_group(groups, owner, i);
                n_groups--;
            }
        }
    if (n_groups > 0 && hold_all(&m, owner, groups))
        f->groups = owner;
}

bool incpt2_is_reference(inccx *cx, const incjson *graph)
{
    incpt2_walker w = {.cx = cx};
    incpt2_frame f = {.graph = graph};
    incpt2_find_reference(&w, &f);
    return f.groups != NULL;
}

bool incpt2_ends_group(const incpt2_group *g, uint32_t node)
{
    return g->members[g->n_members - 1] == node;
}

void incpt2_each_operand(const incpt2_group *g, void (*visit)(void *data, const incjson *argument),
                         void *data)
{
    const incjson *const read[] = {g->x,       g->a.q,    g->a.scale, g->a.zero, g->b.q,
                                   g->b.scale, g->b.zero, g->y.scale, g->y.zero, g->bias};
    for (size_t i = 0; i < INC_COUNT(read); i++)
        if (read[i])
            visit(data, read[i]);
}
