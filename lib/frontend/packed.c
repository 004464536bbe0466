/* SPDX-License-Identifier: Apache-2.0 */
/* PyTorch's C++ objects of packed weights, read from their pickled state. Each has had several
 * layouts; what is in them is checked as everything else from a file. */
#include "frontend/packed.h"

#include <string.h>

#include "base/str.h"

typedef struct reader {
    inccx *cx;
    const char *class_name;
} reader;

static void odd(const reader *r) INC_NORETURN;
static void odd(const reader *r)
{
    inc_raise(r->cx, INC_E_FORMAT, "the state of %s is not laid out in a known way", r->class_name);
}

static const incpkl_value *item(const reader *r, const incpkl_value *v, size_t i)
{
    if ((v->kind != INCPKL_TUPLE && v->kind != INCPKL_LIST) || i >= v->as.items.n)
        odd(r);
    return v->as.items.items[i];
}

static size_t count_items(const reader *r, const incpkl_value *v)
{
    if (v->kind != INCPKL_TUPLE && v->kind != INCPKL_LIST)
        odd(r);
    return v->as.items.n;
}

static const inctensor *tensor_or_null(const reader *r, const incpkl_value *v)
{
    if (v->kind == INCPKL_NONE)
        return NULL;
    if (v->kind != INCPKL_TENSOR)
        odd(r);
    return v->as.tensor->tensor;
}

static const inctensor *tensor(const reader *r, const incpkl_value *v)
{
    const inctensor *t = tensor_or_null(r, v);
    if (!t)
        odd(r);
    return t;
}

/* Integers of a small tensor, or of a list of ints. */
static size_t integers(const reader *r, const incpkl_value *v, int64_t *out, size_t room)
{
    size_t n;
    if (v->kind == INCPKL_TENSOR) {
        const inctensor *t = v->as.tensor->tensor;
        if (t->numel > room)
            odd(r);
        n = (size_t)t->numel;
        const int64_t *values = inctensor_i64s(r->cx, t);
        for (size_t i = 0; i < n; i++)
            out[i] = values[i];
        return n;
    }
    if (v->kind != INCPKL_TUPLE && v->kind != INCPKL_LIST)
        odd(r);
    n = v->as.items.n;
    if (n > room)
        odd(r);
    for (size_t i = 0; i < n; i++) {
        const incpkl_value *e = v->as.items.items[i];
        if (e->kind == INCPKL_TENSOR) { /* one-element tensors */
            if (integers(r, e, &out[i], 1) != 1)
                odd(r);
        } else if (!incpkl_is_int(e, &out[i])) {
            odd(r);
        }
    }
    return n;
}

/* k, strides, paddings, dilations, output paddings, groups, flags. */
static void conv_config(const reader *r, const incpkl_value *v, incop_packed *p)
{
    int64_t c[1 + 4 * INCOP_MOST_SPATIAL + 2] = {0};
    size_t n = integers(r, v, c, INC_COUNT(c));
    if (n < 1 || c[0] < 1 || c[0] > INCOP_MOST_SPATIAL || n != (size_t)(1 + 4 * c[0] + 2))
        odd(r);
    p->k = (size_t)c[0];
    for (size_t i = 0; i < p->k; i++) {
        p->stride[i] = c[1 + i];
        p->padding[i] = c[1 + p->k + i];
        p->dilation[i] = c[1 + 2 * p->k + i];
        p->output_padding[i] = c[1 + 3 * p->k + i];
    }
    p->groups = c[1 + 4 * p->k];
    p->transposed = c[2 + 4 * p->k] & 1;
}

static void read_conv(const reader *r, const incpkl_value *state, incop_packed *p)
{
    const incpkl_value *first = item(r, state, 0);
    int64_t version = 0;
    p->kind = INCOP_PACKED_CONV;
    if (incpkl_is_string(first, "2")) {
        const incpkl_value *tensors = item(r, state, 1);
        conv_config(r, item(r, tensors, 0), p);
        p->weight = tensor(r, item(r, tensors, 1));
        p->bias = tensor_or_null(r, item(r, item(r, state, 2), 0));
    } else if (incpkl_is_int(first, &version) && version == 3) {
        const incpkl_value *tensors = item(r, state, 2);
        conv_config(r, item(r, state, 1), p);
        p->weight = tensor(r, item(r, tensors, 1));
        p->bias = tensor_or_null(r, item(r, tensors, 2));
    } else if (first->kind == INCPKL_TENSOR) {
        p->weight = tensor(r, first);
        p->bias = tensor_or_null(r, item(r, state, 1));
        p->k = integers(r, item(r, state, 2), p->stride, INCOP_MOST_SPATIAL);
        if (p->k == 0 || integers(r, item(r, state, 3), p->padding, INCOP_MOST_SPATIAL) != p->k ||
            integers(r, item(r, state, 4), p->dilation, INCOP_MOST_SPATIAL) != p->k ||
            integers(r, item(r, state, 5), &p->groups, 1) != 1)
            odd(r);
    } else {
        odd(r);
    }
    if (p->weight->rank != p->k + 2)
        odd(r);
}

static void read_linear(const reader *r, const incpkl_value *state, incop_packed *p)
{
    p->kind = INCOP_PACKED_LINEAR;
    p->weight = tensor(r, item(r, state, 0));
    p->bias = tensor_or_null(r, item(r, state, 1));
    if (p->weight->rank != 2)
        odd(r);
}

static void read_embedding(const reader *r, const incpkl_value *state, incop_packed *p)
{
    p->kind = INCOP_PACKED_EMBEDDING;
    p->weight = tensor(r, item(r, item(r, state, 1), 0));
    if (p->weight->rank != 2)
        odd(r);
}

