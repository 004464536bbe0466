/* SPDX-License-Identifier: Apache-2.0 */
/* Operators of old archives. Comes in: a call as the code has it, and the archive's version; goes
 * out: the same call in today's words. A version of the archive format stands for the operators of
 * its time: div of integers truncated up to 3, full gave the default dtype up to 4, linspace and
 * logspace took None for a hundred steps up to 7 and 8. */
#include "frontend/torchscript/upgrade.h"

#include <string.h>

typedef struct call {
    incts_interp *in;
    const char *name;
    const incval *args;
    size_t n;
    const incop_keyword *keywords;
    size_t n_keywords;
} call;

static const incval *keyword_of(const call *c, const char *name)
{
    for (size_t i = 0; i < c->n_keywords; i++)
        if (strcmp(c->keywords[i].name, name) == 0)
            return &c->keywords[i].value;
    return NULL;
}

static incop_keyword *with_keyword(const call *c, const char *name, incval value, size_t *n)
{
    incop_keyword *keywords = INC_NEW_N(c->in->cx, incop_keyword, c->n_keywords + 1);
    *n = c->n_keywords;
    for (size_t i = 0; i < c->n_keywords; i++)
        keywords[i] = c->keywords[i];
    size_t at = 0;
    while (at < *n && strcmp(keywords[at].name, name) != 0)
        at++;
    keywords[at] = (incop_keyword){name, value};
    *n += at == *n;
    return keywords;
}

/* The argument at i or of that name; NULL when neither was given. */
static const incval *argument(const call *c, size_t i, const char *name)
{
    return i < c->n ? &c->args[i] : keyword_of(c, name);
}

/* The same call with another value for one argument, as of a version that needs no upgrade. */
static incval call_with(const call *c, size_t i, const char *name, incval value)
{
    incts_interp *in = c->in;
    incval *args = INC_NEW_N(in->cx, incval, c->n + 1);
    const incop_keyword *keywords = c->keywords;
    size_t n_keywords = c->n_keywords;
    if (c->args && c->n > 0)
        memcpy(args, c->args, c->n * sizeof *args);
    if (i < c->n)
        args[i] = value;
    else
        keywords = with_keyword(c, name, value, &n_keywords);
    return incts_call_current(in, c->name, args, c->n, keywords, n_keywords);
}

/* ---- div ---- */

static bool is_floating(const call *c, const incval *v, bool *is_tensor)
{
    if (!v || v->kind != INCVAL_TENSOR)
        return v && v->kind == INCVAL_FLOAT;
    const incir_value *value = incop_box_read(c->in->g, v->u.t);
    *is_tensor = true; /* integers of the language are no tensors here */
    return incdtype_is_float(value->dtype) || incdtype_is_complex(value->dtype);
}

/* div and div_ with tensors, without a rounding mode: of integers it rounded towards zero. */
static bool old_div(const call *c, incval *result)
{
    bool has_tensor = false, is_float = false;
    if (c->n > 2 || keyword_of(c, "rounding_mode"))
        return false;
    is_float = is_floating(c, argument(c, 0, "self"), &has_tensor);
    is_float = is_floating(c, argument(c, 1, "other"), &has_tensor) || is_float;
    is_float = is_floating(c, keyword_of(c, "out"), &has_tensor) || is_float;
    if (!has_tensor || is_float)
        return false;
    *result = call_with(c, SIZE_MAX, "rounding_mode", incval_str("trunc"));
    return true;
}

/* ---- what makes tensors ---- */

/* full without a dtype: the default one, whatever the value. */
static bool old_full(const call *c, incval *result)
{
    const incval *value = argument(c, 1, "fill_value"), *dtype = keyword_of(c, "dtype");
    if (!value || keyword_of(c, "out") || (dtype && dtype->kind != INCVAL_NONE))
        return false;
    incval number = incts_call_current(c->in, "aten::Float", value, 1, NULL, 0);
    *result = call_with(c, 1, "fill_value", number);
    return true;
}

static bool old_steps(const call *c, incval *result)
{
    const incval *steps = argument(c, 2, "steps");
    if (steps && steps->kind != INCVAL_NONE)
        return false;
    *result = call_with(c, 2, "steps", incval_int(incsym_int(c->in->g->syms, 100)));
    return true;
}

static const struct {
    const char *name;
    int64_t until; /* the last version of the archive that meant it so */
    bool (*run)(const call *c, incval *result);
} rows[] = {{"aten::div", 3, old_div},
            {"aten::div_", 3, old_div},
            {"aten::full", 4, old_full},
            {"aten::linspace", 7, old_steps},
            {"aten::logspace", 8, old_steps}};

bool incts_upgraded(incts_interp *in, const char *name, const incval *args, size_t n_args,
                    const incop_keyword *keywords, size_t n_keywords, incval *result)
{
    const call c = {in, name, args, n_args, keywords, n_keywords};
    for (size_t i = 0; i < INC_COUNT(rows); i++)
        if (in->archive->version <= rows[i].until && strcmp(name, rows[i].name) == 0)
            return rows[i].run(&c, result);
    return false;
}
