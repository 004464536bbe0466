/* SPDX-License-Identifier: Apache-2.0 */
/* What is computed at once, and what is left to be a node. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../support/context.h"
#include "../support/suite.h"
#include "text.h"

/* In opset 17; a type without elements means that a node was made. After '!': part of a message. */
static const struct {
    const char *line, *result;
} cases[] = {
    /* sizes stay expressions */
    {"Gather({n, 3, 2*n}, {2, 0})", "{2*n, n}"},
    {"Gather({n, 3}, <-2>)", "<n>"},
    {"Gather({n, 3}, <2>)", "!axis 2"},
    {"Slice({n, 3, m}, {1}, {9223372036854775807})", "{3, m}"},
    {"Slice({n, 3, m}, {-1}, {-9223372036854775807}, {0}, {-1})", "{m, 3, n}"},
    {"Slice({n, 3, m}, {-100}, {2})", "{n, 3}"},
    {"Concat({n}, {3, m}) axis=0", "{n, 3, m}"},
    {"Unsqueeze(<n>, {0})", "{n}"},
    {"Squeeze({n}, {0})", "<n>"},
    {"Reshape({n}, {-1})", "{n}"},
    {"Cast({n}) to=7", "{n}"},
    {"Cast({n}) to=1", "float32[1]"},
    {"Add({n, 2}, <1>)", "{n + 1, 3}"},
    {"Sub(<n>, {1, 2})", "{n - 1, n - 2}"},
    {"Mul({n, 2}, {m, 3})", "{n*m, 6}"},
    {"Div({4*n}, {2})", "{2*n}"},
    {"Div({n}, {2})", "{floor(n/2)}"},
    {"Div(<n-9>, <2>)", "int64[]"},
    {"Div(<2*n-10>, <2>)", "<n - 5>"},
    {"Div(<n>, <0>)", "int64[]"},
    {"Mod(<n>, <4>)", "<n - 4*floor(n/4)>"},
    {"Mod(<n>, <0>)", "int64[]"},
    {"Min({n, 2}, {4}, {3})", "{min(3, min(n, 4)), 2}"},
    {"Max(<n>, <1>)", "<n>"},
    {"Neg({n})", "{-n}"},
    {"Abs({n})", "{n}"},
    {"Abs({n-5})", "int64[1]"},
    {"ReduceProd({n, 3, m}) keepdims=0", "<3*n*m>"},
    {"ReduceSum({n, 3, m}) keepdims=1", "{n + m + 3}"},
    {"ReduceMax({n, 0})", "{n}"},
    {"Equal({n, 2}, {n, 3})", "bool[2]={1, 0}"},
    {"Greater(<n>, <0>)", "bool[]={1}"},
    {"GreaterOrEqual(<n>, <1>)", "bool[]={1}"},
    {"Less(<n>, <5>)", "bool[]"},
    {"LessOrEqual(<2*n>, <n>)", "bool[]={0}"},
    {"Where(bool[2]={1, 0}, {n, 5}, {m, 7})", "{n, 7}"},
    {"Where(bool={0}, <n>, {m, 7})", "{m, 7}"},

    /* lazily */
    {"Transpose(float32[2, 3]={1, 2, 3, 4, 5, 6})", "float32[3, 2]={1, 4, 2, 5, 3, 6}"},
    {"Reshape(float32[2, 3]={1, 2}, {-1})", "float32[6]={1, 2, 1, 2, 1, 2}"},
    {"Flatten(float32[2, 1, 2]={1, 2, 3, 4}) axis=2", "float32[2, 2]={1, 2, 3, 4}"},
    {"Squeeze(float32[1, 2]={1, 2})", "float32[2]={1, 2}"},
    {"Unsqueeze(float32[2]={1, 2}, {1})", "float32[2, 1]={1, 2}"},
    {"Slice(int32[5]={1, 2, 3, 4, 5}, {1}, {-1})", "int32[3]={2, 3, 4}"},
    {"Slice(int32[5]={1, 2, 3, 4, 5}, {10}, {-10}, {0}, {-2})", "int32[3]={5, 3, 1}"},
    {"Slice(int32[5]={1, 2, 3, 4, 5}, {7}, {9})", "int32[0]={}"},
    {"Slice(int32[2, 2]={1, 2, 3, 4}, {1, 0}, {2, 1}, {1, 0})", "int32[1, 1]={2}"},
    {"Slice(int32[5]={1, 2, 3, 4, 5}, {1}, {100}, {0}, {9223372036854775807})", "int32[1]={2}"},
    {"Split(float32[5]={1, 2, 3, 4, 5}, {2, 3}) -> 2", "float32[2]={1, 2} float32[3]={3, 4, 5}"},
    {"Concat(float32[1, 2]={1, 2}, float32[1, 1]={3}) axis=1", "float32[1, 3]={1, 2, 3}"},
    {"Expand(float32[2, 1]={1, 2}, {2, 2})", "float32[2, 2]={1, 1, 2, 2}"},
    {"Expand(float32[1]={1}, {100000})", "float32[100000]"},
    {"Expand(float32[1]={1}, {16})",
     "float32[16]={1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}"},
    {"Cast(float32[3]={1.7, -1.7, 0}) to=7", "int64[3]={1, -1, 0}"},
    {"Cast(float32[3]={1.7, -1.7, 0}) to=9", "bool[3]={1, 1, 0}"},
    {"ConstantOfShape({2}) value=int64(7)", "int64[2]={7, 7}"},
    {"ConstantOfShape({0})", "float32[0]={}"},
    {"ConstantOfShape({1000, 1000})", "float32[1000, 1000]"},
    {"ConstantOfShape({4611686018427387904, 4})", "float32[4611686018427387904, 4]"},

    /* element by element */
    {"Add(float32[2, 1]={1, 2}, float32[2]={10, 20})", "float32[2, 2]={11, 21, 12, 22}"},
    {"Add(float32[1]={16777216}, float32[1]={1})", "float32[1]={1.677722e+07}"},
    {"Sum(float32[1]={1}, float32[1]={2}, float32[1]={3})", "float32[1]={6}"},
    {"Sub(int8[2]={-128, 0}, int8={1})", "int8[2]={127, -1}"},
    {"Mul(int64[1]={3037000500}, int64[1]={3037000500})", "int64[1]={-9223372036709301616}"},
    {"Div(int32[4]={7, -7, 7, -7}, int32[4]={2, 2, -2, -2})", "int32[4]={3, -3, -3, 3}"},
    {"Div(int32[1]={1}, int32[1]={0})", "int32[1]"},
    {"Div(float32[2]={1, -1}, float32={0})", "float32[2]={inf, -inf}"},
    {"Mod(int32[4]={7, -7, 7, -7}, int32[4]={3, 3, -3, -3})", "int32[4]={1, 2, -2, -1}"},
    {"Mod(int32[2]={7, -7}, int32={3}) fmod=1", "int32[2]={1, -1}"},
    {"Pow(float32[2]={2, 9}, float32[2]={10, 0.5})", "float32[2]={1024, 3}"},
    {"Pow(int64[2]={3, -2}, int64[2]={4, 3})", "int64[2]={81, -8}"},
    {"Pow(int64[1]={3}, int64[1]={-1})", "int64[1]"},
    {"Max(float32[2]={1, 5}, float32={3})", "float32[2]={3, 5}"},
    {"Min(int64[2]={1, 5}, int64={3})", "int64[2]={1, 3}"},
    {"Equal(float32[2]={1, 2}, float32={2})", "bool[2]={0, 1}"},
    {"Less(int32[2]={1, 2}, int32={2})", "bool[2]={1, 0}"},
    {"And(bool[2]={1, 0}, bool={1})", "bool[2]={1, 0}"},
    {"Xor(bool[2]={1, 0}, bool={1})", "bool[2]={0, 1}"},
    {"BitShift(uint8[2]={1, 255}, uint8={1}) direction=\"LEFT\"", "uint8[2]={2, 254}"},
    {"Where(bool[2, 1]={1, 0}, float32[2]={1, 2}, float32={9})", "float32[2, 2]={1, 2, 9, 9}"},
    {"Clip(float32[3]={-1, 0.5, 7}, float32={0}, float32={1})", "float32[3]={0, 0.5, 1}"},
    {"Clip(int64[2]={-1, 7}, -, int64={1})", "int64[2]={-1, 1}"},
    {"Neg(int32[2]={1, -2147483648})", "int32[2]={-1, -2147483648}"},
    {"Sqrt(float32[2]={4, 2})", "float32[2]={2, 1.414214}"},
    {"Round(float32[4]={0.5, 1.5, 2.5, -0.5})", "float32[4]={0, 2, 2, -0}"},
    {"Relu(float32[2]={-1, 2})", "float32[2]={0, 2}"},
    {"Not(bool[2]={1, 0})", "bool[2]={0, 1}"},
    {"IsNaN(float32[1]={nan})", "bool[1]={1}"},
    {"Erf(float32[1]={1})", "float32[1]={0.8427008}"},

    /* indices */
    {"Gather(float32[3, 2]={1, 2, 3, 4, 5, 6}, int64[2]={2, -3})", "float32[2, 2]={5, 6, 1, 2}"},
    {"Gather(float32[2, 3]={1, 2, 3, 4, 5, 6}, int64[2]={2, 0}) axis=1",
     "float32[2, 2]={3, 1, 6, 4}"},
    {"Gather(float32[3, 2]={1, 2, 3, 4, 5, 6}, int64={1})", "float32[2]={3, 4}"},
    {"Gather(float32[3]={1, 2, 3}, int64[2]={0, 3})", "!index 3 is outside of 3"},
    {"Gather(float32[3]={1, 2, 3}, int64={-4})", "!index -4 is outside of 3"},
    {"Gather(float32[3, 0]={}, int64[2]={7, 8})", "float32[2, 0]={}"},
    {"GatherElements(float32[2, 2]={1, 2, 3, 4}, int64[2, 1]={1, 0}) axis=1",
     "float32[2, 1]={2, 3}"},
    {"GatherND(float32[2, 2]={1, 2, 3, 4}, int64[2, 1]={1, 0})", "float32[2, 2]={3, 4, 1, 2}"},
    {"GatherND(float32[2, 2]={1, 2, 3, 4}, int64[2, 1]={1, 0}) batch_dims=1", "float32[2]={2, 3}"},
    {"GatherND(float32[2, 2]={1, 2, 3, 4}, int64[1, 2]={1, 2})", "!index 2 is outside of 2"},
    {"ScatterElements(float32[3]={1, 2, 3}, int64[2]={2, 0}, float32[2]={7, 8})",
     "float32[3]={8, 2, 7}"},
    {"ScatterElements(float32[3]={1, 2, 3}, int64[1]={3}, float32[1]={7})", "!index 3"},
    {"ScatterElements(float32[3]={1, 2, 3}, int64[1]={2}, float32[1]={7}) reduction=\"add\"",
     "float32[3]"},
    {"ScatterND(float32[2, 2]={1, 2, 3, 4}, int64[1, 1]={1}, float32[1, 2]={7, 8})",
     "float32[2, 2]={1, 2, 7, 8}"},
    {"ScatterND(float32[2, 2]={1, 2, 3, 4}, int64[1, 2]={-1, 2}, float32[1]={7})", "!index 2"},
    {"Tile(float32[2]={1, 2}, {2})", "float32[4]={1, 2, 1, 2}"},
    {"Pad(float32[2]={1, 2}, {1, 2}, float32={9})", "float32[5]={9, 1, 2, 9, 9}"},
    {"Pad(float32[3]={1, 2, 3}, {2, 2}) mode=\"reflect\"", "float32[7]={3, 2, 1, 2, 3, 2, 1}"},
    {"Pad(float32[3]={1, 2, 3}, {1, 2}) mode=\"edge\"", "float32[6]={1, 1, 2, 3, 3, 3}"},
    {"Pad(float32[3]={1, 2, 3}, {-1, 1})", "float32[3]={2, 3, 0}"},
    {"Trilu(float32[2, 2]={1, 2, 3, 4})", "float32[2, 2]={1, 2, 0, 4}"},
    {"Trilu(float32[2, 2]={1, 2, 3, 4}, <-1>) upper=0", "float32[2, 2]={0, 0, 3, 0}"},
    {"Trilu(bool[2, 2]={1}, <9223372036854775807>)", "bool[2, 2]={0, 0, 0, 0}"},
    {"OneHot(int64[2]={1, -1}, <3>, float32[2]={0, 1})", "float32[2, 3]={0, 1, 0, 0, 0, 1}"},
    {"OneHot(int64[2]={0, 1}, <2>, float32[2]={5, 6}) axis=0", "float32[2, 2]={6, 5, 5, 6}"},
    {"NonZero(float32[2, 2]={0, 2, 3, 0})", "int64[2, 2]={0, 1, 1, 0}"},

    /* reductions and the rest */
    {"Range(<2>, <9>, <3>)", "int64[3]={2, 5, 8}"},
    {"Range(<5>, <0>, <-2>)", "int64[3]={5, 3, 1}"},
    {"Range(<5>, <0>, <1>)", "int64[0]={}"},
    {"Range(float32={0}, float32={1}, float32={0.25})", "float32[4]={0, 0.25, 0.5, 0.75}"},
    {"Range(<0>, <1000000>, <1>)", "int64[1000000]"},
    {"Range(float32={0}, float32={inf}, float32={1})", "!without end"},
    {"EyeLike(float32[2, 3]) k=1", "float32[2, 3]={0, 1, 0, 0, 0, 1}"},
    {"EyeLike(float32[2, 2]) k=9223372036854775807", "float32[2, 2]={0, 0, 0, 0}"},
    {"ReduceSum(float32[2, 2]={1, 2, 3, 4}, {0}) keepdims=0", "float32[2]={4, 6}"},
    {"ReduceMean(float32[2, 2]={1, 2, 3, 4}) axes=[1]", "float32[2, 1]={1.5, 3.5}"},
    {"ReduceMax(int64[2, 2]={1, 2, 3, 4}) axes=[1] keepdims=0", "int64[2]={2, 4}"},
    {"ReduceProd(float32[2, 2]={1, 2, 3, 4}) keepdims=0", "float32[]={24}"},
    {"ReduceL2(float32[2]={3, 4}) keepdims=0", "float32[]={5}"},
    {"ReduceL1(int32[2]={3, -4}) keepdims=0", "int32[]={7}"},
    {"ReduceLogSumExp(float32[2]={0, 0}) keepdims=0", "float32[]={0.6931472}"},
    {"ReduceMean(int64[2]={3, 4}) keepdims=0", "int64[]"},
    {"ReduceSum(float32[0]={}) keepdims=0", "float32[]"},
    {"ArgMax(float32[2, 3]={1, 3, 2, 6, 5, 4}) axis=1 keepdims=0", "int64[2]={1, 0}"},
    {"ArgMin(float32[2, 3]={1, 3, 2, 6, 5, 4}) axis=0", "int64[1, 3]={0, 0, 0}"},
    {"CumSum(int64[2, 2]={1, 2, 3, 4}, <0>)", "int64[2, 2]={1, 2, 4, 6}"},
    {"CumSum(int64[2, 2]={1, 2, 3, 4}, <-1>)", "int64[2, 2]={1, 3, 3, 7}"},
    {"MatMul(float32[2, 2]={1, 2, 3, 4}, float32[2, 1]={5, 6})", "float32[2, 1]={17, 39}"},
};

