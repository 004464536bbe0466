/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs before and after a pass, as text. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../support/suite.h"
#include "ir/dump.h"
#include "ir/verify.h"
#include "ops/emit/emit.h"
#include "passes/internal.h"

static inccx *cx;
static incir_graph *g;
static incir_value *x; /* float32[n, 3, 8, 8], the graph's input */

static void set_up(void)
{
    cx = inccx_new(NULL);
    g = incir_graph_new(cx, 17);
    const incsym *dims[4] = {incsym_new(g->syms, "n", 2, 1, NULL, 0), incsym_int(g->syms, 3),
                             incsym_int(g->syms, 8), incsym_int(g->syms, 8)};
    x = incir_input(g, "x", INCDT_F32, 4, dims);
    incsym_set_origin(dims[0], x, 0);
    incir_block_add_input(g, g->main, x);
}

static void tear_down(void)
{
    inccx_free(cx);
}

static void output(incir_value *v, const char *name)
{
    v->name = name;
    incir_block_add_output(g, g->main, v);
}

static const char *dump(void)
{
    incstr s = {0};
    incir_verify(g);
    incir_dump(g, &s);
    return incstr_text(&s);
}

static incir_value *parameter(const char *name, size_t rank, const int64_t *sizes, float first)
{
    int64_t n = 1;
    for (size_t i = 0; i < rank; i++)
        n *= sizes[i];
    float *values = INC_NEW_N(cx, float, (size_t)n);
    for (int64_t i = 0; i < n; i++)
        values[i] = first + (float)i;
    return incir_constant(g, inctensor_new(cx, INCDT_F32, rank, sizes, values), name);
}

static incir_value *vector(const char *name, int64_t n, float first)
{
    return parameter(name, 1, &n, first);
}

/* ---- remove_unused ---- */

START_TEST(unused_nodes_go)
{
    incir_value *kept = incir_emit1(g, "Relu", x);
    incir_value *unused = incir_emit1(g, "Exp", kept);
    incir_emit1(g, "Exp", unused);
    output(kept, "y");
    ck_assert(incpass_remove_unused(cx, g));
    ck_assert_str_eq(dump(), "input  x: float32[n, 3, 8, 8]\n"
                             "y = Relu(x) : float32[n, 3, 8, 8]\n"
                             "output y\n");
    ck_assert(!incpass_remove_unused(cx, g));
}
END_TEST

START_TEST(unused_optional_outputs_go)
{
    static const int64_t kernel[2] = {2, 2};
    incir_node *n = incir_node_new(g, "MaxPool");
    incir_value *y[2];
    incir_in(g, n, x);
    incir_attr_ints(g, n, "kernel_shape", kernel, 2);
    incir_emit_n(g, n, 2, y);
    output(y[0], "y");
    ck_assert(incpass_remove_unused(cx, g));
    ck_assert_uint_eq(n->n_outputs, 1);
}
END_TEST

/* Of most operators the first output is none of those. */
START_TEST(the_first_output_stays)
{
    static const int64_t kernel[2] = {2, 2};
    incir_node *pool = incir_node_new(g, "MaxPool");
    incir_value *y[2];
    incir_in(g, pool, x);
    incir_attr_ints(g, pool, "kernel_shape", kernel, 2);
    incir_emit_n(g, pool, 2, y);
    output(y[1], "y");
    incpass_remove_unused(cx, g);
    ck_assert_uint_eq(pool->n_outputs, 2);
    ck_assert_ptr_eq(pool->outputs[0], y[0]);
}
END_TEST

