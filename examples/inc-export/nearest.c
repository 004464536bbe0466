/* SPDX-License-Identifier: Apache-2.0 */
/* "did you mean": the name that takes the fewest slips (a letter more, less, another, or two
 * swapped) from what was typed. */
#include "options.h"

#include <string.h>

enum { LONGEST = 64 };

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c == '_' ? '-' : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Rows of the usual table: two back, one back, this one. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][LONGEST + 1];
    size_t n = strlen(a), m = strlen(b);
    size_t *before = rows[0], *last = rows[1], *now = rows[2];

    if (n > LONGEST || m > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= m; j++)
        last[j] = before[j] = j;
    for (size_t i = 1; i <= n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t differs = lower(a[i - 1]) != lower(b[j - 1]);
            now[j] = least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + differs);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[m];
}

const char *nearest_name(const char *text, const void *names, size_t n, name_at at)
{
    size_t length = strlen(text);
    size_t nearest = 1 + (length < 3 ? 0 : length < 6 ? 1 : length < 10 ? 2 : 3);
    const char *found = NULL;

    for (size_t i = 0; i < n; i++) {
        const char *name = at(names, i);
        size_t far = name ? distance(text, name) : nearest;
        if (name && length >= 3 && strlen(name) > length && strncmp(name, text, length) == 0)
            far = least(far, 1); /* the beginning of it */
        if (far < nearest) {
            nearest = far;
            found = name;
        }
    }
    return found;
}
