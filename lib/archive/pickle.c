/* The pickle machine: opcodes, stack and memo.
 *
 * The machine knows the opcodes of protocols 2 to 5 that PyTorch's two picklers write. Making
 * something of a global and its arguments is left to pickle_reduce.c. Everything taken from the
 * bytes is measured against what is left of them, so memory is bounded by the file's size. */
#include "archive/pickle.h"

#include <string.h>

#include "archive/internal.h"
#include "base/str.h"

enum { MOST_MARKS = 100000, LONGEST_GLOBAL = 4096 };

void incpkl_fail(const incpkl_machine *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = inc_vprintf(m->cx, format, args);
    va_end(args);
    inc_raise(m->cx, INC_E_FORMAT, "%s at byte %llu of the pickle", what,
              (unsigned long long)m->op_at);
}

void incpkl_refuse(const incpkl_machine *m, const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = inc_vprintf(m->cx, format, args);
    va_end(args);
    inc_raise_hint(m->cx, INC_E_UNSUPPORTED, hint, "%s at byte %llu of the pickle", what,
                   (unsigned long long)m->op_at);
}

static incpkl_value *new_int(incpkl_machine *m, int64_t number)
{
    incpkl_value *v = incpkl_new(m, INCPKL_INT);
    v->as.integer = number;
    return v;
}

/* --- Bytes ------------------------------------------------------------------------------------ */

/* Pickles are small; what lies behind them in a file of the old format is not. */
void incpkl_fetch(incpkl_machine *m, uint64_t n)
{
    enum { LEAST = 64 * 1024 };
    if (m->at <= m->loaded && n <= m->loaded - m->at)
        return;
    uint64_t wanted = m->at + n > m->loaded * 2 ? m->at + n : m->loaded * 2;
    if (wanted < LEAST)
        wanted = LEAST;
    m->loaded = wanted < m->size ? wanted : m->size;
    m->bytes = incfile_bytes(m->cx, m->file, 0, m->loaded);
}

static const uint8_t *take(incpkl_machine *m, uint64_t n)
{
    if (n > m->size - m->at)
        incpkl_fail(m, "%llu bytes are needed and %llu are left", (unsigned long long)n,
                    (unsigned long long)(m->size - m->at));
    incpkl_fetch(m, n);
    const uint8_t *p = m->bytes + m->at;
    m->at += n;
    return p;
}

static uint64_t take_uint(incpkl_machine *m, size_t n)
{
    const uint8_t *p = take(m, n);
    uint64_t number = 0;
    for (size_t i = n; i-- > 0;)
        number = number << 8 | p[i];
    return number;
}

static void push(incpkl_machine *m, incpkl_value *v)
{
    INC_PUSH(m->cx, &m->stack, v);
}

/* Nothing below the newest mark may be taken away. */
static size_t floor_of(const incpkl_machine *m)
{
    return m->marks.n ? m->marks.items[m->marks.n - 1] : 0;
}

static incpkl_value *pop(incpkl_machine *m)
{
    if (m->stack.n <= floor_of(m))
        incpkl_fail(m, "a value is missing from the stack");
    return m->stack.items[--m->stack.n];
}

static incpkl_value *top(incpkl_machine *m, incpkl_kind kind)
{
    if (m->stack.n <= floor_of(m))
        incpkl_fail(m, "a value is missing from the stack");
    incpkl_value *v = m->stack.items[m->stack.n - 1];
    if (v->kind != kind)
        incpkl_fail(m, "%s was found where a %s was expected", incpkl_describe(m->cx, v),
                    incpkl_kind_name(kind));
    return v;
}

/* Takes the values above the newest mark off the stack, and the mark. They stay where they are
 * until the next push. */
static incpkl_value **pop_marked(incpkl_machine *m, size_t *n)
{
    if (m->marks.n == 0)
        incpkl_fail(m, "a mark is missing from the stack");
    size_t begin = m->marks.items[--m->marks.n];
    *n = m->stack.n - begin;
    m->stack.n = begin;
    return m->stack.items ? m->stack.items + begin : NULL;
}