/* What only an inner block reads is used. */
START_TEST(blocks_use_what_is_outside)
{
    incir_value *read_inside = incir_emit1(g, "Relu", x);
    incir_node *n = incir_node_new(g, "If");
    incir_value *condition = incir_input(g, "c", INCDT_BOOL, 0, NULL);
    incir_block_add_input(g, g->main, condition);
    incir_in(g, n, condition);
    static const char *const names[] = {"then_branch", "else_branch"};
    for (size_t i = 0; i < 2; i++) {
        incir_block *b = incir_block_new(g);
        g->block = b;
        incir_emit1(g, "Sin", x);
        incir_value *v = incir_emit1(g, i ? "Exp" : "Abs", read_inside);
        g->block = g->main;
        incir_block_add_output(g, b, v);
        incir_attr_block(g, n, names[i], b);
    }
    output(incir_emit(g, n), "y");
    incpass_remove_unused(cx, g);
    ck_assert_str_eq(dump(), "input  x: float32[n, 3, 8, 8]\n"
                             "input  c: bool[]\n"
                             "%1 = Relu(x) : float32[n, 3, 8, 8]\n"
                             "y = If(c) {then_branch={…}, else_branch={…}} : "
                             "float32[n, 3, 8, 8]\n"
                             "    then_branch:\n"
                             "        %2 = Abs(%1) : float32[n, 3, 8, 8]\n"
                             "        output %2\n"
                             "    else_branch:\n"
                             "        %3 = Exp(%1) : float32[n, 3, 8, 8]\n"
                             "        output %3\n"
                             "output y\n");
}
END_TEST

/* ---- fold_batch_norm ---- */

static incir_value *conv(bool has_bias)
{
    static const int64_t sizes[4] = {2, 3, 1, 1};
    incir_node *n = incir_node_new(g, "Conv");
    incir_in(g, n, x);
    incir_in(g, n, parameter("conv.weight", 4, sizes, 1));
    if (has_bias)
        incir_in(g, n, vector("conv.bias", 2, 10));
    return incir_emit(g, n);
}

static incir_value *batch_norm(incir_value *v)
{
    incir_node *n = incir_node_new(g, "BatchNormalization");
    incir_in(g, n, v);
    incir_in(g, n, vector("bn.weight", 2, 2));
    incir_in(g, n, vector("bn.bias", 2, 100));
    incir_in(g, n, vector("bn.running_mean", 2, 1));
    incir_in(g, n, vector("bn.running_var", 2, 4)); /* 4, 5 */
    incir_attr_float(g, n, "epsilon", 0);
    return incir_emit(g, n);
}

START_TEST(batch_norm_becomes_part_of_the_convolution)
{
    output(batch_norm(conv(true)), "y");
    ck_assert(incpass_fold_batch_norm(cx, g));
    ck_assert_str_eq(dump(), "const  conv.weight: float32[2, 3, 1, 1]\n"
                             "const  conv.bias: float32[2] = [109, 113.074768]\n"
                             "input  x: float32[n, 3, 8, 8]\n"
                             "y = Conv(x, conv.weight, conv.bias) : float32[n, 2, 8, 8]\n"
                             "output y\n");
    const double *weight = inctensor_f64s(cx, g->main->first->inputs[1]->constant);
    ck_assert_double_eq(weight[0], 1);
    ck_assert_double_eq_tol(weight[5], 6 * 3 / 2.2360679, 1e-5);
}
END_TEST

static incir_value *floats(size_t rank, const int64_t *sizes, const float *values)
{
    return incir_constant(g, inctensor_new(cx, INCDT_F32, rank, sizes, values), NULL);
}

