/* Pooling. PyTorch and ONNX agree but for two corners: with ceil_mode, PyTorch leaves out a last
 * window that would start beyond the input and its left padding, and average pooling divides by
 * the part of a window that lies inside input and padding. Adaptive pooling that has windows of
 * one size is ordinary pooling; else averages are a product with a matrix along each axis, and
 * maxima are taken of gathered windows. */
#include <float.h>
#include <string.h>

#include "ops/emit_shape.h"
#include "ops/nn.h"

typedef struct pool_plan {
    size_t k;
    const int64_t *kernel, *dilations; /* dilations: NULL for none */
    int64_t *strides;
    int64_t *pads; /* k at the beginnings, then k at the ends */
    bool ceil_mode;
} pool_plan;

/* ---- ordinary windows ---- */

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
        if (p->kernel[i] <= 0 || p->strides[i] <= 0)
            incop_unsupported(c, "a window of size %lld with stride %lld", (long long)p->kernel[i],
                              (long long)p->strides[i]);
    }
}

/* Whether the kernel is said to be as large as the (dynamic) input. */
static bool covers_all(incop_call *c, const incir_value *x)
{
    size_t k = incop_spatial_axes(c), n, n_padding;
    const incsym **kernel = incop_syms(c, "kernel_size", &n);
    const incsym **padding = incop_syms(c, "padding", &n_padding);
    bool dynamic = false;
    for (size_t i = 0; i < n_padding; i++)
        if (!incsym_is(padding[i], 0))
            return false;
    for (size_t i = 0; i < k && n > 0; i++) {
        const incsym *size = kernel[n == 1 ? 0 : i];
        int64_t known;
        if (!emit_same_size(c->g, size, x->dims[x->rank - k + i]))
            return false;
        dynamic = dynamic || !incsym_known(size, &known);
    }
    return dynamic && x->rank >= k + 1;
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
    if (!incir_dim(x, (int64_t)(x->rank - p->k + i), &size))
        return false;
    int64_t reach = (p->dilations ? p->dilations[i] : 1) * (p->kernel[i] - 1) + 1;
    int64_t end = (n_windows(p, i, size) - 1) * p->strides[i] + reach;
    int64_t padded = size + p->pads[i] + p->pads[p->k + i];
    *more = end > padded ? end - padded : 0;
    return true;
}

