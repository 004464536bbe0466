/* SPDX-License-Identifier: Apache-2.0 */
/* Short-time Fourier transforms: a convolution whose kernels are windowed cosines and sines, one
 * step per frame; and the inverse, a transposed convolution divided by what the windows add up to.
 * Both are right for any number of samples, in every opset. */
#include <math.h>

#include "ops/emit/fourier.h"
#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"
#include "ops/families.h"

typedef struct frames {
    int64_t n_fft, hop, bins;
    bool onesided;
    incir_value *window; /* [n_fft]; NULL: ones */
} frames;

static const incsym *number(incir_graph *g, int64_t value)
{
    return incsym_int(g->syms, value);
}

/* x with zeros (or what mode says) before and behind its last axis. */
static incir_value *pad_last(incir_graph *g, incir_value *x, const char *mode, int64_t before,
                             int64_t behind)
{
    const incsym **begins = INC_NEW_N(g->cx, const incsym *, x->rank);
    const incsym **ends = INC_NEW_N(g->cx, const incsym *, x->rank);
    for (size_t i = 0; i < x->rank; i++)
        begins[i] = ends[i] = number(g, 0);
    begins[x->rank - 1] = number(g, before);
    ends[x->rank - 1] = number(g, behind);
    return before == 0 && behind == 0 ? x : emit_pad(g, x, mode, begins, ends, 0);
}

/* ---- arguments ---- */

/* The window in the middle of n_fft elements; none is a window of ones. */
static incir_value *window_of(incop_call *c, incdtype type, int64_t n_fft)
{
    incir_graph *g = c->g;
    int64_t length = incop_is_none(c, "win_length") ? n_fft : incop_int(c, "win_length");
    int64_t before = (n_fft - length) / 2;
    incir_value *window = incop_tensor_or_null(c, "window");
    if (length < 1 || length > n_fft)
        inc_raise(c->cx, INC_E_FORMAT, "%s: win_length %lld of n_fft %lld", "stft",
                  (long long)length, (long long)n_fft);
    if (!window && length == n_fft)
        return NULL;
    if (!window)
        window = emit_full_vector(g, type, length, 1);
    if (window->kind == INCIR_COMPLEX)
        incop_unsupported(c, "a window of complex numbers");
    if (window->rank != 1)
        inc_raise(c->cx, INC_E_FORMAT, "a window of rank %zu", window->rank);
    return pad_last(g, emit_cast(g, window, type), "constant", before, n_fft - length - before);
}

static frames frames_of(incop_call *c, incdtype type, bool onesided)
{
    enum { LONGEST = 1 << 15 };
    frames f = {.n_fft = incop_int(c, "n_fft")};
    if (f.n_fft < 1 || f.n_fft > LONGEST)
        inc_raise(c->cx, INC_E_UNSUPPORTED, "stft: n_fft is %lld; 1 to %d are possible",
                  (long long)f.n_fft, LONGEST);
    f.hop = incop_is_none(c, "hop_length") ? f.n_fft / 4 : incop_int(c, "hop_length");
    if (f.hop < 1)
        inc_raise(c->cx, INC_E_FORMAT, "stft: hop_length is %lld", (long long)f.hop);
    f.onesided = incop_is_none(c, "onesided") ? onesided : incop_bool(c, "onesided");
    f.bins = f.onesided ? f.n_fft / 2 + 1 : f.n_fft;
    f.window = window_of(c, type, f.n_fft);
    return f;
}

/* ---- convolutions ---- */

static incir_value *convolve(incir_graph *g, const char *op_type, incir_value *x,
                             incir_value *kernel, const frames *f)
{
    static const int64_t none[2] = {0, 0}, one = 1;
    incir_node *n = incir_node_new(g, op_type);
    emit_in(g, n, x);
    emit_in(g, n, kernel);
    incir_attr_ints(g, n, "dilations", &one, 1);
    incir_attr_int(g, n, "group", 1);
    incir_attr_ints(g, n, "kernel_shape", &f->n_fft, 1);
    incir_attr_ints(g, n, "pads", none, 2);
    incir_attr_ints(g, n, "strides", &f->hop, 1);
    return emit_as(g, n, x->dtype);
}

