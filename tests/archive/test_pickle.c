/* SPDX-License-Identifier: Apache-2.0 */
/* Pickles made by hand, good and bad; a value is compared as text (show.h). */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../base/failing_alloc.h"
#include "../support/context.h"
#include "../support/suite.h"
#include "archive/pickle.h"
#include "show.h"

static inc_frame frame;

/* Storage "0": bytes 0, 1, 2, …, as floats too small to see but enough to count; "f": floats. */
static uint8_t storage_0[64];
static const float storage_f[] = {0, 1, 2, 3, 4, 5, 6, 7};
static const double storage_d[] = {0.5, 0.25};

static bool find_storage(inccx *c, void *user_data, const char *key, incspan *span)
{
    (void)c;
    (void)user_data;
    for (size_t i = 0; i < sizeof storage_0; i++)
        storage_0[i] = (uint8_t)i;
    *span = (incspan){.bytes = storage_0, .size = sizeof storage_0};
    if (key[0] == 'f')
        *span = (incspan){.bytes = (const uint8_t *)storage_f, .size = sizeof storage_f};
    else if (key[0] == 'd')
        *span = (incspan){.bytes = (const uint8_t *)storage_d, .size = sizeof storage_d};
    return strcmp(key, "0") == 0 || strcmp(key, "f") == 0 || strcmp(key, "d") == 0;
}

/* Pieces of pickles. P(text) is one with its size; the terminating NUL is not part of it. */
#define P(text) text, sizeof(text) - 1
#define STR(n, text) "X" n "\0\0\0" text
#define PID(type, key, count)                                                                      \
    "(" STR("\7", "storage") "ctorch\n" type "\n" STR("\1", key) STR("\3", "cpu") "K" count "tQ"
#define REBUILD(name) "ctorch._utils\n_rebuild_" name "\n"
#define HOOKS "ccollections\nOrderedDict\n)R"
#define FLOATS PID("FloatStorage", "f", "\10")

