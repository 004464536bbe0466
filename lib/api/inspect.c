/* What can be said of a model without exporting it: from its pickles and the signature of
 * forward().
 */
#include <string.h>

#include "api/internal.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "frontend/torchscript/parse.h"
#include "frontend/torchscript/types.h"

typedef struct walk {
    inccx *cx;
    incmap *seen; /* tensors by where they lie */
    uint64_t elements, bytes;
    bool is_quantized;
    INC_VEC(incfe_weight) weights;
} walk;

static bool is_torchscript(const incarc *archive)
{
    return archive->kind == INCARC_TORCHSCRIPT || archive->kind == INCARC_TORCHSCRIPT_MOBILE;
}

static bool is_exported(const incarc *archive)
{
    return archive->kind == INCARC_PT2 || archive->kind == INCARC_PT2_OLD;
}

/* ---- weights ---- */

static void count_tensor(walk *w, const incpkl_tensor *t, const char *path)
{
    struct {
        const void *storage;
        int64_t offset;
        uint64_t numel;
    } where;
    memset(&where, 0, sizeof where);
    where.storage = t->storage ? (const void *)t->storage : (const void *)t;
    where.offset = t->offset;
    where.numel = t->tensor->numel;
    bool found;
    incmap_get(w->seen, &where, sizeof where, &found);
    if (found)
        return;
    incmap_set(w->cx, w->seen, &where, sizeof where, NULL);
    w->elements += t->tensor->numel;
    w->bytes += inctensor_bytes(t->tensor);
    if (t->tensor->q)
        w->is_quantized = true;
    const incfe_weight weight = {.name = path,
                                 .dtype = t->tensor->dtype,
                                 .rank = t->tensor->rank,
                                 .sizes = t->tensor->sizes,
                                 .bytes = inctensor_bytes(t->tensor),
                                 .is_quantized = t->tensor->q != NULL};
    INC_PUSH(w->cx, &w->weights, weight);
}

static void count_value(walk *w, const incpkl_value *v, const char *path);

/* "conv1.weight"; a whole path is bounded, as a pickle can nest names that share their text. */
static const char *below(walk *w, const char *path, const char *name, size_t n)
{
    enum { LONGEST = 400 };
    if (strlen(path) + n > LONGEST)
        return path;
    return *path ? inc_printf(w->cx, "%s.%.*s", path, (int)n, name) : inc_strndup(w->cx, name, n);
}

static void count_dict(walk *w, const incpkl_dict *dict, const char *path)
{
    for (size_t i = 0; i < dict->n; i++) {
        const incpkl_value *key = dict->pairs[i].key;
        bool is_name = key->kind == INCPKL_STRING;
        count_value(w, dict->pairs[i].value,
                    is_name ? below(w, path, key->as.text.bytes, key->as.text.n) : path);
    }
}

static void count_object(walk *w, const incpkl_object *o, const char *path)
{
    if (o->of && strstr(o->of->full, "PackedParams"))
        w->is_quantized = true;
    if (o->args)
        count_value(w, o->args, path);
    if (o->state)
        count_value(w, o->state, path);
}

/* Depth is bounded by the pickle reader. */
static void count_value(walk *w, const incpkl_value *v, const char *path)
{
    inc_enter(w->cx); /* shared tuples are visited again and again */
    switch (v->kind) {
    case INCPKL_TENSOR:
        count_tensor(w, v->as.tensor, path);
        break;
    case INCPKL_TUPLE:
    case INCPKL_LIST:
    case INCPKL_SET:
        for (size_t i = 0; i < v->as.items.n; i++)
            count_value(w, v->as.items.items[i], path);
        break;
    case INCPKL_DICT:
        count_dict(w, v->as.dict, path);
        break;
    case INCPKL_OBJECT:
        count_object(w, v->as.object, path);
        break;
    default:
        break;
    }
    inc_leave(w->cx);
}

/* ---- quantization in the code ---- */

static bool contains(const char *text, size_t n, const char *part)
{
    size_t length = strlen(part);
    const char *end = text + n;
    for (const char *p = text; (size_t)(end - p) >= length; p++) {
        p = memchr(p, part[0], (size_t)(end - p) - length + 1);
        if (!p)
            return false;
        if (memcmp(p, part, length) == 0)
            return true;
    }
    return false;
}

static bool code_is_quantized(inccx *cx, incarc *archive)
{
    static const char *const signs[] = {
        "ops.quantized.", "ops.quantized_decomposed.",       "torch.quantize_per_",
        "fake_quantize_", "fused_moving_avg_obs_fake_quant", "torch._weight_int"};
    for (size_t i = 0; i < inczip_count(archive->zip); i++) {
        const inczip_entry *e = inczip_at(archive->zip, i);
        if (!e->record || !incstr_starts(e->record, "code/") || !incstr_ends(e->record, ".py"))
            continue;
        const char *text = (const char *)inczip_read(cx, archive->zip, e);
        for (size_t k = 0; k < INC_COUNT(signs); k++)
            if (contains(text, (size_t)e->size, signs[k]))
                return true;
    }
    return false;
}

