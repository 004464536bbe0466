/* SPDX-License-Identifier: Apache-2.0 */
/* torch.fft: transforms along one axis or several, as products with matrices (emit/fourier.h), and
 * what orders their frequencies. */
#include <string.h>

#include "ops/emit/fourier.h"
#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"
#include "ops/families.h"

/* What a row computes: mode. */
typedef enum kind {
    FFT,   /* of complex or real numbers */
    IFFT,  /* its inverse */
    RFFT,  /* of real numbers: the first half of the terms */
    IRFFT, /* of the first half of the terms: real numbers */
    HFFT,  /* irfft of the conjugate, scaled as a forward transform */
    IHFFT  /* the conjugate of rfft, scaled as an inverse one */
} kind;

typedef struct axes {
    size_t n, *items;
    const incsym **sizes; /* lengths of the transforms */
} axes;

static bool is_forward(kind k)
{
    return k == FFT || k == RFFT || k == HFFT;
}

static bool to_real(kind k)
{
    return k == IRFFT || k == HFFT;
}

static bool from_real(kind k)
{
    return k == RFFT || k == IHFFT;
}

static const incsym *half(incir_graph *g, const incsym *n)
{
    return incsym_add_int(g->syms, incsym_floordiv(g->syms, n, incsym_int(g->syms, 2)), 1);
}

/* ---- arguments ---- */

/* The length along an axis where none is asked: its size; of real results 2 (m - 1). */
static const incsym *own_length(incir_graph *g, kind k, const incir_value *x, size_t axis,
                                bool is_last)
{
    const incsym *size = incir_axis_size(g, x, axis);
    return is_last && to_real(k) ? incsym_mul_int(g->syms, incsym_add_int(g->syms, size, -1), 2)
                                 : size;
}

static bool asked_for(const incsym *size)
{
    return size && !incsym_is(size, -1);
}

static axes one_axis(incop_call *c, kind k, const incir_value *x)
{
    axes a = {1, INC_NEW(c->cx, size_t), INC_NEW(c->cx, const incsym *)};
    a.items[0] = incop_axis(c, "dim", x->rank);
    a.sizes[0] =
        incop_is_none(c, "n") ? own_length(c->g, k, x, a.items[0], true) : incop_sym(c, "n");
    return a;
}

static axes many_axes(incop_call *c, kind k, const incir_value *x)
{
    size_t n_sizes, n_dims;
    const incsym **sizes = incop_syms(c, "s", &n_sizes);
    int64_t *dims = incop_ints(c, "dim", &n_dims);
    axes a = {n_dims ? n_dims : n_sizes ? n_sizes : x->rank, NULL, NULL};
    if (a.n > x->rank || (n_sizes && n_sizes != a.n))
        inc_raise(c->cx, INC_E_FORMAT, "%zu sizes for %zu axes", n_sizes, a.n);
    a.items = INC_NEW_N(c->cx, size_t, a.n);
    a.sizes = INC_NEW_N(c->cx, const incsym *, a.n);
    for (size_t i = 0; i < a.n; i++) {
        a.items[i] = n_dims ? incop_wrap_axis(c, dims[i], x->rank) : x->rank - a.n + i;
        a.sizes[i] = n_sizes && asked_for(sizes[i])
                         ? sizes[i]
                         : own_length(c->g, k, x, a.items[i], i + 1 == a.n);
    }
    return a;
}

static incir_value *prepared(incop_call *c, kind k)
{
    incir_value *x = incop_tensor(c, "self");
    if (x->kind == INCIR_COMPLEX && from_real(k))
        inc_raise(c->cx, INC_E_FORMAT, "a real transform of %s", incir_type_text(c->g, x));
    return x->kind == INCIR_COMPLEX ? x : emit_as_float(c->g, x);
}

/* ---- the transform ---- */

static incir_value *conjugate(incir_graph *g, incir_value *z)
{
    return z->kind == INCIR_COMPLEX ? incir_complex(g, z->re, emit_unary(g, "Neg", z->im)) : z;
}

static const incsym *product(incir_graph *g, const axes *a)
{
    const incsym *n = incsym_int(g->syms, 1);
    for (size_t i = 0; i < a->n; i++)
        n = incsym_mul(g->syms, n, a->sizes[i]);
    return n;
}