/* clang-format off */
static const struct good {
    const char *name, *bytes;
    size_t size;
    const char *text;
} goods[] = {
    {"none",          P("\x80\2N."), "None"},
    {"bools",         P("\x80\2\x88\x89\x86."), "(True, False)"},
    {"small ints",    P("K\xffM\xff\xffJ\xff\xff\xff\xff\x87."), "(255, 65535, -1)"},
    {"longs",         P("(\x8a\0\x8a\1\xff\x8a\2\0\1\x8a\10\0\0\0\0\0\0\0\x80t."), "(0, -1, 256, -9223372036854775808)"},
    {"long with sign",P("\x8a\11\xff\xff\xff\xff\xff\xff\xff\x7f\0."), "9223372036854775807"},
    {"large longs",   P("\x8a\11\0\0\0\0\0\0\0\0\1\x8b\11\0\0\0\0\0\0\0\0\0\0\0\xff\x86."),
                      "(int'\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01', int'\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\xff')"},
    {"floats",        P("G?\xf8\0\0\0\0\0\0G\xff\xf0\0\0\0\0\0\0\x86."), "(1.500000000, -inf)"},
    {"strings",       P("(" STR("\2", "hi") "\x8c\1a\x8d\1\0\0\0\0\0\0\0bU\1cT\1\0\0\0dt."), "('hi', 'a', 'b', 'c', 'd')"},
    {"bytes",         P("C\1\xff" "B\2\0\0\0\0\1\x8e\0\0\0\0\0\0\0\0\x87."), "(b'\\xff', b'\\x00\\x01', b'')"},
    {"tuples",        P("()K\1\x85K\2K\3\x86t."), "((), (1), (2, 3))"},
    {"lists",         P("]K\1a(K\2K\3e(e."), "[1, 2, 3]"},
    {"dicts",         P("}" STR("\1", "a") "K\1s(K\2NK\1K\1\x86\x88u(u."), "{'a': 1, 2: None, (1, 1): True}"},
    {"last of a key", P("}(" STR("\1", "a") "K\1" STR("\1", "b") "K\2" STR("\1", "a") "K\3u."), "{'a': 3, 'b': 2}"},
    {"sets",          P("\x8f(K\1K\2\x90(K\3\x91\x86."), "(set{1, 2}, set{3})"},
    {"frozen set grows", P("(K\1\x91(K\2K\3\x90."), "set{1, 2, 3}"},
    {"memo",          P("]q\0h\0j\0\0\0\0\x87."), "([], [], [])"},
    {"memo from 1",   P("K\5q\1h\1\x86."), "(5, 5)"},
    {"memoize",       P("\x80\4\x95\0\0\0\0\0\0\0\0K\7\x94K\x08\x94h\0h\1\x86\x86\x86."), "(7, (8, (7, 8)))"},
    {"frozen global", P("\x8c\5torch\x8c\7float16\x93."), "torch.float16"},
    {"dtypes",        P("ctorch\nqint8\nctorch\nfloat8_e4m3fn\n\x86."), "(torch.qint8, torch.float8_e4m3fn)"},
    {"qscheme",       P("ctorch\nper_channel_affine\n."), "qscheme'per_channel_affine'"},
    {"device",        P("ctorch\ndevice\n" STR("\4", "cuda") "K\1\x86R."), "device'cuda:1'"},
    {"size",          P("ctorch\nSize\nK\2K\3\x86\x85R."), "(2, 3)"},
    {"complex",       P("cbuiltins\ncomplex\nG?\xf0\0\0\0\0\0\0G@\0\0\0\0\0\0\0\x86R."), "complex(1.000000000, 2.000000000)"},
    {"latin1",        P("c_codecs\nencode\n" STR("\3", "a\xc3\xbf") STR("\6", "latin1") "\x86R."), "b'a\\xff'"},
    {"ordered dict",  P("ccollections\nOrderedDict\n](K\1K\2\x86]K\3aK\4ae\x85R."), "{1: 2, 3: 4}"},
    {"dict's state",  P(HOOKS "}" STR("\1", "m") "K\1sb."), "{}+{'m': 1}"},
    {"default dict",  P("ccollections\ndefaultdict\ncbuiltins\nlist\n\x85RK\1]s."), "{1: []}"},
    {"typed lists",   P("(ctorch.jit._pickle\nbuild_intlist\n](K\1e\x85Rctorch.jit._pickle\nbuild_boollist\n]\x85Rt."), "([1]:List[int], []:List[bool])"},
    {"type tag",      P("ctorch.jit._pickle\nrestore_type_tag\n}" STR("\x0e", "Dict[str, int]") "\x86R."), "{}:Dict[str, int]"},
    {"two tags",      P("]q\0ctorch.jit._pickle\nbuild_intlist\nh\0\x85Rctorch.jit._pickle\nbuild_boollist\nh\0\x85R(K\1e\x87."), "([]:List[int], []:List[int], [1]:List[bool])"},
    {"object",        P("c__torch__.net\nNet\n)\x81}(" STR("\1", "w") "K\1ub."), "__torch__.net.Net()<-{'w': 1}"},
    {"object's tuple",P("c__torch__\nQ\n)\x81K\1K\2\x86" "b."), "__torch__.Q()<-(1, 2)"},
    {"enum",          P("c__torch__\nMode\nK\1R."), "__torch__.Mode=1"},
    {"script object", P("ctorch\nScriptObject\n)\x81NK\1\x86" "b."), "torch.ScriptObject()<-(None, 1)"},
    {"numpy scalar",  P("cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n" STR("\2", "f8") "\x85RNbC\2ab\x86R."), "?numpy.core.multiarray.scalar(?numpy.dtype('f8')<-None, b'ab')"},
    {"storage",       P(FLOATS "."), "storage f float32[8]"},
    {"tensor",        P(REBUILD("tensor_v2") "(" FLOATS "K\1K\2K\3\x86K\3K\1\x86\x89" HOOKS "tR."), "float32[2,3](1 2 3 4 5 6)"},
    {"old tensor",    P(REBUILD("tensor") "(" FLOATS "K\0K\3\x85K\2\x85tR."), "float32[3](0 2 4)"},
    {"scalar",        P(REBUILD("tensor_v2") "(" FLOATS "K\5))\x88" HOOKS "tR."), "float32[](5) grad"},
    {"empty tensor",  P(REBUILD("tensor_v2") "(" PID("FloatStorage", "n", "\0") "K\0K\0K\3\x86K\3K\1\x86\x89" HOOKS "tR."), "float32[0,3]()"},
    {"expanded",      P(REBUILD("tensor_v2") "(" FLOATS "K\2K\2K\2\x86K\0K\1\x86\x89" HOOKS "}" STR("\4", "conj") "\x89stR."), "float32[2,2](2 3 2 3)"},
    {"untyped",       P(REBUILD("tensor_v3") "((" STR("\7", "storage") "ctorch.storage\nUntypedStorage\n" STR("\1", "0") STR("\3", "cpu") "K\10tQK\1K\2\x85K\1\x85\x89" HOOKS "ctorch\nuint16\ntR."), "uint16[2](770 1284)"},
    {"parameter",     P(REBUILD("parameter") REBUILD("tensor_v2") "(" FLOATS "K\1))\x89" HOOKS "tR\x88" HOOKS "\x87R."), "float32[](1) parameter grad"},
    {"with state",    P(REBUILD("parameter_with_state") "(" REBUILD("tensor_v2") "(" FLOATS "K\1))\x89" HOOKS "tR\x89" HOOKS "}tR."), "float32[](1) parameter"},
    {"from type",     P("ctorch._tensor\n_rebuild_from_type_v2\n(" REBUILD("tensor_v2") "ctorch.nn.parameter\nParameter\n(" FLOATS "K\1))\x89" HOOKS "t}tR."), "float32[](1) parameter"},
    {"meta",          P(REBUILD("meta_tensor_no_storage") "(ctorch\nfloat16\nK\7\x85K\1\x85\x89tR."), "float16[7]"},
    {"meta device",   P(REBUILD("tensor_v2") "((" STR("\7", "storage") "ctorch\nFloatStorage\n" STR("\1", "x") STR("\4", "meta") "K\7tQK\0K\7\x85K\1\x85\x89" HOOKS "tR."), "float32[7]"},
    {"per tensor",    P(REBUILD("qtensor") "(" PID("QInt8Storage", "0", "\3") "K\0K\3\x85K\1\x85(ctorch\nper_tensor_affine\nG?\xe0\0\0\0\0\0\0J\xfe\xff\xff\xfft\x89" HOOKS "tR."), "qint8[3](0 1 2) * (0.5; -2)"},
    {"channel lists", P(REBUILD("qtensor") "(" PID("QUInt8Storage", "0", "\4") "K\0K\2K\2\x86K\2K\1\x86(ctorch\nper_channel_affine\n"
                        "](G?\xe0\0\0\0\0\0\0G?\xd0\0\0\0\0\0\0e](K\3K\4eK\1t\x89" HOOKS "tR."), "quint8[2,2](0 1 2 3) * (0.5 0.25; 3 4; axis 1)"},
    {"nibbles",       P(REBUILD("qtensor") "(" PID("QUInt4x2Storage", "0", "\3") "K\2K\4\x85K\1\x85(ctorch\nper_tensor_affine\nG?\xe0\0\0\0\0\0\0K\1t\x89" HOOKS "tR."), "quint4x2[4](1 0 2 0) * (0.5; 1)"},
};
/* clang-format on */

