/* SPDX-License-Identifier: Apache-2.0 */
/* A string that grows in the arena, and small helpers on C strings. Nothing here asks the locale.
 */
#ifndef INC_BASE_STR_H
#define INC_BASE_STR_H

#include "base/context.h"

typedef struct incstr {
    char *text; /* NUL-terminated once anything was added; NULL before */
    size_t n, cap;
} incstr;

void incstr_add(inccx *cx, incstr *s, const char *text);
void incstr_add_n(inccx *cx, incstr *s, const char *text, size_t n);
void incstr_addf(inccx *cx, incstr *s, const char *format, ...) INC_PRINTF(3, 4);
void incstr_addv(inccx *cx, incstr *s, const char *format, va_list args);
/* The text, "" when nothing was added. */
const char *incstr_text(const incstr *s);

bool incstr_starts(const char *text, const char *prefix);
bool incstr_ends(const char *text, const char *suffix);
bool incstr_equal_nocase(const char *a, const char *b);
/* Parses all of text[0..n) as a finite or infinite double, '.' being the point; false if it is
 * none. */
bool incstr_double(const char *text, size_t n, double *value);
/* Decimal int64 with optional '-'; false on anything else or overflow. */
bool incstr_int(const char *text, size_t n, int64_t *value);
bool incstr_is_utf8(const char *text, size_t n);
/* text itself, or a copy in which what a terminal would act on is escaped: control characters but
 * the end of a line, those that turn the direction of writing, and what is no UTF-8. NULL for NULL.
 */
const char *incstr_safe(inccx *cx, const char *text);
/* text with control characters and quotes escaped, cut at most_chars: safe to show. */
const char *incstr_shown(inccx *cx, const char *text, size_t n, size_t most_chars);

#endif
