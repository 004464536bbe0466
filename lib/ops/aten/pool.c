/* SPDX-License-Identifier: Apache-2.0 */
/* Pooling. PyTorch and ONNX agree but for two corners: with ceil_mode, PyTorch leaves out a last
 * window that would start beyond the input and its left padding, and average pooling divides by
 * the part of a window that is inside input and padding. */
#include "ops/aten/pool.h"

#include <float.h>
#include <string.h>

#include "ops/emit/shape.h"

/* What windows are made of is kept small, so that no sum or product of them overflows. */
static bool fits(int64_t value, int64_t least)
{
    return value >= least && value <= INT32_MAX;
}

static void read_plan(incop_call *c, pool_plan *p)
{
    p->k = incop_spatial_axes(c);
    p->kernel = incop_ints_k(c, "kernel_size", p->k, 1);
    p->strides = incop_ints_k(c, "stride", p->k, 0);
    p->dilations = incop_has(c, "dilation") ? incop_ints_k(c, "dilation", p->k, 1) : NULL;
    p->ceil_mode = incop_bool(c, "ceil_mode");
    p->pads = INC_NEW_N(c->cx, int64_t, 2 * p->k);
    const int64_t *padding = incop_ints_k(c, "padding", p->k, 0);
    for (size_t i = 0; i < p->k; i++) {
        p->pads[i] = p->pads[p->k + i] = padding[i];
        if (p->strides[i] == 0) /* [] */
            p->strides[i] = p->kernel[i];
        if (!fits(p->kernel[i], 1) || !fits(p->strides[i], 1) || !fits(padding[i], 0) ||
            (p->dilations && !fits(p->dilations[i], 1)))
            incop_unsupported(c, "a window of size %lld with stride %lld and padding %lld",
                              (long long)p->kernel[i], (long long)p->strides[i],
                              (long long)padding[i]);
    }
}

/* Whether the kernel is said to be as large as the (dynamic) input. */
static bool covers_all(incop_call *c, const incir_value *x)
{
    size_t k = incop_spatial_axes(c), n, n_padding;
    const incsym **kernel = incop_syms(c, "kernel_size", &n);
    const incsym **padding = incop_syms(c, "padding", &n_padding);
    bool dynamic = false;
    if (x->rank < k + 1)
        return false;
    for (size_t i = 0; i < n_padding; i++)
        if (!incsym_is(padding[i], 0))
            return false;
    for (size_t i = 0; i < k && n > 0; i++) {
        const incsym *size = kernel[n == 1 ? 0 : i];
        int64_t known;
        if (!emit_same_size(c->g, size, incir_axis_size(c->g, x, x->rank - k + i)))
            return false;
        dynamic = dynamic || !incsym_known(size, &known);
    }
    return dynamic;
}

