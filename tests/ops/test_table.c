/* SPDX-License-Identifier: Apache-2.0 */
/* The operator table: in order, without repetition, every schema readable, and every row with a
 * recorded case, save those that uncovered.txt names. */
#include "../support/npz.h"
#include "../support/suite.h"

#include "ops/call/op.h"
#include "ops/call/schema.h"

#include <check.h>
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 4096 };

/* "aten::add.Tensor" of "aten::add.Tensor(…": what PyTorch's graphs call the operator. */
static void name_of(const char *schema, char *name, size_t size)
{
    size_t n = strcspn(schema, "(");

    ck_assert_uint_lt(n, size);
    memcpy(name, schema, n);
    name[n] = 0;
}

START_TEST(rows_are_in_order)
{
    for (size_t f = 0; f < incop_n_families; f++)
        for (size_t i = 1; i < incop_families[f]->n; i++) {
            char before[128], name[128];
            name_of(incop_families[f]->rows[i - 1].schema, before, sizeof before);
            name_of(incop_families[f]->rows[i].schema, name, sizeof name);
            ck_assert_msg(strcmp(before, name) < 0, "%s: %s before %s", incop_families[f]->name,
                          before, name);
        }
}
END_TEST

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

START_TEST(no_operator_has_two_rows)
{
    static const char *schemas[MOST_ROWS];
    size_t n = 0;

    for (size_t f = 0; f < incop_n_families; f++)
        for (size_t i = 0; i < incop_families[f]->n && n < MOST_ROWS; i++)
            schemas[n++] = incop_families[f]->rows[i].schema;
    ck_assert_uint_lt(n, MOST_ROWS);
    qsort(schemas, n, sizeof *schemas, compare_names);
    for (size_t i = 1; i < n; i++) {
        char before[128], name[128];
        name_of(schemas[i - 1], before, sizeof before);
        name_of(schemas[i], name, sizeof name);
        ck_assert_msg(strcmp(before, name) != 0, "%s is there twice", name);
    }
}
END_TEST

START_TEST(schemas_are_readable)
{
    inccx *cx = inccx_new(NULL);
    inc_frame frame;

    ck_assert_ptr_nonnull(cx);
    if (inc_try(cx, &frame)) {
        incir_graph *g = incir_graph_new(cx, 17);
        for (size_t f = 0; f < incop_n_families; f++)
            for (size_t i = 0; i < incop_families[f]->n; i++)
                ck_assert_ptr_nonnull(incop_schema_parse(g, incop_families[f]->rows[i].schema));
        inc_try_end(cx, &frame);
    } else {
        ck_abort_msg("a schema cannot be read");
    }
    inccx_free(cx);
}
END_TEST

/* ---- columns ---- */

static bool is_view(const incop_row *row)
{
    return row->view != INCOP_VIEW_NONE && row->view != INCOP_VIEW_KEEPS_ORDER;
}

/* Whether the first result shares memory with an argument. */
static bool shows_argument(const incop_schema *schema)
{
    for (size_t i = 0; schema->n_returns > 0 && i < schema->n_params; i++)
        if (schema->returns[0].alias != 0 &&
            schema->params[i].type.alias == schema->returns[0].alias)
            return true;
    return false;
}

/* Without what says how axes are stored, which has nothing to do with quantization. */
static uint32_t quantization_of(const incop_row *row)
{
    return row->quantization & ~(uint32_t)(INCOP_ORDER_KEPT | INCOP_ORDER_OWN);
}

/* What the columns of one row say of each other, and of the schema; NULL: nothing is wrong. */
static const char *mistake_in(const incop_row *row, const incop_schema *schema)
{
    bool shows = shows_argument(schema);
    bool in_place = shows && schema->returns[0].written;

    if (row->lower == NULL || row->since == 0 || row->view == 0 || row->quantization == 0)
        return "a column is not filled";
    if (row->quantization & INCOP_Q_NONE && quantization_of(row) != INCOP_Q_NONE)
        return "NONE beside something";
    if (shows && !in_place && !is_view(row))
        return "the schema says that it is a view, the row does not";
    if (!shows && is_view(row))
        return "the row says that it is a view, the schema does not";
    if (row->unview != NULL && !is_view(row))
        return "it can be written through, but is no view";
    if (row->quantization & INCOP_Q_PER_CHANNEL && !(row->quantization & INCOP_Q_SAME))
        return "qparams per channel that are not those of the argument";
    if (strncmp(schema->name, "quantized::", 11) == 0 && !(row->quantization & INCOP_Q_INT8))
        return "an operator on integers that is not said to be one";
    return NULL;
}

START_TEST(every_column_is_filled)
{
    inccx *cx = inccx_new(NULL);
    incir_graph *g = incir_graph_new(cx, 17);

    for (size_t f = 0; f < incop_n_families; f++)
        for (size_t i = 0; i < incop_families[f]->n; i++) {
            const incop_row *row = &incop_families[f]->rows[i];
            const char *mistake = mistake_in(row, incop_schema_parse(g, row->schema));
            ck_assert_msg(mistake == NULL, "%s: %s", row->schema, mistake);
        }
    inccx_free(cx);
}
END_TEST

