/* SPDX-License-Identifier: Apache-2.0 */
/* The wrapper that the numeric tests stand on: a model written out by hand must give its answer. */
#include "../support/ort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* y = x + x, float, x of any length: ModelProto { ir_version 7, opset 13, graph }. */
static const unsigned char add_model[] =
    "\x08\x07"                            /* ir_version */
    "\x3a\x37"                            /* graph, 55 bytes */
    "\x0a\x0e"                            /* node, 14 bytes */
    "\x0a\x01x\x0a\x01x\x12\x01y\x22\x03" /* inputs x, x; output y; op_type */
    "Add"                                 /* */
    "\x12\x01g"                           /* graph name */
    "\x5a\x10\x0a\x01x\x12\x0b\x0a\x09"   /* input x: tensor type, 9 bytes */
    "\x08\x01\x12\x05\x0a\x03\x12\x01n"   /* float, shape [n] */
    "\x62\x10\x0a\x01y\x12\x0b\x0a\x09"   /* output y */
    "\x08\x01\x12\x05\x0a\x03\x12\x01n"   /* the same */
    "\x42\x04\x0a\x00\x10\x0d";           /* opset_import: "", 13 */

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    return 1;
}

static int check_sum(tst_ort *ort)
{
    const int64_t dims[] = {3};
    const float values[] = {1.0F, -2.5F, 4.0F};
    char why[512] = "";
    tst_tensors in = {0};
    tst_tensors out = {0};
    tst_tensors want = {0};
    int status = 1;
    tst_ort_session *session = tst_ort_load(ort, add_model, sizeof add_model - 1, why, sizeof why);

    if (session == NULL)
        return fail("load", why);
    tst_tensor *x = tst_tensors_add(&in, "x", TST_FLOAT, 1, dims);
    tst_tensor *twice = tst_tensors_add(&want, "y", TST_FLOAT, 1, dims);
    memcpy(x->data, values, sizeof values);
    for (int i = 0; i < 3; i++)
        ((float *)twice->data)[i] = 2.0F * values[i];
    if (!tst_ort_run(session, &in, &out, why, sizeof why))
        status = fail("run", why);
    else if (out.count != 1 ||
             !tst_tensor_close(&want.items[0], &out.items[0], 0.0, 0.0, why, sizeof why))
        status = fail("result", why);
    else if (tst_tensor_close(&in.items[0], &out.items[0], 1e-3, 1e-4, why, sizeof why))
        status = fail("comparison", "took a wrong value for right");
    else
        status = 0;
    tst_tensors_free(&in);
    tst_tensors_free(&out);
    tst_tensors_free(&want);
    tst_ort_unload(session);
    return status;
}

static int check_refusal(tst_ort *ort)
{
    char why[512] = "";
    tst_ort_session *session = tst_ort_load(ort, "no model", 8, why, sizeof why);

    tst_ort_unload(session);
    return session != NULL || why[0] == 0 ? fail("refusal", "a broken model was loaded") : 0;
}

int main(int argc, char **argv)
{
    char why[512] = "";
    tst_ort *ort = tst_ort_open(argc > 1 ? argv[1] : NULL, why, sizeof why);
    int status;

    if (ort == NULL) {
        fprintf(stderr, "skipped: %s\n", why);
        return 77;
    }
    printf("ONNX Runtime %s\n", tst_ort_version(ort));
    status = check_sum(ort) | check_refusal(ort);
    tst_ort_close(ort);
    return status;
}
