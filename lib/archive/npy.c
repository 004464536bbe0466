/* SPDX-License-Identifier: Apache-2.0 */
/* .npy: magic, version, a Python dict as text, then the elements. The dict's three entries are
 * read by a scanner that knows what NumPy prints and nothing more. */
#include "archive/npy.h"

#include <string.h>

#include "base/checked.h"
#include "base/str.h"

typedef struct scanner {
    inccx *cx;
    const char *text, *end;
    const char *name; /* of the array, for messages */
} scanner;

typedef struct header {
    incdtype dtype;
    bool fortran;
    bool has_descr, has_order, has_shape;
    size_t rank;
    int64_t sizes[INCTENSOR_MAX_RANK];
} header;

static void fail(const scanner *s, const char *what) INC_NORETURN;
static void fail(const scanner *s, const char *what)
{
    s->cx->where.entry = s->name;
    inc_raise(s->cx, INC_E_FORMAT, "the header of a NumPy array is damaged: %s", what);
}

static void skip_space(scanner *s)
{
    while (s->text < s->end && (*s->text == ' ' || *s->text == '\n' || *s->text == '\t'))
        s->text++;
}

static bool accept(scanner *s, char c)
{
    skip_space(s);
    if (s->text == s->end || *s->text != c)
        return false;
    s->text++;
    return true;
}

static void expect(scanner *s, char c)
{
    if (!accept(s, c))
        fail(s, inc_printf(s->cx, "'%c' is missing", c));
}

/* 'text' or "text", without escapes. */
static const char *quoted(scanner *s)
{
    skip_space(s);
    char quote = s->text < s->end ? *s->text : '\0';
    if (quote != '\'' && quote != '"')
        fail(s, "text in quotes is missing");
    const char *begin = ++s->text;
    const char *end = memchr(begin, quote, (size_t)(s->end - begin));
    if (!end)
        fail(s, "a quote is missing");
    s->text = end + 1;
    return inc_strndup(s->cx, begin, (size_t)(end - begin));
}

static void refuse_type(const scanner *s, const char *descr) INC_NORETURN;
static void refuse_type(const scanner *s, const char *descr)
{
    s->cx->where.entry = s->name;
    inc_raise_hint(s->cx, INC_E_UNSUPPORTED, "Save numbers or bools, little end first.",
                   "a NumPy array of element type '%s' was found",
                   incstr_shown(s->cx, descr, strlen(descr), 40));
}

static void read_descr(scanner *s, header *h)
{
    skip_space(s);
    if (s->text < s->end && *s->text == '[')
        refuse_type(s, "record");
    const char *descr = quoted(s);
    char order = descr[0];
    bool is_known = (order == '<' || order == '|' || order == '=') && strlen(descr) >= 3 &&
                    incdtype_from_name(descr + 1, &h->dtype);
    bool is_numpy = is_known && strlen(descr + 1) <= 3;
    if (!is_numpy || (order == '|' && incdtype_size(h->dtype) > 1))
        refuse_type(s, descr);
    h->has_descr = true;
}

static void read_order(scanner *s, header *h)
{
    skip_space(s);
    size_t left = (size_t)(s->end - s->text);
    if (left >= 4 && memcmp(s->text, "True", 4) == 0) {
        h->fortran = true;
        s->text += 4;
    } else if (left >= 5 && memcmp(s->text, "False", 5) == 0) {
        s->text += 5;
    } else {
        fail(s, "fortran_order is neither True nor False");
    }
    h->has_order = true;
}

static void read_shape(scanner *s, header *h)
{
    expect(s, '(');
    while (!accept(s, ')')) {
        skip_space(s);
        const char *begin = s->text;
        while (s->text < s->end && *s->text >= '0' && *s->text <= '9')
            s->text++;
        if (h->rank == INCTENSOR_MAX_RANK)
            fail(s, "it has too many dimensions");
        if (!incstr_int(begin, (size_t)(s->text - begin), &h->sizes[h->rank]))
            fail(s, "a size is no number");
        h->rank++;
        if (s->text < s->end && *s->text == 'L') /* Python 2 */
            s->text++;
        if (!accept(s, ',')) {
            expect(s, ')');
            break;
        }
    }
    h->has_shape = true;
}

