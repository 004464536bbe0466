/* SPDX-License-Identifier: Apache-2.0 */
/* ZIP archives: what is found in good ones, and that every lie of a bad one is noticed. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/failing_alloc.h"
#include "../support/suite.h"
#include "archive/zip.h"
#include "make_zip.h"

static inccx *cx;
static inc_frame frame;
static char long_text[5000];

/* clang-format off */
static const made_entry plain[] = {
    {"m/data.pkl", "a pickle", 8, false},
    {"m/code/net.py", long_text, sizeof long_text, true},
    {"m/data/0", long_text, 100, false},
    {"m/empty", "", 0, false},
};
/* clang-format on */
enum { PICKLE, CODE, TENSOR, EMPTY };

static void set_up(void)
{
    cx = inccx_new(NULL);
    for (size_t i = 0; i < sizeof long_text; i++)
        long_text[i] = (char)('a' + i * i % 7);
}

static void tear_down(void)
{
    inccx_free(cx);
}

START_TEST(entries_are_found)
{
    made_style style = (made_style)_i;
    ck_assert(inc_try(cx, &frame));
    inczip *zip = inczip_open(cx, make_zip_file(cx, style, plain, INC_COUNT(plain)));
    ck_assert_uint_eq(inczip_count(zip), INC_COUNT(plain));
    ck_assert_str_eq(inczip_prefix(zip), "m");
    ck_assert_str_eq(inczip_file_name(zip), "made.zip");
    for (size_t i = 0; i < INC_COUNT(plain); i++) {
        const inczip_entry *e = inczip_at(zip, i);
        ck_assert_str_eq(e->name, plain[i].name);
        ck_assert_str_eq(e->record, plain[i].name + 2);
        ck_assert_ptr_eq(inczip_find(zip, e->record), e);
        ck_assert_ptr_eq(inczip_find_name(zip, e->name), e);
        ck_assert_uint_eq(e->size, plain[i].size);
        ck_assert(e->is_deflated == plain[i].deflate);
        ck_assert((e->bytes == NULL) == plain[i].deflate);
        const uint8_t *bytes = inczip_read(cx, zip, e);
        ck_assert(plain[i].size == 0 || memcmp(bytes, plain[i].bytes, plain[i].size) == 0);
        ck_assert_ptr_eq(inczip_read(cx, zip, e), bytes);
        ck_assert(e->is_deflated || bytes == e->bytes);
        if (style == MADE_PYTORCH)
            ck_assert_uint_eq(e->packed_offset % 64, 0);
    }
    ck_assert_ptr_null(inczip_find(zip, "m/data.pkl"));
    ck_assert_ptr_null(inczip_find(zip, "data"));
    ck_assert(inczip_has_records(zip, "code/"));
    ck_assert(!inczip_has_records(zip, "m/"));
    inc_try_end(cx, &frame);
}
END_TEST

static const struct {
    const char *names[3];
    const char *prefix;
    const char *records[3];
} prefixes[] = {
    {{"a/b", "a/c/d", "a/e"}, "a", {"b", "c/d", "e"}},
    {{"a/b", "b/c", "d"}, "a", {"b", NULL, NULL}},
    {{"b", "a/c", "d"}, "", {"b", "a/c", "d"}},
    {{"extra_files/x", "serialized_exported_program.json", "v"},
     "",
     {"extra_files/x", "serialized_exported_program.json", "v"}},
    {{"net.v2/b", "net.v2x/c", "net.v2/"}, "net.v2", {"b", NULL, NULL}},
};

START_TEST(prefix_is_the_first_entrys)
{
    made_entry entries[3] = {{0}};
    ck_assert(inc_try(cx, &frame));
    for (size_t i = 0; i < 3; i++)
        entries[i] = (made_entry){prefixes[_i].names[i], "", 0, false};
    inczip *zip = inczip_open(cx, make_zip_file(cx, MADE_PLAIN, entries, 3));
    ck_assert_str_eq(inczip_prefix(zip), prefixes[_i].prefix);
    for (size_t i = 0; i < inczip_count(zip); i++) {
        const char *record = inczip_at(zip, i)->record, *expected = prefixes[_i].records[i];
        ck_assert((record == NULL) == (expected == NULL));
        if (expected)
            ck_assert_str_eq(record, expected);
    }
    inc_try_end(cx, &frame);
}
END_TEST

/* --- Damage ----------------------------------------------------------------------------------- */

typedef enum place { LOCAL, PAYLOAD, CENTRAL, END64, LOCATOR, END } place;

