/* SPDX-License-Identifier: Apache-2.0 */
/* Recurrent layers and cells with quantized weights, which PyTorch quantizes dynamically. */
#include <string.h>

#include "ir/quant.h"
#include "ops/emit/emit.h"
#include "ops/families.h"
#include "ops/quantized/internal.h"

/* row.mode of cells: one that is nothing but two linear layers and an activation */
enum { GATED, TWO_LAYERS };

static void return_all(incop_call *c, const char *name, const incval *args, size_t n_args)
{
    size_t n;
    const incval *results = incop_invoke(c->g, name, args, n_args, NULL, 0, &n);
    for (size_t i = 0; i < n; i++)
        incop_return_val(c, results[i]);
}

static void push_cell(incop_call *c, incval_list *params, const incop_packed *cell)
{
    incop_packed ih = *cell->w_ih, hh = *cell->w_hh;
    ih.name = hh.name = NULL;
    INC_PUSH(c->cx, &params->v, incop_tensor_val(c, incop_weight_value(c, &ih, NULL)));
    INC_PUSH(c->cx, &params->v, incop_tensor_val(c, incop_weight_value(c, &hh, NULL)));
    const inctensor *biases[2] = {cell->b_ih, cell->b_hh};
    for (size_t i = 0; i < 2; i++)
        if (biases[i])
            INC_PUSH(c->cx, &params->v, incop_tensor_val(c, incir_constant(c->g, biases[i], NULL)));
}

static void lower_recurrent(incop_call *c)
{
    incval cells = incop_arg(c, "params"), params = incval_list_new(c->cx, INCVAL_LIST);
    if (cells.kind != INCVAL_LIST && cells.kind != INCVAL_TUPLE)
        inc_raise(c->cx, INC_E_FORMAT, "%s: params is no list of cells", c->schema->name);
    for (size_t i = 0; i < cells.u.list->v.n; i++) {
        incval cell = cells.u.list->v.items[i];
        if (cell.kind != INCVAL_PACKED || cell.u.packed->kind != INCOP_PACKED_CELL)
            inc_raise(c->cx, INC_E_FORMAT, "%s: params holds no packed cells", c->schema->name);
        push_cell(c, params.u.list, cell.u.packed);
        c->g->call->is_int8 |= cell.u.packed->w_ih->weight->q != NULL;
    }
    static const char *const names[] = {"input",  "data",          "batch_sizes", "hx",
                                        "params", "has_biases",    "num_layers",  "dropout",
                                        "train",  "bidirectional", "batch_first"};
    incval args[INC_COUNT(names)];
    size_t n_args = 0;
    for (size_t i = 0; i < INC_COUNT(names); i++)
        if (incop_has(c, names[i]))
            args[n_args++] = strcmp(names[i], "params") == 0 ? params : incop_arg(c, names[i]);
    return_all(c, c->row->as, args, n_args);
}

/* One step; row->as is the operator on floats. */
static void lower_cell(incop_call *c)
{
    incop_packed ih = *incop_packed_arg(c, "w_ih", INCOP_PACKED_LINEAR);
    incop_packed hh = *incop_packed_arg(c, "w_hh", INCOP_PACKED_LINEAR);
    incval args[6] = {incop_arg(c, "input"), incop_arg(c, "hx")};
    if (incop_has(c, "hx") && incop_arg(c, "hx").kind == INCVAL_TENSOR &&
        c->row->mode == TWO_LAYERS) { /* two linear layers */
        for (size_t i = 0; i < 2 && ih.weight->q && hh.weight->q; i++)
            args[i] = incop_tensor_val(
                c, incop_quantized_dynamically(c, incop_tensor(c, i ? "hx" : "input")));
    }
    ih.name = hh.name = NULL;
    args[2] = incop_tensor_val(c, incop_weight_value(c, &ih, NULL));
    args[3] = incop_tensor_val(c, incop_weight_value(c, &hh, NULL));
    args[4] = incop_tensor_val(c, incop_bias_value(c, &ih));
    args[5] = incop_tensor_val(c, incop_bias_value(c, &hh));
    return_all(c, c->row->as, args, 6);
}

