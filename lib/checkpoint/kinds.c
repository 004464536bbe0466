/* SPDX-License-Identifier: Apache-2.0 */
/* How FX graph mode quantization treats an operator, as far as its row in the operator table says.
 * Comes in: the step of a call, with the flags of its row. */
#include "checkpoint/plan.h"

incckpt_kind incckpt_kind_of_function(const incckpt_step *s, bool reads_number, bool is_eager)
{
    if (s->quantization & INCOP_FX_SCALAR && reads_number)
        return incckpt_is_op(s->first, INCIR_OP_ADD) || incckpt_is_op(s->first, INCIR_OP_MUL)
                   ? INCCKPT_SCALAR
                   : INCCKPT_FLOAT;
    if (s->quantization & INCOP_FX_OBSERVED && !is_eager)
        return INCCKPT_FUNCTION;
    if (s->quantization & INCOP_FX_FIXED)
        return INCCKPT_FIXED;
    if (s->quantization & INCOP_FX_SHARED || (is_eager && s->quantization & INCOP_FX_EAGER))
        return INCCKPT_SHARED;
    return INCCKPT_FLOAT;
}

bool incckpt_takes_all(const incckpt_step *s)
{
    return s->quantization & INCOP_FX_ALL_INPUTS;
}

bool incckpt_fuses_relu(const incckpt_step *s)
{
    return s->quantization & INCOP_FX_FUSES_RELU;
}

bool incckpt_is_softmax(const incckpt_step *s)
{
    return s->quantization & INCOP_FX_SOFTMAX;
}

bool incckpt_is_recurrent(const incckpt_step *s)
{
    return s->quantization & INCOP_FX_LAYER;
}

bool incckpt_is_method(const incckpt_step *s)
{
    return s->quantization & INCOP_FX_METHOD;
}
