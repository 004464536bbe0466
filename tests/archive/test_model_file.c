/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: those that PyTorch wrote (tests/data/samples), and every kind that is told apart. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/failing_alloc.h"
#include "../support/context.h"
#include "../support/suite.h"
#include "archive/model_file.h"
#include "make_zip.h"
#include "show.h"

static inc_frame frame;

static const char *sample(const char *name)
{
    const char *folder = getenv("INC_TEST_DATA");
    return inc_printf(cx, "%s/samples/%s", folder ? folder : "tests/data", name);
}

/* --- Files of PyTorch ------------------------------------------------------------------------- */

/* "state_dict/weight", "views/2": names of dicts and attributes, numbers of lists and tuples. */
static const incpkl_value *follow(const incpkl_value *v, const char *path)
{
    while (v && *path) {
        size_t n = strcspn(path, "/");
        const char *part = inc_strndup(cx, path, n);
        int64_t i;
        if (v->kind == INCPKL_OBJECT)
            v = v->as.object->state;
        if (v && (v->kind == INCPKL_TUPLE || v->kind == INCPKL_LIST))
            v = incstr_int(part, n, &i) && i < (int64_t)v->as.items.n ? v->as.items.items[i] : NULL;
        else
            v = incpkl_get(v, part);
        path += path[n] ? n + 1 : n;
    }
    return v;
}

