/* Operators on quantized tensors. Each is its float counterpart on the reals that the integers
 * stand for, its result put on the grid of the output's scale and zero point; that it ran on
 * integers is noted on the nodes, and lib/quant makes of it what the export asks for. */
#include <math.h>
#include <string.h>

#include "ir/quant.h"
#include "ops/call/internal.h"
#include "ops/emit/emit.h"
#include "ops/families.h"
#include "ops/quantized/packed.h"

enum { MOST_ARGS = 14 };

/* ---- arguments ---- */

static incop_box *box_of(incop_call *c, const char *name)
{
    incval v = incop_arg(c, name);
    if (v.kind != INCVAL_TENSOR)
        inc_raise(c->cx, INC_E_FORMAT, "%s: %s has to be a Tensor", c->schema->name, name);
    return v.u.t;
}

static const incir_quant *quant_of(incop_call *c, const char *name)
{
    const incir_quant *q = box_of(c, name)->quant;
    if (!q)
        inc_raise(c->cx, INC_E_FORMAT, "%s: %s is not a quantized tensor", c->schema->name, name);
    if (q->n == 0)
        incop_unsupported(c, "a tensor that was quantized dynamically");
    return q;
}

static incop_packed *packed_of(incop_call *c, const char *name, incop_packed_kind kind)
{
    incval v = incop_arg(c, name);
    if (v.kind != INCVAL_PACKED || v.u.packed->kind != kind)
        inc_raise(c->cx, INC_E_FORMAT, "%s: %s holds no packed weights of that kind",
                  c->schema->name, name);
    return v.u.packed;
}

/* The output's grid: integers of the type of the input. */
static const incir_quant *output_quant(incop_call *c, const char *like, const char *scale,
                                       const char *zero_point)
{
    return incir_quant_new(c->g, quant_of(c, like)->dtype, incop_float(c, scale),
                           incop_int(c, zero_point));
}

static incval float_arg(incop_call *c, const char *name)
{
    incval v = incop_arg(c, name);
    if (v.kind == INCVAL_TENSOR)
        return incval_tensor(incop_box_new(c->cx, incop_tensor(c, name)));
    return v;
}

static incval tensor_val(incop_call *c, incir_value *v)
{
    return v ? incval_tensor(incop_box_new(c->cx, v)) : incval_none();
}

static incval ints_val(incop_call *c, const int64_t *ints, size_t n)
{
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (size_t i = 0; i < n; i++)
        INC_PUSH(c->cx, &list.u.list->v, incval_int(incsym_int(c->g->syms, ints[i])));
    return list;
}

/* ---- calling the float counterpart ---- */

static incir_value *call_float(incop_call *c, const char *name, const incval *args, size_t n)
{
    size_t n_results;
    const incval *results = incop_invoke(c->g, name, args, n, NULL, 0, &n_results);
    if (n_results == 0 || results[0].kind != INCVAL_TENSOR)
        inc_raise(c->cx, INC_E_INTERNAL, "%s gave no tensor", name);
    return incop_box_read(c->g, results[0].u.t);
}

static incir_value *relu(incop_call *c, incir_value *x)
{
    incval v = tensor_val(c, x);
    return call_float(c, "aten::relu", &v, 1);
}

static void return_quantized(incop_call *c, incir_value *v, const incir_quant *q)
{
    incop_return_val(c, incval_tensor(incop_box_quantized(c->cx, incir_quantized(c->g, v, q), q)));
}

/* Whether the row's name says that a relu is part of it: conv2d_relu, but not leaky_relu. */
static bool has_relu(const incop_call *c)
{
    const char *at = strstr(c->schema->name, "_relu");
    return at && !strstr(c->schema->name, "leaky_relu");
}

/* ---- making and leaving quantized tensors ---- */

static void lower_quantize_per_tensor(incop_call *c)
{
    const incir_quant *q = incir_quant_new(c->g, incop_dtype(c, "dtype", INCDT_QU8),
                                           incop_float(c, "scale"), incop_int(c, "zero_point"));
    return_quantized(c, incop_tensor(c, "self"), q);
}

/* A range found when the model runs. reduce_range: half of the integers. */
static void lower_quantize_dynamic(incop_call *c)
{
    const incir_quant *q = incir_quant_new(c->g, incop_dtype(c, "dtype", INCDT_QU8), 1, 0);
    int64_t halves = incop_bool(c, "reduce_range") ? 2 : 1;
    if (q->dtype == INCDT_I32)
        incop_unsupported(c, "quantizing dynamically to 32 bits");
    incir_value *x = incop_tensor(c, "self");
    incir_value *y = incir_quantized_in_range(c->g, x, q->dtype, q->quant_min / halves,
                                              q->quant_max / halves, false, INCIR_LEAST_SCALE);
    incop_return_val(c, incval_tensor(incop_box_quantized(c->cx, y, &incop_found_at_run_time)));
}

static const inctensor *constant_of(incop_call *c, const char *name)
{
    incir_value *v = incop_tensor(c, name);
    if (!incir_is_constant(v))
        incop_unsupported(c, "%s depends on data", name);
    return v->constant;
}

static void lower_quantize_per_channel(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    const inctensor *scales = constant_of(c, "scales"), *zeros = constant_of(c, "zero_points");
    if (incdtype_is_float(zeros->dtype))
        incop_unsupported(c, "zero points that are no integers");
    size_t axis = incop_axis(c, "axis", x->rank);
    int64_t size;
    if (x->rank == 0 || !incir_dim(x, (int64_t)axis, &size) || scales->numel != (uint64_t)size ||
        zeros->numel != (uint64_t)size)
        inc_raise(c->cx, INC_E_FORMAT, "%s: as many scales and zero points as channels are needed",
                  c->schema->name);
    const incir_quant *one = incir_quant_new(c->g, incop_dtype(c, "dtype", INCDT_QI8), 1, 0);
    incir_quant *q = inc_copy(c->cx, one, sizeof *one);
    q->per_axis = true;
    q->axis = axis;
    q->n = (size_t)size;
    q->scales = inctensor_f64s(c->cx, scales);
    q->zero_points = inctensor_i64s(c->cx, zeros);
    return_quantized(c, x, q);
}

static void lower_quantize_list(incop_call *c)
{
    size_t n;
    incir_value **x = incop_tensors(c, "tensors", &n);
    const inctensor *scales = constant_of(c, "scales"), *zeros = constant_of(c, "zero_points");
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    if (scales->numel != n || zeros->numel != n)
        inc_raise(c->cx, INC_E_FORMAT, "%s: as many scales and zero points as tensors are needed",
                  c->schema->name);
    const double *scale = inctensor_f64s(c->cx, scales);
    const int64_t *zero = inctensor_i64s(c->cx, zeros);
    for (size_t i = 0; i < n; i++) {
        const incir_quant *q =
            incir_quant_new(c->g, incop_dtype(c, "dtype", INCDT_QU8), scale[i], zero[i]);
        incop_box *box = incop_box_quantized(c->cx, incir_quantized(c->g, x[i], q), q);
        INC_PUSH(c->cx, &list.u.list->v, incval_tensor(box));
    }
    incop_return_val(c, list);
}

