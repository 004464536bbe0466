/* SPDX-License-Identifier: Apache-2.0 */
/* Prints (op child …); what is absent prints as _. */
#include "print_ast.h"

#include <string.h>

#include "frontend/torchscript/parse.h"
#include "frontend/torchscript/types.h"

static const char *const op_text[] = {
    [INCTS_OP_NEG] = "neg",     [INCTS_OP_POS] = "pos",   [INCTS_OP_NOT] = "not",
    [INCTS_OP_INVERT] = "inv",  [INCTS_OP_ADD] = "+",     [INCTS_OP_SUB] = "-",
    [INCTS_OP_MUL] = "*",       [INCTS_OP_DIV] = "/",     [INCTS_OP_FLOORDIV] = "//",
    [INCTS_OP_MOD] = "%",       [INCTS_OP_MATMUL] = "@",  [INCTS_OP_POW] = "**",
    [INCTS_OP_LSHIFT] = "<<",   [INCTS_OP_RSHIFT] = ">>", [INCTS_OP_BITAND] = "&",
    [INCTS_OP_BITOR] = "|",     [INCTS_OP_BITXOR] = "^",  [INCTS_OP_LT] = "<",
    [INCTS_OP_LE] = "<=",       [INCTS_OP_GT] = ">",      [INCTS_OP_GE] = ">=",
    [INCTS_OP_EQ] = "==",       [INCTS_OP_NE] = "!=",     [INCTS_OP_IS] = "is",
    [INCTS_OP_IS_NOT] = "isnt", [INCTS_OP_IN] = "in",     [INCTS_OP_NOT_IN] = "notin",
    [INCTS_OP_AND] = "and",     [INCTS_OP_OR] = "or",
};

static void print_or_gap(inccx *cx, incstr *s, const incts_expr *e)
{
    incstr_add(cx, s, " ");
    if (e)
        print_expr(cx, s, e);
    else
        incstr_add(cx, s, "_");
}

static void print_exprs(inccx *cx, incstr *s, const incts_expr *const *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        print_or_gap(cx, s, items[i]);
}

static void print_string(inccx *cx, incstr *s, const char *text)
{
    incstr_addf(cx, s, "\"%s\"", incstr_shown(cx, text, strlen(text), 1000));
}

static void print_typed(inccx *cx, incstr *s, const incts_expr *e, const char *name)
{
    incstr_addf(cx, s, "(%s", name);
    for (size_t i = 0; i < e->typed.n_types; i++)
        incstr_addf(cx, s, " %s", incts_type_text(cx, e->typed.types[i]));
    if (e->typed.value)
        print_or_gap(cx, s, e->typed.value);
    incstr_add(cx, s, ")");
}

static void print_call(inccx *cx, incstr *s, const incts_expr *e)
{
    incstr_add(cx, s, "(call");
    print_or_gap(cx, s, e->call.callee);
    print_exprs(cx, s, e->call.args, e->call.n_args);
    for (size_t i = 0; i < e->call.n_keywords; i++) {
        incstr_addf(cx, s, " %s=", e->call.keywords[i].name);
        print_expr(cx, s, e->call.keywords[i].value);
    }
    incstr_add(cx, s, ")");
}

static void print_dict(inccx *cx, incstr *s, const incts_expr *e)
{
    incstr_add(cx, s, "(dict");
    for (size_t i = 0; i < e->dict.n; i++) {
        print_or_gap(cx, s, e->dict.keys[i]);
        incstr_add(cx, s, ":");
        print_expr(cx, s, e->dict.values[i]);
    }
    incstr_add(cx, s, ")");
}

static void print_items(inccx *cx, incstr *s, const incts_expr *e, const char *name)
{
    incstr_addf(cx, s, "(%s", name);
    print_exprs(cx, s, e->items, e->n_items);
    incstr_add(cx, s, ")");
}

