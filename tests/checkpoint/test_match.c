/* SPDX-License-Identifier: Apache-2.0 */
/* Matching by itself: which calls ran on integers, and with which scales, as far as the names of
 * the scales say. A case is a list of calls whose kinds are given, as classify.c would find them,
 * and the keys that the state_dict has; the result is a line for every call and for every float
 * value that a quantized one reads. No operator and no file is involved. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../support/suite.h"
#include "base/str.h"
#include "checkpoint/plan.h"

enum { MOST_CALLS = 6, MOST_SCALES = 6 };

typedef struct call_row {
    const char *scope; /* the module that the call is in; of a product, the module itself */
    incckpt_kind kind;
    const char *reads; /* letters: of calls before, or of inputs of the model */
    char gives;
} call_row;

typedef struct match_case {
    const char *name;
    call_row calls[MOST_CALLS];
    const char *scales[MOST_SCALES]; /* "act#0": of functions; "input conv#0": of what conv reads */
    const char *result;
    size_t n_misfits;
} match_case;

static const match_case cases[] = {
    {"results of functions are numbered in the order of their scope",
     {{"", INCCKPT_FUNCTION, "x", 'a'}, {"", INCCKPT_FUNCTION, "a", 'b'}},
     {"input #0", "#0", "#1"},
     "a: #0\nb: #1\nx read with input #0\n",
     0},
    {"each scope has numbers of its own",
     {{"one", INCCKPT_FUNCTION, "x", 'a'},
      {"two", INCCKPT_FUNCTION, "a", 'b'},
      {"one", INCCKPT_FUNCTION, "b", 'c'}},
     {"input one#0", "one#0", "one#1", "two#0"},
     "a: one#0\nb: two#0\nc: one#1\nx read with input one#0\n",
     0},
    {"a module's result has the scale of the module, its input one that is named after it",
     {{"conv", INCCKPT_PRODUCT, "x", 'a'}, {"", INCCKPT_FUNCTION, "a", 'b'}},
     {"input conv#0", "#0"},
     "a: conv\nb: #0\nx read with input conv#0\n",
     0},
    {"a function whose scale is missing ran in float",
     {{"conv", INCCKPT_PRODUCT, "x", 'a'}, {"head", INCCKPT_FUNCTION, "a", 'b'}},
     {"input conv#0"},
     "a: conv\nb: float\nx read with input conv#0\n",
     0},
    {"all behind a function in float have other numbers, and are counted again",
     {{"", INCCKPT_PRODUCT, "x", 'a'},
      {"act", INCCKPT_FUNCTION, "a", 'b'},
      {"fc", INCCKPT_PRODUCT, "b", 'c'}},
     {"input #0", "input fc#0"},
     "a: \nb: float\nc: fc\nx read with input #0\nb read with input fc#0\n",
     0},
    {"what shares its input's qparams has none of its own",
     {{"conv", INCCKPT_PRODUCT, "x", 'a'},
      {"", INCCKPT_SHARED, "a", 'b'},
      {"fc", INCCKPT_PRODUCT, "b", 'c'}},
     {"input conv#0"},
     "a: conv\nb: shared\nc: fc\nx read with input conv#0\n",
     0},
    {"a scale of a module's input says that what gives it ran in float",
     {{"conv", INCCKPT_PRODUCT, "x", 'a'},
      {"", INCCKPT_SHARED, "a", 'b'},
      {"fc", INCCKPT_PRODUCT, "b", 'c'}},
     {"input conv#0", "input fc#0"},
     "a: conv\nb: float\nc: fc\nx read with input conv#0\nb read with input fc#0\n",
     0},
    {"a function of fixed range whose result no quantized one reads ran in float",
     {{"conv", INCCKPT_PRODUCT, "x", 'a'}, {"", INCCKPT_FIXED, "a", 'b'}},
     {"input conv#0"},
     "a: conv\nb: float\nx read with input conv#0\n",
     0},
    {"and is quantized where one reads it",
     {{"conv", INCCKPT_PRODUCT, "x", 'a'},
      {"", INCCKPT_FIXED, "a", 'b'},
      {"fc", INCCKPT_PRODUCT, "b", 'c'}},
     {"input conv#0"},
     "a: conv\nb: fixed\nc: fc\nx read with input conv#0\n",
     0},
    {"a float value that a quantized call reads has the number of the scope that gives it",
     {{"norm", INCCKPT_FLOAT, "x", 'a'}, {"fc", INCCKPT_PRODUCT, "a", 'b'}},
     {"norm#0"},
     "a: float\nb: fc\na read with norm#0\n",
     0},
    {"a value is observed once, however many read it",
     {{"one", INCCKPT_PRODUCT, "x", 'a'}, {"two", INCCKPT_PRODUCT, "x", 'b'}},
     {"input one#0"},
     "a: one\nb: two\nx read with input one#0\n",
     0},
    {"operands that are both data are both quantized",
     {{"one", INCCKPT_FLOAT, "x", 'a'}, {"add", INCCKPT_FUNCTION, "ax", 'b'}},
     {"one#0", "input add#0", "add#0"},
     "a: float\nb: add#0\nx read with input add#0\na read with one#0\n",
     0},
    {"a scale that nothing has is a misfit",
     {{"conv", INCCKPT_PRODUCT, "x", 'a'}},
     {"input conv#0", "other#0"},
     "a: conv\nx read with input conv#0\n",
     1},
    {"so is a value that lacks one",
     {{"conv", INCCKPT_PRODUCT, "x", 'a'}},
     {NULL},
     "a: conv\nx read with nothing\n",
     1},
};

