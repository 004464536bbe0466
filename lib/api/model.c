/* SPDX-License-Identifier: Apache-2.0 */
/* A model file, opened: a context that lives as long as the handle, the file and the archive's
 * directory. Exports have contexts of their own and leave nothing here. */
#include "incexport/model.h"

#include <string.h>
#include <sys/stat.h>

#include "api/internal.h"
#include "checkpoint/checkpoint.h"

#define FIRST_OPTIONS_SIZE (offsetof(inc_model_options, memory_limit) + sizeof(uint64_t))

typedef struct opening {
    const char *path; /* NULL: bytes */
    const void *bytes;
    size_t size;
    const inc_model_options *given;
    inc_model_options options;
    inc_model *model;
} opening;

static void open_model(inccx *cx, void *data)
{
    opening *o = data;
    inc_model *m = INC_NEW(cx, inc_model);

    if (o->given) /* once more, for what the first look could not say */
        incapi_copy_struct(cx, "inc_model_options", o->given, o->given->struct_size,
                           FIRST_OPTIONS_SIZE, &o->options, sizeof o->options);
    if (o->options.method)
        m->method = inc_strdup(cx, o->options.method);
    cx->stage = "reading";
    m->cx = cx;
    m->hooks = cx->hooks;
    m->file = o->path ? incfile_open(cx, o->path) : incfile_borrow(cx, o->bytes, o->size, "memory");
    inc_justify(cx, m->file->size);
    m->archive = incarc_open(cx, m->file);
    if (m->archive->kind == INCARC_NPZ || m->archive->kind == INCARC_NPY)
        inc_raise(cx, INC_E_FORMAT, "%s holds arrays of NumPy, not a model", m->file->name);
    o->model = m;
}

static inc_status open_any(opening *o, inc_model **model, inc_error **error)
{
    inc_hooks hooks = {0};
    const inc_model_options *given = o->given;

    if (given && given->struct_size >= FIRST_OPTIONS_SIZE) {
        if (!incapi_allocator(given->allocator, &hooks))
            return incapi_refuse(error, INC_E_ABI, INCAPI_BAD_ALLOCATOR);
        hooks.memory_limit = given->memory_limit;
        if (given->struct_size >= offsetof(inc_model_options, work_limit) + sizeof(uint64_t))
            hooks.work_limit = given->work_limit;
    }
    inccx *cx = incapi_context(&hooks, error);
    if (!cx)
        return INC_E_MEMORY;
    inc_status status = incapi_call_in(cx, error, open_model, o);
    if (status != INC_OK) {
        inccx_free(cx);
        return status;
    }
    *model = o->model;
    return INC_OK;
}

inc_status inc_model_open_file(const char *path, const inc_model_options *options,
                               inc_model **model, inc_error **error)
{
    if (!path || !model)
        return incapi_refuse(error, INC_E_ARGUMENT, path ? "model is NULL" : "path is NULL");
    return open_any(&(opening){.path = path, .given = options}, model, error);
}

inc_status inc_model_open_memory(const void *bytes, size_t size, const inc_model_options *options,
                                 inc_model **model, inc_error **error)
{
    if (!bytes || !model)
        return incapi_refuse(error, INC_E_ARGUMENT, bytes ? "model is NULL" : "bytes is NULL");
    return open_any(&(opening){.bytes = bytes, .size = size, .given = options}, model, error);
}

/* ---- the checkpoint beside it ---- */

typedef struct attaching {
    inc_model *model;
    const char *path;
} attaching;

/* A checkpoint as Neural Compressor names it, and what may stand beside it. */
static const struct {
    const char *name, *config;
} saved[] = {
    {"best_model.pt", NULL},
    {"best_model_weights.pt", "best_configure.yaml"},
    {"quantized_weight.pt", NULL},
};

static bool is_there(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

/* The checkpoint of a folder. */
static const char *checkpoint_in(inccx *cx, const char *folder)
{
    for (size_t i = 0; i < INC_COUNT(saved); i++) {
        const char *path = inc_printf(cx, "%s/%s", folder, saved[i].name);
        if (is_there(path))
            return path;
    }
    inc_raise_hint(cx, INC_E_IO, "name the file itself",
                   "the folder %s holds neither best_model.pt nor best_model_weights.pt nor "
                   "quantized_weight.pt",
                   folder);
}

/* What stands beside a checkpoint of Neural Compressor's first versions; NULL: nothing. */
static const incfile *config_beside(inccx *cx, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash + 1 - path) : 0;
    for (size_t i = 0; i < INC_COUNT(saved); i++) {
        if (!saved[i].config || strcmp(path + n, saved[i].name) != 0)
            continue;
        const char *config = inc_printf(cx, "%.*s%s", (int)n, path, saved[i].config);
        if (is_there(config))
            return incfile_open(cx, config);
    }
    return NULL;
}

