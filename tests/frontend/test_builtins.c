/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the language's own operators: each is searched by halves, so it has to be sorted.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../support/suite.h"
#include "frontend/torchscript/builtins.h"

static const incts_builtins *const tables[] = {
    &incts_builtins_compare, &incts_builtins_number, &incts_builtins_text,
    &incts_builtins_list,    &incts_builtins_rest,
};

START_TEST(rows_are_sorted)
{
    const incts_builtins *table = tables[_i];
    ck_assert_uint_gt(table->n, 0);
    for (size_t i = 1; i < table->n; i++)
        ck_assert_msg(strcmp(table->rows[i - 1].name, table->rows[i].name) <= 0,
                      "%s stands before %s", table->rows[i - 1].name, table->rows[i].name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("builtins");
    TCase *tcase = tcase_create("builtins");
    tcase_add_loop_test(tcase, rows_are_sorted, 0, (int)INC_COUNT(tables));
    suite_add_tcase(suite, tcase);
    return tst_run(suite);
}
