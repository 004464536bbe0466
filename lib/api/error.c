/* SPDX-License-Identifier: Apache-2.0 */
/* The error object: what was raised, copied into one block that the caller owns. */
#include "incexport/error.h"

#include <stdlib.h>
#include <string.h>

#include "api/internal.h"
#include "base/str.h"

struct inc_error {
    inc_status status;
    uint32_t line, column;
    const char *message;
    const char *reason, *hint, *stage, *entry, *python, *op, *scope;
    const inc_unsupported *unsupported;
    size_t n_unsupported;
    void (*free)(void *memory, void *user_data); /* NULL: static, never freed */
    void *free_data;
};

/* What is given where there is no memory for more: of each status one. */
#define WITHOUT_MEMORY(s, text) [-(s)] = {.status = (s), .message = (text), .reason = (text)}
static const inc_error without_memory[] = {
    WITHOUT_MEMORY(INC_E_MEMORY, "out of memory"),
    WITHOUT_MEMORY(INC_E_ARGUMENT, "an argument is wrong, and there is no memory to say which"),
    WITHOUT_MEMORY(INC_E_ABI, "a struct is of another version of the library"),
    WITHOUT_MEMORY(INC_E_IO, "a file cannot be read, and there is no memory to say why"),
    WITHOUT_MEMORY(INC_E_FORMAT, "the model is damaged, and there is no memory to say where"),
    WITHOUT_MEMORY(INC_E_UNSUPPORTED, "the model has something that cannot be exported"),
    WITHOUT_MEMORY(INC_E_LIMIT, "the model goes beyond a limit"),
    WITHOUT_MEMORY(INC_E_INPUT, "the example inputs do not fit the model"),
    WITHOUT_MEMORY(INC_E_OUTPUT, "the result cannot be written"),
    WITHOUT_MEMORY(INC_E_CANCELLED, "cancelled by the application"),
    WITHOUT_MEMORY(INC_E_INTERNAL, "a fault of the library"),
};

static inc_error *static_error(inc_status status)
{
    union {
        const inc_error *in;
        inc_error *out;
    } cast = {&without_memory[status < 0 && -status < (inc_status)INC_COUNT(without_memory)
                                  ? -status
                                  : -INC_E_INTERNAL]};
    return cast.out;
}

/* "net.py:87 (code/net.py:41:12): aten::x in head.warp: " as far as it is known. */
static void add_place(inccx *cx, incstr *line, const inc_where *where)
{
    const char *inner = "";
    if (where->entry) {
        inner = where->entry;
        if (where->line)
            inner = where->column ? inc_printf(cx, "%s:%u:%u", inner, (unsigned)where->line,
                                               (unsigned)where->column)
                                  : inc_printf(cx, "%s:%u", inner, (unsigned)where->line);
    }
    if (where->python && *inner)
        incstr_addf(cx, line, "%s (%s): ", where->python, inner);
    else if (where->python || *inner)
        incstr_addf(cx, line, "%s: ", where->python ? where->python : inner);
    if (where->op)
        incstr_add(cx, line, where->op);
    if (where->scope && *where->scope)
        incstr_addf(cx, line, "%s%s", where->op ? " in " : "in ", where->scope);
    if (where->op || (where->scope && *where->scope))
        incstr_add(cx, line, ": ");
}

const char *incapi_failure_line(inccx *cx, const inc_failure *failure)
{
    incstr line = {0};
    add_place(cx, &line, &failure->where);
    incstr_add(cx, &line, failure->message ? failure->message : inc_status_name(failure->status));
    return incstr_text(&line);
}

/* ---- from failure to object ---- */

