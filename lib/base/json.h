/* SPDX-License-Identifier: Apache-2.0 */
/* JSON, read into a tree in the arena.
 *
 * Integers that fit are exact. Nesting is at most INCJSON_MAX_DEPTH deep, so that a walk over a
 * tree may recurse. Of equal keys in an object the text is refused: two readers could disagree. The
 * words NaN and Infinity are numbers, as Python's json writes and reads them. */
#ifndef INC_BASE_JSON_H
#define INC_BASE_JSON_H

#include "base/context.h"

enum { INCJSON_MAX_DEPTH = 200 };

typedef enum incjson_kind {
    INCJSON_NULL,
    INCJSON_BOOL,
    INCJSON_INT,  /* fits in int64 */
    INCJSON_REAL, /* all other numbers */
    INCJSON_STRING,
    INCJSON_ARRAY,
    INCJSON_OBJECT
} incjson_kind;

typedef struct incjson incjson;
typedef struct incjson_member incjson_member;

struct incjson {
    uint32_t kind; /* incjson_kind */
    uint32_t n;    /* bytes of a string, items of an array, members of an object */
    union {
        bool boolean;
        int64_t integer;
        double real;
        const char *text; /* UTF-8 with a NUL behind; may hold NULs */
        const incjson *items;
        const incjson_member *members; /* in the order of the text */
    } as;
};

struct incjson_member {
    const char *key;
    incjson value;
};

/* Reads text, which must be one JSON value. name is what messages call it. Raises status, with line
 * and column, for what is no JSON, and INC_E_LIMIT for what is too deep or too large. */
const incjson *incjson_parse(inccx *cx, const char *text, size_t n, const char *name,
                             inc_status status);

/* A member's value; NULL when absent or when value is NULL or no object. */
const incjson *incjson_get(const incjson *value, const char *key);
/* "a number", "an object", …: for messages. */
const char *incjson_kind_name(const incjson *value);

#endif
