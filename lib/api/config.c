/* SPDX-License-Identifier: Apache-2.0 */
/* The config: defaults, copying what the caller knows of it, and checking. A message names the
 * field, what it held and what it may hold. */
#include <string.h>

#include "api/internal.h"
#include "base/checked.h"
#include "base/map.h"
#include "base/str.h"

/* The sizes that version 0.1 had; they never change. */
#define FIRST_CONFIG_SIZE (offsetof(Torch2ONNXConfig, target) + sizeof(inc_target))
#define FIRST_TENSOR_SIZE (offsetof(inc_tensor, reserved0) + sizeof(uint32_t))
#define FIRST_AXIS_SIZE (offsetof(inc_dynamic_axis, axis) + sizeof(int64_t))
enum { MOST_ITEMS = 65536, LARGEST_CONFIG = 4096 };

static const Torch2ONNXConfig defaults = TORCH2ONNX_CONFIG_INIT;

inc_status inc_torch2onnx_config_init(Torch2ONNXConfig *config, size_t struct_size)
{
    if (!config)
        return INC_E_ARGUMENT;
    if (struct_size < FIRST_CONFIG_SIZE || struct_size > LARGEST_CONFIG)
        return INC_E_ABI;
    memset(config, 0, struct_size);
    memcpy(config, &defaults, struct_size < sizeof defaults ? struct_size : sizeof defaults);
    config->struct_size = struct_size;
    return INC_OK;
}

/* ---- checks ---- */

static void refuse(inccx *cx, const char *field, const char *may, const char *format,
                   ...) INC_NORETURN INC_PRINTF(4, 5);
static void refuse(inccx *cx, const char *field, const char *may, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *held = inc_vprintf(cx, format, args);
    va_end(args);
    inc_raise(cx, INC_E_ARGUMENT, "%s is %s; it may be %s", field, held, may);
}

/* "0 (fp32), 1 (int8)": the values from 0 on that have a name. */
static const char *choices(inccx *cx, const char *(*name_of)(uint32_t))
{
    incstr text = {0};
    for (uint32_t i = 0; name_of(i); i++)
        incstr_addf(cx, &text, "%s%u (%s)", i == 0 ? "" : ", ", (unsigned)i, name_of(i));
    return incstr_text(&text);
}

static void check_choice(inccx *cx, const char *field, uint32_t value,
                         const char *(*name_of)(uint32_t))
{
    if (!name_of(value))
        refuse(cx, field, choices(cx, name_of), "%u", (unsigned)value);
}

static const char *level_name(uint32_t level)
{
    static const char *const names[] = {"errors", "warnings", "info", "debug"};
    return level < INC_COUNT(names) ? names[level] : NULL;
}

static const char *shown(inccx *cx, const char *text)
{
    return incstr_shown(cx, text, strlen(text), 80);
}

static void check_name(inccx *cx, const char *field, const char *name)
{
    static const char may[] = "a name of UTF-8 that is not empty";
    if (!name)
        refuse(cx, field, may, "NULL");
    if (!*name)
        refuse(cx, field, may, "empty");
    if (!incstr_is_utf8(name, strlen(name)))
        refuse(cx, field, may, "not UTF-8 (\"%s\")", shown(cx, name));
}

static void check_count(inccx *cx, const char *field, const void *items, size_t n)
{
    if (n > MOST_ITEMS)
        inc_raise(cx, INC_E_ARGUMENT, "n_%s is %zu; it may be at most %d", field, n, MOST_ITEMS);
    if (n > 0 && !items)
        inc_raise(cx, INC_E_ARGUMENT, "%s is NULL, but n_%s is %zu", field, field, n);
}

