/* SPDX-License-Identifier: Apache-2.0 */
/* Functions, classes, and the file around them: source text to syntax tree. */
#include "frontend/torchscript/parser.h"

#include <string.h>

/* ---- functions ---- */

static void parse_params(incts_parser *p, incts_function *f)
{
    size_t start = p->params.n;
    bool keyword_only = false;
    while (!at(p, ')')) {
        if (!keyword_only && accept(p, '*')) {
            keyword_only = true;
        } else {
            incts_param param = {
                .keyword_only = keyword_only, .line = p->token.line, .column = p->token.column};
            param.name = expect_name(p, "the name of a parameter is expected");
            if (accept(p, ':'))
                param.type = incts_parser_type(p);
            if (accept(p, '='))
                param.value = incts_parser_expr(p);
            INC_PUSH(p->cx, &p->params, param);
        }
        if (!accept(p, ','))
            break;
    }
    f->params = INCTS_TAKE(p, &p->params, start, f->n_params);
}

/* Where the body stands, for when it is called. */
struct incts_body {
    incts_parser *parser; /* of the file */
    incts_token colon;    /* in front of it */
    uint32_t *indents;    /* of the blocks around it */
    size_t n_indents;
    bool was_asked_for, is_parsed;
    incts_block block; /* once it is parsed, to stay */
};

static void postpone_body(incts_parser *p, incts_function *f)
{
    incts_lexer *lex = &p->lex;
    f->body = INC_NEW(p->cx, struct incts_body);
    f->body->parser = p;
    f->body->colon = p->token;
    f->body->n_indents = lex->indents.n;
    f->body->indents =
        inc_copy(p->cx, lex->indents.items, lex->indents.n * sizeof *lex->indents.items);
    if (at(p, ':') && incts_lex_skip_block(lex)) {
        advance(p);
        return;
    }
    f->body->block = incts_parser_block(p); /* tells what is wrong with it */
    f->body->is_parsed = true;
}

const incts_function *incts_parser_function(incts_parser *p)
{
    incts_token place = advance(p);
    incts_function *f = INC_NEW(p->cx, incts_function);
    p->n_functions++;
    f->entry = p->entry;
    f->owner = p->owner;
    f->line = place.line;
    f->column = place.column;
    f->name = expect_name(p, "the name of a function is expected");
    expect(p, '(', "\"(\" is expected");
    parse_params(p, f);
    expect(p, ')', "\",\" or \")\" is expected");
    if (accept(p, INCTS_TOK_ARROW))
        f->returns = incts_parser_type(p);
    postpone_body(p, f);
    return f;
}

static incts_block parse_body(const incts_function *f, inccx *tree)
{
    const struct incts_body *body = f->body;
    incts_parser *p = body->parser;
    incts_lexer *lex = &p->lex;
    lex->at = body->colon.text + 1;
    lex->line_start = body->colon.text - (body->colon.column - 1);
    lex->line = body->colon.line;
    lex->n_brackets = lex->n_dedents = 0;
    lex->starts_line = false;
    lex->indents.n = 0;
    for (size_t i = 0; i < body->n_indents; i++)
        INC_PUSH(p->cx, &lex->indents, body->indents[i]);
    p->token = body->colon;
    p->depth = 0; /* a body that failed to parse has left it somewhere */
    p->owner = f->owner;
    p->tree = tree;
    incts_block block = incts_parser_block(p);
    p->tree = p->cx;
    return block;
}

/* Most functions are called once. Functions inside one may be called when it has ended. */
const incts_block *incts_body_of(const incts_function *f, inccx **scratch)
{
    struct incts_body *body = f->body;
    if (scratch)
        *scratch = NULL;
    if (scratch && !body->is_parsed && !body->was_asked_for) {
        const incts_parser *p = body->parser;
        size_t n_functions = p->n_functions;
        body->was_asked_for = true;
        *scratch = inc_scratch_new(p->cx);
        const incts_block block = parse_body(f, *scratch);
        if (p->n_functions == n_functions)
            return inc_copy(*scratch, &block, sizeof block);
        inc_scratch_free(*scratch);
        *scratch = NULL;
    }
    if (!body->is_parsed)
        body->block = parse_body(f, body->parser->cx);
    body->is_parsed = true;
    return &body->block;
}

/* Adds to a map of names; each name is given once. */
static void add_named(incts_parser *p, incmap *map, const char *name, const void *value,
                      const incts_token *place)
{
    if (incmap_has_str(map, name))
        incts_parser_fail_at(p, place,
                             inc_printf(p->cx, "\"%s\" is defined twice",
                                        incstr_shown(p->cx, name, strlen(name), 80)));
    incmap_set_str(p->cx, map, name, (void *)(uintptr_t)value);
}

/* ---- classes ---- */

typedef struct class_body {
    incts_class *c;
    INC_VEC(incts_attribute) attributes;
    size_t first_method; /* on the parser's stack */
} class_body;

