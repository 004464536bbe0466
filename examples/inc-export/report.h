/* SPDX-License-Identifier: Apache-2.0 */
/* The page of a report. */
#ifndef REPORT_H
#define REPORT_H

#include "check.h"
#include "verify.h"

typedef struct page {
    const char *model, *path; /* model: NULL for none */
    onnx_file file;
    findings *found;
    const verification *proof; /* NULL: not verified */
    const inc_report *plan;    /* NULL: no model, or it cannot be exported as the file was */
} page;

void html_text(FILE *to, const char *text);
/* plan: of the export; NULL: that which the file was verified with. */
int write_report(const options *o, const char *model, const char *onnx, const char *html,
                 const verification *proof, const inc_report *plan);
int report_command(const options *o);

/* html.c */
extern const char page_style[];
void heading(FILE *to, const char *text);
void cell(FILE *to, const char *text); /* of a table, in the letters of code */
void card(FILE *to, const char *what, const char *value);
const char *size_text(double bytes, char *text, size_t size); /* "1.2 MB" */
const char *last_part(const char *path);

#endif