static const incpkl_value *load(inccx *c, const char *bytes, size_t size)
{
    const incpkl_options options = {.entry = "data.pkl", .find = find_storage};
    return incpkl_load(c, bytes, size, &options);
}

START_TEST(good_pickles)
{
    const struct good *g = &goods[_i];
    if (!inc_try(cx, &frame))
        ck_abort_msg("%s: %s", g->name, cx->error.message);
    incstr text = {0};
    show_value(cx, &text, load(cx, g->bytes, g->size));
    ck_assert_msg(strcmp(incstr_text(&text), g->text) == 0, "%s: %s", g->name, incstr_text(&text));
    ck_assert_ptr_null(cx->where.entry);
    inc_try_end(cx, &frame);
}
END_TEST

/* clang-format off */
static const struct bad {
    const char *name, *bytes;
    size_t size;
    inc_status status;
    const char *message;
} bads[] = {
    {"nothing",            P(""), INC_E_FORMAT, "1 bytes are needed and 0 are left at byte 0"},
    {"no stop",            P("N"), INC_E_FORMAT, "at byte 1"},
    {"stop at once",       P("."), INC_E_FORMAT, "missing from the stack"},
    {"two values",         P("NN."), INC_E_FORMAT, "too many"},
    {"mark left",          P("N(."), INC_E_FORMAT, "missing from the stack"},
    {"bytes behind",       P("N.N"), INC_E_FORMAT, "1 bytes are left"},
    {"protocol 6",         P("\x80\6N."), INC_E_UNSUPPORTED, "protocol 6"},
    {"protocol 0",         P("I1\n."), INC_E_UNSUPPORTED, "opcode 0x49"},
    {"extension",          P("\x82\1."), INC_E_UNSUPPORTED, "opcode 0x82"},
    {"pop",                P("NN0."), INC_E_UNSUPPORTED, "opcode 0x30"},
    {"text too long",      P("X\xff\xff\xff\xffhi."), INC_E_FORMAT, "4294967295 bytes are needed and 3 are left"},
    {"text far too long",  P("\x8d\xff\xff\xff\xff\xff\xff\xff\xffhi."), INC_E_FORMAT, "are left"},
    {"long too long",      P("\x8b\xff\xff\xff\x7f" "1."), INC_E_FORMAT, "are left"},
    {"memo far",           P("Nr\xff\xff\xff\xff."), INC_E_FORMAT, "memo entry 4294967295"},
    {"memo of nothing",    P("q\0."), INC_E_FORMAT, "missing from the stack"},
    {"memo not set",       P("h\0."), INC_E_FORMAT, "used before it is set"},
    {"memo gap",           P("Nq\1h\0\x86."), INC_E_FORMAT, "used before it is set"},
    {"append to tuple",    P(")K\1a."), INC_E_FORMAT, "a tuple was found where a list"},
    {"append below mark",  P("](K\1a."), INC_E_FORMAT, "missing from the stack"},
    {"appends, no mark",   P("]K\1e."), INC_E_FORMAT, "mark is missing"},
    {"set items odd",      P("}(K\1u."), INC_E_FORMAT, "without a value"},
    {"set item on list",   P("]K\1K\1s."), INC_E_FORMAT, "a list was found where a dict"},
    {"tuple below mark",   P("K\1(K\2\x86."), INC_E_FORMAT, "missing from the stack"},
    {"unknown global",     P("cos\nsystem\n."), INC_E_UNSUPPORTED, "os.system"},
    {"frozen unknown",     P("\x8c\5posix\x8c\6system\x93."), INC_E_UNSUPPORTED, "posix.system"},
    {"builtin eval",       P("cbuiltins\neval\n."), INC_E_UNSUPPORTED, "builtins.eval"},
    {"torch function",     P("ctorch\nload\n."), INC_E_UNSUPPORTED, "torch.load"},
    {"module",             P("ctorchvision.models.resnet\nResNet\n)\x81."), INC_E_UNSUPPORTED, "torchvision.models.resnet.ResNet"},
    {"torchao",            P("ctorchao.dtypes\nX\n."), INC_E_UNSUPPORTED, "torchao.dtypes.X"},
    {"sparse",             P(REBUILD("sparse_tensor") "."), INC_E_UNSUPPORTED, "_rebuild_sparse_tensor"},
    {"global, no end",     P("ctorch\nfloat"), INC_E_FORMAT, "has no end"},
    {"global of ints",     P("K\1K\2\x93."), INC_E_FORMAT, "an int was found"},
    {"global of two lines",P("\x8c\3a\nb\x8c\1c\x93."), INC_E_FORMAT, "a string was found"},
    {"call of int",        P("K\1)R."), INC_E_FORMAT, "an int was found where a class or function"},
    {"call of a value",    P("ctorch\nTensor\n)R."), INC_E_FORMAT, "a call of torch.Tensor"},
    {"call of a storage",  P("ctorch\nFloatStorage\n)R."), INC_E_FORMAT, "a call of torch.FloatStorage"},
    {"call without tuple", P("ctorch\nSize\nK\1R."), INC_E_FORMAT, "where the arguments of torch.Size"},
    {"new of a value",     P("K\1)\x81."), INC_E_FORMAT, "a class and its arguments"},
    {"state of a list",    P("]Nb."), INC_E_FORMAT, "a list was found where an object"},
    {"state twice",        P("c__torch__\nA\n)\x81NbNb."), INC_E_FORMAT, "twice"},
    {"state of itself",    P("c__torch__\nA\n)\x81q\0h\0b."), INC_E_FORMAT, "contains itself"},
    {"list in itself",     P("]q\0h\0a."), INC_E_FORMAT, "contains itself"},
    {"dict in itself",     P("}q\0K\1h\0\x85s."), INC_E_FORMAT, "contains itself"},
    {"device of ints",     P("ctorch\ndevice\nK\1\x85R."), INC_E_FORMAT, "argument 1 of torch.device"},
    {"too few arguments",  P("ctorch\nSize\n)R."), INC_E_FORMAT, "with 0 arguments"},
    {"not latin1",         P("c_codecs\nencode\n" STR("\3", "\xe2\x82\xac") STR("\6", "latin1") "\x86R."), INC_E_FORMAT, "no latin1"},
    {"other codec",        P("c_codecs\nencode\n" STR("\1", "a") STR("\5", "utf-8") "\x86R."), INC_E_FORMAT, "other than latin1"},
    {"pairs of three",     P("ccollections\nOrderedDict\n]K\1K\2K\3\x87" "a\x85R."), INC_E_FORMAT, "a pair was expected"},
    {"storage of int",     P("K\1Q."), INC_E_FORMAT, "an int was found where the name of a storage"},
    {"storage of module",  P("(" STR("\6", "module") "tQ."), INC_E_UNSUPPORTED, "pickled Python module"},
    {"storage of four",    P("(" STR("\7", "storage") "NNNtQ."), INC_E_FORMAT, "4 parts"},
    {"storage of no type", P("(" STR("\7", "storage") "N" STR("\1", "0") STR("\3", "cpu") "K\1tQ."), INC_E_FORMAT, "type of a storage"},
    {"storage missing",    P(PID("FloatStorage", "x", "\1") "."), INC_E_FORMAT, "storage x is named"},
    {"storage too short",  P(PID("FloatStorage", "f", "\11") "."), INC_E_FORMAT, "has 32 bytes, where 36"},
    {"storage negative",   P("(" STR("\7", "storage") "ctorch\nFloatStorage\n" STR("\1", "f") STR("\3", "cpu") "\x8a\1\xfftQ."), INC_E_FORMAT, "-1 elements"},
    {"storage overflow",   P("(" STR("\7", "storage") "ctorch\nDoubleStorage\n" STR("\1", "f") STR("\3", "cpu") "\x8a\10\0\0\0\0\0\0\0\x40tQ."), INC_E_FORMAT, "4611686018427387904 elements"},
    {"two types",          P(FLOATS PID("LongStorage", "f", "\1") "\x86."), INC_E_FORMAT, "two types"},
    {"storage for tensor", P(REBUILD("tensor_v2") "(NK\0))\x89NtR."), INC_E_FORMAT, "None was found as argument 1"},
    {"tensor of two",      P(REBUILD("tensor_v2") "(" FLOATS "K\0tR."), INC_E_FORMAT, "too few"},
    {"size and stride",    P(REBUILD("tensor_v2") "(" FLOATS "K\0K\1\x85)\x89NtR."), INC_E_FORMAT, "1 sizes and 0 strides"},
    {"sizes of floats",    P(REBUILD("tensor_v2") "(" FLOATS "K\0G\0\0\0\0\0\0\0\0\x85K\1\x85\x89NtR."), INC_E_FORMAT, "a float was found"},
    {"beyond the storage", P(REBUILD("tensor_v2") "(" FLOATS "K\1K\2K\4\x86K\4K\1\x86\x89NtR."), INC_E_FORMAT, "element 8 of a storage that has 8"},
    {"negative offset",    P(REBUILD("tensor_v2") "(" FLOATS "J\xff\xff\xff\xffK\2\x85K\1\x85\x89NtR."), INC_E_FORMAT, "negative storage offset"},
    {"negative size",      P(REBUILD("tensor_v2") "(" FLOATS "K\0J\xff\xff\xff\xff\x85K\1\x85\x89NtR."), INC_E_FORMAT, "negative size"},
    {"negative stride",    P(REBUILD("tensor_v2") "(" FLOATS "K\7K\2\x85J\xff\xff\xff\xff\x85\x89NtR."), INC_E_FORMAT, "negative stride"},
    {"sizes overflow",     P(REBUILD("tensor_v2") "(" FLOATS "K\0\x8a\5\0\0\0\0\1q\0h\0h\0\x87K\0K\0K\0\x87\x89NtR."), INC_E_FORMAT, "can be counted"},
    {"repeats forever",    P(REBUILD("tensor_v2") "(" FLOATS "K\0\x8a\5\0\0\0\0\100\x85K\0\x85\x89NtR."), INC_E_LIMIT, "repeats"},
    {"strides overflow",   P(REBUILD("tensor_v2") "(" FLOATS "K\0K\3\x85\x8a\10\xff\xff\xff\xff\xff\xff\xff\x7f\x85\x89NtR."), INC_E_FORMAT, "a tensor"},
    {"conjugated",         P(REBUILD("tensor_v2") "(" FLOATS "K\0))\x89N}" STR("\4", "conj") "\x88stR."), INC_E_UNSUPPORTED, "conj"},
    {"untyped, no dtype",  P(REBUILD("tensor_v2") "((" STR("\7", "storage") "ctorch.storage\nUntypedStorage\n" STR("\1", "0") STR("\3", "cpu") "K\10tQK\0))\x89NtR."), INC_E_FORMAT, "unknown element type"},
    {"subclass",           P("ctorch._tensor\n_rebuild_from_type_v2\n(" REBUILD("tensor_v2") "cbuiltins\nlist\n)NtR."), INC_E_FORMAT, "class builtins.list"},
    {"type of type",       P("ctorch._tensor\n_rebuild_from_type_v2\nq\0(h\0ctorch\nTensor\n)NtR."), INC_E_FORMAT, "made by"},
    {"scale zero",         P(REBUILD("qtensor") "(" PID("QInt8Storage", "0", "\3") "K\0))(ctorch\nper_tensor_affine\nG\0\0\0\0\0\0\0\0K\1t\x89NtR."), INC_E_FORMAT, "scale 0"},
    {"scale nan",          P(REBUILD("qtensor") "(" PID("QInt8Storage", "0", "\3") "K\0))(ctorch\nper_tensor_affine\nG\x7f\xf8\0\0\0\0\0\0K\1t\x89NtR."), INC_E_FORMAT, "scale"},
    {"zero point range",   P(REBUILD("qtensor") "(" PID("QInt8Storage", "0", "\3") "K\0))(ctorch\nper_tensor_affine\nG?\xe0\0\0\0\0\0\0K\x80t\x89NtR."), INC_E_FORMAT, "outside -128 to 127"},
    {"not quantized",      P(REBUILD("qtensor") "(" FLOATS "K\0))(ctorch\nper_tensor_affine\nG?\xe0\0\0\0\0\0\0K\0t\x89NtR."), INC_E_FORMAT, "quantized tensor of type float32"},
    {"channel axis",       P(REBUILD("qtensor") "(" PID("QInt8Storage", "0", "\3") "K\0K\2\x85K\1\x85(ctorch\nper_channel_affine\n]]K\1t\x89NtR."), INC_E_FORMAT, "axis 1"},
    {"channel count",      P(REBUILD("qtensor") "(" PID("QInt8Storage", "0", "\3") "K\0K\2\x85K\1\x85(ctorch\nper_channel_affine\n]]K\0t\x89NtR."), INC_E_FORMAT, "2 channels"},
};
/* clang-format on */

