/* SPDX-License-Identifier: Apache-2.0 */
/* A model without names: torch.jit.freeze leaves constants, and one module that calls everything.
 * Comes in: the calls of such a graph; goes out: the same with the checkpoint's names on what it
 * multiplies with and on the calls of modules, so that they are matched as in any other model, or
 * INC_E_ARGUMENT saying what is open.
 *
 * A product belongs to the module whose weight, dequantized, is its own but for rounding (a batch
 * norm that went into either is taken into account). Where several are as near, or none is, because
 * training changed the weights, the order decides: FX copies modules in the order in which the
 * model calls them. What other modules hold has to be among the model's constants as it is. */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "checkpoint/attach.h"
#include "ops/call/schema.h"

static const char hint[] =
    "the model has no names of modules, as torch.jit.freeze leaves it: give it as it was before it "
    "was frozen";

enum { RUNS = 64, RUN = 64 }; /* of elements that are compared */
/* Squares of differences beside squares of weights: what training may have changed, and how much
 * farther away another module has to be. */
static const double NEAR = 0.25, CLEARLY = 4;

typedef struct product {
    incckpt_step *step;
    incir_node *node;
    bool is_transposed;    /* its weight is the module's with its two axes swapped */
    const double *factors; /* of a batch norm behind it; NULL: none */
    size_t n_factors, axis;
    incckpt_module *module;
} product;

typedef struct namer {
    inccx *cx;
    incckpt_plan *p;
    product *products;
    size_t n;
    incmap *taken; /* names of modules that have a product */
    bool by_order;
} namer;

static void refuse(const namer *f, const char *why) INC_NORETURN;
static void refuse(const namer *f, const char *why)
{
    inc_raise_hint(f->cx, INC_E_ARGUMENT, hint, "the checkpoint does not fit the model: %s", why);
}

/* ---- whether it has none ---- */

bool incckpt_has_names(const incckpt_plan *p)
{
    for (size_t i = 0; i < p->n_steps; i++)
        if (p->steps[i].call->module[0])
            return true;
    for (const incir_node *n = p->g->main->first; n; n = n->next)
        for (size_t i = 0; i < n->n_inputs; i++)
            if (n->inputs[i] && n->inputs[i]->is_parameter)
                return true;
    return false;
}

/* ---- products ---- */

/* What a batch norm that alone reads the product multiplies each channel with. */
static void find_factors(const namer *f, product *p)
{
    const incir_node *bn = incckpt_only_reader(f->p, p->node->outputs[0]);
    if (!incckpt_is_op(bn, INCIR_OP_BATCH_NORMALIZATION) || bn->n_inputs < 5 ||
        !incir_is_constant(bn->inputs[1]) || !incir_is_constant(bn->inputs[4]))
        return;
    const inctensor *scale = bn->inputs[1]->constant, *variance = bn->inputs[4]->constant;
    if (scale->numel != variance->numel || scale->numel == 0)
        return;
    const incir_attr *attr = incir_find_attr(bn, "epsilon");
    const double *v = inctensor_f64s(f->cx, variance), eps = attr ? (double)attr->u.f : 1e-5;
    double *factors = inctensor_f64s(f->cx, scale);
    for (uint64_t i = 0; i < scale->numel; i++)
        factors[i] /= sqrt(v[i] + eps);
    p->factors = factors;
    p->n_factors = (size_t)scale->numel;
    p->axis = p->is_transposed || incckpt_is_op(p->node, INCIR_OP_CONV_TRANSPOSE) ? 1 : 0;
}

/* Whether the operator is given what it multiplies with: pools multiply with constants of their
 * own.
 */
static bool takes_weight(const incir_call *call)
{
    static const char *const names[] = {"weight", "mat2", "other"};
    for (size_t i = 0; call->schema && i < INC_COUNT(names); i++)
        if (incop_schema_param(call->schema, names[i]) >= 0)
            return true;
    return false;
}

static bool has_weight(const incir_node *n)
{
    const incir_value *w = n->n_inputs > 1 ? n->inputs[1] : NULL;
    return n->op->work == INCIR_WORK_PRODUCT && w && incir_is_constant(w) && w->rank >= 2 &&
           incdtype_is_float(w->dtype) && takes_weight(n->call);
}

static void find_products(namer *f)
{
    size_t n = 0;
    f->products = INC_NEW_N(f->cx, product, f->p->n_steps);
    for (incir_node *node = f->p->g->main->first; node; node = node->next) {
        incckpt_step *step = incckpt_step_of(f->p, node);
        if (!step || !has_weight(node) || (n && f->products[n - 1].step == step))
            continue;
        product *p = &f->products[n++];
        *p = (product){.step = step, .node = node};
        p->is_transposed =
            incckpt_is_op(node, INCIR_OP_MATMUL) ||
            (incckpt_is_op(node, INCIR_OP_GEMM) && incir_attr_int_or(node, "transB", 0) == 0);
        find_factors(f, p);
    }
    f->n = n;
}

