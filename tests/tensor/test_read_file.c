/* SPDX-License-Identifier: Apache-2.0 */
/* Views of a file that is not in memory: every element holds its own position, whatever way it is
 * come to. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/failing_alloc.h"
#include "../support/context.h"
#include "../support/suite.h"
#include "tensor/tensor.h"

#define PATH "test_read_file.tmp"

/* More than a few pieces have room for. */
enum { N = 12 * 1024 * 1024 };

static inc_frame frame;

static void write_file(void)
{
    FILE *stream = fopen(PATH, "wb");
    ck_assert_ptr_nonnull(stream);
    uint32_t *block = malloc(sizeof *block * 65536);
    for (uint32_t i = 0; i < N; i += 65536) {
        for (uint32_t k = 0; k < 65536; k++)
            block[k] = i + k;
        ck_assert_uint_eq(fwrite(block, sizeof *block, 65536, stream), 65536);
    }
    free(block);
    ck_assert_int_eq(fclose(stream), 0);
}

static void remove_file(void)
{
    remove(PATH);
}

static const struct view {
    const char *name;
    size_t rank;
    int64_t sizes[4], strides[4], offset;
} views[] = {
    {"all of it", 1, {N}, {1}, 0},
    {"rows of a part of it", 2, {3000, 100}, {4000, 1}, 7},
    {"a small matrix, transposed", 2, {100, 300}, {1, 100}, 5000},
    {"a matrix of one piece, transposed", 2, {2048, 2000}, {1, 2048}, 3},
    {"a large matrix, transposed", 2, {3000, 4096}, {1, 3000}, 0},
    {"a tall matrix, transposed", 2, {300, 41000}, {1, 300}, 5},
    {"a tall matrix, every other row, transposed", 2, {150, 41000}, {2, 300}, 6},
    {"a large matrix, every other row, transposed", 2, {1500, 4096}, {2, 3000}, 1},
    {"matrices, each transposed", 3, {11, 1000, 1100}, {1100000, 1, 1000}, 0},
    {"convolutions, channels last", 4, {64, 128, 3, 3}, {1152, 1, 384, 128}, 64},
    {"a column", 1, {3000}, {4096, 1}, 17},
    {"columns of two", 2, {2, 3000}, {2048, 4096}, 17},
    {"the same again and again", 3, {3, 2000, 5}, {0, 4096, 0}, 17},
    {"the same rows of far columns", 2, {7, 3000}, {0, 4096}, 17},
    {"one", 0, {0}, {0}, N - 1},
};

/* Where element i of a view is. */
static int64_t position(size_t rank, const int64_t *sizes, const int64_t *strides, int64_t offset,
                        uint64_t i)
{
    for (size_t d = rank; d-- > 0;) {
        offset += (int64_t)(i % (uint64_t)sizes[d]) * strides[d];
        i /= (uint64_t)sizes[d];
    }
    return offset;
}

typedef struct reader {
    inctensor *t;
    int64_t strides[4], offset;
    uint32_t *numbers;
    size_t most;
} reader;

static void read_part(const reader *r, const char *name, uint64_t first, uint64_t n)
{
    const inctensor *t = r->t;
    n = n < t->numel - first ? n : t->numel - first;
    inctensor_read(cx, t, first, n, r->numbers);
    for (uint64_t i = 0; i < n; i++) {
        int64_t at = position(t->rank, t->sizes, r->strides, r->offset, first + i);
        if (r->numbers[i] != at)
            ck_abort_msg("%s: element %llu is %u, not %lld", name, (unsigned long long)(first + i),
                         r->numbers[i], (long long)at);
    }
}

/* Forward as the writer does, then here and there. */
static void read_forth_and_back(const reader *r, const char *name)
{
    uint64_t seed = 1;
    for (uint64_t first = 0; first < r->t->numel; first += r->most)
        read_part(r, name, first, r->most);
    for (int i = 0; i < 6; i++) { /* each loads a piece */
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        read_part(r, name, (seed >> 20) % r->t->numel, (seed >> 50) % 5000);
    }
}

static reader open_view(const incfile *file, const struct view *v)
{
    reader r = {.offset = v->offset, .most = 65536};
    r.t = inctensor_view_file(cx, INCDT_U32, incfile_span(file, 0, file->size), v->rank, v->sizes,
                              v->strides, v->offset);
    r.numbers = inc_alloc_n(cx, r.most, sizeof *r.numbers);
    memcpy(r.strides, v->strides, sizeof r.strides);
    return r;
}