/* clang-format off */
static const struct damage {
    const char *name;
    made_style style;
    place place;
    size_t entry, offset, width;
    uint64_t value;
    inc_status status;   /* INC_OK: the damage is one that does not matter */
    const char *message;
} damages[] = {
    {"end signature",       MADE_PLAIN, END, 0, 0, 4, 0, INC_E_FORMAT, "no end record"},
    {"comment length",      MADE_PLAIN, END, 0, 20, 2, 5, INC_OK, NULL},
    {"count too high",      MADE_PLAIN, END, 0, 10, 2, 5, INC_E_FORMAT, ""},
    {"count too low",       MADE_PLAIN, END, 0, 10, 2, 3, INC_E_FORMAT, ""},
    {"both counts too low", MADE_PLAIN, END, 0, 8, 4, 0x00030003, INC_E_FORMAT, "do not fit together"},
    {"both counts huge",    MADE_PYTORCH, END64, 0, 24, 8, UINT64_MAX, INC_E_FORMAT, ""},
    {"directory size",      MADE_PLAIN, END, 0, 12, 4, 100, INC_E_FORMAT, ""},
    {"directory offset",    MADE_PLAIN, END, 0, 16, 4, 3, INC_E_FORMAT, ""},
    {"directory beyond",    MADE_PLAIN, END, 0, 16, 4, 0x7fffffff, INC_E_FORMAT, ""},
    {"64: offset",          MADE_PYTORCH, END64, 0, 48, 8, 3, INC_E_FORMAT, ""},
    {"64: offset huge",     MADE_PYTORCH, END64, 0, 48, 8, UINT64_MAX - 100, INC_E_FORMAT, ""},
    {"64: size",            MADE_PYTORCH, END64, 0, 40, 8, 1, INC_E_FORMAT, ""},
    {"64: record size",     MADE_PYTORCH, END64, 0, 4, 8, 45, INC_E_FORMAT, ""},
    {"64: locator offset",  MADE_PYTORCH, LOCATOR, 0, 8, 8, 0, INC_E_FORMAT, ""},
    {"64: classic differs", MADE_PYTORCH, END, 0, 16, 4, 3, INC_E_FORMAT, "do not fit together"},
    {"central signature",   MADE_PLAIN, CENTRAL, 1, 0, 4, 0, INC_E_FORMAT, ""},
    {"local signature",     MADE_PLAIN, LOCAL, 1, 0, 4, 0, INC_E_FORMAT, ""},
    {"local name",          MADE_PLAIN, LOCAL, 1, 31, 1, 'X', INC_E_FORMAT, "different names"},
    {"local name length",   MADE_PLAIN, LOCAL, 1, 26, 2, 5, INC_E_FORMAT, ""},
    {"local method",        MADE_PLAIN, LOCAL, 1, 8, 2, 0, INC_E_FORMAT, ""},
    {"local size",          MADE_PLAIN, LOCAL, 0, 22, 4, 9, INC_E_FORMAT, ""},
    {"local extra length",  MADE_PLAIN, LOCAL, 3, 28, 2, 0xffff, INC_E_FORMAT, "reaches beyond"},
    {"encrypted",           MADE_PLAIN, CENTRAL, 0, 8, 2, 0x801, INC_E_UNSUPPORTED, "encrypted"},
    {"method 12",           MADE_PLAIN, CENTRAL, 0, 10, 2, 12, INC_E_UNSUPPORTED, "method 12"},
    {"stored sizes differ", MADE_PYTORCH, CENTRAL, 0, 24, 4, 9, INC_E_FORMAT, "two different sizes"},
    {"size beyond",         MADE_PYTORCH, CENTRAL, 2, 20, 8, 0x0fffffff0fffffff, INC_E_FORMAT, "reaches beyond"},
    {"offset beyond",       MADE_PLAIN, CENTRAL, 2, 42, 4, 0x0fffffff, INC_E_FORMAT, ""},
    {"overlap",             MADE_PLAIN, CENTRAL, 2, 42, 4, 0, INC_E_FORMAT, ""},
    {"64: size beyond",     MADE_ZIP64, CENTRAL, 2, 46 + 8 + 12, 8, UINT64_MAX - 200, INC_E_FORMAT, "two different sizes"},
    {"64: offset beyond",   MADE_ZIP64, CENTRAL, 2, 46 + 8 + 20, 8, UINT64_MAX, INC_E_FORMAT, "not inside"},
    {"64: field too short", MADE_ZIP64, CENTRAL, 2, 46 + 8 + 2, 2, 16, INC_E_FORMAT, "too "},
    {"64: field missing",   MADE_ZIP64, CENTRAL, 2, 46 + 8, 2, 2, INC_E_FORMAT, ""},
    {"local checksum",      MADE_PLAIN, LOCAL, 0, 14, 4, 9, INC_E_FORMAT, "differ"},
    {"zero in the name",    MADE_PLAIN, CENTRAL, 0, 50, 1, 0, INC_E_FORMAT, "zero byte"},
    {"crc, not computed",   MADE_PYTORCH, CENTRAL, 0, 16, 4, 0, INC_OK, NULL},
    {"crc of a tensor",     MADE_PYTORCH, CENTRAL, TENSOR, 16, 4, 7, INC_OK, NULL},
    {"crc of stored",       MADE_PYTORCH, CENTRAL, PICKLE, 16, 4, 7, INC_E_FORMAT, "checksum"},
    {"crc of deflated",     MADE_PYTORCH, CENTRAL, CODE, 16, 4, 7, INC_E_FORMAT, "checksum"},
    {"inflates to less",    MADE_PYTORCH, CENTRAL, CODE, 24, 4, 5001, INC_E_FORMAT, "unpack"},
    {"inflates to more",    MADE_PYTORCH, CENTRAL, CODE, 24, 4, 4999, INC_E_FORMAT, "unpack"},
    {"inflates to nothing", MADE_PYTORCH, CENTRAL, CODE, 24, 4, 0, INC_E_FORMAT, "unpack"},
    {"inflates impossibly", MADE_PYTORCH, CENTRAL, CODE, 24, 4, 0x0f000000, INC_E_FORMAT, "impossible"},
    {"inflates beyond all", MADE_PYTORCH, CENTRAL, CODE, 24, 4, 0x70000000, INC_E_LIMIT, "unpacks to"},
    {"bad deflate stream",  MADE_PYTORCH, PAYLOAD, CODE, 0, 4, 0xffffffff, INC_E_FORMAT, "unpack"},
};
/* clang-format on */

