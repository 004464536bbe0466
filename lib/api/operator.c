/* SPDX-License-Identifier: Apache-2.0 */
/* Lowering by the application: Torch2ONNXConfig.lower is given calls of operators without a row,
 * and adds nodes through these functions. What they raise is kept and raised again once the
 * application has returned: nothing unwinds through its frames. */
#include <string.h>

#include "api/internal.h"
#include "base/str.h"
#include "base/vec.h"
#include "ops/call/custom.h"

enum { MOST_ITEMS = 65536, MOST_OUTPUTS = 64, MOST_NESTING = 16 };
#define FIRST_NODE_SIZE (offsetof(inc_node, output_size) + sizeof(size_t))

struct inc_operator_call {
    inccx *cx;
    incir_graph *g;
    incop_custom_call *call;
    const inc_argument **args;
    const inc_node_output *types; /* n_types of call */
    bool has_failed;
    inc_failure failure;
};

/* ---- operands: values of the graph under another name ---- */

static const inc_operand *as_operand(const incir_value *v)
{
    return (const inc_operand *)(const void *)v;
}

static const incir_value *typed(const inc_operand *operand)
{
    return (const incir_value *)(const void *)operand;
}

/* One that nodes can read; what only has a type was made by result_type(). */
static incir_value *readable(inccx *cx, const inc_operand *operand)
{
    incir_value *v = (incir_value *)(uintptr_t)(const void *)operand;
    if (v && v->kind == INCIR_RESULT && !v->producer)
        inc_raise(cx, INC_E_ARGUMENT, "the type of a result is used as an operand");
    return v;
}

/* ---- arguments ---- */

static const inc_argument *argument(inc_operator_call *o, const char *name, const incval *v,
                                    int depth);

static void list_argument(inc_operator_call *o, inc_argument *a, const incval_list *list, int depth)
{
    const inc_argument **items = INC_NEW_N(o->cx, const inc_argument *, list->v.n);
    inc_work(o->cx, list->v.n);
    for (size_t i = 0; i < list->v.n; i++)
        items[i] = argument(o, "", &list->v.items[i], depth + 1);
    a->kind = INC_ARGUMENT_LIST;
    a->items = items;
    a->n_items = list->v.n;
}

static const inc_argument *argument(inc_operator_call *o, const char *name, const incval *v,
                                    int depth)
{
    inc_argument *a = INC_NEW(o->cx, inc_argument);
    *a = (inc_argument){.name = name, .kind = INC_ARGUMENT_OTHER};
    switch (v->kind) {
    case INCVAL_NONE:
        a->kind = INC_ARGUMENT_NONE;
        break;
    case INCVAL_TENSOR:
        a->kind = INC_ARGUMENT_TENSOR;
        a->operand = as_operand(incop_box_read(o->g, v->u.t));
        break;
    case INCVAL_BOOL:
        a->kind = INC_ARGUMENT_BOOL;
        a->integer = v->u.b;
        break;
    case INCVAL_INT:
        a->kind = INC_ARGUMENT_INT;
        if (!incsym_known(v->u.i, &a->integer)) {
            a->kind = INC_ARGUMENT_SIZE;
            a->integer = incsym_hint(v->u.i);
            a->operand = as_operand(incir_size_scalar(o->g, v->u.i));
        }
        break;
    case INCVAL_FLOAT:
        a->kind = INC_ARGUMENT_FLOAT;
        a->real = v->u.f;
        break;
    case INCVAL_STR:
    case INCVAL_DEVICE:
        a->kind = INC_ARGUMENT_STRING;
        a->text = v->u.s;
        break;
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        if (!v->u.list->rows && depth < MOST_NESTING)
            list_argument(o, a, v->u.list, depth);
        break;
    default:
        break;
    }
    return a;
}

/* The type of a result as an output: sizes that are not fixed are those of like, which no node can
 * read. */
static inc_node_output result_type(inccx *cx, const incir_type *type)
{
    incir_value *like = INC_NEW(cx, incir_value);
    int64_t *shape = INC_NEW_N(cx, int64_t, type->rank);
    *like = (incir_value){
        .kind = INCIR_RESULT, .dtype = type->dtype, .rank = type->rank, .dims = type->dims};
    for (size_t i = 0; i < type->rank; i++)
        if (!incsym_known(type->dims[i], &shape[i]))
            shape[i] = -1;
    return (inc_node_output){.like = as_operand(like),
                             .shape = shape,
                             .rank = type->rank,
                             .element = (inc_element)type->dtype};
}

