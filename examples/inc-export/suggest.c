/* SPDX-License-Identifier: Apache-2.0 */
/* What to paste when a model does not say what it is called with: its inputs by name, with types
 * and sizes that were tried on it. What is tried comes from the weights, in their order (a
 * convolution's tells the channels, a matrix the features, an embedding that indices are wanted),
 * from the names and types of the arguments, and from sizes that are usual. */
#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_GUESSES = 48, MOST_PLACES = 16, MOST_TRIALS = 400 };
#define MOST_SECONDS 1.5 /* of the processor, for all trials */

typedef struct guess {
    inc_element element;
    size_t rank;
    int64_t sizes[5];
    const char *number; /* 0-d, and what the text of its value is */
} guess;

typedef struct place {
    char name[128];
    const char *type;
    guess guesses[MOST_GUESSES];
    size_t n, chosen;
} place;

typedef struct search {
    const options *o;
    inc_model *model;
    place places[MOST_PLACES];
    size_t n;
    size_t n_trials;
    double began;
    size_t fitting[MOST_PLACES]; /* the first that can be evaluated, but not exported */
    bool has_fitting, has_state;
    bool is_over; /* a trial took all it may: others would, too */
} search;

static bool has_time(const search *s)
{
    return !s->is_over && s->n_trials < MOST_TRIALS &&
           (double)clock() / CLOCKS_PER_SEC - s->began < MOST_SECONDS;
}

static bool is_same(const guess *a, const guess *b)
{
    return a->element == b->element && a->rank == b->rank && a->number == b->number &&
           memcmp(a->sizes, b->sizes, a->rank * sizeof *a->sizes) == 0;
}

static void add(place *p, inc_element element, size_t rank, const int64_t *sizes)
{
    if (p->n == MOST_GUESSES)
        return;
    guess *g = &p->guesses[p->n];
    *g = (guess){.element = element, .rank = rank};
    memcpy(g->sizes, sizes, rank * sizeof *sizes);
    for (size_t i = 0; i < p->n; i++)
        if (is_same(&p->guesses[i], g))
            return;
    p->n++;
}

#define ADD(p, element, ...)                                                                       \
    add((p), (element), sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t),                        \
        (int64_t[]){__VA_ARGS__})

static bool has(const char *text, const char *part)
{
    return text && strstr(text, part);
}

/* ---- what may fit ---- */

static void guess_from_weight(place *p, const inc_weight *w)
{
    const int64_t *s = w->shape;
    if (w->rank == 4) {
        ADD(p, INC_ELEMENT_FLOAT32, 1, s[1], 224, 224);
        ADD(p, INC_ELEMENT_FLOAT32, 1, s[1], 32, 32);
        ADD(p, INC_ELEMENT_FLOAT32, 1, s[1], 28, 28);
        ADD(p, INC_ELEMENT_FLOAT32, 1, s[1], 8, 8);
        ADD(p, INC_ELEMENT_FLOAT32, 1, s[0], 28, 28);
    } else if (w->rank == 3) {
        ADD(p, INC_ELEMENT_FLOAT32, s[0] > 0 ? s[0] : 1, s[1] > 0 ? s[1] : 1, s[2] > 0 ? s[2] : 1);
        ADD(p, INC_ELEMENT_FLOAT32, 1, s[1], 100);
        ADD(p, INC_ELEMENT_FLOAT32, 1, s[0], 100);
    } else if (w->rank == 5) {
        ADD(p, INC_ELEMENT_FLOAT32, 1, s[1], 16, 32, 32);
    } else if (w->rank == 2) {
        ADD(p, INC_ELEMENT_FLOAT32, 1, s[1]);
        ADD(p, INC_ELEMENT_FLOAT32, 1, 16, s[1]);
        ADD(p, INC_ELEMENT_FLOAT32, 1, 1, s[1]);
        ADD(p, INC_ELEMENT_FLOAT32, s[1]);
        ADD(p, INC_ELEMENT_INT64, 1, 16);
    } else if (w->rank == 1 && s[0] > 1) {
        ADD(p, INC_ELEMENT_FLOAT32, 1, s[0]);
        ADD(p, INC_ELEMENT_FLOAT32, 2, s[0]);
        ADD(p, INC_ELEMENT_FLOAT32, 1, s[0], 16, 16);
    }
}

