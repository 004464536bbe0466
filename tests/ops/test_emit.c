/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes that the emit_ helpers leave, by opset. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../ir/text.h"
#include "../support/context.h"
#include "../support/suite.h"
#include "ir/dump.h"
#include "ir/verify.h"
#include "ops/emit/emit.h"
#include "passes/internal.h"

typedef enum {
    RESHAPE,
    RESHAPE_TWICE,
    EXPAND,
    FULL,
    SLICE,
    SLICE_TWICE,
    SPLIT,
    TRANSPOSE,
    TRANSPOSE_TWICE,
    SQUEEZE,
    UNSQUEEZE,
    UNSQUEEZE_SQUEEZE,
    PAD,
    REDUCE_SUM,
    REDUCE_MEAN,
    SOFTMAX,
    CLIP,
    CAST,
    ADD,
    EQUAL,
    AND,
    NEG,
    WHERE,
    CONCAT,
    GATHER
} what;

/* x and y as in text.h ("" is none; of SLICE "start, end", "-" for none), a list of axes, and the
 * nodes. n and m are sizes of inputs. */
static const struct {
    uint32_t opset;
    what call;
    const char *x, *y;
    size_t axes[4], n_axes;
    const char *nodes; /* and the value that comes out, a constant or an input */
} cases[] = {
    {17,
     RESHAPE,
     "float32[n, 6]",
     "{n, 2, 3}",
     {0},
     0,
     "%1 = Reshape(x, [0, 2, 3]) : float32[n, 2, 3]\n"},
    {17, RESHAPE, "float32[n, 6]", "{n, 6}", {0}, 0, "x"},
    {17,
     RESHAPE,
     "float32[n, 6]",
     "{2*n, 3}",
     {0},
     0,
     "%1 = Reshape(x, [-1, 3]) : float32[2*n, 3]\n"},
    {17,
     RESHAPE,
     "float32[n, m, 6]",
     "{n, m, -1, 3}",
     {0},
     0,
     "%1 = Reshape(x, [0, 0, 2, 3]) : float32[n, m, 2, 3]\n"},
    {17,
     RESHAPE,
     "float32[n, m, 6]",
     "{n*m, 6}",
     {0},
     0,
     "%1 = Reshape(x, [-1, 6]) : float32[n*m, 6]\n"},
    {17,
     RESHAPE,
     "float32[2, n, m]",
     "{n, 2, m}",
     {0},
     0,
     "%1 = Reshape(x, [-1, 2, 0]) : float32[n, 2, m]\n"},
    {17,
     RESHAPE,
     "float32[n, m, 6]",
     "{m, n, 6}",
     {0},
     0,
     "%1 = Shape(n) : int64[1]\n"
     "%2 = Concat([-1], %1, [6]) {axis=0} : int64[3]\n"
     "%3 = Reshape(x, %2) : float32[m, n, 6]\n"},
    {17,
     RESHAPE,
     "float32[0, 3]",
     "{3, 0}",
     {0},
     0,
     "%1 = Reshape(x, [3, 0]) {allowzero=1} : float32[3, 0]\n"},
    {17,
     RESHAPE,
     "float32[0, 3]",
     "{0, 3, 1}",
     {0},
     0,
     "%1 = Reshape(x, [0, 3, 1]) : float32[0, 3, 1]\n"},
    {17, RESHAPE_TWICE, "float32[n, 6]", "{n, 2, 3}", {0}, 0, "x"},
    {17, EXPAND, "float32[n, 1]", "{n, 5}", {0}, 0, "%1 = Expand(x, [1, 5]) : float32[n, 5]\n"},
    {17, EXPAND, "float32[n, 5]", "{n, 5}", {0}, 0, "x"},
    {17, FULL, "", "{2}", {0}, 0, "[0.5, 0.5]"},
    {17,
     FULL,
     "",
     "{n, 2}",
     {0},
     0,
     "%1 = Shape(n) : int64[1]\n"
     "%2 = Concat(%1, [2]) {axis=0} : int64[2]\n"
     "%3 = ConstantOfShape(%2) {value=float32 [0.5]} : float32[n, 2]\n"},
    {17, SLICE, "float32[n, 8]", "2, 5", {1}, 1, "%1 = Slice(x, [2], [5], [1]) : float32[n, 3]\n"},
    {17, SLICE, "float32[n, 8]", "0, 9", {1}, 1, "x"},
    {17,
     SLICE,
     "float32[n, 8]",
     "-3, -",
     {1},
     1,
     "%1 = Slice(x, [5], [9223372036854775807], [1]) : float32[n, 3]\n"},
    {17, SLICE, "float32[n, 8]", "0, n", {0}, 1, "x"},
    {17,
     SLICE,
     "float32[n, 8]",
     "1, n - 1",
     {0},
     1,
     "%1 = Slice(x, [1], [-1], [0]) : float32[max(0, n - 2), 8]\n"},
    {17,
     SLICE,
     "float32[n, 8]",
     "0, m",
     {1},
     1,
     "%1 = Shape(m) : int64[1]\n%2 = Slice(x, [0], %1, [1]) : float32[n, min(8, m)]\n"},
    {17,
     SLICE_TWICE,
     "float32[8, 8]",
     "2, 5",
     {0, 1},
     2,
     "%1 = Slice(x, [2, 2], [5, 5], [0, 1]) : float32[3, 3]\n"},
    {17,
     SPLIT,
     "float32[n, 6]",
     "{3, 3}",
     {1},
     1,
     "%1, %2 = Split(x, [3, 3]) {axis=1} : float32[n, 3], float32[n, 3]\n"},
    {18,
     SPLIT,
     "float32[n, 6]",
     "{3, 3}",
     {1},
     1,
     "%1, %2 = Split(x) {axis=1, num_outputs=2} : float32[n, 3], float32[n, 3]\n"},
    {18,
     SPLIT,
     "float32[n, 6]",
     "{2, 4}",
     {1},
     1,
     "%1, %2 = Split(x, [2, 4]) {axis=1} : float32[n, 2], float32[n, 4]\n"},
    {11,
     SPLIT,
     "float32[n, 6]",
     "{2, 4}",
     {1},
     1,
     "%1, %2 = Split(x) {axis=1, split=[2, 4]} : float32[n, 2], float32[n, 4]\n"},
    {11,
     SPLIT,
     "float32[2*n, 6]",
     "{n, n}",
     {0},
     1,
     "%1, %2 = Split(x) {axis=0} : float32[n, 6], float32[n, 6]\n"},
    {17,
     TRANSPOSE,
     "float32[n, 6]",
     "",
     {1, 0},
     2,
     "%1 = Transpose(x) {perm=[1, 0]} : float32[6, n]\n"},
    {17, TRANSPOSE, "float32[n, 6]", "", {0, 1}, 2, "x"},
    {17, TRANSPOSE, "float32[2, 1]={1, 2}", "", {1, 0}, 2, "%1=const float32[1, 2]"},
    {17,
     TRANSPOSE_TWICE,
     "float32[n, 2, 3]",
     "",
     {1, 2, 0},
     3,
     "%1 = Transpose(x) {perm=[2, 0, 1]} : float32[3, n, 2]\n"},
    {17, SQUEEZE, "float32[n, 1, 1]", "", {1, 2}, 2, "%1 = Squeeze(x, [1, 2]) : float32[n]\n"},
    {11, SQUEEZE, "float32[n, 1, 1]", "", {1}, 1, "%1 = Squeeze(x) {axes=[1]} : float32[n, 1]\n"},
    {17, UNSQUEEZE, "float32[n]", "", {0}, 1, "%1 = Unsqueeze(x, [0]) : float32[1, n]\n"},
    {17, UNSQUEEZE_SQUEEZE, "float32[n]", "", {1}, 1, "x"},
    {11, UNSQUEEZE_SQUEEZE, "float32[n]", "", {1}, 1, "x"},
    {17,
     PAD,
     "float32[n, 4]",
     "{0, 1, 0, 2}",
     {0},
     0,
     "%1 = Pad(x, [0, 1, 0, 2], float32 0.5) {mode=\"constant\"} : float32[n, 7]\n"},
    {11,
     PAD,
     "bool[n, 4]",
     "{0, 1, 0, 0}",
     {0},
     0,
     "%1 = Cast(x) {to=2} : uint8[n, 4]\n"
     "%2 = Pad(%1, [0, 1, 0, 0], uint8 0) {mode=\"constant\"} : uint8[n, 5]\n"
     "%3 = Cast(%2) {to=9} : bool[n, 5]\n"},
    {17, PAD, "float32[n, 4]", "{0, 0, 0, 0}", {0}, 0, "x"},
    {17,
     REDUCE_SUM,
     "float32[n, 4]",
     "",
     {1},
     1,
     "%1 = ReduceSum(x, [1]) {keepdims=0} : float32[n]\n"},
    {11,
     REDUCE_SUM,
     "float32[n, 4]",
     "",
     {1},
     1,
     "%1 = ReduceSum(x) {axes=[1], keepdims=0} : float32[n]\n"},
    {17,
     REDUCE_SUM,
     "float32[n, 4]",
     "",
     {0, 1},
     2,
     "%1 = ReduceSum(x) {keepdims=0} : float32[]\n"},
    {17,
     REDUCE_MEAN,
     "float32[n, 4]",
     "",
     {1},
     1,
     "%1 = ReduceMean(x) {axes=[1], keepdims=0} : float32[n]\n"},
    {18,
     REDUCE_MEAN,
     "float32[n, 4]",
     "",
     {1},
     1,
     "%1 = ReduceMean(x, [1]) {keepdims=0} : float32[n]\n"},
    {18, REDUCE_MEAN, "float32", "", {0}, 0, "x"},
    {17, SOFTMAX, "float32[n, 4]", "", {0}, 1, "%1 = Softmax(x) {axis=0} : float32[n, 4]\n"},
    {11, SOFTMAX, "float32[n, 4]", "", {1}, 1, "%1 = Softmax(x) {axis=1} : float32[n, 4]\n"},
    {11,
     SOFTMAX,
     "float32[n, 4]",
     "",
     {0},
     1,
     "%1 = Transpose(x) {perm=[1, 0]} : float32[4, n]\n"
     "%2 = Softmax(%1) {axis=1} : float32[4, n]\n"
     "%3 = Transpose(%2) {perm=[1, 0]} : float32[n, 4]\n"},
    {17, CLIP, "float32[n]", "float32={2}", {0}, 0, "%1 = Clip(x, float32 2) : float32[n]\n"},
    {11,
     CLIP,
     "int64[n]",
     "int64={2}",
     {0},
     0,
     "%1 = Cast(x) {to=11} : float64[n]\n"
     "%2 = Max(%1, float64 2) : float64[n]\n"
     "%3 = Cast(%2) {to=7} : int64[n]\n"},
    {17, CAST, "float32[n]", "int64[n]", {0}, 0, "%1 = Cast(x) {to=7} : int64[n]\n"},
    {17, CAST, "float32[n]", "float32[n]", {0}, 0, "x"},
    {17,
     ADD,
     "float32[n]",
     "int64[n]",
     {0},
     0,
     "%1 = Cast(y) {to=1} : float32[n]\n%2 = Add(x, %1) : float32[n]\n"},
    {11,
     ADD,
     "int16[n]",
     "int16[n]",
     {0},
     0,
     "%1 = Cast(x) {to=6} : int32[n]\n"
     "%2 = Cast(y) {to=6} : int32[n]\n"
     "%3 = Add(%1, %2) : int32[n]\n"
     "%4 = Cast(%3) {to=5} : int16[n]\n"},
    {17, EQUAL, "bool[n]", "bool[n]", {0}, 0, "%1 = Equal(x, y) : bool[n]\n"},
    {17,
     AND,
     "int64[n]",
     "bool[n]",
     {0},
     0,
     "%1 = Cast(x) {to=9} : bool[n]\n"
     "%2 = And(%1, y) : bool[n]\n"},
    {17,
     NEG,
     "uint8[n]",
     "",
     {0},
     0,
     "%1 = Cast(x) {to=5} : int16[n]\n%2 = Neg(%1) : int16[n]\n%3 = Cast(%2) {to=2} : uint8[n]\n"},
    {17,
     WHERE,
     "bool[n]",
     "int8[n]",
     {0},
     0,
     "%1 = Cast(y) {to=6} : int32[n]\n"
     "%2 = Cast(y) {to=6} : int32[n]\n"
     "%3 = Where(x, %1, %2) : int32[n]\n"
     "%4 = Cast(%3) {to=3} : int8[n]\n"},
    {17,
     CONCAT,
     "float32[n]",
     "float64[n]",
     {0},
     1,
     "%1 = Cast(x) {to=11} : float64[n]\n%2 = Concat(%1, y) {axis=0} : float64[2*n]\n"},
    {17,
     GATHER,
     "float32[n, 4]",
     "uint8[2]",
     {1},
     1,
     "%1 = Cast(y) {to=7} : int64[2]\n%2 = Gather(x, %1) {axis=1} : float32[n, 2]\n"},
};

