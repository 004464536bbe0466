/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of scales and zero points, taken apart as PyTorch's FX put them together. */
#include <check.h>
#include <stdlib.h>

#include "../support/context.h"
#include "../support/suite.h"
#include "checkpoint/fx_names.h"

static const struct {
    const char *key, *scope, *number; /* scope NULL: FX names nothing so */
    bool is_input, is_scale;
} keys[] = {
    {"conv1_input_scale_0", "conv1", "0", true, true},
    {"conv1_input_zero_point_0", "conv1", "0", true, false},
    {"layer_0_scale_12", "layer_0", "12", false, true},
    {"layer_0_zero_point_2", "layer_0", "2", false, false},
    {"conv1.scale", NULL, NULL, false, false},
    {"conv1_scale_", NULL, NULL, false, false},
    {"conv1_scales_0", NULL, NULL, false, false},
    {"0", NULL, NULL, false, false},
    {"", NULL, NULL, false, false},
};

START_TEST(keys_are_taken_apart)
{
    incckpt_fx_name name;
    bool is_one = incckpt_fx_name_parse(cx, keys[_i].key, &name);
    ck_assert_int_eq(is_one, keys[_i].scope != NULL);
    if (!is_one)
        return;
    ck_assert_str_eq(name.scope, keys[_i].scope);
    ck_assert_str_eq(name.number, keys[_i].number);
    ck_assert_int_eq(name.is_input, keys[_i].is_input);
    ck_assert_int_eq(name.is_scale, keys[_i].is_scale);
}
END_TEST

START_TEST(paths_are_made_flat)
{
    ck_assert_str_eq(incckpt_flat(cx, "layer.0.lin"), "layer_0_lin");
    ck_assert_str_eq(incckpt_fx_key(cx, "layer.0", 2), "layer_0#2");
    ck_assert_str_eq(incckpt_without_wrappers(cx, "fc.module.weight"), "fc.weight");
    ck_assert_str_eq(incckpt_without_wrappers(cx, "modules.weight"), "modules.weight");
    ck_assert_str_eq(incckpt_scope_around(cx, "layer.0.lin"), "layer.0");
    ck_assert_str_eq(incckpt_scope_around(cx, "lin"), "");
}
END_TEST

/* A scope counts on when its number is there, or always. */
START_TEST(scopes_count_for_themselves)
{
    int first = 1, second = 2;
    incmap *table = incmap_new(cx);
    incmap_set_str(cx, table, "a#0", &first);
    incmap_set_str(cx, table, "a#2", &second);
    incckpt_fx_counters counters = incckpt_fx_counters_new(cx);
    ck_assert_ptr_eq(incckpt_fx_next(&counters, counters.functions, table, "a", false), &first);
    ck_assert_ptr_null(incckpt_fx_next(&counters, counters.functions, table, "a", false));
    ck_assert_ptr_null(incckpt_fx_next(&counters, counters.functions, table, "a", true));
    ck_assert_ptr_eq(incckpt_fx_next(&counters, counters.functions, table, "a", false), &second);
    ck_assert_ptr_null(incckpt_fx_next(&counters, counters.functions, table, "b", true));
    ck_assert_ptr_eq(incckpt_fx_next(&counters, counters.inputs, table, "a", false), &first);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fx_names");
    TCase *tests = tcase_create("names");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, keys_are_taken_apart, 0, (int)INC_COUNT(keys));
    tcase_add_test(tests, paths_are_made_flat);
    tcase_add_test(tests, scopes_count_for_themselves);
    suite_add_tcase(suite, tests);
    return tst_run(suite);
}
