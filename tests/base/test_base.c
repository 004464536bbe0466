/* SPDX-License-Identifier: Apache-2.0 */
/* The context (arena, raising, clean-up), vectors, maps, strings, files. */
#include <check.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/context.h"
#include "../support/suite.h"
#include "base/checked.h"
#include "base/file.h"
#include "base/json.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "failing_alloc.h"

static inc_frame frame;

/* --- Arena ------------------------------------------------------------------------------------ */

static size_t count_of(const uint8_t *bytes, size_t n, uint8_t value)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += bytes[i] == value;
    return count;
}

START_TEST(arena_blocks_are_zeroed_aligned_and_apart)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 4000, 5000, 20000, 3, 2000000, 64, 1};
    uint8_t *blocks[INC_COUNT(sizes)];
    ck_assert(inc_try(cx, &frame));
    for (size_t round = 0; round < 20; round++) {
        for (size_t i = 0; i < INC_COUNT(sizes); i++) {
            blocks[i] = inc_alloc(cx, sizes[i]);
            ck_assert_ptr_nonnull(blocks[i]);
            ck_assert_uint_eq((uintptr_t)blocks[i] % 8, 0);
            ck_assert_uint_eq(count_of(blocks[i], sizes[i], 0), sizes[i]);
            memset(blocks[i], (int)i + 1, sizes[i]);
        }
        for (size_t i = 0; i < INC_COUNT(sizes); i++)
            ck_assert_uint_eq(count_of(blocks[i], sizes[i], (uint8_t)(i + 1)), sizes[i]);
    }
    inc_try_end(cx, &frame);
}
END_TEST

START_TEST(arena_keeps_its_limit)
{
    const inc_hooks hooks = {.memory_limit = 100000};
    inccx *small = inccx_new(&hooks);
    volatile int n = 0;
    if (inc_try(small, &frame)) {
        for (;; n++)
            inc_alloc(small, 1000);
    }
    ck_assert_int_eq(small->error.status, INC_E_LIMIT);
    ck_assert_int_gt(n, 40);
    ck_assert_int_le(n, 100);
    inccx_free(small);
}
END_TEST

/* Fills a scratch of the context with about that many bytes. */
static inccx *scratch_of(inccx *of, size_t bytes)
{
    inccx *scratch = inc_scratch_new(of);
    for (size_t i = 0; i < bytes; i += 1000)
        memset(inc_alloc(scratch, 1000), 0xff, 1000);
    return scratch;
}

START_TEST(scratches_give_their_memory_back)
{
    const inc_hooks hooks = {.memory_limit = 1000000};
    inccx *small = inccx_new(&hooks);
    ck_assert(inc_try(small, &frame));
    char *kept = inc_strdup(small, "kept");
    inc_scratch_free(inc_scratch_new(small)); /* makes room for what is deferred */
    uint64_t before = small->memory;
    for (int i = 0; i < 20; i++) {
        inccx *scratch = scratch_of(small, 300000);
        inc_scratch_empty(scratch);
        char *zeroed = inc_alloc(scratch, 1000);
        for (int k = 0; k < 1000; k++)
            ck_assert_int_eq(zeroed[k], 0);
        ck_assert_uint_gt(small->memory, before);
        inc_scratch_free(scratch);
        ck_assert_uint_eq(small->memory, before);
    }
    ck_assert_uint_gt(small->peak_memory, 300000);
    ck_assert_str_eq(kept, "kept");
    inc_try_end(small, &frame);
    inccx_free(small);
}
END_TEST