/* [2 bins, 1, n_fft] of two [bins, n_fft], windowed. */
static incir_value *kernels(incir_graph *g, incir_value *cos, incir_value *sin, const frames *f)
{
    incir_value *parts[] = {cos, emit_unary(g, "Neg", sin)};
    incir_value *both = emit_concat(g, parts, 2, 0);
    if (f->window)
        both = emit_binary(g, "Mul", both, f->window);
    return emit_unsqueeze_axis(g, both, 1);
}

/* Of real samples [B, 1, L]: [B, bins, frames]. */
static incir_value *spectrum(incir_graph *g, incir_value *x, const frames *f)
{
    incir_value *cos, *sin, *parts[2];
    const incsym *n = number(g, f->n_fft), *bins = number(g, f->bins);
    const incsym *const sizes[] = {bins, bins};
    emit_angles(g, x->dtype, bins, n, n, &cos, &sin);
    incir_value *y = convolve(g, "Conv", x, kernels(g, cos, sin, f), f);
    emit_split(g, y, 1, sizes, 2, parts);
    return incir_complex(g, parts[0], parts[1]);
}

/* ---- stft ---- */

/* [B, 1, L] of [L] or [B, L], padded where frames are centred. */
static incir_value *samples(incop_call *c, incir_value *x, int64_t n_fft)
{
    incir_graph *g = c->g;
    x = emit_unsqueeze_axis(g, x, x->rank - 1);
    if (x->rank == 2)
        x = emit_unsqueeze_axis(g, x, 0);
    if (!incop_has(c, "center") || !incop_bool(c, "center"))
        return x;
    const char *mode = incop_str(c, "pad_mode");
    if (incop_str_is(c, "pad_mode", "replicate"))
        mode = "edge";
    else if (!incop_str_is(c, "pad_mode", "constant") && !incop_str_is(c, "pad_mode", "reflect"))
        incop_unsupported(c, "pad_mode '%s'", mode);
    return pad_last(g, x, mode, n_fft / 2, n_fft / 2);
}

static void lower_stft(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *z;
    bool real = x->kind != INCIR_COMPLEX, single = x->rank == 1;
    if (x->rank < 1 || x->rank > 2 || !incdtype_is_float(emit_real(x)->dtype))
        inc_raise(c->cx, INC_E_FORMAT, "stft: a signal %s", incir_type_text(g, x));
    frames f = frames_of(c, emit_real(x)->dtype, real);
    z = spectrum(g, samples(c, emit_real(x), f.n_fft), &f);
    if (!real) {
        if (f.onesided)
            inc_raise(c->cx, INC_E_FORMAT, "stft: onesided of complex samples");
        incir_value *im = spectrum(g, samples(c, x->im, f.n_fft), &f);
        incir_value *sum = emit_binary(g, "Add", z->im, im->re);
        z = incir_complex(g, emit_binary(g, "Sub", z->re, im->im), sum);
    }
    if (incop_bool(c, "normalized"))
        z = emit_scale_by_size(g, z, "Div", number(g, f.n_fft), true);
    if (single) {
        incir_value *squeezed = emit_squeeze_axis(g, z->im, 0);
        z = incir_complex(g, emit_squeeze_axis(g, z->re, 0), squeezed);
    }
    bool complex = incop_is_none(c, "return_complex") ? !real : incop_bool(c, "return_complex");
    incop_return(c, complex ? z : emit_pairs(g, z));
}

/* ---- istft ---- */

/* Frames [B, bins, T] laid over one another: [B, L]. */
static incir_value *overlapped(incir_graph *g, incir_value *z, const frames *f)
{
    incir_value *cos, *sin, *both[] = {emit_real(z), emit_imag(g, z)};
    const incsym *n = number(g, f->n_fft);
    incdtype type = both[0]->dtype;
    emit_angles(g, type, number(g, f->bins), n, n, &cos, &sin);
    incir_value *weights = emit_unsqueeze_axis(g, emit_hermitian_weights(g, type, n), 1);
    cos = emit_binary(g, "Mul", cos, weights);
    sin = emit_binary(g, "Mul", sin, weights);
    incir_value *kernel = emit_scale_by_size(g, kernels(g, cos, sin, f), "Div", n, false);
    incir_value *y = convolve(g, "ConvTranspose", emit_concat(g, both, 2, 1), kernel, f);
    return emit_squeeze_axis(g, y, 1);
}

