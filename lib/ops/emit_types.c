/* Which element types an operator can be computed in, and what to do about the others.
 *
 * A table says for each operator the types that both the ONNX opset and the CPU kernels of ONNX
 * Runtime have; what is missing is cast to the nearest wider type and back. float16 and bfloat16
 * count as float32 here: the runtime casts them itself. */
#include "ops/emit.h"

#include <string.h>

enum {
    U8 = 1 << 0,
    I8 = 1 << 1,
    I16 = 1 << 2,
    I32 = 1 << 3,
    I64 = 1 << 4,
    F32 = 1 << 5,
    F64 = 1 << 6,
    BOOL = 1 << 7,
    U16 = 1 << 8,
    U32 = 1 << 9,
    U64 = 1 << 10,
    FLOATS = F32 | F64,
    WIDE = I32 | I64 | FLOATS,
    SIGNED = I8 | I16 | I32 | I64,
    NUMBERS = SIGNED | U8 | U16 | U32 | U64 | FLOATS,
    MINMAX = WIDE | I8 | U8 | U32 | U64
};

typedef struct op_types {
    const char *op_type;
    unsigned types; /* from opset since on */
    uint32_t since;
    unsigned before; /* below it */
} op_types;

/* clang-format off */
static const op_types table[] = { /* sorted by name */
    {"Abs",             NUMBERS,                 0,  0},
    {"Acos",            F32,                     0,  0},
    {"Acosh",           F32,                     0,  0},
    {"Add",             WIDE,                    0,  0},
    {"And",             BOOL,                    0,  0},
    {"ArgMax",          WIDE | I8 | U8,          0,  0},
    {"ArgMin",          WIDE | I8 | U8,          0,  0},
    {"Asin",            F32,                     0,  0},
    {"Asinh",           F32,                     0,  0},
    {"Atan",            F32,                     0,  0},
    {"Atanh",           F32,                     0,  0},
    {"AveragePool",     F32,                     0,  0},
    {"BitShift",        U8 | U32 | U64,          0,  0},
    {"BitwiseAnd",      NUMBERS & ~FLOATS,       0,  0},
    {"BitwiseNot",      NUMBERS & ~FLOATS,       0,  0},
    {"BitwiseOr",       NUMBERS & ~FLOATS,       0,  0},
    {"BitwiseXor",      NUMBERS & ~FLOATS,       0,  0},
    {"Ceil",            FLOATS,                  0,  0},
    {"Celu",            F32,                     0,  0},
    {"Clip",            MINMAX,                 12, F32},
    {"Conv",            F32,                     0,  0},
    {"ConvTranspose",   F32,                     0,  0},
    {"Cos",             F32,                     0,  0},
    {"Cosh",            F32,                     0,  0},
    {"CumSum",          WIDE,                    0,  0},
    {"Det",             F32,                     0,  0},
    {"Div",             WIDE,                    0,  0},
    {"Einsum",          WIDE,                    0,  0},
    {"Elu",             F32,                     0,  0},
    {"Equal",           WIDE | BOOL,             0,  0},
    {"Erf",             F32,                     0,  0},
    {"Exp",             FLOATS,                  0,  0},
    {"EyeLike",         WIDE | U64,              0,  0},
    {"Floor",           FLOATS,                  0,  0},
    {"GRU",             FLOATS,                  0,  0},
    {"Gelu",            F32,                     0,  0},
    {"Gemm",            FLOATS,                  0,  0},
    {"GlobalAveragePool", F32,                   0,  0},
    {"GlobalLpPool",    F32,                     0,  0},
    {"GlobalMaxPool",   F32,                     0,  0},
    {"Greater",         WIDE,                    0,  0},
    {"GreaterOrEqual",  WIDE,                    0,  0},
    {"GridSample",      F32,                     0,  0},
    {"HardSigmoid",     F32,                     0,  0},
    {"HardSwish",       F32,                     0,  0},
    {"InstanceNormalization", F32,               0,  0},
    {"IsInf",           FLOATS,                  0,  0},
    {"IsNaN",           FLOATS,                  0,  0},
    {"LRN",             F32,                     0,  0},
    {"LSTM",            FLOATS,                  0,  0},
    {"LeakyRelu",       F32,                     0,  0},
    {"Less",            WIDE,                    0,  0},
    {"LessOrEqual",     WIDE,                    0,  0},
    {"Log",             FLOATS,                  0,  0},
    {"LogSoftmax",      FLOATS,                  0,  0},
    {"LpPool",          F32,                     0,  0},
    {"MatMul",          WIDE | U32 | U64,        0,  0},
    {"Max",             MINMAX,                 12, FLOATS},
    {"MaxPool",         FLOATS | I8 | U8,       12, FLOATS},
    {"MaxUnpool",       F32,                     0,  0},
    {"Min",             MINMAX,                 12, FLOATS},
    {"Mish",            F32,                     0,  0},
    {"Mod",             NUMBERS,                 0,  0},
    {"Mul",             WIDE,                    0,  0},
    {"Neg",             WIDE | I8,               0,  0},
    {"NonZero",         F32 | I32 | I64 | U8 | BOOL, 0, 0},
    {"Not",             BOOL,                    0,  0},
    {"OneHot",          F32 | I32 | I64,         0,  0},
    {"Or",              BOOL,                    0,  0},
    {"PRelu",           F32,                     0,  0},
    {"Pad",             MINMAX | BOOL,          13, MINMAX},
    {"Pow",             WIDE,                   12, FLOATS},
    {"RNN",             F32,                     0,  0},
    {"Range",           WIDE | I16,              0,  0},
    {"Reciprocal",      FLOATS,                  0,  0},
    {"ReduceL1",        F32 | I32,               0,  0},
    {"ReduceL2",        F32,                     0,  0},
    {"ReduceLogSum",    F32,                     0,  0},
    {"ReduceLogSumExp", FLOATS,                  0,  0},
    {"ReduceMax",       WIDE | I8 | U8,         12, WIDE},
    {"ReduceMean",      FLOATS,                  0,  0},
    {"ReduceMin",       WIDE | I8 | U8,         12, WIDE},
    {"ReduceProd",      F32 | I32 | I64,         0,  0},
    {"ReduceSum",       WIDE,                    0,  0},
    {"ReduceSumSquare", FLOATS | I32,            0,  0},
    {"Relu",            FLOATS | I32 | I8,      14, FLOATS},
    {"Resize",          F32 | I32 | I8 | U8,     0,  0},
    {"RoiAlign",        FLOATS,                  0,  0},
    {"Round",           FLOATS,                  0,  0},
    {"Selu",            F32,                     0,  0},
    {"Sigmoid",         FLOATS,                  0,  0},
    {"Sign",            NUMBERS,                 0,  0},
    {"Sin",             FLOATS,                  0,  0},
    {"Sinh",            F32,                     0,  0},
    {"Softmax",         FLOATS,                  0,  0},
    {"Softplus",        F32,                     0,  0},
    {"Softsign",        F32,                     0,  0},
    {"SpaceToDepth",    FLOATS,                  0,  0},
    {"Sqrt",            FLOATS,                  0,  0},
    {"Sub",             WIDE,                    0,  0},
    {"Sum",             FLOATS,                  0,  0},
    {"Tan",             F32,                     0,  0},
    {"Tanh",            FLOATS,                  0,  0},
    {"ThresholdedRelu", F32,                     0,  0},
    {"TopK",            WIDE,                    0,  0},
    {"Trilu",           FLOATS | I64 | BOOL,     0,  0},
    {"Unique",          FLOATS | I64 | I8,       0,  0},
    {"Where",           WIDE | U8,               0,  0},
    {"Xor",             BOOL,                    0,  0},
};
/* clang-format on */

