/* Ordinary operators on quantized tensors. They compute on the reals that the integers stand for;
 * PyTorch then puts the result on a grid that only the operator's name and the argument's grid
 * decide. What has no entry here has no such form in PyTorch either. */
#include <string.h>

#include "ir/quant.h"
#include "ops/call/internal.h"
#include "ops/emit/emit.h"
#include "ops/families.h"

const incir_quant incop_found_at_run_time = {.n = 0};

/* Results that are tensors of reals are quantized as the first quantized argument. */
static const char *const on_same_grid[] = {
    "_adaptive_avg_pool2d",
    "_unsafe_view",
    "_upsample_nearest_exact1d",
    "_upsample_nearest_exact2d",
    "_upsample_nearest_exact3d",
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "alias",
    "alpha_dropout",
    "as_strided",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "broadcast_to",
    "cat",
    "channel_shuffle",
    "chunk",
    "clamp",
    "clip",
    "clone",
    "column_stack",
    "concat",
    "concatenate",
    "constant_pad_nd",
    "contiguous",
    "copy",
    "detach",
    "dropout",
    "dsplit",
    "dstack",
    "eq",
    "expand",
    "expand_as",
    "feature_dropout",
    "fill",
    "flatten",
    "flip",
    "fliplr",
    "flipud",
    "ge",
    "gelu",
    "gt",
    "hardtanh",
    "hsplit",
    "hstack",
    "index",
    "index_put",
    "index_select",
    "le",
    "leaky_relu",
    "lt",
    "masked_fill",
    "max",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "mean",
    "min",
    "moveaxis",
    "movedim",
    "narrow",
    "native_channel_shuffle",
    "ne",
    "pad",
    "permute",
    "pixel_shuffle",
    "pixel_unshuffle",
    "ravel",
    "reflection_pad1d",
    "reflection_pad2d",
    "relu",
    "relu6",
    "repeat",
    "repeat_interleave",
    "reshape",
    "reshape_as",
    "rot90",
    "select",
    "slice",
    "sort",
    "split",
    "split_with_sizes",
    "squeeze",
    "stack",
    "swapaxes",
    "swapdims",
    "t",
    "tensor_split",
    "threshold",
    "tile",
    "topk",
    "transpose",
    "unbind",
    "unflatten",
    "unfold",
    "unsqueeze",
    "upsample_bilinear2d",
    "upsample_nearest1d",
    "upsample_nearest2d",
    "upsample_nearest3d",
    "view",
    "view_as",
    "vsplit",
    "vstack",
};

/* Results in a known range: a 256th of it is the scale; the zero point is the middle of the
 * integers or their lowest. */
static const struct {
    const char *name;
    double range;
    bool centred;
} on_own_grid[] = {
    {"hardsigmoid", 1, false},
    {"sigmoid", 1, false},
    {"tanh", 2, true},
};

/* The grid of the first quantized argument. */
static const incir_quant *quantized_argument(const incop_call *c)
{
    for (size_t i = 0; i < c->schema->n_params; i++) {
        incval v = c->args[i];
        if ((v.kind == INCVAL_LIST || v.kind == INCVAL_TUPLE) && v.u.list->v.n)
            v = v.u.list->v.items[0];
        if (v.kind == INCVAL_TENSOR && v.u.t->quant)
            return v.u.t->quant;
    }
    return NULL;
}

static bool returns_tensors(const incop_call *c)
{
    return c->schema->n_returns && c->schema->returns[0].kind == INCOP_TENSOR;
}

/* Whether the row itself says what becomes of quantized arguments. */
static bool is_of_quantized(const incop_call *c)
{
    static const incop_family *const families[] = {
        &incop_quantize, &incop_int_mm, &incop_quantized_elementwise, &incop_quantized_recurrent};
    for (size_t i = 0; i < INC_COUNT(families); i++)
        if (c->row >= families[i]->rows && c->row < families[i]->rows + families[i]->n)
            return true;
    return strncmp(c->schema->name, "quantized", 9) == 0;
}

/* Operators that leave every element where it is. */
static bool keeps_axes(const char *name)
{
    return strcmp(name, "alias") == 0 || strcmp(name, "clone") == 0 ||
           strcmp(name, "contiguous") == 0 || strcmp(name, "detach") == 0;
}

bool incop_on_quantized(incop_call *c, const incir_quant **q)
{
    const incir_quant *given = quantized_argument(c);
    const char *name = c->schema->name;
    if (!given || !returns_tensors(c) || is_of_quantized(c))
        return false;
    name += strncmp(name, "aten::", 6) == 0 ? 6 : 0;
    if (given->n == 0 || (given->per_axis && !keeps_axes(name)))
        incop_unsupported(c, "this operator on a tensor quantized %s",
                          given->n == 0 ? "dynamically" : "per channel");
    *q = given;
    for (size_t i = 0; i < INC_COUNT(on_same_grid); i++)
        if (strcmp(on_same_grid[i], name) == 0)
            return true;
    for (size_t i = 0; i < INC_COUNT(on_own_grid); i++) {
        if (strcmp(on_own_grid[i].name, name) != 0)
            continue;
        int64_t middle = given->quant_min + (given->quant_max - given->quant_min + 1) / 2;
        *q = incir_quant_new(c->g, given->dtype, on_own_grid[i].range / 256,
                             on_own_grid[i].centred ? middle : given->quant_min);
        return true;
    }
    incop_unsupported(c, "this operator on a quantized tensor");
}

static void quantize_box(incop_call *c, incop_box *box, const incir_quant *q)
{
    if (!incdtype_is_float(box->value->dtype))
        return;
    box->value = incir_quantized(c->g, box->value, q);
    box->quant = q;
}

void incop_quantize_results(incop_call *c, const incir_quant *q)
{
    for (size_t i = 0; i < c->n_results; i++) {
        incval v = c->results[i];
        if (v.kind == INCVAL_TENSOR)
            quantize_box(c, v.u.t, q);
        for (size_t k = 0; v.kind == INCVAL_LIST && k < v.u.list->v.n; k++)
            quantize_box(c, v.u.list->v.items[k].u.t, q);
    }
}