/* ---- weights ---- */

static bool has_its_shape(const product *p, const incckpt_module *m)
{
    return m->weight && m->weight->rank >= 2 && inctensor_has_data(m->weight) &&
           (m->weight->q || incdtype_is_float(m->weight->dtype)) &&
           (!p->is_transposed || m->weight->rank == 2) &&
           incckpt_same_sizes(m->weight, p->node->inputs[1], p->is_transposed);
}

/* The square of how far the two weights are from each other, beside that of the module's. */
static double distance(const namer *f, const product *p, const incckpt_module *m)
{
    static const size_t swapped[2] = {1, 0};
    const inctensor *theirs = m->weight, *ours = p->node->inputs[1]->constant;
    if (p->is_transposed)
        theirs = inctensor_permute(f->cx, theirs, swapped);
    if (theirs->q)
        theirs = inctensor_dequantize(f->cx, theirs);
    theirs = inctensor_cast(f->cx, theirs, INCDT_F32);
    ours = inctensor_cast(f->cx, ours, INCDT_F32);
    uint64_t inner = 1, n = theirs->numel;
    for (size_t i = p->axis + 1; i < theirs->rank; i++)
        inner *= (uint64_t)theirs->sizes[i];
    float a[RUN], b[RUN];
    double off = 0, size = 0;
    for (uint64_t first = 0; first<n; first += n> RUNS * RUN ? n / RUNS : RUN) {
        uint64_t count = n - first < RUN ? n - first : RUN;
        inc_work(f->cx, count);
        inctensor_read(f->cx, ours, first, count, a);
        inctensor_read(f->cx, theirs, first, count, b);
        for (uint64_t i = 0; i < count; i++) {
            double x = p->factors ? a[i] * p->factors[(first + i) / inner % p->n_factors] : a[i];
            off += (x - b[i]) * (x - b[i]);
            size += (double)b[i] * b[i];
        }
    }
    return off == 0 ? 0 : off / size; /* of a weight of zeros: infinite */
}

/* The module whose weight is clearly the nearest; NULL: there is none. */
static incckpt_module *nearest(const namer *f, const product *p)
{
    double best = INFINITY, second = INFINITY;
    incckpt_module *found = NULL;
    for (const incmap_entry *e = incmap_first(f->p->c->modules); e; e = incmap_next(e)) {
        incckpt_module *m = incmap_value(e);
        if (!has_its_shape(p, m))
            continue;
        double d = distance(f, p, m);
        if (d < best) {
            second = best;
            best = d;
            found = m;
        } else if (d < second) {
            second = d;
        }
    }
    return best < NEAR && second > CLEARLY * best + 1e-9 ? found : NULL;
}

static void take(namer *f, product *p, incckpt_module *m)
{
    p->module = m;
    incmap_set_str(f->cx, f->taken, m->name, m);
}

/* ---- order ---- */

static bool is_open_like(const product *p, const product *first)
{
    const incir_value *a = p->node->inputs[1], *b = first->node->inputs[1];
    if (p->module || a->rank != b->rank || p->is_transposed != first->is_transposed)
        return false;
    for (size_t i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i])
            return false;
    return true;
}

/* The products of one shape that no weight decides, in order with the modules that are left. */
static void match_in_order(namer *f, size_t first)
{
    const product like = f->products[first];
    incckpt_modules left = {0};
    size_t n = 0, k = 0;
    for (const incmap_entry *e = incmap_first(f->p->c->modules); e; e = incmap_next(e)) {
        incckpt_module *m = incmap_value(e);
        if (has_its_shape(&like, m) && !incmap_has_str(f->taken, m->name))
            INC_PUSH(f->cx, &left, m);
    }
    for (size_t i = first; i < f->n; i++)
        n += is_open_like(&f->products[i], &like);
    if (n != left.n || (n > 1 && f->p->c->is_eager))
        refuse(f, inc_printf(f->cx,
                             "%zu products with a weight %s could be %zu modules of the "
                             "checkpoint%s%s",
                             n, incir_type_text(f->p->g, like.node->inputs[1]), left.n,
                             left.n ? ", among them " : "", left.n ? left.items[0]->name : ""));
    for (size_t i = first; i < f->n && k < left.n; i++)
        if (is_open_like(&f->products[i], &like))
            take(f, &f->products[i], left.items[k++]);
    f->by_order = true;
}

static void match_products(namer *f)
{
    for (size_t i = 0; i < f->n; i++) {
        incckpt_module *m = nearest(f, &f->products[i]);
        if (m)
            take(f, &f->products[i], m);
    }
    for (size_t i = 0; i < f->n; i++)
        if (!f->products[i].module)
            match_in_order(f, i);
}

