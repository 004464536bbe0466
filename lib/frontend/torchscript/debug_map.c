/* SPDX-License-Identifier: Apache-2.0 */
/* The pickle of a .debug_pkl is
 *     ("FORMAT_WITH_STRING_TABLE", (string, …), (record, …))
 * or, from old versions, (record, …) alone. A record is (offset, (source, start, end), tag): from
 * that byte of the .py on, text came from there, up to the next record. A source is (text, file
 * name, number of its first line); with the table, text is a list of numbers of strings, and the
 * file name such a number. For a scripted function the text is the Python source, and start points
 * into it. For a trace the text is the Python stack, "file(line): function" on each line, the
 * innermost first; the file name and number are those of its first line. */
#include "frontend/torchscript/debug_map.h"

#include <string.h>

#include "archive/pickle.h"
#include "base/str.h"
#include "base/vec.h"
#include "frontend/common.h"

typedef struct record {
    uint64_t offset;
    const incpkl_value *source;
    uint64_t start;
} record;

struct incts_debug_map {
    const incpkl_items *strings; /* NULL: the form without table */
    INC_VEC(record) records;     /* by offset */
    INC_VEC(uint32_t) lines;     /* where each line of the source starts */
    size_t n_source;
};

typedef struct text {
    const char *bytes;
    size_t n;
} text;

/* ---- reading -------------------------------------------------------------------------------- */

/* A tuple of at least n items, or NULL. */
static const incpkl_items *tuple_of(const incpkl_value *value, size_t n)
{
    return value && value->kind == INCPKL_TUPLE && value->as.items.n >= n ? &value->as.items : NULL;
}

static bool is_count(const incpkl_value *value, uint64_t *number)
{
    int64_t n;
    if (!incpkl_is_int(value, &n) || n < 0)
        return false;
    *number = (uint64_t)n;
    return true;
}

static bool read_record(inccx *cx, incts_debug_map *map, const incpkl_value *value)
{
    record r = {0};
    const incpkl_items *fields = tuple_of(value, 2);
    const incpkl_items *range = fields ? tuple_of(fields->items[1], 3) : NULL;
    if (!range || !tuple_of(range->items[0], 3) || !is_count(fields->items[0], &r.offset) ||
        !is_count(range->items[1], &r.start))
        return false;
    if (map->records.n && r.offset < map->records.items[map->records.n - 1].offset)
        return false;
    r.source = range->items[0];
    INC_PUSH(cx, &map->records, r);
    return true;
}

static bool read_records(inccx *cx, incts_debug_map *map, const incpkl_value *root)
{
    const incpkl_items *records = tuple_of(root, 0);
    if (!records)
        return false;
    if (records->n == 3 && incpkl_is_string(records->items[0], "FORMAT_WITH_STRING_TABLE")) {
        map->strings = tuple_of(records->items[1], 0);
        records = tuple_of(records->items[2], 0);
        if (!map->strings || !records)
            return false;
    }
    for (size_t i = 0; i < records->n; i++)
        if (!read_record(cx, map, records->items[i]))
            return false;
    return true;
}

static void find_lines(inccx *cx, incts_debug_map *map, const char *source, size_t n)
{
    map->n_source = n;
    INC_PUSH(cx, &map->lines, 0);
    for (size_t i = 0; i < n && i < UINT32_MAX - 1; i++)
        if (source[i] == '\n')
            INC_PUSH(cx, &map->lines, (uint32_t)i + 1);
}

const incts_debug_map *incts_debug_map_load(inccx *cx, const char *entry, const void *bytes,
                                            uint64_t size, const char *source, size_t n_source)
{
    const inc_failure error = cx->error; /* the one that is about to give its line */
    const inc_where where = cx->where;
    incts_debug_map *volatile map = NULL;
    inc_frame frame;
    if (inc_try(cx, &frame)) {
        const incpkl_options options = {.entry = entry};
        incts_debug_map *fresh = INC_NEW(cx, incts_debug_map);
        if (read_records(cx, fresh, incpkl_load(cx, bytes, size, &options))) {
            find_lines(cx, fresh, source, n_source);
            map = fresh;
        }
        inc_try_end(cx, &frame);
    } else {
        map = NULL;
        if (cx->error.status == INC_E_MEMORY)
            inc_raise_again(cx);
    }
    cx->error = error;
    cx->where = where;
    return map;
}

/* ---- sources -------------------------------------------------------------------------------- */

static bool text_of(const incts_debug_map *map, const incpkl_value *value, text *t)
{
    uint64_t number;
    if (map->strings) {
        if (!is_count(value, &number) || number >= map->strings->n)
            return false;
        value = map->strings->items[number];
    }
    if (!value || value->kind != INCPKL_STRING)
        return false;
    *t = (text){value->as.text.bytes, value->as.text.n};
    return true;
}

/* The part i of a source's text; false past the last. */
static bool part_of(const incts_debug_map *map, const incpkl_value *source, size_t i, text *part)
{
    const incpkl_value *parts = source->as.items.items[0];
    if (!map->strings)
        return i == 0 && text_of(map, parts, part);
    return parts->kind == INCPKL_LIST && i < parts->as.items.n &&
           text_of(map, parts->as.items.items[i], part);
}

