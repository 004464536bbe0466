/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes as nodes: the fewest that say it, shared where they can be. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../support/context.h"
#include "../support/suite.h"
#include "ir/dump.h"
#include "ir/verify.h"
#include "text.h"

/* The sizes are read as a shape by ConstantOfShape, or as they are by Identity; what stands before
 * that node is what they were made of. x is float32[n, 3, m, k], and opset as in the row. */
static const struct {
    uint32_t opset;
    const char *sizes, *nodes;
} cases[] = {
    {17, "{n}", "%1 = Shape(x) {end=1} : int64[1]\n"},
    {17, "{m}", "%1 = Shape(x) {start=2, end=3} : int64[1]\n"},
    {17, "{k}", "%1 = Shape(x) {start=3} : int64[1]\n"},
    {14, "{m}", "%1 = Shape(x) : int64[4]\n%2 = Gather(%1, [2]) : int64[1]\n"},
    {17, "{n, 5}", "%1 = Shape(x) {end=1} : int64[1]\n%2 = Concat(%1, [5]) {axis=0} : int64[2]\n"},
    {17, "{1, 2, n, 3, -1}",
     "%1 = Shape(x) {end=1} : int64[1]\n"
     "%2 = Concat([1, 2], %1, [3, -1]) {axis=0} : int64[5]\n"},
    {17, "{m, k}", "%1 = Shape(x) {start=2} : int64[2]\n"},
    {14, "{m, k}", "%1 = Shape(x) : int64[4]\n%2 = Slice(%1, [2], [4], [0]) : int64[2]\n"},
    {17, "{2*n + 1}",
     "%1 = Shape(x) {end=1} : int64[1]\n"
     "%2 = Mul(%1, [2]) : int64[1]\n"
     "%3 = Add(%2, [1]) : int64[1]\n"},
    {17, "{n - 3}", "%1 = Shape(x) {end=1} : int64[1]\n%2 = Sub(%1, [3]) : int64[1]\n"},
    {17, "{5 - n}", "%1 = Shape(x) {end=1} : int64[1]\n%2 = Sub([5], %1) : int64[1]\n"},
    {17, "{0 - n}", "%1 = Shape(x) {end=1} : int64[1]\n%2 = Mul(%1, [-1]) : int64[1]\n"},
    {17, "{n*m}",
     "%1 = Shape(x) {end=1} : int64[1]\n"
     "%2 = Shape(x) {start=2, end=3} : int64[1]\n"
     "%3 = Mul(%1, %2) : int64[1]\n"},
    {17, "{n/2}", "%1 = Shape(x) {end=1} : int64[1]\n%2 = Div(%1, [2]) : int64[1]\n"},
    {17, "{0 - n/2, n/2}",
     "%1 = Shape(x) {end=1} : int64[1]\n"
     "%2 = Div(%1, [2]) : int64[1]\n"
     "%3 = Mul(%2, [-1]) : int64[1]\n"
     "%4 = Concat(%3, %2) {axis=0} : int64[2]\n"},
    {17, "<n>", "%1 = Shape(x) {end=1} : int64[1]\n%2 = Squeeze(%1, [0]) : int64[]\n"},
    {11, "<n>",
     "%1 = Shape(x) : int64[4]\n"
     "%2 = Gather(%1, [0]) : int64[1]\n"
     "%3 = Squeeze(%2) {axes=[0]} : int64[]\n"},
};

/* A graph with the input x and its three symbols. */
static incir_graph *graph(uint32_t opset)
{
    static const char *const names[] = {"n", NULL, "m", "k"};
    incir_graph *g = incir_graph_new(cx, opset);
    const incsym *dims[4];
    for (size_t i = 0; i < 4; i++)
        dims[i] = names[i] ? incsym_new(g->syms, names[i], 7, 1, NULL, 0) : incsym_int(g->syms, 3);
    incir_value *x = incir_input(g, "x", INCDT_F32, 4, dims);
    incir_block_add_input(g, g->main, x);
    for (size_t i = 0; i < 4; i++) {
        if (!names[i])
            continue;
        incsym_set_origin(dims[i], x, (int)i);
        /* txt_size() finds letters among the inputs: one more for each */
        incir_block_add_input(g, g->main, incir_input(g, names[i], INCDT_F32, 1, &dims[i]));
    }
    return g;
}

static const char *nodes(incir_graph *g)
{
    incstr s = {0};
    incir_dump(g, &s);
    const char *text = incstr_text(&s);
    while (incstr_starts(text, "input"))
        text = strchr(text, '\n') + 1;
    return text;
}

