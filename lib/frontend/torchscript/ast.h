/* SPDX-License-Identifier: Apache-2.0 */
/* The syntax tree of one TorchScript source file.
 *
 * Everything lives in the arena and is never changed after parsing. Names and strings are
 * NUL-terminated and interned per file: two equal names of one file are one pointer. Lines and
 * columns count from 1. No tree is higher than INCTS_MOST_DEPTH, so walking one recursively is
 * safe; that holds for chains such as a.b.c.d or a + b + c too, which nest to the left. */
#ifndef INC_FRONTEND_TORCHSCRIPT_AST_H
#define INC_FRONTEND_TORCHSCRIPT_AST_H

#include "base/context.h"
#include "base/map.h"

enum { INCTS_MOST_DEPTH = 256 };

typedef struct incts_expr incts_expr;
typedef struct incts_stmt incts_stmt;
typedef struct incts_type incts_type;
typedef struct incts_function incts_function;
typedef struct incts_class incts_class;

/* ---- types ---------------------------------------------------------------------------------- */

typedef enum {
    INCTS_TYPE_TENSOR,
    INCTS_TYPE_INT,
    INCTS_TYPE_FLOAT,
    INCTS_TYPE_BOOL,
    INCTS_TYPE_COMPLEX,
    INCTS_TYPE_STR,
    INCTS_TYPE_NONE,   /* NoneType */
    INCTS_TYPE_NUMBER, /* number, Scalar */
    INCTS_TYPE_ANY,
    INCTS_TYPE_DEVICE,
    INCTS_TYPE_OPTIONAL, /* Optional[args[0]] */
    INCTS_TYPE_LIST,     /* List[args[0]] */
    INCTS_TYPE_DICT,     /* Dict[args[0], args[1]] */
    INCTS_TYPE_TUPLE,    /* Tuple[args…]; Tuple[()] has none */
    INCTS_TYPE_UNION,
    INCTS_TYPE_FUTURE,
    INCTS_TYPE_AWAIT,
    INCTS_TYPE_RREF,
    INCTS_TYPE_CLASS, /* __torch__.a.b.Name: class, named tuple, enum or interface */
    INCTS_TYPE_OTHER  /* Generator, Layout, QScheme, Storage, Stream and what may come */
} incts_type_kind;

struct incts_type {
    incts_type_kind kind;
    uint32_t depth;
    uint32_t line, column;
    const char *name; /* as written: "Optional", "__torch__.torch.nn.Linear" */
    const incts_type *const *args;
    size_t n_args;
};

/* ---- expressions ---------------------------------------------------------------------------- */

typedef enum {
    INCTS_NAME,  /* name: a local, or a builtin such as range, int, inf, annotate */
    INCTS_PATH,  /* name: the dotted chain, where it starts at torch, ops, __torch__ or CONSTANTS
                    ("torch.add", "ops.prim.NumToTensor", "CONSTANTS.c0", "__torch__.Mode.MUL") */
    INCTS_INT,   /* number */
    INCTS_FLOAT, /* number */
    INCTS_IMAGINARY, /* number.f times i */
    INCTS_STRING,    /* string */
    INCTS_TRUE,
    INCTS_FALSE,
    INCTS_NONE,
    INCTS_ELLIPSIS,
    INCTS_UNARY,     /* op, left; a minus before a number is part of the number */
    INCTS_BINARY,    /* op, left, right: arithmetic, comparison, and/or */
    INCTS_TERNARY,   /* ternary */
    INCTS_ATTRIBUTE, /* attribute; getattr(object, "0") gives the same node */
    INCTS_SUBSCRIPT, /* subscript; x[a, b] has a tuple as index */
    INCTS_SLICE,     /* slice: only as the index of a subscript, or inside its tuple */
    INCTS_CALL,      /* call */
    INCTS_LIST,      /* items */
    INCTS_TUPLE,     /* items; also the bare lists in "a, b = x, y" and "return x, y" */
    INCTS_DICT,      /* dict */
    INCTS_STARRED,   /* left: *args in a call */
    /* Calls whose first or second argument is a type. */
    INCTS_ANNOTATE,       /* typed: annotate(T, value) */
    INCTS_UNCHECKED_CAST, /* typed: unchecked_cast(T, value) */
    INCTS_UNINITIALIZED,  /* typed: uninitialized(T); value is NULL */
    INCTS_ISINSTANCE      /* typed: isinstance(value, T) or isinstance(value, (T, U)) */
} incts_expr_kind;

