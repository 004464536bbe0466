/* Which element types an operator can be computed in, and what to do about the others.
 *
 * A table says for each operator the types that both the ONNX opset and the CPU kernels of ONNX
 * Runtime have; what is missing is cast to the nearest wider type and back. */
#include "ops/emit/emit.h"

#include <string.h>

enum {
    BOOL = 1 << 0,
    U8 = 1 << 1,
    I8 = 1 << 2,
    I16 = 1 << 3,
    I32 = 1 << 4,
    I64 = 1 << 5,
    F16 = 1 << 6,
    F32 = 1 << 7,
    F64 = 1 << 8,
    OTHER = 1 << 9, /* unsigned ones and bfloat16: no operator below is sure to have them */
    BYTES = U8 | I8,
    INTS = BYTES | I16 | I32 | I64,
    SINGLE = F16 | F32,
    FLOATS = SINGLE | F64,
    WIDE = I32 | I64 | FLOATS,
    NUMBERS = INTS | FLOATS
};

typedef struct op_types {
    const char *op_type;
    unsigned types; /* from opset since on */
    uint32_t since;
    unsigned before; /* below it */
} op_types;

/* Found by loading a model of one node for each type and opset into ONNX Runtime 1.21 and 1.23. */
/* clang-format off */
static const op_types table[] = { /* sorted by name */
    {"Abs",                   NUMBERS,                  0, 0},
    {"Acos",                  SINGLE,                   0, 0},
    {"Acosh",                 SINGLE,                   0, 0},
    {"Add",                   NUMBERS,                 14, WIDE},
    {"And",                   BOOL,                     0, 0},
    {"ArgMax",                WIDE | BYTES,             0, 0},
    {"ArgMin",                WIDE | BYTES,             0, 0},
    {"Asin",                  SINGLE,                   0, 0},
    {"Asinh",                 SINGLE,                   0, 0},
    {"Atan",                  SINGLE,                   0, 0},
    {"Atanh",                 SINGLE,                   0, 0},
    {"AveragePool",           SINGLE,                   0, 0},
    {"BatchNormalization",    FLOATS,                   0, 0},
    {"BitwiseAnd",            INTS,                     0, 0},
    {"BitwiseNot",            INTS,                     0, 0},
    {"BitwiseOr",             INTS,                     0, 0},
    {"BitwiseXor",            INTS,                     0, 0},
    {"Ceil",                  FLOATS,                   0, 0},
    {"Celu",                  F32,                      0, 0},
    {"Clip",                  WIDE | BYTES,            12, SINGLE},
    {"Conv",                  SINGLE,                   0, 0},
    {"ConvTranspose",         SINGLE,                   0, 0},
    {"Cos",                   SINGLE,                   0, 0},
    {"Cosh",                  SINGLE,                   0, 0},
    {"CumSum",                WIDE,                    14, WIDE & ~F16},
    {"DepthToSpace",          FLOATS,                   0, 0},
    {"Det",                   SINGLE,                   0, 0},
    {"Div",                   NUMBERS,                 14, WIDE},
    {"Dropout",               FLOATS,                   0, 0},
    {"Einsum",                WIDE,                     0, 0},
    {"Elu",                   SINGLE,                   0, 0},
    {"Equal",                 NUMBERS | BOOL,           0, 0},
    {"Erf",                   SINGLE,                   0, 0},
    {"Exp",                   FLOATS,                   0, 0},
    {"EyeLike",               WIDE,                     0, 0},
    {"Floor",                 FLOATS,                   0, 0},
    {"FusedMatMul",           SINGLE,                   0, 0}, /* made of Transpose and MatMul */
    {"GRU",                   SINGLE,                   0, 0}, /* double loads, but does not run */
    {"Gelu",                  SINGLE,                   0, 0},
    {"Gemm",                  FLOATS,                   0, 0},
    {"GlobalAveragePool",     SINGLE,                   0, 0},
    {"GlobalLpPool",          SINGLE,                   0, 0},
    {"GlobalMaxPool",         SINGLE,                   0, 0},
    {"Greater",               NUMBERS,                  0, 0},
    {"GreaterOrEqual",        NUMBERS,                  0, 0},
    {"GridSample",            FLOATS,                  20, SINGLE},
    {"GroupNormalization",    FLOATS,                   0, 0},
    {"HardSigmoid",           SINGLE,                   0, 0},
    {"HardSwish",             SINGLE,                   0, 0},
    {"InstanceNormalization", SINGLE,                   0, 0},
    {"IsInf",                 FLOATS,                  20, F32 | F64},
    {"IsNaN",                 FLOATS,                   0, 0},
    {"LRN",                   SINGLE,                   0, 0},
    {"LSTM",                  SINGLE,                   0, 0}, /* as GRU */
    {"LayerNormalization",    FLOATS,                   0, 0},
    {"LeakyRelu",             SINGLE,                   0, 0},
    {"Less",                  NUMBERS,                  0, 0},
    {"LessOrEqual",           NUMBERS,                  0, 0},
    {"Log",                   FLOATS,                   0, 0},
    {"LogSoftmax",            FLOATS,                   0, 0},
    {"LpNormalization",       FLOATS,                   0, 0},
    {"LpPool",                SINGLE,                   0, 0},
    {"MatMul",                WIDE,                     0, 0},
    {"Max",                   WIDE,                    12, FLOATS},
    {"MaxPool",               FLOATS | BYTES,          12, FLOATS},
    {"MaxRoiPool",            FLOATS,                   0, 0},
    {"MaxUnpool",             SINGLE,                   0, 0},
    {"Min",                   WIDE,                    12, FLOATS},
    {"Mish",                  SINGLE,                   0, 0},
    {"Mod",                   NUMBERS,                  0, 0},
    {"Mul",                   NUMBERS,                 14, WIDE},
    {"Neg",                   NUMBERS & ~U8,            0, 0},
    {"NonZero",               SINGLE | I32 | I64 | U8 | BOOL, 0, 0},
    {"Not",                   BOOL,                     0, 0},
    {"OneHot",                SINGLE | I64,             0, 0},
    {"Or",                    BOOL,                     0, 0},
    {"PRelu",                 SINGLE,                   0, 0},
    {"Pad",                   WIDE | BYTES | BOOL,     13, WIDE | BYTES},
    {"Pow",                   WIDE,                    12, FLOATS},
    {"QuickGelu",             SINGLE,                   0, 0}, /* made of Sigmoid and Mul */
    {"RNN",                   SINGLE,                   0, 0},
    {"Range",                 I16 | I32 | I64 | F32 | F64, 0, 0},
    {"Reciprocal",            FLOATS,                   0, 0},
    {"ReduceL1",              WIDE,                     0, 0},
    {"ReduceL2",              FLOATS,                   0, 0},
    {"ReduceLogSum",          FLOATS,                   0, 0},
    {"ReduceLogSumExp",       FLOATS,                   0, 0},
    {"ReduceMax",             WIDE | BYTES,            12, WIDE},
    {"ReduceMean",            FLOATS,                   0, 0},
    {"ReduceMin",             WIDE | BYTES,            12, WIDE},
    {"ReduceProd",            WIDE,                     0, 0},
    {"ReduceSum",             WIDE,                     0, 0},
    {"ReduceSumSquare",       WIDE,                     0, 0},
    {"Relu",                  FLOATS | I32 | I8,       14, FLOATS},
    {"Resize",                SINGLE | I32 | BYTES,     0, 0},
    {"RoiAlign",              FLOATS,                   0, 0},
    {"Round",                 FLOATS,                   0, 0},
    {"Selu",                  SINGLE,                   0, 0},
    {"Sigmoid",               FLOATS,                   0, 0},
    {"Sign",                  NUMBERS,                  0, 0},
    {"Sin",                   FLOATS,                   0, 0},
    {"Sinh",                  SINGLE,                   0, 0},
    {"Softmax",               FLOATS,                   0, 0},
    {"Softplus",              SINGLE,                   0, 0},
    {"Softsign",              SINGLE,                   0, 0},
    {"SpaceToDepth",          FLOATS,                   0, 0},
    {"Sqrt",                  FLOATS,                   0, 0},
    {"Sub",                   NUMBERS,                 14, WIDE},
    {"Sum",                   FLOATS,                   0, 0},
    {"Tan",                   SINGLE,                   0, 0},
    {"Tanh",                  FLOATS,                   0, 0},
    {"ThresholdedRelu",       SINGLE,                   0, 0},
    {"TopK",                  WIDE,                     0, 0},
    {"Trilu",                 FLOATS | I64 | BOOL,      0, 0},
    {"Unique",                FLOATS | I64 | I8,        0, 0},
    {"Where",                 WIDE | U8,                0, 0},
    {"Xor",                   BOOL,                     0, 0},
};
/* clang-format on */