bool incapi_lower(void *data, incop_custom_call *call)
{
    const Torch2ONNXConfig *config = data;
    inccx *cx = call->g->cx;
    inc_operator_call *o = INC_NEW(cx, inc_operator_call);
    inc_node_output *types = INC_NEW_N(cx, inc_node_output, call->n_types);
    *o = (inc_operator_call){.cx = cx, .g = call->g, .call = call, .types = types};
    for (size_t i = 0; i < call->n_types; i++)
        types[i] = result_type(cx, &call->types[i]);
    o->args = INC_NEW_N(cx, const inc_argument *, call->n_args);
    for (size_t i = 0; i < call->n_args; i++)
        o->args[i] = argument(o, call->args[i].name, &call->args[i].value, 0);

    int answer = config->lower(o, config->lower_data);
    if (o->has_failed) {
        cx->error = o->failure;
        inc_raise_again(cx);
    }
    if (answer != INC_LOWERED && answer != INC_NOT_LOWERED)
        inc_raise(cx, INC_E_CANCELLED, "the application's lower function gave %d for %s", answer,
                  call->name);
    if (answer == INC_LOWERED && !call->results)
        inc_raise(cx, INC_E_ARGUMENT,
                  "the application's lower function did not say what %s gives: call "
                  "inc_operator_return()",
                  call->name);
    return answer == INC_LOWERED;
}

/* ---- what the application asks ---- */

const char *inc_operator_name(const inc_operator_call *o)
{
    return o ? o->call->name : NULL;
}

uint32_t inc_operator_opset(const inc_operator_call *o)
{
    return o ? o->g->opset : 0;
}

size_t inc_operator_n_arguments(const inc_operator_call *o)
{
    return o ? o->call->n_args : 0;
}

const inc_argument *inc_operator_argument(const inc_operator_call *o, size_t i)
{
    return o && i < o->call->n_args ? o->args[i] : NULL;
}

size_t inc_operator_n_results(const inc_operator_call *o)
{
    return o ? o->call->n_types : 0;
}

const inc_node_output *inc_operator_result(const inc_operator_call *o, size_t i)
{
    return o && i < o->call->n_types ? &o->types[i] : NULL;
}

/* ---- what the application does ---- */

typedef struct request {
    inc_operator_call *o;
    const inc_tensor *tensor;
    const inc_node *node;
    const inc_operand *const *results;
    size_t n_results;
    const inc_operand **operands; /* to be set */
    const inc_value *value;
} request;

/* Runs work; what it raises is kept. */
static inc_status attempt(inc_operator_call *o, void (*work)(request *r), request *r)
{
    inc_frame frame;
    if (o->has_failed)
        return o->failure.status;
    r->o = o;
    if (inc_try(o->cx, &frame)) {
        work(r);
        inc_try_end(o->cx, &frame);
        return INC_OK;
    }
    o->has_failed = true;
    o->failure = o->cx->error;
    if (o->failure.status == INC_E_FORMAT || o->failure.status == INC_E_INTERNAL)
        o->failure.status = INC_E_ARGUMENT; /* not the file's fault: what was given is wrong */
    return o->failure.status;
}

static void describe(request *r)
{
    inccx *cx = r->o->cx;
    if (!r->operands[0])
        inc_raise(cx, INC_E_ARGUMENT, "inc_operator_type: operand is NULL");
    inc_value *value = INC_NEW(cx, inc_value);
    *value = incapi_value(cx, r->o->g, typed(r->operands[0]));
    r->value = value;
}

const inc_value *inc_operator_type(const inc_operator_call *o, const inc_operand *operand)
{
    request r = {.operands = &operand};
    if (!o)
        return NULL;
    inc_operator_call *own = (inc_operator_call *)(uintptr_t)(const void *)o;
    return attempt(own, describe, &r) == INC_OK ? r.value : NULL;
}

static void add_constant(request *r)
{
    inccx *cx = r->o->cx;
    const inc_tensor *given = r->tensor;
    if (!given || !given->data)
        inc_raise(cx, INC_E_ARGUMENT, "inc_operator_constant: tensor has no data");
    incapi_check_tensor(cx, "tensor", given);
    inc_tensor own = *given;
    uint64_t size = inc_element_size(given->element);
    for (size_t i = 0; i < given->rank; i++)
        size *= (uint64_t)given->shape[i];
    own.data = inc_copy(cx, given->data, (size_t)size);
    *r->operands = as_operand(incir_constant(r->o->g, incapi_tensor(cx, &own), NULL));
}

