/* SPDX-License-Identifier: Apache-2.0 */
/* What the model is called with: --example-inputs, --input and the dynamic axes of both, in the
 * order of forward()'s arguments. Names bind: to those of --input-names, or to the model's own;
 * what has no name takes the places that are left, in order. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NOWHERE = MOST_NAMES };

/* The places that example inputs can take, flattened as forward() takes them. */
typedef struct places {
    const options *o;
    inc_model *model;
    size_t n;
    bool is_open; /* an argument is a list or dict of a length that the file does not tell */
} places;

static bool has_type(const inc_model *model, size_t i, const char *part)
{
    const char *type = inc_model_input_type(model, i);
    return type && strstr(type, part);
}

/* An Optional may be left out, and a number may have a default. */
static bool needs_value(const inc_model *model, size_t i)
{
    const char *type = inc_model_input_type(model, i);
    return !type || strcmp(type, "Tensor") == 0;
}

static bool is_container(const inc_model *model, size_t i)
{
    return !inc_model_input(model, i)->is_known &&
           (has_type(model, i, "List[") || has_type(model, i, "Dict[") ||
            has_type(model, i, "Tuple["));
}

static places find_places(const options *o, inc_model *model)
{
    places p = {.o = o, .model = model, .n = inc_model_n_inputs(model)};
    for (size_t i = 0; i < p.n; i++)
        p.is_open = p.is_open || is_container(model, i);
    return p;
}

static const char *place_name(const void *names, size_t i)
{
    const places *p = names;
    if (i < p->o->input_names.n)
        return p->o->input_names.items[i];
    return inc_model_input(p->model, i)->name;
}

static size_t find_place(const places *p, const char *name)
{
    for (size_t i = 0; i < p->n && i < MOST_NAMES; i++)
        if (strcmp(place_name(p, i), name) == 0 ||
            strcmp(inc_model_input(p->model, i)->name, name) == 0)
            return i;
    return NOWHERE;
}

/* The place of the argument that "t.1.0" is a part of. */
static size_t place_of_part(const places *p, const char *name)
{
    char root[256];
    size_t n = name ? strcspn(name, ".") : sizeof root;
    if (n >= sizeof root)
        return NOWHERE;
    memcpy(root, name, n);
    root[n] = '\0';
    return find_place(p, root);
}

typedef const char *(*name_of)(const void *items, size_t i);

/* The first name that is no argument's, where another is one of a part; NOWHERE: there is none. */
static size_t find_stranger(const places *p, const void *items, size_t n, name_of name)
{
    bool has_parts = false;
    size_t stranger = NOWHERE;
    for (size_t i = 0; i < n; i++) {
        const char *text = name(items, i);
        bool is_known = place_of_part(p, text) != NOWHERE;
        has_parts = has_parts || (is_known && strchr(text, '.'));
        if (!is_known && text && stranger == NOWHERE)
            stranger = i;
    }
    return has_parts ? stranger : NOWHERE;
}

/* The order of forward()'s arguments, that of the same argument's parts being kept: order[k] is
 * which of the n names comes as k-th. As they were given, when one of them is no argument's. */
static void order_by_place(const places *p, const void *items, size_t n, name_of name,
                           size_t *order)
{
    static size_t place_of[MOST_NAMES];
    size_t k = 0;
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        place_of[i] = place_of_part(p, name(items, i));
        all = all && place_of[i] != NOWHERE;
    }
    for (size_t place = 0; all && place < p->n; place++)
        for (size_t i = 0; i < n; i++)
            if (place_of[i] == place)
                order[k++] = i;
    for (size_t i = 0; !all && i < n; i++)
        order[i] = i;
}

static const char *option_name(const void *items, size_t i)
{
    return ((const input_option *)items)[i].name;
}

static const char *array_name(const void *items, size_t i)
{
    return ((const inc_tensor *)items)[i].name;
}

