/* SPDX-License-Identifier: Apache-2.0 */
/* What the user should know of the plan though the export goes through: float operators between
 * quantized ones, sums that can saturate, types that are slow. In: the plan, ended. Out: warnings,
 * one of each kind, with the first few operators. */
#include <string.h>

#include "base/str.h"
#include "quant/plan.h"

enum { MOST_NAMED = 3 };

typedef struct names {
    incstr text;
    size_t n;
} names;

static void add_name(inccx *cx, names *list, const incq_step *s, bool with_reason)
{
    if (list->n++ >= MOST_NAMED)
        return;
    bool at_root = !s->call->module[0];
    incstr_addf(cx, &list->text, "%s%s%s%s", list->n > 1 ? "; " : "",
                at_root ? s->call->op : s->call->module, with_reason ? ": " : "",
                with_reason ? s->reason : "");
}

static const char *names_text(inccx *cx, names *list)
{
    if (list->n > MOST_NAMED)
        incstr_addf(cx, &list->text, " and %zu more", list->n - MOST_NAMED);
    return incstr_text(&list->text);
}

static bool consists_of(const incq_work *w, const char *op_type)
{
    for (size_t i = 0; i < w->operators.n; i++)
        if (strcmp(w->operators.items[i], op_type) == 0)
            return true;
    return false;
}

/* Kernels for x86 without VNNI add two products of u8 and s8 in 16 bits: with 64 as the largest
 * weight nothing can happen, nor with activations of 7 bits. */
static bool could_saturate(incq_rewriter *r, const incq_work *w, uint64_t *elements_left)
{
    enum { SAFE_WEIGHT = 64, SAFE_ACTIVATION = 127, BLOCK = 4096 };
    const incir_node *x = w->x;
    if (!incq_is_product(w->main) || !x || !w->weight || consists_of(w, "ConvInteger"))
        return false;
    bool is_dynamic = incir_is_dynamic_node(x);
    int64_t dtype = is_dynamic ? incir_attr_int_or(x, "dtype", INCDT_U8) : (int64_t)x->quant->dtype;
    int64_t largest = is_dynamic ? incir_attr_int_or(x, "quant_max", 255) : x->quant->quant_max;
    const inctensor *t = w->weight->inputs[0]->constant;
    if (dtype != INCDT_U8 || largest <= SAFE_ACTIVATION || t->dtype != INCDT_I8 ||
        !inctensor_has_data(t))
        return false;
    int8_t block[BLOCK];
    for (uint64_t first = 0; first < t->numel && *elements_left >= BLOCK; first += BLOCK) {
        size_t count = (size_t)(t->numel - first < BLOCK ? t->numel - first : BLOCK);
        *elements_left -= count;
        inctensor_read(r->cx, t, first, count, block);
        for (size_t i = 0; i < count; i++)
            if (block[i] > SAFE_WEIGHT || block[i] < -SAFE_WEIGHT)
                return true;
    }
    return false;
}

/* ONNX Runtime has no fast kernels for int8 by int8 on most x86; of some in QDQ it makes uint8
 * itself. */
static bool is_slow_on_x86(const incq_work *w)
{
    return incq_is_product(w->main) && w->x && incir_is_quantized_node(w->x) &&
           w->x->quant->dtype == INCDT_I8;
}

void incq_warn_of_plan(incq_rewriter *r)
{
    names between = {0}, saturating = {0}, slow = {0};
    uint64_t elements_left = (uint64_t)1 << 30; /* a file can claim any number of them */
    for (size_t i = 0; i < r->plan->n; i++) {
        const incq_step *s = r->plan->items[i];
        if (s->arithmetic != INCQ_INT8 && s->work->reads_integers && s->work->out)
            add_name(r->cx, &between, s, true);
        if (s->arithmetic == INCQ_INT8 && could_saturate(r, s->work, &elements_left))
            add_name(r->cx, &saturating, s, false);
        if (s->arithmetic == INCQ_INT8 && is_slow_on_x86(s->work))
            add_name(r->cx, &slow, s, false);
    }
    if (slow.n > 0)
        inc_warn(
            r->cx,
            "%zu operator%s int8 activations, which ONNX Runtime computes slowly or in float32 on "
            "x86; activations as uint8 (--activations uint8) give the same answers (%s)",
            slow.n, slow.n == 1 ? " multiplies" : "s multiply", names_text(r->cx, &slow));
    if (between.n > 0)
        inc_warn(r->cx, "%zu operator%s between quantized ones compute%s in float32 (%s)",
                 between.n, between.n == 1 ? "" : "s", between.n == 1 ? "s" : "",
                 names_text(r->cx, &between));
    if (saturating.n > 0)
        inc_warn(r->cx,
                 "%zu operator%s uint8 by int8 weights beyond -64 to 64: on x86 processors without "
                 "VNNI the sums can saturate (%s)",
                 saturating.n, saturating.n == 1 ? " multiplies" : "s multiply",
                 names_text(r->cx, &saturating));
}
