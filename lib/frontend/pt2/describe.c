/* What a torch.export archive says of itself: inputs, weights, whether it is quantized. Nothing is
 * evaluated. */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "frontend/pt2/internal.h"

typedef struct describer {
    inccx *cx;
    const incpt2_program *program;
    incpt2_weights *weights;
    incmap *seen; /* tensors by where they lie */
    INC_VEC(incfe_input) inputs;
    incfe_description *d;
} describer;

static void count_weight(describer *s, const incjson *spec, const char *key_member)
{
    const inctensor *t =
        incpt2_weight(s->cx, s->weights, incpt2_need_text(s->cx, spec, key_member));
    struct {
        uint64_t hash, numel;
    } where = {inctensor_hash(t), t->numel};
    bool found;
    incmap_get(s->seen, &where, sizeof where, &found);
    if (found)
        return;
    incmap_set(s->cx, s->seen, &where, sizeof where, NULL);
    s->d->n_weights += t->numel;
    s->d->weight_bytes += inctensor_bytes(t);
}

/* A number, or the text of an expression where it is free. */
static int64_t read_size(describer *s, const incjson *size, const char **symbol)
{
    const incjson *e = incjson_get(size, "as_expr");
    *symbol = NULL;
    if (!e)
        return incpt2_int(s->cx, incjson_get(size, "as_int"), "as_int");
    const char *text = incpt2_need_text(s->cx, e, "expr_str");
    const char *name = incpt2_expr_symbol(incpt2_expr_parse(s->cx, text));
    *symbol = name ? name : "?";
    return -1;
}

static void add_tensor(describer *s, const char *placeholder)
{
    const incjson *types = incpt2_need(s->cx, s->program->graph, "tensor_values", INCJSON_OBJECT);
    const incjson *type = incjson_get(types, placeholder);
    incfe_input input = {.name = placeholder};
    if (type) {
        const incjson *sizes = incpt2_need(s->cx, type, "sizes", INCJSON_ARRAY);
        int64_t *known = INC_NEW_N(s->cx, int64_t, sizes->n);
        const char **symbols = INC_NEW_N(s->cx, const char *, sizes->n);
        for (uint32_t i = 0; i < sizes->n; i++)
            known[i] = read_size(s, &sizes->as.items[i], &symbols[i]);
        input.is_known = true;
        input.dtype = incpt2_dtype(s->cx, incpt2_int(s->cx, incjson_get(type, "dtype"), "dtype"));
        input.rank = sizes->n;
        input.sizes = known;
        input.symbols = symbols;
    }
    INC_PUSH(s->cx, &s->inputs, input);
}

/* True when it is an input of forward(), which has a name of its own in the tree of arguments. */
static bool describe_spec(describer *s, const incjson *spec)
{
    const char *tag, *kind;
    const incjson *v = incpt2_union(s->cx, spec, "an input", &tag);
    if (strcmp(tag, "parameter") == 0)
        count_weight(s, v, "parameter_name");
    else if (strcmp(tag, "buffer") == 0)
        count_weight(s, v, "buffer_name");
    else if (strcmp(tag, "tensor_constant") == 0)
        count_weight(s, v, "tensor_constant_name");
    if (strcmp(tag, "user_input") != 0)
        return strcmp(tag, "constant_input") == 0;
    const incjson *arg = incpt2_need(s->cx, v, "arg", INCJSON_OBJECT);
    const incjson *value = incpt2_union(s->cx, arg, "an input", &kind);
    if (strcmp(kind, "as_tensor") == 0) {
        add_tensor(s, incpt2_need_text(s->cx, value, "name"));
    } else if (strcmp(kind, "as_sym_int") == 0 && incjson_get(value, "as_name")) {
        const incfe_input input = {.name = incpt2_need_text(s->cx, value, "as_name"),
                                   .is_known = true,
                                   .dtype = INCDT_I64};
        INC_PUSH(s->cx, &s->inputs, input);
    }
    return true;
}

/* forward()'s own names, where the file has them for every argument. */
static void name_inputs(describer *s, const size_t *leaf_of_input, size_t n_leaves)
{
    const incjson *call = s->program->call_signature;
    const incjson *text = call ? incpt2_maybe(s->cx, call, "in_spec", INCJSON_STRING) : NULL;
    const incjson *parameters = call ? incjson_get(call, "forward_arg_names") : NULL;
    incpt2_names names = {0};
    if (!text || !incpt2_tree_names(s->cx, text->as.text, parameters, true, &names) ||
        names.n != n_leaves)
        return;
    for (size_t i = 0; i < s->inputs.n; i++)
        if (names.items[leaf_of_input[i]])
            s->inputs.items[i].name = names.items[leaf_of_input[i]];
}

static bool is_quantized(describer *s)
{
    const incjson *nodes = incpt2_need(s->cx, s->program->graph, "nodes", INCJSON_ARRAY);
    for (uint32_t i = 0; i < nodes->n; i++) {
        const incjson *target = incjson_get(&nodes->as.items[i], "target");
        if (target && target->kind == INCJSON_STRING &&
            (incstr_starts(target->as.text, "torch.ops.quantized_decomposed.") ||
             incstr_starts(target->as.text, "torch.ops.quantized.")))
            return true;
    }
    return false;
}

void incpt2_describe(inccx *cx, incarc *archive, incfe_description *description)
{
    describer s = {.cx = cx, .d = description, .seen = incmap_new(cx)};
    s.program = incpt2_program_load(cx, archive, NULL);
    s.weights = incpt2_weights_open(cx, archive, s.program->name);
    const incjson *specs = incpt2_need(cx, s.program->signature, "input_specs", INCJSON_ARRAY);
    size_t *leaf_of_input = INC_NEW_N(cx, size_t, specs->n);
    size_t n_leaves = 0;
    for (uint32_t i = 0; i < specs->n; i++) {
        size_t before = s.inputs.n;
        bool is_leaf = describe_spec(&s, &specs->as.items[i]);
        if (s.inputs.n > before)
            leaf_of_input[before] = n_leaves;
        n_leaves += is_leaf;
    }
    name_inputs(&s, leaf_of_input, n_leaves);
    description->torch_version = s.program->torch_version;
    description->is_quantized = is_quantized(&s);
    description->has_recorded_inputs = true;
    description->inputs = s.inputs.items;
    description->n_inputs = s.inputs.n;
}
