/* What a program asks of a tensor (its sizes, its type, its one element) and numbers made tensors.
 * Sizes are expressions, so that arithmetic with them leaves no nodes. */
#include "ops/families.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "ops/emit_math.h"
#include "ops/emit_shape.h"

static void return_bool(incop_call *c, bool answer)
{
    incop_return_val(c, incval_bool(answer));
}

static void return_number(incop_call *c, int64_t number)
{
    incop_return_int(c, incsym_int(c->g->syms, number));
}

static void return_sizes(incop_call *c, const incsym *const *sizes, size_t n)
{
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (size_t i = 0; i < n; i++)
        INC_PUSH(c->cx, &list.u.list->v, incval_int(sizes[i]));
    incop_return_val(c, list);
}

/* The tensor, whatever the schema calls it. */
static incir_value *subject(incop_call *c)
{
    static const char *const names[] = {"self", "a", "t"};
    for (size_t i = 0; i + 1 < INC_COUNT(names); i++)
        if (incop_has(c, names[i]))
            return incop_tensor(c, names[i]);
    return incop_tensor(c, names[INC_COUNT(names) - 1]);
}

/* ---- sizes ---- */

static void lower_size(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (!incop_has(c, "dim")) {
        return_sizes(c, x->dims, x->rank);
        return;
    }
    if (x->rank == 0)
        inc_raise(c->cx, INC_E_FORMAT, "size: a tensor without axes");
    incop_return_int(c, x->dims[incop_axis(c, "dim", x->rank)]);
}

static void lower_shape_as_tensor(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, incir_sizes(c->g, x->dims, x->rank));
}

/* Strides of a contiguous tensor. */
static void lower_stride(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    const incsym **strides = INC_NEW_N(c->cx, const incsym *, x->rank), *next;
    next = incsym_int(c->g->syms, 1);
    for (size_t i = x->rank; i-- > 0;) {
        strides[i] = next;
        next = incsym_mul(c->g->syms, next, x->dims[i]);
    }
    if (!incop_has(c, "dim"))
        return_sizes(c, strides, x->rank);
    else if (x->rank == 0)
        inc_raise(c->cx, INC_E_FORMAT, "stride: a tensor without axes");
    else
        incop_return_int(c, strides[incop_axis(c, "dim", x->rank)]);
}

static void lower_numel(incop_call *c)
{
    incop_return_int(c, incir_numel(c->g, incop_tensor(c, "self")));
}

static void lower_len(incop_call *c)
{
    incir_value *x = incop_tensor(c, "t");
    if (x->rank == 0)
        inc_raise(c->cx, INC_E_FORMAT, "len() of a tensor without axes");
    incop_return_int(c, x->dims[0]);
}

static void lower_dim(incop_call *c)
{
    return_number(c, (int64_t)incop_tensor(c, "self")->rank);
}

static void lower_is_same_size(incop_call *c)
{
    incir_value *a = incop_tensor(c, "self"), *b = incop_tensor(c, "other");
    bool same = a->rank == b->rank;
    for (size_t i = 0; same && i < a->rank; i++)
        same = incsym_eq(c->g->syms, a->dims[i], b->dims[i]) != 0 &&
               incsym_hint(a->dims[i]) == incsym_hint(b->dims[i]);
    return_bool(c, same);
}

/* ---- types ---- */

static void lower_dtype(incop_call *c)
{
    return_number(c, (int64_t)subject(c)->dtype);
}

static void lower_item_size(incop_call *c)
{
    return_number(c, (int64_t)incdtype_size(subject(c)->dtype));
}

static void lower_n_bytes(incop_call *c)
{
    incir_value *x = subject(c);
    incop_return_int(
        c, incsym_mul_int(c->g->syms, incir_numel(c->g, x), (int64_t)incdtype_size(x->dtype)));
}

static void lower_is_floating_point(incop_call *c)
{
    return_bool(c, incdtype_is_float(subject(c)->dtype));
}

static void lower_is_complex(incop_call *c)
{
    return_bool(c, incdtype_is_complex(subject(c)->dtype));
}

static void lower_is_quantized(incop_call *c)
{
    return_bool(c, incdtype_is_quantized(subject(c)->dtype));
}

