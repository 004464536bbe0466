/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of quantized tables, and sums of them. */
#include "ir/quant.h"
#include "ops/emit/emit.h"
#include "ops/families.h"
#include "ops/quantized/internal.h"

/* A table of bytes with a scale and a zero point a row; both are floats. */
static void lower_embedding(incop_call *c)
{
    const incop_packed *p = incop_packed_arg(c, "weight", INCOP_PACKED_EMBEDDING);
    incir_value *indices = incop_tensor(c, "indices");
    incop_return(c, emit_gather(c->g, incop_weight_value(c, p, NULL), indices, 0));
}

/* Sums of such rows. Two axes of indices are one bag a row; mode is always "sum". */
static void lower_embedding_bag(incop_call *c)
{
    const incop_packed *p = incop_packed_arg(c, "weight", INCOP_PACKED_EMBEDDING);
    incir_value *indices = incop_tensor(c, "indices"), *table = incop_weight_value(c, p, NULL);
    incval weights = incop_arg(c, "per_sample_weights");
    if (incop_bool(c, "pruned_weights") && !incop_is_none(c, "compressed_indices_mapping"))
        incop_unsupported(c, "a pruned table");
    if (incop_int(c, "mode") != 0)
        incop_unsupported(c, "bags that are not summed up");
    if (indices->rank == 2) {
        static const size_t bag = 1;
        incir_value *rows = emit_gather(c->g, table, indices, 0);
        if (weights.kind == INCVAL_TENSOR)
            rows = emit_binary(c->g, "Mul", rows,
                               emit_unsqueeze_axis(c->g, incop_tensor(c, "per_sample_weights"), 2));
        incop_return(c, emit_reduce(c->g, "ReduceSum", rows, &bag, 1, false));
        return;
    }
    if (incop_is_none(c, "offsets"))
        incop_unsupported(c, "indices of rank %zu without offsets", indices->rank);
    incval args[8] = {incop_tensor_val(c, table),
                      incop_tensor_val(c, indices),
                      incop_arg(c, "offsets"),
                      incval_bool(false),
                      incval_int(incsym_int(c->g->syms, 0)),
                      incval_bool(false),
                      weights,
                      incop_arg(c, "include_last_offset")};
    incop_return(c, incop_call_float(c, "aten::embedding_bag", args, 8));
}

#define EMBEDDING "__torch__.torch.classes.quantized.EmbeddingPackedParamsBase weight"

/* clang-format off */
static const incop_row rows[] = {
    OP_Q("quantized::embedding_4bit(" EMBEDDING ", Tensor indices, bool pruned_weights=False) -> Tensor", lower_embedding, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::embedding_bag_4bit(" EMBEDDING ", Tensor indices, Tensor? offsets=None, bool scale_grad_by_freq=False, int mode=0, bool pruned_weights=False, Tensor? per_sample_weights=None, Tensor? compressed_indices_mapping=None, bool include_last_offset=False) -> Tensor", lower_embedding_bag, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::embedding_bag_byte(" EMBEDDING ", Tensor indices, Tensor? offsets=None, bool scale_grad_by_freq=False, int mode=0, bool pruned_weights=False, Tensor? per_sample_weights=None, Tensor? compressed_indices_mapping=None, bool include_last_offset=False) -> Tensor", lower_embedding_bag, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::embedding_byte(" EMBEDDING ", Tensor indices, bool pruned_weights=False) -> Tensor", lower_embedding, INCOP_Q_OWN | INCOP_Q_INT8),
};
/* clang-format on */

const incop_family incop_quantized_embedding = {"quantized_embedding", rows, INC_COUNT(rows)};