/* What the squares of the windows add up to: [1, L]. */
static incir_value *envelope(incir_graph *g, incdtype type, const incsym *n_frames, const frames *f)
{
    incir_value *window = f->window ? f->window : emit_full_vector(g, type, f->n_fft, 1);
    const incsym *const sizes[] = {number(g, 1), number(g, 1), n_frames};
    const incsym *const shape[] = {number(g, 1), number(g, 1), number(g, f->n_fft)};
    incir_value *kernel = emit_reshape(g, emit_binary(g, "Mul", window, window), shape, 3);
    incir_value *y = convolve(g, "ConvTranspose", emit_full(g, type, sizes, 3, 1), kernel, f);
    return emit_squeeze_axis(g, y, 1);
}

static incir_value *as_complex(incop_call *c, incir_value *z)
{
    int64_t size;
    if (z->kind == INCIR_COMPLEX)
        return z;
    if (z->rank < 3 || !incir_dim(z, -1, &size) || size != 2)
        inc_raise(c->cx, INC_E_FORMAT, "istft: a spectrum %s", incir_type_text(c->g, z));
    return emit_from_pairs(c->g, z);
}

static void lower_istft(incop_call *c)
{
    incir_graph *g = c->g;
    incsym_table *t = g->syms;
    incir_value *z = as_complex(c, incop_tensor(c, "self"));
    bool single = z->rank == 2;
    if (single) {
        incir_value *single_im = emit_unsqueeze_axis(g, z->im, 0);
        z = incir_complex(g, emit_unsqueeze_axis(g, z->re, 0), single_im);
    }
    if (z->rank != 3 || incop_bool(c, "return_complex"))
        incop_unsupported(c, "a complex signal, or a spectrum of rank %zu", z->rank);
    frames f = frames_of(c, z->re->dtype, true);
    if (!f.onesided) { /* the other half is taken to be the conjugate, as in PyTorch */
        f.onesided = true;
        f.bins = f.n_fft / 2 + 1;
    }
    z = emit_fit_length(g, z, 1, number(g, f.bins));
    const incsym *n_frames = incir_axis_size(g, z, 2);
    const incsym *whole =
        incsym_add_int(t, incsym_mul_int(t, incsym_add_int(t, n_frames, -1), f.hop), f.n_fft);
    bool center = incop_bool(c, "center"), asked = !incop_is_none(c, "length");
    const incsym *start = number(g, center ? f.n_fft / 2 : 0);
    const incsym *length = asked ? incop_sym(c, "length") : NULL;
    const incsym *end = asked    ? incsym_min(t, incsym_add(t, start, length), whole)
                        : center ? incsym_add_int(t, whole, -(f.n_fft / 2))
                                 : whole;
    incir_value *y = emit_slice(g, overlapped(g, z, &f), 1, start, end, 1);
    incir_value *sum = emit_slice(g, envelope(g, z->re->dtype, n_frames, &f), 1, start, end, 1);
    y = emit_binary(g, "Div", y, sum);
    if (incop_bool(c, "normalized"))
        y = emit_scale_by_size(g, y, "Mul", number(g, f.n_fft), true);
    if (asked)
        y = emit_fit_length(g, y, 1, length);
    incop_return(c, single ? emit_squeeze_axis(g, y, 0) : y);
}

/* clang-format off */
static const incop_row rows[] = {
    OP_Q("aten::istft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, bool normalized=False, bool? onesided=None, int? length=None, bool return_complex=False) -> Tensor",
        lower_istft, INCOP_Q_NONE | INCOP_C_OWN),
    OP_Q("aten::stft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool normalized=False, bool? onesided=None, bool? return_complex=None) -> Tensor",
        lower_stft, INCOP_Q_NONE | INCOP_C_OWN),
    OP_Q("aten::stft.center(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, str pad_mode=\"reflect\", bool normalized=False, bool? onesided=None, bool? return_complex=None) -> Tensor",
        lower_stft, INCOP_Q_NONE | INCOP_C_OWN),
};
/* clang-format on */

const incop_family incop_stft = {"stft", rows, INC_COUNT(rows)};