static void lower_cell_params(incop_call *c)
{
    incop_packed *p = INC_NEW(c->cx, incop_packed);
    p->kind = INCOP_PACKED_CELL;
    p->w_ih = incop_packed_arg(c, "w_ih", INCOP_PACKED_LINEAR);
    p->w_hh = incop_packed_arg(c, "w_hh", INCOP_PACKED_LINEAR);
    p->b_ih = incop_has(c, "bias_ih") ? incop_bias_constant(c, "bias_ih") : p->w_ih->bias;
    p->b_hh = incop_has(c, "bias_hh") ? incop_bias_constant(c, "bias_hh") : p->w_hh->bias;
    incop_return_val(c, incval_packed(p));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_AS_Q("aten::quantized_gru.data(Tensor data, Tensor batch_sizes, Tensor hx, __torch__.torch.classes.rnn.CellParamsBase[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional) -> (Tensor, Tensor)", lower_recurrent, "aten::gru.data", INCOP_Q_OWN),
    OP_AS_Q("aten::quantized_gru.input(Tensor input, Tensor hx, __torch__.torch.classes.rnn.CellParamsBase[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor)", lower_recurrent, "aten::gru.input", INCOP_Q_OWN),
    OP_AS_Q("aten::quantized_lstm.data(Tensor data, Tensor batch_sizes, Tensor[] hx, __torch__.torch.classes.rnn.CellParamsBase[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, *, ScalarType? dtype=None, bool use_dynamic=False) -> (Tensor, Tensor, Tensor)", lower_recurrent, "aten::lstm.data", INCOP_Q_OWN),
    OP_AS_Q("aten::quantized_lstm.input(Tensor input, Tensor[] hx, __torch__.torch.classes.rnn.CellParamsBase[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first, *, ScalarType? dtype=None, bool use_dynamic=False) -> (Tensor, Tensor, Tensor)", lower_recurrent, "aten::lstm.input", INCOP_Q_OWN),
    OP_Q("quantized::make_quantized_cell_params_dynamic(__torch__.torch.classes.quantized.LinearPackedParamsBase w_ih, __torch__.torch.classes.quantized.LinearPackedParamsBase w_hh, Tensor bias_ih, Tensor bias_hh, bool reduce_range=False) -> __torch__.torch.classes.rnn.CellParamsBase", lower_cell_params, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::make_quantized_cell_params_fp16(__torch__.torch.classes.quantized.LinearPackedParamsBase w_ih, __torch__.torch.classes.quantized.LinearPackedParamsBase w_hh) -> __torch__.torch.classes.rnn.CellParamsBase", lower_cell_params, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_AS_Q("quantized::quantized_gru_cell_dynamic(Tensor input, Tensor hx, __torch__.torch.classes.quantized.LinearPackedParamsBase w_ih, __torch__.torch.classes.quantized.LinearPackedParamsBase w_hh, Tensor b_ih, Tensor b_hh) -> Tensor", lower_cell, "aten::gru_cell", INCOP_Q_OWN | INCOP_Q_INT8),
    OP_AS_Q("quantized::quantized_lstm_cell_dynamic(Tensor input, Tensor[] hx, __torch__.torch.classes.quantized.LinearPackedParamsBase w_ih, __torch__.torch.classes.quantized.LinearPackedParamsBase w_hh, Tensor bias_ih, Tensor bias_hh) -> (Tensor, Tensor)", lower_cell, "aten::lstm_cell", INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::quantized_rnn_relu_cell_dynamic(Tensor input, Tensor hx, __torch__.torch.classes.quantized.LinearPackedParamsBase w_ih, __torch__.torch.classes.quantized.LinearPackedParamsBase w_hh, Tensor b_ih, Tensor b_hh) -> Tensor", lower_cell, "aten::rnn_relu_cell", TWO_LAYERS, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::quantized_rnn_tanh_cell_dynamic(Tensor input, Tensor hx, __torch__.torch.classes.quantized.LinearPackedParamsBase w_ih, __torch__.torch.classes.quantized.LinearPackedParamsBase w_hh, Tensor b_ih, Tensor b_hh) -> Tensor", lower_cell, "aten::rnn_tanh_cell", TWO_LAYERS, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
};
/* clang-format on */

const incop_family incop_quantized_recurrent = {"quantized_recurrent", rows, INC_COUNT(rows)};