/* clang-format off */
static const struct {
    const char *file, *path; /* "constants/0", "traced_inputs/forward": of the other pickles */
    const char *text;
} facts[] = {
    {"scripted.pt", "training", "False"},
    {"scripted.pt", "turned", "float32[3,2](0 3 1 4 2 5)"},
    {"scripted.pt", "halves", "float16[3](0 0.5 1)"},
    {"scripted.pt", "none", "None"},
    {"scripted.pt", "colour", "__torch__.Colour=2"},
    {"scripted.pt", "sizes", "[1, -2, 1099511627776]:List[int]"},
    {"scripted.pt", "flags", "[True, False]:List[bool]"},
    {"scripted.pt", "factors", "[0.5000000000, inf]:List[float]"},
    {"scripted.pt", "names", "['plain', 'quote \" and \\x0a', 'gr\\xc3\\xbcn']:List[str]"},
    {"scripted.pt", "table", "{'one': 1, 'two': 2}:Dict[str, int]"},
    {"scripted.pt", "pair", "(7, 'seven')"},
    {"scripted.pt", "tensors", "[float32[2](0 1), float32[2](1 2)]:List[Tensor]"},
    {"scripted.pt", "linear/weight", "float32[3,2](0 0.125 0.25 0.375 0.5 0.625) grad"},
    {"scripted.pt", "inner/norm/running_var", "float32[3](1 1 1)"},
    {"scripted.pt", "inner/norm/num_batches_tracked", "int64[](0)"},
    {"scripted.pt", "constants/", "()"},
    {"frozen.pt", "", "__torch__.___torch_mangle_0.Scripted()<-{}"},
    {"frozen.pt", "constants/0", "float32[3,2](0 0.125 0.25 0.375 0.5 0.625)"},
    {"frozen.pt", "constants/7", "float32[2](1 2)"},
    {"traced.pt", "conv/bias", "float32[2](0 0.125) grad"},
    {"traced.pt", "constants/0", "float32[2,1,1](1.5 2.5)"},
    {"traced.pt", "traced_inputs/forward/0", "float32[1,1,4,5]"},
    {"torch113/traced.pt", "conv/bias", "float32[2](0 0.125) grad"},
    {"checkpoint.pt", "epoch", "3"},
    {"checkpoint.pt", "large", "int'\\x05\\x00\\x00\\x00\\x00\\x00\\x00\\x00@'"},
    {"checkpoint.pt", "minus", "-8589934592"},
    {"checkpoint.pt", "rate", "0.1000000000"},
    {"checkpoint.pt", "name", "'gr\\xc3\\xbcn\\x00!'"},
    {"checkpoint.pt", "raw", "b'\\x00\\xff\\x80abc'"},
    {"checkpoint.pt", "truth", "(True, False, None)"},
    {"checkpoint.pt", "state_dict/weight", "float32[2,2](0 1 2 3) parameter grad"},
    {"checkpoint.pt", "state_dict/bias", "bfloat16[2](-1 0)"},
    {"checkpoint.pt", "views/1", "float32[2,3](6 8 10 12 14 16)"},
    {"checkpoint.pt", "views/3", "float32[6](12 13 14 15 16 17)"},
    {"checkpoint.pt", "scalar", "float64[](2.5)"},
    {"checkpoint.pt", "empty", "float32[0,3]()"},
    {"checkpoint.pt", "bools", "bool[3](1 0 1)"},
    {"checkpoint.pt", "complex", "complex64[2](1+2j -0-0.5j)"},
    {"checkpoint.pt", "number", "complex(1.000000000, 2.000000000)"},
    {"checkpoint.pt", "size", "(2, 3)"},
    {"checkpoint.pt", "dtype", "torch.float16"},
    {"checkpoint.pt", "device", "device'cuda:1'"},
    {"checkpoint.pt", "set", "set{5}"},
    {"checkpoint_protocol4.pt", "raw", "b'\\x00\\xff\\x80abc'"},
    {"checkpoint_protocol4.pt", "views/2", "float32[6,4](0 6 12 18 1 7 13 19 2 8 14 20 3 9 15 21 4 10 16 22 5 11 17 23)"},
    {"checkpoint_protocol4.pt", "state_dict/bias", "bfloat16[2](-1 0)"},
    {"checkpoint_legacy.pt", "views/1", "float32[2,3](6 8 10 12 14 16)"},
    {"checkpoint_legacy.pt", "state_dict/weight", "float32[2,2](0 1 2 3) parameter grad"},
    {"checkpoint_legacy.pt", "bytes", "uint8[3](0 1 2)"},
    {"quantized.pt", "whole", "qint8[2,3](-7 -5 -3 -1 1 3) * (0.5; -3)"},
    {"quantized.pt", "unsigned", "quint8[2,3](8 12 16 20 24 28) * (0.25; 16)"},
    {"quantized.pt", "wide", "qint32[2,3](-16 -8 0 8 16 24) * (0.125; 0)"},
    {"quantized.pt", "channels", "qint8[2,3](-4 -2 0 5 9 13) * (0.5 0.25; 0 1; axis 0)"},
    {"quantized.pt", "last", "qint8[1,2,1,3](-4 -2 0 5 9 13) * (0.5 0.25; 0 1; axis 1)"},
    {"quantized.pt", "reals", "quint8[2,3](0 2 4 12 16 20) * (0.5 0.25; 4.5 8.25; axis 0)"},
    {"quantized.pt", "nibbles", "quint4x2[2,3](0 2 4 3 4 5) * (0.5 1; 0 0; axis 0)"},
    {"quantized.pt", "pair", "(qint8[2,3](-2 -1 0 1 2 3) * (1; 0), None)"},
    {"quantized.pt", "type", "torch.qint8"},
    {"torch113/quantized.pt", "channels", "qint8[2,3](-4 -2 0 5 9 13) * (0.5 0.25; 0 1; axis 0)"},
    {"torch113/quantized.pt", "nibbles", "quint4x2[2,3](0 2 4 3 4 5) * (0.5 1; 0 0; axis 0)"},
};
/* clang-format on */

static const incpkl_value *find_fact(incarc *a, const char *path)
{
    if (incstr_starts(path, "constants/"))
        return follow(incarc_constants(cx, a), path + strlen("constants/"));
    if (incstr_starts(path, "traced_inputs/"))
        return follow(incarc_traced_inputs(cx, a), path + strlen("traced_inputs/"));
    return follow(incarc_root(cx, a), path);
}

START_TEST(files_hold_what_was_saved)
{
    if (!inc_try(cx, &frame))
        ck_abort_msg("%s: %s", facts[_i].file, cx->error.message);
    incarc *a = incarc_open(cx, incfile_open(cx, sample(facts[_i].file)));
    const incpkl_value *v = find_fact(a, facts[_i].path);
    incstr text = {0};
    ck_assert_msg(v != NULL, "%s: no %s", facts[_i].file, facts[_i].path);
    show_value(cx, &text, v);
    ck_assert_msg(strcmp(incstr_text(&text), facts[_i].text) == 0, "%s %s: %s", facts[_i].file,
                  facts[_i].path, incstr_text(&text));
    inc_try_end(cx, &frame);
}
END_TEST