START_TEST(results)
{
    const char *result = txt_result(cx, 17, cases[_i].line), *wanted = cases[_i].result;
    if (wanted[0] == '!')
        ck_assert_msg(strstr(result, wanted + 1), "%s: %s, not about %s", cases[_i].line, result,
                      wanted + 1);
    else
        ck_assert_msg(strcmp(result, wanted) == 0, "%s: %s, not %s", cases[_i].line, result,
                      wanted);
}
END_TEST

/* A weight of any size is transposed without being read: its storage is not even there. */
START_TEST(weights_stay_lazy)
{
    static const int64_t sizes[2] = {1000, 500}, strides[2] = {500, 1};
    static const float storage[1000 * 500];
    incir_graph *g = incir_graph_new(cx, 17);
    const inctensor *t =
        inctensor_view(cx, INCDT_F32, storage, sizeof storage, 2, sizes, strides, 0);
    uint64_t before = cx->memory;
    incir_value *v = incir_emit1(g, "Transpose", incir_constant(g, t, "weight"));
    ck_assert_int_eq(v->kind, INCIR_CONSTANT);
    ck_assert_str_eq(incir_type_text(g, v), "float32[500, 1000]");
    ck_assert_ptr_eq(inctensor_storage(v->constant).in, storage);
    ck_assert_uint_lt(cx->memory - before, 64 * 1024);
}
END_TEST

/* A constant whose data is not there is no constant to compute with. */
START_TEST(absent_data_is_not_folded)
{
    static const int64_t sizes[1] = {3};
    incir_graph *g = incir_graph_new(cx, 17);
    incir_value *x = incir_constant(g, inctensor_without_data(cx, INCDT_F32, 1, sizes), "meta");
    ck_assert_int_eq(incir_emit1(g, "Neg", x)->kind, INCIR_RESULT);
    ck_assert_int_eq(incir_emit1(g, "Transpose", x)->kind, INCIR_RESULT);
    ck_assert_int_eq(incir_emit1(g, "Shape", x)->kind, INCIR_CONSTANT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fold");
    TCase *all = tcase_create("fold");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_loop_test(all, results, 0, (int)INC_COUNT(cases));
    tcase_add_test(all, weights_stay_lazy);
    tcase_add_test(all, absent_data_is_not_folded);
    suite_add_tcase(suite, all);
    return tst_run(suite);
}