static void lower_dequantize(incop_call *c)
{
    const char *name = incop_has(c, "self") ? "self" : "qtensor";
    incop_return(c, incop_tensor(c, name));
}

static void lower_dequantize_list(incop_call *c)
{
    size_t n;
    incir_value **parts = incop_tensors(c, c->schema->params[0].name, &n);
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (size_t i = 0; i < n; i++)
        INC_PUSH(c->cx, &list.u.list->v, tensor_val(c, parts[i]));
    incop_return_val(c, list);
}

/* The integers; those of activations are computed back, which is exact: a real on the grid divided
 * by the scale is nearer to its integer than to any other. */
static void lower_int_repr(incop_call *c)
{
    const incir_quant *q = quant_of(c, "self");
    incir_value *x = incop_tensor(c, "self");
    if (x->kind == INCIR_RESULT && incir_is_weight_node(x->producer)) {
        incop_return(c, x->producer->inputs[0]);
        return;
    }
    if (q->per_axis || q->n != 1)
        incop_unsupported(c, "the integers of a tensor quantized per channel or dynamically");
    incir_value *steps =
        emit_binary(c->g, "Div", x, incir_const_float(c->g, INCDT_F32, q->scales[0]));
    incir_value *y = emit_binary(c->g, "Add", emit_unary(c->g, "Round", steps),
                                 incir_const_float(c->g, INCDT_F32, (double)q->zero_points[0]));
    incop_return(c, emit_cast(c->g, y, q->dtype));
}

static void lower_q_scale(incop_call *c)
{
    incop_return_val(c, incval_float(quant_of(c, "self")->scales[0]));
}

static void lower_q_zero_point(incop_call *c)
{
    const incir_quant *q = quant_of(c, "self");
    incop_return_int(c, incsym_int(c->g->syms, q->zero_points ? q->zero_points[0] : 0));
}

static const incir_quant *channels_of(incop_call *c)
{
    const incir_quant *q = quant_of(c, "self");
    if (!q->per_axis || !q->zero_points)
        incop_unsupported(c, "a tensor that is not quantized per channel");
    return q;
}

static void lower_q_axis(incop_call *c)
{
    incop_return_int(c, incsym_int(c->g->syms, (int64_t)channels_of(c)->axis));
}

static void lower_q_numbers(incop_call *c)
{
    const incir_quant *q = channels_of(c);
    int64_t n = (int64_t)q->n;
    const inctensor *t = strcmp(c->row->as, "scales") == 0
                             ? inctensor_new(c->cx, INCDT_F64, 1, &n, q->scales)
                             : inctensor_new(c->cx, INCDT_I64, 1, &n, q->zero_points);
    incop_return(c, incir_constant(c->g, t, NULL));
}

/* ---- packing ---- */

static const inctensor *quantized_constant(incop_call *c, const char *name)
{
    incir_value *v = incop_tensor(c, name);
    const incir_quant *q = incir_quant_of(v);
    if (!q || !incir_is_weight_node(v->producer))
        incop_unsupported(c, "packing weights that are no quantized constant of the model");
    return incir_weight_of(v->producer);
}

static const inctensor *bias_constant(incop_call *c, const char *name)
{
    return incop_is_none(c, name) ? NULL : constant_of(c, name);
}

static void copy_ints(incop_call *c, const char *name, size_t k, int64_t absent, int64_t *out)
{
    const int64_t *ints = incop_ints_k(c, name, k, absent);
    memcpy(out, ints, k * sizeof *ints);
}

/* nn.Conv1d with reflected padding gives the padding of two axes, though there is one: the last
 * counts. */
static void copy_padding(incop_call *c, size_t k, int64_t *out)
{
    incval v = incop_arg(c, "padding");
    if (k == 1 && v.kind == INCVAL_LIST && v.u.list->v.n == 2)
        out[0] = incop_ints_k(c, "padding", 2, 0)[1];
    else
        copy_ints(c, "padding", k, 0, out);
}

/* A one-dimensional convolution is kept as a two-dimensional one of height 1, as PyTorch does. */
static void make_2d(incop_call *c, incop_packed *p)
{
    const inctensor *w = p->weight;
    int64_t sizes[4] = {w->sizes[0], w->sizes[1], 1, w->sizes[2]};
    p->weight = inctensor_reshape(c->cx, w, 4, sizes);
    p->stride[1] = p->stride[0];
    p->padding[1] = p->padding[0];
    p->dilation[1] = p->dilation[0];
    p->output_padding[1] = p->output_padding[0];
    p->stride[0] = p->dilation[0] = 1;
    p->padding[0] = p->output_padding[0] = 0;
    p->k = 2;
}

static void lower_conv_prepack(incop_call *c)
{
    incop_packed *p = INC_NEW(c->cx, incop_packed);
    p->kind = INCOP_PACKED_CONV;
    p->weight = quantized_constant(c, "weight");
    p->bias = bias_constant(c, "bias");
    if (p->weight->rank < 3 || p->weight->rank > 5)
        inc_raise(c->cx, INC_E_FORMAT, "%s: a weight of rank %zu", c->schema->name,
                  p->weight->rank);
    p->k = p->weight->rank - 2;
    copy_ints(c, "stride", p->k, 1, p->stride);
    copy_padding(c, p->k, p->padding);
    copy_ints(c, "dilation", p->k, 1, p->dilation);
    p->groups = incop_int(c, "groups");
    p->transposed = incop_has(c, "output_padding");
    if (p->transposed)
        copy_ints(c, "output_padding", p->k, 0, p->output_padding);
    if (p->k == 1)
        make_2d(c, p);
    incop_return_val(c, incval_packed(p));
}

static void lower_linear_prepack(incop_call *c)
{
    incop_packed *p = INC_NEW(c->cx, incop_packed);
    p->kind = INCOP_PACKED_LINEAR;
    p->weight = quantized_constant(c, "W");
    p->bias = bias_constant(c, "B");
    if (p->weight->rank != 2)
        inc_raise(c->cx, INC_E_FORMAT, "%s: a weight of rank %zu", c->schema->name,
                  p->weight->rank);
    incop_return_val(c, incval_packed(p));
}

