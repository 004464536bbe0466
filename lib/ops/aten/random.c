/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers. ONNX draws its own, so the answers differ from PyTorch's and from run to run; the
 * user is warned. */
#include "ops/families.h"

#include "ops/emit/math.h"
#include "ops/emit/shape.h"

static void warn(incop_call *c)
{
    inc_warn(c->cx, "the model draws random numbers: its answers will not be those of PyTorch");
}

/* "RandomUniform" (a to b) or "RandomNormal" (mean a, deviation b) of that shape. */
static incir_value *draw(incop_call *c, const char *op_type, const incsym *const *sizes,
                         size_t rank, incdtype type, double a, double b)
{
    incir_graph *g = c->g;
    bool uniform = incir_op_find("", op_type)->code == INCIR_OP_RANDOM_UNIFORM, all_known = true;
    incdtype drawn = incdtype_is_float(type) && type != INCDT_BF16 ? type : INCDT_F32;
    int64_t *shape = INC_NEW_N(c->cx, int64_t, rank);
    for (size_t i = 0; i < rank; i++)
        all_known = incsym_known(sizes[i], &shape[i]) && all_known;
    warn(c);
    incir_node *n = incir_node_new(g, all_known ? op_type : inc_printf(c->cx, "%sLike", op_type));
    if (all_known)
        incir_attr_ints(g, n, "shape", shape, rank);
    else
        incir_in(g, n, emit_full(g, drawn, sizes, rank, 0));
    incir_attr_int(g, n, "dtype", incdtype_onnx(drawn));
    incir_attr_float(g, n, uniform ? "low" : "mean", a);
    incir_attr_float(g, n, uniform ? "high" : "scale", b);
    return emit_cast(g, emit_set_dims(g, incir_emit(g, n), sizes), type);
}

/* rand, randn and their like; as: the node. */
static void lower_standard(incop_call *c)
{
    size_t rank;
    const incsym *const *sizes = incop_sizes_asked(c, &rank);
    incop_return(c, draw(c, c->row->as, sizes, rank, incop_type_asked(c, INCDT_F32), 0, 1));
}

/* Whole numbers from low to below high. */
static void lower_randint(incop_call *c)
{
    size_t rank;
    incir_graph *g = c->g;
    const incsym *const *sizes = incop_sizes_asked(c, &rank);
    double low = incop_has(c, "low") ? incop_float(c, "low") : 0, high = incop_float(c, "high");
    incdtype type = incop_type_asked(c, INCDT_I64);
    incir_value *x = draw(c, "RandomUniform", sizes, rank, INCDT_F32, low, high);
    incop_return(c, emit_cast(g, emit_unary(g, "Floor", x), type));
}

/* The order of random keys. */
static void lower_randperm(incop_call *c)
{
    incir_graph *g = c->g;
    const incsym *n = incop_sym(c, "n");
    incir_value *found[2], *keys = draw(c, "RandomUniform", &n, 1, INCDT_F32, 0, 1);
    incir_node *top = incir_node_new(g, "TopK");
    incir_in(g, top, keys);
    incir_in(g, top, incir_sizes(g, &n, 1));
    incir_emit_n(g, top, 2, found);
    incop_return(c, emit_cast(g, found[1], incop_dtype(c, "dtype", INCDT_I64)));
}

/* uniform_(from, to), normal_(mean, std): over what self holds; as: the node. */
static void lower_drawn_over(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    bool uniform = incop_has(c, "from");
    double a = incop_float(c, uniform ? "from" : "mean"),
           b = incop_float(c, uniform ? "to" : "std");
    incop_return(c, draw(c, c->row->as, x->dims, x->rank, x->dtype, a, b));
}

/* mean + std · standard normal */
static void lower_normal(incop_call *c)
{
    incir_graph *g = c->g;
    size_t rank;
    incir_value *both[] = {incop_tensor(c, "mean"), incop_tensor(c, "std")};
    const incsym *const *sizes;
    incdtype type = INCDT_F32;
    if (incop_has(c, "size")) {
        sizes = incop_syms(c, "size", &rank);
        type = incop_type_asked(c, type);
    } else {
        sizes = emit_broadcast_shape(g, both, 2, &rank);
        type = emit_float_type(emit_result_type(g, both, 2));
    }
    incir_value *x = draw(c, "RandomNormal", sizes, rank, type, 0, 1);
    x = emit_binary(g, "Mul", x, emit_cast(g, both[1], type));
    incop_return(c, emit_binary(g, "Add", x, emit_cast(g, both[0], type)));
}

/* 1 with the probability that self, or p, says. */
static void lower_bernoulli(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *p = incop_has(c, "p") ? incop_tensor(c, "p") : x;
    incir_value *drawn = draw(c, "RandomUniform", x->dims, x->rank, INCDT_F32, 0, 1);
    incir_value *hit = emit_compare(g, "Less", drawn, emit_cast(g, p, INCDT_F32));
    incop_return(c, emit_cast(g, hit, x->dtype));
}

