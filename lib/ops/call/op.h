/* SPDX-License-Identifier: Apache-2.0 */
/* The operator table: PyTorch schemas and the handlers that turn a call into ONNX nodes.
 *
 * A handler asks for arguments by their schema name, emits nodes on c->g, and returns results with
 * incop_return(). Asking for what is not there, or of another kind, raises. Views, in-place forms
 * (add_ from add) and out= are handled around the handlers (run.c, dispatch.c, alias.c): a handler
 * sees plain values and never mutates. */
#ifndef INC_OPS_CALL_OP_H
#define INC_OPS_CALL_OP_H

#include "ir/graph.h"
#include "ops/call/value.h"

typedef struct incop_call incop_call;
typedef struct incop_row incop_row;
typedef struct incop_schema incop_schema;

typedef void (*incop_handler)(incop_call *c);
/* For views: base with the part that the view shows replaced by part (same type and shape as the
 * view). */
typedef incir_value *(*incop_unview)(incop_call *c, incir_value *base, incir_value *part);

/* How the strides of a result follow from those of the tensor that it shows. */
typedef enum incop_view {
    INCOP_VIEW_NONE = 1, /* it has memory of its own */
    INCOP_VIEW_REGROUP,  /* the same elements in another shape */
    INCOP_VIEW_RESHAPE,  /* the same, or a copy where no strides can say it */
    INCOP_VIEW_PERMUTE,  /* axes in another order */
    INCOP_VIEW_REVERSE,  /* axes in reverse order */
    INCOP_VIEW_KEEP,     /* the same strides: a part along an axis */
    INCOP_VIEW_SLICE,    /* every step-th along dim */
    INCOP_VIEW_SELECT,   /* without dim */
    INCOP_VIEW_EXPAND,   /* stride 0 where it is repeated */
    INCOP_VIEW_DIAGONAL,
    INCOP_VIEW_UNFOLD,
    INCOP_VIEW_PAIRS,       /* complex numbers as pairs of reals, one of the two, or the reverse */
    INCOP_VIEW_AS_STRIDED,  /* its strides are an argument */
    INCOP_VIEW_CONTIGUOUS,  /* the tensor itself, or a copy when it is not contiguous */
    INCOP_VIEW_CONVERSION,  /* the tensor itself, or a copy when anything has to change */
    INCOP_VIEW_KEEPS_ORDER, /* a copy whose axes are stored in the order of the original's */
} incop_view;

/* What becomes of an operator in quantized models: flags. A row without any INCOP_Q_ but NONE is
 * refused on quantized tensors. INCOP_Q_: what PyTorch's kernels do with quantized tensors; the
 * quantization parameters (qparams) meant are those of the first quantized argument. INCOP_FX_:
 * what FX graph mode quantization does with the float operator; without any it stays in float. */
enum {
    INCOP_Q_NONE = 1 << 0,
    INCOP_Q_SAME = 1 << 1,         /* results have the qparams of the argument */
    INCOP_Q_UNIT = 1 << 2,         /* in [0, 1]: scale 1/256, the lowest integer as zero point */
    INCOP_Q_SYMMETRIC = 1 << 3,    /* in [-1, 1]: scale 2/256, the middle integer as zero point */
    INCOP_Q_PER_CHANNEL = 1 << 4,  /* qparams per channel, too: every element stays where it is */
    INCOP_Q_OWN = 1 << 5,          /* the handler itself deals with quantized arguments */
    INCOP_Q_INT8 = 1 << 6,         /* it computes on integers */
    INCOP_FX_OBSERVED = 1 << 8,    /* the result is observed: it has qparams of its own */
    INCOP_FX_FIXED = 1 << 9,       /* fixed qparams */
    INCOP_FX_SHARED = 1 << 10,     /* the result shares the qparams of the input */
    INCOP_FX_EAGER = 1 << 11,      /* the same, in eager mode only */
    INCOP_FX_ALL_INPUTS = 1 << 12, /* all tensors are quantized, not only the first */
    INCOP_FX_FUSES_RELU = 1 << 13, /* is fused with a relu that follows */
    INCOP_FX_METHOD = 1 << 14,     /* a method of nn.quantized.FloatFunctional */
    INCOP_FX_SCALAR = 1 << 15,     /* has a form with a number as second operand */
    INCOP_FX_SOFTMAX = 1 << 16,
    INCOP_FX_LAYER = 1 << 17,    /* a recurrent layer, which is quantized as a whole */
    INCOP_FX_OPERATOR = 1 << 18, /* Python's operator for it (@) is the same call, but left float */
    INCOP_FX_FORMS = 1 << 19 /* of its function and its method FX knows one, and leaves the other */
};