static void add_attribute(incts_parser *p, class_body *body, const incts_attribute *attribute)
{
    INC_PUSH(p->cx, &body->attributes, *attribute);
    end_line(p);
}

/* ["a", "b", ] */
static incts_names parse_names(incts_parser *p)
{
    incts_names names;
    size_t start = p->names.n;
    expect(p, '[', "\"[\" is expected");
    while (!at(p, ']')) {
        if (!at(p, INCTS_TOK_STRING))
            incts_parser_fail_expected(p, "a string is expected");
        const char *name = incts_unescape(&p->lex, &p->token);
        INC_PUSH(p->cx, &p->names, name);
        advance(p);
        if (!accept(p, ','))
            break;
    }
    expect(p, ']', "\",\" or \"]\" is expected");
    names.items = INCTS_TAKE(p, &p->names, start, names.n);
    return names;
}

/* Where the list of that name goes, or NULL when it is no such list. */
static incts_names *list_of_names(incts_class *c, const char *name)
{
    if (strcmp(name, "__parameters__") == 0)
        return &c->parameters;
    if (strcmp(name, "__buffers__") == 0)
        return &c->buffers;
    if (strcmp(name, "__forward_pre_hooks__") == 0)
        return &c->forward_pre_hooks;
    if (strcmp(name, "__forward_hooks__") == 0)
        return &c->forward_hooks;
    return NULL;
}

/* ": T" or ": T = value" or ": Final[T] = value", for a name that was passed. */
static void parse_typed_attribute(incts_parser *p, class_body *body, incts_attribute *attribute)
{
    attribute->type = incts_parser_type(p);
    attribute->is_constant = attribute->type->name == p->final;
    if (attribute->is_constant && attribute->type->n_args != 1)
        incts_lex_fail(&p->lex, INC_E_FORMAT, attribute->type->line, attribute->type->column,
                       "Final has %zu arguments", attribute->type->n_args);
    if (attribute->is_constant)
        attribute->type = attribute->type->args[0];
    if (accept(p, '='))
        attribute->value = incts_parser_expr_list(p);
    add_attribute(p, body, attribute);
}

/* "__annotations__ = []" says nothing; "__annotations__["0"] = T" is the attribute "0". */
static void parse_annotations(incts_parser *p, class_body *body, incts_attribute *attribute)
{
    if (accept(p, '=')) {
        parse_names(p);
        end_line(p);
        return;
    }
    expect(p, '[', "\"[\" or \"=\" is expected");
    if (!at(p, INCTS_TOK_STRING))
        incts_parser_fail_expected(p, "a string is expected");
    attribute->name = incts_unescape(&p->lex, &p->token);
    advance(p);
    expect(p, ']', "\"]\" is expected");
    expect(p, '=', "\"=\" is expected");
    parse_typed_attribute(p, body, attribute);
}

/* The value of an enum member, whose strings the printer does not escape; "=" is next. */
static const incts_expr *parse_enum_value(incts_parser *p)
{
    const char *content;
    size_t n;
    incts_token place = p->token;
    if (!incts_lex_unescaped(&p->lex, &content, &n)) {
        advance(p);
        return incts_parser_expr(p);
    }
    incts_expr *e = incts_parser_new_expr(p, INCTS_STRING, &place);
    if (memchr(content, '\0', n))
        incts_parser_fail_at(p, &place, "this string has a NUL");
    e->string = incts_intern(&p->lex, content, n);
    advance(p);
    return e;
}

static void parse_member(incts_parser *p, class_body *body)
{
    incts_class *c = body->c;
    incts_token place = p->token;
    if (at(p, INCTS_TOK_DEF)) {
        const incts_function *method = incts_parser_function(p);
        INC_PUSH(p->cx, &p->functions, method);
        add_named(p, c->method_by_name, method->name, method, &place);
        return;
    }
    if (at(p, INCTS_TOK_PASS)) {
        advance(p);
        end_line(p);
        return;
    }
    incts_attribute attribute = {.line = place.line, .column = place.column};
    attribute.name = expect_attribute_name(p); /* a module may well have one named "in" */
    incts_names *names = list_of_names(c, attribute.name);
    if (strcmp(attribute.name, "__annotations__") == 0) {
        parse_annotations(p, body, &attribute);
    } else if (names && accept(p, '=')) {
        *names = parse_names(p);
        end_line(p);
    } else if (accept(p, ':')) {
        parse_typed_attribute(p, body, &attribute);
    } else {
        if (!at(p, '='))
            incts_parser_fail_expected(p, "\":\" or \"=\" is expected");
        attribute.value = parse_enum_value(p);
        add_attribute(p, body, &attribute);
    }
}

