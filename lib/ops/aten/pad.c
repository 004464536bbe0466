/* SPDX-License-Identifier: Apache-2.0 */
/* Padding. PyTorch lists what to add from the last axis on, two numbers an axis; negative ones cut.
 */
#include <string.h>

#include "ops/emit/nn.h"

typedef struct pads {
    const incsym **begins, **ends; /* one an axis */
} pads;

static pads read_pads(incop_call *c, const incir_value *x, const char *name)
{
    size_t n;
    const incsym **given = incop_syms(c, name, &n);
    pads p = {INC_NEW_N(c->cx, const incsym *, x->rank), INC_NEW_N(c->cx, const incsym *, x->rank)};
    if (n % 2 != 0 || n / 2 > x->rank)
        incop_unsupported(c, "%zu pads for a tensor of rank %zu", n, x->rank);
    for (size_t i = 0; i < x->rank; i++) {
        size_t from_last = x->rank - 1 - i;
        bool named = from_last < n / 2;
        p.begins[i] = named ? given[2 * from_last] : incsym_int(c->g->syms, 0);
        p.ends[i] = named ? given[2 * from_last + 1] : incsym_int(c->g->syms, 0);
    }
    return p;
}

/* Cuts where the pads are negative, and makes those zero. */
static incir_value *cut_negative(incir_graph *g, incir_value *x, pads *p)
{
    for (size_t i = 0; i < x->rank; i++) {
        const incsym *start = NULL, *end = NULL;
        int64_t known;
        if (incsym_known(p->begins[i], &known) && known < 0) {
            start = incsym_neg(g->syms, p->begins[i]);
            p->begins[i] = incsym_int(g->syms, 0);
        }
        if (incsym_known(p->ends[i], &known) && known < 0) {
            end = p->ends[i];
            p->ends[i] = incsym_int(g->syms, 0);
        }
        x = emit_slice(g, x, i, start, end, 1);
    }
    return x;
}

/* Each axis continued by its other end. */
static incir_value *emit_circular(incir_graph *g, incir_value *x, const pads *p)
{
    if (incir_has_opset(g, 19))
        return emit_pad(g, x, "wrap", p->begins, p->ends, 0);
    for (size_t i = 0; i < x->rank; i++) {
        incir_value *parts[3];
        size_t n = 0;
        if (!incsym_is(p->begins[i], 0))
            parts[n++] = emit_slice(
                g, x, i, incsym_sub(g->syms, incir_axis_size(g, x, i), p->begins[i]), NULL, 1);
        parts[n++] = x;
        if (!incsym_is(p->ends[i], 0))
            parts[n++] = emit_slice(g, x, i, NULL, p->ends[i], 1);
        x = emit_concat(g, parts, n, i);
    }
    return x;
}

/* What is added continues x as it was before anything is cut. */
static incir_value *emit_pad_and_cut(incir_graph *g, incir_value *x, const char *mode,
                                     const pads *p)
{
    const incsym *zero = incsym_int(g->syms, 0);
    pads added = {inc_copy(g->cx, p->begins, x->rank * sizeof *p->begins),
                  inc_copy(g->cx, p->ends, x->rank * sizeof *p->ends)};
    pads cut = {INC_NEW_N(g->cx, const incsym *, x->rank),
                INC_NEW_N(g->cx, const incsym *, x->rank)};
    for (size_t i = 0; i < x->rank; i++) {
        int64_t known;
        bool begin = incsym_known(p->begins[i], &known) && known < 0;
        bool end = incsym_known(p->ends[i], &known) && known < 0;
        cut.begins[i] = begin ? p->begins[i] : zero;
        cut.ends[i] = end ? p->ends[i] : zero;
        added.begins[i] = begin ? zero : p->begins[i];
        added.ends[i] = end ? zero : p->ends[i];
    }
    x = emit_pad(g, x, mode, added.begins, added.ends, 0);
    return cut_negative(g, x, &cut);
}

static void pad(incop_call *c, const char *pads_name, const char *mode, double value)
{
    incir_value *x = incop_tensor(c, "self");
    pads p = read_pads(c, x, pads_name);
    if (strcmp(mode, "replicate") == 0 || strcmp(mode, "reflect") == 0) {
        incop_return(c, emit_pad_and_cut(c->g, x, mode[2] == 'p' ? "edge" : mode, &p));
        return;
    }
    x = cut_negative(c->g, x, &p);
    if (strcmp(mode, "circular") == 0)
        incop_return(c, emit_circular(c->g, x, &p));
    else if (strcmp(mode, "constant") == 0)
        incop_return(c, emit_pad(c->g, x, mode, p.begins, p.ends, value));
    else
        incop_unsupported(c, "mode='%s'", mode);
}

