/* SPDX-License-Identifier: Apache-2.0 */
/* Failures with a message, and what has to be done on the way of a raise. */
#include <string.h>

#include "base/context_internal.h"

static void raise_with(inccx *cx, inc_status status, const char *hint,
                       const char *message) INC_NORETURN;
static void raise_with(inccx *cx, inc_status status, const char *hint, const char *message)
{
    cx = cx->of;
    cx->error = (inc_failure){
        .status = status, .message = message, .hint = hint, .stage = cx->stage, .where = cx->where};
    inccx_unwind(cx);
}

void inc_raise_lacking(inccx *cx, inc_status status, const inc_lacking *items, size_t n,
                       const char *message)
{
    cx->error = (inc_failure){.status = status,
                              .message = message,
                              .hint = n > 0 ? items[0].hint : NULL,
                              .stage = cx->stage,
                              .where = cx->where,
                              .lacking = items,
                              .n_lacking = n};
    inccx_unwind(cx);
}

void inc_raise(inccx *cx, inc_status status, const char *format, ...)
{
    cx = cx->of; /* where the message outlives a scratch */
    va_list args;
    va_start(args, format);
    char *message = inc_vprintf(cx, format, args);
    va_end(args);
    raise_with(cx, status, NULL, message);
}

void inc_raise_hint(inccx *cx, inc_status status, const char *hint, const char *format, ...)
{
    cx = cx->of;
    va_list args;
    va_start(args, format);
    char *message = inc_vprintf(cx, format, args);
    va_end(args);
    raise_with(cx, status, hint, message);
}

void inc_defer(inccx *cx, void (*run)(void *data), void *data)
{
    if (cx->n_deferred == cx->cap_deferred) {
        inc_frame frame;
        size_t cap = cx->cap_deferred ? cx->cap_deferred * 2 : 8;
        inc_deferred *grown;
        if (inc_try(cx, &frame)) {
            grown = INC_NEW_N(cx, inc_deferred, cap);
            inc_try_end(cx, &frame);
        } else { /* no room to remember it: clean up at once, so that nothing leaks */
            run(data);
            inc_raise_again(cx);
        }
        if (cx->n_deferred)
            memcpy(grown, cx->deferred, cx->n_deferred * sizeof *grown);
        cx->deferred = grown;
        cx->cap_deferred = cap;
    }
    cx->deferred[cx->n_deferred++] = (inc_deferred){run, data};
}

void inc_undefer(inccx *cx, void *data)
{
    for (size_t i = cx->n_deferred; i-- > 0;)
        if (cx->deferred[i].data == data) {
            inc_deferred d = cx->deferred[i];
            cx->n_deferred--;
            memmove(&cx->deferred[i], &cx->deferred[i + 1],
                    (cx->n_deferred - i) * sizeof cx->deferred[0]);
            d.run(d.data);
            return;
        }
}
