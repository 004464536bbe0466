/* SPDX-License-Identifier: Apache-2.0 */
/* The values a front end computes with: Python's, with tensors as boxes on values of the graph. */
#ifndef INC_OPS_CALL_VALUE_H
#define INC_OPS_CALL_VALUE_H

#include "base/vec.h"
#include "ir/graph.h"

typedef enum incval_kind {
    INCVAL_NONE,
    INCVAL_BOOL,
    INCVAL_INT, /* symbolic or known; dtypes, layouts and memory formats are ints too */
    INCVAL_FLOAT,
    INCVAL_COMPLEX,
    INCVAL_STR,
    INCVAL_DEVICE, /* u.s is "cpu", "cuda:0", … */
    INCVAL_TENSOR,
    INCVAL_LIST,
    INCVAL_TUPLE,
    INCVAL_DICT,
    INCVAL_OBJECT, /* of the front end: module, enum member, class instance */
    INCVAL_FUNCTION,
    INCVAL_PACKED,  /* weights packed for a quantized operator, see ops/call/packed.h */
    INCVAL_UNKNOWN, /* result of an operator that could not be exported; spreads silently */
    INCVAL_UNSET,   /* TorchScript's uninitialized(T): on a way that is never gone */
    INCVAL_CHOICE,  /* one of two that have no common form, as the data decides */
    INCVAL_ABSENT   /* no entry of a dict: one side of a choice */
} incval_kind;

typedef struct incval incval;
/* What is known of a list or dict that others may be as well; never changed, but replaced. */
typedef struct incval_shared incval_shared;
typedef struct incval_list { /* lists and tuples; shared by reference */
    INC_VEC(incval) v;
    struct incval_rows *rows; /* items before those of v, whose number data decides; or NULL */
    uint64_t born;            /* when it was made */
    const char *type_name;    /* NamedTuple's class, else NULL */
    const char *const *field_names; /* NamedTuple's, else NULL */
    const incval_shared *shared;    /* NULL: nobody else is this list */
} incval_list;
typedef struct incval_dict incval_dict;
typedef struct incval_choice incval_choice;

/* A tensor variable. A view refers to the box it was cut from, and is cut again when that was
 * written since (see box.c). */
typedef struct incop_box incop_box;

struct incval {
    incval_kind kind;
    union {
        bool b;
        const incsym *i;
        double f;
        const double *complex; /* re, im */
        const char *s;
        incop_box *t;
        incval_list *list;
        incval_dict *dict;
        struct incop_packed *packed;
        incval_choice *choice;
        void *object;
    } u;
};

struct incval_choice {
    incir_value *condition; /* bool, rank 0 */
    incval yes, no;
};

incval incval_none(void);
incval incval_unknown(void);
incval incval_bool(bool b);
incval incval_int(const incsym *i);
incval incval_float(double f);
incval incval_str(const char *s);
incval incval_device(const char *s);
incval incval_object(void *object);
incval incval_tensor(incop_box *box);
incval incval_list_new(inccx *cx, incval_kind list_or_tuple);

incval incval_dict_new(inccx *cx);
/* Keys: str, int, float, bool. Order of insertion is kept. */
bool incval_dict_get(const incval_dict *d, incval key, incval *value);
void incval_dict_set(inccx *cx, incval_dict *d, incval key, incval value);
bool incval_dict_remove(incval_dict *d, incval key);
uint64_t incval_dict_born(const incval_dict *d);
incval_dict *incval_dict_copy(inccx *cx, const incval_dict *d);
/* d becomes what from is, keeping who it is. */
void incval_dict_assign(incval_dict *d, const incval_dict *from);
/* The order of the keys is another one where the data decides otherwise. */
void incval_dict_set_disordered(incval_dict *d);
bool incval_dict_is_disordered(const incval_dict *d);
const incval_shared **incval_dict_shared(incval_dict *d);
size_t incval_dict_count(const incval_dict *d);
void incval_dict_at(incval_dict *d, size_t i, incval *key, incval *value);

/* "int", "Tensor", "List", … for messages. */
const char *incval_kind_name(incval_kind kind);
const char *incval_described(incval_kind kind); /* "an int", for a sentence */

/* A box on a value of the graph that nothing else shares. */
incop_box *incop_box_new(inccx *cx, incir_value *value);
/* A value of the graph for what a call computed: a tensor, or a Python number as a constant of
 * float_dtype, int64 or bool. NULL for what is neither. */
incir_value *incval_value(incir_graph *g, incval v, incdtype float_dtype);
/* A quantized tensor: value was quantized with q and dequantized. */
incop_box *incop_box_quantized(inccx *cx, incir_value *value, const struct incir_quant *q);
/* Its parameters; NULL for ordinary tensors. */
const struct incir_quant *incop_box_quant(const incop_box *box);
/* What the variable holds now; cuts a stale view again. */
incir_value *incop_box_read(incir_graph *g, incop_box *box);
/* Writes value (already of the box's type and shape) into the variable and all it shares memory
 * with. */
void incop_box_write(incir_graph *g, incop_box *box, incir_value *value);
/* Puts value, of any type and shape, into a variable that is no view: what a block made of it. */
void incop_box_set(incir_graph *g, incop_box *box, incir_value *value);
/* The variable whose memory this one shows: itself, unless it is a view. */
incop_box *incop_box_root(incop_box *box);
uint64_t incop_box_born(const incop_box *box);
typedef INC_VEC(incop_box *) incop_boxes;
/* The two may be the same memory, or not, as the data decides: when one is written, the other is
 * not known any more. */
void incop_box_link(incir_graph *g, incop_box *a, incop_box *b);
/* Of these boxes, new ones, links say which are the same memory, or may be: none of them is another
 * because both are linked to a third. */
void incop_boxes_set_family(inccx *cx, const incop_boxes *boxes);
/* A variable that is one of those, all of one type and shape: the number that the expression is,
 * which i gives counted from the front. What is written into it is written into that one. value:
 * what it holds. */
incop_box *incop_box_one_of(incir_graph *g, incop_box *const *boxes, size_t n, const incsym *number,
                            incir_value *i, incir_value *value);
/* The same of two by a condition: the first where it holds, the second where not; one of them may
 * be NULL, memory of its own. */
incop_box *incop_box_either(incir_graph *g, incop_box *const of[2], incir_value *condition,
                            incir_value *value);
/* Adds the boxes, none of them younger than since, that the box is one of, whatever decides. False
 * where it may be others as well. */
bool incop_box_members(inccx *cx, incop_box *box, uint64_t since, incop_boxes *members);
/* Which of them the box is, as an int64 that nodes compute; -1: memory of its own. */
incir_value *incop_box_number(incir_graph *g, const incop_box *box, const incop_boxes *among);
/* Adds the boxes, none of them younger than since, that the box may share memory with. */
void incop_box_links(inccx *cx, incop_box *box, uint64_t since, incop_boxes *older);
/* Whether it is such a variable of these, by the same expression. */
bool incop_box_is_one_of(const incop_box *box, incop_box *const *boxes, size_t n,
                         const incsym *number);
/* Nothing may be written into the box in place: it is a copy of `what`, which PyTorch would write
 * into as well. */
void incop_box_protect(incop_box *box, const char *what);
/* What the box holds is not known any more; reading it raises, saying why. */
void incop_box_lose(incir_graph *g, incop_box *box, const char *why);
const char *incop_box_lost(const incop_box *box);

#endif