static const char *const *copy_names(inccx *cx, const char *field, const char *const *names,
                                     size_t n)
{
    check_count(cx, field, names, n);
    const char **copies = INC_NEW_N(cx, const char *, n);
    incmap *seen = incmap_new(cx);
    for (size_t i = 0; i < n; i++) {
        const char *item = inc_printf(cx, "%s[%zu]", field, i);
        check_name(cx, item, names[i]);
        if (incmap_has_str(seen, names[i]))
            refuse(cx, item, "a name that no other has", "\"%s\" again", shown(cx, names[i]));
        incmap_set_str(cx, seen, names[i], NULL);
        copies[i] = inc_strdup(cx, names[i]);
    }
    return copies;
}

void incapi_check_tensor(inccx *cx, const char *item, const inc_tensor *t)
{
    if (t->name && !incstr_is_utf8(t->name, strlen(t->name)))
        refuse(cx, inc_printf(cx, "%s.name", item), "UTF-8, or NULL", "not UTF-8");
    if (t->element == INC_ELEMENT_NONE && t->rank == 0 && !t->data)
        return;
    if (!inc_element_name(t->element))
        refuse(cx, inc_printf(cx, "%s.element", item),
               "one of the INC_ELEMENT_ values, as 6 for float32", "%u", (unsigned)t->element);
    if (t->rank > INCTENSOR_MAX_RANK)
        refuse(cx, inc_printf(cx, "%s.rank", item),
               inc_printf(cx, "at most %d", INCTENSOR_MAX_RANK), "%zu", t->rank);
    if (t->rank > 0 && !t->shape)
        refuse(cx, inc_printf(cx, "%s.shape", item), "NULL only when the rank is 0", "NULL");
    if (t->reserved0 != 0)
        refuse(cx, inc_printf(cx, "%s.reserved0", item), "0", "%u", (unsigned)t->reserved0);
    int64_t bytes = (int64_t)inc_element_size(t->element);
    for (size_t i = 0; i < t->rank; i++) {
        if (t->shape[i] < 0)
            refuse(cx, inc_printf(cx, "%s.shape[%zu]", item, i), "0 or more", "%lld",
                   (long long)t->shape[i]);
        if (!inc_mul_i64(bytes, t->shape[i], &bytes))
            inc_raise(cx, INC_E_ARGUMENT, "%s.shape is larger than memory can be", item);
    }
}

static const inc_tensor *copy_tensors(inccx *cx, const Torch2ONNXConfig *given)
{
    size_t n = given->n_example_inputs;
    inc_tensor *copies = INC_NEW_N(cx, inc_tensor, n);
    check_count(cx, "example_inputs", given->example_inputs, n);
    for (size_t i = 0; i < n; i++) {
        const char *item = inc_printf(cx, "example_inputs[%zu]", i);
        incapi_copy_struct(
            cx, item, (const char *)given->example_inputs + i * given->example_input_size,
            given->example_input_size, FIRST_TENSOR_SIZE, &copies[i], sizeof *copies);
        incapi_check_tensor(cx, item, &copies[i]);
    }
    return copies;
}

static const inc_dynamic_axis *copy_axes(inccx *cx, const Torch2ONNXConfig *given)
{
    size_t n = given->n_dynamic_axes;
    inc_dynamic_axis *copies = INC_NEW_N(cx, inc_dynamic_axis, n);
    incmap *seen = incmap_new(cx);
    check_count(cx, "dynamic_axes", given->dynamic_axes, n);
    for (size_t i = 0; i < n; i++) {
        const char *item = inc_printf(cx, "dynamic_axes[%zu]", i);
        inc_dynamic_axis *axis = &copies[i];
        incapi_copy_struct(cx, item,
                           (const char *)given->dynamic_axes + i * given->dynamic_axis_size,
                           given->dynamic_axis_size, FIRST_AXIS_SIZE, axis, sizeof *axis);
        check_name(cx, inc_printf(cx, "%s.name", item), axis->name);
        if (axis->symbol)
            check_name(cx, inc_printf(cx, "%s.symbol", item), axis->symbol);
        if (axis->axis < -INCTENSOR_MAX_RANK || axis->axis >= INCTENSOR_MAX_RANK)
            refuse(cx, inc_printf(cx, "%s.axis", item), "-64 to 63", "%lld", (long long)axis->axis);
        const char *key = inc_printf(cx, "%lld %s", (long long)axis->axis, axis->name);
        if (incmap_has_str(seen, key))
            refuse(cx, item, "said once", "axis %lld of \"%s\" again", (long long)axis->axis,
                   shown(cx, axis->name));
        incmap_set_str(cx, seen, key, NULL);
    }
    return copies;
}