/* Failing in a scratch is failing in its context, and the raise takes the scratch along. */
START_TEST(scratches_end_with_a_raise)
{
    const inc_hooks hooks = {.memory_limit = 1000000};
    inccx *small = inccx_new(&hooks);
    ck_assert(inc_try(small, &frame));
    inccx *outer = scratch_of(small, 100000);
    uint64_t before = small->memory;
    for (volatile int i = 0; i < 2; i++) {
        inc_frame inner;
        if (inc_try(small, &inner)) {
            inccx *scratch = scratch_of(small, 200000);
            if (i == 0)
                inc_raise(scratch, INC_E_FORMAT, "told in %s", inc_strdup(scratch, "a scratch"));
            for (;;)
                inc_alloc(scratch, 1000);
        }
        ck_assert_int_eq(small->error.status, i == 0 ? INC_E_FORMAT : INC_E_LIMIT);
        if (i == 0)
            ck_assert_str_eq(small->error.message, "told in a scratch");
        ck_assert_uint_le(small->memory,
                          before + 64 * 1024); /* the message, and the list of what is deferred */
    }
    inc_scratch_free(outer);
    inc_try_end(small, &frame);
    inccx_free(small);
}
END_TEST

START_TEST(texts_are_safe_to_show)
{
    static const struct {
        const char *text, *shown;
    } rows[] = {{"layer1.0 \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", NULL},
                {"a\nb", NULL},
                {"\x1b[31mx", "\\x1b[31mx"},
                {"x\x7f\xc2\x9b", "x\\x7f\\u009b"},
                {"a\xe2\x80\xaegpj", "a\\u202egpj"},
                {"\xff\xc3", "\\xff\\xc3"},
                {"\xc0\x80\xed\xa0\x80", "\\xc0\\x80\\xed\\xa0\\x80"}};
    for (size_t i = 0; i < INC_COUNT(rows); i++) {
        const char *shown = incstr_safe(cx, rows[i].text);
        ck_assert_str_eq(shown, rows[i].shown ? rows[i].shown : rows[i].text);
        ck_assert(incstr_is_utf8(shown, strlen(shown)));
    }
    ck_assert_ptr_null(incstr_safe(cx, NULL));
}
END_TEST

static void nest(inccx *in, int depth)
{
    inc_enter(in);
    if (depth > 1)
        nest(in, depth - 1);
    inc_leave(in);
}

START_TEST(walks_are_bounded)
{
    nest(cx, 256);
    if (inc_try(cx, &frame)) {
        nest(cx, 257);
        ck_abort_msg("too deep");
    }
    ck_assert_int_eq(cx->error.status, INC_E_LIMIT);
    nest(cx, 256); /* the raise has left them all */
}
END_TEST

/* Each step with a frame of some size, as an interpreter's are: two of these are the stack. Frames
 * know the one above them, so that no compiler makes one of all. */
static void deep(inccx *c, unsigned steps, volatile char *above)
{
    volatile char large[256 << 10];
    large[steps] = *above;
    inc_enter(c);
    if (steps > 0)
        deep(c, steps - 1, &large[steps]);
    inc_leave(c);
    *above = large[steps];
}

START_TEST(walks_end_before_the_stack_does)
{
    if (inc_try(cx, &frame)) {
        volatile char top = 1;
        deep(cx, 24, &top); /* 6 MiB: too much with sanitizers, too */
        ck_abort_msg("too deep");
    }
    ck_assert_int_eq(cx->error.status, INC_E_LIMIT);
    ck_assert_ptr_nonnull(strstr(cx->error.message, "nested too deeply"));
}
END_TEST

START_TEST(work_keeps_its_limit)
{
    const uint64_t limit = (uint64_t)200 << 20;
    const inc_hooks hooks = {.work_limit = limit};
    inccx *own = inccx_new(&hooks);
    inc_frame until;
    volatile int done = 0;

    ck_assert_ptr_nonnull(own);
    if (inc_try(own, &until)) {
        inc_work(own, limit - 1);
        inc_work(own, 1);
        done = 1;
        inc_work(own, 1);
        inc_try_end(own, &until);
        ck_abort_msg("it went on");
    }
    ck_assert_int_eq(done, 1);
    ck_assert_int_eq(own->error.status, INC_E_LIMIT);
    ck_assert_ptr_nonnull(strstr(own->error.message, "limit of 209 million units"));
    ck_assert_ptr_nonnull(strstr(own->error.hint, "work_limit"));
    inccx_free(own);
}
END_TEST

