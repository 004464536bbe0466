/* SPDX-License-Identifier: Apache-2.0 */
/* Number theory on integer tensors: the greatest common divisor by Euclid's algorithm, all elements
 * at once, in a Loop that ends when the last of them is done. */
#include "ops/families.h"

#include "ops/call/block.h"
#include "ops/emit/math.h"
#include "ops/emit/shape.h"

/* One round of the loop: (a, b) becomes (b, a mod b); where b is 0 already, a stays. */
static incir_block *euclid_round(incir_graph *g, const incir_value *like)
{
    incop_block *body = incop_begin_block(g);
    incir_value *round = incir_input(g, NULL, INCDT_I64, 0, NULL);
    incir_value *condition = incir_input(g, NULL, INCDT_BOOL, 0, NULL);
    incir_value *a = incir_input(g, NULL, like->dtype, like->rank, like->dims);
    incir_value *b = incir_input(g, NULL, like->dtype, like->rank, like->dims);
    incir_value *inputs[] = {round, condition, a, b};
    for (size_t i = 0; i < INC_COUNT(inputs); i++)
        incir_block_add_input(g, g->block, inputs[i]);
    incir_value *done = emit_compare_scalar(g, "Equal", b, 0);
    incir_value *divisor = emit_where(g, done, emit_scalar_like(g, b, 1), b);
    incir_value *rest = emit_where(g, done, b, emit_binary(g, "Mod", a, divisor));
    incir_value *left = emit_cast(g, rest, INCDT_BOOL);
    incop_block_output(g, emit_any(g, left, NULL, 0, false));
    incop_block_output(g, emit_where(g, done, a, b));
    incop_block_output(g, rest);
    incop_rollback(g, body);
    return body->nodes;
}

static incir_value *greatest_divisor(incir_graph *g, incir_value *a, incir_value *b)
{
    size_t rank;
    incir_value *both[] = {a, b}, *ends[2];
    const incsym *const *sizes = emit_broadcast_shape(g, both, 2, &rank);
    incir_node *n = incir_node_new(g, "Loop");
    incir_in(g, n, NULL);
    incir_in(g, n, incir_const_bool(g, true));
    for (size_t i = 0; i < 2; i++)
        incir_in(g, n, emit_expand(g, emit_unary(g, "Abs", both[i]), sizes, rank));
    incir_attr_block(g, n, "body", euclid_round(g, n->inputs[2]));
    incir_emit_n(g, n, 2, ends);
    return emit_set_dims(g, ends[0], sizes);
}

static void integers(incop_call *c, incir_value *both[2])
{
    both[0] = incop_tensor(c, "self");
    both[1] = incop_tensor(c, "other");
    emit_promote(c->g, &both[0], &both[1]);
    if (!incdtype_is_integer(both[0]->dtype))
        incop_unsupported(c, "tensors of torch.%s", incdtype_name(both[0]->dtype));
}

static void lower_gcd(incop_call *c)
{
    incir_value *both[2];
    integers(c, both);
    incop_return(c, greatest_divisor(c->g, both[0], both[1]));
}

/* |a / gcd · b|; 0 where both are */
static void lower_lcm(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *both[2];
    integers(c, both);
    incir_value *divisor = greatest_divisor(g, both[0], both[1]);
    divisor = emit_binary(g, "Max", divisor, emit_scalar_like(g, divisor, 1));
    incir_value *y = emit_binary(g, "Mul", emit_binary(g, "Div", both[0], divisor), both[1]);
    incop_return(c, emit_unary(g, "Abs", y));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::gcd(Tensor self, Tensor other) -> Tensor", lower_gcd),
    OP("aten::lcm(Tensor self, Tensor other) -> Tensor", lower_lcm),
};
/* clang-format on */

const incop_family incop_gcd = {"gcd", rows, INC_COUNT(rows)};