static const inc_metadata *copy_metadata(inccx *cx, const Torch2ONNXConfig *given)
{
    size_t n = given->n_metadata;
    inc_metadata *copies = INC_NEW_N(cx, inc_metadata, n);
    incmap *seen = incmap_new(cx);
    check_count(cx, "metadata", given->metadata, n);
    for (size_t i = 0; i < n; i++) {
        const char *item = inc_printf(cx, "metadata[%zu]", i);
        incapi_copy_struct(cx, item, (const char *)given->metadata + i * given->metadata_size,
                           given->metadata_size, sizeof(inc_metadata), &copies[i], sizeof *copies);
        check_name(cx, inc_printf(cx, "%s.key", item), copies[i].key);
        if (!copies[i].value || !incstr_is_utf8(copies[i].value, strlen(copies[i].value)))
            refuse(cx, inc_printf(cx, "%s.value", item), "UTF-8", copies[i].value ? "not" : "NULL");
        if (incmap_has_str(seen, copies[i].key))
            refuse(cx, item, "said once", "\"%s\" again", shown(cx, copies[i].key));
        incmap_set_str(cx, seen, copies[i].key, NULL);
    }
    return copies;
}

static const inc_custom_domain *copy_domains(inccx *cx, const Torch2ONNXConfig *given)
{
    size_t n = given->n_custom_domains;
    inc_custom_domain *copies = INC_NEW_N(cx, inc_custom_domain, n);
    check_count(cx, "custom_domains", given->custom_domains, n);
    for (size_t i = 0; i < n; i++) {
        const char *item = inc_printf(cx, "custom_domains[%zu]", i);
        incapi_copy_struct(
            cx, item, (const char *)given->custom_domains + i * given->custom_domain_size,
            given->custom_domain_size, sizeof(inc_custom_domain), &copies[i], sizeof *copies);
        check_name(cx, inc_printf(cx, "%s.name_space", item), copies[i].name_space);
        check_name(cx, inc_printf(cx, "%s.domain", item), copies[i].domain);
    }
    return copies;
}

static void check_opset(inccx *cx, uint32_t opset)
{
    if (opset != INC_OPSET_AUTO && (opset < INCOX_OLDEST_OPSET || opset > INCOX_NEWEST_OPSET))
        refuse(cx, "opset_version",
               inc_printf(cx, "%d to %d, or 0 (auto)", INCOX_OLDEST_OPSET, INCOX_NEWEST_OPSET),
               "%u", (unsigned)opset);
}

static void check_target(inccx *cx, inc_target target)
{
    if (target == INC_TARGET_GENERIC)
        return;
    const char *name = inc_target_name(target);
    refuse(cx, "target", "0 (generic)", "%u%s", (unsigned)target,
           name ? inc_printf(cx, " (%s), which is not built yet", name) : "");
}