static void lower_constant_pad(incop_call *c)
{
    pad(c, "pad", "constant", incop_float(c, "value"));
}

/* row->as is the mode. */
static void lower_fixed_pad(incop_call *c)
{
    pad(c, incop_has(c, "pad") ? "pad" : "padding", c->row->as, 0);
}

static void lower_pad(incop_call *c)
{
    pad(c, "pad", incop_str(c, "mode"), incop_is_none(c, "value") ? 0 : incop_float(c, "value"));
}

static void lower_pad_enum(incop_call *c)
{
    static const char *const modes[] = {"reflect", "replicate", "circular", "constant"};
    int64_t mode = incop_int(c, "mode");
    if (mode < 0 || mode >= (int64_t)INC_COUNT(modes))
        incop_unsupported(c, "mode %lld", (long long)mode);
    pad(c, "pad", modes[mode], incop_is_none(c, "value") ? 0 : incop_float(c, "value"));
}

/* Sequences of several lengths, as one tensor with a batch axis. */
static void lower_pad_sequence(incop_call *c)
{
    incir_graph *g = c->g;
    size_t n, batch = incop_bool(c, "batch_first") ? 0 : 1;
    incir_value **sequences = incop_tensors(c, "sequences", &n);
    if (n == 0 || sequences[0]->rank == 0)
        incop_unsupported(c, "no sequences");
    const incsym *longest = incir_axis_size(g, sequences[0], 0), *none = incsym_int(g->syms, 0);
    size_t rank = sequences[0]->rank;
    for (size_t i = 1; i < n; i++) {
        if (sequences[i]->rank != rank)
            incop_unsupported(c, "sequences of ranks %zu and %zu", rank, sequences[i]->rank);
        longest = incsym_max(g->syms, longest, incir_axis_size(g, sequences[i], 0));
    }
    bool left = incop_has(c, "padding_side") && incop_str_is(c, "padding_side", "left");
    for (size_t i = 0; i < n; i++) {
        const incsym **zeros = INC_NEW_N(c->cx, const incsym *, rank);
        const incsym **more = INC_NEW_N(c->cx, const incsym *, rank);
        for (size_t k = 0; k < rank; k++)
            zeros[k] = more[k] = none;
        more[0] = incsym_sub(g->syms, longest, incir_axis_size(g, sequences[i], 0));
        incir_value *padded = emit_pad(g, sequences[i], "constant", left ? more : zeros,
                                       left ? zeros : more, incop_float(c, "padding_value"));
        sequences[i] = emit_unsqueeze_axis(g, padded, batch);
    }
    incop_return(c, emit_concat(g, sequences, n, batch));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_AS("aten::_pad_circular(Tensor self, SymInt[] pad) -> Tensor", lower_fixed_pad, "circular"),
    OP("aten::_pad_enum(Tensor self, SymInt[] pad, int mode, float? value=None) -> Tensor", lower_pad_enum),
    OP_Q("aten::constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor", lower_constant_pad, INCOP_Q_SAME | INCOP_FX_EAGER | INCOP_C_PARTS),
    OP_Q("aten::pad(Tensor self, SymInt[] pad, str mode=\"constant\", float? value=None) -> Tensor", lower_pad, INCOP_Q_SAME | INCOP_FX_EAGER | INCOP_C_PARTS),
    OP("aten::pad_sequence(Tensor[] sequences, bool batch_first=False, float padding_value=0., str padding_side=\"right\") -> Tensor", lower_pad_sequence),
    OP_AS_Q("aten::reflection_pad1d(Tensor self, SymInt[2] padding) -> Tensor", lower_fixed_pad, "reflect", INCOP_Q_SAME | INCOP_FX_EAGER | INCOP_C_PARTS),
    OP_AS_Q("aten::reflection_pad2d(Tensor self, SymInt[4] padding) -> Tensor", lower_fixed_pad, "reflect", INCOP_Q_SAME | INCOP_FX_EAGER | INCOP_C_PARTS),
    OP_AS("aten::reflection_pad3d(Tensor self, SymInt[6] padding) -> Tensor", lower_fixed_pad, "reflect"),
    OP_AS_Q("aten::replication_pad1d(Tensor self, SymInt[2] padding) -> Tensor", lower_fixed_pad, "replicate", INCOP_Q_NONE | INCOP_C_PARTS),
    OP_AS_Q("aten::replication_pad2d(Tensor self, SymInt[4] padding) -> Tensor", lower_fixed_pad, "replicate", INCOP_Q_NONE | INCOP_C_PARTS),
    OP_AS("aten::replication_pad3d(Tensor self, SymInt[6] padding) -> Tensor", lower_fixed_pad, "replicate"),
};
/* clang-format on */

const incop_family incop_pad = {"pad", rows, INC_COUNT(rows)};