/* ---- building ---- */

static inccx *cx;
static incir_graph *g;
static incir_value *values[128]; /* by letter */

static void set_up(void)
{
    cx = inccx_new(NULL);
    memset(values, 0, sizeof values);
}

static void tear_down(void)
{
    inccx_free(cx);
}

static incir_value *value_of(char letter)
{
    if (!values[(int)letter]) {
        const incsym *dims[1] = {incsym_int(g->syms, 4)};
        const char name[2] = {letter, '\0'};
        values[(int)letter] = incir_input(g, inc_strdup(cx, name), INCDT_F32, 1, dims);
        incir_block_add_input(g, g->main, values[(int)letter]);
    }
    return values[(int)letter];
}

static void emit(const call_row *row)
{
    incir_value *in[2] = {value_of(row->reads[0]),
                          value_of(row->reads[1] ? row->reads[1] : row->reads[0])};
    incir_call *place = g->call;
    g->call = incir_place_new(g, row->scope, "");
    g->call = incir_call_new(g, "test::call");
    incir_node *n = incir_node_new(g, row->reads[1] ? "Add" : "Abs");
    for (size_t i = 0; i < strlen(row->reads); i++)
        incir_in(g, n, in[i]);
    values[(int)row->gives] = incir_emit_kept(g, n);
    g->call = place;
}

static incckpt *checkpoint_with(const match_case *m)
{
    incckpt *c = INC_NEW(cx, incckpt);
    incmap **tables[] = {&c->modules, &c->wrapped, &c->inputs, &c->functions,
                         &c->packed,  &c->layers,  &c->plain,  &c->float_modules};
    for (size_t i = 0; i < INC_COUNT(tables); i++)
        *tables[i] = incmap_new(cx);
    for (size_t i = 0; i < MOST_SCALES && m->scales[i]; i++) {
        static const char input[] = "input ";
        bool is_input = incstr_starts(m->scales[i], input);
        incckpt_qparams *q = INC_NEW(cx, incckpt_qparams);
        *q = (incckpt_qparams){.key = m->scales[i], .scale = 0.1 * (double)(i + 1)};
        q->has_scale = q->has_zero_point = true;
        incmap_set_str(cx, is_input ? c->inputs : c->functions,
                       m->scales[i] + (is_input ? strlen(input) : 0), q);
    }
    return c;
}