static void lower_is_signed(incop_call *c)
{
    incdtype t = subject(c)->dtype;
    return_bool(c, t != INCDT_U8 && t != INCDT_BOOL && t != INCDT_U16 && t != INCDT_U32 &&
                       t != INCDT_U64);
}

static void lower_result_type(incop_call *c)
{
    bool tensor = incop_has(c, "tensor"), other = incop_has(c, "other");
    const char *a = tensor ? "tensor" : incop_has(c, "scalar") ? "scalar" : "scalar1";
    const char *b = other ? "other" : incop_has(c, "scalar2") ? "scalar2" : "tensor";
    incir_value *both[] = {incop_tensor(c, a), incop_tensor(c, b)};
    return_number(c, (int64_t)emit_result_type(c->g, both, 2));
}

static void lower_promote_types(incop_call *c)
{
    return_number(c, (int64_t)incdtype_promote(incop_dtype(c, "type1", INCDT_F32),
                                               incop_dtype(c, "type2", INCDT_F32)));
}

/* A type can become another unless that forgets fractions, signs or more. */
static void lower_can_cast(incop_call *c)
{
    incdtype from = incop_dtype(c, "from_", INCDT_F32), to = incop_dtype(c, "to", INCDT_F32);
    bool complex_lost = incdtype_is_complex(from) && !incdtype_is_complex(to);
    bool fraction_lost =
        incdtype_is_float(from) && !incdtype_is_float(to) && !incdtype_is_complex(to);
    return_bool(c, !complex_lost && !fraction_lost && (to != INCDT_BOOL || from == INCDT_BOOL));
}

/* ---- where and how a tensor lies: on a CPU, plain ---- */

static void lower_device(incop_call *c)
{
    incop_return_val(c, incval_device("cpu"));
}

/* "cuda:0" is the device 0 of type "cuda". */
static void lower_device_type(incop_call *c)
{
    const char *device = incop_str(c, "self");
    incop_return_val(c, incval_str(inc_strndup(c->cx, device, strcspn(device, ":"))));
}

static void lower_device_index(incop_call *c)
{
    const char *colon = strchr(incop_str(c, "self"), ':');
    int64_t index;
    if (colon && incstr_int(colon + 1, strlen(colon + 1), &index))
        return_number(c, index);
    else
        incop_return_val(c, incval_none());
}

/* as: "yes" or "no". */
static void lower_answer(incop_call *c)
{
    return_bool(c, c->row->as[0] == 'y');
}

/* as: the number. */
static void lower_number(incop_call *c)
{
    return_number(c, c->row->as[0] == '-' ? -1 : c->row->as[0] - '0');
}

/* Checks that the exported model does not make. */
static void lower_nothing(incop_call *c)
{
    (void)c;
}

/* ---- numbers from tensors ---- */

static const incir_node *producer(const incir_value *v, const char *op_type)
{
    return v->kind == INCIR_RESULT && v->producer->domain[0] == '\0' &&
                   strcmp(v->producer->op_type, op_type) == 0
               ? v->producer
               : NULL;
}

/* v as a quotient of sizes: what int(x.size(2) / 2) or size * 0.5 leaves behind. */
typedef struct fraction {
    const incsym *over, *under;
} fraction;

static bool as_fraction(incir_graph *g, incir_value *v, fraction *f, int depth)
{
    enum { MOST_DEPTH = 16 };
    incsym_table *t = g->syms;
    const incsym *const *contents = v->rank == 0 ? incir_contents(g, v) : NULL;
    double known;
    if (contents) {
        *f = (fraction){contents[0], incsym_int(t, 1)};
        return true;
    }
    if (emit_known_scalar(g, v, &known)) {
        for (int64_t under = 1; under <= 1 << 16; under *= 2) /* halves, quarters, … */
            if (fabs(known) < 1e9 && known * (double)under == rint(known * (double)under)) {
                *f = (fraction){incsym_int(t, (int64_t)(known * (double)under)),
                                incsym_int(t, under)};
                return true;
            }
        return false;
    }
    const incir_node *n;
    fraction a, b;
    if (depth == MOST_DEPTH || v->rank != 0 || !incdtype_is_float(v->dtype))
        return false;
    if ((n = producer(v, "Cast")) != NULL)
        return as_fraction(g, n->inputs[0], f, depth + 1);
    bool quotient = (n = producer(v, "Div")) != NULL;
    if (!quotient && (n = producer(v, "Mul")) == NULL)
        return false;
    if (!as_fraction(g, n->inputs[0], &a, depth + 1) ||
        !as_fraction(g, n->inputs[1], &b, depth + 1))
        return false;
    *f = (fraction){incsym_mul(t, a.over, quotient ? b.under : b.over),
                    incsym_mul(t, a.under, quotient ? b.over : b.under)};
    return !incsym_is(f->under, 0);
}