static incts_class_kind parse_class_kind(incts_parser *p)
{
    static const struct {
        const char *name;
        incts_class_kind kind;
    } kinds[] = {
        {"Module", INCTS_CLASS_MODULE},
        {"NamedTuple", INCTS_CLASS_NAMED_TUPLE},
        {"Enum", INCTS_CLASS_ENUM},
        {"Interface", INCTS_CLASS_INTERFACE},
        {"ModuleInterface", INCTS_CLASS_MODULE_INTERFACE},
    };
    if (!accept(p, '('))
        return INCTS_CLASS_PLAIN;
    incts_token place = p->token;
    const char *name = expect_name(p, "the kind of the class is expected");
    expect(p, ')', "\")\" is expected");
    for (size_t i = 0; i < INC_COUNT(kinds); i++)
        if (strcmp(name, kinds[i].name) == 0)
            return kinds[i].kind;
    incts_parser_fail_at(p, &place,
                         "this kind of class is not known: Module, NamedTuple, Enum, Interface or "
                         "ModuleInterface is expected");
}

static const incts_class *parse_class(incts_parser *p)
{
    incts_token place = advance(p);
    incts_class *c = INC_NEW(p->cx, incts_class);
    class_body body = {.c = c, .first_method = p->functions.n};
    c->entry = p->entry;
    c->line = place.line;
    c->column = place.column;
    c->attribute_by_name = incmap_new(p->cx);
    c->method_by_name = incmap_new(p->cx);
    c->name = expect_name(p, "the name of a class is expected");
    c->kind = parse_class_kind(p);
    p->owner = c;
    open_block(p);
    if (accept(p, INCTS_TOK_INDENT)) { /* a class may have nothing in it */
        while (!at(p, INCTS_TOK_DEDENT))
            parse_member(p, &body);
        advance(p);
    }
    p->owner = NULL;
    c->methods = INCTS_TAKE(p, &p->functions, body.first_method, c->n_methods);
    c->attributes = body.attributes.items;
    c->n_attributes = body.attributes.n;
    for (size_t i = 0; i < c->n_attributes; i++) {
        const incts_attribute *a = &c->attributes[i];
        incts_token at_attribute = {.line = a->line, .column = a->column};
        add_named(p, c->attribute_by_name, a->name, a, &at_attribute);
    }
    return c;
}

/* ---- files ---- */

static bool at_word(const incts_parser *p, const char *word)
{
    return at(p, INCTS_TOK_NAME) && strcmp(p->token.name, word) == 0;
}

/* What PyTorch before 1.5 wrote first: "op_version_set = 1", which the archive's version says too,
 * and "import __torch__.a" for each file that is used, which is found when a name needs it. */
static void parse_head(incts_parser *p)
{
    if (at_word(p, "op_version_set")) {
        advance(p);
        expect(p, '=', "\"=\" is expected");
        expect(p, INCTS_TOK_INT, "a number is expected");
        end_line(p);
    }
    while (at(p, INCTS_TOK_IMPORT)) {
        advance(p);
        expect_name(p, "the name of a file is expected");
        while (accept(p, '.'))
            expect_attribute_name(p);
        end_line(p);
    }
}

const incts_file *incts_parse(inccx *cx, const char *entry, const char *text, size_t n)
{
    incts_parser *p = INC_NEW(cx, incts_parser); /* for the bodies */
    incts_parser_start(p, cx, entry, text, n);
    incts_file *file = INC_NEW(cx, incts_file);
    INC_VEC(const incts_class *) classes = {0};
    file->entry = entry;
    file->class_by_name = incmap_new(cx);
    file->function_by_name = incmap_new(cx);
    parse_head(p);
    while (!at(p, INCTS_TOK_END)) {
        incts_token place = p->token;
        if (at(p, INCTS_TOK_CLASS)) {
            const incts_class *c = parse_class(p);
            INC_PUSH(cx, &classes, c);
            add_named(p, file->class_by_name, c->name, c, &place);
        } else if (at(p, INCTS_TOK_DEF)) {
            const incts_function *f = incts_parser_function(p);
            INC_PUSH(cx, &p->functions, f);
            add_named(p, file->function_by_name, f->name, f, &place);
        } else {
            incts_parser_fail_expected(p, "a class or a function is expected");
        }
    }
    file->classes = classes.items;
    file->n_classes = classes.n;
    file->functions = p->functions.items;
    file->n_functions = p->functions.n;
    return file;
}

const incts_class *incts_find_class(const incts_file *file, const char *name)
{
    return incmap_get_str(file->class_by_name, name);
}

const incts_function *incts_find_function(const incts_file *file, const char *name)
{
    return incmap_get_str(file->function_by_name, name);
}

const incts_function *incts_find_method(const incts_class *c, const char *name)
{
    return incmap_get_str(c->method_by_name, name);
}

const incts_attribute *incts_find_attribute(const incts_class *c, const char *name)
{
    return incmap_get_str(c->attribute_by_name, name);
}
