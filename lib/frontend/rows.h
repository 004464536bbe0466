/* SPDX-License-Identifier: Apache-2.0 */
/* Lists whose length only the data or a dynamic size decides: their items, all of one form, are
 * stacked in tensors whose first axis counts them (a tensor for each leaf of the form). Tensors
 * whose sizes differ along one axis lie behind one another along it, in one tensor, and a vector
 * has their lengths. Such rows stand in incval_list.rows, before the items that are known.
 *
 * Where the items are one tensor each, they are views of a tensor variable that holds all of them,
 * so that writing into an item writes the list. */
#ifndef INC_FRONTEND_ROWS_H
#define INC_FRONTEND_ROWS_H

#include "frontend/merge.h"

typedef struct incval_rows incval_rows;
struct incval_rows {
    const incval_rows *of; /* itself; of a copy that nobody writes, what it is a copy of */
    const incsym *count;
    incfe_form item; /* all of it leaves; its links: what they may share memory with */
    size_t n_leaves;
    incir_value **leaves; /* [count, …]; or all items along an axis, and [count] lengths */
    incop_box *source; /* the items are views of it along axis: each of size part, the last perhaps
                          of less, or (part NULL) without the axis; else NULL */
    incir_value *seen; /* what source held when the leaves were made */

    size_t axis;
    const incsym *part;
    bool is_begun; /* what a list held before the loop it is appended to in: not to be read */
    bool is_read;  /* it was, nevertheless */
};

/* Stands for what a list held before the present turn of a loop. */
incval_rows *incfe_rows_begun(inccx *cx);
/* Rows of the items that the tensor's axis counts. */
incval_rows *incfe_rows_of_tensor(incir_graph *g, incop_box *box, size_t axis);

/* The parts of a tensor along an axis, each of that size, the last of what is left. */
incval_rows *incfe_rows_of_parts(incir_graph *g, incop_box *box, size_t axis, const incsym *part);

/* Makes all of a list rows; nothing but how it is held changes. Raises INC_E_UNSUPPORTED when its
 * items have no common form. */
incval_rows *incfe_rows_flush(incir_graph *g, incval_list *list);
/* A list of these rows. */
incval incfe_rows_list(inccx *cx, incval_rows *rows);
const incsym *incfe_rows_length(incir_graph *g, incval_list *list);
/* Item number i, an int; from the end when negative. */
incval incfe_rows_at(incir_graph *g, incval_rows *rows, incval i);
/* Rows of other leaves, made by f of each. */
incval_rows *incfe_rows_map(incir_graph *g, incval_rows *rows,
                            incir_value *(*f)(incir_graph *g, incir_value *leaf, void *data),
                            void *data);
/* Rows of another leaf, in place of the only one. */
incval_rows *incfe_rows_of_leaf(incir_graph *g, const incval_rows *rows, incir_value *leaf);
/* Rows of the numbers of a vector. */
incval_rows *incfe_rows_of_numbers(incir_graph *g, incir_value *v);
incval_rows *incfe_rows_join(incir_graph *g, incval_rows *a, incval_rows *b);
/* The same rows, their leaves as they are now; parts of a tensor are made rows. */
incval_rows *incfe_rows_read(incir_graph *g, incval_rows *rows);
/* As they are now, whatever is written into them later. */
incval_rows *incfe_rows_frozen(incir_graph *g, incval_rows *rows);

/* ---- for merge.c and loops ---- */
/* The form of every item of the list s, its rows included; all of it leaves. */
incfe_form incfe_rows_form(incfe_merge *m, const incfe_snapshot *s);
/* The leaves of the list s as rows of that form. */
void incfe_rows_pack(incfe_merge *m, const incfe_form *item, const incfe_snapshot *s);
/* Of the items alone that s has behind its rows: each leaf once, when there is one item. */
void incfe_rows_pack_items(incfe_merge *m, const incfe_form *item, const incfe_snapshot *s);
/* Rows from the next leaves. */
incval_rows *incfe_rows_take(incfe_merge *m, const incfe_form *item);
/* The rows that a Loop gives for what incfe_rows_pack_items() gave in its body. */
incval_rows *incfe_rows_scanned(incfe_merge *m, const incfe_form *item, size_t per_turn);
/* Widens the form of the items by those of the list s. */
bool incfe_rows_join_form(incfe_merge *m, incfe_form *item, const incfe_snapshot *s);
/* Puts the rows behind what the list has. */
void incfe_rows_extend(incfe_merge *m, incval_list *list, incval_rows *rows);
size_t incfe_leaf_count(const incfe_form *item);

/* ---- items whose sizes differ along one axis ---- */
/* Whether they do, and along which; its rank when none. */
bool incfe_rows_differ(const incfe_form *item);
size_t incfe_rows_axis(const incfe_form *item);
/* The parts of a tensor along an axis that have these lengths. */
incval_rows *incfe_rows_of_lengths(incir_graph *g, incop_box *box, size_t axis,
                                   incir_value *lengths);
/* The lengths of parts of one size, the last of what is left. */
incir_value *incfe_part_lengths(incir_graph *g, const incsym *count, incop_box *box, size_t axis,
                                const incsym *part);
/* All items behind one another along the axis, and their lengths. */
void incfe_rows_as_lengths(incir_graph *g, const incval_rows *rows, size_t axis, incir_value **all,
                           incir_value **lengths);
/* Item number i, and the items from start to end (NULL: to the end). */
incir_value *incfe_rows_piece(incir_graph *g, const incval_rows *rows, const incsym *i);
void incfe_rows_pieces(incir_graph *g, const incval_rows *rows, const incsym *start,
                       const incsym *end, incir_value **all, incir_value **lengths);
/* [count, …]: of items that turn out to be of one size. */
incir_value *incfe_rows_stacked(incir_graph *g, const incval_rows *rows);

#endif