static unsigned bit_of(incdtype type)
{
    switch (type) {
    case INCDT_U8:
        return U8;
    case INCDT_I8:
        return I8;
    case INCDT_I16:
        return I16;
    case INCDT_I32:
        return I32;
    case INCDT_I64:
        return I64;
    case INCDT_F16:
    case INCDT_BF16:
    case INCDT_F32:
        return F32;
    case INCDT_F64:
        return F64;
    case INCDT_BOOL:
        return BOOL;
    case INCDT_U16:
        return U16;
    case INCDT_U32:
        return U32;
    case INCDT_U64:
        return U64;
    default:
        return 0;
    }
}

static unsigned types_of(incir_graph *g, const char *op_type)
{
    size_t low = 0, high = INC_COUNT(table);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(op_type, table[middle].op_type);
        if (order == 0)
            return g->opset >= table[middle].since ? table[middle].types : table[middle].before;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return ~0u;
}

incdtype emit_working_type(incir_graph *g, const char *op_type, incdtype type)
{
    /* What can hold each type, nearest first; a double is better rounded than refused. */
    static const incdtype wider_integer[] = {INCDT_U8,  INCDT_I8,  INCDT_I16, INCDT_I32,
                                             INCDT_I64, INCDT_F64, INCDT_F32, INCDT_BOOL};
    static const incdtype wider_float[] = {INCDT_F32, INCDT_F64};
    static const incdtype narrower[] = {INCDT_F64, INCDT_F32};
    unsigned types = types_of(g, op_type), bit = bit_of(type);
    if (bit == 0 || types & bit)
        return type;
    const incdtype *candidates = wider_integer;
    size_t n = INC_COUNT(wider_integer);
    if (type == INCDT_F64) {
        candidates = narrower;
        n = INC_COUNT(narrower);
    } else if (incdtype_is_float(type)) {
        candidates = wider_float;
        n = INC_COUNT(wider_float);
    }
    for (size_t i = 0; i < n; i++) {
        incdtype wide = candidates[i];
        bool holds = incdtype_is_float(type) || incdtype_is_float(wide) || type == INCDT_BOOL ||
                     wide == INCDT_BOOL || incdtype_size(wide) > incdtype_size(type) ||
                     (wide == INCDT_I64 && type == INCDT_U64);
        if (holds && types & bit_of(wide))
            return wide;
    }
    return type;
}