inc_status inc_operator_constant(inc_operator_call *o, const inc_tensor *tensor,
                                 const inc_operand **operand)
{
    if (!o || !operand)
        return INC_E_ARGUMENT;
    return attempt(o, add_constant, &(request){.tensor = tensor, .operands = operand});
}

static const char *name_of(inccx *cx, const char *field, const char *text)
{
    if (!text || !*text || !incstr_is_utf8(text, strlen(text)))
        inc_raise(cx, INC_E_ARGUMENT, "inc_node.%s is %s; it may be a name of UTF-8", field,
                  !text   ? "NULL"
                  : *text ? "not UTF-8"
                          : "empty");
    return inc_strdup(cx, text);
}

static void add_attribute(incir_graph *g, incir_node *n, const inc_attribute *a)
{
    inccx *cx = g->cx;
    const char *name = name_of(cx, "attributes", a->name);
    bool is_one = a->kind >= INC_ATTRIBUTE_INT && a->kind <= INC_ATTRIBUTE_STRING;
    size_t count = is_one ? 1 : a->n;
    bool is_int = a->kind == INC_ATTRIBUTE_INT || a->kind == INC_ATTRIBUTE_INTS;
    bool is_float = a->kind == INC_ATTRIBUTE_FLOAT || a->kind == INC_ATTRIBUTE_FLOATS;
    const void *items = is_int     ? (const void *)a->ints
                        : is_float ? (const void *)a->floats
                                   : (const void *)a->strings;
    if (a->kind < INC_ATTRIBUTE_INT || a->kind > INC_ATTRIBUTE_STRINGS || count > MOST_ITEMS ||
        (count > 0 && !items))
        inc_raise(cx, INC_E_ARGUMENT, "attribute %s is of no kind, too long, or without values",
                  name);
    if (is_int && is_one) {
        incir_attr_int(g, n, name, a->ints[0]);
    } else if (is_int) {
        incir_attr_ints(g, n, name, a->ints, count);
    } else if (is_float && is_one) {
        incir_attr_float(g, n, name, a->floats[0]);
    } else if (is_float) {
        incir_attr_floats(g, n, name, a->floats, count);
    } else {
        const char **texts = INC_NEW_N(cx, const char *, count);
        for (size_t i = 0; i < count; i++)
            texts[i] = name_of(cx, "attributes", a->strings[i]);
        if (is_one)
            incir_attr_str(g, n, name, texts[0]);
        else
            incir_attr_strs(g, n, name, texts, count);
    }
}

static const incsym *size_of(incir_graph *g, const inc_node_output *output, size_t axis)
{
    const incir_value *like = typed(output->like);
    if (output->shape[axis] >= 0)
        return incsym_int(g->syms, output->shape[axis]);
    if (like && axis < like->rank)
        return like->dims[axis];
    return incsym_new(g->syms, "size", 2, 0, NULL, (int)axis);
}

static incir_type output_type(incir_graph *g, const inc_node_output *output)
{
    const incir_value *like = typed(output->like);
    bool lacks = output->element == INC_ELEMENT_NONE || !output->shape;
    if ((lacks && !like) || output->reserved0 != 0)
        inc_raise(g->cx, INC_E_ARGUMENT, "inc_node.outputs: an output has neither type nor like");
    if (output->element != INC_ELEMENT_NONE && !inc_element_name(output->element))
        inc_raise(g->cx, INC_E_ARGUMENT, "inc_node.outputs: there is no element type %u",
                  (unsigned)output->element);
    if (output->shape && output->rank > INCTENSOR_MAX_RANK)
        inc_raise(g->cx, INC_E_ARGUMENT, "inc_node.outputs: a rank is %zu; it may be at most %d",
                  output->rank, INCTENSOR_MAX_RANK);
    incdtype dtype = output->element == INC_ELEMENT_NONE ? like->dtype : (incdtype)output->element;
    if (!output->shape)
        return (incir_type){dtype, like->rank, like->dims};
    const incsym **dims = INC_NEW_N(g->cx, const incsym *, output->rank);
    for (size_t i = 0; i < output->rank; i++)
        dims[i] = size_of(g, output, i);
    return (incir_type){dtype, output->rank, dims};
}

