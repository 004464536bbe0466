/* SPDX-License-Identifier: Apache-2.0 */
/* The table of ONNX operators: in order, found by name and by code, and every column of every row
 * filled, with values that agree with each other. */
#include "../support/suite.h"
#include "ir/onnx_ops.h"

#include "ir/quant.h"

#include <check.h>
#include <string.h>

START_TEST(rows_stand_at_their_code)
{
    ck_assert_uint_eq(incir_n_ops, INCIR_N_OPCODES);
    for (size_t i = 0; i < incir_n_ops; i++) {
        const incir_op *op = incir_op_of((incir_opcode)i);
        ck_assert_msg((size_t)op->code == i, "%s is at %zu", op->op_type, i);
    }
}
END_TEST

START_TEST(rows_are_in_order_and_found)
{
    for (size_t i = INCIR_OP_MARKER + 1; i < incir_n_ops; i++) {
        const incir_op *op = incir_op_of((incir_opcode)i), *before = op - 1;
        ck_assert_msg(strcmp(before->op_type, op->op_type) < 0, "%s before %s", before->op_type,
                      op->op_type);
        ck_assert_ptr_eq(incir_op_find("", op->op_type), op);
    }
    ck_assert_int_eq(incir_op_find("", "Nothing")->code, INCIR_OP_OTHER);
    ck_assert_int_eq(incir_op_find("com.microsoft", "Add")->code, INCIR_OP_OTHER);
    ck_assert_int_eq(incir_op_find(INCIR_QUANT_DOMAIN, "Quantized")->code, INCIR_OP_MARKER);
}
END_TEST

START_TEST(every_column_is_filled)
{
    for (size_t i = 0; i < incir_n_ops; i++) {
        const incir_op *op = incir_op_of((incir_opcode)i);
        ck_assert_msg(op->op_type && op->infer && op->fold && op->fold_when && op->work &&
                          op->outputs && op->types.from_since && op->types.before && op->opset_10 &&
                          op->kernel,
                      "a column of %s is not filled", op->op_type);
    }
}
END_TEST

START_TEST(columns_agree)
{
    for (size_t i = 0; i < incir_n_ops; i++) {
        const incir_op *op = incir_op_of((incir_opcode)i);
        bool draws = op->work == INCIR_WORK_RANDOM || op->work == INCIR_WORK_CONTROL;
        /* what differs each time is never computed at export */
        ck_assert_msg(!draws || op->fold_when == INCIR_FOLD_NEVER, "%s is folded", op->op_type);
        ck_assert_msg(op->types.since != 0 || op->types.from_since == op->types.before,
                      "%s: other types below opset 0", op->op_type);
        ck_assert_msg(op->kernel_since == 0 || op->kernel == INCIR_KERNEL_MOVES ||
                          op->kernel == INCIR_KERNEL_ORDERS,
                      "%s: an opset for a kernel that is another operator", op->op_type);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("onnx_ops");
    TCase *tcase = tcase_create("onnx_ops");

    tcase_add_test(tcase, rows_stand_at_their_code);
    tcase_add_test(tcase, rows_are_in_order_and_found);
    tcase_add_test(tcase, every_column_is_filled);
    tcase_add_test(tcase, columns_agree);
    suite_add_tcase(suite, tcase);
    return tst_run(suite);
}
