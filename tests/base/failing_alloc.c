/* SPDX-License-Identifier: Apache-2.0 */
#include "failing_alloc.h"

#include <check.h>
#include <stdlib.h>

typedef struct counter {
    int until_failure; /* -1: never */
    int made, live;
} counter;

static void *count_alloc(size_t size, void *user_data)
{
    counter *c = user_data;
    if (c->until_failure == 0)
        return NULL;
    if (c->until_failure > 0)
        c->until_failure--;
    void *memory = malloc(size);
    ck_assert_ptr_nonnull(memory);
    c->made++;
    c->live++;
    return memory;
}

static void count_free(void *memory, void *user_data)
{
    counter *c = user_data;
    if (memory)
        c->live--;
    free(memory);
}

/* True when the work came through. */
static bool run_once(counter *c, void (*work)(inccx *cx, void *data), void *data)
{
    const inc_hooks hooks = {.alloc = count_alloc, .free = count_free, .alloc_data = c};
    inccx *cx = inccx_new(&hooks);
    if (!cx)
        return false;
    inc_frame frame;
    volatile bool done = false;
    if (inc_try(cx, &frame)) {
        work(cx, data);
        inc_try_end(cx, &frame);
        done = true;
    } else {
        ck_assert_msg(cx->error.status == INC_E_MEMORY && c->until_failure == 0,
                      "allocation %d failed and this was raised: %s", c->made + 1,
                      cx->error.message);
    }
    inccx_free(cx);
    return done;
}

int failing_alloc_run(void (*work)(inccx *cx, void *data), void *data)
{
    /* Where every block is an allocation there are thousands: later ones are then sampled. */
    for (int n = 0;; n += n < 300 ? 1 : n / 16) {
        counter c = {.until_failure = n};
        bool done = run_once(&c, work, data);
        ck_assert_msg(c.live == 0, "%d allocations are left when allocation %d fails", c.live,
                      n + 1);
        if (done)
            return c.made;
        ck_assert_int_lt(n, 100000);
    }
}