static void emit(request *r, incir_graph *g, incir_node *n, const inc_node *node)
{
    incir_value **made = INC_NEW_N(g->cx, incir_value *, node->n_outputs);
    if (!node->outputs) {
        incir_emit_n(g, n, node->n_outputs, made);
    } else {
        incir_type *types = INC_NEW_N(g->cx, incir_type, node->n_outputs);
        for (size_t i = 0; i < node->n_outputs; i++) {
            inc_node_output output;
            incapi_copy_struct(g->cx, "inc_node.outputs",
                               (const char *)node->outputs + i * node->output_size,
                               node->output_size, sizeof output, &output, sizeof output);
            types[i] = output_type(g, &output);
        }
        incir_emit_typed(g, n, types, node->n_outputs, made);
    }
    for (size_t i = 0; i < node->n_outputs; i++)
        r->operands[i] = as_operand(made[i]);
}

static void add_node(request *r)
{
    inccx *cx = r->o->cx;
    incir_graph *g = r->o->g;
    inc_node node = INC_NODE_INIT;
    if (!r->node)
        inc_raise(cx, INC_E_ARGUMENT, "inc_operator_node: node is NULL");
    incapi_copy_struct(cx, "inc_node", r->node, r->node->struct_size, FIRST_NODE_SIZE, &node,
                       sizeof node);
    bool is_own = node.domain && *node.domain;
    if (node.n_outputs < 1 || node.n_outputs > MOST_OUTPUTS || node.n_inputs > MOST_ITEMS ||
        node.n_attributes > MOST_ITEMS || (node.n_inputs > 0 && !node.inputs) ||
        (node.n_attributes > 0 && !node.attributes))
        inc_raise(cx, INC_E_ARGUMENT, "inc_node: a count is wrong, or an array is NULL");
    if (is_own && !node.outputs)
        inc_raise(cx, INC_E_ARGUMENT,
                  "inc_node.outputs is NULL, but only ONNX's own operators "
                  "have types that are known");
    incir_node *n = incir_node_new(g, name_of(cx, "op_type", node.op_type));
    if (is_own)
        incir_set_domain(n, name_of(cx, "domain", node.domain));
    for (size_t i = 0; i < node.n_inputs; i++)
        incir_in(g, n, readable(cx, node.inputs[i]));
    for (size_t i = 0; i < node.n_attributes; i++) {
        inc_attribute attribute;
        incapi_copy_struct(cx, "inc_node.attributes",
                           (const char *)node.attributes + i * node.attribute_size,
                           node.attribute_size, sizeof attribute, &attribute, sizeof attribute);
        add_attribute(g, n, &attribute);
    }
    emit(r, g, n, &node);
}

inc_status inc_operator_node(inc_operator_call *o, const inc_node *node,
                             const inc_operand **outputs)
{
    if (!o || !outputs)
        return INC_E_ARGUMENT;
    return attempt(o, add_node, &(request){.node = node, .operands = outputs});
}

static void give_results(request *r)
{
    inccx *cx = r->o->cx;
    incop_custom_call *call = r->o->call;
    if (call->n_types && call->n_types != r->n_results)
        inc_raise(cx, INC_E_ARGUMENT, "%s gives %zu tensors, but the lower function returned %zu",
                  call->name, call->n_types, r->n_results);
    if (r->n_results == 0 || r->n_results > MOST_OUTPUTS || !r->results)
        inc_raise(cx, INC_E_ARGUMENT, "inc_operator_return: there are 1 to %d results",
                  MOST_OUTPUTS);
    incir_value **results = INC_NEW_N(cx, incir_value *, r->n_results);
    for (size_t i = 0; i < r->n_results; i++) {
        results[i] = readable(cx, r->results[i]);
        if (!results[i])
            inc_raise(cx, INC_E_ARGUMENT, "inc_operator_return: result %zu is NULL", i);
    }
    call->results = results;
    call->n_results = r->n_results;
}

inc_status inc_operator_return(inc_operator_call *o, const inc_operand *const *results,
                               size_t n_results)
{
    if (!o)
        return INC_E_ARGUMENT;
    return attempt(o, give_results, &(request){.results = results, .n_results = n_results});
}