static void push_items(incpkl_machine *m, incpkl_kind kind, incpkl_value *const *items, size_t n)
{
    incpkl_value *v = incpkl_new(m, kind);
    incpkl_append(m, v, items, n);
    push(m, v);
}

static void push_tuple_of(incpkl_machine *m, size_t n)
{
    if (m->stack.n - floor_of(m) < n)
        incpkl_fail(m, "a value is missing from the stack");
    m->stack.n -= n;
    push_items(m, INCPKL_TUPLE, n ? m->stack.items + m->stack.n : NULL, n);
}

static void push_text(incpkl_machine *m, incpkl_kind kind, uint64_t n)
{
    const uint8_t *bytes = take(m, n);
    push(m, incpkl_new_text(m, kind, bytes, (size_t)n));
}

/* Two's complement, little end first, of any length. */
static void push_long(incpkl_machine *m, uint64_t n)
{
    const uint8_t *p = take(m, n);
    uint8_t sign = n > 0 && p[n - 1] & 0x80 ? 0xff : 0;
    while (n > 8 && p[n - 1] == sign && (p[n - 2] & 0x80) == (sign & 0x80))
        n--;
    if (n > 8) {
        push(m, incpkl_new_text(m, INCPKL_BIGINT, p, (size_t)n));
        return;
    }
    uint8_t wide[8];
    memset(wide, sign, sizeof wide);
    if (n)
        memcpy(wide, p, (size_t)n);
    uint64_t bits = 0;
    for (size_t i = 8; i-- > 0;)
        bits = bits << 8 | wide[i];
    push(m, new_int(m, (int64_t)bits));
}

static void push_double(incpkl_machine *m)
{
    const uint8_t *p = take(m, 8); /* big end first */
    uint64_t bits = 0;
    for (size_t i = 0; i < 8; i++)
        bits = bits << 8 | p[i];
    incpkl_value *v = incpkl_new(m, INCPKL_FLOAT);
    memcpy(&v->as.real, &bits, sizeof bits);
    push(m, v);
}

/* --- Memo and globals ------------------------------------------------------------------------- */

/* Both picklers count up. One number may be left out: an old one began at 1. */
static void put(incpkl_machine *m, uint64_t index)
{
    if (m->stack.n <= floor_of(m))
        incpkl_fail(m, "a value is missing from the stack");
    if (index > m->memo.n + 1)
        incpkl_fail(m, "memo entry %llu is set when there are %zu", (unsigned long long)index,
                    m->memo.n);
    while (m->memo.n <= index)
        INC_PUSH(m->cx, &m->memo, NULL);
    m->memo.items[index] = m->stack.items[m->stack.n - 1];
}

static void get(incpkl_machine *m, uint64_t index)
{
    if (index >= m->memo.n || !m->memo.items[index])
        incpkl_fail(m, "memo entry %llu is used before it is set", (unsigned long long)index);
    push(m, m->memo.items[index]);
}

static const char *take_line(incpkl_machine *m)
{
    uint64_t left = m->size - m->at;
    size_t most = left < LONGEST_GLOBAL ? (size_t)left : LONGEST_GLOBAL;
    incpkl_fetch(m, most);
    const uint8_t *begin = m->bytes + m->at;
    const uint8_t *end = most ? memchr(begin, '\n', most) : NULL;
    if (!end)
        incpkl_fail(m, "the name of a class or function has no end");
    size_t n = (size_t)(end - begin);
    if (memchr(begin, '\0', n))
        incpkl_fail(m, "the name of a class or function has a zero byte in it");
    m->at += n + 1;
    return inc_strndup(m->cx, (const char *)begin, n);
}

static const char *global_part(incpkl_machine *m, const incpkl_value *v)
{
    if (v->kind != INCPKL_STRING || v->as.text.n > LONGEST_GLOBAL ||
        strcspn(v->as.text.bytes, "\n") != v->as.text.n)
        incpkl_fail(m, "%s was found where the name of a class or function was expected",
                    incpkl_describe(m->cx, v));
    return v->as.text.bytes;
}