/* Version 3 of Neural Compressor saves the quantized graph: that is the model then. */
static void use_graph_of(inccx *cx, inc_model *m, const incfile *file, incarc *archive)
{
    if (!incapi_is_quantized(cx, archive))
        inc_raise_hint(cx, INC_E_ARGUMENT, "pass the checkpoint that the quantization saved",
                       "%s is a %s that is not quantized", file->name,
                       incarc_kind_name(archive->kind));
    m->instead_of = m->file->name;
    m->file = file;
    m->archive = archive;
    m->facts = NULL;
    m->checkpoint = m->checkpoint_config = NULL;
}

static void attach(inccx *cx, void *data)
{
    attaching *x = data;
    struct stat info;
    const char *path = x->path;
    cx->stage = "reading";
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        path = checkpoint_in(cx, path);
    const incfile *file = incfile_open(cx, path);
    inc_justify(cx, file->size);
    incarc *archive = incarc_open(cx, file);
    if (archive->kind == INCARC_PT2 || archive->kind == INCARC_PT2_OLD) {
        use_graph_of(cx, x->model, file, archive);
        return;
    }
    if (archive->kind != INCARC_SAVED && archive->kind != INCARC_SAVED_LEGACY)
        inc_raise_hint(cx, INC_E_ARGUMENT,
                       archive->kind == INCARC_NPZ || archive->kind == INCARC_NPY
                           ? "pass what torch.save wrote"
                           : "it has its own graph: export it by itself",
                       "%s is a %s, not a state_dict", path, incarc_kind_name(archive->kind));
    const incfile *config = config_beside(cx, path);
    incckpt_read(cx, archive, config, NULL); /* says now what is wrong with it */
    x->model->checkpoint = file;
    x->model->checkpoint_config = config;
}

inc_status inc_model_attach_checkpoint(inc_model *model, const char *path, inc_error **error)
{
    if (!model || !path)
        return incapi_refuse(error, INC_E_ARGUMENT, model ? "path is NULL" : "model is NULL");
    return incapi_call_in(model->cx, error, attach, &(attaching){model, path});
}

void inc_model_free(inc_model *model)
{
    if (model)
        inccx_free(model->cx);
}

inc_model_kind incapi_kind(const incarc *archive)
{
    switch (archive->kind) {
    case INCARC_TORCHSCRIPT:
        return INC_MODEL_TORCHSCRIPT;
    case INCARC_TORCHSCRIPT_MOBILE:
        return INC_MODEL_TORCHSCRIPT_MOBILE;
    case INCARC_PT2:
    case INCARC_PT2_OLD:
        return INC_MODEL_EXPORTED;
    case INCARC_SAVED:
    case INCARC_SAVED_LEGACY:
        return INC_MODEL_STATE_DICT;
    case INCARC_NPZ:
    case INCARC_NPY:
        break;
    }
    return 0;
}

inc_model_kind inc_model_get_kind(const inc_model *model)
{
    return model ? incapi_kind(model->archive) : 0;
}

static inc_value as_value(const incfe_input *input)
{
    return (inc_value){.name = input->name,
                       .shape = input->sizes,
                       .symbols = input->symbols,
                       .rank = input->rank,
                       .element = (inc_element)input->dtype,
                       .is_known = input->is_known};
}

static const inc_value *as_values(inccx *cx, const incfe_input *inputs, size_t n)
{
    inc_value *values = INC_NEW_N(cx, inc_value, n);
    for (size_t i = 0; i < n; i++)
        values[i] = as_value(&inputs[i]);
    return values;
}

static const inc_weight *as_weights(inccx *cx, const incfe_description *facts)
{
    inc_weight *weights = INC_NEW_N(cx, inc_weight, facts->n_weight_tensors);
    for (size_t i = 0; i < facts->n_weight_tensors; i++) {
        const incfe_weight *w = &facts->weights[i];
        weights[i] = (inc_weight){.struct_size = sizeof(inc_weight),
                                  .name = w->name,
                                  .shape = w->sizes,
                                  .rank = w->rank,
                                  .bytes = w->bytes,
                                  .element = (inc_element)w->dtype,
                                  .is_quantized = w->is_quantized};
    }
    return weights;
}