/* ---- names ---- */

/* "/layer1/layer1.0/conv1", as torch.onnx names the scope of that module. */
static const char *scope_of(inccx *cx, const char *module)
{
    incstr s = {0};
    const char *end = module;
    for (const char *last = module; *end; last = end + 1) {
        const char *dot = strchr(last, '.');
        end = dot ? dot : last + strlen(last);
        bool is_item = last > module && *last >= '0' && *last <= '9';
        incstr_add(cx, &s, "/");
        if (is_item) /* of a sequence: with that's name */
            incstr_add_n(cx, &s, module, (size_t)(end - module));
        else
            incstr_add_n(cx, &s, last, (size_t)(end - last));
        if (!*end)
            break;
    }
    return incstr_text(&s);
}

static void call_in(const namer *f, const incckpt_step *s, const char *module)
{
    s->call->module = module;
    s->call->scope = scope_of(f->cx, module);
}

/* Where the model has the module: what stayed float and was fused with a relu is the first of two.
 */
static const char *place_of(const namer *f, const product *p)
{
    const char *name = incckpt_without_wrappers(f->cx, p->module->name);
    const incir_node *reader = incckpt_only_reader(f->p, p->node->outputs[0]);
    if (reader && incckpt_is_op(reader, INCIR_OP_BATCH_NORMALIZATION))
        reader = incckpt_only_reader(f->p, reader->outputs[0]);
    bool is_first =
        !p->module->weight->q && incckpt_is_op(reader, INCIR_OP_RELU) && incstr_ends(name, ".0");
    return is_first ? inc_strndup(f->cx, name, strlen(name) - strlen(".0")) : name;
}

static void name_products(const namer *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const product *p = &f->products[i];
        if (!p->module)
            refuse(f, "a product has no module of the checkpoint");
        const char *module = place_of(f, p);
        incmap_set_str(f->cx, f->taken, module, p->module);
        incir_value *w = incir_constant(f->p->g, p->node->inputs[1]->constant, NULL);
        w->name = inc_printf(f->cx, "%s.weight", module);
        w->is_parameter = true;
        p->node->inputs[1] = w;
        call_in(f, p->step, module);
    }
}

/* Whether the modules that weights decide are called in the order of the file: then the others are,
 * too. */
static bool is_in_order(const namer *f)
{
    incmap *places = incmap_new(f->cx);
    uintptr_t n = 0, last = 0;
    for (const incmap_entry *e = incmap_first(f->p->c->modules); e; e = incmap_next(e))
        incmap_set_str(f->cx, places, ((const incckpt_module *)incmap_value(e))->name, (void *)++n);
    for (size_t i = 0; i < f->n; i++) {
        uintptr_t place = (uintptr_t)incmap_get_str(places, f->products[i].module->name);
        bool is_again = false;
        for (size_t k = 0; k < i && !is_again; k++)
            is_again = f->products[k].module == f->products[i].module;
        if (!is_again && place < last)
            return false;
        last = is_again ? last : place;
    }
    return true;
}

/* ---- modules that multiply with nothing ---- */

static bool is_own_module(const namer *f, const incckpt_module *m)
{
    return m->output.has_scale && !m->output.is_noted && !incckpt_is_weighted(m) &&
           !m->output.is_stub && !incmap_has_str(f->taken, m->name);
}

/* Whether a module of FX could have been called there; eager mode has one for functions, too. */
static bool is_call_of_module(const namer *f, const incckpt_step *s)
{
    const incir_node *n = s->first;
    const incckpt_step *maker = n->n_inputs ? incckpt_maker_of(f->p, n->inputs[0]) : NULL;
    for (size_t i = 0; i < f->n; i++)
        if (f->products[i].step == s ||
            (incckpt_is_op(n, INCIR_OP_BATCH_NORMALIZATION) && f->products[i].step == maker))
            return false;
    return f->p->c->is_eager
               ? s->quantization & (INCOP_FX_OBSERVED | INCOP_FX_METHOD)
               : s->quantization & INCOP_FX_OBSERVED && !(s->quantization & INCOP_FX_METHOD);
}