START_TEST(elements_are_where_they_are)
{
    const struct view *v = &views[_i];
    ck_assert(inc_try(cx, &frame));
    reader r = open_view(incfile_open(cx, PATH), v);
    ck_assert_ptr_null(inctensor_direct(r.t));
    read_forth_and_back(&r, v->name);
    for (size_t axis = 0; axis < v->rank; axis++) {
        reader back = r;
        back.t = inctensor_slice(cx, r.t, axis, v->sizes[axis] - 1, -1, v->sizes[axis]);
        back.offset += (v->sizes[axis] - 1) * v->strides[axis];
        back.strides[axis] *= -1;
        read_forth_and_back(&back, v->name);
    }
    inc_try_end(cx, &frame);
}
END_TEST

/* Views that are read in turn keep their pieces. */
START_TEST(concatenations_read_in_turn)
{
    enum { PARTS = 3, ROWS = 1000, COLUMNS = 1000 };
    ck_assert(inc_try(cx, &frame));
    const incfile *file = incfile_open(cx, PATH);
    const inctensor *parts[PARTS];
    for (int64_t i = 0; i < PARTS; i++)
        parts[i] = inctensor_view_file(cx, INCDT_U32, incfile_span(file, 0, file->size), 2,
                                       (int64_t[]){ROWS, COLUMNS}, (int64_t[]){1, ROWS},
                                       i * ROWS * COLUMNS);
    const inctensor *t = inctensor_concat(cx, 1, parts, PARTS);
    uint32_t *numbers = inc_alloc_n(cx, (size_t)t->numel, sizeof *numbers);
    inctensor_read(cx, t, 0, t->numel, numbers);
    for (uint32_t i = 0; i < t->numel; i++) {
        uint32_t row = i / (PARTS * COLUMNS), column = i % (PARTS * COLUMNS);
        if (numbers[i] != column / COLUMNS * ROWS * COLUMNS + row + column % COLUMNS * ROWS)
            ck_abort_msg("element %u is %u", i, numbers[i]);
    }
    inc_try_end(cx, &frame);
}
END_TEST

/* Two to a byte: the low one first. */
START_TEST(elements_below_a_byte)
{
    static const int64_t sizes[2] = {2000, 40000}, strides[2] = {1, 2001};
    ck_assert(inc_try(cx, &frame));
    const incfile *file = incfile_open(cx, PATH);
    const uint8_t *bytes = incfile_bytes(cx, file, 0, file->size);
    uint8_t *halves = inc_alloc(cx, 40000);
    const inctensor *views_of[] = {
        inctensor_view_file(cx, INCDT_QU4X2, incfile_span(file, 0, file->size), 2, sizes, strides,
                            3),
        inctensor_view_file(cx, INCDT_QU4X2, incfile_span(file, 0, file->size), 1, &sizes[1],
                            strides, 3)};
    for (size_t i = 0; i < INC_COUNT(views_of); i++) {
        inctensor_read(cx, views_of[i], 0, 40000, halves);
        uint64_t k = 0, at = 3;
        while (k < 40000 && halves[k] == (bytes[at / 2] >> (at % 2 * 4) & 15)) {
            at += i ? 1 : 2001;
            k++;
        }
        ck_assert_uint_eq(k, 40000);
    }
    inc_try_end(cx, &frame);
}
END_TEST

static void read_transposed(inccx *c, void *data)
{
    uint32_t numbers[16];
    const incfile *file = incfile_open(c, data);
    const inctensor *t = inctensor_view_file(c, INCDT_U32, incfile_span(file, 0, file->size), 2,
                                             (int64_t[]){100, 300}, (int64_t[]){1, 100}, 0);
    inctensor_read(c, t, 5, INC_COUNT(numbers), numbers);
}

START_TEST(every_allocation_may_fail)
{
    char path[] = PATH;
    ck_assert_int_gt(failing_alloc_run(read_transposed, path), 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("read_file");
    TCase *cases = tcase_create("read_file");
    tcase_add_unchecked_fixture(cases, write_file, remove_file);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, elements_are_where_they_are, 0, INC_COUNT(views));
    tcase_add_test(cases, concatenations_read_in_turn);
    tcase_add_test(cases, elements_below_a_byte);
    tcase_add_test(cases, every_allocation_may_fail);
    suite_add_tcase(suite, cases);
    return tst_run(suite);
}
