/* SPDX-License-Identifier: Apache-2.0 */
/* best_configure.yaml: what yaml.dump writes, and what nobody should. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../support/suite.h"
#include "base/str.h"
#include "checkpoint/internal.h"

static const incpkl_value *read_text(inccx *cx, const char *text)
{
    return incckpt_read_yaml(cx, incfile_borrow(cx, text, strlen(text), "best_configure.yaml"));
}

START_TEST(values_are_those_of_python)
{
    static const char text[] = "a: 1\nb: 0.5\nc: null\nd: true\ne: 'no'\nf: x y\n"
                               "g:\n  ? !!python/tuple\n  - conv\n  - Conv2d\n  : [1, -2]\n"
                               "h: &id001 {k: 1e-05}\ni: *id001\nj: ''\nk: !!python/tuple []\n";
    static const incpkl_kind kinds[] = {INCPKL_INT,    INCPKL_FLOAT,  INCPKL_NONE, INCPKL_BOOL,
                                        INCPKL_STRING, INCPKL_STRING, INCPKL_DICT, INCPKL_DICT,
                                        INCPKL_DICT,   INCPKL_STRING, INCPKL_TUPLE};
    inccx *cx = inccx_new(NULL);
    inc_frame frame;
    ck_assert_ptr_nonnull(cx);
    if (!inc_try(cx, &frame))
        ck_abort_msg("%s", cx->error.message);
    const incpkl_dict *d = read_text(cx, text)->as.dict;
    ck_assert_uint_eq(d->n, INC_COUNT(kinds));
    for (size_t i = 0; i < d->n; i++)
        ck_assert_int_eq(d->pairs[i].value->kind, kinds[i]);
    ck_assert_int_eq(d->pairs[0].value->as.integer, 1);
    ck_assert_double_eq(d->pairs[1].value->as.real, 0.5);
    ck_assert(incpkl_is_string(d->pairs[4].value, "no"));
    const incpkl_pair *op = &d->pairs[6].value->as.dict->pairs[0];
    ck_assert_int_eq(op->key->kind, INCPKL_TUPLE);
    ck_assert(incpkl_is_string(op->key->as.items.items[1], "Conv2d"));
    ck_assert_int_eq(op->value->as.items.items[1]->as.integer, -2);
    ck_assert_ptr_eq(d->pairs[7].value, d->pairs[8].value);
    ck_assert_double_eq(d->pairs[7].value->as.dict->pairs[0].value->as.real, 1e-05);
    inc_try_end(cx, &frame);
    inccx_free(cx);
}
END_TEST

static const struct {
    const char *text; /* NULL: deeper than anybody nests */
    inc_status status;
    const char *part;
} refused[] = {
    {"", INC_E_FORMAT, "does not hold"},
    {"- a\n- b\n", INC_E_FORMAT, "does not hold"},
    {"a: [1, 2\n", INC_E_FORMAT, "best_configure.yaml:"},
    {"a: *nothing\n", INC_E_FORMAT, "best_configure.yaml:1: an alias of nothing"},
    {"a: &x [*x]\n", INC_E_FORMAT, "alias of nothing"},
    {"a: 1\n---\nb: 2\n", INC_E_FORMAT, "a second document"},
    {"a: !!python/object/apply:os.system [ls]\n", INC_E_FORMAT, "an object of Python"},
    {"a: !!python/name:os.system ''\n", INC_E_FORMAT, "an object of Python"},
    {"a: \"\\0\"\n", INC_E_FORMAT, "a NUL"},
    {NULL, INC_E_LIMIT, "nested more than"},
};

START_TEST(refuses_with_words)
{
    inccx *cx = inccx_new(NULL);
    inc_frame frame;
    char deep[4096] = "a: ";
    const char *text = refused[_i].text;
    ck_assert_ptr_nonnull(cx);
    if (!text) {
        memset(deep + 3, '[', 100);
        text = deep;
    }
    if (inc_try(cx, &frame)) {
        read_text(cx, text);
        ck_abort_msg("row %d is read", _i);
    }
    ck_assert_int_eq(cx->error.status, refused[_i].status);
    ck_assert_msg(strstr(cx->error.message, refused[_i].part) != NULL, "%s", cx->error.message);
    inccx_free(cx);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("yaml");
    TCase *c = tcase_create("yaml");
    tcase_add_test(c, values_are_those_of_python);
    tcase_add_loop_test(c, refuses_with_words, 0, (int)(sizeof refused / sizeof *refused));
    suite_add_tcase(s, c);
    return tst_run(s);
}