/* --- Opcodes ---------------------------------------------------------------------------------- */

static void append_marked(incpkl_machine *m, incpkl_kind kind)
{
    size_t n;
    incpkl_value **items = pop_marked(m, &n);
    incpkl_append(m, top(m, kind), items, n);
}

static void set_marked(incpkl_machine *m)
{
    size_t n;
    incpkl_value **items = pop_marked(m, &n);
    if (n % 2 != 0)
        incpkl_fail(m, "a key without a value is added to a dict");
    incpkl_value *dict = top(m, INCPKL_DICT);
    for (size_t i = 0; i < n; i += 2)
        incpkl_set_item(m, dict, items[i], items[i + 1]);
}

static void push_marked(incpkl_machine *m, incpkl_kind kind)
{
    size_t n;
    incpkl_value **items = pop_marked(m, &n);
    push_items(m, kind, items, n);
}

static void run_opcode(incpkl_machine *m, uint8_t op)
{
    incpkl_value *a, *b;
    switch (op) {
    case 0x80: /* PROTO */
        if (*take(m, 1) > 5)
            incpkl_refuse(m, NULL, "pickle protocol %d was found; 2 to 5 are read",
                          m->bytes[m->at - 1]);
        break;
    case 0x95: /* FRAME */
        take_uint(m, 8);
        break;
    case '(': /* MARK */
        if (m->marks.n == MOST_MARKS)
            inc_raise(m->cx, INC_E_LIMIT, "a pickle nests deeper than %d", MOST_MARKS);
        INC_PUSH(m->cx, &m->marks, m->stack.n);
        break;
    case 'N': /* NONE */
        push(m, m->none);
        break;
    case 0x88: /* NEWTRUE */
        push(m, m->yes);
        break;
    case 0x89: /* NEWFALSE */
        push(m, m->no);
        break;
    case 'K': /* BININT1 */
        push(m, new_int(m, (int64_t)take_uint(m, 1)));
        break;
    case 'M': /* BININT2 */
        push(m, new_int(m, (int64_t)take_uint(m, 2)));
        break;
    case 'J': /* BININT */
        push(m, new_int(m, (int32_t)take_uint(m, 4)));
        break;
    case 0x8a: /* LONG1 */
        push_long(m, take_uint(m, 1));
        break;
    case 0x8b: /* LONG4 */
        push_long(m, take_uint(m, 4));
        break;
    case 'G': /* BINFLOAT */
        push_double(m);
        break;
    case 'X': /* BINUNICODE */
    case 'T': /* BINSTRING */
        push_text(m, INCPKL_STRING, take_uint(m, 4));
        break;
    case 0x8c: /* SHORT_BINUNICODE */
    case 'U':  /* SHORT_BINSTRING */
        push_text(m, INCPKL_STRING, take_uint(m, 1));
        break;
    case 0x8d: /* BINUNICODE8 */
        push_text(m, INCPKL_STRING, take_uint(m, 8));
        break;
    case 'C': /* SHORT_BINBYTES */
        push_text(m, INCPKL_BYTES, take_uint(m, 1));
        break;
    case 'B': /* BINBYTES */
        push_text(m, INCPKL_BYTES, take_uint(m, 4));
        break;
    case 0x8e: /* BINBYTES8 */
        push_text(m, INCPKL_BYTES, take_uint(m, 8));
        break;
    case ')': /* EMPTY_TUPLE */
        push_tuple_of(m, 0);
        break;
    case 0x85: /* TUPLE1 */
    case 0x86: /* TUPLE2 */
    case 0x87: /* TUPLE3 */
        push_tuple_of(m, (size_t)op - 0x84);
        break;
    case 't': /* TUPLE */
        push_marked(m, INCPKL_TUPLE);
        break;
    case ']': /* EMPTY_LIST */
        push(m, incpkl_new(m, INCPKL_LIST));
        break;
    case 'a': /* APPEND */
        a = pop(m);
        incpkl_append(m, top(m, INCPKL_LIST), &a, 1);
        break;
    case 'e': /* APPENDS */
        append_marked(m, INCPKL_LIST);
        break;
    case '}': /* EMPTY_DICT */
        push(m, incpkl_new_dict(m));
        break;
    case 's': /* SETITEM */
        b = pop(m);
        a = pop(m);
        incpkl_set_item(m, top(m, INCPKL_DICT), a, b);
        break;
    case 'u': /* SETITEMS */
        set_marked(m);
        break;
    case 0x8f: /* EMPTY_SET */
        push(m, incpkl_new(m, INCPKL_SET));
        break;
    case 0x90: /* ADDITEMS */
        append_marked(m, INCPKL_SET);
        break;
    case 0x91: /* FROZENSET */
        push_marked(m, INCPKL_SET);
        break;
    case 'q': /* BINPUT */
        put(m, take_uint(m, 1));
        break;
    case 'r': /* LONG_BINPUT */
        put(m, take_uint(m, 4));
        break;
    case 0x94: /* MEMOIZE */
        put(m, m->memo.n);
        break;
    case 'h': /* BINGET */
        get(m, take_uint(m, 1));
        break;
    case 'j': /* LONG_BINGET */
        get(m, take_uint(m, 4));
        break;
    case 'c': { /* GLOBAL */
        const char *module = take_line(m), *name = take_line(m);
        push(m, incpkl_find_global(m, module, name));
        break;
    }
    case 0x93: /* STACK_GLOBAL */
        b = pop(m);
        a = pop(m);
        push(m, incpkl_find_global(m, global_part(m, a), global_part(m, b)));
        break;
    case 'Q': /* BINPERSID */
        push(m, incpkl_persistent(m, pop(m)));
        break;
    case 'R': /* REDUCE */
        b = pop(m);
        a = pop(m);
        push(m, incpkl_reduce(m, a, b));
        break;
    case 0x81: /* NEWOBJ */
        b = pop(m);
        a = pop(m);
        push(m, incpkl_new_object(m, a, b));
        break;
    case 'b': /* BUILD */
        b = pop(m);
        a = pop(m);
        push(m, a);
        incpkl_build(m, a, b);
        break;
    default:
        incpkl_refuse(m, "Save the model again with a current PyTorch.",
                      "pickle opcode 0x%02x is not one that PyTorch writes; it was found", op);
    }
}