void print_expr(inccx *cx, incstr *s, const incts_expr *e)
{
    switch ((incts_expr_kind)e->kind) {
    case INCTS_NAME:
        incstr_add(cx, s, e->name);
        return;
    case INCTS_PATH:
        incstr_addf(cx, s, "<%s>", e->name);
        return;
    case INCTS_INT:
        incstr_addf(cx, s, "%lld", (long long)e->number.i);
        return;
    case INCTS_FLOAT:
        incstr_addf(cx, s, "%.17gf", e->number.f);
        return;
    case INCTS_IMAGINARY:
        incstr_addf(cx, s, "%.17gj", e->number.f);
        return;
    case INCTS_STRING:
        print_string(cx, s, e->string);
        return;
    case INCTS_TRUE:
        incstr_add(cx, s, "True");
        return;
    case INCTS_FALSE:
        incstr_add(cx, s, "False");
        return;
    case INCTS_NONE:
        incstr_add(cx, s, "None");
        return;
    case INCTS_ELLIPSIS:
        incstr_add(cx, s, "...");
        return;
    case INCTS_UNARY:
    case INCTS_BINARY:
        incstr_addf(cx, s, "(%s", op_text[e->op]);
        print_or_gap(cx, s, e->left);
        if (e->right)
            print_or_gap(cx, s, e->right);
        incstr_add(cx, s, ")");
        return;
    case INCTS_TERNARY:
        incstr_add(cx, s, "(if");
        print_or_gap(cx, s, e->ternary.condition);
        print_or_gap(cx, s, e->ternary.yes);
        print_or_gap(cx, s, e->ternary.no);
        incstr_add(cx, s, ")");
        return;
    case INCTS_ATTRIBUTE:
        incstr_add(cx, s, "(.");
        print_or_gap(cx, s, e->attribute.object);
        incstr_addf(cx, s, " %s)", e->attribute.name);
        return;
    case INCTS_SUBSCRIPT:
        incstr_add(cx, s, "(at");
        print_or_gap(cx, s, e->subscript.object);
        print_or_gap(cx, s, e->subscript.index);
        incstr_add(cx, s, ")");
        return;
    case INCTS_SLICE:
        incstr_add(cx, s, "(slice");
        print_or_gap(cx, s, e->slice.lower);
        print_or_gap(cx, s, e->slice.upper);
        print_or_gap(cx, s, e->slice.step);
        incstr_add(cx, s, ")");
        return;
    case INCTS_CALL:
        print_call(cx, s, e);
        return;
    case INCTS_LIST:
        print_items(cx, s, e, "list");
        return;
    case INCTS_TUPLE:
        print_items(cx, s, e, "tuple");
        return;
    case INCTS_DICT:
        print_dict(cx, s, e);
        return;
    case INCTS_STARRED:
        incstr_add(cx, s, "(star");
        print_or_gap(cx, s, e->left);
        incstr_add(cx, s, ")");
        return;
    case INCTS_ANNOTATE:
        print_typed(cx, s, e, "annotate");
        return;
    case INCTS_UNCHECKED_CAST:
        print_typed(cx, s, e, "cast");
        return;
    case INCTS_UNINITIALIZED:
        print_typed(cx, s, e, "uninitialized");
        return;
    case INCTS_ISINSTANCE:
        print_typed(cx, s, e, "isinstance");
        return;
    }
}

static void print_assign(inccx *cx, incstr *s, const incts_stmt *t)
{
    incstr_add(cx, s, t->assign.trailing_comma ? "unpack" : "=");
    print_exprs(cx, s, t->assign.targets, t->assign.n_targets);
    if (t->assign.type)
        incstr_addf(cx, s, " : %s", incts_type_text(cx, t->assign.type));
    incstr_add(cx, s, " <-");
    print_or_gap(cx, s, t->assign.value);
}

static void print_with(inccx *cx, incstr *s, const incts_stmt *t)
{
    incstr_add(cx, s, "with");
    for (size_t i = 0; i < t->with.n_items; i++) {
        print_or_gap(cx, s, t->with.items[i].value);
        if (t->with.items[i].name)
            incstr_addf(cx, s, " as %s", t->with.items[i].name);
    }
    print_block(cx, s, &t->with.body);
}