const Torch2ONNXConfig *incapi_config(inccx *cx, const Torch2ONNXConfig *given)
{
    Torch2ONNXConfig *c = INC_NEW(cx, Torch2ONNXConfig);
    *c = defaults;
    if (!given)
        return c;
    incapi_copy_struct(cx, "Torch2ONNXConfig", given, given->struct_size, FIRST_CONFIG_SIZE, c,
                       sizeof *c);
    check_choice(cx, "dtype", c->dtype, inc_dtype_name);
    check_opset(cx, c->opset_version);
    check_choice(cx, "quant_format", c->quant_format, inc_quant_format_name);
    check_choice(cx, "recipe", c->recipe, inc_recipe_name);
    if (c->allow_contrib_ops > 1)
        refuse(cx, "allow_contrib_ops", "0 or 1", "%u", (unsigned)c->allow_contrib_ops);
    check_choice(cx, "activations", c->activations, inc_activations_name);
    check_target(cx, c->target);
    if (c->durable > 1)
        refuse(cx, "durable", "0 or 1", "%u", (unsigned)c->durable);
    if (c->strict > 1)
        refuse(cx, "strict", "0 or 1", "%u", (unsigned)c->strict);
    if (c->fuse > 1)
        refuse(cx, "fuse", "0 or 1", "%u", (unsigned)c->fuse);
    if (c->fuse && c->opset_version != INC_OPSET_AUTO && c->opset_version < 23)
        inc_raise_hint(cx, INC_E_ARGUMENT, "set opset_version to 23 or to 0 (auto)",
                       "fuse is 1, but opset_version is %u; Attention and RMSNormalization came "
                       "with 23",
                       (unsigned)c->opset_version);
    if (c->integer_kernels > 1)
        refuse(cx, "integer_kernels", "0 or 1", "%u", (unsigned)c->integer_kernels);
    check_choice(cx, "external_data", c->external_data, inc_external_data_name);
    check_choice(cx, "state", c->state, inc_state_name);
    check_choice(cx, "names", c->names, inc_names_name);
    check_choice(cx, "log_level", c->log_level, level_name);
    if (c->method) {
        check_name(cx, "method", c->method);
        c->method = inc_strdup(cx, c->method);
    }
    c->example_inputs = copy_tensors(cx, c);
    c->input_names = copy_names(cx, "input_names", c->input_names, c->n_input_names);
    c->output_names = copy_names(cx, "output_names", c->output_names, c->n_output_names);
    c->dynamic_axes = copy_axes(cx, c);
    c->metadata = copy_metadata(cx, c);
    c->custom_domains = copy_domains(cx, c);
    if (c->producer)
        check_name(cx, "producer", c->producer);
    c->struct_size = sizeof *c;
    return c;
}

static void pass_log(inc_level level, const char *line, void *data)
{
    const incapi_hooks *h = data;
    if ((inc_log_level)level <= h->level)
        h->log((inc_log_level)level, line, h->log_data);
}

bool incapi_config_hooks(const Torch2ONNXConfig *given, incapi_hooks *h)
{
    *h = (incapi_hooks){0};
    /* A struct of the wrong size is not looked at; incapi_config() will refuse it. */
    if (!given || given->struct_size < FIRST_CONFIG_SIZE || given->struct_size > LARGEST_CONFIG)
        return true;
    if (!incapi_allocator(given->allocator, &h->hooks))
        return false;
    h->hooks.progress = given->progress;
    h->hooks.progress_data = given->progress_data;
    h->hooks.memory_limit = given->memory_limit;
    if (given->struct_size >= offsetof(Torch2ONNXConfig, work_limit) + sizeof given->work_limit)
        h->hooks.work_limit = given->work_limit;
    if (given->log) {
        h->log = given->log;
        h->log_data = given->log_data;
        h->level = given->log_level;
        h->hooks.log = pass_log;
        h->hooks.log_data = h;
    }
    return true;
}

/* ---- checking alone ---- */

static void check(inccx *cx, void *data)
{
    (void)incapi_config(cx, data);
}

inc_status inc_torch2onnx_config_check(const Torch2ONNXConfig *config, inc_error **error)
{
    incapi_hooks h;
    union {
        const Torch2ONNXConfig *in;
        void *out;
    } cast = {config};

    if (!config)
        return incapi_refuse(error, INC_E_ARGUMENT, "config is NULL");
    if (!incapi_config_hooks(config, &h))
        return incapi_refuse(error, INC_E_ABI, INCAPI_BAD_ALLOCATOR);
    return incapi_call(&h.hooks, error, check, cast.out);
}
