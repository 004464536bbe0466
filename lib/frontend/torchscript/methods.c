/* SPDX-License-Identifier: Apache-2.0 */
/* Which method of the module is the model. Comes in: the module's class as it was parsed, and the
 * name asked for; goes out: the method, or an error that lists the methods with their arguments. */
#include "frontend/torchscript/methods.h"

#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "frontend/torchscript/parse.h"
#include "frontend/torchscript/types.h"

enum { MOST_LISTED = 20 };

static bool is_exported(const incts_function *f)
{
    return !incstr_starts(f->name, "__");
}

static const char *signature_of(inccx *cx, const incts_function *f)
{
    incstr text = {0};
    incstr_addf(cx, &text, "%s(", f->name);
    for (size_t i = 1; i < f->n_params; i++) { /* 0 is self */
        const incts_param *p = &f->params[i];
        incstr_addf(cx, &text, "%s%s", i == 1 ? "" : ", ", p->name);
        if (p->type)
            incstr_addf(cx, &text, ": %s", incts_type_text(cx, p->type));
        if (p->value)
            incstr_addf(cx, &text, " = ...");
    }
    incstr_addf(cx, &text, ")");
    return incstr_text(&text);
}

const char *const *incts_methods(inccx *cx, const incts_class *c, size_t *n)
{
    INC_VEC(const char *) texts = {0};
    for (size_t i = 0; i < c->n_methods; i++)
        if (is_exported(c->methods[i]))
            INC_PUSH(cx, &texts, signature_of(cx, c->methods[i]));
    *n = texts.n;
    return texts.items;
}

static const char *listed(inccx *cx, const incts_class *c, size_t *n)
{
    incstr list = {0};
    const char *const *texts = incts_methods(cx, c, n);
    for (size_t i = 0; i < *n && i < MOST_LISTED; i++)
        incstr_addf(cx, &list, "%s%s", i == 0 ? "" : ", ",
                    incstr_shown(cx, texts[i], strlen(texts[i]), 200));
    if (*n > MOST_LISTED)
        incstr_addf(cx, &list, " and %zu more", *n - MOST_LISTED);
    return incstr_text(&list);
}

const incts_function *incts_choose_method(inccx *cx, const incts_class *c, const char *class_name,
                                          const char *wanted)
{
    const char *name = wanted ? wanted : "forward";
    const incts_function *f = c ? incts_find_method(c, name) : NULL;
    size_t n = 0;
    if (f && (is_exported(f) || wanted == NULL) && f->n_params > 0)
        return f;
    const char *list = c ? listed(cx, c, &n) : "";
    const char *shown = incstr_shown(cx, name, strlen(name), 80);
    if (n == 0)
        inc_raise_hint(cx, wanted ? INC_E_ARGUMENT : INC_E_FORMAT,
                       "save a module that has a forward() or methods with @torch.jit.export",
                       "the model's class %s has no method %s, and none at all", class_name, shown);
    inc_raise_hint(cx, INC_E_ARGUMENT, "choose one of them: set method to its name",
                   "the model's class %s has no method %s; it has %s", class_name, shown, list);
}
