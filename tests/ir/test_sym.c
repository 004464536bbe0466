/* SPDX-License-Identifier: Apache-2.0 */
/* Symbolic integers: equal ones are the same pointer, order where it is certain, printing. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../support/suite.h"
#include "text.h"

static inccx *cx;
static incir_graph *g;

static void set_up(void)
{
    cx = inccx_new(NULL);
    g = incir_graph_new(cx, 17);
}

static void tear_down(void)
{
    inccx_free(cx);
}

static const struct {
    const char *a, *b;
} equal[] = {
    {"n + m", "m + n"},     {"n + n", "2*n"}, {"n - n + 3", "3"},
    {"n*m*2 - m*n", "n*m"}, {"4*n/2", "2*n"}, {"6/4", "1"},
    {"n*m/n", "m"},         {"n/1", "n"},     {"n/2/3", "n/6"},
};

START_TEST(equal_is_identical)
{
    const char *a = equal[_i].a, *b = equal[_i].b;
    ck_assert_msg(txt_size(g, a) == txt_size(g, b), "%s and %s", a, b);
}
END_TEST

static const incsym *applied(const char *op, const incsym *a, const incsym *b)
{
    incsym_table *t = g->syms;
    switch (op[0]) {
    case '/':
        return incsym_floordiv(t, a, b);
    case 'c':
        return incsym_ceildiv(t, a, b);
    case '%':
        return incsym_mod(t, a, b);
    case '<':
        return incsym_min(t, a, b);
    default:
        return incsym_max(t, a, b);
    }
}

static const struct {
    const char *op, *a, *b, *text;
} operations[] = {
    {"/", "2*n + 1", "2", "n"},
    {"/", "2*n + 3", "2", "n + 1"},
    {"/", "2*n - 1", "2", "n - 1"},
    {"/", "n", "2", "floor(n/2)"},
    {"/", "n + m", "n", "floor(m/n) + 1"},
    {"/", "2*n*m + 2*n", "n*m + n", "2"},
    {"/", "n*n + n", "n + 1", "n"},
    {"/", "-7", "2", "-4"},
    {"/", "7", "-2", "-4"},
    {"/", "0", "n", "0"},
    {"c", "7", "2", "4"},
    {"c", "-7", "2", "-3"},
    {"c", "4*n", "2", "2*n"},
    {"c", "n", "2", "-floor(-n/2)"},
    {"%", "7", "3", "1"},
    {"%", "-7", "3", "2"},
    {"%", "7", "-3", "-2"},
    {"%", "4*n", "2", "0"},
    {"%", "n", "2", "n - 2*floor(n/2)"},
    {"<", "n", "n + 1", "n"},
    {"<", "n", "0", "0"},
    {"<", "n", "5", "min(n, 5)"},
    {"<", "n", "m", "min(n, m)"},
    {">", "n", "1", "n"},
    {">", "n", "2*n", "2*n"},
    {">", "n", "5", "max(n, 5)"},
};

START_TEST(operations_are_simplified)
{
    const incsym *a = txt_size(g, operations[_i].a), *b = txt_size(g, operations[_i].b);
    const incsym *e = applied(operations[_i].op, a, b);
    ck_assert_str_eq(incsym_text(g->syms, e), operations[_i].text);
    ck_assert_ptr_eq(applied(operations[_i].op, a, b), e);
}
END_TEST

static const struct {
    const char *a, *b;
    int lt, le, eq; /* 1 yes, 0 no, -1 open */
} order[] = {
    {"2", "3", 1, 1, 0},     {"3", "3", 0, 1, 1},       {"n", "n", 0, 1, 1},
    {"n", "n + 1", 1, 1, 0}, {"0", "n", 1, 1, 0},       {"1", "n", -1, 1, -1},
    {"2", "n", -1, -1, -1},  {"n", "2*n", 1, 1, 0},     {"n", "n*m", -1, -1, -1},
    {"n", "m", -1, -1, -1},  {"n - 1", "0", 0, -1, -1}, {"n/2", "0", 0, -1, -1},
};