static const incsym *const *sizes_of(incir_graph *g, const char *text, size_t *n)
{
    incir_value *v = txt_value(g, text);
    const incsym *const *sizes = incir_contents(g, v);
    int64_t size;
    incir_dim(v, 0, &size);
    *n = (size_t)size;
    return sizes;
}

static const incsym *bound(incir_graph *g, const char *text)
{
    return strcmp(text, "-") == 0 ? NULL : txt_size(g, text);
}

static incir_value *slice(incir_graph *g, incir_value *x, size_t axis, const char *bounds)
{
    const char *comma = strchr(bounds, ',');
    char *start = inc_strndup(cx, bounds, (size_t)(comma - bounds));
    return emit_slice(g, x, axis, bound(g, start), bound(g, comma + 2), 1);
}

static incir_value *emitted(incir_graph *g, incir_value *x, int row)
{
    const char *y = cases[row].y;
    const size_t *axes = cases[row].axes, n_axes = cases[row].n_axes;
    const incsym *const *sizes = NULL;
    incir_value *v, *parts[4];
    size_t n = 0;
    if (y[0] == '{')
        sizes = sizes_of(g, y, &n);
    switch (cases[row].call) {
    case RESHAPE:
        return emit_reshape(g, x, sizes, n);
    case RESHAPE_TWICE:
        return emit_reshape(g, emit_reshape(g, x, sizes, n), x->dims, x->rank);
    case EXPAND:
        return emit_expand(g, x, sizes, n);
    case FULL:
        return emit_full(g, INCDT_F32, sizes, n, 0.5);
    case SLICE:
        return slice(g, x, axes[0], y);
    case SLICE_TWICE:
        return slice(g, slice(g, x, axes[0], y), axes[1], y);
    case SPLIT:
        emit_split(g, x, axes[0], sizes, n, parts);
        return parts[0];
    case TRANSPOSE:
        return emit_transpose(g, x, axes);
    case TRANSPOSE_TWICE:
        return emit_transpose(g, emit_transpose(g, x, axes), axes);
    case SQUEEZE:
        return emit_squeeze(g, x, axes, n_axes);
    case UNSQUEEZE:
        return emit_unsqueeze(g, x, axes, n_axes);
    case UNSQUEEZE_SQUEEZE:
        return emit_squeeze(g, emit_unsqueeze(g, x, axes, n_axes), axes, n_axes);
    case PAD:
        return emit_pad(g, x, "constant", sizes, sizes + n / 2, 0.5);
    case REDUCE_SUM:
        return emit_reduce(g, "ReduceSum", x, axes, n_axes, false);
    case REDUCE_MEAN:
        return emit_reduce(g, "ReduceMean", x, axes, n_axes, false);
    case SOFTMAX:
        return emit_softmax(g, "Softmax", x, axes[0]);
    case CLIP:
        return emit_clip(g, x, txt_value(g, y), NULL);
    case NEG:
        return emit_unary(g, "Neg", x);
    default:
        break;
    }
    v = txt_value(g, y);
    v->name = "y";
    switch (cases[row].call) {
    case CAST:
        return emit_cast(g, x, v->dtype);
    case ADD:
        return emit_binary(g, "Add", x, v);
    case EQUAL:
        return emit_binary(g, "Equal", x, v);
    case AND:
        return emit_binary(g, "And", x, v);
    case WHERE:
        return emit_where(g, x, v, v);
    case GATHER:
        return emit_gather(g, x, v, axes[0]);
    default:
        parts[0] = x;
        parts[1] = v;
        return emit_concat(g, parts, 2, axes[0]);
    }
}