START_TEST(bad_pickles)
{
    const struct bad *b = &bads[_i];
    if (inc_try(cx, &frame)) {
        load(cx, b->bytes, b->size);
        ck_abort_msg("%s: nothing was noticed", b->name);
    }
    ck_assert_msg(cx->error.status == b->status && strstr(cx->error.message, b->message) != NULL,
                  "%s: %d, %s", b->name, (int)cx->error.status, cx->error.message);
    ck_assert_str_eq(cx->error.where.entry, "data.pkl");
}
END_TEST

/* --- Made by loops ---------------------------------------------------------------------------- */

static char *repeated(const char *begin, const char *piece, size_t n_piece, size_t times,
                      const char *end, size_t *size)
{
    incstr s = {0};
    incstr_add(cx, &s, begin);
    for (size_t i = 0; i < times; i++)
        incstr_add_n(cx, &s, piece, n_piece);
    incstr_add(cx, &s, end);
    *size = s.n;
    return s.text;
}

static const struct {
    const char *name, *begin, *piece;
    size_t times;
    const char *end;
    inc_status status;
} grown[] = {
    {"900 lists", "N", "\x85", 900, ".", INC_OK},
    {"1100 tuples", "N", "\x85", 1100, ".", INC_E_LIMIT},
    {"a million tuples", "N", "\x85", 1000000, ".", INC_E_LIMIT},
    {"a million marks", "", "(", 1000000, ".", INC_E_LIMIT},
    {"long list", "](", "N", 100000, "e.", INC_OK},
};