START_TEST(limits_grow_with_the_file_unless_they_are_set)
{
    inccx *own = inccx_new(NULL);
    uint64_t memory = own->memory_limit, work = own->work_limit;
    inc_justify(own, 1 << 20);
    ck_assert_uint_le(own->memory_limit, (uint64_t)256 << 20);
    ck_assert_uint_ge(own->memory_limit, memory);
    ck_assert_uint_le(own->work_limit, 2100 * 1000 * 1000ULL);
    inc_justify(own, UINT64_MAX);
    ck_assert_uint_gt(own->memory_limit, memory);
    ck_assert_uint_gt(own->work_limit, work);
    inccx_free(own);
    const inc_hooks hooks = {.memory_limit = 100000, .work_limit = 200000};
    own = inccx_new(&hooks);
    inc_justify(own, 1 << 20);
    ck_assert_uint_eq(own->memory_limit, 100000);
    ck_assert_uint_eq(own->work_limit, 200000);
    inccx_free(own);
}
END_TEST

/* From 16 members on an object has an index; found are all, first and last, and no others. */
START_TEST(members_of_objects_are_found)
{
    inccx *own = inccx_new(NULL);
    inc_frame until;
    incstr text = {0};

    ck_assert_ptr_nonnull(own);
    if (inc_try(own, &until)) {
        for (int n = 1; n < 100000; n = n * 2 + 1) {
            text.n = 0;
            for (int i = 0; i < n; i++)
                incstr_addf(own, &text, "%c\"key%d\": %d", i ? ',' : '{', i, i);
            incstr_add(own, &text, "}");
            const incjson *v = incjson_parse(own, text.text, text.n, "test", INC_E_FORMAT);
            for (int i = 0; i < n; i++) {
                const incjson *found = incjson_get(v, inc_printf(own, "key%d", i));
                ck_assert(found != NULL && found->as.integer == i);
            }
            ck_assert_ptr_null(incjson_get(v, inc_printf(own, "key%d", n)));
            ck_assert_ptr_null(incjson_get(v, "key"));
        }
        inc_try_end(own, &until);
    } else {
        ck_abort_msg("%s", own->error.message);
    }
    inccx_free(own);
}
END_TEST

START_TEST(arena_refuses_sizes_that_overflow)
{
    static const size_t sizes[][2] = {{SIZE_MAX, 1}, {SIZE_MAX / 2, 3}, {3, SIZE_MAX / 2}};
    if (inc_try(cx, &frame)) {
        inc_alloc_n(cx, sizes[_i][0], sizes[_i][1]);
        ck_abort_msg("was allocated");
    }
    ck_assert(cx->error.status == INC_E_MEMORY || cx->error.status == INC_E_LIMIT);
}
END_TEST

/* --- Raising ---------------------------------------------------------------------------------- */

static char trail[64];

static void leave_trail(void *data)
{
    strcat(trail, data);
}

START_TEST(raise_tells_and_cleans_up)
{
    char a[] = "a", b[] = "b", c[] = "c", d[] = "d";
    trail[0] = '\0';
    inc_frame outer;
    ck_assert(inc_try(cx, &outer));
    inc_defer(cx, leave_trail, a);
    if (inc_try(cx, &frame)) {
        inc_defer(cx, leave_trail, b);
        inc_defer(cx, leave_trail, c);
        inc_defer(cx, leave_trail, d);
        inc_undefer(cx, c);
        ck_assert_str_eq(trail, "c");
        cx->where.entry = "data.pkl";
        cx->stage = "reading";
        inc_raise_hint(cx, INC_E_FORMAT, "Do it again.", "%d is wrong", 7);
    }
    ck_assert_str_eq(trail, "cdb");
    ck_assert_int_eq(cx->error.status, INC_E_FORMAT);
    ck_assert_str_eq(cx->error.message, "7 is wrong");
    ck_assert_str_eq(cx->error.hint, "Do it again.");
    ck_assert_str_eq(cx->error.where.entry, "data.pkl");
    ck_assert_str_eq(cx->error.stage, "reading");
    inc_try_end(cx, &outer);
    inccx_free(cx);
    cx = NULL;
    ck_assert_str_eq(trail, "cdba");
}
END_TEST