const incpkl_value *incpkl_run(incpkl_machine *m)
{
    m->stack.n = m->marks.n = m->memo.n = 0;
    m->n_values = 0;
    m->globals = incmap_new(m->cx); /* its values count as this pickle's */
    m->none = incpkl_new(m, INCPKL_NONE);
    m->yes = incpkl_new(m, INCPKL_BOOL);
    m->yes->as.boolean = true;
    m->no = incpkl_new(m, INCPKL_BOOL);
    for (;;) {
        m->op_at = m->at;
        uint8_t op = *take(m, 1);
        if (op == '.') /* STOP */
            break;
        run_opcode(m, op);
    }
    incpkl_value *root = pop(m);
    if (m->stack.n != 0 || m->marks.n != 0)
        incpkl_fail(m, "%zu values too many are on the stack at the end", m->stack.n);
    incpkl_check_shape(m, root);
    return root;
}

const incpkl_value *incpkl_load(inccx *cx, const void *bytes, uint64_t size,
                                const incpkl_options *options)
{
    const char *outer = cx->where.entry;
    if (options->entry)
        cx->where.entry = options->entry;
    incpkl_machine m = {.cx = cx, .bytes = bytes, .loaded = size, .size = size, .options = options};
    m.storages = incmap_new(cx);
    const incpkl_value *root = incpkl_run(&m);
    if (m.at != size)
        incpkl_fail(&m, "%llu bytes are left behind the end", (unsigned long long)(size - m.at));
    cx->where.entry = outer;
    return root;
}
