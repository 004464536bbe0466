/* SPDX-License-Identifier: Apache-2.0 */
/* The classes and functions a pickle may name. The list is closed: a name that is not in it ends
 * the reading, with the name in the message. */
#include <string.h>

#include "archive/internal.h"
#include "base/str.h"

typedef struct global_row {
    const char *module, *name;
    incpkl_role role;
    const char *type; /* typed lists: their type; refused ones: what can be done instead */
} global_row;

#define DENSE "Turn the tensor into an ordinary one (to_dense(), detach().clone()) before saving."
#define RESAVE "Save the model again with a current PyTorch."

/* clang-format off */
static const global_row rows[] = {
    {"torch._utils", "_rebuild_tensor",               INCPKL_ROLE_TENSOR, NULL},
    {"torch._utils", "_rebuild_tensor_v2",            INCPKL_ROLE_TENSOR_V2, NULL},
    {"torch._utils", "_rebuild_tensor_v3",            INCPKL_ROLE_TENSOR_V3, NULL},
    {"torch._utils", "_rebuild_qtensor",              INCPKL_ROLE_QTENSOR, NULL},
    {"torch._utils", "_rebuild_parameter",            INCPKL_ROLE_PARAMETER, NULL},
    {"torch._utils", "_rebuild_parameter_with_state", INCPKL_ROLE_PARAMETER, NULL},
    {"torch._utils", "_rebuild_meta_tensor_no_storage", INCPKL_ROLE_META_TENSOR, NULL},
    {"torch._tensor", "_rebuild_from_type_v2",        INCPKL_ROLE_FROM_TYPE, NULL},
    {"torch._utils", "_rebuild_sparse_tensor",        INCPKL_ROLE_REFUSED, DENSE},
    {"torch._utils", "_rebuild_sparse_csr_tensor",    INCPKL_ROLE_REFUSED, DENSE},
    {"torch._utils", "_rebuild_nested_tensor",        INCPKL_ROLE_REFUSED, DENSE},
    {"torch._utils", "_rebuild_wrapper_subclass",     INCPKL_ROLE_REFUSED, DENSE},
    {"torch._utils", "_rebuild_device_tensor_from_numpy", INCPKL_ROLE_REFUSED, DENSE},
    {"torch.jit._pickle", "build_intlist",            INCPKL_ROLE_TYPED_LIST, "List[int]"},
    {"torch.jit._pickle", "build_doublelist",         INCPKL_ROLE_TYPED_LIST, "List[float]"},
    {"torch.jit._pickle", "build_boollist",           INCPKL_ROLE_TYPED_LIST, "List[bool]"},
    {"torch.jit._pickle", "build_tensorlist",         INCPKL_ROLE_TYPED_LIST, "List[Tensor]"},
    {"torch.jit._pickle", "restore_type_tag",         INCPKL_ROLE_TYPE_TAG, NULL},
    {"torch.jit._pickle", "build_tensor_from_id",     INCPKL_ROLE_REFUSED, RESAVE},
    {"torch.storage", "UntypedStorage",               INCPKL_ROLE_UNTYPED_STORAGE, NULL},
    {"torch.storage", "_UntypedStorage",              INCPKL_ROLE_UNTYPED_STORAGE, NULL},
    {"torch", "UntypedStorage",                       INCPKL_ROLE_UNTYPED_STORAGE, NULL},
    {"torch", "Size",                                 INCPKL_ROLE_SIZE, NULL},
    {"torch", "device",                               INCPKL_ROLE_DEVICE, NULL},
    {"torch", "Tensor",                               INCPKL_ROLE_VALUE, NULL},
    {"torch", "ScriptObject",                         INCPKL_ROLE_CLASS, NULL},
    {"torch._C", "ScriptObject",                      INCPKL_ROLE_CLASS, NULL},
    {"torch.nn.parameter", "Parameter",               INCPKL_ROLE_VALUE, NULL},
    {"torch.nn.parameter", "Buffer",                  INCPKL_ROLE_VALUE, NULL},
    {"torch", "per_tensor_affine",                    INCPKL_ROLE_QSCHEME, NULL},
    {"torch", "per_channel_affine",                   INCPKL_ROLE_QSCHEME, NULL},
    {"torch", "per_tensor_symmetric",                 INCPKL_ROLE_QSCHEME, NULL},
    {"torch", "per_channel_symmetric",                INCPKL_ROLE_QSCHEME, NULL},
    {"torch", "per_channel_affine_float_qparams",     INCPKL_ROLE_QSCHEME, NULL},
    {"torch.serialization", "_get_layout",            INCPKL_ROLE_CARRIED, NULL},
    {"collections", "OrderedDict",                    INCPKL_ROLE_DICT, NULL},
    {"collections", "defaultdict",                    INCPKL_ROLE_DEFAULT_DICT, NULL},
    {"collections", "Counter",                        INCPKL_ROLE_DICT, NULL},
    {"builtins", "complex",                           INCPKL_ROLE_COMPLEX, NULL},
    {"__builtin__", "complex",                        INCPKL_ROLE_COMPLEX, NULL},
    {"builtins", "set",                               INCPKL_ROLE_SET, NULL},
    {"__builtin__", "set",                            INCPKL_ROLE_SET, NULL},
    {"builtins", "frozenset",                         INCPKL_ROLE_SET, NULL},
    {"__builtin__", "frozenset",                      INCPKL_ROLE_SET, NULL},
    {"builtins", "list",                              INCPKL_ROLE_VALUE, NULL},
    {"builtins", "dict",                              INCPKL_ROLE_VALUE, NULL},
    {"builtins", "int",                               INCPKL_ROLE_VALUE, NULL},
    {"builtins", "float",                             INCPKL_ROLE_VALUE, NULL},
    {"builtins", "bool",                              INCPKL_ROLE_VALUE, NULL},
    {"builtins", "str",                               INCPKL_ROLE_VALUE, NULL},
    {"builtins", "bytearray",                         INCPKL_ROLE_CARRIED, NULL},
    {"__builtin__", "list",                           INCPKL_ROLE_VALUE, NULL},
    {"__builtin__", "dict",                           INCPKL_ROLE_VALUE, NULL},
    {"_codecs", "encode",                             INCPKL_ROLE_ENCODE, NULL},
    {"argparse", "Namespace",                         INCPKL_ROLE_CARRIED, NULL},
    {"pathlib", "PosixPath",                          INCPKL_ROLE_CARRIED, NULL},
    {"pathlib", "PurePosixPath",                      INCPKL_ROLE_CARRIED, NULL},
    {"pathlib", "WindowsPath",                        INCPKL_ROLE_CARRIED, NULL},
    {"numpy", "dtype",                                INCPKL_ROLE_CARRIED, NULL},
    {"numpy", "ndarray",                              INCPKL_ROLE_CARRIED, NULL},
    {"numpy.core.multiarray", "scalar",               INCPKL_ROLE_CARRIED, NULL},
    {"numpy.core.multiarray", "_reconstruct",         INCPKL_ROLE_CARRIED, NULL},
    {"numpy._core.multiarray", "scalar",              INCPKL_ROLE_CARRIED, NULL},
    {"numpy._core.multiarray", "_reconstruct",        INCPKL_ROLE_CARRIED, NULL},
    {"numpy.core.numeric", "_frombuffer",             INCPKL_ROLE_CARRIED, NULL},
    {"numpy._core.numeric", "_frombuffer",            INCPKL_ROLE_CARRIED, NULL},
};