START_TEST(pickles_that_grow)
{
    volatile inc_status status = INC_OK;
    if (inc_try(cx, &frame)) {
        size_t size;
        const char *bytes = repeated(grown[_i].begin, grown[_i].piece, strlen(grown[_i].piece),
                                     grown[_i].times, grown[_i].end, &size);
        load(cx, bytes, size);
        inc_try_end(cx, &frame);
    } else {
        status = cx->error.status;
    }
    ck_assert_msg(status == grown[_i].status, "%s: %d", grown[_i].name, (int)status);
}
END_TEST

/* ((x, x), (x, x)), …: every level twice the one below it. */
START_TEST(sharing_is_bounded)
{
    static const struct {
        int levels;
        inc_status status;
    } cases[] = {{20, INC_OK}, {40, INC_E_LIMIT}};
    volatile inc_status status = INC_OK;
    if (inc_try(cx, &frame)) {
        incstr s = {0};
        incstr_add(cx, &s, "N");
        for (int i = 0; i < cases[_i].levels; i++) {
            char level[] = {'q', (char)i, 'h', (char)i, (char)0x86};
            incstr_add_n(cx, &s, level, sizeof level);
        }
        incstr_add(cx, &s, ".");
        load(cx, s.text, s.n);
        inc_try_end(cx, &frame);
    } else {
        status = cx->error.status;
    }
    ck_assert_int_eq(status, cases[_i].status);
}
END_TEST