typedef enum {
    INCTS_OP_NONE,
    INCTS_OP_NEG, /* unary */
    INCTS_OP_POS,
    INCTS_OP_NOT,
    INCTS_OP_INVERT,
    INCTS_OP_ADD, /* binary, also of augmented assignment */
    INCTS_OP_SUB,
    INCTS_OP_MUL,
    INCTS_OP_DIV,
    INCTS_OP_FLOORDIV,
    INCTS_OP_MOD,
    INCTS_OP_MATMUL,
    INCTS_OP_POW,
    INCTS_OP_LSHIFT,
    INCTS_OP_RSHIFT,
    INCTS_OP_BITAND,
    INCTS_OP_BITOR,
    INCTS_OP_BITXOR,
    INCTS_OP_LT, /* comparison; not chained */
    INCTS_OP_LE,
    INCTS_OP_GT,
    INCTS_OP_GE,
    INCTS_OP_EQ,
    INCTS_OP_NE,
    INCTS_OP_IS,
    INCTS_OP_IS_NOT,
    INCTS_OP_IN,
    INCTS_OP_NOT_IN,
    INCTS_OP_AND, /* short-circuit */
    INCTS_OP_OR
} incts_op;

/* name=value in a call. */
typedef struct incts_keyword {
    const char *name;
    const incts_expr *value;
} incts_keyword;

struct incts_expr {
    uint8_t kind; /* incts_expr_kind */
    uint8_t op;   /* incts_op */
    uint16_t depth;
    uint32_t line, column;
    union {
        const char *name;
        const char *string;
        struct {
            /* A spelling without '.' and exponent is an INCTS_INT, but the printer also writes
             * doubles from 1e10 up to 1e17 that way: where a float is expected, take f. */
            int64_t i; /* INCTS_INT only */
            double f;  /* always */
        } number;
        struct {
            const incts_expr *left, *right; /* right is NULL for one operand */
        };
        struct {
            const incts_expr *condition, *yes, *no;
        } ternary;
        struct {
            const incts_expr *object;
            const char *name;
        } attribute;
        struct {
            const incts_expr *object, *index;
        } subscript;
        struct {
            const incts_expr *lower, *upper, *step; /* each may be NULL */
        } slice;
        struct {
            const incts_expr *callee;
            const incts_expr *const *args;
            const incts_keyword *keywords;
            uint32_t n_args, n_keywords;
        } call;
        struct {
            const incts_expr *const *items;
            size_t n_items;
        };
        struct {
            const incts_expr *const *keys;
            const incts_expr *const *values;
            size_t n;
        } dict;
        struct {
            const incts_expr *value;
            const incts_type *const *types; /* one; isinstance may have more */
            size_t n_types;
        } typed;
    };
};

/* ---- statements ----------------------------------------------------------------------------- */

typedef enum {
    INCTS_ASSIGN,    /* assign */
    INCTS_AUGMENTED, /* augmented: target op= value */
    INCTS_EXPR,      /* value */
    INCTS_IF,        /* branch; elif is an if alone in otherwise */
    INCTS_WHILE,     /* loop */
    INCTS_FOR,       /* each */
    INCTS_WITH,      /* with */
    INCTS_DEF,       /* function: a nested one, the body of a fork */
    INCTS_RETURN,    /* value, or NULL */
    INCTS_RAISE,     /* value, or NULL */
    INCTS_ASSERT,    /* assertion */
    INCTS_DELETE,    /* items */
    INCTS_PASS,
    INCTS_BREAK,
    INCTS_CONTINUE
} incts_stmt_kind;