/* torch.nn.utils.fusion.fuse_conv_bn_weights() of PyTorch 2.6. */
START_TEST(folded_weights_are_those_of_pytorch)
{
    static const int64_t sizes[] = {4, 2, 1, 1}, channels = 4, input[] = {1, 2, 5, 5};
    static const float w[] = {0x1.9b47p-1f,   0x1.660f0cp-3f,  0x1.6c744cp-4f, -0x1.3a394p-1f,
                              0x1.7a539ep-5f, -0x1.5e463cp+0f, 0x1.59985p-2f,  0x1.02d87ep+0f};
    static const float b[] = {-0x1.6f67eap+0f, 0x1.f471fp-1f, 0x1.0b4a22p-1f, 0x1.3ce81cp+0f};
    static const float mean[] = {-0x1.bab184p-1f, 0x1.3222cap-2f, 0x1.ad47a8p-2f, -0x1.471554p-4f};
    static const float variance[] = {0x1.1d69ep-2f, 0x1.a6502p-4f, 0x1.10fb3p-3f, 0x1.040d68p-1f};
    static const float gamma[] = {0x1.fb12d4p-2f, -0x1.50856cp-3f, -0x1.5b1ddcp-1f,
                                  -0x1.0f21aap+0f};
    static const float beta[] = {0x1.7ed218p-1f, 0x1.e94d88p-3f, -0x1.918fd4p-2f, 0x1.371f28p-3f};
    static const float folded_w[] = {0x1.81c112p-1f,  0x1.4fd698p-3f,  -0x1.74fd72p-5f,
                                     0x1.41953ap-2f,  -0x1.5f41bcp-4f, 0x1.453630p+1f,
                                     -0x1.00ca2ep-1f, -0x1.80a9e8p+0f};
    static const float folded_b[] = {0x1.b35290p-3f, -0x1.bb7228p-4f, -0x1.2a8bbcp-1f,
                                     -0x1.ce6f90p+0f};
    const incsym *dims[4];
    for (size_t i = 0; i < 4; i++)
        dims[i] = incsym_int(g->syms, input[i]);
    incir_value *in = incir_input(g, "in", INCDT_F32, 4, dims);
    incir_block_add_input(g, g->main, in);
    incir_node *n = incir_node_new(g, "Conv");
    incir_in(g, n, in);
    incir_in(g, n, floats(4, sizes, w));
    incir_in(g, n, floats(1, &channels, b));
    incir_value *v = incir_emit(g, n);
    n = incir_node_new(g, "BatchNormalization");
    incir_in(g, n, v);
    incir_in(g, n, floats(1, &channels, gamma));
    incir_in(g, n, floats(1, &channels, beta));
    incir_in(g, n, floats(1, &channels, mean));
    incir_in(g, n, floats(1, &channels, variance));
    incir_attr_float(g, n, "epsilon", 1e-5f);
    output(incir_emit(g, n), "y");
    ck_assert(incpass_fold_batch_norm(cx, g));
    float got[8];
    inctensor_read(cx, g->main->first->inputs[1]->constant, 0, 8, got);
    ck_assert_mem_eq(got, folded_w, sizeof folded_w);
    inctensor_read(cx, g->main->first->inputs[2]->constant, 0, 4, got);
    ck_assert_mem_eq(got, folded_b, sizeof folded_b);
}
END_TEST

START_TEST(a_bias_is_made_where_there_was_none)
{
    output(batch_norm(conv(false)), "y");
    ck_assert(incpass_fold_batch_norm(cx, g));
    ck_assert_msg(strstr(dump(), "const  conv.bias: float32[2] = [99, 98.3167191]\n"), "%s",
                  dump());
}
END_TEST

START_TEST(batch_norm_stays_where_others_read_its_input)
{
    incir_value *v = conv(true);
    output(batch_norm(v), "y");
    output(incir_emit1(g, "Relu", v), "z");
    ck_assert(!incpass_fold_batch_norm(cx, g));
}
END_TEST

START_TEST(a_shared_weight_keeps_its_key)
{
    incir_value *normal = batch_norm(conv(true)), *plain = conv(true);
    output(normal, "y");
    output(plain, "z");
    ck_assert(incpass_fold_batch_norm(cx, g));
    ck_assert(!g->main->first->inputs[1]->is_parameter);
    ck_assert_str_eq(g->main->last->inputs[1]->name, "conv.weight");
}
END_TEST

/* ---- sharing ---- */

START_TEST(equal_nodes_become_one)
{
    incir_value *a = incir_emit1(g, "Relu", x), *b = incir_emit1(g, "Relu", x);
    output(incir_emit2(g, "Add", incir_emit1(g, "Exp", a), incir_emit1(g, "Exp", b)), "y");
    ck_assert(incpass_share_nodes(cx, g));
    ck_assert_str_eq(dump(), "input  x: float32[n, 3, 8, 8]\n"
                             "%1 = Relu(x) : float32[n, 3, 8, 8]\n"
                             "%2 = Exp(%1) : float32[n, 3, 8, 8]\n"
                             "y = Add(%2, %2) : float32[n, 3, 8, 8]\n"
                             "output y\n");
}
END_TEST