START_TEST(sharing_is_kept)
{
    static const char bytes[] = "](K\1e\x94h\0\x86.";
    ck_assert(inc_try(cx, &frame));
    const incpkl_value *v = load(cx, bytes, sizeof bytes - 1);
    ck_assert_uint_eq(v->as.items.n, 2);
    ck_assert_ptr_eq(v->as.items.items[0], v->as.items.items[1]);
    inc_try_end(cx, &frame);
}
END_TEST

START_TEST(large_dicts_are_looked_up)
{
    ck_assert(inc_try(cx, &frame));
    incstr s = {0};
    incstr_add(cx, &s, "}(");
    for (int i = 0; i < 1000; i++) {
        char key[] = {(char)0x8c,
                      4,
                      'k',
                      (char)('0' + i / 100),
                      (char)('0' + i / 10 % 10),
                      (char)('0' + i % 10),
                      'M',
                      (char)(i & 0xff),
                      (char)(i >> 8)};
        incstr_add_n(cx, &s, key, sizeof key);
    }
    incstr_add(cx, &s, "u.");
    const incpkl_value *v = load(cx, s.text, s.n);
    ck_assert_uint_eq(v->as.dict->n, 1000);
    for (int i = 0; i < 1000; i++) {
        int64_t number;
        ck_assert(incpkl_is_int(incpkl_get(v, inc_printf(cx, "k%03d", i)), &number));
        ck_assert_int_eq(number, i);
        ck_assert(incpkl_is_string(v->as.dict->pairs[i].key, inc_printf(cx, "k%03d", i)));
    }
    ck_assert_ptr_null(incpkl_get(v, "k"));
    ck_assert_ptr_null(incpkl_get(NULL, "k"));
    inc_try_end(cx, &frame);
}
END_TEST