typedef struct incts_block {
    const incts_stmt *const *items;
    size_t n;
} incts_block;

typedef struct incts_with_item {
    const incts_expr *value;
    const char *name; /* after "as", or NULL */
} incts_with_item;

struct incts_stmt {
    uint8_t kind; /* incts_stmt_kind */
    uint8_t op;   /* incts_op of INCTS_AUGMENTED */
    uint32_t line, column;
    union {
        struct {
            /* Each a name, attribute, subscript, or tuple of such. With trailing_comma the value
             * is one tuple or list that is unpacked (a, b, = t); without it n_targets > 1 takes
             * the results of an operator, or the items of a tuple (a, b = x, y): all are
             * evaluated before any is bound. */
            const incts_expr *const *targets;
            size_t n_targets;
            bool trailing_comma;
            const incts_type *type; /* "x : T = value" (one target), or NULL */
            const incts_expr *value;
        } assign;
        struct {
            const incts_expr *target, *value;
        } augmented;
        const incts_expr *value;
        struct {
            const incts_expr *condition;
            incts_block then, otherwise;
        } branch;
        struct {
            const incts_expr *condition;
            incts_block body;
        } loop;
        struct {
            const incts_expr *const *targets;
            size_t n_targets;
            const incts_expr *iterable;
            incts_block body;
        } each;
        struct {
            const incts_with_item *items;
            size_t n_items;
            incts_block body;
        } with;
        const incts_function *function;
        struct {
            const incts_expr *condition;
            const incts_expr *message; /* or NULL */
        } assertion;
        struct {
            const incts_expr *const *items;
            size_t n_items;
        };
    };
};

/* ---- functions, classes, files -------------------------------------------------------------- */

typedef struct incts_param {
    const char *name;
    const incts_type *type;  /* or NULL */
    const incts_expr *value; /* the default, or NULL */
    bool keyword_only;       /* stands behind a "*" */
    uint32_t line, column;
} incts_param;

struct incts_function {
    const char *name;
    const char *entry;        /* the file in the archive, for messages */
    const incts_class *owner; /* of a method; NULL for a function */
    const incts_param *params;
    size_t n_params;
    const incts_type *returns; /* or NULL */
    struct incts_body *body;   /* incts_body_of() */
    uint32_t line, column;
};

typedef enum {
    INCTS_CLASS_PLAIN,
    INCTS_CLASS_MODULE,
    INCTS_CLASS_NAMED_TUPLE,
    INCTS_CLASS_ENUM,
    INCTS_CLASS_INTERFACE,
    INCTS_CLASS_MODULE_INTERFACE
} incts_class_kind;

/* One line of a class body, in order of writing:
 *     weight : Tensor                 attribute, field of a named tuple (then perhaps with a value)
 *     __annotations__["0"] = T        the same; the name is "0"
 *     eps : Final[float] = 1e-05      constant: is_constant, type float
 *     RED = 1                         enum member: type NULL */
typedef struct incts_attribute {
    const char *name;
    const incts_type *type;  /* NULL for an enum member */
    const incts_expr *value; /* or NULL */
    bool is_constant;
    uint32_t line, column;
} incts_attribute;

typedef struct incts_names {
    const char *const *items;
    size_t n;
} incts_names;

struct incts_class {
    const char *name;
    const char *entry;
    incts_class_kind kind;
    incts_names parameters, buffers, forward_pre_hooks, forward_hooks;
    const incts_attribute *attributes;
    size_t n_attributes;
    const incts_function *const *methods;
    size_t n_methods;
    incmap *attribute_by_name; /* const incts_attribute * */
    incmap *method_by_name;    /* const incts_function * */
    uint32_t line, column;
};

typedef struct incts_file {
    const char *entry;
    const incts_class *const *classes;
    size_t n_classes;
    const incts_function *const *functions;
    size_t n_functions;
    incmap *class_by_name;    /* const incts_class * */
    incmap *function_by_name; /* const incts_function * */
} incts_file;

#endif