/* What becomes of an operator that is given complex numbers, which are pairs of real values
 * (incir_complex): flags, beside the above. A row without any refuses them; but views, which only
 * move elements, and rows that return no tensor take them. */
enum {
    INCOP_C_PARTS = 1 << 20,   /* on the real parts, and on the imaginary parts; it is linear in all
                                  tensors but indices and conditions together */
    INCOP_C_PRODUCT = 1 << 21, /* linear in each of two tensors */
    INCOP_C_QUOTIENT = 1 << 22, /* self / other */
    INCOP_C_OWN = 1 << 23,      /* the handler itself deals with them */
    INCOP_C_NONE = 1 << 24,     /* refused, though it is a view */
    INCOP_C_ALL = 31 << 20
};

/* In which order the axes of a result are stored: flags, beside the above. Without any, in their
 * own. It decides whether reshape() shares the result's memory. */
enum {
    INCOP_ORDER_KEPT = 1 << 26, /* in that of the arguments' axes */
    INCOP_ORDER_OWN = 1 << 27   /* in their own, in a family that keeps the arguments' */
};

enum { INCOP_ANY_OPSET = 1 };

struct incop_row {
    const char *schema; /* exactly as PyTorch prints it, with alias annotations */
    incop_handler lower;
    const char *as; /* for handlers shared by rows: usually the ONNX operator; or NULL */
    int mode;       /* likewise: a value of the handler's own */
    uint32_t since; /* lowest opset, or INCOP_ANY_OPSET */
    incop_view view;
    incop_unview unview;   /* NULL: what the view shows cannot be written */
    uint32_t quantization; /* INCOP_Q_, INCOP_FX_ and INCOP_ORDER_ */
    uint32_t complex;      /* INCOP_C_; 0: none */
};

/* All columns; the macros below fill those that they do not name with the value for "none". flags
 * are those of quantization and of complex numbers. */
#define OP_ROW(schema, handler, as, mode, since, view, unview, flags)                              \
    {                                                                                              \
        schema, handler, as, mode, since, view, unview, (flags) & ~INCOP_C_ALL,                    \
            (flags)&INCOP_C_ALL                                                                    \
    }
#define OP_Q(schema, handler, quantization)                                                        \
    OP_ROW(schema, handler, NULL, 0, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, quantization)
#define OP_AS_Q(schema, handler, as, quantization)                                                 \
    OP_ROW(schema, handler, as, 0, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, quantization)
#define OP_MODE_Q(schema, handler, mode, quantization)                                             \
    OP_ROW(schema, handler, NULL, mode, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, quantization)
#define OP_VIEW_Q(schema, handler, unview, view, quantization)                                     \
    OP_ROW(schema, handler, NULL, 0, INCOP_ANY_OPSET, view, unview, quantization)
#define OP(schema, handler) OP_Q(schema, handler, INCOP_Q_NONE)
#define OP_AS(schema, handler, as) OP_AS_Q(schema, handler, as, INCOP_Q_NONE)
#define OP_MODE(schema, handler, mode) OP_MODE_Q(schema, handler, mode, INCOP_Q_NONE)
#define OP_VIEW(schema, handler, unview, view)                                                     \
    OP_VIEW_Q(schema, handler, unview, view, INCOP_Q_NONE)
#define OP_SINCE(schema, handler, opset)                                                           \
    OP_ROW(schema, handler, NULL, 0, opset, INCOP_VIEW_NONE, NULL, INCOP_Q_NONE)

struct incop_call {
    incir_graph *g;
    inccx *cx; /* g->cx */
    const incop_row *row;
    const incop_schema *schema;
    incval *args;      /* one per schema parameter, defaults filled in */
    incval *results;   /* filled by incop_return… */
    size_t view_index; /* for unview of a row returning Tensor(a)[]: which entry was written */
    size_t n_results;
};

