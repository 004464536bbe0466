/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: every spelling, blocks by indentation, strings and their escapes, what is refused. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../support/suite.h"
#include "base/str.h"
#include "frontend/torchscript/lex.h"

/* The kinds of tokens in letters, names and numbers as they are. */
static const char *lexed(inccx *cx, const char *text, size_t n)
{
    incstr s = {0};
    incts_lexer lex;
    incts_lex_start(&lex, cx, "code/test.py", text, n);
    for (;;) {
        incts_token t = incts_lex_next(&lex);
        if (s.n > 0)
            incstr_add(cx, &s, " ");
        switch (t.kind) {
        case INCTS_TOK_END:
            incstr_add(cx, &s, "$");
            return incstr_text(&s);
        case INCTS_TOK_NEWLINE:
            incstr_add(cx, &s, ";");
            break;
        case INCTS_TOK_INDENT:
            incstr_add(cx, &s, "{");
            break;
        case INCTS_TOK_DEDENT:
            incstr_add(cx, &s, "}");
            break;
        case INCTS_TOK_INT:
            incstr_add(cx, &s, "i:");
            break;
        case INCTS_TOK_FLOAT:
            incstr_add(cx, &s, "f:");
            break;
        case INCTS_TOK_IMAGINARY:
            incstr_add(cx, &s, "j:");
            break;
        case INCTS_TOK_STRING:
            incstr_addf(cx, &s, "'%s'", incts_unescape(&lex, &t));
            continue;
        default:
            if (t.kind >= INCTS_TOK_FIRST_KEYWORD)
                incstr_add(cx, &s, "k:");
        }
        if (t.kind != INCTS_TOK_NEWLINE && t.n)
            incstr_add_n(cx, &s, t.text, t.n);
    }
}

static const struct {
    const char *text, *tokens;
} good[] = {
    {"", "$"},
    {"\n\n", "$"},
    {"a", "a ; $"},
    {"a\n", "a ; $"},
    {"a\r\nb\r\n", "a ; b ; $"},
    {"a  # why\n# nothing\n   # deeper\nb", "a ; b ; $"},
    {"a\n  b\n    c\n  d\ne", "a ; { b ; { c ; } d ; } e ; $"},
    {"a\n  b\n    c", "a ; { b ; { c ; } } $"},
    {"a\n  b\n    c\n", "a ; { b ; { c ; } } $"},
    {"a\n  b\n\n \n    # no\n  c\n  ", "a ; { b ; c ; } $"},
    {"f(a,\n  b,  # c\n    c)\nd", "f ( a , b , c ) ; d ; $"},
    {"a \\\n  b\n", "a b ; $"},
    {"def defx x_1 _0 __torch__", "k:def defx x_1 _0 __torch__ ; $"},
    {"True False None Ellipsis NoneType", "k:True k:False k:None Ellipsis NoneType ; $"},
    {"is not in and or", "k:is k:not k:in k:and k:or ; $"},
    {"0 12 9223372036854775807 007", "i:0 i:12 i:9223372036854775807 i:007 ; $"},
    {"2. 0.5 .5 1e5 1e-05 1.0000000000000001e-05 1E+3",
     "f:2. f:0.5 f:.5 f:1e5 f:1e-05 f:1.0000000000000001e-05 f:1E+3 ; $"},
    {"2j 2.j 1e3j", "j:2j j:2.j j:1e3j ; $"},
    {"a-1.5", "a - f:1.5 ; $"},
    {"a.b[0:1]", "a . b [ i:0 : i:1 ] ; $"},
    {"a...b", "a ... b ; $"},
    {"-> == != <= >= << >> ** //", "-> == != <= >= << >> ** // ; $"},
    {"+= -= *= /= %= @= //= **= <<= >>= &= |= ^=",
     "+= -= *= /= %= @= //= **= <<= >>= &= |= ^= ; $"},
    {"a**-b", "a ** - b ; $"},
    {"~a @ b", "~ a @ b ; $"},
    {"'a' \"b\"", "'a' 'b' ; $"},
    {"'''a'b\nc''' \"\"\"d\"\"\"", "'a'b\nc' 'd' ; $"},
    {"'' \"\"", "'' '' ; $"},
    {"\"\\\\ \\' \\\" \\a \\b \\f \\n \\r \\t \\v\"", "'\\ ' \" \a \b \f \n \r \t \v' ; $"},
    {"\"\\001\\177\\1x\\0019\"", "'\001\177\001x\0019' ; $"},
    {"\"a\\\nb\"", "'ab' ; $"},
    {"'\xc3\xa9'  # \xc3\xa9", "'\xc3\xa9' ; $"},
};

