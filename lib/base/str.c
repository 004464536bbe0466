/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that grow, and looking at texts; see str.h. In: bytes, of a file as a rule. Out: text in
 * the context's arena. Numbers are read and printed without the locale. */
#include "base/str.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

void incstr_add_n(inccx *cx, incstr *s, const char *text, size_t n)
{
    if (s->cap - s->n < n + 1)
        s->text = incvec_grow(cx, s->text, 1, s->n, &s->cap, n + 1);
    if (n)
        memcpy(s->text + s->n, text, n);
    s->n += n;
    s->text[s->n] = '\0';
}

void incstr_add(inccx *cx, incstr *s, const char *text)
{
    incstr_add_n(cx, s, text, strlen(text));
}

void incstr_addv(inccx *cx, incstr *s, const char *format, va_list args)
{
    size_t room = s->cap - s->n;
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(s->text ? s->text + s->n : NULL, room, format, args);
    if (n < 0) /* more than INT_MAX characters */
        inc_raise(cx, INC_E_LIMIT, "the model makes a text of more than 2 GiB");
    if ((size_t)n >= room) {
        s->text = incvec_grow(cx, s->text, 1, s->n, &s->cap, (size_t)n + 1);
        vsnprintf(s->text + s->n, (size_t)n + 1, format, again);
    }
    va_end(again);
    s->n += (size_t)n;
}

void incstr_addf(inccx *cx, incstr *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    incstr_addv(cx, s, format, args);
    va_end(args);
}

const char *incstr_text(const incstr *s)
{
    return s->text ? s->text : "";
}

bool incstr_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool incstr_ends(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && memcmp(text + n - m, suffix, m) == 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool incstr_equal_nocase(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b))
        a++, b++;
    return lower(*a) == lower(*b);
}

bool incstr_double(const char *text, size_t n, double *value)
{
    /* strtod reads the point of the locale, so it is handed that one. */
    char buffer[64];
    if (n == 0 || n >= sizeof buffer)
        return false;
    const char *point = localeconv()->decimal_point;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (!(c >= '0' && c <= '9') && c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-')
            return false;
        buffer[i] = c == '.' && point[0] ? point[0] : c;
    }
    buffer[n] = '\0';
    char *end;
    *value = strtod(buffer, &end);
    return end == buffer + n;
}

bool incstr_int(const char *text, size_t n, int64_t *value)
{
    bool negative = n > 0 && text[0] == '-';
    size_t i = negative ? 1 : 0;
    if (i == n)
        return false;
    uint64_t magnitude = 0;
    for (; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        if (__builtin_mul_overflow(magnitude, (uint64_t)10, &magnitude) ||
            __builtin_add_overflow(magnitude, (uint64_t)(text[i] - '0'), &magnitude))
            return false;
    }
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

const char *incstr_shown(inccx *cx, const char *text, size_t n, size_t most_chars)
{
    incstr s = {0};
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (i == most_chars) {
            incstr_add(cx, &s, "...");
            break;
        }
        if (c < 0x20 || c == 0x7f || c == '"' || c == '\\')
            incstr_addf(cx, &s, "\\x%02x", c);
        else
            incstr_add_n(cx, &s, text + i, 1);
    }
    return incstr_text(&s);
}

/* The length of the character that begins there, and which it is; 0: it is no UTF-8. */
static size_t character_at(const unsigned char *p, size_t n, uint32_t *character)
{
    size_t more = p[0] < 0x80                   ? 0
                  : p[0] >= 0xc2 && p[0] < 0xe0 ? 1
                  : p[0] >= 0xe0 && p[0] < 0xf0 ? 2
                  : p[0] >= 0xf0 && p[0] < 0xf5 ? 3
                                                : 9;
    if (more >= n)
        return 0;
    uint32_t c = more == 0 ? p[0] : p[0] & (0x3fU >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3fU);
    }
    if ((more == 2 && c < 0x800) || (c >= 0xd800 && c < 0xe000) || (more == 3 && c < 0x10000) ||
        c > 0x10ffff)
        return 0;
    *character = c;
    return more + 1;
}

/* How many of n bytes are ASCII before others come, by words. */
static size_t ascii_words(const char *text, size_t n)
{
    uint64_t word;
    size_t i = 0;
    for (; n - i >= sizeof word; i += sizeof word) {
        memcpy(&word, text + i, sizeof word);
        if (word & 0x8080808080808080U)
            break;
    }
    return i;
}

bool incstr_is_utf8(const char *text, size_t n)
{
    uint32_t ignored;
    for (size_t i = ascii_words(text, n), length; i < n; i += length)
        if ((length = character_at((const unsigned char *)text + i, n - i, &ignored)) == 0)
            return false;
    return true;
}

static bool is_harmless(uint32_t c)
{
    bool control = (c < 0x20 && c != '\n') || (c >= 0x7f && c < 0xa0);
    bool turns = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                 (c >= 0x2066 && c <= 0x2069);
    return !control && !turns && c != 0x2028 && c != 0x2029;
}

const char *incstr_safe(inccx *cx, const char *text)
{
    incstr s = {0};
    size_t n = text ? strlen(text) : 0, shown = 0;
    uint32_t c = 0;
    for (size_t i = 0, length; i < n; i += length) {
        length = character_at((const unsigned char *)text + i, n - i, &c);
        if (length > 0 && is_harmless(c))
            continue;
        incstr_add_n(cx, &s, text + shown, i - shown);
        if (length > 1)
            incstr_addf(cx, &s, "\\u%04x", (unsigned)c);
        else
            incstr_addf(cx, &s, "\\x%02x", (unsigned)(unsigned char)text[i]);
        length = length > 0 ? length : 1;
        shown = i + length;
    }
    if (shown == 0)
        return text;
    incstr_add(cx, &s, text + shown);
    return incstr_text(&s);
}