START_TEST(nodes)
{
    incir_graph *g = incir_graph_new(cx, cases[_i].opset);
    incir_value *x = cases[_i].x[0] ? txt_value(g, cases[_i].x) : NULL;
    if (x && x->kind == INCIR_INPUT)
        x->name = "x";
    incir_value *y = emitted(g, x, _i);
    incstr s = {0};
    incir_block_add_output(g, g->main, y);
    incpass_remove_unused(cx, g); /* the first of two that became one */
    incir_verify(g);
    incir_dump(g, &s);
    const char *wanted = cases[_i].nodes, *text = incstr_text(&s);
    if (wanted[strlen(wanted) - 1] == '\n')
        ck_assert_msg(strstr(text, wanted), "%s%s wanted", text, wanted);
    else
        ck_assert_msg(strstr(text, inc_printf(cx, "output %s", wanted)) ||
                          strstr(text, inc_printf(cx, "output float32%s", wanted)),
                      "%soutput %s wanted", text, wanted);
}
END_TEST

/* torch.result_type: a Python number is weaker than a scalar tensor, and that than one with axes.
 */
static const struct {
    const char *a, *b;
    bool b_is_number;
    incdtype type;
} promotions[] = {
    {"int64[2]", "int32[2]", false, INCDT_I64},      {"int8[2]", "uint8[2]", false, INCDT_I16},
    {"float16[2]", "float64", false, INCDT_F16},     {"float16[2]", "float64[1]", false, INCDT_F64},
    {"int32[2]", "int64", false, INCDT_I32},         {"int32[2]", "float64", false, INCDT_F64},
    {"int32[2]", "float64", true, INCDT_F32},        {"bool[2]", "int64", true, INCDT_I64},
    {"uint8[2]", "int64", true, INCDT_U8},           {"float16[2]", "int64[2]", false, INCDT_F16},
    {"bfloat16[2]", "float16[2]", false, INCDT_F32}, {"int64", "float64", true, INCDT_F32},
};

START_TEST(result_types)
{
    incir_graph *g = incir_graph_new(cx, 17);
    incir_value *both[] = {txt_value(g, promotions[_i].a), txt_value(g, promotions[_i].b)};
    both[1]->is_number = promotions[_i].b_is_number;
    incdtype type = emit_result_type(g, both, 2);
    ck_assert_msg(type == promotions[_i].type, "%s and %s give %s", promotions[_i].a,
                  promotions[_i].b, incdtype_name(type));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("emit");
    TCase *all = tcase_create("emit");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_loop_test(all, nodes, 0, (int)INC_COUNT(cases));
    tcase_add_loop_test(all, result_types, 0, (int)INC_COUNT(promotions));
    suite_add_tcase(suite, all);
    return tst_run(suite);
}