/* Weights kept as float16. */
static const inctensor *rounded_to_half(incop_call *c, const char *name)
{
    const inctensor *w = constant_of(c, name);
    return inctensor_cast(c->cx, inctensor_cast(c->cx, w, INCDT_F16), INCDT_F32);
}

static void lower_linear_prepack_half(incop_call *c)
{
    incop_packed *p = INC_NEW(c->cx, incop_packed);
    p->kind = INCOP_PACKED_LINEAR;
    p->weight = rounded_to_half(c, "W");
    p->bias = bias_constant(c, "B");
    if (p->weight->rank != 2)
        inc_raise(c->cx, INC_E_FORMAT, "%s: a weight of rank %zu", c->schema->name,
                  p->weight->rank);
    incop_return_val(c, incval_packed(p));
}

/* ---- weights as values ---- */

static const char *part_name(incop_call *c, const incop_packed *p, const char *part)
{
    return p->name ? inc_printf(c->cx, "%s%s%s", p->name, p->name[0] ? "." : "", part) : NULL;
}

/* The weight with its axes in another order; order NULL: as it is. */
static incir_value *weight_value(incop_call *c, const incop_packed *p, const size_t *order)
{
    const inctensor *w = p->weight;
    const char *name = part_name(c, p, "weight");
    if (order)
        w = inctensor_permute(c->cx, w, order);
    if (!w->q) /* kept as float16, computed in float32 */
        return incir_constant(c->g, inctensor_cast(c->cx, w, INCDT_F32), name);
    return incir_quantized_weight(c->g, w, name);
}

static incir_value *bias_value(incop_call *c, const incop_packed *p)
{
    return p->bias ? incir_constant(c->g, inctensor_cast(c->cx, p->bias, INCDT_F32),
                                    part_name(c, p, "bias"))
                   : NULL;
}

/* ---- convolution ---- */

/* A convolution of one axis, packed as one of height 1, back in one. */
static incop_packed *make_1d(incop_call *c, const incop_packed *p)
{
    const inctensor *w = p->weight;
    if (w->rank != 4 || w->sizes[2] != 1 || p->padding[0] != 0 || p->output_padding[0] != 0)
        incop_unsupported(c, "packed weights of a convolution of two axes");
    incop_packed *flat = inc_copy(c->cx, p, sizeof *p);
    int64_t sizes[3] = {w->sizes[0], w->sizes[1], w->sizes[3]};
    flat->weight = inctensor_reshape(c->cx, w, 3, sizes);
    flat->k = 1;
    flat->stride[0] = p->stride[1];
    flat->padding[0] = p->padding[1];
    flat->dilation[0] = p->dilation[1];
    flat->output_padding[0] = p->output_padding[1];
    return flat;
}

static incir_value *convolve(incop_call *c, incir_value *x, const incop_packed *p)
{
    if (strstr(c->schema->name, "1d"))
        p = make_1d(c, p);
    incval args[9] = {tensor_val(c, x),
                      tensor_val(c, weight_value(c, p, NULL)),
                      tensor_val(c, bias_value(c, p)),
                      ints_val(c, p->stride, p->k),
                      ints_val(c, p->padding, p->k),
                      ints_val(c, p->dilation, p->k),
                      incval_bool(p->transposed),
                      ints_val(c, p->output_padding, p->k),
                      incval_int(incsym_int(c->g->syms, p->groups))};
    return call_float(c, "aten::convolution", args, 9);
}

static void lower_conv(incop_call *c)
{
    const char *weight = incop_has(c, "weight") ? "weight" : "packed_weight";
    const incop_packed *p = packed_of(c, weight, INCOP_PACKED_CONV);
    const incir_quant *q = output_quant(c, "qx", "output_scale", "output_zero_point");
    incir_value *y = convolve(c, incop_tensor(c, "qx"), p);
    if (incop_has(c, "qaccum")) {
        incval sum[2] = {tensor_val(c, y), float_arg(c, "qaccum")};
        y = call_float(c, "aten::add", sum, 2);
    }
    return_quantized(c, has_relu(c) ? relu(c, y) : y, q);
}

/* ---- linear ---- */

static incir_value *multiply(incop_call *c, incir_value *x, const incop_packed *p)
{
    static const size_t swapped[2] = {1, 0};
    incir_value *bias = bias_value(c, p);
    if (x->rank == 2) {
        incval args[3] = {tensor_val(c, x), tensor_val(c, weight_value(c, p, NULL)),
                          tensor_val(c, bias)};
        return call_float(c, "aten::linear", args, 3);
    }
    incir_value *y = emit_matmul(c->g, x, weight_value(c, p, swapped));
    return bias ? emit_binary(c->g, "Add", y, bias) : y;
}

static void lower_linear(incop_call *c)
{
    const incop_packed *p = packed_of(c, "W_prepack", INCOP_PACKED_LINEAR);
    const incir_quant *q = output_quant(c, "X", "Y_scale_i", "Y_zero_point_i");
    incir_value *y = multiply(c, incop_tensor(c, "X"), p);
    if (strstr(c->schema->name, "_leaky_relu")) {
        incval args[2] = {tensor_val(c, y), incop_arg(c, "negative_slope")};
        y = call_float(c, "aten::leaky_relu", args, 2);
    } else if (strstr(c->schema->name, "_tanh")) {
        incval v = tensor_val(c, y);
        y = call_float(c, "aten::tanh", &v, 1);
    } else if (has_relu(c)) {
        y = relu(c, y);
    }
    return_quantized(c, y, q);
}

/* PyTorch's reduce_range (7 bits, for kernels that would saturate) is not taken over: 8 bits are
 * nearer to the model before it was quantized. */
static incir_value *quantized_dynamically(incop_call *c, incir_value *x)
{
    return incir_quantized_dynamic(c->g, x);
}

static void lower_linear_dynamic(incop_call *c)
{
    const incop_packed *p = packed_of(c, "W_prepack", INCOP_PACKED_LINEAR);
    incir_value *x = incop_tensor(c, "X");
    incir_value *y = multiply(c, p->weight->q ? quantized_dynamically(c, x) : x, p);
    incop_return(c, has_relu(c) ? relu(c, y) : y);
}

/* The input is quantized with known numbers, the result is real. */
static void lower_linear_of_reals(incop_call *c)
{
    const incop_packed *p = packed_of(c, "W_prepack", INCOP_PACKED_LINEAR);
    const incir_quant *q =
        incir_quant_new(c->g, INCDT_U8, incop_float(c, "X_scale"), incop_int(c, "X_zero_point"));
    incir_value *y = multiply(c, incir_quantized(c->g, incop_tensor(c, "X"), q), p);
    incop_return(c, has_relu(c) ? relu(c, y) : y);
}