static void print_stmt(inccx *cx, incstr *s, const incts_stmt *t)
{
    incstr_add(cx, s, "(");
    switch ((incts_stmt_kind)t->kind) {
    case INCTS_ASSIGN:
        print_assign(cx, s, t);
        break;
    case INCTS_AUGMENTED:
        incstr_addf(cx, s, "%s=", op_text[t->op]);
        print_or_gap(cx, s, t->augmented.target);
        print_or_gap(cx, s, t->augmented.value);
        break;
    case INCTS_EXPR:
        incstr_add(cx, s, "do");
        print_or_gap(cx, s, t->value);
        break;
    case INCTS_IF:
        incstr_add(cx, s, "if");
        print_or_gap(cx, s, t->branch.condition);
        print_block(cx, s, &t->branch.then);
        print_block(cx, s, &t->branch.otherwise);
        break;
    case INCTS_WHILE:
        incstr_add(cx, s, "while");
        print_or_gap(cx, s, t->loop.condition);
        print_block(cx, s, &t->loop.body);
        break;
    case INCTS_FOR:
        incstr_add(cx, s, "for");
        print_exprs(cx, s, t->each.targets, t->each.n_targets);
        incstr_add(cx, s, " in");
        print_or_gap(cx, s, t->each.iterable);
        print_block(cx, s, &t->each.body);
        break;
    case INCTS_WITH:
        print_with(cx, s, t);
        break;
    case INCTS_DEF:
        print_function(cx, s, t->function);
        break;
    case INCTS_RETURN:
        incstr_add(cx, s, "return");
        print_or_gap(cx, s, t->value);
        break;
    case INCTS_RAISE:
        incstr_add(cx, s, "raise");
        print_or_gap(cx, s, t->value);
        break;
    case INCTS_ASSERT:
        incstr_add(cx, s, "assert");
        print_or_gap(cx, s, t->assertion.condition);
        print_or_gap(cx, s, t->assertion.message);
        break;
    case INCTS_DELETE:
        incstr_add(cx, s, "del");
        print_exprs(cx, s, t->items, t->n_items);
        break;
    case INCTS_PASS:
        incstr_add(cx, s, "pass");
        break;
    case INCTS_BREAK:
        incstr_add(cx, s, "break");
        break;
    case INCTS_CONTINUE:
        incstr_add(cx, s, "continue");
        break;
    }
    incstr_add(cx, s, ")");
}

void print_block(inccx *cx, incstr *s, const incts_block *block)
{
    incstr_add(cx, s, " {");
    for (size_t i = 0; i < block->n; i++)
        print_stmt(cx, s, block->items[i]);
    incstr_add(cx, s, "}");
}

void print_function(inccx *cx, incstr *s, const incts_function *f)
{
    bool is_starred = false;
    incstr_addf(cx, s, "def %s(", f->name);
    for (size_t i = 0; i < f->n_params; i++) {
        const incts_param *p = &f->params[i];
        incstr_add(cx, s, i ? ", " : "");
        if (p->keyword_only && !is_starred)
            incstr_add(cx, s, "*, ");
        is_starred = p->keyword_only;
        incstr_add(cx, s, p->name);
        if (p->type)
            incstr_addf(cx, s, ": %s", incts_type_text(cx, p->type));
        if (p->value) {
            incstr_add(cx, s, "=");
            print_expr(cx, s, p->value);
        }
    }
    incstr_addf(cx, s, ") -> %s", f->returns ? incts_type_text(cx, f->returns) : "_");
    print_block(cx, s, incts_body_of(f, NULL));
}

static void print_names(inccx *cx, incstr *s, const char *label, const incts_names *names)
{
    if (names->n == 0)
        return;
    incstr_addf(cx, s, " %s", label);
    for (size_t i = 0; i < names->n; i++) {
        incstr_add(cx, s, " ");
        print_string(cx, s, names->items[i]);
    }
    incstr_add(cx, s, ";");
}

void print_class(inccx *cx, incstr *s, const incts_class *c)
{
    static const char *const kinds[] = {
        [INCTS_CLASS_PLAIN] = "class",         [INCTS_CLASS_MODULE] = "module",
        [INCTS_CLASS_NAMED_TUPLE] = "tuple",   [INCTS_CLASS_ENUM] = "enum",
        [INCTS_CLASS_INTERFACE] = "interface", [INCTS_CLASS_MODULE_INTERFACE] = "moduleinterface",
    };
    incstr_addf(cx, s, "%s %s {", kinds[c->kind], c->name);
    print_names(cx, s, "parameters", &c->parameters);
    print_names(cx, s, "buffers", &c->buffers);
    print_names(cx, s, "pre", &c->forward_pre_hooks);
    print_names(cx, s, "hooks", &c->forward_hooks);
    for (size_t i = 0; i < c->n_attributes; i++) {
        const incts_attribute *a = &c->attributes[i];
        incstr_addf(cx, s, " %s%s: %s", a->is_constant ? "const " : "", a->name,
                    a->type ? incts_type_text(cx, a->type) : "_");
        if (a->value)
            print_or_gap(cx, s, a->value);
        incstr_add(cx, s, ";");
    }
    for (size_t i = 0; i < c->n_methods; i++) {
        incstr_add(cx, s, " ");
        print_function(cx, s, c->methods[i]);
        incstr_add(cx, s, ";");
    }
    incstr_add(cx, s, " }");
}

void print_file(inccx *cx, incstr *s, const incts_file *file)
{
    for (size_t i = 0; i < file->n_classes; i++)
        print_class(cx, s, file->classes[i]);
    for (size_t i = 0; i < file->n_functions; i++)
        print_function(cx, s, file->functions[i]);
}