/* An integer tensor of one element as an expression; NULL when only the data tell. */
static const incsym *as_expression(incir_graph *g, incir_value *v, int depth)
{
    enum { MOST_DEPTH = 16 };
    const incsym *const *contents = incir_contents(g, v);
    const incir_node *n;
    fraction f;
    if (contents && incsym_is(incir_numel(g, v), 1))
        return contents[0];
    if (incir_is_constant(v) && v->constant->numel == 1)
        return incsym_int(g->syms, inctensor_i64(g->cx, v->constant));
    if (v->rank != 0 || depth == MOST_DEPTH)
        return NULL;
    if ((n = producer(v, "Cast")) != NULL && !incdtype_is_float(v->dtype))
        return as_expression(g, n->inputs[0], depth + 1);
    if ((n = producer(v, "Floor")) != NULL || (n = producer(v, "Ceil")) != NULL) {
        bool up = n->op_type[0] == 'C';
        if (!as_fraction(g, n->inputs[0], &f, depth + 1))
            return NULL;
        return up ? incsym_ceildiv(g->syms, f.over, f.under)
                  : incsym_floordiv(g->syms, f.over, f.under);
    }
    if (as_fraction(g, v, &f, depth + 1)) /* sizes are not negative: truncating is rounding down */
        return incsym_floordiv(g->syms, f.over, f.under);
    return NULL;
}

/* An integer that depends on data becomes a symbol of its own. */
static const incsym *as_integer(incop_call *c, incir_value *v)
{
    incir_graph *g = c->g;
    const incsym *known = as_expression(g, v, 0);
    if (known)
        return known;
    v = emit_cast(g, v, INCDT_I64);
    return incsym_new(g->syms, "data", 1, INT64_MIN, emit_reshape(g, v, NULL, 0), -1);
}

static void need_one_element(incop_call *c, incir_value *v)
{
    int64_t n;
    if (incsym_known(incir_numel(c->g, v), &n) && n != 1)
        inc_raise(c->cx, INC_E_FORMAT, "a number from %s, which has not one element",
                  incir_type_text(c->g, v));
}

static void return_integer(incop_call *c, incir_value *v)
{
    incop_return_int(c, as_integer(c, v));
}

/* Floats and bools that only the data tell stay tensors, which operators take for numbers. */
static void return_float(incop_call *c, incir_value *v)
{
    const incsym *const *contents = incir_contents(c->g, v);
    int64_t known;
    if (incir_is_constant(v))
        incop_return_val(c, incval_float(inctensor_f64(c->cx, v->constant)));
    else if (contents && incsym_known(contents[0], &known))
        incop_return_val(c, incval_float((double)known));
    else
        incop_return(c, emit_reshape(c->g, emit_as_float(c->g, v), NULL, 0));
}

static void return_truth(incop_call *c, incir_value *v)
{
    const incsym *const *contents = incir_contents(c->g, v);
    int differs = contents ? incsym_eq(c->g->syms, contents[0], incsym_int(c->g->syms, 0)) : -1;
    if (differs >= 0)
        return_bool(c, differs == 0);
    else if (incir_is_constant(v))
        return_bool(c, inctensor_f64(c->cx, v->constant) != 0);
    else
        incop_return(c, emit_reshape(c->g, emit_cast(c->g, v, INCDT_BOOL), NULL, 0));
}

static void lower_int(incop_call *c)
{
    incir_value *v = subject(c);
    need_one_element(c, v);
    return_integer(c, v);
}

static void lower_float(incop_call *c)
{
    incir_value *v = subject(c);
    need_one_element(c, v);
    return_float(c, v);
}

static void lower_bool(incop_call *c)
{
    incir_value *v = subject(c);
    need_one_element(c, v);
    return_truth(c, v);
}