START_TEST(an_output_can_be_an_equal_node)
{
    incir_value *a = incir_emit1(g, "Relu", x);
    output(incir_emit1(g, "Exp", a), "y");
    output(incir_emit1(g, "Relu", x), "z");
    ck_assert(incpass_share_nodes(cx, g));
    ck_assert_str_eq(dump(), "input  x: float32[n, 3, 8, 8]\n"
                             "z = Relu(x) : float32[n, 3, 8, 8]\n"
                             "y = Exp(z) : float32[n, 3, 8, 8]\n"
                             "output y\n"
                             "output z\n");
}
END_TEST

START_TEST(random_nodes_and_outputs_stay)
{
    output(incir_emit1(g, "RandomNormalLike", x), "a");
    output(incir_emit1(g, "RandomNormalLike", x), "b");
    output(incir_emit1(g, "Relu", x), "c");
    output(incir_emit1(g, "Relu", x), "d");
    ck_assert(!incpass_share_nodes(cx, g));
}
END_TEST

START_TEST(small_constants_become_one)
{
    incir_value *a = incir_emit2(g, "Mul", x, incir_const_float(g, INCDT_F32, 0.5));
    incir_value *b = incir_emit2(g, "Sub", a, incir_const_float(g, INCDT_F32, 0.5));
    output(b, "y");
    ck_assert(incpass_share_constants(cx, g));
    ck_assert_ptr_eq(g->main->first->inputs[1], g->main->last->inputs[1]);
}
END_TEST

static const float large[200 * 100]; /* a file in memory */

static const inctensor *mapped(void)
{
    static const int64_t sizes[2] = {200, 100}, strides[2] = {100, 1};
    return inctensor_view(cx, INCDT_F32, large, sizeof large, 2, sizes, strides, 0);
}

START_TEST(tied_weights_are_one)
{
    incir_value *a = incir_constant(g, mapped(), "embedding.weight");
    incir_value *b = incir_constant(g, mapped(), "head.weight");
    output(incir_emit2(g, "Gather", a, incir_materialise(g, incir_sizes(g, x->dims, 1))), "y");
    output(incir_emit2(g, "Gather", b, incir_materialise(g, incir_sizes(g, x->dims, 1))), "z");
    ck_assert(incpass_share_constants(cx, g));
    ck_assert_str_eq(g->main->last->inputs[0]->name, "embedding.weight");
}
END_TEST

START_TEST(a_weight_is_not_written_twice_to_be_transposed)
{
    static const size_t order[2] = {1, 0};
    incir_value *a = incir_constant(g, mapped(), "embedding.weight");
    incir_value *row =
        incir_emit2(g, "Gather", a, incir_materialise(g, incir_sizes(g, x->dims, 1)));
    incir_value *y = emit_matmul(g, row, emit_transpose(g, a, order));
    output(y, "y");
    ck_assert(incpass_share_constants(cx, g));
    ck_assert_str_eq(dump(), "const  embedding.weight: float32[200, 100]\n"
                             "input  x: float32[n, 3, 8, 8]\n"
                             "%1 = Transpose(embedding.weight) {perm=[1, 0]} : float32[100, 200]\n"
                             "%2 = Shape(x) {end=1} : int64[1]\n"
                             "%3 = Gather(embedding.weight, %2) : float32[1, 100]\n"
                             "y = MatMul(%3, %1) : float32[1, 200]\n"
                             "output y\n");
}
END_TEST

/* ---- merge_chains ---- */

static incir_value *cast(incir_value *v, incdtype to)
{
    incir_node *n = incir_node_new(g, "Cast");
    incir_in(g, n, v);
    incir_attr_int(g, n, "to", incdtype_onnx(to));
    return incir_emit(g, n);
}