START_TEST(overloads_agree_on_quantization)
{
    inccx *cx = inccx_new(NULL);
    incir_graph *g = incir_graph_new(cx, 17);

    for (size_t f = 0; f < incop_n_families; f++)
        for (size_t i = 0; i < incop_families[f]->n; i++) {
            const incop_row *row = &incop_families[f]->rows[i];
            const incop_row *before = i > 0 ? row - 1 : row; /* rows are in the order of names */
            bool is_overload = strcmp(incop_schema_parse(g, row->schema)->name,
                                      incop_schema_parse(g, before->schema)->name) == 0;
            ck_assert_msg(!is_overload || quantization_of(before) == quantization_of(row),
                          "%s: quantized in another way than other overloads", row->schema);
        }
    inccx_free(cx);
}
END_TEST

/* ---- coverage ---- */

typedef struct text {
    char *bytes;
    size_t size;
} text;

/* All index.tsv of the recorded archives, one after the other, commas and tabs as line ends. */
static text recorded(void)
{
    const char *folder = getenv("INC_TEST_DATA");
    char path[1024];
    text all = {calloc(1, 2), 1};
    DIR *archives;

    ck_assert_ptr_nonnull(folder);
    snprintf(path, sizeof path, "%s/ops", folder);
    archives = opendir(path);
    ck_assert_ptr_nonnull(archives);
    all.bytes[0] = '\n';
    for (struct dirent *e = readdir(archives); e != NULL; e = readdir(archives)) {
        size_t size;
        tst_zip zip;
        if (fnmatch("*.zip", e->d_name, 0) != 0)
            continue;
        snprintf(path, sizeof path, "%s/ops/%s", folder, e->d_name);
        unsigned char *archive = tst_read_file(path, &size);
        ck_assert(archive != NULL && tst_zip_open(archive, size, &zip));
        const tst_zip_entry *entry = tst_zip_find(&zip, "index.tsv");
        ck_assert_ptr_nonnull(entry);
        unsigned char *index = tst_zip_read(entry);
        all.bytes = realloc(all.bytes, all.size + entry->size + 1);
        ck_assert(all.bytes != NULL && index != NULL);
        memcpy(all.bytes + all.size, index, entry->size + 1);
        all.size += entry->size;
        free(index);
        tst_zip_close(&zip);
        free(archive);
    }
    closedir(archives);
    for (size_t i = 0; i < all.size; i++)
        if (all.bytes[i] == ',' || all.bytes[i] == '\t')
            all.bytes[i] = '\n';
    return all;
}

static bool is_recorded(const text *all, const char *name)
{
    char line[160];

    snprintf(line, sizeof line, "\n%s\n", name);
    return strstr(all->bytes, line) != NULL;
}

/* Whether a pattern of uncovered.txt fits. */
static bool is_excused(char *patterns, const char *name)
{
    for (char *line = patterns; *line != 0;) {
        size_t n = strcspn(line, "\n");
        char pattern[160];
        snprintf(pattern, sizeof pattern, "%.*s", (int)n, line);
        if (pattern[0] != '#' && fnmatch(pattern, name, 0) == 0)
            return true;
        line += n + (line[n] == '\n');
    }
    return false;
}

START_TEST(every_row_has_a_case)
{
    size_t size;
    text all = recorded();
    char *excuses = (char *)tst_read_file(getenv("INC_OPS_UNCOVERED"), &size);
    size_t n_missing = 0;

    ck_assert_ptr_nonnull(excuses);
    for (size_t f = 0; f < incop_n_families; f++)
        for (size_t i = 0; i < incop_families[f]->n; i++) {
            char name[128];
            name_of(incop_families[f]->rows[i].schema, name, sizeof name);
            if (!is_recorded(&all, name) && !is_excused(excuses, name)) {
                fprintf(stderr, "%s has no case\n", name);
                n_missing++;
            }
        }
    free(all.bytes);
    free(excuses);
    ck_assert_uint_eq(n_missing, 0);
}
END_TEST

static bool has_row(const char *wanted)
{
    for (size_t f = 0; f < incop_n_families; f++)
        for (size_t i = 0; i < incop_families[f]->n; i++) {
            char name[128];
            name_of(incop_families[f]->rows[i].schema, name, sizeof name);
            if (strcmp(name, wanted) == 0)
                return true;
        }
    return false;
}

/* quantized.txt tells of each operator of quantized models whether it is exported or refused. */
START_TEST(every_quantized_operator_is_settled)
{
    size_t size, n = 0;
    char *list = (char *)tst_read_file(getenv("INC_OPS_QUANTIZED"), &size);

    ck_assert_ptr_nonnull(list);
    for (char *line = strtok(list, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *verdict = strchr(line, ' ');
        if (line[0] == '#')
            continue;
        if (verdict != NULL)
            *verdict++ = 0;
        ck_assert_msg(has_row(line) == (verdict == NULL), "%s %s", line,
                      verdict == NULL ? "has no row" : "has a row");
        n++;
    }
    ck_assert_uint_gt(n, 200);
    free(list);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table");
    TCase *tcase = tcase_create("table");

    tcase_add_test(tcase, rows_are_in_order);
    tcase_add_test(tcase, no_operator_has_two_rows);
    tcase_add_test(tcase, schemas_are_readable);
    tcase_add_test(tcase, every_column_is_filled);
    tcase_add_test(tcase, overloads_agree_on_quantization);
    tcase_add_test(tcase, every_row_has_a_case);
    tcase_add_test(tcase, every_quantized_operator_is_settled);
    suite_add_tcase(suite, tcase);
    return tst_run(suite);
}