START_TEST(raise_again_reaches_the_outer_frame)
{
    inc_frame outer;
    if (inc_try(cx, &outer)) {
        if (inc_try(cx, &frame))
            inc_raise(cx, INC_E_LIMIT, "too much");
        else
            inc_raise_again(cx);
        ck_abort();
    }
    ck_assert_int_eq(cx->error.status, INC_E_LIMIT);
}
END_TEST

static int stop(const char *stage, uint64_t done, uint64_t total, void *user_data)
{
    (void)stage;
    (void)user_data;
    return done == total;
}

static void keep_last(inc_level level, const char *line, void *user_data)
{
    snprintf(user_data, 64, "%d %s", (int)level, line);
}

START_TEST(application_is_told)
{
    char last[64] = "";
    const inc_hooks hooks = {.log = keep_last, .log_data = last, .progress = stop};
    inccx *told = inccx_new(&hooks);
    volatile int reached = 0;
    if (inc_try(told, &frame)) {
        inc_log(told, INCCX_DEBUG, "%s", "hello");
        ck_assert_str_eq(last, "3 hello");
        inc_warn(told, "careful");
        inc_warn(told, "careful");
        ck_assert_uint_eq(told->n_warnings, 1);
        ck_assert_str_eq(last, "1 careful");
        inc_progress(told, "reading", 1, 2);
        reached = 1;
        inc_progress(told, "reading", 2, 2);
        reached = 2;
    }
    ck_assert_int_eq(reached, 1);
    ck_assert_int_eq(told->error.status, INC_E_CANCELLED);
    inccx_free(told);
}
END_TEST

static void much_work(inccx *c, void *data)
{
    incmap *map = incmap_new(c);
    incstr text = {0};
    INC_VEC(int) numbers = {0};
    for (int i = 0; i < 3000; i++) {
        incmap_set_str(c, map, inc_printf(c, "key %d", i), data);
        incstr_addf(c, &text, "%d,", i);
        INC_PUSH(c, &numbers, i);
        if (i % 10 == 0)
            inc_defer(c, leave_trail, "");
    }
    incfile_open(c, data);
}

START_TEST(every_allocation_may_fail)
{
    trail[0] = '\0';
    FILE *stream = fopen("test_base.tmp", "wb");
    ck_assert_ptr_nonnull(stream);
    fputs("contents", stream);
    fclose(stream);
    char name[] = "test_base.tmp";
    ck_assert_int_gt(failing_alloc_run(much_work, name), 5);
    remove(name);
}
END_TEST

/* --- Vectors, maps ---------------------------------------------------------------------------- */

START_TEST(vector_keeps_what_is_pushed)
{
    INC_VEC(uint64_t) v = {0};
    ck_assert(inc_try(cx, &frame));
    for (uint64_t i = 0; i < 1000; i++)
        INC_PUSH(cx, &v, i * i);
    INC_RESERVE(cx, &v, 5000);
    ck_assert_uint_ge(v.cap, 6000);
    ck_assert_uint_eq(v.n, 1000);
    for (uint64_t i = 0; i < v.n; i++)
        ck_assert_uint_eq(v.items[i], i * i);
    inc_try_end(cx, &frame);
}
END_TEST

START_TEST(map_finds_replaces_removes_in_order)
{
    ck_assert(inc_try(cx, &frame));
    incmap *map = incmap_new(cx);
    static char values[500];
    for (int i = 0; i < 500; i++)
        incmap_set(cx, map, &i, sizeof i, &values[i]);
    for (int i = 0; i < 500; i += 2)
        incmap_remove(map, &i, sizeof i);
    int five = 5, four = 4;
    incmap_set(cx, map, &five, sizeof five, &values[0]);
    ck_assert_uint_eq(incmap_count(map), 250);
    bool found;
    ck_assert_ptr_eq(incmap_get(map, &five, sizeof five, &found), &values[0]);
    ck_assert(found);
    ck_assert_ptr_null(incmap_get(map, &four, sizeof four, &found));
    ck_assert(!found);
    int expected = 1;
    for (const incmap_entry *e = incmap_first(map); e; e = incmap_next(e), expected += 2) {
        size_t size;
        int key;
        memcpy(&key, incmap_key(e, &size), sizeof key);
        ck_assert_uint_eq(size, sizeof key);
        ck_assert_int_eq(key, expected);
        ck_assert_ptr_eq(incmap_value(e), key == 5 ? &values[0] : &values[key]);
    }
    incmap_set_str(cx, map, "", NULL);
    ck_assert(incmap_has_str(map, ""));
    ck_assert_ptr_null(incmap_get_str(map, ""));
    inc_try_end(cx, &frame);
}
END_TEST

