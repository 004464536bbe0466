/* SPDX-License-Identifier: Apache-2.0 */
/* docs/operators.md, from the operator tables: without an argument it is printed; with the file as
 * an argument the two are compared. */
#include "ops/call/op.h"
#include "ops/call/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 4096, MOST_TEXT = 1 << 18 };

/* An operator: all its overloads. */
typedef struct entry {
    char name[96];
    size_t n_overloads;
    unsigned since;
    unsigned quantization;
    bool is_view;
} entry;

typedef struct text {
    char bytes[MOST_TEXT];
    size_t n;
} text;

static void add(text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->bytes + t->n, MOST_TEXT - t->n, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= MOST_TEXT - t->n)
        abort();
    t->n += (size_t)n;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

static void read_row(entry *e, const incop_row *row)
{
    size_t n = strcspn(row->schema, ".(");
    snprintf(e->name, sizeof e->name, "%.*s", (int)n, row->schema);
    e->n_overloads = 1;
    e->since = row->since;
    e->quantization = row->quantization;
    e->is_view = row->view != INCOP_VIEW_NONE && row->view != INCOP_VIEW_KEEPS_ORDER;
}

/* Sorted, the overloads of one name together; returns how many names there are. */
static size_t collect(entry *entries)
{
    size_t n = 0, kept = 0;
    for (size_t f = 0; f < incop_n_families; f++)
        for (size_t i = 0; i < incop_families[f]->n && n < MOST_ROWS; i++)
            if (strncmp(incop_families[f]->rows[i].schema, "inc::", 5) != 0) /* no PyTorch's */
                read_row(&entries[n++], &incop_families[f]->rows[i]);
    qsort(entries, n, sizeof *entries, compare);
    for (size_t i = 0; i < n; i++) {
        entry *last = kept ? &entries[kept - 1] : NULL;
        if (!last || strcmp(last->name, entries[i].name) != 0) {
            entries[kept++] = entries[i];
            continue;
        }
        last->n_overloads++;
        last->is_view |= entries[i].is_view;
        last->since = entries[i].since < last->since ? entries[i].since : last->since;
    }
    return kept;
}

static const char *on_quantized(unsigned flags)
{
    return flags & INCOP_Q_INT8        ? "computes on integers"
           : flags & INCOP_Q_OWN       ? "takes them"
           : flags & INCOP_Q_SAME      ? "keeps scale and zero point"
           : flags & INCOP_Q_UNIT      ? "scale 1/256"
           : flags & INCOP_Q_SYMMETRIC ? "scale 2/256"
                                       : "";
}

static void write_table(text *t, const entry *entries, size_t n)
{
    char namespace[32] = "";
    for (size_t i = 0; i < n; i++) {
        const entry *e = &entries[i];
        size_t length = strcspn(e->name, ":");
        if (strncmp(namespace, e->name, length) != 0 || namespace[length]) {
            snprintf(namespace, sizeof namespace, "%.*s", (int)length, e->name);
            add(t,
                "\n## %s\n\n| operator | opset | on quantized tensors | notes "
                "|\n|---|---|---|---|\n",
                namespace);
        }
        add(t, "| %s |", e->name + length + 2);
        if (e->since == INCOP_ANY_OPSET)
            add(t, " |");
        else
            add(t, " %u |", e->since);
        add(t, " %s |", on_quantized(e->quantization));
        add(t, " %s%s", e->is_view ? "view" : "", e->is_view && e->n_overloads > 1 ? ", " : "");
        if (e->n_overloads > 1)
            add(t, "%zu overloads", e->n_overloads);
        add(t, " |\n");
    }
}

static void write_all(text *t)
{
    static entry entries[MOST_ROWS];
    size_t n = collect(entries);
    add(t,
        "# Operators\n\n"
        "The %zu operators of PyTorch that are exported, from the tables of `lib/ops/` by\n"
        "`build/tests/ops/operators > docs/operators.md`. In-place forms (`add_`) and `out=` forms "
        "come with each.\n\n"
        "Where an opset stands, lower ones are refused; else any opset from 11 on will do. Forms "
        "of "
        "an operator that\nneed a later one, and those that ONNX cannot say, are refused with what "
        "they need. An operator without an entry\nunder \"on quantized tensors\" is refused on "
        "these, as PyTorch refuses it.\n\n"
        "Sizes may be 0 or 1 when the model runs, where PyTorch has an answer there. Three things "
        "differ in ONNX\nRuntime then: the mean of no elements is 0, not NaN; `TopK` (`sort`, "
        "`topk`, "
        "`argsort`) crashes where\nthere are no rows to sort; and a product of matrices whose "
        "second "
        "operand alone has a batch fails where the\nbatch is empty. Whether a dynamic axis is "
        "broadcast, or makes fewer chunks than asked for, is as in the example;\neach of these "
        "is warned of.\n\n"
        "Whether `squeeze()` drops a dynamic axis is decided when the model runs, in TorchScript "
        "files: what follows is\nexported for both ranks, in an If. An output whose rank follows "
        "has it then, as in PyTorch; the file can only\ndeclare one, the example's, which a "
        "warning says. More than three sizes that decide so, or what cannot be exported\nfor "
        "both ranks, is as in the example, with a warning; so are `.pt2` files, whose ranges of "
        "sizes say which it is.\n",
        n);
    write_table(t, entries, n);
    add(t,
        "\n## Refused on purpose\n\n"
        "- Dropout in training, also that of attention (`dropout_p`): the answers are random, and "
        "the model was meant to be\n  in `eval()`.\n"
        "- What computes gradients (`…_backward`): the model's outputs are exported, not its "
        "training.\n"
        "- Sparse, nested and named tensors, and `set_`, which puts another memory under a tensor: "
        "ONNX has nothing like\n  them.\n"
        "- Eigenvalues of matrices that are not symmetric (`linalg.eig`), and what hands over "
        "LAPACK's inner forms\n  (`geqrf`, `ormqr`, `ldl_factor`): write the factors themselves, "
        "as `linalg.qr`, `linalg.lu` and `linalg.eigh` do.\n"
        "- The bits of numbers (`nextafter`, `view` between types of unlike sizes): ONNX's "
        "operators do not show\n  them.\n"
        "- Lists whose length only the data tells, as a model's output (`tensor_split` into a "
        "number of parts that is an\n  input): an ONNX model has a fixed number of outputs.\n");
}

static int compare_with(const text *t, const char *path)
{
    static text file;
    FILE *f = fopen(path, "rb");
    if (!f)
        return fprintf(stderr, "%s cannot be read\n", path), 1;
    file.n = fread(file.bytes, 1, MOST_TEXT - 1, f);
    fclose(f);
    if (file.n == t->n && memcmp(file.bytes, t->bytes, t->n) == 0)
        return 0;
    size_t i = 0, line = 1;
    for (; i < t->n && i < file.n && t->bytes[i] == file.bytes[i]; i++)
        line += t->bytes[i] == '\n';
    fprintf(stderr,
            "%s:%zu is not what the tables say: build/tests/ops/operators > docs/operators.md\n",
            path, line);
    return 1;
}

int main(int argc, char **argv)
{
    static text t;
    write_all(&t);
    if (argc > 1)
        return compare_with(&t, argv[1]);
    fwrite(t.bytes, 1, t.n, stdout);
    return 0;
}