/* What classify.c finds. */
static void set_kind(incckpt_plan *p, incckpt_step *s, const call_row *row)
{
    s->kind = row->kind;
    s->scope = s->float_scope = s->reader = row->scope;
    s->data = s->first->inputs[0];
    s->result = s->last->outputs[0];
    s->quantization = row->reads[1] ? INCOP_FX_ALL_INPUTS : 0;
    if (row->kind == INCCKPT_PRODUCT) {
        s->module = incckpt_module_named(cx, p->c, row->scope, row->scope);
        s->module->output = (incckpt_qparams){.key = row->scope, .scale = 0.01, .has_scale = true};
    }
}

static incckpt_plan *plan_of(const match_case *m)
{
    size_t n = 0;
    g = incir_graph_new(cx, 17);
    for (; n < MOST_CALLS && m->calls[n].reads; n++)
        emit(&m->calls[n]);
    incir_block_add_output(g, g->main, values[(int)m->calls[n - 1].gives]);
    incckpt_plan *p = incckpt_plan_new(cx, checkpoint_with(m), g);
    ck_assert_uint_eq(p->n_steps, n);
    for (size_t i = 0; i < n; i++)
        set_kind(p, &p->steps[i], &m->calls[i]);
    return p;
}

/* ---- showing ---- */

static const char *show_step(const incckpt_step *s)
{
    if (s->is_float || s->kind == INCCKPT_FLOAT)
        return "float";
    if (s->qparams)
        return s->qparams->key;
    return s->module                   ? s->module->output.key
           : s->kind == INCCKPT_SHARED ? "shared"
           : s->kind == INCCKPT_FIXED  ? "fixed"
                                       : "nothing";
}

static bool is_read_on_integers(const incckpt_plan *p, const incir_value *v)
{
    for (size_t i = 0; i < p->n_steps; i++)
        for (size_t k = 0; k < p->steps[i].first->n_inputs; k++)
            if (p->steps[i].first->inputs[k] == v && incckpt_takes_integers(p, &p->steps[i], v))
                return true;
    return false;
}

static const char *show(const incckpt_plan *p, const match_case *m)
{
    incstr out = {0};
    for (size_t i = 0; i < p->n_steps; i++)
        incstr_addf(cx, &out, "%c: %s\n", m->calls[i].gives, show_step(&p->steps[i]));
    for (const char *at = "xabcdef"; *at; at++) {
        const incir_value *v = values[(int)*at];
        const incckpt_step *maker = v ? incckpt_maker_of(p, v) : NULL;
        bool is_float = !maker || maker->is_float || maker->kind == INCCKPT_FLOAT;
        if (v && is_float && is_read_on_integers(p, v))
            incstr_addf(cx, &out, "%c read with %s\n", *at,
                        p->qparams[v->id] ? p->qparams[v->id]->key : "nothing");
    }
    return incstr_text(&out);
}

/* ---- tests ---- */

/* The result, or the message of what was raised. */
static const char *matched(const match_case *m, int times, size_t *n_misfits)
{
    inc_frame frame;
    if (!inc_try(cx, &frame))
        return cx->error.message;
    incckpt_plan *p = plan_of(m);
    for (int i = 0; i < times; i++)
        *n_misfits = incckpt_match(p).n_misfits;
    const char *result = show(p, m);
    inc_try_end(cx, &frame);
    return result;
}

START_TEST(calls_are_matched)
{
    const match_case *m = &cases[_i];
    size_t n_misfits = 0;
    const char *result = matched(m, 1, &n_misfits);
    ck_assert_msg(strcmp(result, m->result) == 0, "%s:\n%s", m->name, result);
    ck_assert_msg(n_misfits == m->n_misfits, "%s: %zu misfits", m->name, n_misfits);
}
END_TEST

/* Rounds end at a fixpoint. */
START_TEST(matching_again_changes_nothing)
{
    size_t n_misfits = 0;
    const char *result = matched(&cases[_i], 2, &n_misfits);
    ck_assert_msg(strcmp(result, cases[_i].result) == 0, "%s:\n%s", cases[_i].name, result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("match");
    TCase *tests = tcase_create("cases");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, calls_are_matched, 0, (int)INC_COUNT(cases));
    tcase_add_loop_test(tests, matching_again_changes_nothing, 0, (int)INC_COUNT(cases));
    suite_add_tcase(suite, tests);
    return tst_run(suite);
}