static bool result_is_bool(const char *op_type)
{
    static const char *const names[] = {
        "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or",
        "Xor",   "Not",     "IsNaN",          "IsInf"};
    for (size_t i = 0; i < INC_COUNT(names); i++)
        if (strcmp(op_type, names[i]) == 0)
            return true;
    return false;
}

incir_value *emit_unary(incir_graph *g, const char *op_type, incir_value *x)
{
    incdtype type = x->dtype;
    incir_value *y = incir_emit1(g, op_type, emit_cast(g, x, emit_working_type(g, op_type, type)));
    return result_is_bool(op_type) ? y : emit_cast(g, y, type);
}

incir_value *emit_binary(incir_graph *g, const char *op_type, incir_value *a, incir_value *b)
{
    emit_promote(g, &a, &b);
    incdtype type = a->dtype, wide = emit_working_type(g, op_type, type);
    incir_value *y = incir_emit2(g, op_type, emit_cast(g, a, wide), emit_cast(g, b, wide));
    return result_is_bool(op_type) ? y : emit_cast(g, y, type);
}

incir_value *emit_where(incir_graph *g, incir_value *condition, incir_value *a, incir_value *b)
{
    emit_promote(g, &a, &b);
    incdtype type = a->dtype, wide = emit_working_type(g, "Where", type);
    condition = emit_cast(g, condition, INCDT_BOOL);
    incir_value *y =
        incir_emit3(g, "Where", condition, emit_cast(g, a, wide), emit_cast(g, b, wide));
    return emit_cast(g, y, type);
}

/* ---- promotion ---- */

incir_value *emit_cast(incir_graph *g, incir_value *x, incdtype to)
{
    if (x->dtype == to)
        return x;
    if (incdtype_onnx(to) == 0)
        inc_raise(g->cx, INC_E_UNSUPPORTED, "ONNX has no element type for torch.%s",
                  incdtype_name(to));
    incir_node *n = incir_node_new(g, "Cast");
    incir_in(g, n, x);
    incir_attr_int(g, n, "to", incdtype_onnx(to));
    return incir_emit(g, n);
}

static bool is_number_of_floats(incdtype t)
{
    return incdtype_is_float(t) || incdtype_is_complex(t);
}

/* The type when those of higher rank have one and those below it another (as torch.result_type). */
static incdtype combine(bool has_higher, incdtype higher, bool has_lower, incdtype lower)
{
    if (!has_higher || !has_lower)
        return has_higher ? higher : lower;
    if (incdtype_is_complex(higher))
        return higher;
    if (incdtype_is_float(higher))
        return incdtype_is_complex(lower) ? incdtype_promote(higher, INCDT_C32) : higher;
    if (higher == INCDT_BOOL || is_number_of_floats(lower))
        return incdtype_promote(higher, lower);
    return higher;
}

incdtype emit_result_type(incir_graph *g, incir_value *const *values, size_t n)
{
    enum { DIMENSIONED, ZERO_D, NUMBER, CLASSES };
    incdtype types[CLASSES] = {INCDT_F32, INCDT_F32, INCDT_F32};
    bool seen[CLASSES] = {false, false, false};
    (void)g;
    for (size_t i = 0; i < n; i++) {
        incdtype t = values[i]->dtype;
        int class = values[i]->is_number ? NUMBER : values[i]->rank == 0 ? ZERO_D : DIMENSIONED;
        if (class == NUMBER && incdtype_is_float(t))
            t = INCDT_F32; /* torch.get_default_dtype() */
        else if (class == NUMBER && incdtype_is_complex(t))
            t = INCDT_C64;
        types[class] = seen[class] ? incdtype_promote(types[class], t) : t;
        seen[class] = true;
    }
    incdtype weak = combine(seen[ZERO_D], types[ZERO_D], seen[NUMBER], types[NUMBER]);
    return combine(seen[DIMENSIONED], types[DIMENSIONED], seen[ZERO_D] || seen[NUMBER], weak);
}

void emit_promote(incir_graph *g, incir_value **a, incir_value **b)
{
    incir_value *both[] = {*a, *b};
    incdtype type = emit_result_type(g, both, 2);
    *a = emit_cast(g, *a, type);
    *b = emit_cast(g, *b, type);
}

incir_value *emit_scalar_like(incir_graph *g, const incir_value *x, double value)
{
    return incir_const_float(g, x->dtype, value);
}
