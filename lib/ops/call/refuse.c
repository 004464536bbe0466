/* SPDX-License-Identifier: Apache-2.0 */
/* Refusing a call: what the operator cannot do, or not in this opset. */
#include <stdarg.h>

#include "ops/call/schema.h"

void incop_unsupported(incop_call *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = inc_vprintf(c->cx, format, args);
    va_end(args);
    inc_raise(c->cx, INC_E_UNSUPPORTED, "%s: %s", c->schema->name, what);
}

void incop_needs_opset(incop_call *c, uint32_t opset, const char *what)
{
    if (incir_has_opset(c->g, opset))
        return;
    inc_raise_hint(c->cx, INC_E_UNSUPPORTED,
                   inc_printf(c->cx, "export with opset %u or above", opset),
                   "%s%s%s needs opset %u, asked for %u", c->schema->name, what ? " with " : "",
                   what ? what : "", opset, c->g->opset);
}