/* ceil_mode is dropped where it changes nothing. */
static void settle_ceil_mode(pool_plan *p, const incir_value *x)
{
    bool needed = false;
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
        if (incir_dim(x, (int64_t)(x->rank - p->k + i), &size) &&
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
    incir_attr_ints(g, n, "pads", p->pads, 2 * p->k);
    incir_attr_ints(g, n, "strides", p->strides, p->k);
    return n;
}

static const incsym *plane_size(incir_graph *g, const incir_value *x, size_t k)
{
    const incsym *size = incsym_int(g->syms, 1);
    for (size_t i = x->rank - k; i < x->rank; i++)
        size = incsym_mul(g->syms, size, x->dims[i]);
    return size;
}

/* x has its batch. ONNX counts indices through the whole tensor, PyTorch within each plane. */
static incir_value *emit_max_pool(incop_call *c, incir_value *x, pool_plan *p,
                                  incir_value **indices)
{
    incir_graph *g = c->g;
    incdtype type = x->dtype;
    settle_ceil_mode(p, x);
    if (p->ceil_mode && ceil_mode_differs(p, x))
        pad_instead_of_ceil(c, p, x);
    incir_node *n =
        pool_node(g, "MaxPool", emit_cast(g, x, emit_working_type(g, "MaxPool", type)), p);
    if (!indices)
        return emit_cast(g, incir_emit(g, n), type);
    incir_value *outputs[2];
    incir_emit_n(g, n, 2, outputs);
    *indices = emit_binary(g, "Mod", outputs[1], incir_size_scalar(g, plane_size(g, x, p->k)));
    return emit_cast(g, outputs[0], type);
}

static incir_value *emit_global(incir_graph *g, const char *op_type, incir_value *x)
{
    return emit_unary(g, op_type, x);
}

static void lower_max_pool(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    bool added;
    if (covers_all(c, x)) {
        x = emit_batched(c, x, incop_spatial_axes(c), &added);
        incop_return(c, emit_unbatched(c->g, emit_global(c->g, "GlobalMaxPool", x), added));
        return;
    }
    pool_plan p;
    read_plan(c, &p);
    x = emit_batched(c, x, p.k, &added);
    incop_return(c, emit_unbatched(c->g, emit_max_pool(c, x, &p, NULL), added));
}

static void lower_max_pool_with_indices(incop_call *c)
{
    pool_plan p;
    bool added;
    read_plan(c, &p);
    incir_value *x = emit_batched(c, incop_tensor(c, "self"), p.k, &added), *indices;
    incir_value *y = emit_max_pool(c, x, &p, &indices);
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

/* ONNX Runtime (1.23) joins a Pad of zeros to the average pooling behind it, and then counts
 * wrongly with ceil_mode, with more pads, and from opset 19 on. Pads that are next to zero it
 * leaves alone. */
static incir_value *keep_apart(incir_graph *g, incir_value *x, const pool_plan *p)
{
    const incir_node *pad = x->kind == INCIR_RESULT ? x->producer : NULL;
    bool plain = g->opset < 19 && !p->ceil_mode;
    for (size_t i = 0; i < 2 * p->k; i++)
        plain = plain && p->pads[i] == 0;
    if (!pad || strcmp(pad->op_type, "Pad") != 0 || plain || x->dtype != INCDT_F32 ||
        strcmp(incir_attr_str_or(pad, "mode", "constant"), "constant") != 0)
        return x;
    incir_value *value = pad->n_inputs > 2 ? pad->inputs[2] : NULL;
    if (value && (!incir_is_constant(value) || inctensor_f64(g->cx, value->constant) != 0))
        return x;
    incir_node *n = incir_node_new(g, "Pad");
    incir_in(g, n, pad->inputs[0]);
    incir_in(g, n, pad->inputs[1]);
    incir_in(g, n, incir_const_float(g, INCDT_F32, FLT_MIN));
    incir_attr_str(g, n, "mode", "constant");
    return emit_set_dims(g, incir_emit(g, n), x->dims);
}

static incir_value *emit_average_pool(incir_graph *g, incir_value *x, const pool_plan *p,
                                      bool count_pads)
{
    incir_node *n = pool_node(g, "AveragePool", keep_apart(g, x, p), p);
    incir_attr_int(g, n, "count_include_pad", count_pads);
    return incir_emit(g, n);
}

/* Averages over whole windows, pads counting. As part of the input they do so without being told;
 * ONNX Runtime (1.23) mistakes one axis' pads for another's from opset 19 on. */
static incir_value *average_with_pads(incir_graph *g, incir_value *x, pool_plan *p)
{
    bool even = true;
    for (size_t i = 0; i < 2 * p->k; i++)
        even = even && p->pads[i] == p->pads[0];
    if (even || g->opset < 19)
        return emit_average_pool(g, x, p, true);
    x = pad_with_zeros(g, x, p);
    return emit_average_pool(g, x, p, false);
}

/* x has its batch, and a type that AveragePool has. */
static incir_value *average_windows(incop_call *c, incir_value *x, pool_plan *p)
{
    incir_graph *g = c->g;
    bool divides = incop_has(c, "divisor_override") && !incop_is_none(c, "divisor_override");
    bool padded = false;
    for (size_t i = 0; i < 2 * p->k; i++)
        padded = padded || p->pads[i] != 0;
    settle_ceil_mode(p, x);
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
        return emit_average_pool(g, x, p, false);
    if (!p->ceil_mode)
        return average_with_pads(g, x, p);
    /* As part of the input, pads count and what lies beyond does not. */
    pool_plan inside = *p;
    inside.pads = INC_NEW_N(c->cx, int64_t, 2 * p->k);
    bool known = true;
    for (size_t i = 0; i < p->k; i++)
        known = excess(p, x, i, &inside.pads[p->k + i]) && known;
    if (known)
        inside.ceil_mode = false;
    else
        memset(inside.pads, 0, 2 * p->k * sizeof *inside.pads);
    return emit_average_pool(g, pad_with_zeros(g, x, p), &inside, false);
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
        incop_return(c, emit_unbatched(g, emit_global(g, "GlobalAveragePool", x), added));
        return;
    }
    pool_plan p;
    read_plan(c, &p);
    x = emit_cast(g, emit_batched(c, x, p.k, &added), emit_working_type(g, "AveragePool", type));
    incir_value *y = emit_cast(g, average_windows(c, x, &p), type);
    incop_return(c, emit_unbatched(g, y, added));
}

/* ---- adaptive windows ---- */

typedef enum { SAME, ALL, DIVIDES, UNEVEN, DYNAMIC } window_kind;

typedef struct adaptive_plan {
    size_t k;
    const incsym **sizes; /* of the output */
    int64_t *in, *out;    /* where known */
    window_kind *kinds;
    size_t count[DYNAMIC + 1];
    size_t n_in_unknown;
} adaptive_plan;

/* x has its batch. */
static void read_adaptive(incop_call *c, const incir_value *x, adaptive_plan *p)
{
    enum { MOST_UNEVEN = 1 << 11 };
    size_t n;
    *p = (adaptive_plan){.k = incop_spatial_axes(c)};
    const incsym **sizes = incop_syms(c, "output_size", &n);
    if (n != 1 && n != p->k)
        incop_unsupported(c, "%zu output sizes for %zu axes", n, p->k);
    p->sizes = INC_NEW_N(c->cx, const incsym *, p->k);
    p->in = INC_NEW_N(c->cx, int64_t, p->k);
    p->out = INC_NEW_N(c->cx, int64_t, p->k);
    p->kinds = INC_NEW_N(c->cx, window_kind, p->k);
    for (size_t i = 0; i < p->k; i++) {
        const incsym *size = x->dims[x->rank - p->k + i];
        p->sizes[i] = sizes[n == 1 ? 0 : i];
        bool in_known = incsym_known(size, &p->in[i]);
        bool out_known = incsym_known(p->sizes[i], &p->out[i]);
        p->kinds[i] = out_known && p->out[i] == 1                  ? ALL
                      : emit_same_size(c->g, size, p->sizes[i])    ? SAME
                      : !in_known || !out_known                    ? DYNAMIC
                      : p->out[i] > 0 && p->in[i] % p->out[i] == 0 ? DIVIDES
                                                                   : UNEVEN;
        if ((in_known && p->in[i] <= 0) || (out_known && p->out[i] <= 0) ||
            (p->kinds[i] == UNEVEN && (p->in[i] > MOST_UNEVEN || p->out[i] > MOST_UNEVEN)))
            incop_unsupported(c, "pooling %lld to %lld", (long long)p->in[i], (long long)p->out[i]);
        p->n_in_unknown += !in_known && p->kinds[i] != SAME;
        p->count[p->kinds[i]]++;
    }
}

/* Ordinary windows for the axes that have windows of one size; the others are left alone. */
static void even_windows(incop_call *c, const adaptive_plan *a, pool_plan *p)
{
    int64_t *kernel = INC_NEW_N(c->cx, int64_t, a->k);
    *p = (pool_plan){.k = a->k, .kernel = kernel};
    p->strides = INC_NEW_N(c->cx, int64_t, a->k);
    p->pads = INC_NEW_N(c->cx, int64_t, 2 * a->k);
    for (size_t i = 0; i < a->k; i++) {
        bool even = (a->kinds[i] == DIVIDES || a->kinds[i] == ALL) && a->in[i] > 0;
        kernel[i] = even ? a->in[i] / a->out[i] : 1;
        p->strides[i] = kernel[i];
    }
}

static int64_t window_start(int64_t i, int64_t in, int64_t out)
{
    return i * in / out;
}

static int64_t window_end(int64_t i, int64_t in, int64_t out)
{
    return ((i + 1) * in + out - 1) / out;
}

/* [out, in]: row i averages window i. */
static incir_value *averaging_matrix(incop_call *c, int64_t in, int64_t out)
{
    const int64_t sizes[] = {out, in};
    float *m = INC_NEW_N(c->cx, float, (size_t)(out * in));
    for (int64_t i = 0; i < out; i++) {
        int64_t start = window_start(i, in, out), end = window_end(i, in, out);
        for (int64_t j = start; j < end; j++)
            m[i * in + j] = 1.0f / (float)(end - start);
    }
    return emit_table_f32(c->g, m, 2, sizes);
}

/* The same, computed in the graph. */
static incir_value *dynamic_averaging_matrix(incir_graph *g, const incsym *in, const incsym *out)
{
    static const size_t last = 1;
    incir_value *i = emit_unsqueeze(g, emit_count_up(g, out), &last, 1), *j = emit_count_up(g, in);
    incir_value *n_in = incir_size_scalar(g, in), *n_out = incir_size_scalar(g, out);
    incir_value *scaled = emit_binary(g, "Mul", i, n_in);
    const incsym *round_up = incsym_add_int(g->syms, incsym_add(g->syms, in, out), -1);
    incir_value *start = emit_binary(g, "Div", scaled, n_out);
    incir_value *end =
        emit_binary(g, "Div", emit_binary(g, "Add", scaled, incir_size_scalar(g, round_up)), n_out);
    /* start < end, so j lies between when just one of these is true */
    incir_value *inside =
        emit_binary(g, "Xor", emit_binary(g, "Less", j, start), emit_binary(g, "Less", j, end));
    return emit_binary(g, "Div", emit_cast(g, inside, INCDT_F32),
                       emit_cast(g, emit_binary(g, "Sub", end, start), INCDT_F32));
}

/* x has its batch, and a type that AveragePool has. */
static incir_value *average_adaptively(incop_call *c, incir_value *x, const adaptive_plan *a)
{
    incir_graph *g = c->g;
    size_t *axes = INC_NEW_N(c->cx, size_t, a->k), n_axes = 0;
    if (a->count[SAME] == a->k)
        return x;
    if (a->count[ALL] == a->k)
        return emit_global(g, "GlobalAveragePool", x);
    for (size_t i = 0; i < a->k; i++)
        if (a->kinds[i] == ALL && (a->n_in_unknown || a->count[UNEVEN]))
            axes[n_axes++] = x->rank - a->k + i;
    if (n_axes)
        x = emit_reduce(g, "ReduceMean", x, axes, n_axes, true);
    if (a->count[DIVIDES] || (a->count[ALL] && n_axes == 0)) {
        adaptive_plan rest = *a;
        pool_plan p;
        rest.kinds = inc_copy(c->cx, a->kinds, a->k * sizeof *a->kinds);
        for (size_t i = 0; i < a->k; i++)
            if (n_axes && a->kinds[i] == ALL)
                rest.kinds[i] = SAME;
        even_windows(c, &rest, &p);
        x = emit_average_pool(g, x, &p, false);
    }
    for (size_t i = 0; i < a->k; i++) {
        size_t axis = x->rank - a->k + i;
        if (a->kinds[i] == UNEVEN)
            x = emit_along_axis(g, x, axis, averaging_matrix(c, a->in[i], a->out[i]));
        else if (a->kinds[i] == DYNAMIC)
            x = emit_along_axis(g, x, axis,
                                dynamic_averaging_matrix(g, x->dims[axis], a->sizes[i]));
    }
    return x;
}

static void lower_adaptive_avg_pool(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incdtype type = x->dtype;
    adaptive_plan a;
    bool added;
    x = emit_batched(c, x, incop_spatial_axes(c), &added);
    read_adaptive(c, x, &a);
    x = emit_cast(c->g, x, emit_working_type(c->g, "AveragePool", type));
    incir_value *y = emit_cast(c->g, average_adaptively(c, x, &a), type);
    incop_return(c, emit_unbatched(c->g, y, added));
}

/* [out, longest]: the positions in each window, the last one repeated. */
static int64_t *window_positions(incop_call *c, int64_t in, int64_t out, int64_t *longest)
{
    *longest = 0;
    for (int64_t i = 0; i < out; i++) {
        int64_t size = window_end(i, in, out) - window_start(i, in, out);
        *longest = size > *longest ? size : *longest;
    }
    int64_t *positions = INC_NEW_N(c->cx, int64_t, (size_t)(out * *longest));
    for (int64_t i = 0; i < out; i++)
        for (int64_t j = 0; j < *longest; j++) {
            int64_t at = window_start(i, in, out) + j, end = window_end(i, in, out);
            positions[i * *longest + j] = at < end ? at : end - 1;
        }
    return positions;
}

/* Windows of any sizes: [N, C, out…, all of a window], and where in the plane each element lies. */
static incir_value *gather_windows(incop_call *c, incir_value *x, const adaptive_plan *a,
                                   incir_value **places)
{
    incir_graph *g = c->g;
    size_t outer = x->rank - a->k, rank = outer + 2 * a->k;
    enum { MOST_PLACES = 1 << 22 };
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, outer + a->k + 1);
    size_t *order = INC_NEW_N(c->cx, size_t, rank);
    int64_t n_out = 1, window = 1, *flat = INC_NEW(c->cx, int64_t);
    incir_value *y = x;
    for (size_t i = 0; i < outer; i++) {
        order[i] = i;
        sizes[i] = x->dims[i];
    }
    for (size_t i = 0; i < a->k; i++) {
        int64_t longest, *at = window_positions(c, a->in[i], a->out[i], &longest);
        const int64_t table[] = {a->out[i], longest};
        y = emit_gather(g, y, emit_table_i64(g, at, 2, table), outer + 2 * i);
        order[outer + i] = outer + 2 * i;
        order[outer + a->k + i] = outer + 2 * i + 1;
        sizes[outer + i] = incsym_int(g->syms, a->out[i]);
        if (a->out[i] * longest > MOST_PLACES / (n_out * window))
            incop_unsupported(c, "windows of so many elements");
        /* [n_out, window] and [out, longest] make [n_out * out, window * longest] */
        int64_t *both = INC_NEW_N(c->cx, int64_t, (size_t)(n_out * a->out[i] * window * longest));
        for (int64_t o = 0; o < n_out * a->out[i]; o++)
            for (int64_t w = 0; w < window * longest; w++)
                both[o * window * longest + w] =
                    flat[o / a->out[i] * window + w / longest] * a->in[i] +
                    at[o % a->out[i] * longest + w % longest];
        flat = both;
        n_out *= a->out[i];
        window *= longest;
    }
    sizes[outer + a->k] = incsym_int(g->syms, window);
    const int64_t n_flat = n_out * window;
    *places = emit_table_i64(g, flat, 1, &n_flat);
    return emit_reshape(g, emit_transpose(g, y, order), sizes, outer + a->k + 1);
}