static incir_value *transform(incir_graph *g, kind k, incir_value *x, const axes *a)
{
    size_t last = a->n - 1;
    for (size_t i = 0; i < a->n; i++)
        x = emit_fit_length(g, x, a->items[i],
                            i == last && to_real(k) ? half(g, a->sizes[i]) : a->sizes[i]);
    if (from_real(k))
        x = emit_transform(g, x, a->items[last], half(g, a->sizes[last]), true);
    for (size_t i = from_real(k) || to_real(k) ? last : a->n; i-- > 0;)
        x = emit_transform(g, x, a->items[i], a->sizes[i], k != IFFT && k != IRFFT);
    if (to_real(k))
        x = emit_real_transform(g, k == HFFT ? conjugate(g, x) : x, a->items[last], a->sizes[last]);
    return k == IHFFT ? conjugate(g, x) : x;
}

/* norm: the inverse is divided by n unless it says otherwise. */
static incir_value *normalized(incop_call *c, kind k, incir_value *y, const axes *a)
{
    const char *norm = incop_is_none(c, "norm") ? "backward" : incop_str(c, "norm");
    bool ortho = strcmp(norm, "ortho") == 0;
    bool divides = strcmp(norm, "forward") == 0 ? is_forward(k) : ortho || !is_forward(k);
    return divides ? emit_scale_by_size(c->g, y, "Div", product(c->g, a), ortho) : y;
}

static void lower_fft(incop_call *c)
{
    kind k = (kind)c->row->mode;
    incir_value *x = prepared(c, k);
    axes a = incop_has(c, "n") ? one_axis(c, k, x) : many_axes(c, k, x);
    if (a.n == 0)
        incop_unsupported(c, "no axes");
    incop_return(c, normalized(c, k, transform(c->g, k, x, &a), &a));
}

/* ---- as torch.export writes them, taken apart ---- */

static axes listed_axes(incop_call *c, const incir_value *x)
{
    axes a = {0, NULL, NULL};
    int64_t *dims = incop_ints(c, "dim", &a.n);
    a.items = INC_NEW_N(c->cx, size_t, a.n);
    a.sizes = INC_NEW_N(c->cx, const incsym *, a.n);
    for (size_t i = 0; i < a.n; i++) {
        a.items[i] = incop_wrap_axis(c, dims[i], x->rank);
        a.sizes[i] = incir_axis_size(c->g, x, a.items[i]);
    }
    return a;
}

/* normalization: 0 none, 1 by the root of n, 2 by n. */
static void return_scaled(incop_call *c, incir_value *y, const axes *a)
{
    int64_t mode = incop_int(c, "normalization");
    incop_return(c,
                 mode == 0 ? y : emit_scale_by_size(c->g, y, "Div", product(c->g, a), mode == 1));
}

static void lower_c2c(incop_call *c)
{
    incir_value *x = prepared(c, FFT);
    axes a = listed_axes(c, x);
    incir_value *y = a.n ? transform(c->g, incop_bool(c, "forward") ? FFT : IFFT, x, &a) : x;
    return_scaled(c, y, &a);
}

static void lower_r2c(incop_call *c)
{
    incir_value *x = prepared(c, RFFT);
    axes a = listed_axes(c, x);
    if (a.n == 0)
        incop_unsupported(c, "no axes");
    return_scaled(c, transform(c->g, incop_bool(c, "onesided") ? RFFT : FFT, x, &a), &a);
}

static void lower_c2r(incop_call *c)
{
    incir_value *x = prepared(c, IRFFT);
    axes a = listed_axes(c, x);
    if (a.n == 0)
        incop_unsupported(c, "no axes");
    a.sizes[a.n - 1] = incop_sym(c, "last_dim_size");
    return_scaled(c, transform(c->g, IRFFT, x, &a), &a);
}

/* ---- the order of frequencies ---- */

/* mode: 0 moves the frequency 0 to the middle, 1 moves it back. */
static void lower_shift(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    size_t n, n_results;
    size_t *along = incop_axes(c, "dim", x->rank, &n);
    incval args[3] = {incval_tensor(incop_box_new(c->cx, x)), incval_list_new(c->cx, INCVAL_LIST),
                      incval_list_new(c->cx, INCVAL_LIST)};
    for (size_t i = 0; i < n; i++) {
        const incsym *size = incsym_add_int(g->syms, incir_axis_size(g, x, along[i]), c->row->mode);
        const incsym *shift = incsym_floordiv(g->syms, size, incsym_int(g->syms, 2));
        INC_PUSH(c->cx, &args[1].u.list->v, incval_int(shift));
        INC_PUSH(c->cx, &args[2].u.list->v, incval_int(incsym_int(g->syms, (int64_t)along[i])));
    }
    incop_return_val(c,
                     n ? incop_invoke(g, "aten::roll", args, 3, NULL, 0, &n_results)[0] : args[0]);
}