/* ---- arguments ---- */
incval incop_arg(incop_call *c, const char *name);
bool incop_is_none(incop_call *c, const char *name);
/* Whether the schema has such a parameter at all (for handlers shared by several rows). */
bool incop_has(incop_call *c, const char *name);
/* A Tensor; numbers become constants with is_number set. */
incir_value *incop_tensor(incop_call *c, const char *name);
incir_value *incop_tensor_or_null(incop_call *c, const char *name); /* NULL for None */
/* Tensor[] or Tensor?[]; entries NULL for None. */
incir_value **incop_tensors(incop_call *c, const char *name, size_t *n);
/* A known int; an expression is fixed to its example value, which is reported as a warning. */
int64_t incop_int(incop_call *c, const char *name);
const incsym *incop_sym(incop_call *c, const char *name);
double incop_float(incop_call *c, const char *name); /* int, float or bool */
bool incop_bool(incop_call *c, const char *name);
const char *incop_str(incop_call *c, const char *name);
bool incop_str_is(incop_call *c, const char *name, const char *text); /* false for None */
/* int[]; a single int counts as a list of one. None: n = 0. */
int64_t *incop_ints(incop_call *c, const char *name, size_t *n);
const incsym **incop_syms(incop_call *c, const char *name, size_t *n);
/* int[k] for k spatial axes: exactly k ints, one being repeated; empty gives absent repeated. */
int64_t *incop_ints_k(incop_call *c, const char *name, size_t k, int64_t absent);
double *incop_floats(incop_call *c, const char *name, size_t *n);
/* dtype argument; absent when None. */
incdtype incop_dtype(incop_call *c, const char *name, incdtype absent);
/* What a tensor is made as: "size" and "dtype", for the _like functions those of "self". */
const incsym *const *incop_sizes_asked(incop_call *c, size_t *rank);
incdtype incop_type_asked(incop_call *c, incdtype absent);
/* An axis, negative ones counted from the end of rank axes; raises when out of range, and always
 * when there are none. */
size_t incop_axis(incop_call *c, const char *name, size_t rank);
/* The same, but 0 and -1 are an axis of a 0-d tensor too, as in PyTorch: for handlers that look at
 * the rank before they look at the axis. */
size_t incop_axis_or_0d(incop_call *c, const char *name, size_t rank);
/* int[]? dim: sorted, without repetition; none or empty gives all axes. */
size_t *incop_axes(incop_call *c, const char *name, size_t rank, size_t *n);
size_t incop_wrap_axis(incop_call *c, int64_t axis, size_t rank);
/* What a reduction of x is along: "dim", which may be one axis, several or None (all), and
 * "keepdim"; all axes where the schema has no dim. */
typedef struct incop_reduction {
    size_t n, *axes;
    bool keepdim;
} incop_reduction;
incop_reduction incop_reduction_of(incop_call *c, const incir_value *x);

/* ---- results ---- */
void incop_return(incop_call *c, incir_value *v);                 /* the next result, a Tensor */
void incop_return_list(incop_call *c, incir_value **v, size_t n); /* the next result, a Tensor[] */
void incop_return_val(incop_call *c, incval v);                   /* any other kind */
void incop_return_int(incop_call *c, const incsym *i);

/* ---- refusing ---- */
/* Raises INC_E_UNSUPPORTED for this operator: "aten::x: <what>". */
void incop_unsupported(incop_call *c, const char *format, ...) INC_NORETURN INC_PRINTF(2, 3);
/* Raises unless the opset is at least that. */
void incop_needs_opset(incop_call *c, uint32_t opset, const char *what);

/* ---- calling, for front ends ---- */
typedef struct incop_keyword {
    const char *name;
    incval value;
} incop_keyword;
/* Whether an overload of the operator takes None as its argument number at. */
bool incop_takes_none(incir_graph *g, const char *name, size_t at);
/* Calls "ns::name" with arguments as written; overload is chosen by them (or named: "ns::name.ov").
 * Results: *n_results of them, in the arena. Raises INC_E_UNSUPPORTED when no row fits. */
incval *incop_invoke(incir_graph *g, const char *name, const incval *args, size_t n_args,
                     const incop_keyword *keywords, size_t n_keywords, size_t *n_results);
/* Whether any row has that name ("aten::relu"; in-place forms count). */
bool incop_known(const char *name);

/* All families. */
typedef struct incop_family {
    const char *name;
    const incop_row *rows;
    size_t n;
    bool keeps_order; /* INCOP_ORDER_KEPT of all rows: they compute element by element */
} incop_family;
extern const incop_family *const incop_families[];
extern const size_t incop_n_families;

#endif
