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
    const inc_report *plan;    /* NULL: not quantized, or no model */
} page;

void html_text(FILE *to, const char *text);
/* plan: of the export; NULL: the model is asked for it. */
int write_report(const options *o, const char *model, const char *onnx, const char *html,
                 const verification *proof, const inc_report *plan);
int report_command(const options *o);

#endif
