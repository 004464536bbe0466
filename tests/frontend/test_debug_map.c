/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of Python behind TorchScript, from records that PyTorch wrote and from odd ones. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/context.h"
#include "../support/suite.h"
#include "base/str.h"
#include "frontend/torchscript/debug_map.h"
#include "recorded.h"

/* The answer for where part first stands in source. */
static const char *found(const incts_debug_map *map, const char *source, const char *part,
                         bool *is_library)
{
    const char *place = strstr(source, part);
    ck_assert_msg(place != NULL, "%s", part);
    uint32_t line = 1, column = 1;
    for (const char *c = source; c < place; c++) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    const char *answer = incts_debug_map_find(cx, map, line, column, is_library);
    return answer ? answer : "-";
}

static const struct {
    const char *file, *part, *answer;
} written[] = {
    {"scripted.py", "class Scripted", "-"},
    {"scripted.py", "torch.ne(", "make.py:46"},
    {"scripted.py", "ops.prim.RaiseException", "make.py:47"},
    {"scripted.py", "(_00).forward", "make.py:50"},
    {"scripted.py", "torch.sub(times0", "make.py:54"},
    {"scripted.py", "torch.add(x4, inf)", "make.py:61"},
    {"scripted.py", "torch.neg(", "make.py:65"},
    {"scripted.py", "torch.split(", "make.py:41"},
    {"scripted.py", "torch.relu(", "make.py:26"},
    {"traced.py", "torch.gelu(", "make.py:76"},
    {"traced.py", "torch.fill_(", "make.py:77"},
    {"traced.py", "torch.mean(", "make.py:79"},
};

START_TEST(written_by_pytorch)
{
    inc_frame frame;
    ck_assert(inc_try(cx, &frame));
    size_t n, n_record;
    bool is_library;
    const char *source = read_all(cx, recorded_path(cx, written[_i].file, ""), &n);
    const char *record = read_all(cx, recorded_path(cx, written[_i].file, ".debug_pkl"), &n_record);
    const incts_debug_map *map =
        incts_debug_map_load(cx, "code/a.py.debug_pkl", record, n_record, source, n);
    ck_assert_ptr_nonnull(map);
    ck_assert_str_eq(found(map, source, written[_i].part, &is_library), written[_i].answer);
    ck_assert(!is_library);
    ck_assert_ptr_null(incts_debug_map_find(cx, map, 0, 1, NULL));
    ck_assert_ptr_null(incts_debug_map_find(cx, map, 100000, 1, NULL));
    inc_try_end(cx, &frame);
}
END_TEST

/* ---- records made here ---------------------------------------------------------------------- */

/* X and a short length, K and a byte: enough of pickle to write records by hand. */
#define STR(n, text) "X" n "\0\0\0" text
#define NUM(n) "K" n
#define RECORD(offset, text, file, line, start)                                                    \
    NUM(offset) text file NUM(line) "\x87" NUM(start) NUM("\x7f") "\x87" NUM("\0") "\x87"
#define OLD(...) "\x80\x02(" __VA_ARGS__ "t."
#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *bytes;
    size_t n;
    const char *answer; /* NULL: no map */
    bool is_library;
} made[] = {
    /* without a table: Python text, third line, from line 10 */
    {BYTES(OLD(RECORD("\x00", STR("\x06", "a\nb\ncd"), STR("\x08", "/x/n.pyc"), "\x0a", "\x04"))),
     "n.pyc:12", false},
    /* a stack */
    {BYTES(OLD(RECORD("\x00", STR("\x25", "C:\\x\\a.py(7): f\nb.py(8): <module>\n..."),
                      STR("\x09", "C:\\x\\a.py"), "\x07", "\x00"))),
     "a.py:7", false},
    {BYTES(OLD(RECORD("\x00", STR("\x2b", "/p/torch/nn/modules/r.py(7): f\nn.py(9): go\n"),
                      STR("\x18", "/p/torch/nn/modules/r.py"), "\x07", "\x00"))),
     "n.py:9", false},
    /* nothing of the user's inside the tracer: the innermost line as it is */
    {BYTES(OLD(RECORD("\x00",
                      STR("\x4f", "/q-packages/torch/r.py(7): f\n"
                                  "/p/torch/jit/_trace.py(1): g\nmain.py(9): <module>\n"),
                      STR("\x16", "/q-packages/torch/r.py"), "\x07", "\x00"))),
     "torch/r.py:7", true},
    /* the first record does not know, the next on the line does */
    {BYTES(OLD(RECORD("\x00", STR("\x01", "a"), STR("\x00", ""), "\x01", "\x00")
                   RECORD("\x02", STR("\x01", "a"), STR("\x01", "f"), "\x05", "\x00"))),
     "f:5", false},
    {BYTES(OLD(RECORD("\x02", STR("\x01", "a"), STR("\x01", "f"), "\x05", "\x00"))), "-", false},
    {BYTES(OLD("")), "-", false},
    /* odd ones */
    {BYTES(""), NULL, false},
    {BYTES("\x80\x02N."), NULL, false},
    {BYTES("\x80\x02(K\x01t."), NULL, false},
    {BYTES(OLD(NUM("\x00") NUM("\x01") NUM("\x02") "\x87")), NULL, false},
    {BYTES(OLD(RECORD("\x02", STR("\x01", "a"), STR("\x01", "f"), "\x05", "\x00")
                   RECORD("\x01", STR("\x01", "a"), STR("\x01", "f"), "\x05", "\x00"))),
     NULL, false},
    {BYTES(OLD(RECORD("\x00", NUM("\x01"), NUM("\x02"), "\x05", "\x00"))), "-", false},
    {BYTES("\x80\x02" STR("\x18", "FORMAT_WITH_STRING_TABLE") "NN\x87."), NULL, false},
    {BYTES("\x80\x02" STR("\x18", "FORMAT_WITH_STRING_TABLE") "(t(" RECORD("\x00",
                                                                           "](K\x05"
                                                                           "e",
                                                                           NUM("\x07"), "\x05",
                                                                           "\x00") "t\x87."),
     "-", false},
    {BYTES("\x80\x02" STR("\x18", "FORMAT_WITH_STRING_TABLE") "(" STR("\x02", "x\n") STR(
         "\x01", "f") "t(" RECORD("\x00", "](K\0K\0e", NUM("\x01"), "\x05", "\x04") "t\x87."),
     "f:7", false},
};

START_TEST(made_by_hand)
{
    inc_frame frame;
    ck_assert(inc_try(cx, &frame));
    static const char source[] = "  x = y\n";
    bool is_library = false;
    cx->error.message = "the error before";
    const incts_debug_map *map = incts_debug_map_load(cx, "code/a.py.debug_pkl", made[_i].bytes,
                                                      made[_i].n, source, sizeof source - 1);
    ck_assert_str_eq(cx->error.message, "the error before");
    ck_assert_int_eq(map == NULL, made[_i].answer == NULL);
    if (map)
        ck_assert_str_eq(found(map, source, "  x", &is_library), made[_i].answer);
    ck_assert_int_eq(is_library, made[_i].is_library);
    ck_assert_ptr_null(incts_debug_map_find(cx, NULL, 1, 1, NULL));
    inc_try_end(cx, &frame);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("debug_map");
    TCase *tc = tcase_create("debug_map");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, written_by_pytorch, 0, INC_COUNT(written));
    tcase_add_loop_test(tc, made_by_hand, 0, INC_COUNT(made));
    suite_add_tcase(suite, tc);
    return tst_run(suite);
}
