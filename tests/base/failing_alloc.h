/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a piece of work again and again, each time with one allocation failing, the first, the
 * second, …, until it comes through (from the three-hundredth on, not each); each failure must be
 * raised and leave nothing behind. */
#ifndef TESTS_BASE_FAILING_ALLOC_H
#define TESTS_BASE_FAILING_ALLOC_H

#include "base/context.h"

/* Returns how many allocations the work makes. Fails the Check test that runs it otherwise. */
int failing_alloc_run(void (*work)(inccx *cx, void *data), void *data);

#endif
