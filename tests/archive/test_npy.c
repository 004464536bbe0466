/* SPDX-License-Identifier: Apache-2.0 */
/* NumPy arrays, alone and in archives; good and bad headers. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../support/context.h"
#include "../support/suite.h"
#include "archive/npy.h"
#include "make_zip.h"
#include "show.h"

static inc_frame frame;

/* An .npy of that version: the header's text, padded as NumPy pads, then the data. */
static const char *array(int version, const char *header, const void *data, size_t n, size_t *size)
{
    incstr s = {0};
    size_t front = version == 1 ? 10 : 12, length = strlen(header), padding = 0;
    while ((front + length + padding + 1) % 64 != 0)
        padding++;
    length += padding + 1;
    incstr_add(cx, &s, "\x93NUMPY");
    char begin[] = {(char)version, 0, (char)(length & 0xff), (char)(length >> 8), 0, 0};
    incstr_add_n(cx, &s, begin, front - 6);
    incstr_add(cx, &s, header);
    while (padding-- > 0)
        incstr_add(cx, &s, " ");
    incstr_add(cx, &s, "\n");
    incstr_add_n(cx, &s, data, n);
    *size = s.n;
    return s.text;
}

static const uint8_t ramp[64] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

/* clang-format off */
static const struct {
    int version;
    const char *header;
    inc_status status;
    const char *expected; /* the array, or a part of the message */
} arrays[] = {
    {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }", INC_OK, "uint8[2,3](0 1 2 3 4 5)"},
    {1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }",  INC_OK, "uint8[2,3](0 2 4 1 3 5)"},
    {2, "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }",   INC_OK, "int16[2](256 770)"},
    {3, "{'descr': '<u2', 'fortran_order': False, 'shape': (), }",     INC_OK, "uint16[](256)"},
    {1, "{'descr': '|b1', 'fortran_order': False, 'shape': (1, 2)}",   INC_OK, "bool[1,2](0 1)"},
    {1, "{\"shape\":(3L,),\"fortran_order\":False,\"descr\":\"|i1\"}", INC_OK, "int8[3](0 1 2)"},
    {1, "{'descr': '<f2', 'fortran_order': False, 'shape': (0, 3), }", INC_OK, "float16[0,3]()"},
    {1, "{'descr': '<c8', 'fortran_order': False, 'shape': (0,), }",   INC_OK, "complex64[0]()"},
    {1, "{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }",   INC_E_UNSUPPORTED, ">f4"},
    {1, "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }",    INC_E_UNSUPPORTED, "|O"},
    {1, "{'descr': '<U5', 'fortran_order': False, 'shape': (2,), }",   INC_E_UNSUPPORTED, "<U5"},
    {1, "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (), }", INC_E_UNSUPPORTED, "<M8"},
    {1, "{'descr': '<float32', 'fortran_order': False, 'shape': (), }", INC_E_UNSUPPORTED, "<float32"},
    {1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (), }", INC_E_UNSUPPORTED, "record"},
    {1, "{'descr': '|f4', 'fortran_order': False, 'shape': (2,), }",   INC_E_UNSUPPORTED, "|f4"},
    {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (9,), }",   INC_E_FORMAT, "element 8 of a storage that has 8"},
    {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296, 9), }", INC_E_FORMAT, "too many elements"},
    {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,), }",  INC_E_FORMAT, "a size is no number"},
    {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1 2), }",  INC_E_FORMAT, "')' is missing"},
    {1, "{'descr': '|u1', 'fortran_order': 0, 'shape': (1,), }",       INC_E_FORMAT, "neither True nor False"},
    {1, "{'descr': '|u1', 'fortran_order': False, }",                  INC_E_FORMAT, "missing"},
    {1, "{'descr': '|u1', 'descr': '|u1', 'shape': (1,), }",           INC_E_FORMAT, "twice"},
    {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'x': 1}", INC_E_FORMAT, "unknown"},
    {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} x",   INC_E_FORMAT, "behind"},
    {1, "{'descr': '|u1",                                              INC_E_FORMAT, "quote is missing"},
    {1, "",                                                            INC_E_FORMAT, "'{' is missing"},
    {4, "{}",                                                          INC_E_UNSUPPORTED, "format 4.0"},
};
/* clang-format on */

START_TEST(arrays_are_read)
{
    volatile inc_status status = INC_OK;
    incstr text = {0};
    if (inc_try(cx, &frame)) {
        size_t size;
        const char *bytes = array(arrays[_i].version, arrays[_i].header, ramp, sizeof ramp, &size);
        show_tensor(cx, &text, incnpy_read(cx, bytes, size, "x.npy"));
        ck_assert_str_eq(incstr_text(&text), arrays[_i].expected);
        for (volatile size_t cut = 0; cut < size - sizeof ramp; cut++) {
            inc_frame inner;
            if (inc_try(cx, &inner)) {
                incnpy_read(cx, bytes, cut, "x.npy");
                ck_abort_msg("cut to %zu", (size_t)cut);
            }
        }
        inc_try_end(cx, &frame);
    } else {
        status = cx->error.status;
    }
    ck_assert_msg(status == arrays[_i].status, "%s: %d, %s", arrays[_i].header, (int)status,
                  status ? cx->error.message : "");
    if (status)
        ck_assert_msg(strstr(cx->error.message, arrays[_i].expected) != NULL, "%s",
                      cx->error.message);
}
END_TEST

START_TEST(archives_are_read)
{
    ck_assert(inc_try(cx, &frame));
    size_t size;
    const char *bytes =
        array(1, "{'descr': '<u2', 'fortran_order': False, 'shape': (3,), }", ramp, 6, &size);
    const made_entry entries[] = {{"b.npy", bytes, size, false},
                                  {"a/x.npy", bytes, size, true},
                                  {"notes.txt", "no array", 8, false}};
    inczip *zip = inczip_open(cx, make_zip_file(cx, MADE_PLAIN, entries, 3));
    const incnpz *npz = incnpz_read(cx, zip);
    ck_assert_uint_eq(npz->n, 2);
    ck_assert_str_eq(npz->names[0], "b");
    ck_assert_str_eq(npz->names[1], "a/x");
    ck_assert_ptr_eq(inctensor_direct(npz->tensors[0]), inczip_at(zip, 0)->bytes + size - 6);
    ck_assert_int_eq(inctensor_i64s(cx, incnpz_get(npz, "a/x"))[2], 0x0504);
    ck_assert_ptr_null(incnpz_get(npz, "x"));
    inc_try_end(cx, &frame);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("npy");
    TCase *cases = tcase_create("npy");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, arrays_are_read, 0, INC_COUNT(arrays));
    tcase_add_test(cases, archives_are_read);
    suite_add_tcase(suite, cases);
    return tst_run(suite);
}