static void inspect(inccx *cx, void *data)
{
    inc_model *m = data;
    cx->stage = "reading";
    const incfe_description *facts = incapi_inspect(cx, m->archive, m->method);
    m->inputs = as_values(cx, facts->inputs, facts->n_inputs);
    m->outputs = as_values(cx, facts->outputs, facts->n_outputs);
    m->weights = as_weights(cx, facts);
    m->facts = facts;
}

inc_status inc_model_inspect(inc_model *model, inc_error **error)
{
    if (!model)
        return incapi_refuse(error, INC_E_ARGUMENT, "model is NULL");
    if (error)
        *error = NULL;
    return model->facts ? INC_OK : incapi_call_in(model->cx, error, inspect, model);
}

/* A file that was not inspected has nothing to tell yet. */
static const incfe_description *facts_of(const inc_model *model)
{
    static const incfe_description nothing;
    return model && model->facts ? model->facts : &nothing;
}

const char *inc_model_torch_version(const inc_model *model)
{
    return facts_of(model)->torch_version;
}

int64_t inc_model_format_version(const inc_model *model)
{
    return model ? model->archive->version : 0;
}

const char *inc_model_class_name(const inc_model *model)
{
    return facts_of(model)->class_name;
}

uint32_t inc_model_is_quantized(const inc_model *model)
{
    return facts_of(model)->is_quantized;
}

uint32_t inc_model_has_recorded_inputs(const inc_model *model)
{
    return facts_of(model)->has_recorded_inputs;
}

size_t inc_model_n_inputs(const inc_model *model)
{
    return facts_of(model)->n_inputs;
}

const inc_value *inc_model_input(const inc_model *model, size_t i)
{
    return i < inc_model_n_inputs(model) ? &model->inputs[i] : NULL;
}

const char *inc_model_input_type(const inc_model *model, size_t i)
{
    return i < inc_model_n_inputs(model) ? facts_of(model)->inputs[i].type : NULL;
}

const char *inc_model_contents(const inc_model *model)
{
    return facts_of(model)->contents;
}

const char *inc_model_contents_key(const inc_model *model)
{
    return facts_of(model)->key;
}

size_t inc_model_n_weight_tensors(const inc_model *model)
{
    return facts_of(model)->n_weight_tensors;
}

const inc_weight *inc_model_weight_tensor(const inc_model *model, size_t i)
{
    return i < inc_model_n_weight_tensors(model) ? &model->weights[i] : NULL;
}

uint64_t inc_model_n_weights(const inc_model *model)
{
    return facts_of(model)->n_weights;
}

uint64_t inc_model_weight_bytes(const inc_model *model)
{
    return facts_of(model)->weight_bytes;
}

size_t inc_model_n_methods(const inc_model *model)
{
    return facts_of(model)->n_methods;
}

const char *inc_model_method(const inc_model *model, size_t i)
{
    return i < inc_model_n_methods(model) ? facts_of(model)->methods[i] : NULL;
}

size_t inc_model_n_programs(const inc_model *model)
{
    return facts_of(model)->n_programs;
}

const char *inc_model_program(const inc_model *model, size_t i)
{
    return i < inc_model_n_programs(model) ? facts_of(model)->programs[i] : NULL;
}

size_t inc_model_n_outputs(const inc_model *model)
{
    return facts_of(model)->n_outputs;
}

const inc_value *inc_model_output(const inc_model *model, size_t i)
{
    return i < inc_model_n_outputs(model) ? &model->outputs[i] : NULL;
}

size_t inc_model_n_operators(const inc_model *model)
{
    return facts_of(model)->n_operators;
}

const char *inc_model_operator(const inc_model *model, size_t i)
{
    return i < inc_model_n_operators(model) ? facts_of(model)->operators[i].name : NULL;
}

uint64_t inc_model_operator_count(const inc_model *model, size_t i)
{
    return i < inc_model_n_operators(model) ? facts_of(model)->operators[i].count : 0;
}

size_t inc_model_n_symbols(const inc_model *model)
{
    return facts_of(model)->n_ranges;
}

const char *inc_model_symbol(const inc_model *model, size_t i)
{
    return i < inc_model_n_symbols(model) ? facts_of(model)->ranges[i].symbol : NULL;
}

int64_t inc_model_symbol_min(const inc_model *model, size_t i)
{
    return i < inc_model_n_symbols(model) ? facts_of(model)->ranges[i].low : 0;
}

int64_t inc_model_symbol_max(const inc_model *model, size_t i)
{
    return i < inc_model_n_symbols(model) ? facts_of(model)->ranges[i].high : 0;
}