static int no_such_input(const places *p, const char *option, const char *name)
{
    char list[512] = "";
    size_t n = 0;
    const char *near = nearest_name(name, p, p->n, place_name);
    if (near)
        return usage_error("%s names %s, which is no input of the model; did you mean %s?", option,
                           name, near);
    for (size_t i = 0; i < p->n && n < sizeof list - 1; i++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i == 0 ? "" : ", ",
                              place_name(p, i));
    return usage_error("%s names %s, which is no input of the model; there is %s", option, name,
                       list);
}

/* ---- sizes ---- */

/* A size for the example where only "dynamic" was said: the one recorded, else one that the
 * operators of most models take. */
static int64_t example_size(const inc_value *recorded, const input_option *in, size_t axis)
{
    if (recorded && recorded->is_known && recorded->rank == in->rank && recorded->shape[axis] >= 0)
        return recorded->shape[axis];
    if (axis == 0)
        return 2;
    return in->rank >= 4 && axis >= 2 ? 224 : 16;
}

static int add_axes(input_arrays *a, size_t *n, const char *name, const input_option *in)
{
    for (size_t axis = 0; axis < in->rank; axis++) {
        if (!in->is_dynamic[axis])
            continue;
        inc_dynamic_axis *grown = realloc(a->axes, (*n + 1) * sizeof *grown);
        if (!grown)
            return out_of_memory();
        a->axes = grown;
        a->axes[(*n)++] =
            (inc_dynamic_axis){.name = name, .symbol = in->symbols[axis], .axis = (int64_t)axis};
    }
    return EXIT_OK;
}

/* ---- --input ---- */

/* Which place each input takes: place_of[i]. */
static int bind_options(const options *o, const places *p, size_t *place_of)
{
    static bool is_taken[MOST_NAMES];
    memset(is_taken, 0, sizeof is_taken);
    for (size_t i = 0; i < o->n_inputs; i++) {
        place_of[i] = o->inputs[i].name ? find_place(p, o->inputs[i].name) : NOWHERE;
        if (o->inputs[i].name && place_of[i] == NOWHERE)
            return no_such_input(p, "--input", o->inputs[i].name);
        if (place_of[i] != NOWHERE)
            is_taken[place_of[i]] = true;
    }
    size_t next = 0;
    for (size_t i = 0; i < o->n_inputs; i++) {
        if (place_of[i] != NOWHERE)
            continue;
        while (next < MOST_NAMES && is_taken[next])
            next++;
        if (next >= p->n)
            return usage_error("%zu inputs are given; the model takes %zu", o->n_inputs, p->n);
        place_of[i] = next++;
    }
    return EXIT_OK;
}

/* The tensor of one place, from --input; recorded may be NULL. */
static void fill_given(input_arrays *a, size_t at, const input_option *in,
                       const inc_value *recorded)
{
    inc_tensor *t = &a->tensors[at];
    t->shape = a->shapes[at];
    t->name = recorded ? recorded->name : in->name;
    t->rank = in->rank;
    t->element = in->element;
    t->data = in->is_number ? &in->value : NULL;
    for (size_t axis = 0; axis < t->rank && axis < MOST_RANK; axis++)
        a->shapes[at][axis] =
            in->sizes[axis] >= 0 ? in->sizes[axis] : example_size(recorded, in, axis);
}

/* The tensor of one place, from what the model has recorded. */
static void fill_recorded(input_arrays *a, size_t at, const inc_value *recorded)
{
    inc_tensor *t = &a->tensors[at];
    t->shape = a->shapes[at];
    t->name = recorded->name;
    t->rank = recorded->rank;
    t->element = recorded->element;
    for (size_t axis = 0; axis < t->rank && axis < MOST_RANK; axis++)
        a->shapes[at][axis] = recorded->shape[axis] >= 0 ? recorded->shape[axis] : 2;
}