static void lower_linear_half_unpacked(incop_call *c)
{
    incop_packed p = {.kind = INCOP_PACKED_LINEAR,
                      .weight = rounded_to_half(c, "weight"),
                      .bias = bias_constant(c, "bias")};
    incop_return(c, multiply(c, incop_tensor(c, "X"), &p));
}

/* PyTorch puts the result on the grid it found for the input. */
static void lower_conv_dynamic(incop_call *c)
{
    const incop_packed *p = packed_of(c, "packed_weight", INCOP_PACKED_CONV);
    incir_value *x = quantized_dynamically(c, incop_tensor(c, "qx"));
    incop_return(c, incir_quantized_alike(c->g, convolve(c, x, p), x));
}

/* ---- elementwise and the like ---- */

static void lower_binary(incop_call *c)
{
    const incir_quant *q = output_quant(c, "qa", "scale", "zero_point");
    incval args[2] = {float_arg(c, "qa"), float_arg(c, "qb")};
    incir_value *y = call_float(c, c->row->as, args, 2);
    return_quantized(c, has_relu(c) ? relu(c, y) : y, q);
}

/* x + b and x * b with a number: PyTorch changes scale and zero point instead of the integers. What
 * it adds is a whole number of steps. */
static void lower_scalar(incop_call *c)
{
    double b = incop_float(c, "b");
    bool multiplies = strcmp(c->row->as, "aten::mul") == 0;
    const incir_quant *out = incir_quant_moved(c->g, quant_of(c, "qa"), &b, multiplies);
    incval args[2] = {float_arg(c, "qa"), incval_float(b)};
    incir_value *y = call_float(c, c->row->as, args, 2);
    return_quantized(c, has_relu(c) ? relu(c, y) : y, out);
}

static void lower_cat(incop_call *c)
{
    incval list = incop_arg(c, "qx");
    if (list.kind != INCVAL_LIST || list.u.list->v.n == 0 ||
        list.u.list->v.items[0].kind != INCVAL_TENSOR || !list.u.list->v.items[0].u.t->quant)
        inc_raise(c->cx, INC_E_FORMAT, "quantized::cat of no quantized tensors");
    const incir_quant *q = list.u.list->v.items[0].u.t->quant;
    if (!incop_is_none(c, "scale") && !incop_is_none(c, "zero_point"))
        q = incir_quant_new(c->g, q->dtype, incop_float(c, "scale"), incop_int(c, "zero_point"));
    size_t n;
    incir_value **parts = incop_tensors(c, "qx", &n);
    incval floats = incval_list_new(c->cx, INCVAL_LIST);
    for (size_t i = 0; i < n; i++)
        INC_PUSH(c->cx, &floats.u.list->v, tensor_val(c, parts[i]));
    incval args[2] = {floats, incop_arg(c, "dim")};
    incir_value *y = call_float(c, "aten::cat", args, 2);
    return_quantized(c, has_relu(c) ? relu(c, y) : y, q);
}

/* Rows whose other arguments are those of the float operator, in order, followed by the output's
 * scale and zero point somewhere: row->as is that operator. */
static void lower_same_arguments(incop_call *c)
{
    const incop_schema *s = c->schema;
    const incir_quant *q = NULL;
    incval args[MOST_ARGS];
    size_t n = 0;
    for (size_t i = 0; i < s->n_params && n < MOST_ARGS; i++) {
        const char *name = s->params[i].name;
        if (strcmp(name, "output_scale") == 0 || strcmp(name, "output_zero_point") == 0 ||
            strcmp(name, "inplace") == 0)
            continue;
        args[n++] = float_arg(c, name);
    }
    const char *input = s->params[0].name;
    if (incop_has(c, "output_scale"))
        q = output_quant(c, input, "output_scale", "output_zero_point");
    else
        q = quant_of(c, input);
    incir_value *y = call_float(c, c->row->as, args, n);
    return_quantized(c, has_relu(c) ? relu(c, y) : y, q);
}

/* Outside of training it does nothing, whatever grid it names. */
static void lower_dropout(incop_call *c)
{
    if (incop_bool(c, "training"))
        incop_unsupported(c, "dropout in training mode");
    return_quantized(c, incop_tensor(c, "self"), quant_of(c, "self"));
}

static void lower_batch_norm(incop_call *c)
{
    const incir_quant *q =
        output_quant(c, c->schema->params[0].name, "output_scale", "output_zero_point");
    incval args[9] = {float_arg(c, c->schema->params[0].name),
                      incop_arg(c, "weight"),
                      incop_arg(c, "bias"),
                      incop_arg(c, "mean"),
                      incop_arg(c, "var"),
                      incval_bool(false),
                      incval_float(0.1),
                      incop_arg(c, "eps"),
                      incval_bool(false)};
    incir_value *y = call_float(c, "aten::batch_norm", args, 9);
    return_quantized(c, has_relu(c) ? relu(c, y) : y, q);
}

static void lower_instance_norm(incop_call *c)
{
    const incir_quant *q = output_quant(c, "input", "output_scale", "output_zero_point");
    incval args[9] = {float_arg(c, "input"), incop_arg(c, "weight"), incop_arg(c, "bias"),
                      incval_none(),         incval_none(),          incval_bool(true),
                      incval_float(0.1),     incop_arg(c, "eps"),    incval_bool(false)};
    return_quantized(c, call_float(c, "aten::instance_norm", args, 9), q);
}

/* ---- products of plain integers ---- */

static void lower_integer_matmul(incop_call *c)
{
    incir_value *a = incop_tensor(c, "self"), *b = incop_tensor(c, "mat2");
    incir_node *n = incir_node_new(c->g, "MatMulInteger");
    if (a->rank != 2 || b->rank != 2 || a->dtype != INCDT_I8 || b->dtype != INCDT_I8)
        incop_unsupported(c, "other operands than two matrices of int8");
    incir_in(c->g, n, a);
    incir_in(c->g, n, b);
    incop_return(c, incir_emit(c->g, n));
}

/* x times the transposed mat2, whose rows have a scale each. */
static void lower_weight_int8(incop_call *c)
{
    const inctensor *w = constant_of(c, "mat2"), *scales = constant_of(c, "scales");
    incir_value *from = incop_tensor(c, "mat2");
    if (w->rank != 2 || w->dtype != INCDT_I8 || scales->numel != (uint64_t)w->sizes[0])
        inc_raise(c->cx, INC_E_FORMAT, "%s: mat2 has to be a matrix of int8 with a scale a row",
                  c->schema->name);
    incqparams *q = INC_NEW(c->cx, incqparams);
    *q = (incqparams){.per_channel = true,
                      .n = (size_t)scales->numel,
                      .scales = inctensor_f64s(c->cx, scales),
                      .zero_points = INC_NEW_N(c->cx, int64_t, (size_t)scales->numel),
                      .dtype = INCDT_QI8};
    inctensor *t = inctensor_reshape(c->cx, w, 2, w->sizes);
    t->dtype = q->dtype;
    t->q = q;
    incir_value *weight = incir_quantized_weight(c->g, t, from->is_parameter ? from->name : NULL);
    incval args[2] = {tensor_val(c, incop_tensor(c, "self")), tensor_val(c, weight)};
    incop_return(c, call_float(c, "aten::linear", args, 2));
}

