/* SPDX-License-Identifier: Apache-2.0 */
/* What goes to the application's callbacks: lines of the log, warnings, progress. */
#include <string.h>

#include "base/context.h"
#include "base/str.h"

void inc_log(inccx *cx, inc_level level, const char *format, ...)
{
    if (!cx->hooks.log)
        return;
    va_list args;
    va_start(args, format);
    const char *line = incstr_safe(cx, inc_vprintf(cx, format, args));
    va_end(args);
    cx->hooks.log(level, line, cx->hooks.log_data);
}

void inc_log_account(inccx *cx)
{
    inc_log(
        cx, INCCX_DEBUG, "took %llu of %llu million units of work, %llu of %llu KiB of memory",
        (unsigned long long)(cx->work / 1000000), (unsigned long long)(cx->work_limit / 1000000),
        (unsigned long long)(cx->peak_memory >> 10), (unsigned long long)(cx->memory_limit >> 10));
}

/* " (in layer1.conv, code/__torch__/net.py:41)", or "". */
static const char *place(inccx *cx)
{
    const inc_where *w = &cx->where;
    bool has_scope = w->scope && w->scope[0];
    if (!w->entry && !has_scope)
        return "";
    const char *line = w->entry && w->line ? inc_printf(cx, ":%u", w->line) : "";
    return inc_printf(cx, " (%s%s%s%s%s)", has_scope ? "in " : "", has_scope ? w->scope : "",
                      has_scope && w->entry ? ", " : "", w->entry ? w->entry : "", line);
}

static void warn(inccx *cx, const char *text)
{
    const char *line = incstr_safe(cx, inc_printf(cx, "%s%s", text, place(cx)));
    for (size_t i = 0; i < cx->n_warnings; i++)
        if (strcmp(cx->warnings[i], line) == 0)
            return;
    enum { MOST_WARNINGS = 200 };
    if (cx->n_warnings == MOST_WARNINGS)
        return;
    if (cx->n_warnings == cx->cap_warnings) {
        size_t cap = cx->cap_warnings ? cx->cap_warnings * 2 : 8;
        const char **grown = INC_NEW_N(cx, const char *, cap);
        if (cx->n_warnings)
            memcpy(grown, cx->warnings, cx->n_warnings * sizeof *grown);
        cx->warnings = grown;
        cx->cap_warnings = cap;
    }
    cx->warnings[cx->n_warnings++] = line;
    if (cx->hooks.log)
        cx->hooks.log(INCCX_WARNING, line, cx->hooks.log_data);
}

void inc_warn(inccx *cx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = inc_vprintf(cx, format, args);
    va_end(args);
    warn(cx, text);
}

void inc_guess(inccx *cx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = inc_vprintf(cx, format, args);
    va_end(args);
    if (cx->is_strict)
        inc_raise_hint(cx, INC_E_UNSUPPORTED,
                       "leave the size as it is in the example, rewrite what decides on it, or "
                       "export without strict",
                       "%s", text);
    warn(cx, text);
}

void inc_note(inccx *cx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = inc_vprintf(cx, format, args);
    va_end(args);
    inc_log(cx, INCCX_INFO, "%s%s", text, place(cx));
}

void inc_progress(inccx *cx, const char *stage, uint64_t done, uint64_t total)
{
    if (cx->hooks.progress && cx->hooks.progress(stage, done, total, cx->hooks.progress_data) != 0)
        inc_raise(cx, INC_E_CANCELLED, "cancelled by the application");
}