static size_t size_of(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *place(char **next, const char *text)
{
    if (!text)
        return NULL;
    char *copy = *next;
    size_t n = size_of(text);
    memcpy(copy, text, n);
    *next += n;
    return copy;
}

/* What the items' texts take. */
static size_t size_of_lacking(const inc_failure *f)
{
    size_t size = 0;
    for (size_t i = 0; i < f->n_lacking; i++) {
        const inc_lacking *m = &f->lacking[i];
        size += sizeof(inc_unsupported) + size_of(m->message) + size_of(m->hint) +
                size_of(m->where.op) + size_of(m->where.python) + size_of(m->where.entry) +
                size_of(m->where.scope);
    }
    return size;
}

static void place_lacking(inc_error *error, inc_unsupported *items, char **next,
                          const inc_failure *f)
{
    for (size_t i = 0; i < f->n_lacking; i++) {
        const inc_lacking *m = &f->lacking[i];
        items[i] = (inc_unsupported){.struct_size = sizeof(inc_unsupported),
                                     .op = place(next, m->where.op),
                                     .reason = place(next, m->message),
                                     .hint = place(next, m->hint),
                                     .python = place(next, m->where.python),
                                     .entry = place(next, m->where.entry),
                                     .scope = place(next, m->where.scope),
                                     .count = m->count,
                                     .line = m->where.line,
                                     .column = m->where.column};
    }
    error->unsupported = items;
    error->n_unsupported = f->n_lacking;
}

/* Texts of the file in it must do nothing to a terminal. */
static inc_failure safe_failure(inccx *cx, const inc_failure *f)
{
    inc_failure safe = *f;
    safe.message = incstr_safe(cx, f->message);
    safe.hint = incstr_safe(cx, f->hint);
    safe.where.entry = incstr_safe(cx, f->where.entry);
    safe.where.python = incstr_safe(cx, f->where.python);
    safe.where.op = incstr_safe(cx, f->where.op);
    safe.where.scope = incstr_safe(cx, f->where.scope);
    return safe;
}

static inc_error *copy_error(const inc_hooks *hooks, const inc_failure *f, const char *message)
{
    const inc_where *w = &f->where;
    size_t size = sizeof(inc_error) + size_of(message) + size_of(f->message) + size_of(f->hint) +
                  size_of(f->stage) + size_of(w->entry) + size_of(w->python) + size_of(w->op) +
                  size_of(w->scope) + size_of_lacking(f);
    inc_error *error = hooks->alloc(size, hooks->alloc_data);
    if (!error)
        return static_error(f->status);
    inc_unsupported *items = (inc_unsupported *)(error + 1);
    char *next = (char *)(items + f->n_lacking);
    *error = (inc_error){.status = f->status,
                         .line = w->line,
                         .column = w->column,
                         .free = hooks->free,
                         .free_data = hooks->alloc_data};
    error->message = place(&next, message);
    error->reason = place(&next, f->message);
    error->hint = place(&next, f->hint);
    error->stage = place(&next, f->stage);
    error->entry = place(&next, w->entry);
    error->python = place(&next, w->python);
    error->op = place(&next, w->op);
    error->scope = place(&next, w->scope);
    place_lacking(error, items, &next, f);
    return error;
}

static void *plain_alloc(size_t size, void *user_data)
{
    (void)user_data;
    return malloc(size);
}

static void plain_free(void *memory, void *user_data)
{
    (void)user_data;
    free(memory);
}

inc_error *incapi_error_new(const inc_hooks *hooks, const inc_failure *failure)
{
    inc_hooks h = *hooks;
    if (!h.alloc || !h.free) {
        h.alloc = plain_alloc;
        h.free = plain_free;
    }
    if (failure->status == INC_E_MEMORY)
        return static_error(failure->status);
    /* The line needs an arena for a moment; the failed one may have reached its limit. */
    inc_error *volatile error = static_error(failure->status);
    inccx *cx =
        inccx_new(&(inc_hooks){.alloc = h.alloc, .free = h.free, .alloc_data = h.alloc_data});
    inc_frame frame;
    if (cx && inc_try(cx, &frame)) {
        const inc_failure safe = safe_failure(cx, failure);
        error = copy_error(&h, &safe, incapi_failure_line(cx, &safe));
        inc_try_end(cx, &frame);
    }
    inccx_free(cx);
    return error;
}

/* ---- accessors ---- */

inc_status inc_error_code(const inc_error *error)
{
    return error ? error->status : INC_OK;
}

const char *inc_error_message(const inc_error *error)
{
    return error ? error->message : "";
}

const char *inc_error_reason(const inc_error *error)
{
    return error ? error->reason : NULL;
}

const char *inc_error_hint(const inc_error *error)
{
    return error ? error->hint : NULL;
}

const char *inc_error_stage(const inc_error *error)
{
    return error ? error->stage : NULL;
}

const char *inc_error_entry(const inc_error *error)
{
    return error ? error->entry : NULL;
}

uint32_t inc_error_line(const inc_error *error)
{
    return error ? error->line : 0;
}

uint32_t inc_error_column(const inc_error *error)
{
    return error ? error->column : 0;
}

const char *inc_error_python(const inc_error *error)
{
    return error ? error->python : NULL;
}

const char *inc_error_operator(const inc_error *error)
{
    return error ? error->op : NULL;
}

const char *inc_error_scope(const inc_error *error)
{
    return error ? error->scope : NULL;
}

size_t inc_error_n_unsupported(const inc_error *error)
{
    return error ? error->n_unsupported : 0;
}

const inc_unsupported *inc_error_unsupported(const inc_error *error, size_t i)
{
    return i < inc_error_n_unsupported(error) ? &error->unsupported[i] : NULL;
}

void inc_error_free(inc_error *error)
{
    if (error && error->free)
        error->free(error, error->free_data);
}

const char *inc_status_name(inc_status status)
{
    static const char *const names[] = {
        "INC_OK",      "INC_E_MEMORY", "INC_E_ARGUMENT",    "INC_E_ABI",
        "INC_E_IO",    "INC_E_FORMAT", "INC_E_UNSUPPORTED", "INC_E_LIMIT",
        "INC_E_INPUT", "INC_E_OUTPUT", "INC_E_CANCELLED",   "INC_E_INTERNAL"};
    if (status > 0 || status <= -(inc_status)INC_COUNT(names))
        return "unknown status";
    return names[-status];
}