static const struct {
    const char *file;
    incarc_kind kind;
    int64_t version;
} headers[] = {
    {"scripted.pt", INCARC_TORCHSCRIPT, 3},
    {"traced.pt", INCARC_TORCHSCRIPT, 10}, /* in .data/version */
    {"torch113/traced.pt", INCARC_TORCHSCRIPT, 10},
    {"checkpoint.pt", INCARC_SAVED, 3},
    {"checkpoint_legacy.pt", INCARC_SAVED_LEGACY, 0},
};

START_TEST(files_are_recognised)
{
    ck_assert(inc_try(cx, &frame));
    incarc *a = incarc_open(cx, incfile_open(cx, sample(headers[_i].file)));
    ck_assert_str_eq(incarc_kind_name(a->kind), incarc_kind_name(headers[_i].kind));
    ck_assert_int_eq(a->version, headers[_i].version);
    if (headers[_i].kind != INCARC_TORCHSCRIPT)
        ck_assert_ptr_null(incarc_traced_inputs(cx, a));
    inc_try_end(cx, &frame);
}
END_TEST

START_TEST(sharing_and_code)
{
    ck_assert(inc_try(cx, &frame));
    incarc *a = incarc_open(cx, incfile_open(cx, sample("scripted.pt")));
    const incpkl_value *root = incarc_root(cx, a);
    ck_assert_ptr_eq(incarc_root(cx, a), root);
    ck_assert_ptr_eq(follow(root, "linear/weight"), follow(root, "tied/weight"));
    ck_assert_ptr_ne(follow(root, "linear/bias"), follow(root, "tied/bias"));
    ck_assert_ptr_eq(incpkl_attribute(root, "sizes"), follow(root, "sizes"));
    ck_assert_str_eq(root->as.object->of->full, "__torch__.Scripted");

    size_t n;
    const char *entry;
    const char *text = incarc_code(cx, a, "__torch__.torch.nn.modules.linear", &n, &entry);
    ck_assert_ptr_nonnull(text);
    ck_assert(n > 20 && memcmp(text, "class Linear(Module)", 20) == 0);
    ck_assert_str_eq(entry, "code/__torch__/torch/nn/modules/linear.py");
    ck_assert_ptr_nonnull(incarc_code(cx, a, "__torch__", &n, NULL));
    ck_assert_ptr_null(incarc_code(cx, a, "__torch__.torch.nn.modules", &n, NULL));

    const incpkl_tensor *turned = follow(root, "turned")->as.tensor;
    const incspan *span = &turned->storage->span;
    ck_assert(inctensor_storage(turned->tensor).in ==
              (span->bytes ? (const void *)span->bytes : span->file));
    ck_assert(turned->strides[0] == 1 && turned->strides[1] == 3);
    inc_try_end(cx, &frame);
}
END_TEST

START_TEST(pickled_modules_are_named)
{
    if (inc_try(cx, &frame)) {
        incarc_root(cx, incarc_open(cx, incfile_open(cx, sample("module.pt"))));
        ck_abort();
    }
    ck_assert_int_eq(cx->error.status, INC_E_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(cx->error.message, "torch.nn.modules.linear.Linear"));
    ck_assert_ptr_nonnull(strstr(cx->error.hint, "torch.jit.trace"));
}
END_TEST

/* --- Kinds ------------------------------------------------------------------------------------ */

