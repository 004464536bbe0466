/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of the table, called with what only a hostile file says: sizes and counts that are
 * huge, zero or negative, tensors of the wrong rank and of enormous sizes. Each call has to end
 * soon, in a result or an error, whatever the arguments; the sanitizers see to the rest. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../support/suite.h"
#include "ops/call/op.h"
#include "ops/call/schema.h"

enum { MEMORY = 16 << 20, WORK = 1 << 27, MOST_SECONDS = 20, MOST_VALUES = 3 };

static char running[256]; /* for the message when a call does not end */

static void on_alarm(int signal)
{
    static const char text[] = " does not end\n";
    (void)signal;
    if (write(STDERR_FILENO, running, strlen(running)) < 0 ||
        write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(2);
    _exit(1);
}

/* ---- what is given ---- */

#define HUGE ((int64_t)1 << 62)
#define LARGE ((int64_t)1 << 40)

typedef struct tensor_kind {
    bool is_constant; /* all elements the same, not an input */
    incdtype dtype;
    size_t rank;
    int64_t sizes[4]; /* -1: dynamic */
} tensor_kind;

static const tensor_kind tensors[] = {
    {false, INCDT_F32, 4, {2, 3, 8, 8}}, {false, INCDT_F32, 0, {0}},
    {false, INCDT_I64, 1, {LARGE}},      {false, INCDT_F32, 2, {-1, 1 << 20}},
    {false, INCDT_F32, 2, {LARGE, 0}},   {false, INCDT_F32, 3, {3, (int64_t)1 << 33, 1 << 20}},
    {true, INCDT_I64, 2, {1024, 1024}},  {true, INCDT_F32, 2, {(int64_t)1 << 31, 1 << 30}},
    {true, INCDT_BOOL, 2, {1000, 1000}}, {true, INCDT_F32, 2, {LARGE, 0}},
};

/* The last two are for INC_ALL_CALLS. */
static const int64_t numbers[][MOST_VALUES] = {
    {HUGE, HUGE, HUGE}, {LARGE, 1, 2}, {1 << 20, 1 << 19, 3},
    {65536, 2, 65536},  {0, LARGE, 0}, {-1, HUGE, 0},
    {2, 3, 1},          {0, 0, 0},     {INT64_MIN, INT64_MAX, INT64_MIN},
};

static incval make_tensor(incir_graph *g, const tensor_kind *k)
{
    const incsym *dims[4] = {NULL};
    if (k->is_constant)
        return incval_tensor(incop_box_new(
            g->cx, incir_constant(g, inctensor_full(g->cx, k->dtype, k->rank, k->sizes, 3), NULL)));
    for (size_t i = 0; i < k->rank; i++)
        dims[i] = k->sizes[i] < 0 ? incsym_new(g->syms, "n", 4, 1, NULL, (int)i)
                                  : incsym_int(g->syms, k->sizes[i]);
    incir_value *v = incir_input(g, "x", k->dtype, k->rank, dims);
    for (size_t i = 0; i < k->rank; i++)
        if (k->sizes[i] < 0)
            incsym_set_origin(dims[i], v, (int)i);
    incir_block_add_input(g, g->main, v);
    return incval_tensor(incop_box_new(g->cx, v));
}

/* One value of the kind that t says; is_axis where a large number would only be refused. */
static incval make_one(incir_graph *g, const incop_type *t, incval tensor, int64_t number,
                       bool is_axis)
{
    switch (t->kind) {
    case INCOP_TENSOR:
        return tensor;
    case INCOP_INT:
    case INCOP_SCALAR:
        return incval_int(incsym_int(g->syms, is_axis ? 0 : number));
    case INCOP_FLOAT:
        return incval_float((double)number);
    case INCOP_BOOL:
        return incval_bool(number % 2 == 0);
    case INCOP_STR:
        return incval_str("none");
    case INCOP_DEVICE:
        return incval_device("cpu");
    default:
        return incval_none();
    }
}

static bool says_axis(const char *name)
{
    return strncmp(name, "dim", 3) == 0 || strcmp(name, "axis") == 0;
}

/* which: 0 gives all parameters, 1 none that has a default, 2 of those the numbers only. */
static void call_row(incir_graph *g, const incop_schema *s, const tensor_kind *kind,
                     const int64_t *values, unsigned which)
{
    incop_keyword *given = INC_NEW_N(g->cx, incop_keyword, s->n_params);
    incval tensor = make_tensor(g, kind);
    size_t n = 0, next = 0, n_results;
    char name[160];
    for (size_t i = 0; i < s->n_params; i++) {
        const incop_param *p = &s->params[i];
        bool is_number = p->type.kind == INCOP_INT || p->type.kind == INCOP_SCALAR;
        if (p->has_default && (which == 1 || (which == 2 && !is_number)))
            continue;
        size_t length = !p->type.is_list            ? 1
                        : p->type.list_size > 0     ? (size_t)p->type.list_size
                        : p->type.kind == INCOP_INT ? kind->rank
                                                    : 2;
        incval list = incval_list_new(g->cx, INCVAL_LIST), one = list;
        for (size_t k = 0; k < length; k++) {
            one = make_one(g, &p->type, tensor, values[next++ % MOST_VALUES], says_axis(p->name));
            INC_PUSH(g->cx, &list.u.list->v, one);
        }
        given[n++] = (incop_keyword){p->name, p->type.is_list ? list : one};
    }
    snprintf(name, sizeof name, "%s.%s", s->name, s->overload[0] ? s->overload : "default");
    incop_invoke(g, name, NULL, 0, given, n, &n_results);
}

static void check_row(const incop_row *row, size_t t, size_t v, unsigned which)
{
    uint32_t opset = t % 2 ? 11 : 20;
    const inc_hooks hooks = {.memory_limit = MEMORY, .work_limit = WORK};
    inccx *cx = inccx_new(&hooks);
    inc_frame frame;

    ck_assert_ptr_nonnull(cx);
    if (inc_try(cx, &frame)) {
        incir_graph *g = incir_graph_new(cx, opset);
        call_row(g, incop_schema_parse(g, row->schema), &tensors[t], numbers[v], which);
        inc_try_end(cx, &frame);
    } else { /* an internal error would be our own mistake */
        ck_assert_msg(cx->error.status != INC_E_INTERNAL, "%s: %s", running, cx->error.message);
    }
    inccx_free(cx);
}

/* Of all calls of a row one in WHICH, others for the next row; INC_ALL_CALLS in the environment:
 * all of them. */
START_TEST(every_call_ends)
{
    enum { WHICH = 3 };
    bool all = getenv("INC_ALL_CALLS") != NULL;
    size_t n_numbers = INC_COUNT(numbers) - (all ? 0 : 2);
    signal(SIGALRM, on_alarm);
    for (size_t f = 0; f < incop_n_families; f++)
        for (size_t i = 0; i < incop_families[f]->n * WHICH; i++)
            for (size_t t = 0; t < INC_COUNT(tensors); t++)
                for (size_t v = 0; v < n_numbers; v++) {
                    const incop_row *row = &incop_families[f]->rows[i / WHICH];
                    unsigned which = (unsigned)(i % WHICH);
                    if (!all && ((i / WHICH + t + v) % 3 != 0 || which != (t + v) % WHICH))
                        continue;
                    snprintf(running, sizeof running, "%.200s with tensor %zu, numbers %zu, %u",
                             row->schema, t, v, which);
                    alarm(MOST_SECONDS);
                    check_row(row, t, v, which);
                    alarm(0);
                }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hostile");
    TCase *tcase = tcase_create("rows");

    tcase_add_test(tcase, every_call_ends);
    tcase_set_timeout(tcase, 0);
    suite_add_tcase(suite, tcase);
    return tst_run(suite);
}
