/* SPDX-License-Identifier: Apache-2.0 */
/* What report.c notes of the plan while the graph is rewritten, and warnings.c reads in the end. */
#ifndef INC_QUANT_PLAN_H
#define INC_QUANT_PLAN_H

#include "base/vec.h"
#include "quant/internal.h"

/* What is noted of a step until its end. */
typedef struct incq_work {
    const incir_node *main;       /* its product; or the one operator that could be on integers */
    const incir_node *last;       /* what gives its result */
    const incir_node *x, *weight; /* inc:: operators that main reads; they are gone in the end */
    const incir_quant *out;       /* what its result is rounded to; NULL: to nothing */
    const char *why;              /* what keeps it in float32, as far as the model is to blame */
    size_t n_products, n_kernels, n_others;
    bool reads_integers, reads_weights, has_kernel;
    INC_VEC(const char *) operators;
} incq_work;

/* Warns of what the user should know. */
void incq_warn_of_plan(incq_rewriter *r);

#endif