START_TEST(casts_that_lose_nothing_are_skipped)
{
    output(incir_emit1(g, "Relu", cast(cast(x, INCDT_F64), INCDT_F32)), "y");
    output(cast(cast(x, INCDT_I64), INCDT_F32), "z");
    ck_assert(incpass_merge_chains(cx, g));
    incpass_remove_unused(cx, g);
    ck_assert_str_eq(dump(), "input  x: float32[n, 3, 8, 8]\n"
                             "y = Relu(x) : float32[n, 3, 8, 8]\n"
                             "%1 = Cast(x) {to=7} : int64[n, 3, 8, 8]\n"
                             "z = Cast(%1) {to=1} : float32[n, 3, 8, 8]\n"
                             "output y\n"
                             "output z\n");
}
END_TEST

/* ---- names ---- */

START_TEST(names_are_those_of_torch)
{
    static const char *const scopes[] = {"/act", "/act", "/b/lin", "", ""};
    static const char *const ops[] = {"Relu", "Relu", "Exp", "Sin", "Sin"};
    incir_value *v = x;
    for (size_t i = 0; i < INC_COUNT(ops); i++) {
        g->call = incir_place_new(g, "", inc_strdup(cx, scopes[i])); /* each call has its own */
        v = incir_emit1(g, ops[i], v);
    }
    v = incir_emit2(g, "Mul", v, incir_const_float(g, INCDT_F32, 2));
    output(v, "y");
    ck_assert(incpass_name_values(cx, g));
    static const char *const names[] = {"/act/Relu", "/act_1/Relu", "/b/lin/Exp",
                                        "/Sin",      "/Sin_1",      "/Mul"};
    size_t i = 0;
    for (incir_node *n = g->main->first; n; n = n->next)
        ck_assert_str_eq(n->name, names[i++]);
    ck_assert_str_eq(g->main->first->outputs[0]->name, "/act/Relu_output_0");
    ck_assert_str_eq(g->main->last->inputs[1]->name, "/Constant_output_0");
    ck_assert_str_eq(g->main->last->outputs[0]->name, "y");
}
END_TEST

START_TEST(names_are_unique)
{
    output(incir_emit1(g, "Exp", incir_emit1(g, "Relu", x)), "/Relu_output_0");
    incpass_name_values(cx, g);
    ck_assert_str_eq(g->main->first->outputs[0]->name, "/Relu_output_0_1");
}
END_TEST

/* ---- verify ---- */

START_TEST(one_key_names_one_constant)
{
    incir_value *a = vector(NULL, 8, 1), *b = vector(NULL, 8, 2);
    a->name = b->name = "w";
    a->is_parameter = b->is_parameter = true;
    output(incir_emit2(g, "Mul", incir_emit2(g, "Mul", x, a), b), "y");
    ck_assert(incpass_name_values(cx, g));
    ck_assert_str_eq(a->name, "w");
    ck_assert_str_ne(b->name, "w");
}
END_TEST

START_TEST(what_is_broken_is_found)
{
    inc_frame frame;
    volatile bool raised = false;
    incir_value *a = incir_emit1(g, "Relu", x), *b = incir_emit1(g, "Exp", a);
    output(b, "y");
    incir_verify(g);
    incir_node_remove(a->producer);
    if (inc_try(cx, &frame)) {
        incir_verify(g);
        inc_try_end(cx, &frame);
    } else {
        raised = true;
    }
    ck_assert(raised);
    ck_assert_int_eq(cx->error.status, INC_E_INTERNAL);
}
END_TEST

/* ---- write_for_10 ---- */