START_TEST(forms)
{
    incir_graph *g = graph(cases[_i].opset);
    incir_value *v = incir_materialise(g, txt_value(g, cases[_i].sizes));
    incir_block_add_output(g, g->main, v);
    incir_verify(g);
    const char *text = nodes(g);
    ck_assert_msg(incstr_starts(text, cases[_i].nodes), "%s: %s", cases[_i].sizes, text);
    ck_assert(incstr_starts(text + strlen(cases[_i].nodes), "output"));
}
END_TEST

START_TEST(what_is_there_is_used_again)
{
    incir_graph *g = graph(17);
    incir_value *a = incir_materialise(g, txt_value(g, "{n, m*k, 2}"));
    uint32_t n = g->n_nodes;
    ck_assert_ptr_eq(incir_materialise(g, txt_value(g, "{n, m*k, 2}")), a);
    ck_assert_uint_eq(g->n_nodes, n);
    incir_materialise(g, txt_value(g, "{m*k}"));
    ck_assert_uint_eq(g->n_nodes, n);
}
END_TEST

/* An inner block reads the outer one's sizes; the outer one cannot read the inner one's. */
START_TEST(blocks)
{
    incir_graph *g = graph(17);
    incir_value *n = incir_materialise(g, txt_value(g, "{n}"));
    incir_block *outer = g->block, *inner = incir_block_new(g);
    g->block = inner;
    ck_assert_ptr_eq(incir_materialise(g, txt_value(g, "{n}")), n);
    incir_value *m = incir_materialise(g, txt_value(g, "{m}"));
    ck_assert_ptr_eq(m->producer->block, inner);
    g->block = outer;
    ck_assert_ptr_ne(incir_materialise(g, txt_value(g, "{m}")), m);
}
END_TEST

START_TEST(negative_division_rounds_down)
{
    incir_graph *g = graph(17);
    const incsym *e = incsym_floordiv(g->syms, txt_size(g, "1 - n"), txt_size(g, "2"));
    incir_materialise(g, incir_sizes(g, &e, 1));
    ck_assert_str_eq(nodes(g), "%1 = Shape(x) {end=1} : int64[1]\n"
                               "%2 = Sub([1], %1) : int64[1]\n"
                               "%3 = Mod(%2, [2]) : int64[1]\n"
                               "%4 = Sub(%2, %3) : int64[1]\n"
                               "%5 = Div(%4, [2]) : int64[1]\n");
}
END_TEST

/* The constant of a dividend lies between 0 and the divisor, so that Div alone will do. */
START_TEST(constants_leave_divisions)
{
    incir_graph *g = graph(17);
    const incsym *e = incsym_floordiv(g->syms, txt_size(g, "n - 9"), txt_size(g, "2"));
    incir_materialise(g, incir_sizes(g, &e, 1));
    ck_assert_str_eq(nodes(g), "%1 = Shape(x) {end=1} : int64[1]\n"
                               "%2 = Add(%1, [1]) : int64[1]\n"
                               "%3 = Div(%2, [2]) : int64[1]\n"
                               "%4 = Sub(%3, [5]) : int64[1]\n");
}
END_TEST

START_TEST(extremes)
{
    incir_graph *g = graph(17);
    const incsym *e = incsym_min(g->syms, txt_size(g, "n"), txt_size(g, "m"));
    incir_materialise(g, incir_sizes(g, &e, 1));
    ck_assert_msg(strstr(nodes(g), "%3 = Min(%1, %2) : int64[1]\n"), "%s", nodes(g));
    g = graph(11);
    e = incsym_max(g->syms, txt_size(g, "n"), txt_size(g, "m"));
    incir_materialise(g, incir_sizes(g, &e, 1));
    ck_assert_msg(strstr(nodes(g), "%4 = Less(%2, %3) : bool[1]\n"
                                   "%5 = Where(%4, %3, %2) : int64[1]\n"),
                  "%s", nodes(g));
}
END_TEST

/* A size that the data decided is read from the value that has it. */
START_TEST(data_dependent)
{
    incir_graph *g = graph(17);
    size_t n;
    incir_value *found = txt_emit(g, "NonZero(bool[n, 3])", &n)[0];
    incir_materialise(g, incir_sizes(g, &found->dims[1], 1));
    ck_assert_msg(strstr(nodes(g), "%2 = Shape(%1) {start=1} : int64[1]\n"), "%s", nodes(g));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("materialise");
    TCase *all = tcase_create("materialise");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_loop_test(all, forms, 0, (int)INC_COUNT(cases));
    tcase_add_test(all, what_is_there_is_used_again);
    tcase_add_test(all, blocks);
    tcase_add_test(all, negative_division_rounds_down);
    tcase_add_test(all, constants_leave_divisions);
    tcase_add_test(all, extremes);
    tcase_add_test(all, data_dependent);
    suite_add_tcase(suite, all);
    return tst_run(suite);
}