START_TEST(spells)
{
    inccx *cx = inccx_new(NULL);
    inc_frame frame;
    if (inc_try(cx, &frame)) {
        ck_assert_str_eq(lexed(cx, good[_i].text, strlen(good[_i].text)), good[_i].tokens);
        inc_try_end(cx, &frame);
    } else {
        ck_abort_msg("%s: %s", good[_i].text, cx->error.message);
    }
    inccx_free(cx);
}
END_TEST

#define TEXT(text) text, sizeof(text) - 1

static const struct {
    const char *text;
    size_t n;
    uint32_t line, column;
    const char *message;
} bad[] = {
    {TEXT("a\n\tb"), 2, 1, "tab"},
    {TEXT("a\n    b\n  c"), 3, 3, "no open block"},
    {TEXT("a = 'b"), 1, 5, "not closed"},
    {TEXT("a = 'b\n'"), 1, 5, "not closed"},
    {TEXT("a\nb = '''c\nd"), 2, 5, "not closed"},
    {TEXT("'\\"), 1, 1, "not closed"},
    {TEXT("1x"), 1, 2, "followed by a letter"},
    {TEXT("0x10"), 1, 2, "followed by a letter"},
    {TEXT("1e"), 1, 2, "followed by a letter"},
    {TEXT("1.5jj"), 1, 5, "followed by a letter"},
    {TEXT("a ? b"), 1, 3, "byte 0x3f"},
    {TEXT("\xc3\xa9 = 1"), 1, 1, "byte 0xc3"},
    {TEXT("a \0 b"), 1, 3, "byte 0x00"},
    {TEXT("a = 'b\0c'"), 1, 5, "NUL"},
    {TEXT("a = '\\000'"), 1, 5, "NUL"},
    {TEXT("a = '\\x41'"), 1, 5, "escape"},
    {TEXT("a = '\\u0041'"), 1, 5, "escape"},
    {TEXT("a = '\\777'"), 1, 5, "octal"},
};

START_TEST(refuses)
{
    inccx *cx = inccx_new(NULL);
    inc_frame frame;
    if (inc_try(cx, &frame)) {
        lexed(cx, bad[_i].text, bad[_i].n);
        ck_abort_msg("accepted: %s", bad[_i].text);
    }
    ck_assert_int_eq(cx->error.status, INC_E_FORMAT);
    ck_assert_msg(strstr(cx->error.message, bad[_i].message) != NULL, "%s", cx->error.message);
    ck_assert_str_eq(cx->error.where.entry, "code/test.py");
    ck_assert_uint_eq(cx->error.where.line, bad[_i].line);
    ck_assert_uint_eq(cx->error.where.column, bad[_i].column);
    inccx_free(cx);
}
END_TEST

START_TEST(interns_names)
{
    inccx *cx = inccx_new(NULL);
    inc_frame frame;
    ck_assert(inc_try(cx, &frame));
    incts_lexer lex;
    const char *text = "abc abd abc";
    incts_lex_start(&lex, cx, NULL, text, strlen(text));
    const char *first = incts_lex_next(&lex).name;
    const char *second = incts_lex_next(&lex).name;
    for (int i = 0; i < 10000; i++) { /* the table grows meanwhile */
        const char *other = inc_printf(cx, "n%d", i);
        incts_intern(&lex, other, strlen(other));
    }
    ck_assert_ptr_eq(first, incts_lex_next(&lex).name);
    ck_assert_ptr_ne(first, second);
    ck_assert_str_eq(second, "abd");
    inc_try_end(cx, &frame);
    inccx_free(cx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lex");
    TCase *tc = tcase_create("lex");
    tcase_add_loop_test(tc, spells, 0, INC_COUNT(good));
    tcase_add_loop_test(tc, refuses, 0, INC_COUNT(bad));
    tcase_add_test(tc, interns_names);
    suite_add_tcase(suite, tc);
    return tst_run(suite);
}