/* A table of bytes with a scale and a zero point a row; both are real numbers. */
static void lower_embedding(incop_call *c)
{
    const incop_packed *p = packed_of(c, "weight", INCOP_PACKED_EMBEDDING);
    incir_value *indices = incop_tensor(c, "indices");
    incop_return(c, emit_gather(c->g, weight_value(c, p, NULL), indices, 0));
}

/* Sums of such rows. Two axes of indices are one bag a row; mode is always "sum". */
static void lower_embedding_bag(incop_call *c)
{
    const incop_packed *p = packed_of(c, "weight", INCOP_PACKED_EMBEDDING);
    incir_value *indices = incop_tensor(c, "indices"), *table = weight_value(c, p, NULL);
    incval weights = incop_arg(c, "per_sample_weights");
    if (incop_bool(c, "pruned_weights") && !incop_is_none(c, "compressed_indices_mapping"))
        incop_unsupported(c, "a pruned table");
    if (incop_int(c, "mode") != 0)
        incop_unsupported(c, "bags that are not summed up");
    if (indices->rank == 2) {
        static const size_t bag = 1, last = 2;
        incir_value *rows = emit_gather(c->g, table, indices, 0);
        if (weights.kind == INCVAL_TENSOR)
            rows =
                emit_binary(c->g, "Mul", rows,
                            emit_unsqueeze(c->g, incop_tensor(c, "per_sample_weights"), &last, 1));
        incop_return(c, emit_reduce(c->g, "ReduceSum", rows, &bag, 1, false));
        return;
    }
    if (incop_is_none(c, "offsets"))
        incop_unsupported(c, "indices of rank %zu without offsets", indices->rank);
    incval args[8] = {tensor_val(c, table),
                      tensor_val(c, indices),
                      incop_arg(c, "offsets"),
                      incval_bool(false),
                      incval_int(incsym_int(c->g->syms, 0)),
                      incval_bool(false),
                      weights,
                      incop_arg(c, "include_last_offset")};
    incop_return(c, call_float(c, "aten::embedding_bag", args, 8));
}

/* ---- recurrent ---- */

static void return_all(incop_call *c, const char *name, const incval *args, size_t n_args)
{
    size_t n;
    const incval *results = incop_invoke(c->g, name, args, n_args, NULL, 0, &n);
    for (size_t i = 0; i < n; i++)
        incop_return_val(c, results[i]);
}

static void push_cell(incop_call *c, incval_list *params, const incop_packed *cell)
{
    incop_packed ih = *cell->w_ih, hh = *cell->w_hh;
    ih.name = hh.name = NULL;
    INC_PUSH(c->cx, &params->v, tensor_val(c, weight_value(c, &ih, NULL)));
    INC_PUSH(c->cx, &params->v, tensor_val(c, weight_value(c, &hh, NULL)));
    const inctensor *biases[2] = {cell->b_ih, cell->b_hh};
    for (size_t i = 0; i < 2; i++)
        if (biases[i])
            INC_PUSH(c->cx, &params->v, tensor_val(c, incir_constant(c->g, biases[i], NULL)));
}

static void lower_recurrent(incop_call *c)
{
    incval cells = incop_arg(c, "params"), params = incval_list_new(c->cx, INCVAL_LIST);
    if (cells.kind != INCVAL_LIST && cells.kind != INCVAL_TUPLE)
        inc_raise(c->cx, INC_E_FORMAT, "%s: params is no list of cells", c->schema->name);
    for (size_t i = 0; i < cells.u.list->v.n; i++) {
        incval cell = cells.u.list->v.items[i];
        if (cell.kind != INCVAL_PACKED || cell.u.packed->kind != INCOP_PACKED_CELL)
            inc_raise(c->cx, INC_E_FORMAT, "%s: params holds no packed cells", c->schema->name);
        push_cell(c, params.u.list, cell.u.packed);
        c->g->is_int8 = c->g->is_int8 || cell.u.packed->w_ih->weight->q;
    }
    static const char *const names[] = {"input",  "data",          "batch_sizes", "hx",
                                        "params", "has_biases",    "num_layers",  "dropout",
                                        "train",  "bidirectional", "batch_first"};
    incval args[INC_COUNT(names)];
    size_t n_args = 0;
    for (size_t i = 0; i < INC_COUNT(names); i++)
        if (incop_has(c, names[i]))
            args[n_args++] = strcmp(names[i], "params") == 0 ? params : incop_arg(c, names[i]);
    return_all(c, c->row->as, args, n_args);
}

/* One step; row->as is the operator on reals. */
static void lower_cell(incop_call *c)
{
    incop_packed ih = *packed_of(c, "w_ih", INCOP_PACKED_LINEAR);
    incop_packed hh = *packed_of(c, "w_hh", INCOP_PACKED_LINEAR);
    incval args[6] = {incop_arg(c, "input"), incop_arg(c, "hx")};
    if (incop_has(c, "hx") && incop_arg(c, "hx").kind == INCVAL_TENSOR &&
        strstr(c->row->as, "rnn")) { /* two linear layers */
        for (size_t i = 0; i < 2 && ih.weight->q && hh.weight->q; i++)
            args[i] = tensor_val(c, quantized_dynamically(c, incop_tensor(c, i ? "hx" : "input")));
    }
    ih.name = hh.name = NULL;
    args[2] = tensor_val(c, weight_value(c, &ih, NULL));
    args[3] = tensor_val(c, weight_value(c, &hh, NULL));
    args[4] = tensor_val(c, bias_value(c, &ih));
    args[5] = tensor_val(c, bias_value(c, &hh));
    return_all(c, c->row->as, args, 6);
}

static void lower_cell_params(incop_call *c)
{
    incop_packed *p = INC_NEW(c->cx, incop_packed);
    p->kind = INCOP_PACKED_CELL;
    p->w_ih = packed_of(c, "w_ih", INCOP_PACKED_LINEAR);
    p->w_hh = packed_of(c, "w_hh", INCOP_PACKED_LINEAR);
    p->b_ih = incop_has(c, "bias_ih") ? bias_constant(c, "bias_ih") : p->w_ih->bias;
    p->b_hh = incop_has(c, "bias_hh") ? bias_constant(c, "bias_hh") : p->w_hh->bias;
    incop_return_val(c, incval_packed(p));
}