enum { KEYS = 300, STEPS = 20000 };

static void set_and_remove(incmap *map, char *present[KEYS])
{
    static char values[STEPS], key[KEYS];
    uint32_t state = 1;
    size_t n = 0;
    memset(key, 'k', sizeof key);
    for (int i = 0; i < STEPS; i++) {
        state = state * 1664525U + 1013904223U;
        size_t at = (state >> 8) % (i < STEPS / 2 ? 12 : KEYS); /* few keys, then many */
        n -= present[at] != NULL;
        present[at] = state >> 30 == 0 ? NULL : &values[i];
        if (present[at])
            incmap_set(cx, map, key, at, &values[i]);
        else
            incmap_remove(map, key, at);
        n += present[at] != NULL;
        ck_assert_uint_eq(incmap_count(map), n);
        if (i % 64 == 0)
            for (size_t k = 0; k < KEYS; k++)
                ck_assert_ptr_eq(incmap_get(map, key, k, NULL), present[k]);
    }
}

/* Random sets and removals beside a plain array; "" and long keys among them. */
START_TEST(map_is_as_an_array_of_all_keys)
{
    char *present[KEYS] = {NULL};
    ck_assert(inc_try(cx, &frame));
    incmap *map = incmap_new(cx);
    set_and_remove(map, present);
    for (const incmap_entry *e = incmap_first(map); e; e = incmap_next(e)) {
        size_t size;
        incmap_key(e, &size);
        ck_assert_ptr_nonnull(present[size]);
        ck_assert_ptr_eq(incmap_value(e), present[size]);
        present[size] = NULL;
    }
    for (size_t k = 0; k < KEYS; k++)
        ck_assert_ptr_null(present[k]);
    inc_try_end(cx, &frame);
}
END_TEST

START_TEST(the_newest_block_grows_in_place)
{
    ck_assert(inc_try(cx, &frame));
    char *a = inc_copy(cx, "0123456789abcdef", 16);
    if (inc_extend(cx, a, 16, 48)) { /* not where every block is one of the allocator's */
        ck_assert_mem_eq(a, "0123456789abcdef", 16);
        for (int i = 16; i < 48; i++)
            ck_assert_int_eq(a[i], 0);
        char *b = inc_alloc(cx, 16);
        ck_assert_ptr_eq(b, a + 48);
        ck_assert(!inc_extend(cx, a, 48, 64));
        ck_assert(!inc_extend(cx, b, 16, 1 << 20));
        ck_assert(inc_extend(cx, b, 16, 16));
    }
    inc_try_end(cx, &frame);
}
END_TEST

/* --- Strings, numbers ------------------------------------------------------------------------- */

START_TEST(strings_grow)
{
    ck_assert(inc_try(cx, &frame));
    incstr s = {0};
    ck_assert_str_eq(incstr_text(&s), "");
    incstr_add(cx, &s, "one ");
    incstr_add_n(cx, &s, "two!", 3);
    for (int i = 0; i < 100; i++)
        incstr_addf(cx, &s, " %d", i);
    ck_assert_uint_eq(s.n, strlen(s.text));
    ck_assert(incstr_starts(s.text, "one two 0 1"));
    ck_assert(incstr_ends(s.text, " 98 99"));
    ck_assert(!incstr_ends("x", "xx"));
    ck_assert(incstr_equal_nocase("QdQ", "qDq"));
    ck_assert(!incstr_equal_nocase("qdq", "qd"));
    ck_assert_str_eq(incstr_shown(cx, "abc", 3, 10), "abc");
    const char *shown = incstr_shown(cx, "a\n\"\x01", 4, 10);
    ck_assert_ptr_null(strchr(shown, '\n'));
    ck_assert_ptr_null(strchr(shown, '\x01'));
    ck_assert_uint_lt(strlen(incstr_shown(cx, "0123456789012345678901234567890", 31, 10)), 20);
    inc_try_end(cx, &frame);
}
END_TEST