/* Hardswish, layer norms and the like: all that the file has, in order. */
static void name_modules(const namer *f)
{
    incckpt_modules own = {0};
    INC_VEC(const incckpt_step *) calls = {0};
    for (const incmap_entry *e = incmap_first(f->p->c->modules); e; e = incmap_next(e))
        if (is_own_module(f, incmap_value(e)))
            INC_PUSH(f->cx, &own, incmap_value(e));
    for (size_t i = 0; i < f->p->n_steps && own.n; i++)
        if (is_call_of_module(f, &f->p->steps[i]))
            INC_PUSH(f->cx, &calls, &f->p->steps[i]);
    if (own.n != calls.n && own.n)
        refuse(f, inc_printf(f->cx,
                             "%zu calls could be %zu modules of the checkpoint, among them "
                             "%s",
                             calls.n, own.n, own.items[0]->name));
    if (own.n > 1 && (f->p->c->is_eager || !is_in_order(f)))
        refuse(f, inc_printf(f->cx, "which calls are %s, %s … is open", own.items[0]->name,
                             own.items[1]->name));
    for (size_t i = 0; i < own.n; i++)
        call_in(f, calls.items[i], incckpt_without_wrappers(f->cx, own.items[i]->name));
}

/* ---- what is left ---- */

static bool has_same_bytes(inccx *cx, const inctensor *a, const inctensor *b)
{
    enum { BLOCK = 4096 };
    unsigned char x[BLOCK], y[BLOCK];
    size_t size = incdtype_size(a->dtype);
    uint64_t n = a->numel, most = BLOCK / size;
    for (uint64_t first = 0; first < n; first += most) {
        uint64_t count = n - first < most ? n - first : most;
        inc_work(cx, count);
        inctensor_read(cx, a, first, count, x);
        inctensor_read(cx, b, first, count, y);
        if (memcmp(x, y, (size_t)count * size) != 0)
            return false;
    }
    return true;
}

static bool is_in_model(const namer *f, const inctensor *t)
{
    for (const incir_node *n = f->p->g->main->first; n; n = n->next)
        for (size_t i = 0; i < n->n_inputs; i++) {
            const incir_value *v = n->inputs[i];
            inc_work(f->cx, 1);
            if (v && v->kind == INCIR_CONSTANT && v->dtype == t->dtype &&
                v->constant->numel == t->numel && inctensor_has_data(v->constant) &&
                has_same_bytes(f->cx, v->constant, t))
                return true;
        }
    return false;
}

static bool belongs_to_product(const namer *f, const char *key)
{
    for (const char *end = key + strlen(key); end > key; end--)
        if (*end == '.' && incmap_has_str(f->taken, inc_strndup(f->cx, key, (size_t)(end - key))))
            return true;
    return false;
}

/* Weights of what is no product: training may have changed them, and then nothing says whose they
 * are. */
static void check_plain(const namer *f)
{
    for (const incmap_entry *e = incmap_first(f->p->c->plain); e; e = incmap_next(e)) {
        const inctensor *t = incmap_value(e);
        const char *key = incmap_key(e, NULL);
        if (t->numel < 2 || !incdtype_is_float(t->dtype) || !inctensor_has_data(t) ||
            belongs_to_product(f, key) || is_in_model(f, t))
            continue;
        refuse(f, inc_printf(f->cx, "no constant of it has the numbers of %s", key));
    }
}

static void check_kind(const namer *f)
{
    for (const incmap_entry *e = incmap_first(f->p->c->modules); e; e = incmap_next(e))
        if (((const incckpt_module *)incmap_value(e))->is_alone)
            refuse(f, "modules that were quantized by themselves are matched by name");
    if (incmap_count(f->p->c->packed) || incmap_count(f->p->c->layers))
        refuse(f, "functions with weights and recurrent layers are matched by name");
    if (f->p->c->sub_modules.n > 0)
        refuse(f, "which calls belong to the modules that were quantized by themselves is open");
}

static void find_flat_modules(incckpt_plan *p)
{
    p->flat_modules = incmap_new(p->cx);
    for (const incmap_entry *e = incmap_first(p->c->modules); e; e = incmap_next(e))
        incmap_set_str(p->cx, p->flat_modules, incckpt_fx_key(p->cx, incmap_key(e, NULL), 0), p);
}

void incckpt_check_order(const incckpt_plan *p, incckpt_fit fit)
{
    const namer f = {.cx = p->cx};
    if (fit.n_misfits > 0)
        refuse(&f, "there are not as many scales as values that need one, and which is which is "
                   "open");
    if (fit.n_implausible > 0 && !p->c->is_eager)
        refuse(&f, "taken in order, a scale does not have the range of its value");
}

void incckpt_find_names(incckpt_plan *p)
{
    namer f = {.cx = p->cx, .p = p, .taken = incmap_new(p->cx)};
    check_kind(&f);
    find_flat_modules(p);
    find_products(&f);
    match_products(&f);
    name_products(&f);
    check_plain(&f);
    if (!p->c->is_dynamic)
        name_modules(&f);
    inc_warn(p->cx,
             "the model has no names of modules: %zu products are matched with the checkpoint's by "
             "their weights%s, and its scales in the order of the file",
             f.n, f.by_order ? " and, where these decide nothing, by order and shape" : "");
}
