/* SPDX-License-Identifier: Apache-2.0 */
/* A context for each test: tcase_add_checked_fixture(tests, set_up, tear_down). */
#ifndef INC_TESTS_CONTEXT_H
#define INC_TESTS_CONTEXT_H

#include "base/context.h"

static inccx *cx;

static void set_up(void)
{
    cx = inccx_new(NULL);
}

static void tear_down(void)
{
    inccx_free(cx);
}

#endif