static const struct {
    const char *text;
    bool is_int, is_double;
    int64_t integer;
    double real;
} numbers[] = {
    {"0", true, true, 0, 0},
    {"-12", true, true, -12, -12},
    {"9223372036854775807", true, true, INT64_MAX, 0x1p63},
    {"-9223372036854775808", true, true, INT64_MIN, -0x1p63},
    {"9223372036854775808", false, true, 0, 0x1p63},
    {"1.5", false, true, 0, 1.5},
    {"1e-05", false, true, 0, 1e-5},
    {".5", false, true, 0, .5},
    {"2.", false, true, 0, 2},
    {"1e999", false, true, 0, INFINITY},
    {"", false, false, 0, 0},
    {"-", false, false, 0, 0},
    {"1 ", false, false, 0, 0},
    {" 1", false, false, 0, 0},
    {"0x10", false, false, 0, 0},
    {"nan", false, false, 0, 0},
    {"1e", false, false, 0, 0},
};

START_TEST(numbers_are_parsed)
{
    const char *text = numbers[_i].text;
    int64_t integer;
    double real;
    ck_assert(incstr_int(text, strlen(text), &integer) == numbers[_i].is_int);
    if (numbers[_i].is_int)
        ck_assert_int_eq(integer, numbers[_i].integer);
    ck_assert(incstr_double(text, strlen(text), &real) == numbers[_i].is_double);
    if (numbers[_i].is_double)
        ck_assert(real == numbers[_i].real);
}
END_TEST

START_TEST(checked_arithmetic)
{
    uint64_t u;
    int64_t i;
    ck_assert(inc_add_u64(UINT64_MAX - 1, 1, &u) && u == UINT64_MAX);
    ck_assert(!inc_add_u64(UINT64_MAX, 1, &u));
    ck_assert(!inc_mul_u64((uint64_t)1 << 32, (uint64_t)1 << 32, &u));
    ck_assert(!inc_add_i64(INT64_MAX, 1, &i));
    ck_assert(!inc_sub_i64(INT64_MIN, 1, &i));
    ck_assert(!inc_mul_i64(INT64_MIN, -1, &i));
    ck_assert(inc_mul_i64(-3, 5, &i) && i == -15);
}
END_TEST

/* --- Files ------------------------------------------------------------------------------------ */

static const struct {
    const char *path, *message;
} no_files[] = {
    {"no/such/file", "cannot open"},
    {".", "a folder"},
    {"/dev/null", "not a file"},
};

START_TEST(files_that_cannot_be_opened)
{
    if (inc_try(cx, &frame)) {
        incfile_open(cx, no_files[_i].path);
        ck_abort();
    }
    ck_assert_int_eq(cx->error.status, INC_E_IO);
    ck_assert_msg(strstr(cx->error.message, no_files[_i].message) != NULL, "%s", cx->error.message);
}
END_TEST

START_TEST(files_are_opened)
{
    static const char *const contents[] = {"", "some bytes"};
    const char *text = contents[_i];
    FILE *stream = fopen("test_base_open.tmp", "wb");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    fclose(stream);
    ck_assert(inc_try(cx, &frame));
    const incfile *file = incfile_open(cx, "test_base_open.tmp");
    ck_assert_uint_eq(file->size, strlen(text));
    ck_assert(memcmp(incfile_bytes(cx, file, 0, strlen(text)), text, strlen(text)) == 0);
    ck_assert_ptr_null(file->bytes);
    const incfile *lent = incfile_borrow(cx, text, strlen(text), "lent");
    ck_assert_ptr_eq(lent->bytes, text);
    inc_try_end(cx, &frame);
    remove("test_base_open.tmp");
}
END_TEST