static incir_value *arg_max(incir_graph *g, incir_value *x, size_t axis)
{
    incir_node *n = incir_node_new(g, "ArgMax");
    incir_in(g, n, emit_cast(g, x, emit_working_type(g, "ArgMax", x->dtype)));
    incir_attr_int(g, n, "axis", (int64_t)axis);
    incir_attr_int(g, n, "keepdims", 0);
    return incir_emit(g, n);
}

static void max_of_uneven_windows(incop_call *c, incir_value *x, const adaptive_plan *a,
                                  incir_value **y, incir_value **indices)
{
    incir_graph *g = c->g;
    size_t last = x->rank;
    incir_value *places, *windows = gather_windows(c, x, a, &places);
    int64_t window = 0, n_out = 1;
    incir_dim(windows, -1, &window);
    *y = emit_reduce(g, "ReduceMax", windows, &last, 1, false);
    for (size_t i = 0; i < a->k; i++)
        n_out *= a->out[i];
    int64_t *first = INC_NEW_N(c->cx, int64_t, (size_t)n_out);
    for (int64_t i = 0; i < n_out; i++)
        first[i] = i * window;
    incir_value *starts = emit_table_i64(g, first, a->k, a->out);
    incir_value *in_window = arg_max(g, windows, last);
    *indices = emit_gather(g, places, emit_binary(g, "Add", in_window, starts), 0);
}

