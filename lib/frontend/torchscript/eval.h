/* SPDX-License-Identifier: Apache-2.0 */
/* The evaluator's inside: what the files of this folder share.
 *
 *   program.c   qualified name -> class or function, reading code/ as names are needed
 *   object.c    data.pkl and CONSTANTS -> objects and values; attributes
 *   state.c     what of them the evaluation wrote
 *   eval.c      expressions
 *   run.c       statements and functions
 *   unroll.c    loops, turn by turn
 *   call.c      what can be called
 *   convert.c   a value where a number, a bool or a type is expected
 *   builtins.h  operators of the language on numbers, strings, lists and dicts
 *   forward.h   forward's inputs, its outputs, the graph
 */
#ifndef INC_FRONTEND_TORCHSCRIPT_EVAL_H
#define INC_FRONTEND_TORCHSCRIPT_EVAL_H

#include "frontend/common.h"
#include "frontend/torchscript/ast.h"
#include "frontend/torchscript/parse.h"
#include "ops/call/op.h"

enum {
    INCTS_UNROLL_LIMIT = 1000, /* unless the request says otherwise */
    INCTS_MOST_RANK_SIZES = 3  /* sizes that decide on ranks: each doubles what is evaluated */
};

typedef struct incts_interp {
    inccx *cx;
    incarc *archive;
    incir_graph *g;
    incmap *files;   /* "__torch__.a.b" -> const incts_file *, NULL when there is no such file */
    incmap *objects; /* value of the pickle -> incts_object * */
    incmap *tensors; /* value of the pickle -> incop_box * */
    incmap *constant_cache;    /* CONSTANTS.cN already made: number -> incval * */
    struct incts_state *state; /* private to state.c */
    bool restoring;            /* inside __setstate__ */
    incmap *debug_maps; /* file in the archive -> const incts_debug_map *, NULL: it has none */
    incfe_missing missing;
    uint64_t steps;
    unsigned depth;
    uint32_t attempts;    /* evaluations of bodies of loops */
    int64_t unroll_limit; /* turns of a loop of a known count that are unrolled */
    incfe_ranks *ranks;   /* of the request */
    const incsym *rank_sizes[INCTS_MOST_RANK_SIZES];
    size_t n_rank_sizes;
    incmap *dropped; /* places of checks that are left out: of each it is said once */
    bool raised;     /* the failure on its way is the model's own exception */
} incts_interp;

/* Where a function of the model was called, which is the origin of the calls in it. */
typedef struct incts_call_site {
    const char *entry;
    uint32_t line, column;
    const struct incts_call_site *outer; /* where the function around it was called */
} incts_call_site;

/* An instance of a class of the model, or a member of an enum. */
typedef struct incts_object {
    const incts_class *of;  /* NULL for C++ classes */
    const char *class_name; /* qualified: "__torch__.net.Net" */
    const char *path;       /* "layer1.0.conv1"; "" for the model itself; NULL for other objects */
    incmap *attributes;     /* name -> incval * */
    uint64_t born;
    const incpkl_value *state; /* of __setstate__, to be run before the first use; else NULL */
    const char *enum_name;     /* members of enums: "MUL" */
    incval enum_value;
} incts_object;

/* What INCVAL_FUNCTION refers to. */
typedef struct incts_callable {
    const incts_function *function;
    const char *operator_name;   /* instead of function: "aten::relu" */
    incts_object *self;          /* bound method */
    struct incts_frame *closure; /* body of a fork */
} incts_callable;

typedef struct incts_frame {
    incmap *locals; /* name -> incval * */
    uint64_t born;
    const incts_function *function;
    struct incts_frame *outer; /* of a nested function */
    incval returned;
} incts_frame;

/* ---- program.c ---- */
incts_interp *incts_interp_new(inccx *cx, incarc *archive, incir_graph *g);
/* By qualified name; NULL when the archive has none. */
const incts_class *incts_class_named(incts_interp *in, const char *qualified);
const incts_function *incts_function_named(incts_interp *in, const char *qualified);