static int all_in_order(const options *o, const places *p, Torch2ONNXConfig *c, input_arrays *a,
                        size_t *n_axes)
{
    static size_t order[MOST_NAMES];
    int status = EXIT_OK;
    size_t stranger = find_stranger(p, o->inputs, o->n_inputs, option_name);
    if (stranger != NOWHERE)
        return no_such_input(p, "--input", o->inputs[stranger].name);
    order_by_place(p, o->inputs, o->n_inputs, option_name, order);
    for (size_t i = 0; i < o->n_inputs && status == EXIT_OK; i++) {
        const input_option *in = &o->inputs[order[i]];
        fill_given(a, i, in, NULL);
        const char *name = i < o->input_names.n ? o->input_names.items[i] : in->name;
        if (name)
            status = add_axes(a, n_axes, name, in);
    }
    c->n_example_inputs = o->n_inputs;
    return status;
}

static int all_by_place(const options *o, const places *p, Torch2ONNXConfig *c, input_arrays *a,
                        size_t *n_axes)
{
    static size_t place_of[MOST_NAMES];
    static const input_option *at[MOST_NAMES];
    int status = bind_options(o, p, place_of);
    size_t n = 0, n_met = 0; /* those met so far */

    memset(at, 0, sizeof at);
    for (size_t i = 0; i < o->n_inputs && status == EXIT_OK; i++)
        at[place_of[i]] = &o->inputs[i];
    for (size_t i = 0; i < p->n && status == EXIT_OK; i++) {
        const inc_value *recorded = inc_model_input(p->model, i);
        if (!at[i] && !recorded->is_known && needs_value(p->model, i))
            return usage_error("--input gives nothing for %s, which the model takes too",
                               place_name(p, i));
        n_met += at[i] != NULL;
        if (!at[i] && !recorded->is_known && n_met < o->n_inputs)
            return usage_error("--input gives nothing for %s, which stands before others that are "
                               "given; say its value too, as in --input %s=%s",
                               place_name(p, i), place_name(p, i),
                               has_type(p->model, i, "Optional[") ? "None" : "1");
        if (!at[i] && !recorded->is_known)
            break; /* keeps its default, as all that follow */
        if (!at[i]) {
            fill_recorded(a, n++, recorded);
            continue;
        }
        fill_given(a, n++, at[i], recorded);
        status = add_axes(a, n_axes, place_name(p, i), at[i]);
    }
    c->n_example_inputs = n;
    return status;
}

static int read_options_of_inputs(const options *o, inc_model *model, Torch2ONNXConfig *c,
                                  input_arrays *a, size_t *n_axes)
{
    places p = find_places(o, model);
    size_t most = o->n_inputs > p.n ? o->n_inputs : p.n;

    a->tensors = calloc(most + 1, sizeof *a->tensors);
    a->shapes = calloc(most + 1, sizeof *a->shapes);
    if (!a->tensors || !a->shapes)
        return out_of_memory();
    c->example_inputs = a->tensors;
    return p.is_open || p.n == 0 || p.n > MOST_NAMES ? all_in_order(o, &p, c, a, n_axes)
                                                     : all_by_place(o, &p, c, a, n_axes);
}

/* ---- --example-inputs ---- */

/* The arrays of a model that takes lists, dicts or tuples. */
static int order_parts(const options *o, const places *p, Torch2ONNXConfig *c, input_arrays *a)
{
    static size_t order[MOST_NAMES];
    size_t n = c->n_example_inputs;
    size_t stranger = find_stranger(p, c->example_inputs, n, array_name);
    if (stranger != NOWHERE)
        return no_such_input(p, o->example_inputs, c->example_inputs[stranger].name);
    a->tensors = calloc(n + 1, sizeof *a->tensors);
    if (!a->tensors)
        return out_of_memory();
    order_by_place(p, c->example_inputs, n, array_name, order);
    for (size_t i = 0; i < n; i++)
        a->tensors[i] = c->example_inputs[order[i]];
    c->example_inputs = a->tensors;
    return EXIT_OK;
}