/* ---- the table ---- */

#define CONV2D "__torch__.torch.classes.quantized.Conv2dPackedParamsBase packed_weight"
#define CONV3D "__torch__.torch.classes.quantized.Conv3dPackedParamsBase packed_weight"
#define LINEAR "__torch__.torch.classes.quantized.LinearPackedParamsBase W_prepack"
#define EMBEDDING "__torch__.torch.classes.quantized.EmbeddingPackedParamsBase weight"
#define TO "float output_scale, int output_zero_point"
#define SHAPE "int[] stride, int[] padding, int[] dilation, int groups"
#define SHAPE_T "int[] stride, int[] padding, int[] output_padding, int[] dilation, int groups"

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_int_mm(Tensor self, Tensor mat2) -> Tensor", lower_integer_matmul),
    OP("aten::_weight_int8pack_mm(Tensor self, Tensor mat2, Tensor scales) -> Tensor", lower_weight_int8),
    OP("aten::dequantize.list(Tensor[] qtensors) -> Tensor[]", lower_dequantize_list),
    OP("aten::dequantize.self(Tensor self) -> Tensor", lower_dequantize),
    OP("aten::dequantize.tensor(Tensor qtensor) -> Tensor", lower_dequantize),
    OP("aten::dequantize.tensors(Tensor[] tensors) -> Tensor[]", lower_dequantize_list),
    OP("aten::int_repr(Tensor self) -> Tensor", lower_int_repr),
    OP("aten::q_per_channel_axis(Tensor self) -> int", lower_q_axis),
    OP_AS("aten::q_per_channel_scales(Tensor self) -> Tensor", lower_q_numbers, "scales"),
    OP_AS("aten::q_per_channel_zero_points(Tensor self) -> Tensor", lower_q_numbers, "zero points"),
    OP("aten::q_scale(Tensor self) -> float", lower_q_scale),
    OP("aten::q_zero_point(Tensor self) -> int", lower_q_zero_point),
    OP("aten::quantize_per_channel(Tensor self, Tensor scales, Tensor zero_points, int axis, ScalarType dtype) -> Tensor", lower_quantize_per_channel),
    OP("aten::quantize_per_tensor(Tensor self, float scale, int zero_point, ScalarType dtype) -> Tensor", lower_quantize_per_tensor),
    OP("aten::quantize_per_tensor.tensor_qparams(Tensor self, Tensor scale, Tensor zero_point, ScalarType dtype) -> Tensor", lower_quantize_per_tensor),
    OP("aten::quantize_per_tensor.tensors(Tensor[] tensors, Tensor scales, Tensor zero_points, ScalarType dtype) -> Tensor[]", lower_quantize_list),
    OP("aten::quantize_per_tensor_dynamic(Tensor self, ScalarType dtype, bool reduce_range) -> Tensor", lower_quantize_dynamic),
    OP("aten::quantized_batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm),
    OP_AS("aten::quantized_gru.data(Tensor data, Tensor batch_sizes, Tensor hx, __torch__.torch.classes.rnn.CellParamsBase[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional) -> (Tensor, Tensor)", lower_recurrent, "aten::gru.data"),
    OP_AS("aten::quantized_gru.input(Tensor input, Tensor hx, __torch__.torch.classes.rnn.CellParamsBase[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor)", lower_recurrent, "aten::gru.input"),
    OP_AS("aten::quantized_lstm.data(Tensor data, Tensor batch_sizes, Tensor[] hx, __torch__.torch.classes.rnn.CellParamsBase[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, *, ScalarType? dtype=None, bool use_dynamic=False) -> (Tensor, Tensor, Tensor)", lower_recurrent, "aten::lstm.data"),
    OP_AS("aten::quantized_lstm.input(Tensor input, Tensor[] hx, __torch__.torch.classes.rnn.CellParamsBase[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first, *, ScalarType? dtype=None, bool use_dynamic=False) -> (Tensor, Tensor, Tensor)", lower_recurrent, "aten::lstm.input"),
    OP_AS("aten::quantized_max_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=[0], int[1] dilation=[1], bool ceil_mode=False) -> Tensor", lower_same_arguments, "aten::max_pool1d"),
    OP_AS("aten::quantized_max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> Tensor", lower_same_arguments, "aten::max_pool2d"),
    OP_AS("aten::quantized_max_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, bool ceil_mode=False) -> Tensor", lower_same_arguments, "aten::max_pool3d"),
    OP_AS("quantized::add(Tensor qa, Tensor qb, float scale, int zero_point) -> Tensor qc", lower_binary, "aten::add"),
    OP_AS("quantized::add.Scalar(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::add"),
    OP_AS("quantized::add.Scalar2(Scalar b, Tensor qa) -> Tensor qc", lower_scalar, "aten::add"),
    OP_AS("quantized::add_relu(Tensor qa, Tensor qb, float scale, int zero_point) -> Tensor qc", lower_binary, "aten::add"),
    OP_AS("quantized::add_relu.Scalar(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::add"),
    OP_AS("quantized::add_relu.Scalar2(Scalar b, Tensor qa) -> Tensor qc", lower_scalar, "aten::add"),
    OP_AS("quantized::add_scalar(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::add"),
    OP_AS("quantized::add_scalar_relu(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::add"),
    OP("quantized::batch_norm(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm),
    OP("quantized::batch_norm1d(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm),
    OP("quantized::batch_norm1d_relu(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm),
    OP("quantized::batch_norm2d(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm),
    OP("quantized::batch_norm2d_relu(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm),
    OP("quantized::batch_norm3d(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm),
    OP("quantized::batch_norm3d_relu(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm),
    OP("quantized::batch_norm_relu(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm),
    OP("quantized::cat(Tensor[] qx, int dim, float? scale, int? zero_point) -> Tensor", lower_cat),
    OP("quantized::cat_relu(Tensor[] qx, int dim, float? scale, int? zero_point) -> Tensor", lower_cat),
    OP_AS("quantized::celu(Tensor self, " TO ", Scalar alpha=1) -> Tensor", lower_same_arguments, "aten::celu"),
    OP_AS("quantized::clamp(Tensor qx, Scalar? min=None, Scalar? max=None) -> Tensor qy", lower_same_arguments, "aten::clamp"),
    OP("quantized::conv1d(Tensor qx, " CONV2D ", " TO ") -> Tensor", lower_conv),
    OP("quantized::conv1d_dynamic(Tensor qx, " CONV2D ", bool reduce_range=False) -> Tensor", lower_conv_dynamic),
    OP("quantized::conv1d_prepack(Tensor weight, Tensor? bias, " SHAPE ") -> __torch__.torch.classes.quantized.Conv2dPackedParamsBase", lower_conv_prepack),
    OP("quantized::conv1d_relu(Tensor qx, " CONV2D ", " TO ") -> Tensor", lower_conv),
    OP("quantized::conv2d(Tensor qx, __torch__.torch.classes.quantized.Conv2dPackedParamsBase weight, int[] stride, int[] padding, int[] dilation, int groups, " TO ") -> Tensor", lower_conv),
    OP("quantized::conv2d.new(Tensor qx, " CONV2D ", " TO ") -> Tensor", lower_conv),
    OP("quantized::conv2d_add(Tensor qx, Tensor qaccum, " CONV2D ", " TO ") -> Tensor", lower_conv),
    OP("quantized::conv2d_add_relu(Tensor qx, Tensor qaccum, " CONV2D ", " TO ") -> Tensor", lower_conv),
    OP("quantized::conv2d_dynamic(Tensor qx, " CONV2D ", bool reduce_range=False) -> Tensor", lower_conv_dynamic),
    OP("quantized::conv2d_prepack(Tensor weight, Tensor? bias, " SHAPE ") -> __torch__.torch.classes.quantized.Conv2dPackedParamsBase", lower_conv_prepack),
    OP("quantized::conv2d_relu(Tensor qx, __torch__.torch.classes.quantized.Conv2dPackedParamsBase weight, int[] stride, int[] padding, int[] dilation, int groups, " TO ") -> Tensor", lower_conv),
    OP("quantized::conv2d_relu.new(Tensor qx, " CONV2D ", " TO ") -> Tensor", lower_conv),
    OP("quantized::conv3d(Tensor qx, __torch__.torch.classes.quantized.Conv3dPackedParamsBase weight, int[] stride, int[] padding, int[] dilation, int groups, " TO ") -> Tensor", lower_conv),
    OP("quantized::conv3d.new(Tensor qx, " CONV3D ", " TO ") -> Tensor", lower_conv),
    OP("quantized::conv3d_dynamic(Tensor qx, " CONV3D ", bool reduce_range=False) -> Tensor", lower_conv_dynamic),
    OP("quantized::conv3d_prepack(Tensor weight, Tensor? bias, " SHAPE ") -> __torch__.torch.classes.quantized.Conv3dPackedParamsBase", lower_conv_prepack),
    OP("quantized::conv3d_relu(Tensor qx, __torch__.torch.classes.quantized.Conv3dPackedParamsBase weight, int[] stride, int[] padding, int[] dilation, int groups, " TO ") -> Tensor", lower_conv),
    OP("quantized::conv3d_relu.new(Tensor qx, " CONV3D ", " TO ") -> Tensor", lower_conv),
    OP("quantized::conv_prepack(Tensor weight, Tensor? bias, " SHAPE ") -> __torch__.torch.classes.quantized.Conv2dPackedParamsBase", lower_conv_prepack),
    OP("quantized::conv_transpose1d(Tensor qx, " CONV2D ", " TO ") -> Tensor", lower_conv),
    OP("quantized::conv_transpose1d_dynamic(Tensor qx, " CONV2D ", bool reduce_range=False) -> Tensor", lower_conv_dynamic),
    OP("quantized::conv_transpose1d_prepack(Tensor weight, Tensor? bias, " SHAPE_T ") -> __torch__.torch.classes.quantized.Conv2dPackedParamsBase", lower_conv_prepack),
    OP("quantized::conv_transpose2d(Tensor qx, " CONV2D ", " TO ") -> Tensor", lower_conv),
    OP("quantized::conv_transpose2d_dynamic(Tensor qx, " CONV2D ", bool reduce_range=False) -> Tensor", lower_conv_dynamic),
    OP("quantized::conv_transpose2d_prepack(Tensor weight, Tensor? bias, " SHAPE_T ") -> __torch__.torch.classes.quantized.Conv2dPackedParamsBase", lower_conv_prepack),
    OP("quantized::conv_transpose3d(Tensor qx, " CONV3D ", " TO ") -> Tensor", lower_conv),
    OP("quantized::conv_transpose3d_dynamic(Tensor qx, " CONV3D ", bool reduce_range=False) -> Tensor", lower_conv_dynamic),
    OP("quantized::conv_transpose3d_prepack(Tensor weight, Tensor? bias, " SHAPE_T ") -> __torch__.torch.classes.quantized.Conv3dPackedParamsBase", lower_conv_prepack),
    OP("quantized::dropout(Tensor self, " TO ", Scalar p=0.5, bool training=False) -> Tensor", lower_dropout),
    OP_AS("quantized::elu(Tensor self, " TO ", Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor", lower_same_arguments, "aten::elu"),
    OP("quantized::embedding_4bit(" EMBEDDING ", Tensor indices, bool pruned_weights=False) -> Tensor", lower_embedding),
    OP("quantized::embedding_bag_4bit(" EMBEDDING ", Tensor indices, Tensor? offsets=None, bool scale_grad_by_freq=False, int mode=0, bool pruned_weights=False, Tensor? per_sample_weights=None, Tensor? compressed_indices_mapping=None, bool include_last_offset=False) -> Tensor", lower_embedding_bag),
    OP("quantized::embedding_bag_byte(" EMBEDDING ", Tensor indices, Tensor? offsets=None, bool scale_grad_by_freq=False, int mode=0, bool pruned_weights=False, Tensor? per_sample_weights=None, Tensor? compressed_indices_mapping=None, bool include_last_offset=False) -> Tensor", lower_embedding_bag),
    OP("quantized::embedding_byte(" EMBEDDING ", Tensor indices, bool pruned_weights=False) -> Tensor", lower_embedding),
    OP_AS("quantized::group_norm(Tensor input, int num_groups, Tensor? weight, Tensor? bias, float eps, " TO ") -> Tensor", lower_same_arguments, "aten::group_norm"),
    OP_AS("quantized::hardswish(Tensor input, " TO ") -> Tensor", lower_same_arguments, "aten::hardswish"),
    OP("quantized::instance_norm(Tensor input, Tensor? weight, Tensor? bias, float eps, " TO ") -> Tensor", lower_instance_norm),
    OP_AS("quantized::layer_norm(Tensor input, int[] normalized_shape, Tensor? weight, Tensor? bias, float eps, " TO ") -> Tensor", lower_same_arguments, "aten::layer_norm"),
    OP_AS("quantized::leaky_relu(Tensor qx, Scalar negative_slope, bool inplace, " TO ") -> Tensor", lower_same_arguments, "aten::leaky_relu"),
    OP("quantized::linear(Tensor X, " LINEAR ", float Y_scale_i, int Y_zero_point_i) -> Tensor Y", lower_linear),
    OP("quantized::linear_dynamic(Tensor X, " LINEAR ", bool reduce_range=False) -> Tensor Y", lower_linear_dynamic),
    OP("quantized::linear_dynamic_fp16(Tensor X, " LINEAR ") -> Tensor Y", lower_linear_dynamic),
    OP("quantized::linear_dynamic_fp16_unpacked_weight(Tensor X, Tensor weight, Tensor bias) -> Tensor Y", lower_linear_half_unpacked),
    OP("quantized::linear_leaky_relu(Tensor X, " LINEAR ", float Y_scale_i, int Y_zero_point_i, float negative_slope) -> Tensor Y", lower_linear),
    OP("quantized::linear_prepack(Tensor W, Tensor? B=None) -> __torch__.torch.classes.quantized.LinearPackedParamsBase W_prepack", lower_linear_prepack),
    OP("quantized::linear_prepack_fp16(Tensor W, Tensor? B=None) -> __torch__.torch.classes.quantized.LinearPackedParamsBase W_prepack", lower_linear_prepack_half),
    OP("quantized::linear_relu(Tensor X, " LINEAR ", float Y_scale_i, int Y_zero_point_i) -> Tensor Y", lower_linear),
    OP("quantized::linear_relu_dynamic(Tensor X, " LINEAR ", bool reduce_range=False) -> Tensor Y", lower_linear_dynamic),
    OP("quantized::linear_relu_dynamic_fp16(Tensor X, " LINEAR ") -> Tensor Y", lower_linear_dynamic),
    OP("quantized::linear_tanh(Tensor X, " LINEAR ", float Y_scale_i, int Y_zero_point_i) -> Tensor Y", lower_linear),
    OP("quantized::linear_with_input_q_dq_qweight_dq_output_fp32(Tensor X, float X_scale, int X_zero_point, " LINEAR ") -> Tensor Y", lower_linear_of_reals),
    OP("quantized::linear_with_input_q_dq_qweight_dq_relu_output_fp32(Tensor X, float X_scale, int X_zero_point, " LINEAR ") -> Tensor Y", lower_linear_of_reals),
    OP("quantized::make_quantized_cell_params_dynamic(__torch__.torch.classes.quantized.LinearPackedParamsBase w_ih, __torch__.torch.classes.quantized.LinearPackedParamsBase w_hh, Tensor bias_ih, Tensor bias_hh, bool reduce_range=False) -> __torch__.torch.classes.rnn.CellParamsBase", lower_cell_params),
    OP("quantized::make_quantized_cell_params_fp16(__torch__.torch.classes.quantized.LinearPackedParamsBase w_ih, __torch__.torch.classes.quantized.LinearPackedParamsBase w_hh) -> __torch__.torch.classes.rnn.CellParamsBase", lower_cell_params),
    OP_AS("quantized::matmul(Tensor qa, Tensor qb, float scale, int zero_point) -> Tensor qc", lower_binary, "aten::matmul"),
    OP_AS("quantized::max_pool1d(Tensor qx, int[] kernel_size, int[] stride, int[] padding, int[] dilation, bool ceil_mode) -> Tensor", lower_same_arguments, "aten::max_pool1d"),
    OP_AS("quantized::max_pool2d(Tensor qx, int[] kernel_size, int[] stride, int[] padding, int[] dilation, bool ceil_mode) -> Tensor", lower_same_arguments, "aten::max_pool2d"),
    OP_AS("quantized::mul(Tensor qa, Tensor qb, float scale, int zero_point) -> Tensor qc", lower_binary, "aten::mul"),
    OP_AS("quantized::mul.Scalar(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::mul"),
    OP_AS("quantized::mul.Scalar2(Scalar b, Tensor qa) -> Tensor qc", lower_scalar, "aten::mul"),
    OP_AS("quantized::mul_relu(Tensor qa, Tensor qb, float scale, int zero_point) -> Tensor qc", lower_binary, "aten::mul"),
    OP_AS("quantized::mul_relu.Scalar(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::mul"),
    OP_AS("quantized::mul_relu.Scalar2(Scalar b, Tensor qa) -> Tensor qc", lower_scalar, "aten::mul"),
    OP_AS("quantized::mul_scalar(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::mul"),
    OP_AS("quantized::mul_scalar_relu(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::mul"),
    OP_AS("quantized::prelu(Tensor qx, Tensor weight, " TO ") -> Tensor", lower_same_arguments, "aten::prelu"),
    OP_AS("quantized::quantized_gru_cell_dynamic(Tensor input, Tensor hx, __torch__.torch.classes.quantized.LinearPackedParamsBase w_ih, __torch__.torch.classes.quantized.LinearPackedParamsBase w_hh, Tensor b_ih, Tensor b_hh) -> Tensor", lower_cell, "aten::gru_cell"),
    OP_AS("quantized::quantized_lstm_cell_dynamic(Tensor input, Tensor[] hx, __torch__.torch.classes.quantized.LinearPackedParamsBase w_ih, __torch__.torch.classes.quantized.LinearPackedParamsBase w_hh, Tensor bias_ih, Tensor bias_hh) -> (Tensor, Tensor)", lower_cell, "aten::lstm_cell"),
    OP_AS("quantized::quantized_rnn_relu_cell_dynamic(Tensor input, Tensor hx, __torch__.torch.classes.quantized.LinearPackedParamsBase w_ih, __torch__.torch.classes.quantized.LinearPackedParamsBase w_hh, Tensor b_ih, Tensor b_hh) -> Tensor", lower_cell, "aten::rnn_relu_cell"),
    OP_AS("quantized::quantized_rnn_tanh_cell_dynamic(Tensor input, Tensor hx, __torch__.torch.classes.quantized.LinearPackedParamsBase w_ih, __torch__.torch.classes.quantized.LinearPackedParamsBase w_hh, Tensor b_ih, Tensor b_hh) -> Tensor", lower_cell, "aten::rnn_tanh_cell"),
    OP_AS("quantized::relu6(Tensor qx, bool inplace=False) -> Tensor", lower_same_arguments, "aten::relu6"),
    OP_AS("quantized::sigmoid(Tensor qx, " TO ") -> Tensor", lower_same_arguments, "aten::sigmoid"),
    OP_AS("quantized::softmax(Tensor qx, int dim, " TO ") -> Tensor", lower_same_arguments, "aten::softmax"),
    OP_AS("quantized::threshold(Tensor qx, Scalar threshold, Scalar value) -> Tensor qy", lower_same_arguments, "aten::threshold"),
};
/* clang-format on */

const incop_family incop_quantized = {"quantized", rows, INC_COUNT(rows)};
