/* SPDX-License-Identifier: Apache-2.0 */
/* Printing a graph; see dump.h. */
#include "ir/dump.h"

#include <string.h>

#include "ir/rewrite.h"

typedef struct printer {
    incir_graph *g;
    inccx *cx;
    incstr *out;
    uint32_t *numbers; /* by id of value; 0: not met yet */
    uint32_t n_numbers;
} printer;

enum { MOST_SHOWN = 8 };

static void add(printer *p, const char *text)
{
    incstr_add(p->cx, p->out, text);
}

static void indent(printer *p, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        add(p, "    ");
}

static void print_elements(printer *p, const inctensor *t)
{
    size_t n = (size_t)t->numel;
    add(p, t->rank ? "[" : "");
    for (size_t i = 0; i < n; i++) {
        add(p, i ? ", " : "");
        if (incdtype_is_float(t->dtype))
            incstr_addf(p->cx, p->out, "%.9g", inctensor_f64s(p->cx, t)[i]);
        else
            incstr_addf(p->cx, p->out, "%lld", (long long)inctensor_i64s(p->cx, t)[i]);
    }
    add(p, t->rank ? "]" : "");
}

static bool is_short(const inctensor *t)
{
    return inctensor_has_data(t) && t->rank < 2 && t->numel <= MOST_SHOWN &&
           !incdtype_is_complex(t->dtype) && !incdtype_is_quantized(t->dtype);
}

static void print_value(printer *p, const incir_value *v)
{
    if (!v) {
        add(p, "-");
    } else if (v->name) {
        add(p, v->name);
    } else if (v->kind == INCIR_CONSTANT && is_short(v->constant)) {
        if (v->dtype != INCDT_I64)
            add(p, incdtype_name(v->dtype));
        add(p, v->dtype != INCDT_I64 && v->rank == 0 ? " " : "");
        print_elements(p, v->constant);
    } else if (v->kind == INCIR_SIZES) {
        add(p, "sizes(");
        for (size_t i = 0; v->rank == 0 ? i < 1 : !incsym_is(v->dims[0], (int64_t)i); i++) {
            add(p, i ? ", " : "");
            add(p, incsym_text(p->g->syms, v->contents[i]));
        }
        add(p, ")");
    } else {
        if (!p->numbers[v->id])
            p->numbers[v->id] = ++p->n_numbers;
        incstr_addf(p->cx, p->out, "%%%u", (unsigned)p->numbers[v->id]);
        if (v->kind == INCIR_CONSTANT)
            incstr_addf(p->cx, p->out, "=const %s", incir_type_text(p->g, v));
    }
}

static void print_attr(printer *p, const incir_attr *attr)
{
    incstr_addf(p->cx, p->out, "%s=", attr->name);
    switch (attr->kind) {
    case INCIR_ATTR_INT:
        incstr_addf(p->cx, p->out, "%lld", (long long)attr->u.i);
        break;
    case INCIR_ATTR_FLOAT:
        incstr_addf(p->cx, p->out, "%.9g", (double)attr->u.f);
        break;
    case INCIR_ATTR_STRING:
        incstr_addf(p->cx, p->out, "\"%s\"", attr->u.s);
        break;
    case INCIR_ATTR_TENSOR:
        add(p, incdtype_name(attr->u.tensor->dtype));
        add(p, " ");
        if (is_short(attr->u.tensor))
            print_elements(p, attr->u.tensor);
        break;
    case INCIR_ATTR_BLOCK:
        add(p, "{…}");
        break;
    default:
        add(p, "[");
        for (size_t i = 0; i < attr->n; i++) {
            add(p, i ? ", " : "");
            if (attr->kind == INCIR_ATTR_INTS)
                incstr_addf(p->cx, p->out, "%lld", (long long)attr->u.ints[i]);
            else if (attr->kind == INCIR_ATTR_FLOATS)
                incstr_addf(p->cx, p->out, "%.9g", (double)attr->u.floats[i]);
            else
                incstr_addf(p->cx, p->out, "\"%s\"", attr->u.strings[i]);
        }
        add(p, "]");
    }
}

static void print_block(printer *p, const incir_block *b, unsigned depth);

static void print_node(printer *p, const incir_node *n, unsigned depth)
{
    indent(p, depth);
    for (size_t i = 0; i < n->n_outputs; i++) {
        add(p, i ? ", " : "");
        print_value(p, n->outputs[i]);
    }
    incstr_addf(p->cx, p->out, " = %s%s%s(", n->domain, n->domain[0] ? ":" : "", n->op_type);
    for (size_t i = 0; i < n->n_inputs; i++) {
        add(p, i ? ", " : "");
        print_value(p, n->inputs[i]);
    }
    add(p, ")");
    for (const incir_attr *attr = n->attrs; attr; attr = attr->next) {
        add(p, attr == n->attrs ? " {" : ", ");
        print_attr(p, attr);
        add(p, attr->next ? "" : "}");
    }
    for (size_t i = 0; i < n->n_outputs; i++) {
        add(p, i ? ", " : " : ");
        add(p, n->outputs[i] ? incir_type_text(p->g, n->outputs[i]) : "-");
    }
    const char *scope = n->call->scope, *python = incir_call_python(p->g, n->call);
    if (scope[0] || python)
        incstr_addf(p->cx, p->out, "  # %s%s%s", scope, scope[0] && python ? " " : "",
                    python ? python : "");
    add(p, "\n");
    for (const incir_attr *attr = n->attrs; attr; attr = attr->next)
        if (attr->kind == INCIR_ATTR_BLOCK) {
            indent(p, depth + 1);
            incstr_addf(p->cx, p->out, "%s:\n", attr->name);
            print_block(p, attr->u.block, depth + 2);
        }
}

static void print_block(printer *p, const incir_block *b, unsigned depth)
{
    for (size_t i = 0; i < b->n_inputs; i++) {
        indent(p, depth);
        add(p, "input  ");
        print_value(p, b->inputs[i]);
        incstr_addf(p->cx, p->out, ": %s\n", incir_type_text(p->g, b->inputs[i]));
    }
    for (const incir_node *n = b->first; n; n = n->next)
        print_node(p, n, depth);
    for (size_t i = 0; i < b->n_outputs; i++) {
        indent(p, depth);
        add(p, "output ");
        print_value(p, b->outputs[i]);
        add(p, "\n");
    }
}

/* Named constants in order of first use; the others stand where they are read. */
static void print_constants(printer *p, const incir_block *b, uint8_t *printed)
{
    for (const incir_node *n = b->first; n; n = n->next) {
        for (size_t i = 0; i < n->n_inputs; i++) {
            const incir_value *v = n->inputs[i];
            if (!v || v->kind != INCIR_CONSTANT || !v->name || printed[v->id])
                continue;
            printed[v->id] = 1;
            incstr_addf(p->cx, p->out, "const  %s: %s", v->name, incir_type_text(p->g, v));
            if (is_short(v->constant)) {
                add(p, " = ");
                print_elements(p, v->constant);
            }
            add(p, "\n");
        }
        const incir_attr *at = n->attrs;
        for (const incir_block *inner; (inner = incir_next_block(&at)) != NULL;)
            print_constants(p, inner, printed);
    }
}

void incir_dump(incir_graph *g, incstr *out)
{
    printer p = {g, g->cx, out, INC_NEW_N(g->cx, uint32_t, (size_t)g->n_values + 1), 0};
    print_constants(&p, g->main, INC_NEW_N(g->cx, uint8_t, (size_t)g->n_values + 1));
    print_block(&p, g->main, 0);
}
