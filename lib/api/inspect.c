/* SPDX-License-Identifier: Apache-2.0 */
/* What can be said of a model without exporting it, as its front end describes it. */
#include "api/internal.h"

const incfe_description *incapi_inspect(inccx *cx, incarc *archive, const char *method)
{
    incfe_description *facts = INC_NEW(cx, incfe_description);
    const inc_where before = cx->where;
    const incfe_frontend *frontend = incfe_frontend_of(archive);
    facts->method = method;
    if (frontend)
        frontend->describe(cx, archive, facts);
    cx->where = before;
    return facts;
}

bool incapi_is_quantized(inccx *cx, incarc *archive)
{
    const incfe_frontend *frontend = incfe_frontend_of(archive);
    const inc_where before = cx->where;
    bool is_quantized = frontend && frontend->is_quantized(cx, archive);
    cx->where = before;
    return is_quantized;
}