/* clang-format off */
static const struct {
    const char *names[4];
    incarc_kind kind;
    inc_status status;
    const char *message;
} archives[] = {
    {{"m/data.pkl", "m/code/__torch__.py", "m/constants.pkl"}, INCARC_TORCHSCRIPT, INC_OK, NULL},
    {{"m/data.pkl", "m/constants.pkl"}, INCARC_TORCHSCRIPT, INC_OK, NULL},
    {{"m/data.pkl", "m/code/__torch__.py", "m/bytecode.pkl"}, INCARC_TORCHSCRIPT_MOBILE, INC_OK, NULL},
    {{"m/data.pkl", "m/version"}, INCARC_SAVED, INC_OK, NULL},
    {{"m/models/model.json", "m/archive_format", "m/data/weights/weight_0"}, INCARC_PT2, INC_OK, NULL},
    {{"extra_files/x", "serialized_exported_program.json", "version"}, INCARC_PT2_OLD, INC_OK, NULL},
    {{"a.npy", "b.npy"}, INCARC_NPZ, INC_OK, NULL},
    {{"m/bytecode.pkl", "m/data.pkl"}, INCARC_SAVED, INC_E_UNSUPPORTED, "bytecode only"},
    {{"m/data/aotinductor/model/x.so"}, INCARC_PT2, INC_E_UNSUPPORTED, "AOTInductor"},
    {{"m/model.json", "m/tensors/0"}, INCARC_PT2, INC_E_UNSUPPORTED, "1.0 to 1.3"},
    {{"m/.data/extern_modules", "m/data.pkl"}, INCARC_PT2, INC_E_UNSUPPORTED, "torch.package"},
    {{"config.json", "metadata.json", "model.weights.h5"}, INCARC_PT2, INC_E_UNSUPPORTED, "Keras"},
    {{"a/b", "c"}, INCARC_PT2, INC_E_FORMAT, "no PyTorch model"},
};
/* clang-format on */

static void expect(const char *what, bool done, inc_status status, const char *message)
{
    if (status == INC_OK) {
        ck_assert_msg(done, "%s: %s", what, cx->error.message);
        return;
    }
    ck_assert_msg(!done, "%s: nothing was noticed", what);
    ck_assert_msg(cx->error.status == status && strstr(cx->error.message, message) != NULL,
                  "%s: %d, %s", what, (int)cx->error.status, cx->error.message);
    ck_assert_msg(cx->error.hint != NULL, "%s: no advice", what);
}

START_TEST(archives_are_told_apart)
{
    volatile bool done = false;
    if (inc_try(cx, &frame)) {
        made_entry entries[4] = {{0}};
        size_t n = 0;
        for (; n < 4 && archives[_i].names[n]; n++)
            entries[n] = (made_entry){archives[_i].names[n], "1", 1, false};
        inczip *zip;
        incarc_kind kind = incarc_recognise(cx, make_zip_file(cx, MADE_PLAIN, entries, n), &zip);
        ck_assert_ptr_nonnull(zip);
        ck_assert_str_eq(incarc_kind_name(kind), incarc_kind_name(archives[_i].kind));
        done = true;
        inc_try_end(cx, &frame);
    }
    expect(archives[_i].names[0], done, archives[_i].status, archives[_i].message);
}
END_TEST