/* Byte i of a file of many windows. */
static uint8_t byte_at(uint64_t i)
{
    return (uint8_t)(i * 2654435761u >> 13);
}

static void write_bytes(const char *path, uint64_t n)
{
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    for (uint64_t i = 0; i < n; i++)
        putc(byte_at(i), stream);
    fclose(stream);
}

START_TEST(files_are_read_piece_by_piece)
{
    enum { N = 300 * 1000, MOST = 50 * 1000 };
    write_bytes("test_base_read.tmp", N);
    ck_assert(inc_try(cx, &frame));
    const incfile *outer = incfile_open(cx, "test_base_read.tmp");
    const incfile *inner = incfile_inside(cx, incfile_span(outer, 1000, N - 2000), "inner");
    uint8_t *bytes = inc_alloc(cx, MOST);
    uint64_t seed = 1;
    for (int i = 0; i < 3000; i++) {
        const incfile *file = i % 3 ? outer : inner;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t at = (seed >> 33) % file->size, left = file->size - at;
        const uint64_t wanted = i % 5 ? (seed >> 7) % 100 : (seed >> 7) % MOST;
        const volatile uint64_t n = wanted < left ? wanted : left;
        incfile_read(cx, file, at, n, bytes);
        uint64_t k = 0;
        while (k < n && bytes[k] == byte_at(at + k + (file == inner ? 1000 : 0)))
            k++;
        ck_assert_uint_eq(k, n);
    }
    inc_try_end(cx, &frame);
    remove("test_base_read.tmp");
}
END_TEST

START_TEST(files_that_are_cut_short_are_told)
{
    write_bytes("test_base_cut.tmp", 200000);
    if (inc_try(cx, &frame)) {
        uint8_t byte;
        const incfile *file = incfile_open(cx, "test_base_cut.tmp");
        ck_assert_int_eq(truncate("test_base_cut.tmp", 100000), 0);
        incfile_read(cx, file, 150000, 1, &byte);
        ck_abort();
    }
    ck_assert_int_eq(cx->error.status, INC_E_IO);
    ck_assert_ptr_nonnull(
        strstr(cx->error.message, "test_base_cut.tmp: it was cut short meanwhile"));
    remove("test_base_cut.tmp");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base");
    TCase *cases = tcase_create("base");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, arena_blocks_are_zeroed_aligned_and_apart);
    tcase_add_test(cases, arena_keeps_its_limit);
    tcase_add_test(cases, scratches_give_their_memory_back);
    tcase_add_test(cases, scratches_end_with_a_raise);
    tcase_add_test(cases, work_keeps_its_limit);
    tcase_add_test(cases, texts_are_safe_to_show);
    tcase_add_test(cases, walks_are_bounded);
    tcase_add_test(cases, walks_end_before_the_stack_does);
    tcase_add_test(cases, limits_grow_with_the_file_unless_they_are_set);
    tcase_add_test(cases, members_of_objects_are_found);
    tcase_add_loop_test(cases, arena_refuses_sizes_that_overflow, 0, 3);
    tcase_add_test(cases, raise_tells_and_cleans_up);
    tcase_add_test(cases, raise_again_reaches_the_outer_frame);
    tcase_add_test(cases, application_is_told);
    tcase_add_test(cases, every_allocation_may_fail);
    tcase_add_test(cases, vector_keeps_what_is_pushed);
    tcase_add_test(cases, map_finds_replaces_removes_in_order);
    tcase_add_test(cases, map_is_as_an_array_of_all_keys);
    tcase_add_test(cases, the_newest_block_grows_in_place);
    tcase_add_test(cases, strings_grow);
    tcase_add_loop_test(cases, numbers_are_parsed, 0, INC_COUNT(numbers));
    tcase_add_test(cases, checked_arithmetic);
    tcase_add_loop_test(cases, files_that_cannot_be_opened, 0, INC_COUNT(no_files));
    tcase_add_loop_test(cases, files_are_opened, 0, 2);
    tcase_add_test(cases, files_are_read_piece_by_piece);
    tcase_add_test(cases, files_that_are_cut_short_are_told);
    suite_add_tcase(suite, cases);
    return tst_run(suite);
}