/* A number of the tensor's own kind. */
static void lower_item(incop_call *c)
{
    incir_value *v = subject(c);
    need_one_element(c, v);
    if (v->dtype == INCDT_BOOL)
        return_truth(c, v);
    else if (incdtype_is_float(v->dtype))
        return_float(c, v);
    else
        return_integer(c, v);
}

/* ---- tensors from numbers ---- */

static void lower_num_to_tensor(incop_call *c)
{
    incop_return(c, incop_tensor(c, "a"));
}

static void lower_list_to_tensor(incop_call *c)
{
    size_t n;
    const incsym **items = incop_syms(c, "self", &n);
    incop_return(c, incir_sizes(c->g, items, n));
}

static void lower_tensor_to_list(incop_call *c)
{
    size_t n;
    const incsym **items = incop_syms(c, "self", &n);
    return_sizes(c, items, n);
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::Bool.Tensor(Tensor a) -> bool", lower_bool),
    OP("aten::Float.Tensor(Tensor a) -> float", lower_float),
    OP("aten::FloatImplicit(Tensor a) -> float", lower_float),
    OP("aten::Int.Tensor(Tensor a) -> int", lower_int),
    OP("aten::IntImplicit(Tensor a) -> int", lower_int),
    OP("aten::ScalarImplicit(Tensor a) -> Scalar", lower_item),
    OP("aten::_assert_async(Tensor self) -> ()", lower_nothing),
    OP("aten::_assert_async.msg(Tensor self, str assert_msg) -> ()", lower_nothing),
    OP("aten::_assert_scalar(Scalar self, str assert_msg) -> ()", lower_nothing),
    OP("aten::_assert_tensor_metadata(Tensor a, SymInt[]? size=None, SymInt[]? stride=None, ScalarType? dtype=None, *, Device? device=None, Layout? layout=None) -> ()",
        lower_nothing),
    OP_AS("aten::_is_zerotensor(Tensor self) -> bool", lower_answer, "no"),
    OP("aten::_list_to_tensor(int[] self) -> Tensor", lower_list_to_tensor),
    OP("aten::_local_scalar_dense(Tensor self) -> Scalar", lower_item),
    OP("aten::_shape_as_tensor(Tensor self) -> Tensor", lower_shape_as_tensor),
    OP("aten::_tensor_to_list(Tensor self) -> int[]", lower_tensor_to_list),
    OP("aten::can_cast(ScalarType from_, ScalarType to) -> bool", lower_can_cast),
    OP("aten::dim(Tensor self) -> int", lower_dim),
    OP("aten::element_size(Tensor self) -> int", lower_item_size),
    OP_AS("aten::get_device(Tensor self) -> int", lower_number, "-1"),
    OP_AS("aten::is_coalesced(Tensor self) -> bool", lower_answer, "no"),
    OP("aten::is_complex(Tensor self) -> bool", lower_is_complex),
    OP_AS("aten::is_conj(Tensor self) -> bool", lower_answer, "no"),
    OP_AS("aten::is_contiguous(Tensor self) -> bool", lower_answer, "yes"),
    OP_AS("aten::is_contiguous.memory_format(Tensor self, MemoryFormat memory_format) -> bool", lower_answer, "yes"),
    OP_AS("aten::is_distributed(Tensor self) -> bool", lower_answer, "no"),
    OP("aten::is_floating_point(Tensor self) -> bool", lower_is_floating_point),
    OP_AS("aten::is_inference(Tensor self) -> bool", lower_answer, "no"),
    OP_AS("aten::is_leaf(Tensor self) -> bool", lower_answer, "yes"),
    OP_AS("aten::is_neg(Tensor self) -> bool", lower_answer, "no"),
    OP_AS("aten::is_non_overlapping_and_dense(Tensor self) -> bool", lower_answer, "yes"),
    OP("aten::is_nonzero(Tensor self) -> bool", lower_bool),
    OP_AS("aten::is_pinned(Tensor self, Device? device=None) -> bool", lower_answer, "no"),
    OP("aten::is_same_size(Tensor self, Tensor other) -> bool", lower_is_same_size),
    OP_AS("aten::is_set_to(Tensor self, Tensor tensor) -> bool", lower_answer, "no"),
    OP("aten::is_signed(Tensor self) -> bool", lower_is_signed),
    OP_AS("aten::is_vulkan_available() -> bool", lower_answer, "no"),
    OP("aten::item(Tensor self) -> Scalar", lower_item),
    OP("aten::len.Tensor(Tensor t) -> int", lower_len),
    OP("aten::numel(Tensor self) -> int", lower_numel),
    OP("aten::promote_types(ScalarType type1, ScalarType type2) -> ScalarType", lower_promote_types),
    OP("aten::result_type.Scalar(Tensor tensor, Scalar other) -> ScalarType", lower_result_type),
    OP("aten::result_type.Scalar_Scalar(Scalar scalar1, Scalar scalar2) -> ScalarType", lower_result_type),
    OP("aten::result_type.Scalar_Tensor(Scalar scalar, Tensor tensor) -> ScalarType", lower_result_type),
    OP("aten::result_type.Tensor(Tensor tensor, Tensor other) -> ScalarType", lower_result_type),
    OP("aten::size(Tensor self) -> int[]", lower_size),
    OP("aten::size.int(Tensor self, int dim) -> int", lower_size),
    OP_AS("aten::storage_offset(Tensor self) -> int", lower_number, "0"),
    OP("aten::stride(Tensor self) -> int[]", lower_stride),
    OP("aten::stride.int(Tensor self, int dim) -> int", lower_stride),
    OP("aten::sym_constrain_range(Scalar size, *, int? min=None, int? max=None) -> ()", lower_nothing),
    OP("aten::sym_constrain_range_for_size(Scalar size, *, int? min=None, int? max=None) -> ()", lower_nothing),
    OP("aten::sym_numel(Tensor self) -> SymInt", lower_numel),
    OP("aten::sym_size(Tensor self) -> SymInt[]", lower_size),
    OP("aten::sym_size.int(Tensor self, int dim) -> SymInt", lower_size),
    OP_AS("aten::sym_storage_offset(Tensor self) -> SymInt", lower_number, "0"),
    OP("aten::sym_stride(Tensor self) -> SymInt[]", lower_stride),
    OP("aten::sym_stride.int(Tensor self, int dim) -> SymInt", lower_stride),
    OP("prim::NumToTensor.Scalar(Scalar a) -> Tensor", lower_num_to_tensor),
    OP("prim::NumToTensor.bool(bool a) -> Tensor", lower_num_to_tensor),
    OP("prim::device(Tensor a) -> Device", lower_device),
    OP("prim::dtype(Tensor a) -> int", lower_dtype),
    OP("prim::index(Device self) -> int?", lower_device_index),
    OP_AS("prim::is_cpu(Tensor a) -> bool", lower_answer, "yes"),
    OP_AS("prim::is_cuda(Tensor a) -> bool", lower_answer, "no"),
    OP_AS("prim::is_ipu(Tensor a) -> bool", lower_answer, "no"),
    OP_AS("prim::is_maia(Tensor a) -> bool", lower_answer, "no"),
    OP_AS("prim::is_meta(Tensor a) -> bool", lower_answer, "no"),
    OP_AS("prim::is_mkldnn(Tensor a) -> bool", lower_answer, "no"),
    OP_AS("prim::is_mps(Tensor a) -> bool", lower_answer, "no"),
    OP_AS("prim::is_mtia(Tensor a) -> bool", lower_answer, "no"),
    OP_AS("prim::is_nested(Tensor a) -> bool", lower_answer, "no"),
    OP("prim::is_quantized(Tensor a) -> bool", lower_is_quantized),
    OP_AS("prim::is_sparse(Tensor a) -> bool", lower_answer, "no"),
    OP_AS("prim::is_sparse_csr(Tensor a) -> bool", lower_answer, "no"),
    OP_AS("prim::is_vulkan(Tensor a) -> bool", lower_answer, "no"),
    OP_AS("prim::is_xla(Tensor a) -> bool", lower_answer, "no"),
    OP_AS("prim::is_xpu(Tensor a) -> bool", lower_answer, "no"),
    OP("prim::itemsize(Tensor a) -> int", lower_item_size),
    OP_AS("prim::layout(Tensor a) -> Layout", lower_number, "0"),
    OP("prim::nbytes(Tensor a) -> int", lower_n_bytes),
    OP_AS("prim::requires_grad(Tensor a) -> bool", lower_answer, "no"),
    OP("prim::type(Device self) -> str", lower_device_type),
};
/* clang-format on */

const incop_family incop_prim = {"prim", rows, INC_COUNT(rows)};