static void guess_usual(place *p)
{
    ADD(p, INC_ELEMENT_FLOAT32, 1, 3, 224, 224);
    ADD(p, INC_ELEMENT_FLOAT32, 1, 16);
    ADD(p, INC_ELEMENT_INT64, 1, 16);
    ADD(p, INC_ELEMENT_FLOAT32, 2, 3);
    ADD(p, INC_ELEMENT_FLOAT32, 1, 16, 16);
    ADD(p, INC_ELEMENT_FLOAT32, 1, 1, 28, 28);
    ADD(p, INC_ELEMENT_FLOAT32, 4, 4);
    ADD(p, INC_ELEMENT_FLOAT32, 2, 3, 4);
    ADD(p, INC_ELEMENT_FLOAT32, 2, 4, 4, 8);
    ADD(p, INC_ELEMENT_FLOAT32, 16);
    ADD(p, INC_ELEMENT_INT64, 4);
    ADD(p, INC_ELEMENT_BOOL, 1, 16);
}

static void guess_from_name(place *p)
{
    if (has(p->name, "len")) {
        ADD(p, INC_ELEMENT_INT64, 1);
    } else if (has(p->name, "ids") || has(p->name, "token") || has(p->name, "idx") ||
               has(p->name, "index")) {
        ADD(p, INC_ELEMENT_INT64, 1, 16);
        ADD(p, INC_ELEMENT_INT64, 16);
    } else if (has(p->name, "mask")) {
        ADD(p, INC_ELEMENT_INT64, 1, 16);
        ADD(p, INC_ELEMENT_BOOL, 1, 16);
        ADD(p, INC_ELEMENT_FLOAT32, 1, 16);
    }
}

static void guess_number(place *p)
{
    guess *g = &p->guesses[p->n++];
    *g = (guess){.element = has(p->type, "bool")    ? INC_ELEMENT_BOOL
                            : has(p->type, "float") ? INC_ELEMENT_FLOAT64
                                                    : INC_ELEMENT_INT64,
                 .number = has(p->type, "bool")    ? "true"
                           : has(p->type, "float") ? "1.0"
                                                   : "2"};
}

/* What is kept between calls has the rows of what comes in: of two matrices, those of one with the
 * columns of the other. */
static void guess_rows(const search *s, place *p)
{
    enum { MOST_ROWS = 64, MOST_LOOKED_AT = 6 };
    size_t n = inc_model_n_weight_tensors(s->model);
    for (size_t i = 0; i < n && i < MOST_LOOKED_AT; i++)
        for (size_t k = 0; k < n && k < MOST_LOOKED_AT; k++) {
            const inc_weight *a = inc_model_weight_tensor(s->model, i);
            const inc_weight *b = inc_model_weight_tensor(s->model, k);
            if (i != k && a->rank == 2 && b->rank == 2 && a->shape[0] <= MOST_ROWS)
                ADD(p, INC_ELEMENT_FLOAT32, a->shape[0], b->shape[1]);
        }
}

static void fill_place(search *s, place *p)
{
    enum { MOST_WEIGHTS = 6 };
    size_t n = inc_model_n_weight_tensors(s->model), n_used = 0;
    bool is_tensor = !p->type || has(p->type, "Tensor") || strcmp(p->type, "Any") == 0;

    if (!is_tensor) {
        guess_number(p);
        return;
    }
    guess_from_name(p);
    for (size_t i = 0; i < n && n_used < MOST_WEIGHTS; i++) {
        const inc_weight *w = inc_model_weight_tensor(s->model, i);
        n_used += w->rank > 1;
        if (w->rank > 1)
            guess_from_weight(p, w);
    }
    for (size_t i = 0; i < n && n_used == 0 && i < MOST_WEIGHTS; i++)
        guess_from_weight(p, inc_model_weight_tensor(s->model, i));
    guess_usual(p);
    guess_rows(s, p);
}

/* One place for a tensor or number, one for each item of a tuple, two for a list. False: an
 * argument that no --input can give. */
static bool add_argument(search *s, const char *name, const char *type)
{
    size_t n = 1;
    bool is_sequence = has(type, "List[") || has(type, "Tuple[");
    if (has(type, "Dict[") || has(type, "__torch__"))
        return false;
    if (is_sequence) {
        n = 2;
        for (const char *c = strstr(type, "Tuple["); c && *c; c++)
            n += *c == ',';
        if (has(type, "Tuple["))
            n--;
    }
    for (size_t i = 0; i < n; i++) {
        if (s->n == MOST_PLACES)
            return false;
        place *p = &s->places[s->n++];
        p->type = type;
        if (is_sequence)
            snprintf(p->name, sizeof p->name, "%.100s_%zu", name, i);
        else
            snprintf(p->name, sizeof p->name, "%.100s", name);
        fill_place(s, p);
    }
    return true;
}

/* ---- trying ---- */