static void max_of_all(incop_call *c, incir_value *x, size_t k, incir_value **y,
                       incir_value **indices)
{
    incir_graph *g = c->g;
    const incsym **plane = INC_NEW_N(c->cx, const incsym *, 3);
    size_t *axes = INC_NEW_N(c->cx, size_t, k);
    plane[0] = x->dims[0];
    plane[1] = x->dims[1];
    plane[2] = plane_size(g, x, k);
    for (size_t i = 0; i < k; i++)
        axes[i] = 2 + i;
    *y = emit_global(g, "GlobalMaxPool", x);
    *indices = emit_unsqueeze(g, arg_max(g, emit_reshape(g, x, plane, 3), 2), axes, k);
}

static void lower_adaptive_max_pool(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *y, *indices;
    adaptive_plan a;
    bool added;
    incir_value *x = emit_batched(c, incop_tensor(c, "self"), incop_spatial_axes(c), &added);
    read_adaptive(c, x, &a);
    if (a.count[ALL] == a.k) {
        max_of_all(c, x, a.k, &y, &indices);
    } else if (a.n_in_unknown || a.count[DYNAMIC]) {
        inc_raise_hint(c->cx, INC_E_UNSUPPORTED,
                       "export with fixed sizes of these axes, or pool to 1",
                       "adaptive max pooling of %s to other sizes than 1", incir_type_text(g, x));
    } else if (a.count[UNEVEN]) {
        max_of_uneven_windows(c, x, &a, &y, &indices);
    } else {
        pool_plan p;
        even_windows(c, &a, &p);
        y = emit_max_pool(c, x, &p, &indices);
    }
    incop_return(c, emit_unbatched(g, y, added));
    incop_return(c, emit_unbatched(g, indices, added));
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
        flat[i] = whole[i] = i < outer ? x->dims[i] : size[i - outer];
        if (i >= outer)
            plane = incsym_mul(g->syms, plane, size[i - outer]);
    }
    flat[outer] = plane;
    incir_value *zeros = emit_full(g, x->dtype, flat, outer + 1, 0);
    flat[outer] = plane_size(g, x, k);
    incir_node *node = incir_node_new(g, "ScatterElements");
    incir_in(g, node, zeros);
    incir_in(g, node, emit_reshape(g, indices, flat, outer + 1));
    incir_in(g, node, emit_reshape(g, x, flat, outer + 1));
    incir_attr_int(g, node, "axis", (int64_t)outer);
    incop_return(c, emit_reshape(g, incir_emit(g, node), whole, x->rank));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor", lower_adaptive_avg_pool),
    OP("aten::_adaptive_avg_pool3d(Tensor self, SymInt[3] output_size) -> Tensor", lower_adaptive_avg_pool),
    OP("aten::adaptive_avg_pool1d(Tensor self, int[1] output_size) -> Tensor", lower_adaptive_avg_pool),
    OP("aten::adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor", lower_adaptive_avg_pool),
    OP("aten::adaptive_avg_pool3d(Tensor self, SymInt[3] output_size) -> Tensor", lower_adaptive_avg_pool),
    OP("aten::adaptive_max_pool1d(Tensor self, int[1] output_size) -> (Tensor, Tensor)", lower_adaptive_max_pool),
    OP("aten::adaptive_max_pool2d(Tensor self, int[2] output_size) -> (Tensor, Tensor)", lower_adaptive_max_pool),
    OP("aten::adaptive_max_pool3d(Tensor self, int[3] output_size) -> (Tensor, Tensor)", lower_adaptive_max_pool),
    OP("aten::avg_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=[0], bool ceil_mode=False, bool count_include_pad=True) -> Tensor", lower_avg_pool),
    OP("aten::avg_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -> Tensor", lower_avg_pool),
    OP("aten::avg_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -> Tensor", lower_avg_pool),
    OP("aten::max_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=[0], int[1] dilation=[1], bool ceil_mode=False) -> Tensor", lower_max_pool),
    OP("aten::max_pool1d_with_indices(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=[0], int[1] dilation=[1], bool ceil_mode=False) -> (Tensor, Tensor)", lower_max_pool_with_indices),
    OP("aten::max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> Tensor", lower_max_pool),
    OP("aten::max_pool2d_with_indices(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> (Tensor, Tensor)", lower_max_pool_with_indices),
    OP("aten::max_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, bool ceil_mode=False) -> Tensor", lower_max_pool),
    OP("aten::max_pool3d_with_indices(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, bool ceil_mode=False) -> (Tensor, Tensor)", lower_max_pool_with_indices),
    OP("aten::max_unpool2d(Tensor self, Tensor indices, SymInt[2] output_size) -> Tensor", lower_max_unpool),
    OP("aten::max_unpool3d(Tensor self, Tensor indices, SymInt[3] output_size, int[3] stride, int[3] padding) -> Tensor", lower_max_unpool),
    OP("aten::mkldnn_adaptive_avg_pool2d(Tensor self, int[2] output_size) -> Tensor", lower_adaptive_avg_pool),
    OP("aten::mkldnn_max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> Tensor", lower_max_pool),
    OP("aten::mkldnn_max_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, bool ceil_mode=False) -> Tensor", lower_max_pool),
};
/* clang-format on */

const incop_family incop_pool = {"pool", rows, INC_COUNT(rows)};