/* ---- object.c ---- */
incts_object *incts_root(incts_interp *in);
incval incts_from_pickle(incts_interp *in, const incpkl_value *value, const char *path);
/* CONSTANTS.cN; name is "c0". */
incval incts_constant(incts_interp *in, const char *name);
/* Raises when there is none. */
incval incts_get_attribute(incts_interp *in, incts_object *object, const char *name);
bool incts_find_object_attribute(incts_interp *in, incts_object *object, const char *name,
                                 incval *value);
void incts_set_attribute(incts_interp *in, incts_object *object, const char *name, incval value);
incts_object *incts_object_new(incts_interp *in, const incts_class *of, const char *class_name);
/* The member of an enum: by name, or by value (name NULL). */
incval incts_enum_member(incts_interp *in, const incts_class *of, const char *class_name,
                         const char *name, const incval *value);

/* ---- state.c ---- */
struct incts_state *incts_state_new(inccx *cx, const incfe_request *request);
/* The tensor of the file at path, as a box: an input of the graph where it is state. */
incop_box *incts_state_tensor(incts_interp *in, const inctensor *t, const char *path);
/* What None of the file is at path: None, unless it is state. */
incval incts_state_none(incts_interp *in, const char *path);
const incfe_request *incts_state_request(const incts_interp *in);
/* The same for a number; false when it is none that is state. */
bool incts_state_number(incts_interp *in, const incpkl_value *value, const char *path,
                        incval *number);
/* A list or dict of the file was made. */
void incts_state_collection(incts_interp *in, incval collection, const char *path);
/* An attribute is read, or set; before. */
void incts_state_read(incts_interp *in, const incts_object *object, const char *name, incval value);
void incts_state_set(incts_interp *in, const incts_object *object, const char *name);
/* Tells the request what forward() left in attributes and buffers. */
void incts_state_find_written(incts_interp *in);

/* ---- eval.c ---- */
incval incts_eval(incts_interp *in, incts_frame *frame, const incts_expr *e);
/* A local of the frame or of those around it; NULL when there is none. */
incval *incts_find_local(const incts_frame *frame, const char *name);
/* What an operator of the language calls: "aten::add" for "+". */
const char *incts_operator_name(incts_op op);
/* Raises INC_E_LIMIT when the model computes too long. */
void incts_step(incts_interp *in);
/* Around what can call itself: a step, and INC_E_LIMIT when it nests too deeply. */
void incts_enter(incts_interp *in);
void incts_leave(incts_interp *in);

/* ---- run.c ---- */
typedef enum incts_flow {
    INCTS_FLOW_NEXT,
    INCTS_FLOW_RETURN,
    INCTS_FLOW_BREAK,
    INCTS_FLOW_CONTINUE
} incts_flow;

incts_flow incts_run_block(incts_interp *in, incts_frame *frame, const incts_block *block);
/* Calls a function of the model; args bind its parameters in order, self included. */
incval incts_call_function(incts_interp *in, const incts_function *function, incts_frame *closure,
                           const incval *args, size_t n_args, const incop_keyword *keywords,
                           size_t n_keywords);

/* A branch that raises is taken not to be gone: said in the log, or with strict refused. */
void incts_drop_check(incts_interp *in);

/* Binds the variables of a for loop to an item. */
void incts_store_targets(incts_interp *in, incts_frame *frame, const incts_expr *const *targets,
                         size_t n, incval item);

/* ---- unroll.c ---- */
incts_flow incts_run_while(incts_interp *in, incts_frame *frame, const incts_stmt *s);
incts_flow incts_run_for(incts_interp *in, incts_frame *frame, const incts_stmt *s);

/* ---- loop.c ---- */
/* A loop that cannot be unrolled. */
typedef struct incts_turns {
    const incts_block *body;
    bool is_while;
    const incts_expr *condition;      /* of a while */
    incir_value *first;               /* its value before the first turn; NULL: true */
    const incts_expr *const *targets; /* of a for */
    size_t n_targets;
    const incsym *count, *start, *step; /* of a for: how many turns, and over what range */
    incval_list *list;                  /* or the list, rows all of it */
} incts_turns;

/* Makes it a Loop. False, with the reason in in->cx->error and everything as it was, where ONNX has
 * no form for it. */
bool incts_run_loop(incts_interp *in, incts_frame *frame, const incts_turns *turns);

/* ---- branch.c ---- */
/* A branch that only the data decides: both arms become blocks of an If. */
incts_flow incts_run_branch(incts_interp *in, incts_frame *frame, const incts_stmt *s,
                            incir_value *condition);