/* clang-format off */
static const struct {
    const char *name, *bytes;
    size_t size;
    inc_status status;
    const char *message;
} others[] = {
#define BYTES(text) text, sizeof(text) - 1
    {"empty",       BYTES(""), INC_E_FORMAT, "empty"},
    {"safetensors", BYTES("\x10\0\0\0\0\0\0\0{\"a\":{}}        "), INC_E_UNSUPPORTED, "safetensors"},
    {"HDF5",        BYTES("\x89HDF\r\n\x1a\n    "), INC_E_UNSUPPORTED, "HDF5"},
    {"ONNX",        BYTES("\x08\x07\x12\x07pytorch"), INC_E_UNSUPPORTED, "ONNX"},
    {"pickle",      BYTES("\x80\4\x95 "), INC_E_UNSUPPORTED, "bare pickle"},
    {"preview",     BYTES("PYTORCH1"), INC_E_UNSUPPORTED, "preview"},
    {"GGUF",        BYTES("GGUF\3\0\0\0"), INC_E_UNSUPPORTED, "GGUF"},
    {"TFLite",      BYTES("\x1c\0\0\0TFL3"), INC_E_UNSUPPORTED, "TensorFlow Lite"},
    {"gzip",        BYTES("\x1f\x8b\x08"), INC_E_UNSUPPORTED, "compressed"},
    {"LFS",         BYTES("version https://git-lfs.github.com/spec/v1\n"), INC_E_UNSUPPORTED, "Git LFS"},
    {"text",        BYTES("import torch\n"), INC_E_FORMAT, "text file"},
    {"one byte",    BYTES("\xff"), INC_E_FORMAT, "ff 00 00 00"},
    {"empty ZIP",   BYTES("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), INC_E_FORMAT, "empty"},
    {"broken ZIP",  BYTES("PK\3\4 and no more"), INC_E_FORMAT, "no end record"},
    {"npy",         BYTES("\x93NUMPY\1\0"), INC_OK, NULL},
    {"legacy",      BYTES("\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19."), INC_OK, NULL},
};
/* clang-format on */

START_TEST(other_files_are_named)
{
    volatile bool done = false;
    if (inc_try(cx, &frame)) {
        inczip *zip;
        incarc_recognise(cx, incfile_borrow(cx, others[_i].bytes, others[_i].size, others[_i].name),
                         &zip);
        ck_assert_ptr_null(zip);
        done = true;
        inc_try_end(cx, &frame);
    }
    expect(others[_i].name, done, others[_i].status, others[_i].message);
}
END_TEST

START_TEST(tar_is_named)
{
    if (inc_try(cx, &frame)) {
        char *bytes = inc_alloc(cx, 512);
        memcpy(bytes, "sys_info", 8);
        memcpy(bytes + 257, "ustar", 5);
        inczip *zip;
        incarc_recognise(cx, incfile_borrow(cx, bytes, 512, "old.pt"), &zip);
        ck_abort();
    }
    expect("tar", false, INC_E_UNSUPPORTED, "tar archive");
}
END_TEST

/* clang-format off */
static const struct {
    const char *record, *text;
    int64_t version;
    inc_status status;
    const char *message;
} records[] = {
    {"m/version", "3\n", 3, INC_OK, NULL},
    {"m/.data/version", "10\n", 10, INC_OK, NULL},
    {"m/other", "10\n", 0, INC_OK, NULL},
    {"m/version", "three\n", 0, INC_E_FORMAT, "version number"},
    {"m/version", "", 0, INC_E_FORMAT, "version number"},
    {"m/byteorder", "little", 0, INC_OK, NULL},
    {"m/byteorder", "big", 0, INC_E_UNSUPPORTED, "big-endian"},
};
/* clang-format on */

START_TEST(small_records)
{
    volatile bool done = false;
    if (inc_try(cx, &frame)) {
        const made_entry entries[] = {
            {"m/data.pkl", "\x80\2N.", 4, false},
            {records[_i].record, records[_i].text, strlen(records[_i].text), false}};
        incarc *a = incarc_open(cx, make_zip_file(cx, MADE_PYTORCH, entries, 2));
        ck_assert_int_eq(a->version, records[_i].version);
        ck_assert_int_eq(incarc_root(cx, a)->kind, INCPKL_NONE);
        ck_assert_uint_eq(incarc_constants(cx, a)->as.items.n, 0);
        done = true;
        inc_try_end(cx, &frame);
    }
    if (records[_i].status == INC_OK)
        ck_assert_msg(done, "%s", cx->error.message);
    else
        ck_assert(!done && cx->error.status == records[_i].status &&
                  strstr(cx->error.message, records[_i].message));
}
END_TEST

/* --- Large files ------------------------------------------------------------------------------ */

static void put(FILE *stream, uint64_t number, size_t n)
{
    for (; n > 0; n--, number >>= 8)
        fputc((int)(number & 0xff), stream);
}

static void put_header(FILE *stream, const char *name, uint64_t size, uint64_t offset, bool central)
{
    bool is_large = size > UINT32_MAX, is_far = offset > UINT32_MAX && central;
    size_t extra = (is_large ? 16u : 0u) + (is_far ? 8u : 0u);
    fputs(central ? "PK\1\2" : "PK\3\4", stream);
    put(stream, 20, central ? 4 : 2);
    put(stream, 0, 8); /* flags, method, time */
    put(stream, 0, 4); /* checksum: not computed */
    put(stream, is_large ? UINT32_MAX : size, 4);
    put(stream, is_large ? UINT32_MAX : size, 4);
    put(stream, strlen(name), 2);
    put(stream, extra ? extra + 4 : 0, 2);
    if (central) {
        put(stream, 0, 10);
        put(stream, is_far ? UINT32_MAX : offset, 4);
    }
    fputs(name, stream);
    if (extra) {
        put(stream, 1, 2);
        put(stream, extra, 2);
    }
    if (is_large) {
        put(stream, size, 8);
        put(stream, size, 8);
    }
    if (is_far)
        put(stream, offset, 8);
}

/* A storage of 4.5 GB and a pickle behind it, in a file that is nearly all hole. */
START_TEST(files_above_four_gigabytes)
{
    const char *path = "test_model_file.tmp";
    const uint64_t size = (uint64_t)4500 << 20;
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    put_header(stream, "m/data/0", size, 0, false);
    uint64_t payload = (uint64_t)ftell(stream), second = payload + size;
    ck_assert_int_eq(fseeko(stream, (off_t)second - 1, SEEK_SET), 0);
    fputc(7, stream);
    put_header(stream, "m/data.pkl", 2, second, false);
    fputs("N.", stream);
    uint64_t directory = (uint64_t)ftello(stream);
    put_header(stream, "m/data/0", size, 0, true);
    put_header(stream, "m/data.pkl", 2, second, true);
    uint64_t end = (uint64_t)ftello(stream);
    fputs("PK\6\6", stream);
    put(stream, 44, 8);
    put(stream, 0, 12);
    put(stream, 2, 8);
    put(stream, 2, 8);
    put(stream, end - directory, 8);
    put(stream, directory, 8);
    fputs("PK\6\7", stream);
    put(stream, 0, 4);
    put(stream, end, 8);
    put(stream, 1, 4);
    fputs("PK\5\6", stream);
    put(stream, 0, 4);
    put(stream, 0x00020002, 4);
    put(stream, end - directory, 4);
    put(stream, UINT32_MAX, 4);
    put(stream, 0, 2);
    bool is_written = !ferror(stream);
    is_written = fclose(stream) == 0 && is_written;
    if (!inc_try(cx, &frame)) {
        remove(path);
        ck_assert_msg(SIZE_MAX < size && strstr(cx->error.message, "address space"), "%s",
                      cx->error.message);
        return;
    }
    if (is_written) { /* otherwise the file system has no holes, and no room */
        incarc *a = incarc_open(cx, incfile_open(cx, path));
        const inczip_entry *storage = inczip_find(a->zip, "data/0");
        ck_assert_uint_eq(storage->size, size);
        ck_assert_uint_eq(storage->packed_offset, payload);
        incspan span = inczip_span(cx, a->zip, storage);
        uint8_t last;
        ck_assert_uint_eq(span.size, size);
        incfile_read(cx, span.file, span.at + size - 1, 1, &last);
        ck_assert_uint_eq(last, 7);
        ck_assert_int_eq(incarc_root(cx, a)->kind, INCPKL_NONE);
    }
    inc_try_end(cx, &frame);
    remove(path);
}
END_TEST

static void open_sample(inccx *c, void *data)
{
    incarc *a = incarc_open(c, incfile_open(c, data));
    incarc_root(c, a);
    incarc_constants(c, a);
}

START_TEST(every_allocation_may_fail)
{
    static const char *const names[] = {"scripted.pt", "quantized.pt", "checkpoint_legacy.pt"};
    ck_assert(inc_try(cx, &frame));
    char *path = inc_strdup(cx, sample(names[_i]));
    ck_assert_int_ge(failing_alloc_run(open_sample, path), 3);
    inc_try_end(cx, &frame);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model_file");
    TCase *cases = tcase_create("model_file");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, files_hold_what_was_saved, 0, INC_COUNT(facts));
    tcase_add_loop_test(cases, files_are_recognised, 0, INC_COUNT(headers));
    tcase_add_test(cases, sharing_and_code);
    tcase_add_test(cases, pickled_modules_are_named);
    tcase_add_loop_test(cases, archives_are_told_apart, 0, INC_COUNT(archives));
    tcase_add_loop_test(cases, other_files_are_named, 0, INC_COUNT(others));
    tcase_add_test(cases, tar_is_named);
    tcase_add_loop_test(cases, small_records, 0, INC_COUNT(records));
    tcase_add_test(cases, files_above_four_gigabytes);
    tcase_add_loop_test(cases, every_allocation_may_fail, 0, 3);
    suite_add_tcase(suite, cases);
    return tst_run(suite);
}
