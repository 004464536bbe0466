/* SPDX-License-Identifier: Apache-2.0 */
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
    INC_PUSH(m->scratch, &m->stack, v);
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

static void push_tuple_of(incpkl_machine *m, uint64_t n)
{
    if (m->stack.n - floor_of(m) < n)
        incpkl_fail(m, "a value is missing from the stack");
    m->stack.n -= (size_t)n;
    push_items(m, INCPKL_TUPLE, n ? m->stack.items + m->stack.n : NULL, (size_t)n);
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

static void push_double(incpkl_machine *m, uint64_t unused)
{
    (void)unused;
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
        INC_PUSH(m->scratch, &m->memo, NULL);
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
    return inc_strndup(m->scratch, (const char *)begin, n);
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

/* What an opcode does with the number behind it: arguments of one size are read by run_opcode(). */
typedef void opcode_fn(incpkl_machine *m, uint64_t number);

static void on_protocol(incpkl_machine *m, uint64_t version)
{
    if (version > 5)
        incpkl_refuse(m, NULL, "pickle protocol %d was found; 2 to 5 are read", (int)version);
}

static void on_frame(incpkl_machine *m, uint64_t size)
{
    (void)m;
    (void)size; /* a hint for readers of streams */
}

static void on_mark(incpkl_machine *m, uint64_t unused)
{
    (void)unused;
    if (m->marks.n == MOST_MARKS)
        inc_raise(m->cx, INC_E_LIMIT, "a pickle nests deeper than %d", MOST_MARKS);
    INC_PUSH(m->scratch, &m->marks, m->stack.n);
}

static void on_none(incpkl_machine *m, uint64_t unused)
{
    (void)unused;
    push(m, m->none);
}

static void on_bool(incpkl_machine *m, uint64_t value)
{
    push(m, value ? m->yes : m->no);
}

static void on_uint(incpkl_machine *m, uint64_t value)
{
    push(m, new_int(m, (int64_t)value));
}

static void on_int32(incpkl_machine *m, uint64_t bits)
{
    push(m, new_int(m, (int32_t)bits));
}

static void on_string(incpkl_machine *m, uint64_t n)
{
    push_text(m, INCPKL_STRING, n);
}

static void on_bytes(incpkl_machine *m, uint64_t n)
{
    push_text(m, INCPKL_BYTES, n);
}

static void on_empty(incpkl_machine *m, uint64_t kind)
{
    push(m, kind == INCPKL_DICT ? incpkl_new_dict(m) : incpkl_new(m, (incpkl_kind)kind));
}

static void on_marked(incpkl_machine *m, uint64_t kind)
{
    size_t n;
    incpkl_value **items = pop_marked(m, &n);
    push_items(m, (incpkl_kind)kind, items, n);
}

static void on_append_marked(incpkl_machine *m, uint64_t kind)
{
    size_t n;
    incpkl_value **items = pop_marked(m, &n);
    incpkl_append(m, top(m, (incpkl_kind)kind), items, n);
}

static void on_append(incpkl_machine *m, uint64_t unused)
{
    (void)unused;
    incpkl_value *item = pop(m);
    incpkl_append(m, top(m, INCPKL_LIST), &item, 1);
}

static void on_set_item(incpkl_machine *m, uint64_t unused)
{
    (void)unused;
    incpkl_value *value = pop(m), *key = pop(m);
    incpkl_set_item(m, top(m, INCPKL_DICT), key, value);
}

static void on_set_marked(incpkl_machine *m, uint64_t unused)
{
    size_t n;
    (void)unused;
    incpkl_value **items = pop_marked(m, &n);
    if (n % 2 != 0)
        incpkl_fail(m, "a key without a value is added to a dict");
    incpkl_value *dict = top(m, INCPKL_DICT);
    for (size_t i = 0; i < n; i += 2)
        incpkl_set_item(m, dict, items[i], items[i + 1]);
}

static void on_memoize(incpkl_machine *m, uint64_t unused)
{
    (void)unused;
    put(m, m->memo.n);
}

static void on_global(incpkl_machine *m, uint64_t unused)
{
    (void)unused;
    const char *module = take_line(m), *name = take_line(m);
    push(m, incpkl_find_global(m, module, name));
}

static void on_stack_global(incpkl_machine *m, uint64_t unused)
{
    (void)unused;
    const incpkl_value *name = pop(m), *module = pop(m);
    const char *module_text = global_part(m, module);
    push(m, incpkl_find_global(m, module_text, global_part(m, name)));
}

static void on_persistent_id(incpkl_machine *m, uint64_t unused)
{
    (void)unused;
    push(m, incpkl_persistent(m, pop(m)));
}

static void on_reduce(incpkl_machine *m, uint64_t unused)
{
    (void)unused;
    incpkl_value *args = pop(m), *callee = pop(m);
    push(m, incpkl_reduce(m, callee, args));
}

static void on_new_object(incpkl_machine *m, uint64_t unused)
{
    (void)unused;
    incpkl_value *args = pop(m), *class = pop(m);
    push(m, incpkl_new_object(m, class, args));
}

static void on_build(incpkl_machine *m, uint64_t unused)
{
    (void)unused;
    incpkl_value *state = pop(m), *object = pop(m);
    push(m, object);
    incpkl_build(m, object, state);
}

/* n_bytes of the pickle, little end first, are the number; where there are none, it stands here. */
typedef struct opcode {
    opcode_fn *run;
    uint8_t n_bytes, number;
} opcode;

static const opcode opcodes[256] = {
    [0x80] = {on_protocol, 1, 0},               /* PROTO */
    [0x95] = {on_frame, 8, 0},                  /* FRAME */
    ['('] = {on_mark, 0, 0},                    /* MARK */
    ['N'] = {on_none, 0, 0},                    /* NONE */
    [0x88] = {on_bool, 0, true},                /* NEWTRUE */
    [0x89] = {on_bool, 0, false},               /* NEWFALSE */
    ['K'] = {on_uint, 1, 0},                    /* BININT1 */
    ['M'] = {on_uint, 2, 0},                    /* BININT2 */
    ['J'] = {on_int32, 4, 0},                   /* BININT */
    [0x8a] = {push_long, 1, 0},                 /* LONG1 */
    [0x8b] = {push_long, 4, 0},                 /* LONG4 */
    ['G'] = {push_double, 0, 0},                /* BINFLOAT */
    ['X'] = {on_string, 4, 0},                  /* BINUNICODE */
    ['T'] = {on_string, 4, 0},                  /* BINSTRING */
    [0x8c] = {on_string, 1, 0},                 /* SHORT_BINUNICODE */
    ['U'] = {on_string, 1, 0},                  /* SHORT_BINSTRING */
    [0x8d] = {on_string, 8, 0},                 /* BINUNICODE8 */
    ['C'] = {on_bytes, 1, 0},                   /* SHORT_BINBYTES */
    ['B'] = {on_bytes, 4, 0},                   /* BINBYTES */
    [0x8e] = {on_bytes, 8, 0},                  /* BINBYTES8 */
    [')'] = {push_tuple_of, 0, 0},              /* EMPTY_TUPLE */
    [0x85] = {push_tuple_of, 0, 1},             /* TUPLE1 */
    [0x86] = {push_tuple_of, 0, 2},             /* TUPLE2 */
    [0x87] = {push_tuple_of, 0, 3},             /* TUPLE3 */
    ['t'] = {on_marked, 0, INCPKL_TUPLE},       /* TUPLE */
    [']'] = {on_empty, 0, INCPKL_LIST},         /* EMPTY_LIST */
    ['a'] = {on_append, 0, 0},                  /* APPEND */
    ['e'] = {on_append_marked, 0, INCPKL_LIST}, /* APPENDS */
    ['}'] = {on_empty, 0, INCPKL_DICT},         /* EMPTY_DICT */
    ['s'] = {on_set_item, 0, 0},                /* SETITEM */
    ['u'] = {on_set_marked, 0, 0},              /* SETITEMS */
    [0x8f] = {on_empty, 0, INCPKL_SET},         /* EMPTY_SET */
    [0x90] = {on_append_marked, 0, INCPKL_SET}, /* ADDITEMS */
    [0x91] = {on_marked, 0, INCPKL_SET},        /* FROZENSET */
    ['q'] = {put, 1, 0},                        /* BINPUT */
    ['r'] = {put, 4, 0},                        /* LONG_BINPUT */
    [0x94] = {on_memoize, 0, 0},                /* MEMOIZE */
    ['h'] = {get, 1, 0},                        /* BINGET */
    ['j'] = {get, 4, 0},                        /* LONG_BINGET */
    ['c'] = {on_global, 0, 0},                  /* GLOBAL */
    [0x93] = {on_stack_global, 0, 0},           /* STACK_GLOBAL */
    ['Q'] = {on_persistent_id, 0, 0},           /* BINPERSID */
    ['R'] = {on_reduce, 0, 0},                  /* REDUCE */
    [0x81] = {on_new_object, 0, 0},             /* NEWOBJ */
    ['b'] = {on_build, 0, 0},                   /* BUILD */
};

static void run_opcode(incpkl_machine *m, uint8_t code)
{
    const opcode *o = &opcodes[code];
    if (!o->run)
        incpkl_refuse(m, "Save the model again with a current PyTorch.",
                      "pickle opcode 0x%02x is not one that PyTorch writes; it was found", code);
    o->run(m, o->n_bytes ? take_uint(m, o->n_bytes) : o->number);
}

const incpkl_value *incpkl_run(incpkl_machine *m)
{
    m->stack.n = m->marks.n = m->memo.n = 0;
    m->n_values = 0;
    m->globals = incmap_new(m->scratch); /* its values count as this pickle's */
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
    m.scratch = inc_scratch_new(cx);
    m.storages = incmap_new(m.scratch);
    const incpkl_value *root = incpkl_run(&m);
    if (m.at != size)
        incpkl_fail(&m, "%llu bytes are left behind the end", (unsigned long long)(size - m.at));
    inc_scratch_free(m.scratch);
    cx->where.entry = outer;
    return root;
}