/* -log(1 - uniform) / lambd */
static void lower_exponential(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    incir_value *drawn = draw(c, "RandomUniform", x->dims, x->rank, x->dtype, 0, 1);
    drawn = emit_unary(g, "Log", emit_scalar_with(g, "Sub", 1, drawn));
    incop_return(c, emit_with_scalar(g, "Div", drawn, -incop_float(c, "lambd")));
}

/* Classes drawn by their weights. Without replacement: the largest of the logarithms, each moved by
 * a random amount of Gumbel's distribution. */
static void lower_multinomial(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = emit_unary(g, "Log", emit_as_float(g, incop_tensor(c, "self"))), *found[2];
    bool vector = x->rank == 1, again = incop_bool(c, "replacement");
    const incsym *k = incop_sym(c, "num_samples");
    if (vector)
        x = emit_unsqueeze_axis(g, x, 0);
    if (again) {
        incir_node *n = incir_node_new(g, "Multinomial");
        incir_in(g, n, emit_cast(g, x, INCDT_F32));
        incir_attr_int(g, n, "dtype", incdtype_onnx(INCDT_I64));
        incir_attr_int(g, n, "sample_size", incop_int(c, "num_samples"));
        warn(c);
        found[1] = incir_emit(g, n);
    } else {
        incir_value *drawn = draw(c, "RandomUniform", x->dims, x->rank, x->dtype, 0, 1);
        for (int i = 0; i < 2; i++)
            drawn = emit_unary(g, "Neg", emit_unary(g, "Log", drawn));
        incir_node *n = incir_node_new(g, "TopK");
        incir_in(g, n, emit_binary(g, "Add", x, drawn));
        incir_in(g, n, incir_sizes(g, &k, 1));
        incir_emit_n(g, n, 2, found);
    }
    incop_return(c, vector ? emit_squeeze_axis(g, found[1], 0) : found[1]);
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::bernoulli(Tensor self, *, Generator? generator=None) -> Tensor", lower_bernoulli),
    OP("aten::bernoulli.Tensor(Tensor self, Tensor p, *, Generator? generator=None) -> Tensor", lower_bernoulli),
    OP("aten::bernoulli.p(Tensor self, float p, *, Generator? generator=None) -> Tensor", lower_bernoulli),
    OP("aten::exponential(Tensor self, float lambd=1., *, Generator? generator=None) -> Tensor", lower_exponential),
    OP("aten::multinomial(Tensor self, int num_samples, bool replacement=False, *, Generator? generator=None) -> Tensor",
        lower_multinomial),
    OP("aten::normal.Tensor_Tensor(Tensor mean, Tensor std, *, Generator? generator=None) -> Tensor", lower_normal),
    OP("aten::normal.Tensor_float(Tensor mean, float std=1., *, Generator? generator=None) -> Tensor", lower_normal),
    OP("aten::normal.float_Tensor(float mean, Tensor std, *, Generator? generator=None) -> Tensor", lower_normal),
    OP("aten::normal.float_float(float mean, float std, SymInt[] size, *, Generator? generator=None, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_normal),
    OP_AS("aten::normal_(Tensor(a!) self, float mean=0., float std=1., *, Generator? generator=None) -> Tensor(a!)",
        lower_drawn_over, "RandomNormal"),
    OP_AS("aten::normal_functional(Tensor self, float mean=0., float std=1., *, Generator? generator=None) -> Tensor",
        lower_drawn_over, "RandomNormal"),
    OP_AS("aten::rand(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_standard, "RandomUniform"),
    OP_AS("aten::rand.generator(SymInt[] size, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_standard, "RandomUniform"),
    OP_AS("aten::rand_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        lower_standard, "RandomUniform"),
    OP("aten::randint(SymInt high, SymInt[] size, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_randint),
    OP("aten::randint.generator(SymInt high, SymInt[] size, *, Generator? generator, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_randint),
    OP("aten::randint.low(SymInt low, SymInt high, SymInt[] size, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_randint),
    OP("aten::randint.low_generator(SymInt low, SymInt high, SymInt[] size, *, Generator? generator, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_randint),
    OP("aten::randint_like(Tensor self, SymInt high, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        lower_randint),
    OP("aten::randint_like.low_dtype(Tensor self, SymInt low, SymInt high, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        lower_randint),
    OP_AS("aten::randn(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_standard, "RandomNormal"),
    OP_AS("aten::randn.generator(SymInt[] size, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_standard, "RandomNormal"),
    OP_AS("aten::randn_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        lower_standard, "RandomNormal"),
    OP("aten::randperm(SymInt n, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_randperm),
    OP("aten::randperm.generator(SymInt n, *, Generator? generator, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_randperm),
    OP_AS("aten::uniform(Tensor self, float from=0., float to=1., *, Generator? generator=None) -> Tensor",
        lower_drawn_over, "RandomUniform"),
};
/* clang-format on */

const incop_family incop_random = {"random", rows, INC_COUNT(rows)};
