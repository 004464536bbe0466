/* SPDX-License-Identifier: Apache-2.0 */
/* Whether qparams are likely where a way of matching puts them. The numbers of a checkpoint often
 * fit in several ways; ranges tell these apart: what is moved is not wider than what it comes from,
 * a product not larger than its operands allow, what lies between 0 and 1 is quantized so. */
#include "checkpoint/plan.h"

bool incckpt_step_is_quantized(const incckpt_step *s)
{
    return s->kind != INCCKPT_FLOAT && s->kind != INCCKPT_KEPT && !s->is_float && !s->is_absorbed &&
           !(s->module && s->module->is_dynamic);
}

const incckpt_qparams *incckpt_qparams_behind(const incckpt_plan *p, const incir_value *v)
{
    enum { MOST_STEPS = 32 }; /* that share the qparams of their input */
    for (size_t i = 0; v && i < MOST_STEPS; i++) {
        const incckpt_step *maker = incckpt_maker_of(p, v);
        if (p->qparams[v->id])
            return p->qparams[v->id];
        if (!maker || (maker->qparams && incckpt_step_is_quantized(maker)))
            return maker ? maker->qparams : NULL;
        if (maker->module)
            return maker->module->output.has_scale ? &maker->module->output : NULL;
        v = maker->kind == INCCKPT_SHARED ? maker->data : NULL;
    }
    return NULL;
}

static double largest(const incckpt_qparams *q)
{
    double below = (double)q->zero_point, above = 255 - below;
    return q->scale * (below > above ? below : above);
}

static bool is_unsigned(const incckpt_qparams *q)
{
    return q->zero_point == 0;
}

/* A product of values of both signs has both; and it is not larger than its operands allow. */
static bool is_implausible_product(const incckpt_plan *p, const incckpt_step *s)
{
    const incckpt_qparams *a = incckpt_qparams_behind(p, s->first->inputs[0]);
    const incckpt_qparams *b =
        s->first->n_inputs > 1 ? incckpt_qparams_behind(p, s->first->inputs[1]) : NULL;
    int64_t inner;
    if (!a || !b || !s->qparams)
        return false;
    if (is_unsigned(s->qparams) && !is_unsigned(a) && !is_unsigned(b))
        return true;
    return incir_dim(s->first->inputs[0], -1, &inner) &&
           largest(s->qparams) > 1.01 * (double)inner * largest(a) * largest(b);
}

/* What a relu gives is quantized from 0 on. */
static bool is_implausible_relu(const incckpt_plan *p, const incckpt_step *s)
{
    const incckpt_step *by =
        s->is_absorbed && incckpt_is_op(s->first, INCIR_OP_RELU) ? s->absorbed_by : NULL;
    const incckpt_qparams *q = !by           ? NULL
                               : by->qparams ? by->qparams
                               : by->module  ? &by->module->output
                                             : NULL;
    return q && q->has_scale && by->kind != INCCKPT_KEPT && q->zero_point > 0 && !p->c->is_dynamic;
}

static bool has_same_qparams(const incckpt_qparams *a, const incckpt_qparams *b)
{
    return a && b && a->scale == b->scale && a->zero_point == b->zero_point;
}

/* What is moved, or chosen, has no values that its source does not have. */
static bool is_wider_than_source(const incckpt_plan *p, const incckpt_step *s)
{
    const incckpt_qparams *q = s->result ? p->qparams[s->result->id] : NULL;
    const incckpt_qparams *of_data = s->data ? incckpt_qparams_behind(p, s->data) : NULL;
    return q && of_data && largest(q) > 1.1 * largest(of_data);
}

/* Sums and products have no operand's scale, unless a cat makes them share it. */
static bool has_scale_of_operand(const incckpt_plan *p, const incckpt_step *s)
{
    for (size_t i = 0; i < s->first->n_inputs; i++)
        if (s->first->inputs[i] &&
            has_same_qparams(s->qparams, incckpt_qparams_behind(p, s->first->inputs[i])))
            return true;
    return false;
}

bool incckpt_has_cat(const incckpt_plan *p)
{
    for (size_t i = 0; i < p->n_steps; i++)
        if (p->steps[i].kind == INCCKPT_SHARED && incckpt_takes_all(&p->steps[i]))
            return true;
    return false;
}

bool incckpt_is_surprise(const incckpt_plan *p, const incckpt_step *s, bool shares)
{
    if (s->kind == INCCKPT_SHARED && s->qparams)
        return true;
    if (s->is_float)
        return !(s->quantization & INCOP_FX_OPERATOR) &&
               !(s->kind == INCCKPT_SHARED && s->quantization & INCOP_FX_FORMS);
    return !shares && s->kind == INCCKPT_FUNCTION && !s->packed && !p->is_nameless &&
           incckpt_takes_all(s) && incckpt_step_is_quantized(s) && has_scale_of_operand(p, s);
}

/* What is between 0 and 1 is quantized so. */
bool incckpt_is_implausible(const incckpt_plan *p, const incckpt_step *s)
{
    const incckpt_qparams *of_result = s->qparams  ? s->qparams
                                       : s->result ? p->qparams[s->result->id]
                                                   : NULL;
    /* observers may leave the eighth bit free; among names the stricter limit only prefers */
    double largest_integer = p->is_nameless ? 127 : 255;
    if (s->is_softmax && of_result &&
        (!is_unsigned(of_result) || of_result->scale * largest_integer > 1.001))
        return true;
    if (is_implausible_relu(p, s) ||
        (s->kind == INCCKPT_SHARED && s->is_float && is_wider_than_source(p, s)))
        return true;
    return s->kind == INCCKPT_FUNCTION && s->product && incckpt_step_is_quantized(s) &&
           s->product == s->first && is_implausible_product(p, s);
}
