/* The operator table: PyTorch schemas and the handlers that turn a call into ONNX nodes.
 *
 * A handler asks for arguments by their schema name, emits nodes on c->g, and returns results with
 * incop_return(). Asking for what is not there, or of another kind, raises. Views, in-place forms
 * (add_ from add) and out= are handled around the handlers (dispatch.c, alias.c): a handler sees
 * plain values and never mutates. */
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

struct incop_row {
    const char *schema; /* exactly as PyTorch prints it, with alias annotations */
    incop_handler lower;
    const char *as; /* for handlers shared by rows: usually the ONNX operator */
    uint32_t since; /* lowest opset; 0: any */
    incop_unview unview;
};

#define OP(schema, handler)                                                                        \
    {                                                                                              \
        schema, handler, NULL, 0, NULL                                                             \
    }
#define OP_AS(schema, handler, onnx)                                                               \
    {                                                                                              \
        schema, handler, onnx, 0, NULL                                                             \
    }
#define OP_SINCE(schema, handler, opset)                                                           \
    {                                                                                              \
        schema, handler, NULL, opset, NULL                                                         \
    }
#define OP_AS_SINCE(schema, handler, onnx, opset)                                                  \
    {                                                                                              \
        schema, handler, onnx, opset, NULL                                                         \
    }
#define OP_VIEW(schema, handler, unview)                                                           \
    {                                                                                              \
        schema, handler, NULL, 0, unview                                                           \
    }

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
} incop_family;
extern const incop_family *const incop_families[];
extern const size_t incop_n_families;

#endif
