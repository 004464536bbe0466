/* SPDX-License-Identifier: Apache-2.0 */
/* Types: "Dict[str, List[Tensor]]", in source text and alone. */
#include "frontend/torchscript/parser.h"

#include <string.h>

#include "frontend/torchscript/types.h"

static const char *parse_dotted_name(incts_parser *p, const char *expected)
{
    const char *name;
    if (at(p, INCTS_TOK_NONE))
        return advance(p).name;
    name = expect_name(p, expected);
    if (!at(p, '.'))
        return name;
    p->path.n = 0;
    incstr_add(p->cx, &p->path, name);
    while (accept(p, '.')) {
        incstr_add(p->cx, &p->path, ".");
        incstr_add(p->cx, &p->path, expect_attribute_name(p));
    }
    return incts_intern(&p->lex, p->path.text, p->path.n);
}

static void check_type_args(incts_parser *p, const incts_type *type, const incts_token *place)
{
    size_t least = 0, most = 0;
    switch (type->kind) {
    case INCTS_TYPE_OPTIONAL:
    case INCTS_TYPE_LIST:
    case INCTS_TYPE_FUTURE:
    case INCTS_TYPE_AWAIT:
    case INCTS_TYPE_RREF:
        least = most = 1;
        break;
    case INCTS_TYPE_DICT:
        least = most = 2;
        break;
    case INCTS_TYPE_UNION:
        least = 1;
        most = SIZE_MAX;
        break;
    case INCTS_TYPE_TUPLE:
    case INCTS_TYPE_OTHER:
        most = SIZE_MAX;
        break;
    default:
        break;
    }
    if (type->n_args < least || type->n_args > most)
        incts_lex_fail(&p->lex, INC_E_FORMAT, place->line, place->column,
                       "the type %s has %zu arguments",
                       incstr_shown(p->cx, type->name, strlen(type->name), 80), type->n_args);
}

/* Behind "[". */
static void parse_type_args(incts_parser *p, incts_type *type)
{
    size_t start = p->types.n;
    if (at(p, '(') && type->kind == INCTS_TYPE_TUPLE) { /* Tuple[()] */
        advance(p);
        expect(p, ')', "\")\" is expected");
    } else {
        do {
            if (at(p, ']'))
                break;
            const incts_type *arg = incts_parser_type(p);
            INC_PUSH(p->cx, &p->types, arg);
            if (arg->depth >= type->depth)
                type->depth = arg->depth + 1;
        } while (accept(p, ','));
    }
    expect(p, ']', "\",\" or \"]\" is expected");
    type->args = INCTS_TAKE(p, &p->types, start, type->n_args);
}

const incts_type *incts_parser_type(incts_parser *p)
{
    enter(p);
    incts_token place = p->token;
    incts_type *type = INC_NEW(p->cx, incts_type);
    type->name = parse_dotted_name(p, "a type is expected");
    type->kind = incts_type_kind_of(type->name);
    type->depth = 1;
    type->line = place.line;
    type->column = place.column;
    if (accept(p, '['))
        parse_type_args(p, type);
    check_type_args(p, type, &place);
    leave(p);
    return type;
}

const incts_type *incts_parse_type(inccx *cx, const char *text)
{
    inc_frame frame;
    if (inc_try(cx, &frame)) {
        incts_parser p;
        incts_parser_start(&p, cx, NULL, text, strlen(text));
        const incts_type *type = incts_parser_type(&p);
        accept(&p, INCTS_TOK_NEWLINE);
        if (!at(&p, INCTS_TOK_END))
            incts_parser_fail_expected(&p, "the end of the type is expected");
        inc_try_end(cx, &frame);
        return type;
    }
    if (cx->error.status == INC_E_MEMORY)
        inc_raise_again(cx);
    inc_raise(cx, cx->error.status, "the type \"%s\": %s",
              incstr_shown(cx, text, strlen(text), 200), cx->error.message);
}