static bool fits(search *s)
{
    static const int64_t one = 2;
    static const double real = 1;
    static const unsigned char yes = 1;
    inc_tensor tensors[MOST_PLACES];
    inc_report *report = NULL;
    Torch2ONNXConfig config = s->o->config;

    memset(tensors, 0, sizeof tensors);
    for (size_t i = 0; i < s->n; i++) {
        const guess *g = &s->places[i].guesses[s->places[i].chosen];
        tensors[i] = (inc_tensor){
            .name = s->places[i].name, .shape = g->sizes, .rank = g->rank, .element = g->element};
        if (g->number)
            tensors[i].data = g->element == INC_ELEMENT_INT64     ? (const void *)&one
                              : g->element == INC_ELEMENT_FLOAT64 ? (const void *)&real
                                                                  : (const void *)&yes;
    }
    config.example_inputs = tensors;
    config.n_example_inputs = s->n;
    if (config.state == INC_STATE_FAIL && !is_given(s->o, "state"))
        config.state = INC_STATE_IO;
    s->n_trials++;
    inc_status status = inc_plan(s->model, &config, &report, NULL);
    s->has_state = inc_report_n_states(report) > 0 && config.state != s->o->config.state;
    inc_report_free(report);
    if (status == INC_E_UNSUPPORTED && !s->has_fitting) {
        s->has_fitting = true;
        for (size_t i = 0; i < s->n; i++)
            s->fitting[i] = s->places[i].chosen;
    }
    s->is_over = status == INC_E_LIMIT || status == INC_E_CANCELLED;
    return status == INC_OK;
}

/* The next combination, the last place counting fastest; false after the last. */
static bool advance(search *s)
{
    for (size_t i = s->n; i-- > 0;) {
        if (++s->places[i].chosen < s->places[i].n)
            return true;
        s->places[i].chosen = 0;
    }
    return false;
}

/* First the same guess everywhere, as most models of several inputs take it, then all combinations.
 */
static bool find(search *s)
{
    for (size_t k = 0; k < MOST_GUESSES && s->n > 1; k++) {
        bool differs = false;
        for (size_t i = 0; i < s->n; i++) {
            size_t last = s->places[i].n - 1;
            differs = differs || k <= last;
            s->places[i].chosen = k < last ? k : last;
        }
        if (!differs || !has_time(s))
            break;
        if (fits(s))
            return true;
    }
    for (size_t i = 0; i < s->n; i++)
        s->places[i].chosen = 0;
    while (has_time(s)) {
        if (fits(s))
            return true;
        if (!advance(s))
            break;
    }
    for (size_t i = 0; i < s->n; i++)
        s->places[i].chosen = 0;
    return false;
}

/* Numbers at the end may have defaults, and are left out where that does. */
static bool find_any(search *s)
{
    size_t n = s->n;
    if (find(s))
        return true;
    while (s->n > 1 && !s->has_fitting && s->places[s->n - 1].guesses[0].number) {
        s->n--;
        s->n_trials = 0;
        if (find(s))
            return true;
    }
    s->n = n;
    for (size_t i = 0; i < n && s->has_fitting; i++)
        s->places[i].chosen = s->fitting[i];
    return s->has_fitting;
}

/* ---- telling ---- */

static size_t print_place(char *text, size_t size, const place *p)
{
    const guess *g = &p->guesses[p->chosen];
    if (g->number)
        return (size_t)snprintf(text, size, " --input %s=%s", p->name, g->number);
    size_t n =
        (size_t)snprintf(text, size, " --input '%s=%s[", p->name, inc_element_name(g->element));
    for (size_t i = 0; i < g->rank && n < size; i++)
        n += (size_t)snprintf(text + n, size - n, "%s%lld", i > 0 ? "," : "",
                              (long long)g->sizes[i]);
    return n < size ? n + (size_t)snprintf(text + n, size - n, "]'") : n;
}

bool suggest_inputs(const options *o, inc_model *model, char *text, size_t size)
{
    search *s = calloc(1, sizeof *s);
    bool is_found = false, is_known = s != NULL;
    size_t n = 0;

    if (s)
        *s = (search){.o = o, .model = model, .began = (double)clock() / CLOCKS_PER_SEC};
    for (size_t i = 0; is_known && i < inc_model_n_inputs(model); i++) {
        const char *type = inc_model_input_type(model, i);
        if (!has(type, "Optional[") || i == 0)
            is_known = add_argument(s, inc_model_input(model, i)->name, type);
    }
    if (is_known && s->n > 0) {
        is_found = find_any(s);
        n = (size_t)snprintf(text, size, "%s%s:\n  ",
                             is_found ? "Say what it is called with. It takes, among others"
                                      : "Say what it is called with, by types and sizes as in",
                             s->has_state ? " (--state io: what it keeps from call to call becomes "
                                            "inputs and outputs)"
                                          : "");
        pasted(text + n, size - n, s->has_state ? " --state io" : "");
        n += strlen(text + n);
        for (size_t i = 0; i < s->n && n < size; i++)
            n += print_place(text + n, size - n, &s->places[i]);
    }
    free(s);
    return n > 0 && n < size;
}