START_TEST(order_is_what_is_certain)
{
    const incsym *a = txt_size(g, order[_i].a), *b = txt_size(g, order[_i].b);
    ck_assert_int_eq(incsym_lt(g->syms, a, b), order[_i].lt);
    ck_assert_int_eq(incsym_le(g->syms, a, b), order[_i].le);
    ck_assert_int_eq(incsym_eq(g->syms, a, b), order[_i].eq);
}
END_TEST

START_TEST(hints_follow)
{
    ck_assert_int_eq(incsym_hint(txt_size(g, "n*m + 2*n - 1")), 7 * 7 + 14 - 1);
    ck_assert_int_eq(incsym_hint(txt_size(g, "n/2")), 3);
    ck_assert_int_eq(incsym_hint(applied("<", txt_size(g, "n"), txt_size(g, "5"))), 5);
}
END_TEST

START_TEST(names_are_unique)
{
    const incsym *first = incsym_new(g->syms, "batch", 1, 1, NULL, -1);
    const incsym *second = incsym_new(g->syms, "batch", 1, 1, NULL, -1);
    ck_assert_str_eq(incsym_name(first), "batch");
    ck_assert_str_eq(incsym_name(second), "batch_1");
    ck_assert_ptr_ne(first, second);
    const incsym *last = second; /* very many of the same name cost no more each */
    for (int i = 0; i < 200000; i++)
        last = incsym_new(g->syms, "batch", 1, 1, NULL, -1);
    ck_assert_str_eq(incsym_name(last), "batch_200001");
    ck_assert_str_eq(incsym_name(incsym_new(g->syms, "batch_7", 1, 1, NULL, -1)), "batch_7_1");
}
END_TEST

/* An expression that has each part twice has a short text all the same, and another one a text of
 * its own. */
START_TEST(text_of_shared_parts_is_short)
{
    const incsym *e = txt_size(g, "n"), *before = e;
    for (int i = 0; i < 15; i++) {
        before = e;
        e = incsym_max(g->syms, incsym_floordiv(g->syms, e, txt_size(g, "m")),
                       incsym_sub(g->syms, txt_size(g, "1000"), e));
    }
    ck_assert_uint_lt(strlen(incsym_text(g->syms, e)), 5000);
    ck_assert_str_ne(incsym_text(g->syms, e), incsym_text(g->syms, before));
}
END_TEST

/* Sizes come from files: what grows without end, or does not fit, is refused. */
START_TEST(extremes_are_refused)
{
    inc_frame frame;
    volatile int raised = 0;
    const incsym *volatile e = txt_size(g, "n + m + 1");
    for (volatile int i = 0; i < 3; i++) {
        if (inc_try(cx, &frame)) {
            for (int k = 0; i == 0 && k < 100; k++)
                e = incsym_mul(g->syms, e, e);
            if (i == 1)
                incsym_floordiv(g->syms, e, incsym_int(g->syms, 0));
            if (i == 2)
                incsym_mul(g->syms, incsym_int(g->syms, INT64_MAX), incsym_int(g->syms, 2));
            inc_try_end(cx, &frame);
        } else {
            raised++;
        }
    }
    ck_assert_int_eq(raised, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sym");
    TCase *all = tcase_create("sym");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_loop_test(all, equal_is_identical, 0, (int)INC_COUNT(equal));
    tcase_add_loop_test(all, operations_are_simplified, 0, (int)INC_COUNT(operations));
    tcase_add_loop_test(all, order_is_what_is_certain, 0, (int)INC_COUNT(order));
    tcase_add_test(all, hints_follow);
    tcase_add_test(all, names_are_unique);
    tcase_add_test(all, text_of_shared_parts_is_short);
    tcase_add_test(all, extremes_are_refused);
    suite_add_tcase(suite, all);
    return tst_run(suite);
}
