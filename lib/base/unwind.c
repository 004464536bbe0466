/* SPDX-License-Identifier: Apache-2.0 */
/* Frames, and the way up to the nearest one. Nothing here allocates, so that running out of memory
 * or over a limit can be raised from everywhere. */
#include <stdlib.h>

#include "base/context_internal.h"

void inccx_run_deferred_above(inccx *cx, size_t n)
{
    while (cx->n_deferred > n) {
        inc_deferred d = cx->deferred[--cx->n_deferred];
        d.run(d.data);
    }
}

void inccx_unwind(inccx *cx)
{
    cx = cx->of;
    inc_frame *frame = cx->frame;
    if (!frame)
        abort(); /* our own mistake: work outside any inc_try() */
    inccx_run_deferred_above(cx, frame->n_deferred);
    cx->frame = frame->outer;
    cx->nesting = frame->nesting;
    longjmp(frame->jump, 1);
}

void inccx_raise_memory(inccx *cx)
{
    cx = cx->of;
    cx->error =
        (inc_failure){.status = INC_E_MEMORY, .message = "out of memory", .stage = cx->stage};
    inccx_unwind(cx);
}

void inccx_raise_limit(inccx *cx, const char *hint)
{
    cx = cx->of;
    cx->error = (inc_failure){.status = INC_E_LIMIT,
                              .message = cx->limit_text,
                              .hint = hint,
                              .stage = cx->stage,
                              .where = cx->where};
    inccx_unwind(cx);
}

void inc_try_begin(inccx *cx, inc_frame *frame)
{
    cx = cx->of;
    frame->outer = cx->frame;
    frame->n_deferred = cx->n_deferred;
    frame->nesting = cx->nesting;
    if (!cx->frame)
        cx->stack_begin = inccx_stack_top();
    cx->frame = frame;
}

void inc_try_end(inccx *cx, inc_frame *frame)
{
    cx = cx->of;
    cx->frame = frame->outer;
}

void inc_raise_again(inccx *cx)
{
    inccx_unwind(cx);
}