static const struct { const char *name; incdtype dtype; } storage_types[] = {
    {"FloatStorage", INCDT_F32},         {"DoubleStorage", INCDT_F64},
    {"HalfStorage", INCDT_F16},          {"BFloat16Storage", INCDT_BF16},
    {"LongStorage", INCDT_I64},          {"IntStorage", INCDT_I32},
    {"ShortStorage", INCDT_I16},         {"CharStorage", INCDT_I8},
    {"ByteStorage", INCDT_U8},           {"BoolStorage", INCDT_BOOL},
    {"ComplexFloatStorage", INCDT_C64},  {"ComplexDoubleStorage", INCDT_C128},
    {"ComplexHalfStorage", INCDT_C32},   {"QInt8Storage", INCDT_QI8},
    {"QUInt8Storage", INCDT_QU8},        {"QInt32Storage", INCDT_QI32},
    {"QUInt4x2Storage", INCDT_QU4X2},    {"QUInt2x4Storage", INCDT_QU2X4},
};
/* clang-format on */

static void refuse(const incpkl_machine *m, const char *full) INC_NORETURN;
static void refuse(const incpkl_machine *m, const char *full)
{
    const char *shown = incstr_shown(m->cx, full, strlen(full), 200);
    if (incstr_starts(full, "torchao."))
        incpkl_refuse(m, DENSE, "a torchao tensor (%s) was found", shown);
    incpkl_refuse(m,
                  "A pickled Python object needs its Python code. Of a module, there: model = "
                  "torch.load(FILE, weights_only=False); torch.jit.trace(model.eval(), "
                  "example).save(\"model.pt\")",
                  "the Python class or function %s, which only Python can use, was found", shown);
}

