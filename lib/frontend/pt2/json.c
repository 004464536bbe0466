/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the parts of a program's JSON: each is of the kind that the schema says, or the file is
 * refused with the name of the part. */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "frontend/pt2/internal.h"

static const char *const kind_names[] = {"null",     "true or false", "a number", "a number",
                                         "a string", "an array",      "an object"};

static void wrong(inccx *cx, const char *what, const char *wanted,
                  const incjson *found) INC_NORETURN;
static void wrong(inccx *cx, const char *what, const char *wanted, const incjson *found)
{
    inc_raise(cx, INC_E_FORMAT, "%s is %s, where %s was expected", what, incjson_kind_name(found),
              wanted);
}

const incjson *incpt2_maybe(inccx *cx, const incjson *object, const char *key, incjson_kind kind)
{
    const incjson *v = incjson_get(object, key);
    if (!v || v->kind == INCJSON_NULL)
        return NULL;
    if (v->kind != (uint32_t)kind)
        wrong(cx, key, kind_names[kind], v);
    return v;
}

const incjson *incpt2_need(inccx *cx, const incjson *object, const char *key, incjson_kind kind)
{
    const incjson *v = incpt2_maybe(cx, object, key, kind);
    if (!v)
        inc_raise(cx, INC_E_FORMAT, "%s is missing", key);
    return v;
}

const char *incpt2_text(inccx *cx, const incjson *value, const char *what)
{
    if (!value || value->kind != INCJSON_STRING)
        wrong(cx, what, "a string", value);
    if (strlen(value->as.text) != value->n)
        inc_raise(cx, INC_E_FORMAT, "%s holds a zero byte", what);
    return value->as.text;
}

const char *incpt2_need_text(inccx *cx, const incjson *object, const char *key)
{
    return incpt2_text(cx, incpt2_need(cx, object, key, INCJSON_STRING), key);
}

int64_t incpt2_int(inccx *cx, const incjson *value, const char *what)
{
    if (!value || value->kind != INCJSON_INT)
        wrong(cx, what, "an integer", value);
    return value->as.integer;
}

bool incpt2_bool(inccx *cx, const incjson *value, const char *what)
{
    if (!value || value->kind != INCJSON_BOOL)
        wrong(cx, what, "true or false", value);
    return value->as.boolean;
}

double incpt2_float(inccx *cx, const incjson *value, const char *what)
{
    if (value && value->kind == INCJSON_REAL)
        return value->as.real;
    if (value && value->kind == INCJSON_INT)
        return (double)value->as.integer;
    if (value && value->kind == INCJSON_STRING) {
        if (strcmp(value->as.text, "Infinity") == 0)
            return (double)INFINITY;
        if (strcmp(value->as.text, "-Infinity") == 0)
            return -(double)INFINITY;
        if (strcmp(value->as.text, "NaN") == 0)
            return (double)NAN;
    }
    wrong(cx, what, "a number", value);
}

const incjson *incpt2_union(inccx *cx, const incjson *value, const char *what, const char **tag)
{
    const incjson_member *found = NULL;
    if (!value || value->kind != INCJSON_OBJECT)
        wrong(cx, what, "an object", value);
    for (uint32_t i = 0; i < value->n; i++) {
        const incjson_member *m = &value->as.members[i];
        if (m->value.kind == INCJSON_NULL)
            continue;
        if (found)
            inc_raise(cx, INC_E_FORMAT, "%s has both %s and %s, where one was expected", what,
                      incstr_shown(cx, found->key, strlen(found->key), 40),
                      incstr_shown(cx, m->key, strlen(m->key), 40));
        found = m;
    }
    if (!found)
        inc_raise(cx, INC_E_FORMAT, "%s is empty", what);
    *tag = found->key;
    return &found->value;
}

/* ---- enumerations ---- */

incdtype incpt2_dtype(inccx *cx, int64_t number)
{
    static const int8_t types[] = {
        [0] = -1,
        [1] = INCDT_U8,
        [2] = INCDT_I8,
        [3] = INCDT_I16,
        [4] = INCDT_I32,
        [5] = INCDT_I64,
        [6] = INCDT_F16,
        [7] = INCDT_F32,
        [8] = INCDT_F64,
        [9] = INCDT_C32,
        [10] = INCDT_C64,
        [11] = INCDT_C128,
        [12] = INCDT_BOOL,
        [13] = INCDT_BF16,
        [28] = INCDT_U16,
        [29] = INCDT_F8E4M3FN,
        [30] = INCDT_F8E5M2,
        [31] = INCDT_F8E4M3FNUZ,
        [32] = INCDT_F8E5M2FNUZ,
        [34] = INCDT_U32,
        [35] = INCDT_U64,
    };
    if (number < 1 || (size_t)number >= INC_COUNT(types) || (number > 13 && !types[number]))
        inc_raise(cx, INC_E_UNSUPPORTED, "the element type number %lld is not known",
                  (long long)number);
    return (incdtype)types[number];
}

int64_t incpt2_memory_format(inccx *cx, int64_t number)
{
    static const int64_t formats[] = {-1, 0, 2, 3, 1};
    if (number < 1 || (size_t)number >= INC_COUNT(formats))
        inc_raise(cx, INC_E_UNSUPPORTED, "the memory format number %lld is not known",
                  (long long)number);
    return formats[number];
}

int64_t incpt2_layout(inccx *cx, int64_t number)
{
    static const int64_t layouts[] = {-1, 1, 2, 4, 5, 6, 3, 0};
    if (number < 1 || (size_t)number >= INC_COUNT(layouts))
        inc_raise(cx, INC_E_UNSUPPORTED, "the layout number %lld is not known", (long long)number);
    return layouts[number];
}

const char *incpt2_python_line(inccx *cx, const incjson *node)
{
    const incjson *trace = incjson_get(incjson_get(node, "metadata"), "stack_trace");
    const char *found = NULL;
    if (!trace || trace->kind != INCJSON_STRING)
        return NULL;
    for (const char *at = trace->as.text; (at = strstr(at, "File \"")) != NULL;) {
        const char *file = at + strlen("File \"");
        size_t n = strcspn(file, "\"\n");
        const char *number = file + n;
        at = number;
        if (!incstr_starts(number, "\", line "))
            continue;
        number += strlen("\", line ");
        size_t digits = strspn(number, "0123456789");
        int64_t line;
        if (incstr_int(number, digits, &line) && !incfe_is_library_file(file, n))
            found = incfe_python_place(cx, file, n, (uint64_t)line);
    }
    return found;
}