static void count_weights(walk *w, incarc *archive)
{
    count_value(w, incarc_root(w->cx, archive), "");
    if (is_torchscript(archive))
        count_value(w, incarc_constants(w->cx, archive), "constants");
}

bool incapi_is_quantized(inccx *cx, incarc *archive)
{
    if (is_exported(archive))
        return incapi_inspect(cx, archive)->is_quantized;
    if (is_torchscript(archive) && code_is_quantized(cx, archive))
        return true;
    walk w = {.cx = cx, .seen = incmap_new(cx)};
    count_weights(&w, archive);
    return w.is_quantized;
}

/* ---- inputs ---- */

static const incts_function *find_forward(inccx *cx, incarc *archive, const char **class_name)
{
    const incpkl_value *root = incarc_root(cx, archive);
    const char *entry = NULL;
    size_t n;

    if (root->kind != INCPKL_OBJECT || !root->as.object->of)
        return NULL;
    const incpkl_class *class = root->as.object->of;
    *class_name = class->name;
    const char *text = incarc_code(cx, archive, class->module, &n, &entry);
    if (!text)
        return NULL;
    const incts_file *file = incts_parse(cx, entry, text, n);
    const incts_class *c = incts_find_class(file, class->name);
    return c ? incts_find_method(c, "forward") : NULL;
}

static bool is_tensor_list(const incpkl_value *v)
{
    return v && (v->kind == INCPKL_LIST || v->kind == INCPKL_TUPLE);
}

typedef INC_VEC(incfe_input) values;

static void add_recorded(inccx *cx, values *inputs, const char *name, const char *type,
                         const incpkl_value *v)
{
    incfe_input input = {.name = name, .type = type};
    if (is_tensor_list(v)) {
        for (size_t i = 0; i < v->as.items.n; i++)
            add_recorded(cx, inputs, inc_printf(cx, "%s_%zu", name, i), NULL, v->as.items.items[i]);
        return;
    }
    if (v && v->kind == INCPKL_TENSOR) {
        const inctensor *t = v->as.tensor->tensor;
        input.is_known = true;
        input.dtype = t->dtype;
        input.rank = t->rank;
        input.sizes = inc_copy(cx, t->sizes, t->rank * sizeof *t->sizes);
        input.symbols = INC_NEW_N(cx, const char *, t->rank);
    }
    INC_PUSH(cx, inputs, input);
}

static void find_inputs(inccx *cx, incarc *archive, incfe_description *facts)
{
    values inputs = {0};
    const incts_function *forward = find_forward(cx, archive, &facts->class_name);
    const incpkl_value *traced = incarc_traced_inputs(cx, archive);
    const incpkl_value *recorded = traced ? incpkl_get(traced, "forward") : NULL;

    if (!is_tensor_list(recorded))
        recorded = NULL;
    facts->has_recorded_inputs = recorded != NULL;
    for (size_t i = 1; forward && i < forward->n_params; i++) /* 0 is self */
        add_recorded(cx, &inputs, forward->params[i].name,
                     forward->params[i].type ? incts_type_text(cx, forward->params[i].type) : NULL,
                     recorded && i - 1 < recorded->as.items.n ? recorded->as.items.items[i - 1]
                                                              : NULL);
    facts->inputs = inputs.items;
    facts->n_inputs = inputs.n;
}

static void describe_pickles(inccx *cx, incarc *archive, incfe_description *facts)
{
    walk w = {.cx = cx, .seen = incmap_new(cx)};
    count_weights(&w, archive);
    facts->n_weights = w.elements;
    facts->weight_bytes = w.bytes;
    facts->weights = w.weights.items;
    facts->n_weight_tensors = w.weights.n;
    facts->is_quantized =
        w.is_quantized || (is_torchscript(archive) && code_is_quantized(cx, archive));
    if (is_torchscript(archive))
        find_inputs(cx, archive, facts);
    else
        incapi_describe_saved(cx, incarc_root(cx, archive), facts);
}

const incfe_description *incapi_inspect(inccx *cx, incarc *archive)
{
    incfe_description *facts = INC_NEW(cx, incfe_description);
    const inc_where before = cx->where;
    if (is_exported(archive))
        incpt2_describe(cx, archive, NULL, facts);
    else
        describe_pickles(cx, archive, facts);
    cx->where = before;
    return facts;
}