START_TEST(storages_may_be_without_data)
{
    static const char bytes[] =
        REBUILD("tensor_v2") "(" PID("FloatStorage", "x", "\6") "K\0K\2K\3\x86K\3K\1\x86\x89" HOOKS
                                                                "tR.";
    const incpkl_options options = {.entry = "traced_inputs.pkl", .without_data = true};
    ck_assert(inc_try(cx, &frame));
    const incpkl_value *v = incpkl_load(cx, bytes, sizeof bytes - 1, &options);
    const inctensor *t = v->as.tensor->tensor;
    ck_assert(!inctensor_has_data(t));
    ck_assert_uint_eq(t->rank, 2);
    ck_assert_int_eq(t->sizes[1], 3);
    ck_assert_int_eq(v->as.tensor->strides[0], 3);
    float out[6];
    if (inc_try(cx, &frame)) {
        inctensor_read(cx, t, 0, 6, out);
        ck_abort();
    }
    ck_assert_int_eq(cx->error.status, INC_E_UNSUPPORTED);
}
END_TEST

static void load_good(inccx *c, void *data)
{
    const struct good *g = data;
    incstr text = {0};
    show_value(c, &text, load(c, g->bytes, g->size));
}

START_TEST(every_allocation_may_fail)
{
    for (size_t i = 0; i < INC_COUNT(goods); i++) {
        struct good g = goods[i];
        failing_alloc_run(load_good, &g);
    }
}
END_TEST

START_TEST(every_cut_is_noticed)
{
    for (size_t i = 0; i < INC_COUNT(goods); i++)
        for (volatile size_t size = 0; size < goods[i].size; size++)
            if (inc_try(cx, &frame)) {
                load(cx, goods[i].bytes, size);
                ck_abort_msg("%s cut to %zu", goods[i].name, (size_t)size);
            }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pickle");
    TCase *cases = tcase_create("pickle");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, good_pickles, 0, INC_COUNT(goods));
    tcase_add_loop_test(cases, bad_pickles, 0, INC_COUNT(bads));
    tcase_add_loop_test(cases, pickles_that_grow, 0, INC_COUNT(grown));
    tcase_add_loop_test(cases, sharing_is_bounded, 0, 2);
    tcase_add_test(cases, sharing_is_kept);
    tcase_add_test(cases, large_dicts_are_looked_up);
    tcase_add_test(cases, storages_may_be_without_data);
    tcase_add_test(cases, every_allocation_may_fail);
    tcase_add_test(cases, every_cut_is_noticed);
    suite_add_tcase(suite, cases);
    return tst_run(suite);
}