static void read_header(scanner *s, header *h)
{
    expect(s, '{');
    while (!accept(s, '}')) {
        const char *key = quoted(s);
        expect(s, ':');
        if (strcmp(key, "descr") == 0 && !h->has_descr)
            read_descr(s, h);
        else if (strcmp(key, "fortran_order") == 0 && !h->has_order)
            read_order(s, h);
        else if (strcmp(key, "shape") == 0 && !h->has_shape)
            read_shape(s, h);
        else
            fail(s, "an entry is unknown or there twice");
        if (!accept(s, ',')) {
            expect(s, '}');
            break;
        }
    }
    if (!h->has_descr || !h->has_order || !h->has_shape)
        fail(s, "an entry is missing");
}

static const inctensor *view(const scanner *s, const header *h, const uint8_t *bytes, uint64_t size)
{
    int64_t strides[INCTENSOR_MAX_RANK] = {0}, next = 1;
    for (size_t k = 0; k < h->rank; k++) {
        size_t i = h->fortran ? k : h->rank - 1 - k;
        strides[i] = next;
        if (!inc_mul_i64(next, h->sizes[i] ? h->sizes[i] : 1, &next))
            fail(s, "it has too many elements");
    }
    const char *outer = s->cx->where.entry;
    s->cx->where.entry = s->name;
    inctensor *t = inctensor_view_file(s->cx, h->dtype, (incspan){.bytes = bytes, .size = size},
                                       h->rank, h->sizes, strides, 0);
    s->cx->where.entry = outer;
    return t;
}

const inctensor *incnpy_read(inccx *cx, const void *bytes, uint64_t size, const char *name)
{
    const uint8_t *b = bytes;
    scanner s = {cx, NULL, NULL, name};
    if (size < 10 || memcmp(b, "\x93NUMPY", 6) != 0)
        fail(&s, "it does not begin as one");
    if (b[6] < 1 || b[6] > 3)
        inc_raise(cx, INC_E_UNSUPPORTED, "a NumPy array of format %d.%d was found; 1 to 3 are read",
                  b[6], b[7]);
    uint64_t begin = b[6] == 1 ? 10 : 12, length = (uint64_t)b[8] | (uint64_t)b[9] << 8;
    if (b[6] > 1 && size >= 12)
        length |= (uint64_t)b[10] << 16 | (uint64_t)b[11] << 24;
    if (size < begin || length > size - begin)
        fail(&s, "it is cut off");
    s.text = (const char *)b + begin;
    s.end = s.text + length;
    header h = {0};
    read_header(&s, &h);
    skip_space(&s);
    if (s.text != s.end)
        fail(&s, "there is something behind it");
    return view(&s, &h, b + begin + length, size - begin - length);
}

const incnpz *incnpz_read(inccx *cx, inczip *zip)
{
    incnpz *npz = INC_NEW(cx, incnpz);
    size_t n = inczip_count(zip);
    npz->names = INC_NEW_N(cx, const char *, n);
    npz->tensors = INC_NEW_N(cx, const inctensor *, n);
    for (size_t i = 0; i < n; i++) {
        const inczip_entry *e = inczip_at(zip, i);
        size_t length = e->name_size;
        if (!incstr_ends(e->name, ".npy"))
            continue;
        npz->names[npz->n] = inc_strndup(cx, e->name, length - strlen(".npy"));
        npz->tensors[npz->n++] =
            incnpy_read(cx, inczip_read_unchecked(cx, zip, e), e->size, e->name);
    }
    return npz;
}

const inctensor *incnpz_get(const incnpz *npz, const char *name)
{
    for (size_t i = 0; i < npz->n; i++)
        if (strcmp(npz->names[i], name) == 0)
            return npz->tensors[i];
    return NULL;
}
