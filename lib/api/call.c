/* SPDX-License-Identifier: Apache-2.0 */
/* How a public function enters the library: a context, the work, and what was raised turned into a
 * status and an error. */
#include "api/internal.h"

static inc_status report_failure(const inc_hooks *hooks, inc_error **error,
                                 const inc_failure *failure)
{
    if (error)
        *error = incapi_error_new(hooks, failure);
    return failure->status;
}

inc_status incapi_call_in(inccx *cx, inc_error **error, incapi_work work, void *data)
{
    inc_frame frame;
    if (error)
        *error = NULL;
    cx->where = (inc_where){0}; /* of an earlier call */
    cx->stage = NULL;
    if (inc_try(cx, &frame)) {
        work(cx, data);
        inc_try_end(cx, &frame);
        return INC_OK;
    }
    return report_failure(&cx->hooks, error, &cx->error);
}

inc_status incapi_call(const inc_hooks *hooks, inc_error **error, incapi_work work, void *data)
{
    inccx *cx = incapi_context(hooks, error);
    if (!cx)
        return INC_E_MEMORY;
    inc_status status = incapi_call_in(cx, error, work, data);
    inccx_free(cx);
    return status;
}

inccx *incapi_context(const inc_hooks *hooks, inc_error **error)
{
    if (error)
        *error = NULL;
    inccx *cx = inccx_new(hooks);
    if (!cx)
        report_failure(hooks, error, &(inc_failure){.status = INC_E_MEMORY});
    return cx;
}

bool incapi_allocator(const inc_allocator *allocator, inc_hooks *hooks)
{
    *hooks = (inc_hooks){0};
    if (!allocator)
        return true;
    if (allocator->struct_size < sizeof *allocator || allocator->struct_size > 4096)
        return false;
    if (!allocator->alloc != !allocator->free)
        return false;
    hooks->alloc = allocator->alloc;
    hooks->free = allocator->free;
    hooks->alloc_data = allocator->user_data;
    return true;
}

inc_status incapi_refuse(inc_error **error, inc_status status, const char *message)
{
    return report_failure(&(inc_hooks){0}, error,
                          &(inc_failure){.status = status, .message = message});
}