static size_t place_of(const made_zip *zip, const struct damage *d)
{
    switch (d->place) {
    case LOCAL:
        return zip->local[d->entry];
    case PAYLOAD:
        return zip->payload[d->entry];
    case CENTRAL:
        return zip->central[d->entry];
    case END64:
        return zip->end64;
    case LOCATOR:
        return zip->locator;
    default:
        return zip->end;
    }
}

/* Reads as the library does: text and pickles checked, tensors not. */
static void read_all(inccx *c, const incfile *file)
{
    inczip *zip = inczip_open(c, file);
    for (size_t i = 0; i < inczip_count(zip); i++) {
        const inczip_entry *e = inczip_at(zip, i);
        if (strstr(e->name, "data/"))
            inczip_read_unchecked(c, zip, e);
        else
            inczip_read(c, zip, e);
    }
}

static void expect_failure(const char *name, inc_status status, const char *message)
{
    ck_assert_msg(cx->error.status == status, "%s: %d, %s", name, (int)cx->error.status,
                  cx->error.message);
    ck_assert_msg(strstr(cx->error.message, message) != NULL, "%s: %s", name, cx->error.message);
}

static const incfile *written(const made_zip *zip)
{
    FILE *stream = fopen("test_zip.tmp", "wb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(zip->bytes, 1, zip->size, stream), zip->size);
    fclose(stream);
    const incfile *file = incfile_open(cx, "test_zip.tmp");
    remove("test_zip.tmp");
    return file;
}

/* In memory, and read piece by piece. */
START_TEST(damage_is_noticed)
{
    const struct damage *d = &damages[_i / 2];
    volatile bool done = false;
    if (inc_try(cx, &frame)) {
        made_zip zip = make_zip(cx, d->style, plain, INC_COUNT(plain));
        size_t at = place_of(&zip, d) + d->offset;
        for (size_t i = 0; i < d->width; i++)
            zip.bytes[at + i] = (uint8_t)(d->value >> 8 * i);
        read_all(cx, _i % 2 ? written(&zip) : incfile_borrow(cx, zip.bytes, zip.size, "made.zip"));
        inc_try_end(cx, &frame);
        done = true;
    }
    if (d->status == INC_OK) {
        ck_assert_msg(done, "%s: %s", d->name, cx->error.message);
    } else {
        ck_assert_msg(!done, "%s: nothing was noticed", d->name);
        expect_failure(d->name, d->status, d->message);
    }
}
END_TEST

/* As far from the file's end as PyTorch looks for the end record; one byte more, and it is not
 * there. */
START_TEST(bytes_behind_are_passed_over)
{
    static const size_t behind[] = {1, 5000, 66000, 69584 - 22, 69584 - 21};
    for (volatile size_t i = 0; i < INC_COUNT(behind); i++) {
        volatile bool done = false;
        if (inc_try(cx, &frame)) {
            made_zip zip = make_zip(cx, MADE_PYTORCH, plain, INC_COUNT(plain));
            uint8_t *bytes = inc_alloc(cx, zip.size + behind[i]);
            memcpy(bytes, zip.bytes, zip.size);
            memset(bytes + zip.size, 0, behind[i]);
            read_all(cx, incfile_borrow(cx, bytes, zip.size + behind[i], "long.zip"));
            done = true;
            inc_try_end(cx, &frame);
        }
        ck_assert_msg(done == (i + 1 < INC_COUNT(behind)), "%zu bytes: %s", behind[i],
                      cx->error.message);
    }
    expect_failure("too far", INC_E_FORMAT, "no end record");
}
END_TEST

START_TEST(every_cut_is_noticed)
{
    ck_assert(inc_try(cx, &frame));
    made_zip zip = make_zip(cx, (made_style)_i, plain, INC_COUNT(plain));
    inc_try_end(cx, &frame);
    for (volatile size_t size = 0; size < zip.size; size++) {
        inccx *other = inccx_new(NULL);
        volatile bool done = false;
        if (inc_try(other, &frame)) {
            read_all(other, incfile_borrow(other, zip.bytes, size, "cut.zip"));
            done = true;
            inc_try_end(other, &frame);
        }
        ck_assert_msg(!done, "cut to %zu of %zu", size, zip.size);
        ck_assert_int_eq(other->error.status, INC_E_FORMAT);
        inccx_free(other);
    }
}
END_TEST

/* clang-format off */
static const struct {
    const char *what;
    made_entry entries[2];
    const char *front; /* bytes before the archive */
    const char *message;
} wholes[] = {
    {"same name twice", {{"a/x", "1", 1, false}, {"a/x", "2", 1, false}}, "", "same name"},
    {"folder with contents", {{"a/", "1", 1, false}, {"a/x", "2", 1, false}}, "", "folder"},
    {"bytes in front", {{"a/y", "1", 1, false}, {"a/x", "2", 1, false}}, "junk", ""},
    {"no archive", {{0}}, "just some text that is no archive", "no end record"},
    {"nothing", {{0}}, "", "no end record"},
};
/* clang-format on */

START_TEST(odd_archives_are_refused)
{
    volatile bool done = false;
    if (inc_try(cx, &frame)) {
        size_t front = strlen(wholes[_i].front);
        made_zip zip = {0};
        if (wholes[_i].entries[0].name)
            zip = make_zip(cx, MADE_PLAIN, wholes[_i].entries, 2);
        uint8_t *bytes = inc_alloc(cx, front + zip.size);
        memcpy(bytes, wholes[_i].front, front);
        if (zip.size)
            memcpy(bytes + front, zip.bytes, zip.size);
        inczip_open(cx, incfile_borrow(cx, bytes, front + zip.size, "odd.zip"));
        done = true;
        inc_try_end(cx, &frame);
    }
    ck_assert_msg(!done, "%s: nothing was noticed", wholes[_i].what);
    expect_failure(wholes[_i].what, INC_E_FORMAT, wholes[_i].message);
}
END_TEST

static void open_made(inccx *c, void *data)
{
    const made_zip *zip = data;
    read_all(c, incfile_borrow(c, zip->bytes, zip->size, "made.zip"));
}

START_TEST(every_allocation_may_fail)
{
    ck_assert(inc_try(cx, &frame));
    made_zip zip = make_zip(cx, MADE_PYTORCH, plain, INC_COUNT(plain));
    inc_try_end(cx, &frame);
    ck_assert_int_ge(failing_alloc_run(open_made, &zip), 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("zip");
    TCase *cases = tcase_create("zip");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, entries_are_found, 0, 3);
    tcase_add_loop_test(cases, prefix_is_the_first_entrys, 0, INC_COUNT(prefixes));
    tcase_add_loop_test(cases, damage_is_noticed, 0, 2 * INC_COUNT(damages));
    tcase_add_loop_test(cases, every_cut_is_noticed, 0, 3);
    tcase_add_test(cases, bytes_behind_are_passed_over);
    tcase_add_loop_test(cases, odd_archives_are_refused, 0, INC_COUNT(wholes));
    tcase_add_test(cases, every_allocation_may_fail);
    suite_add_tcase(suite, cases);
    return tst_run(suite);
}
