/* SPDX-License-Identifier: Apache-2.0 */
/* What check finds in an ONNX file, for its own words, JSON and the report. */
#ifndef CHECK_H
#define CHECK_H

#include "command.h"
#include "onnx_file.h"

enum { MOST_FINDINGS = 64 };

/* A group of quantized operators, as ONNX Runtime's CPU provider looks for them. */
typedef struct quant_group {
    const onnx_node *node; /* the operator in the middle */
    bool is_fused;
    char why[128]; /* what keeps it from being fused */
} quant_group;

typedef struct findings {
    char problems[MOST_FINDINGS][256];
    size_t n_problems; /* more than are kept, perhaps */
    quant_group *groups;
    size_t n_groups, n_fused;
    const char *lowest; /* ONNX Runtime that loads it: "1.7" */
    char runtime[64];   /* that has loaded it here; "": none */
    char refused[512];  /* what it says where it does not */
} findings;

/* check_groups.c: finds the groups of a graph and whether each is fused. */
void find_groups(const onnx_file *f, findings *found);
/* check_onnx.c */
/* EXIT_OK, or the exit status; f has to be closed in any case. */
int open_onnx(onnx_file *f, const char *path);
void check_file(const options *o, const char *path, const onnx_file *f, findings *found);
void findings_free(findings *found);
int check_onnx(const options *o);
int check_command(const options *o);

#endif