START_TEST(parameters_become_attributes_for_10)
{
    g->opset = 11;
    incir_node *n = incir_node_new(g, "Clip");
    incir_in(g, n, x);
    incir_in(g, n, incir_const_float(g, INCDT_F32, 0));
    incir_in(g, n, incir_const_float(g, INCDT_F32, 6));
    incir_value *y = incir_emit(g, n);
    n = incir_node_new(g, "Pad");
    incir_in(g, n, y);
    const int64_t pads[8] = {0, 0, 1, 2, 0, 0, 3, 4}, two[] = {-2, -1};
    incir_in(g, n, incir_const_i64s(g, pads, 8));
    incir_in(g, n, incir_const_float(g, INCDT_F32, 0.5));
    y = incir_emit(g, n);
    n = incir_node_new(g, "ReduceMean");
    incir_in(g, n, y);
    incir_attr_ints(g, n, "axes", two, 2);
    incir_attr_int(g, n, "keepdims", 0);
    y = incir_emit(g, n);
    const int64_t sizes[] = {3, 2};
    n = incir_node_new(g, "Gemm");
    incir_in(g, n, y);
    incir_in(g, n, parameter("w", 2, sizes, 1));
    output(incir_emit(g, n), "y");
    incpass_write_for_10(cx, g);
    ck_assert_uint_eq(g->opset, 10);
    ck_assert_str_eq(dump(), "const  w: float32[3, 2]\n"
                             "input  x: float32[n, 3, 8, 8]\n"
                             "%1 = Clip(x) {min=0, max=6} : float32[n, 3, 8, 8]\n"
                             "%2 = Pad(%1) {value=0.5, pads=[0, 0, 1, 2, 0, 0, 3, 4]} : "
                             "float32[n, 3, 12, 14]\n"
                             "%3 = ReduceMean(%2) {axes=[2, 3], keepdims=0} : float32[n, 3]\n"
                             "y = Gemm(%3, w, float32[0]) : float32[n, 2]\n"
                             "output y\n");
}
END_TEST

START_TEST(what_10_cannot_say_is_refused_at_once)
{
    inc_frame frame;
    g->opset = 11;
    output(incir_emit1(g, "Round", incir_emit1(g, "Relu", incir_emit1(g, "Round", x))), "y");
    output(incir_emit2(g, "Equal", x, x), "z");
    if (inc_try(cx, &frame)) {
        incpass_write_for_10(cx, g);
        ck_abort();
    }
    ck_assert_int_eq(cx->error.status, INC_E_UNSUPPORTED);
    ck_assert_msg(strstr(cx->error.message, "of Round, Equal opset 10") != NULL, "%s",
                  cx->error.message);
    ck_assert_uint_eq(g->opset, 11);
}
END_TEST

START_TEST(lists_run_on_an_empty_graph)
{
    output(x, "x");
    incpass_run(cx, g, incpass_clean_up);
    incpass_run(cx, g, incpass_finish);
    ck_assert_str_eq(dump(), "input  x: float32[n, 3, 8, 8]\noutput x\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("passes");
    TCase *all = tcase_create("passes");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, unused_nodes_go);
    tcase_add_test(all, unused_optional_outputs_go);
    tcase_add_test(all, the_first_output_stays);
    tcase_add_test(all, blocks_use_what_is_outside);
    tcase_add_test(all, batch_norm_becomes_part_of_the_convolution);
    tcase_add_test(all, folded_weights_are_those_of_pytorch);
    tcase_add_test(all, a_bias_is_made_where_there_was_none);
    tcase_add_test(all, batch_norm_stays_where_others_read_its_input);
    tcase_add_test(all, a_shared_weight_keeps_its_key);
    tcase_add_test(all, equal_nodes_become_one);
    tcase_add_test(all, an_output_can_be_an_equal_node);
    tcase_add_test(all, random_nodes_and_outputs_stay);
    tcase_add_test(all, small_constants_become_one);
    tcase_add_test(all, tied_weights_are_one);
    tcase_add_test(all, a_weight_is_not_written_twice_to_be_transposed);
    tcase_add_test(all, casts_that_lose_nothing_are_skipped);
    tcase_add_test(all, names_are_those_of_torch);
    tcase_add_test(all, names_are_unique);
    tcase_add_test(all, one_key_names_one_constant);
    tcase_add_test(all, what_is_broken_is_found);
    tcase_add_test(all, parameters_become_attributes_for_10);
    tcase_add_test(all, what_10_cannot_say_is_refused_at_once);
    tcase_add_test(all, lists_run_on_an_empty_graph);
    suite_add_tcase(suite, all);
    return tst_run(suite);
}