/* TorchScript's pickles name the class itself; Python's have the state and the class's name in what
 * they call a ScriptObject. */
static const char *class_of(const incpkl_object *o, const incpkl_value **state)
{
    const incpkl_value *s = *state = o->state;
    bool is_pair = s && s->kind == INCPKL_TUPLE && s->as.items.n == 2 &&
                   s->as.items.items[1]->kind == INCPKL_STRING;
    if (!incstr_ends(o->of->full, "ScriptObject") || !is_pair)
        return o->of->full;
    *state = s->as.items.items[0];
    return s->as.items.items[1]->as.text.bytes;
}

/* An object within a state, itself packed. */
static incop_packed *inner(const reader *r, const incpkl_value *v)
{
    const incpkl_value *state;
    if (v->kind != INCPKL_OBJECT ||
        !incstr_ends(class_of(v->as.object, &state), ".quantized.LinearPackedParamsBase") || !state)
        odd(r);
    incop_packed *p = INC_NEW(r->cx, incop_packed);
    read_linear(r, state, p);
    return p;
}

static void read_cell(const reader *r, const incpkl_value *state, incop_packed *p)
{
    p->kind = INCOP_PACKED_CELL;
    const incpkl_value *kind = item(r, state, 0);
    if (!incpkl_is_string(kind, "quantized_dynamic") && !incpkl_is_string(kind, "quantized_fp16"))
        inc_raise(r->cx, INC_E_UNSUPPORTED, "a recurrent cell of a kind that is not supported: %s",
                  incpkl_describe(r->cx, kind));
    const incpkl_value *tensors = item(r, state, 1), *flags = item(r, state, 3);
    const incpkl_value *packed = item(r, state, 4);
    p->w_ih = inner(r, item(r, packed, 0));
    p->w_hh = inner(r, item(r, packed, 1));
    p->b_ih = p->w_ih->bias;
    p->b_hh = p->w_hh->bias;
    if (count_items(r, tensors) >= 2) {
        p->b_ih = tensor_or_null(r, item(r, tensors, 0));
        p->b_hh = tensor_or_null(r, item(r, tensors, 1));
    }
    int64_t flag;
    if (count_items(r, flags) && incpkl_is_int(item(r, flags, 0), &flag))
        p->reduce_range = flag != 0;
}

/* ---- XNNPACK's contexts, which torch.utils.mobile_optimizer packs float32 weights into ---- */

static void read_limits(const reader *r, const incpkl_value *state, size_t first, incop_packed *p)
{
    for (size_t i = 0; i < 2; i++) {
        const incpkl_value *v = item(r, state, first + i);
        p->has_limit[i] = v->kind != INCPKL_NONE;
        if (p->has_limit[i] && !incpkl_is_number(v, &p->limit[i]))
            odd(r);
    }
}

static void read_weight_and_bias(const reader *r, const incpkl_value *state, incop_packed *p)
{
    p->weight = tensor(r, item(r, state, 0));
    p->bias = tensor_or_null(r, item(r, state, 1));
    if (p->weight->q || !incdtype_is_float(p->weight->dtype) ||
        (p->bias && (p->bias->q || !incdtype_is_float(p->bias->dtype))))
        odd(r);
}

static void read_float_linear(const reader *r, const incpkl_value *state, incop_packed *p)
{
    p->kind = INCOP_PACKED_FLOAT_LINEAR;
    read_weight_and_bias(r, state, p);
    read_limits(r, state, 2, p);
    if (p->weight->rank != 2)
        odd(r);
}

static void read_shape(const reader *r, const incpkl_value *state, size_t i, int64_t *out)
{
    enum { AXES = 2 };
    if (integers(r, item(r, state, i), out, AXES) != AXES)
        odd(r);
}

/* weight, bias, stride, padding, (output padding,) dilation, groups, limits */
static void read_float_conv(const reader *r, const incpkl_value *state, incop_packed *p)
{
    size_t after = 4;
    p->kind = INCOP_PACKED_FLOAT_CONV;
    p->k = 2;
    read_weight_and_bias(r, state, p);
    read_shape(r, state, 2, p->stride);
    read_shape(r, state, 3, p->padding);
    if (p->transposed)
        read_shape(r, state, after++, p->output_padding);
    read_shape(r, state, after, p->dilation);
    if (!incpkl_is_int(item(r, state, after + 1), &p->groups) || p->weight->rank != 4)
        odd(r);
    read_limits(r, state, after + 2, p);
}

static void read_float_conv_transposed(const reader *r, const incpkl_value *state, incop_packed *p)
{
    p->transposed = true;
    read_float_conv(r, state, p);
}

incop_packed *incfe_unpack(inccx *cx, const incpkl_object *object)
{
    static const struct {
        const char *suffix;
        void (*read)(const reader *r, const incpkl_value *state, incop_packed *p);
    } classes[] = {
        {".quantized.Conv2dPackedParamsBase", read_conv},
        {".quantized.Conv3dPackedParamsBase", read_conv},
        {".quantized.LinearPackedParamsBase", read_linear},
        {".quantized.EmbeddingPackedParamsBase", read_embedding},
        {".rnn.CellParamsBase", read_cell},
        {".xnnpack.Conv2dOpContext", read_float_conv},
        {".xnnpack.LinearOpContext", read_float_linear},
        {".xnnpack.TransposeConv2dOpContext", read_float_conv_transposed},
    };
    const incpkl_value *state;
    const char *class_name = class_of(object, &state);
    reader r = {cx, class_name};
    for (size_t i = 0; i < INC_COUNT(classes); i++)
        if (state && incstr_ends(class_name, classes[i].suffix)) {
            incop_packed *p = INC_NEW(cx, incop_packed);
            classes[i].read(&r, state, p);
            return p;
        }
    return NULL;
}