/* Cuts the next line, without its end, off rest; false when there is none. */
static bool cut_line(text *rest, text *line)
{
    if (rest->n == 0)
        return false;
    const char *end = memchr(rest->bytes, '\n', rest->n);
    *line = (text){rest->bytes, end ? (size_t)(end - rest->bytes) : rest->n};
    size_t cut = line->n + (end ? 1 : 0);
    *rest = (text){rest->bytes + cut, rest->n - cut};
    return true;
}

/* How many lines end before the byte start of a source's text. */
static uint64_t lines_before(const incts_debug_map *map, const incpkl_value *source, uint64_t start)
{
    uint64_t n = 0;
    text part;
    for (size_t i = 0; start > 0 && part_of(map, source, i, &part); i++) {
        size_t most = start < part.n ? (size_t)start : part.n;
        for (size_t j = 0; j < most; j++)
            n += part.bytes[j] == '\n';
        start -= most;
    }
    return n;
}

/* ---- files and stacks ----------------------------------------------------------------------- */

static bool same_char(char a, char b)
{
    return a == b || (a == '\\' && b == '/'); /* paths may be those of Windows */
}

/* Where pattern first stands in t, or NULL. */
static const char *find(text t, const char *pattern)
{
    size_t n = strlen(pattern);
    for (size_t i = 0; i + n <= t.n; i++) {
        size_t j = 0;
        while (j < n && same_char(t.bytes[i + j], pattern[j]))
            j++;
        if (j == n)
            return t.bytes + i;
    }
    return NULL;
}

/* Splits "file(line): function". */
static bool split_frame(text frame, text *file, uint64_t *line)
{
    const char *close = find(frame, "): ");
    if (!close)
        return false;
    const char *digits = close;
    while (digits > frame.bytes && digits[-1] >= '0' && digits[-1] <= '9')
        digits--;
    int64_t number;
    if (digits - frame.bytes < 2 || digits[-1] != '(' ||
        !incstr_int(digits, (size_t)(close - digits), &number) || number <= 0)
        return false;
    *file = (text){frame.bytes, (size_t)(digits - 1 - frame.bytes)};
    *line = (uint64_t)number;
    return true;
}

/* Whether a source is a stack: its first line is the place that it says it begins at. */
static bool is_stack(const incts_debug_map *map, const incpkl_value *source, text name,
                     uint64_t first_line)
{
    text rest, frame, file;
    uint64_t line;
    return part_of(map, source, 0, &rest) && cut_line(&rest, &frame) &&
           split_frame(frame, &file, &line) && line == first_line && file.n == name.n &&
           memcmp(file.bytes, name.bytes, name.n) == 0;
}

/* The innermost frame that is the user's and was called by the tracer; where there is none, the
 * innermost of code that was generated, as FX does ("<eval_with_key>.5"). */
static bool find_user_frame(const incts_debug_map *map, const incpkl_value *source, text *file,
                            uint64_t *line)
{
    text rest, frame, found;
    uint64_t number;
    bool is_generated = false;
    for (size_t i = 0; part_of(map, source, i, &rest); i++)
        while (cut_line(&rest, &frame)) {
            if (!split_frame(frame, &found, &number))
                continue;
            if (find(found, "/torch/jit/_trace.py"))
                return is_generated; /* what follows called the tracer */
            bool generated = found.bytes[0] == '<';
            if (incfe_is_library_file(found.bytes, found.n) || (generated && is_generated))
                continue;
            *file = found;
            *line = number;
            if (!generated)
                return true;
            is_generated = true;
        }
    return is_generated;
}

static const char *resolve(inccx *cx, const incts_debug_map *map, const record *r, bool *is_library)
{
    const incpkl_items *fields = &r->source->as.items;
    text file;
    uint64_t line;
    if (!text_of(map, fields->items[1], &file) || file.n == 0 || !is_count(fields->items[2], &line))
        return NULL;
    if (!is_stack(map, r->source, file, line))
        line += lines_before(map, r->source, r->start);
    else
        find_user_frame(map, r->source, &file, &line);
    *is_library = incfe_is_library_file(file.bytes, file.n);
    return incfe_python_place(cx, file.bytes, file.n, line);
}

/* ---- looking up ----------------------------------------------------------------------------- */

/* The record that holds at offset: the last that does not begin behind it; n_records when none. */
static size_t record_at(const incts_debug_map *map, uint64_t offset)
{
    size_t low = 0, high = map->records.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->records.items[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? low - 1 : map->records.n;
}

const char *incts_debug_map_find(inccx *cx, const incts_debug_map *map, uint32_t line,
                                 uint32_t column, bool *is_library)
{
    bool ignored;
    if (!is_library)
        is_library = &ignored;
    *is_library = false;
    if (!map || line == 0 || line > map->lines.n)
        return NULL;
    uint64_t begin = map->lines.items[line - 1];
    uint64_t end = line < map->lines.n ? map->lines.items[line] : map->n_source;
    uint64_t offset = begin + (column > 0 ? column - 1 : 0);
    const char *answer = NULL;
    /* a record may say that it does not know: then what comes next on the line */
    for (size_t i = record_at(map, offset); !answer && i < map->records.n; i++) {
        if (map->records.items[i].offset >= end)
            break;
        answer = resolve(cx, map, &map->records.items[i], is_library);
    }
    return answer;
}
