/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs of tests written with Check begin and end with. */
#ifndef INC_TESTS_SUITE_H
#define INC_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

static inline int tst_end(SRunner *runner)
{
    srunner_run_all(runner, CK_ENV);
    int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Runs the suite, each test in a process of its own, and frees it; gives what main() returns. */
static inline int tst_run(Suite *suite)
{
    return tst_end(srunner_create(suite));
}

/* The same in one process: threads of a runtime do not survive a fork. */
static inline int tst_run_unforked(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    return tst_end(runner);
}

#endif