/* The size of spatial axis i, when it is known and small enough to count windows in. */
static bool known_size(const pool_plan *p, const incir_value *x, size_t i, int64_t *size)
{
    const int64_t most = (int64_t)1 << 40;
    return incir_dim(x, (int64_t)(x->rank - p->k + i), size) && *size <= most;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* How many windows PyTorch makes of an axis of that size. */
static int64_t n_windows(const pool_plan *p, size_t i, int64_t size)
{
    int64_t reach = (p->dilations ? p->dilations[i] : 1) * (p->kernel[i] - 1) + 1;
    int64_t room = size + p->pads[i] + p->pads[p->k + i] - reach;
    int64_t n = floor_div(room + (p->ceil_mode ? p->strides[i] - 1 : 0), p->strides[i]) + 1;
    if (p->ceil_mode && (n - 1) * p->strides[i] >= size + p->pads[i])
        n--;
    return n;
}

/* How much padding at the end makes ceil_mode unnecessary; false when the size is not known. */
static bool excess(const pool_plan *p, const incir_value *x, size_t i, int64_t *more)
{
    int64_t size;
    if (!known_size(p, x, i, &size))
        return false;
    int64_t reach = (p->dilations ? p->dilations[i] : 1) * (p->kernel[i] - 1) + 1;
    int64_t end = (n_windows(p, i, size) - 1) * p->strides[i] + reach;
    int64_t padded = size + p->pads[i] + p->pads[p->k + i];
    *more = end > padded ? end - padded : 0;
    return true;
}

/* A window larger than a known input, which ceil_mode allows, is one of the input's size: runtimes
 * refuse the other. */
static void shrink_windows(inccx *cx, pool_plan *p, const incir_value *x)
{
    int64_t *kernel = inc_copy(cx, p->kernel, p->k * sizeof *kernel), size;
    for (size_t i = 0; i < p->k && p->ceil_mode && !p->dilations; i++)
        if (known_size(p, x, i, &size) && size > 0 && kernel[i] > size && p->pads[i] == 0 &&
            p->pads[p->k + i] == 0 && n_windows(p, i, size) == 1)
            kernel[i] = p->strides[i] = size;
    p->kernel = kernel;
}

/* ceil_mode is dropped where it changes nothing. */
static void settle_ceil_mode(inccx *cx, pool_plan *p, const incir_value *x)
{
    bool needed = false;
    shrink_windows(cx, p, x);
    for (size_t i = 0; i < p->k && p->ceil_mode; i++) {
        int64_t more;
        needed = needed || !excess(p, x, i, &more) || more > 0;
    }
    p->ceil_mode = p->ceil_mode && needed;
}

/* Windows all inside input and padding, whatever ceil_mode would mean; false when not known. */
static bool pad_instead_of_ceil(incop_call *c, pool_plan *p, const incir_value *x)
{
    int64_t *more = INC_NEW_N(c->cx, int64_t, p->k);
    for (size_t i = 0; i < p->k; i++)
        if (!excess(p, x, i, &more[i]))
            return false;
    for (size_t i = 0; i < p->k; i++)
        p->pads[p->k + i] += more[i];
    p->ceil_mode = false;
    return true;
}

/* Whether some axis has windows that PyTorch leaves out, beside one that needs ceil_mode. */
static bool ceil_mode_differs(const pool_plan *p, const incir_value *x)
{
    for (size_t i = 0; i < p->k; i++) {
        int64_t size, step = p->strides[i];
        int64_t reach = (p->dilations ? p->dilations[i] : 1) * (p->kernel[i] - 1) + 1;
        if (known_size(p, x, i, &size) &&
            n_windows(p, i, size) !=
                floor_div(size + p->pads[i] + p->pads[p->k + i] - reach + step - 1, step) + 1)
            return true;
    }
    return false;
}

static incir_node *pool_node(incir_graph *g, const char *op_type, incir_value *x,
                             const pool_plan *p)
{
    incir_node *n = incir_node_new(g, op_type);
    incir_in(g, n, x);
    incir_attr_int(g, n, "ceil_mode", p->ceil_mode);
    if (p->dilations)
        incir_attr_ints(g, n, "dilations", p->dilations, p->k);
    incir_attr_ints(g, n, "kernel_shape", p->kernel, p->k);
    if (p->pads)
        incir_attr_ints(g, n, "pads", p->pads, 2 * p->k);
    incir_attr_ints(g, n, "strides", p->strides, p->k);
    return n;
}

const incsym *emit_plane_size(incir_graph *g, const incir_value *x, size_t k)
{
    const incsym *size = incsym_int(g->syms, 1);
    for (size_t i = x->rank - k; i < x->rank; i++)
        size = incsym_mul(g->syms, size, incir_axis_size(g, x, i));
    return size;
}

/* The Pad of zeros that x is; NULL when it is none. */
static const incir_node *pad_of_zeros(incir_graph *g, const incir_value *x)
{
    const incir_node *pad = x->kind == INCIR_RESULT ? x->producer : NULL;
    if (!pad || !incir_is(pad, INCIR_OP_PAD) ||
        strcmp(incir_attr_str_or(pad, "mode", "constant"), "constant") != 0)
        return NULL;
    const incir_value *value = pad->n_inputs > 2 ? pad->inputs[2] : NULL;
    bool zero = !value || (incir_is_constant(value) && inctensor_f64(g->cx, value->constant) == 0);
    return zero ? pad : NULL;
}

/* ONNX Runtime (1.23) joins a Pad of zeros to the pooling behind it: maxima are then taken over
 * what is there alone, averages miscounted with ceil_mode, with more pads, and from opset 19 on.
 * Pads that are next to zero it leaves alone. */
static incir_value *pads_next_to_zero(incir_graph *g, incir_value *x)
{
    const incir_node *pad = pad_of_zeros(g, x);
    if (!pad || !incdtype_is_float(x->dtype))
        return x;
    incir_node *n = incir_node_new(g, "Pad");
    incir_in(g, n, pad->inputs[0]);
    incir_in(g, n, pad->inputs[1]);
    incir_in(g, n, incir_const_float(g, x->dtype, x->dtype == INCDT_F16 ? 0x1p-24 : FLT_MIN));
    incir_attr_str(g, n, "mode", "constant");
    return emit_set_dims(g, incir_emit(g, n), x->dims);
}

static bool has_pads(const pool_plan *p)
{
    for (size_t i = 0; i < 2 * p->k; i++)
        if (p->pads[i] != 0)
            return true;
    return false;
}

static incir_node *max_pool_node(incir_graph *g, incir_value *x, const pool_plan *p)
{
    bool says_valid = pad_of_zeros(g, x) && !has_pads(p) && !p->ceil_mode;
    if (!says_valid)
        return pool_node(g, "MaxPool", pads_next_to_zero(g, x), p);
    pool_plan unpadded = *p;
    unpadded.pads = NULL;
    incir_node *n = pool_node(g, "MaxPool", x, &unpadded);
    incir_attr_str(g, n, "auto_pad", "VALID"); /* which nothing is joined to */
    return n;
}

static incir_value *keep_apart(incir_graph *g, incir_value *x, const pool_plan *p)
{
    bool plain = g->opset < 19 && !p->ceil_mode && !has_pads(p);
    return plain ? x : pads_next_to_zero(g, x);
}

/* x has its batch. ONNX counts indices through the whole tensor, PyTorch within each plane. */
incir_value *emit_max_windows(incop_call *c, incir_value *x, pool_plan *p, incir_value **indices)
{
    incir_graph *g = c->g;
    incdtype type = x->dtype;
    settle_ceil_mode(c->cx, p, x);
    if (p->ceil_mode && ceil_mode_differs(p, x))
        pad_instead_of_ceil(c, p, x);
    incir_node *n = max_pool_node(g, emit_cast(g, x, emit_working_type(g, "MaxPool", type)), p);
    if (!indices)
        return emit_as(g, n, type);
    incir_value *outputs[2];
    incir_emit_n(g, n, 2, outputs);
    *indices = emit_binary(g, "Mod", outputs[1], incir_size_scalar(g, emit_plane_size(g, x, p->k)));
    return emit_cast(g, outputs[0], type);
}

static void lower_max_pool(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    bool added;
    if (covers_all(c, x)) {
        x = emit_batched(c, x, incop_spatial_axes(c), &added);
        incop_return(c, emit_unbatched(c->g, emit_unary(c->g, "GlobalMaxPool", x), added));
        return;
    }
    pool_plan p;
    read_plan(c, &p);
    x = emit_batched(c, x, p.k, &added);
    incop_return(c, emit_unbatched(c->g, emit_max_windows(c, x, &p, NULL), added));
}

static void lower_max_pool_with_indices(incop_call *c)
{
    pool_plan p;
    bool added;
    read_plan(c, &p);
    incir_value *x = emit_batched(c, incop_tensor(c, "self"), p.k, &added), *indices;
    incir_value *y = emit_max_windows(c, x, &p, &indices);
    incop_return(c, emit_unbatched(c->g, y, added));
    incop_return(c, emit_unbatched(c->g, indices, added));
}

static incir_value *pad_with_zeros(incir_graph *g, incir_value *x, pool_plan *p)
{
    const incsym **begins = INC_NEW_N(g->cx, const incsym *, x->rank);
    const incsym **ends = INC_NEW_N(g->cx, const incsym *, x->rank);
    size_t outer = x->rank - p->k;
    for (size_t i = 0; i < x->rank; i++) {
        begins[i] = incsym_int(g->syms, i < outer ? 0 : p->pads[i - outer]);
        ends[i] = incsym_int(g->syms, i < outer ? 0 : p->pads[p->k + i - outer]);
    }
    for (size_t i = 0; i < 2 * p->k; i++)
        p->pads[i] = 0;
    return emit_pad(g, x, "constant", begins, ends, 0);
}

incir_value *emit_average_windows(incir_graph *g, incir_value *x, const pool_plan *p,
                                  bool count_pads)
{
    incir_node *n = pool_node(g, "AveragePool", keep_apart(g, x, p), p);
    incir_attr_int(g, n, "count_include_pad", count_pads);
    return incir_emit(g, n);
}

/* Averages over whole windows, pads counting. As part of the input they do so by themselves;
 * ONNX Runtime (1.23) mistakes one axis' pads for another's from opset 19 on. */
static incir_value *average_with_pads(incir_graph *g, incir_value *x, pool_plan *p)
{
    bool even = true;
    for (size_t i = 0; i < 2 * p->k; i++)
        even = even && p->pads[i] == p->pads[0];
    if (even || g->opset < 19)
        return emit_average_windows(g, x, p, true);
    x = pad_with_zeros(g, x, p);
    return emit_average_windows(g, x, p, false);
}

/* x has its batch, and a type that AveragePool has. */
static incir_value *average_windows(incop_call *c, incir_value *x, pool_plan *p)
{
    incir_graph *g = c->g;
    bool divides = incop_has(c, "divisor_override") && !incop_is_none(c, "divisor_override");
    bool padded = false;
    for (size_t i = 0; i < 2 * p->k; i++)
        padded = padded || p->pads[i] != 0;
    settle_ceil_mode(c->cx, p, x);
    if (divides) {
        double size = 1, divisor = (double)incop_int(c, "divisor_override");
        for (size_t i = 0; i < p->k; i++)
            size *= (double)p->kernel[i];
        if (divisor == 0)
            incop_unsupported(c, "divisor_override=0");
        if (p->ceil_mode && !pad_instead_of_ceil(c, p, x))
            incop_unsupported(c, "divisor_override with ceil_mode on an input of dynamic size");
        incir_value *y = average_with_pads(g, x, p);
        return size == divisor ? y
                               : emit_binary(g, "Mul", y, emit_scalar_like(g, y, size / divisor));
    }
    bool count_pads = padded && incop_bool(c, "count_include_pad");
    if (!count_pads)
        return emit_average_windows(g, x, p, false);
    if (!p->ceil_mode)
        return average_with_pads(g, x, p);
    /* As part of the input, pads count and what is beyond does not. */
    pool_plan inside = *p;
    inside.pads = INC_NEW_N(c->cx, int64_t, 2 * p->k);
    bool known = true;
    for (size_t i = 0; i < p->k; i++)
        known = excess(p, x, i, &inside.pads[p->k + i]) && known;
    if (known)
        inside.ceil_mode = false;
    else
        memset(inside.pads, 0, 2 * p->k * sizeof *inside.pads);
    return emit_average_windows(g, pad_with_zeros(g, x, p), &inside, false);
}

static void lower_avg_pool(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    incdtype type = x->dtype;
    bool added;
    if (covers_all(c, x) &&
        !(incop_has(c, "divisor_override") && !incop_is_none(c, "divisor_override"))) {
        x = emit_batched(c, x, incop_spatial_axes(c), &added);
        incop_return(c, emit_unbatched(g, emit_unary(g, "GlobalAveragePool", x), added));
        return;
    }
    pool_plan p;
    read_plan(c, &p);
    x = emit_cast(g, emit_batched(c, x, p.k, &added), emit_working_type(g, "AveragePool", type));
    incir_value *y = emit_cast(g, average_windows(c, x, &p), type);
    incop_return(c, emit_unbatched(g, y, added));
}

/* ---- unpooling ---- */

/* Zeros with the elements put back where their indices say, plane by plane. */
static void lower_max_unpool(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *indices = incop_tensor(c, "indices");
    size_t k = incop_spatial_axes(c), n, outer = x->rank - k;
    const incsym **size = incop_syms(c, "output_size", &n);
    if (n != k || x->rank <= k)
        incop_unsupported(c, "%zu output sizes for an input of rank %zu", n, x->rank);
    const incsym **flat = INC_NEW_N(c->cx, const incsym *, x->rank + 1);
    const incsym **whole = INC_NEW_N(c->cx, const incsym *, x->rank);
    const incsym *plane = incsym_int(g->syms, 1);
    for (size_t i = 0; i < x->rank; i++) {
        flat[i] = whole[i] = i < outer ? incir_axis_size(g, x, i) : size[i - outer];
        if (i >= outer)
            plane = incsym_mul(g->syms, plane, size[i - outer]);
    }
    flat[outer] = plane;
    incir_value *zeros = emit_full(g, x->dtype, flat, outer + 1, 0);
    flat[outer] = emit_plane_size(g, x, k);
    incir_node *node = incir_node_new(g, "ScatterElements");
    incir_in(g, node, zeros);
    incir_in(g, node, emit_reshape(g, indices, flat, outer + 1));
    incir_in(g, node, emit_reshape(g, x, flat, outer + 1));
    incir_attr_int(g, node, "axis", (int64_t)outer);
    incop_return(c, emit_reshape(g, incir_emit(g, node), whole, x->rank));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_Q("aten::avg_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=[0], bool ceil_mode=False, bool count_include_pad=True) -> Tensor", lower_avg_pool, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::avg_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -> Tensor", lower_avg_pool, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::avg_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -> Tensor", lower_avg_pool, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::max_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=[0], int[1] dilation=[1], bool ceil_mode=False) -> Tensor", lower_max_pool, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP("aten::max_pool1d_with_indices(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=[0], int[1] dilation=[1], bool ceil_mode=False) -> (Tensor, Tensor)", lower_max_pool_with_indices),
    OP_Q("aten::max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> Tensor", lower_max_pool, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::max_pool2d_with_indices(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> (Tensor, Tensor)", lower_max_pool_with_indices, INCOP_FX_SHARED),
    OP_Q("aten::max_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, bool ceil_mode=False) -> Tensor", lower_max_pool, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::max_pool3d_with_indices(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, bool ceil_mode=False) -> (Tensor, Tensor)", lower_max_pool_with_indices, INCOP_FX_SHARED),
    OP("aten::max_unpool2d(Tensor self, Tensor indices, SymInt[2] output_size) -> Tensor", lower_max_unpool),
    OP("aten::max_unpool3d(Tensor self, Tensor indices, SymInt[3] output_size, int[3] stride, int[3] padding) -> Tensor", lower_max_unpool),
    OP("aten::mkldnn_max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> Tensor", lower_max_pool),
    OP("aten::mkldnn_max_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, bool ceil_mode=False) -> Tensor", lower_max_pool),
};
/* clang-format on */

const incop_family incop_pool = {"pool", rows, INC_COUNT(rows)};