static unsigned bit_of(incdtype type)
{
    switch (type) {
    case INCDT_BOOL:
        return BOOL;
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
        return F16;
    case INCDT_F32:
        return F32;
    case INCDT_F64:
        return F64;
    case INCDT_BF16:
    case INCDT_U16:
    case INCDT_U32:
    case INCDT_U64:
        return OTHER;
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

/* Whether every value of type a is one of type b, or near enough: the largest integers are rounded
 * by a double, and a double by a float, rather than refused. */
static bool can_hold(incdtype b, incdtype a)
{
    if (a == INCDT_BOOL)
        return true;
    if (incdtype_is_float(a))
        return incdtype_is_float(b) && (b != INCDT_F16 || a == INCDT_F16);
    if (incdtype_is_float(b))
        return b != INCDT_F16;
    return incdtype_size(b) > incdtype_size(a) || (b == INCDT_I64 && a == INCDT_U64);
}

incdtype emit_working_type(incir_graph *g, const char *op_type, incdtype type)
{
    static const incdtype for_integers[] = {INCDT_U8,  INCDT_I8,  INCDT_I16, INCDT_I32,
                                            INCDT_I64, INCDT_F64, INCDT_F32, INCDT_BOOL};
    static const incdtype for_floats[] = {INCDT_F32, INCDT_F64};
    unsigned types = types_of(g, op_type), bit = bit_of(type);
    if (bit == 0 || types & bit)
        return type;
    if (types == BOOL)
        return INCDT_BOOL;
    bool is_float = incdtype_is_float(type);
    const incdtype *candidates = is_float ? for_floats : for_integers;
    size_t n = is_float ? INC_COUNT(for_floats) : INC_COUNT(for_integers);
    for (size_t i = 0; i < n; i++)
        if (candidates[i] != type && types & bit_of(candidates[i]) &&
            (candidates[i] == INCDT_BOOL || can_hold(candidates[i], type)))
            return candidates[i];
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

static bool is_logical(const char *op_type)
{
    return strcmp(op_type, "And") == 0 || strcmp(op_type, "Or") == 0 || strcmp(op_type, "Xor") == 0;
}

incir_value *emit_binary(incir_graph *g, const char *op_type, incir_value *a, incir_value *b)
{
    if (is_logical(op_type)) {
        a = emit_cast(g, a, INCDT_BOOL);
        b = emit_cast(g, b, INCDT_BOOL);
        return incir_emit2(g, op_type, a, b);
    }
    emit_promote(g, &a, &b);
    incdtype type = a->dtype, wide = emit_working_type(g, op_type, type);
    a = emit_cast(g, a, wide);
    b = emit_cast(g, b, wide);
    incir_value *y = incir_emit2(g, op_type, a, b);
    return result_is_bool(op_type) ? y : emit_cast(g, y, type);
}

incir_value *emit_where(incir_graph *g, incir_value *condition, incir_value *a, incir_value *b)
{
    emit_promote(g, &a, &b);
    incdtype type = a->dtype, wide = emit_working_type(g, "Where", type);
    condition = emit_cast(g, condition, INCDT_BOOL);
    a = emit_cast(g, a, wide);
    b = emit_cast(g, b, wide);
    return emit_cast(g, incir_emit3(g, "Where", condition, a, b), type);
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