static bool describe_torch(const char *name, incpkl_global *g)
{
    if (incdtype_from_name(name, &g->dtype) && strcmp(incdtype_name(g->dtype), name) == 0) {
        g->role = INCPKL_ROLE_DTYPE;
        return true;
    }
    for (size_t i = 0; i < INC_COUNT(storage_types); i++)
        if (strcmp(storage_types[i].name, name) == 0) {
            g->role = INCPKL_ROLE_STORAGE_TYPE;
            g->dtype = storage_types[i].dtype;
            return true;
        }
    return false;
}

static void describe(const incpkl_machine *m, incpkl_global *g)
{
    const incpkl_class *c = &g->shown;
    if (strcmp(c->module, "__torch__") == 0 || incstr_starts(c->module, "__torch__.")) {
        g->role = INCPKL_ROLE_CLASS;
        return;
    }
    for (size_t i = 0; i < INC_COUNT(rows); i++)
        if (strcmp(rows[i].name, c->name) == 0 && strcmp(rows[i].module, c->module) == 0) {
            g->role = rows[i].role;
            g->type = rows[i].type;
            return;
        }
    if (strcmp(c->module, "torch") != 0 || !describe_torch(c->name, g))
        refuse(m, c->full);
}

incpkl_value *incpkl_find_global(incpkl_machine *m, const char *module, const char *name)
{
    const char *key = inc_printf(m->scratch, "%s\n%s", module, name);
    incpkl_value *v = incmap_get_str(m->globals, key);
    if (v)
        return v;
    incpkl_global *g = INC_NEW(m->cx, incpkl_global);
    g->shown = (incpkl_class){inc_strdup(m->cx, module), inc_strdup(m->cx, name),
                              inc_printf(m->cx, "%s.%s", module, name)};
    describe(m, g);
    if (g->role == INCPKL_ROLE_REFUSED)
        incpkl_refuse(m, g->type, "a tensor of a kind that is not read (%s) was found",
                      g->shown.full);
    if (g->role == INCPKL_ROLE_DTYPE) {
        v = incpkl_new(m, INCPKL_DTYPE);
        v->as.dtype = g->dtype;
    } else if (g->role == INCPKL_ROLE_QSCHEME) {
        v = incpkl_new_text(m, INCPKL_QSCHEME, name, strlen(name));
    } else {
        v = incpkl_new(m, INCPKL_GLOBAL);
        v->as.global = &g->shown;
    }
    incmap_set_str(m->scratch, m->globals, key, v);
    return v;
}