/* k / (n d), k counting up from 0; mode 0: the second half of them from -n/2. */
static void lower_frequencies(incop_call *c)
{
    incir_graph *g = c->g;
    const incsym *n = incop_sym(c, "n");
    incdtype type = incop_dtype(c, "dtype", INCDT_F32);
    incir_value *k;
    if (c->row->mode) {
        k = emit_count_up(g, half(g, n));
    } else {
        incir_value *middle =
            incir_size_scalar(g, incsym_floordiv(g->syms, n, incsym_int(g->syms, 2)));
        k = emit_binary(g, "Mod", emit_binary(g, "Add", emit_count_up(g, n), middle),
                        incir_size_scalar(g, n));
        k = emit_binary(g, "Sub", k, middle);
    }
    incir_value *f = emit_scale_by_size(g, emit_cast(g, k, type), "Div", n, false);
    double step = incop_float(c, "d");
    incop_return(c, step == 1 ? f : emit_with_scalar(g, "Div", f, step));
}

/* clang-format off */
#define OP_FFT(schema, handler, mode) OP_MODE_Q(schema, handler, mode, INCOP_Q_NONE | INCOP_C_OWN)
static const incop_row rows[] = {
    OP_FFT("aten::_fft_c2c(Tensor self, SymInt[] dim, int normalization, bool forward) -> Tensor", lower_c2c, 0),
    OP_FFT("aten::_fft_c2r(Tensor self, int[] dim, int normalization, SymInt last_dim_size) -> Tensor", lower_c2r, 0),
    OP_FFT("aten::_fft_r2c(Tensor self, int[] dim, int normalization, bool onesided) -> Tensor", lower_r2c, 0),
    OP_FFT("aten::fft_fft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor", lower_fft, FFT),
    OP_FFT("aten::fft_fft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2, -1], str? norm=None) -> Tensor", lower_fft, FFT),
    OP_MODE("aten::fft_fftfreq(int n, float d=1., *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_frequencies, 0),
    OP_FFT("aten::fft_fftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor", lower_fft, FFT),
    OP_MODE_Q("aten::fft_fftshift(Tensor self, int[1]? dim=None) -> Tensor", lower_shift, 0, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_FFT("aten::fft_hfft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor", lower_fft, HFFT),
    OP_FFT("aten::fft_hfft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2, -1], str? norm=None) -> Tensor", lower_fft, HFFT),
    OP_FFT("aten::fft_hfftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor", lower_fft, HFFT),
    OP_FFT("aten::fft_ifft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor", lower_fft, IFFT),
    OP_FFT("aten::fft_ifft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2, -1], str? norm=None) -> Tensor", lower_fft, IFFT),
    OP_FFT("aten::fft_ifftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor", lower_fft, IFFT),
    OP_MODE_Q("aten::fft_ifftshift(Tensor self, int[1]? dim=None) -> Tensor", lower_shift, 1, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_FFT("aten::fft_ihfft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor", lower_fft, IHFFT),
    OP_FFT("aten::fft_ihfft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2, -1], str? norm=None) -> Tensor", lower_fft, IHFFT),
    OP_FFT("aten::fft_ihfftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor", lower_fft, IHFFT),
    OP_FFT("aten::fft_irfft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor", lower_fft, IRFFT),
    OP_FFT("aten::fft_irfft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2, -1], str? norm=None) -> Tensor", lower_fft, IRFFT),
    OP_FFT("aten::fft_irfftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor", lower_fft, IRFFT),
    OP_FFT("aten::fft_rfft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor", lower_fft, RFFT),
    OP_FFT("aten::fft_rfft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2, -1], str? norm=None) -> Tensor", lower_fft, RFFT),
    OP_MODE("aten::fft_rfftfreq(int n, float d=1., *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_frequencies, 1),
    OP_FFT("aten::fft_rfftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor", lower_fft, RFFT),
};
/* clang-format on */

const incop_family incop_fft = {"fft", rows, INC_COUNT(rows)};