/* Arrays bind by name when at least one has an input's name. */
static int order_arrays(const options *o, inc_model *model, Torch2ONNXConfig *c, input_arrays *a)
{
    const inc_tensor *items = inc_tensors_items(a->file);
    size_t n = inc_tensors_count(a->file), n_bound = 0;
    places p = find_places(o, model);

    c->example_inputs = items;
    c->n_example_inputs = n;
    if (p.is_open && n <= MOST_NAMES)
        return order_parts(o, &p, c, a);
    for (size_t i = 0; i < n; i++)
        n_bound += items[i].name && find_place(&p, items[i].name) != NOWHERE;
    if (n_bound == 0 || p.is_open || n > p.n)
        return EXIT_OK;
    a->tensors = calloc(n, sizeof *a->tensors);
    if (!a->tensors)
        return out_of_memory();
    for (size_t i = 0; i < n; i++) {
        size_t at = items[i].name ? find_place(&p, items[i].name) : NOWHERE;
        if (at == NOWHERE)
            return no_such_input(&p, o->example_inputs, items[i].name ? items[i].name : "nothing");
        if (at >= n)
            return usage_error("%s has no array for %s", o->example_inputs, place_name(&p, n - 1));
        a->tensors[at] = items[i];
    }
    c->example_inputs = a->tensors;
    return EXIT_OK;
}

static int read_arrays(const options *o, inc_model *model, Torch2ONNXConfig *c, input_arrays *a)
{
    inc_error *error = NULL;
    if (inc_tensors_open_file(o->example_inputs, NULL, &a->file, &error) != INC_OK)
        return print_error_of("--example-inputs", o->example_inputs, error);
    return order_arrays(o, model, c, a);
}

/* ---- axes ---- */

/* The text of "@FILE". */
static int read_file(const char *path, char **text)
{
    enum { MOST = 1 << 20 };
    errno = 0;
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(MOST + 1);
    size_t n = file && bytes ? fread(bytes, 1, MOST, file) : 0;
    bool is_read = file && bytes && !ferror(file) && feof(file);

    if (file)
        fclose(file);
    if (!is_read) {
        free(bytes);
        return usage_error("--dynamic-axes @%s: the file cannot be read%s%s", path,
                           errno ? ": " : "", errno ? strerror(errno) : "");
    }
    bytes[n] = '\0';
    *text = bytes;
    return EXIT_OK;
}

static int append_axes(Torch2ONNXConfig *c, input_arrays *a, size_t *n,
                       const inc_dynamic_axis *more, size_t n_more)
{
    inc_dynamic_axis *grown = realloc(a->axes, (*n + n_more + 1) * sizeof *grown);
    if (!grown)
        return out_of_memory();
    a->axes = grown;
    if (n_more > 0)
        memcpy(a->axes + *n, more, n_more * sizeof *more);
    *n += n_more;
    c->dynamic_axes = a->axes;
    c->n_dynamic_axes = *n;
    return EXIT_OK;
}

static int read_json_axes(const options *o, Torch2ONNXConfig *c, input_arrays *a, size_t *n)
{
    const char *json = o->dynamic_axes;
    inc_error *error = NULL;
    if (json[0] == '@') {
        int status = read_file(json + 1, &a->text);
        if (status != EXIT_OK)
            return status;
        json = a->text;
    }
    if (inc_dynamic_axes_parse(json, NULL, &a->json, &error) != INC_OK)
        return print_error(o, error);
    return append_axes(c, a, n, inc_dynamic_axes_items(a->json), inc_dynamic_axes_count(a->json));
}

int inputs_read(const options *o, inc_model *model, Torch2ONNXConfig *c, input_arrays *a)
{
    size_t n_axes = 0;
    int status = EXIT_OK;

    if (o->example_inputs)
        status = read_arrays(o, model, c, a);
    else if (o->n_inputs > 0)
        status = read_options_of_inputs(o, model, c, a, &n_axes);
    if (status == EXIT_OK)
        status = append_axes(c, a, &n_axes, o->axes, o->n_axes);
    if (status == EXIT_OK && o->dynamic_axes)
        status = read_json_axes(o, c, a, &n_axes);
    return status;
}

void inputs_free(input_arrays *a)
{
    free(a->tensors);
    free(a->shapes);
    free(a->axes);
    free(a->text);
    inc_tensors_free(a->file);
    inc_dynamic_axes_free(a->json);
}