/* Calls an operator whose argument number at (keywords count on from n_args) is a choice: with both
 * sides, each in an arm of an If. */
incval incts_call_on_choice(incts_interp *in, const char *name, const incval *args, size_t n_args,
                            const incop_keyword *keywords, size_t n_keywords, size_t at);
/* Appends the item to the list, which is new, where the condition holds. */
void incts_append_where(incts_interp *in, incir_value *condition, incval list, incval item);
/* condition ? yes : no. */
incval incts_choose(incts_interp *in, incir_value *condition, incval yes, incval no);
/* A choice of lists, to be read, as one list; what has no common form stays a choice. */
incval incts_settle(incts_interp *in, incval v);
/* The value of a choice where the conditions that hold here decide it; else v itself. */
incval incts_resolve(incts_interp *in, incval v);

/* ---- call.c ---- */
incval incts_call(incts_interp *in, incts_frame *frame, const incts_expr *e);
/* "ns::name", as torch.name(…) and ops.ns.name(…) are: a builtin, or a row of the operator table.
 */
incval incts_call_operator(incts_interp *in, const char *name, const incval *args, size_t n_args,
                           const incop_keyword *keywords, size_t n_keywords);
/* The same as the operator is now, whatever the archive's version. */
incval incts_call_current(incts_interp *in, const char *name, const incval *args, size_t n_args,
                          const incop_keyword *keywords, size_t n_keywords);

/* The same of the operator table alone. */
incval incts_call_row(incts_interp *in, const char *name, const incval *args, size_t n_args);

/* ---- squeeze.c ---- */
/* squeeze() where sizes decide on the result's rank: a choice. False where they do not. */
bool incts_squeeze(incts_interp *in, const char *name, const incval *args, size_t n_args,
                   const incop_keyword *keywords, size_t n_keywords, incval *result);

/* ---- convert.c ---- */
/* v as a bool that is known now; what depends on sizes is answered as for the example, with a
 * warning. Raises INC_E_UNSUPPORTED when it depends on the data. */
bool incts_truth(incts_interp *in, incval v);
/* The same where both answers can be followed: false, and *condition, when v has to be computed. */
bool incts_decide(incts_interp *in, incval v, bool *answer, incir_value **condition);
/* v where a t is expected: 3 as float, a 0-d tensor as number. */
incval incts_coerce(incts_interp *in, incval v, const incts_type *t);
/* Whether v is a t, as isinstance() asks. */
bool incts_is_instance(incts_interp *in, incval v, const incts_type *t);
/* A 0-d tensor's number: INCVAL_INT, FLOAT or BOOL; raises when it depends on the data. */
incval incts_tensor_number(incts_interp *in, incval tensor);
/* An int that has to be known; raises otherwise. what: "an index". */
int64_t incts_known_int(incts_interp *in, incval v, const char *what);

/* ---- builtins.c ---- */
/* Operators on values that are not tensors ("aten::add" of ints, "aten::append", "prim::min", …).
 * False when name is none of them, or these arguments are for the operator table. */
bool incts_builtin(incts_interp *in, const char *name, const incval *args, size_t n_args,
                   const incop_keyword *keywords, size_t n_keywords, incval *result);

/* Whether an argument, whose number is left in at, is a choice that the operator looks into. */
bool incts_find_choice(const char *name, const incval *args, size_t n_args,
                       const incop_keyword *keywords, size_t n_keywords, size_t *at);

/* ---- builtins_convert.c ---- */
/* How many numbers range(start, end, step) has, where the step is not 0. */
const incsym *incts_range_length(incsym_table *t, const incsym *start, const incsym *end,
                                 const incsym *step);

/* ---- builtins_compare.c ---- */
/* a == b as Python has it; sizes are compared as incts_truth() decides. */
bool incts_equal(incts_interp *in, incval a, incval b);

/* ---- builtins_index.c ---- */
/* object[index] of lists, tuples, strings and dicts, negative indices included. */
incval incts_index(incts_interp *in, incval object, incval index);
/* object[lower:upper:step] of lists, tuples and strings; absent bounds are None. */
incval incts_slice(incts_interp *in, incval object, incval lower, incval upper, incval step);

#endif
