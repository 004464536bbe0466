/* SPDX-License-Identifier: Apache-2.0 */
/* Storages and tensors of a pickle: numbers of the file become views of its bytes. */
#include <math.h>
#include <string.h>

#include "archive/internal.h"
#include "base/checked.h"
#include "base/str.h"

/* --- Arguments -------------------------------------------------------------------------------- */

static const incpkl_value *argument(const incpkl_machine *m, const incpkl_global *f,
                                    const incpkl_items *args, size_t i, incpkl_kind kind)
{
    if (i >= args->n)
        incpkl_fail(m, "%s with %zu arguments was found, too few", f->shown.full, args->n);
    if (args->items[i]->kind != kind)
        incpkl_fail(m, "%s was found as argument %zu of %s, where a %s was expected",
                    incpkl_describe(m->cx, args->items[i]), i + 1, f->shown.full,
                    incpkl_kind_name(kind));
    return args->items[i];
}

static int64_t int_argument(const incpkl_machine *m, const incpkl_global *f,
                            const incpkl_items *args, size_t i)
{
    return argument(m, f, args, i, INCPKL_INT)->as.integer;
}

static bool bool_argument(const incpkl_machine *m, const incpkl_global *f, const incpkl_items *args,
                          size_t i)
{
    return argument(m, f, args, i, INCPKL_BOOL)->as.boolean;
}

/* Sizes or strides. */
static const int64_t *int_tuple(const incpkl_machine *m, const incpkl_global *f,
                                const incpkl_items *args, size_t i, size_t *n)
{
    const incpkl_items *tuple = &argument(m, f, args, i, INCPKL_TUPLE)->as.items;
    if (tuple->n > INCTENSOR_MAX_RANK)
        incpkl_fail(m, "a tensor of %zu dimensions was found; at most %d are possible", tuple->n,
                    INCTENSOR_MAX_RANK);
    int64_t *numbers = INC_NEW_N(m->cx, int64_t, tuple->n);
    for (size_t k = 0; k < tuple->n; k++)
        numbers[k] = int_argument(m, f, tuple, k);
    *n = tuple->n;
    return numbers;
}

/* --- Storages --------------------------------------------------------------------------------- */

static void find_bytes(incpkl_machine *m, incpkl_storage *s)
{
    uint64_t needed;
    if (s->numel < 0 || !inc_mul_u64((uint64_t)s->numel, incdtype_size(s->dtype), &needed))
        incpkl_fail(m, "a storage of %lld elements was found", (long long)s->numel);
    incspan span = {0};
    const incpkl_options *o = m->options;
    bool is_there = o->find && !o->without_data && o->find(m->cx, o->user_data, s->key, &span);
    s->span.bytes = (const uint8_t *)"";
    s->has_data = needed == 0;
    if (needed == 0 || o->without_data || (!is_there && strcmp(s->location, "meta") == 0))
        return;
    const char *shown = incstr_shown(m->cx, s->key, strlen(s->key), 100);
    if (!is_there)
        incpkl_fail(m, "storage %s is named, but the file does not hold it; it was named", shown);
    if (span.size < needed)
        incpkl_fail(m, "storage %s has %llu bytes, where %llu were expected", shown,
                    (unsigned long long)span.size, (unsigned long long)needed);
    s->span = span;
    s->span.size = needed;
    s->has_data = true;
}

static incpkl_storage *storage_of(incpkl_machine *m, const incpkl_storage *wanted)
{
    incpkl_storage *s = incmap_get_str(m->storages, wanted->key);
    if (!s) {
        s = inc_copy(m->cx, wanted, sizeof *wanted);
        find_bytes(m, s);
        incmap_set_str(m->scratch, m->storages, s->key, s);
    } else if (s->dtype != wanted->dtype || s->is_untyped != wanted->is_untyped ||
               s->numel != wanted->numel) {
        incpkl_fail(m, "storage %s is named with two types or sizes",
                    incstr_shown(m->cx, s->key, strlen(s->key), 100));
    }
    return s;
}

/* Old files: a storage that is a part of another one, (key, offset, size) in elements. */
static incpkl_storage *part_of(incpkl_machine *m, const incpkl_storage *whole,
                               const incpkl_value *view)
{
    int64_t offset, n;
    if (view->kind != INCPKL_TUPLE || view->as.items.n != 3 ||
        !incpkl_is_int(view->as.items.items[1], &offset) ||
        !incpkl_is_int(view->as.items.items[2], &n) || offset < 0 || n < 0 ||
        offset > whole->numel || n > whole->numel - offset)
        incpkl_fail(m, "a storage that is no proper part of another one was found");
    incpkl_storage *part = inc_copy(m->cx, whole, sizeof *whole);
    uint64_t size = incdtype_size(whole->dtype);
    part->numel = n;
    if (part->has_data) {
        uint64_t at = (uint64_t)offset * size;
        part->span.bytes = whole->span.bytes ? whole->span.bytes + at : NULL;
        part->span.at += at;
        part->span.size = (uint64_t)n * size;
    }
    return part;
}

/* Of ZIP archives PyTorch reads five parts and looks at no other: its first TorchScript archives
 * wrote a sixth, as the files before them. */
static bool names_storage(const incpkl_machine *m, const incpkl_items *parts, size_t expected)
{
    return (m->is_legacy ? parts->n == expected : parts->n >= expected) &&
           incpkl_is_string(parts->items[0], "storage");
}

incpkl_value *incpkl_persistent(incpkl_machine *m, const incpkl_value *id)
{
    const incpkl_items *parts = &id->as.items;
    size_t expected = m->is_legacy ? 6 : 5;
    if (id->kind != INCPKL_TUPLE || parts->n == 0)
        incpkl_fail(m, "%s was found where the name of a storage was expected",
                    incpkl_describe(m->cx, id));
    if (incpkl_is_string(parts->items[0], "module"))
        incpkl_refuse(m, "Save a state_dict, or export the model with torch.jit or torch.export.",
                      "a pickled Python module was found");
    if (!names_storage(m, parts, expected))
        incpkl_fail(m, "a name of %zu parts was found where the %zu of a storage were expected",
                    parts->n, expected);
    const incpkl_global *type = incpkl_global_of(parts->items[1]);
    const incpkl_value *key = parts->items[2], *location = parts->items[3];
    bool is_untyped = type && type->role == INCPKL_ROLE_UNTYPED_STORAGE;
    if (!type || (!is_untyped && type->role != INCPKL_ROLE_STORAGE_TYPE))
        incpkl_fail(m, "%s was found where the type of a storage was expected",
                    incpkl_describe(m->cx, parts->items[1]));
    if (key->kind != INCPKL_STRING || location->kind != INCPKL_STRING ||
        parts->items[4]->kind != INCPKL_INT || strlen(key->as.text.bytes) != key->as.text.n)
        incpkl_fail(m, "a storage without a proper name and size was found");
    incpkl_storage wanted = {.key = key->as.text.bytes,
                             .location = location->as.text.bytes,
                             .dtype = is_untyped ? INCDT_U8 : type->dtype,
                             .is_untyped = is_untyped,
                             .numel = parts->items[4]->as.integer};
    incpkl_value *v = incpkl_new(m, INCPKL_STORAGE);
    v->as.storage = storage_of(m, &wanted);
    if (m->is_legacy && parts->items[5]->kind != INCPKL_NONE)
        v->as.storage = part_of(m, v->as.storage, parts->items[5]);
    return v;
}

/* --- Tensors ---------------------------------------------------------------------------------- */

static incpkl_value *new_tensor(incpkl_machine *m, const incpkl_tensor *t)
{
    incpkl_value *v = incpkl_new(m, INCPKL_TENSOR);
    v->as.tensor = inc_copy(m->cx, t, sizeof *t);
    return v;
}

/* What is wrong with sizes and strides is reported with the place where they stand. */
static const inctensor *tensor_of(incpkl_machine *m, const incpkl_storage *s, incdtype dtype,
                                  size_t rank, const int64_t *sizes, const int64_t *strides,
                                  int64_t offset)
{
    inc_frame frame;
    if (!inc_try(m->cx, &frame)) {
        if (m->cx->error.status == INC_E_MEMORY)
            inc_raise_again(m->cx);
        inc_raise(m->cx, m->cx->error.status, "%s; it was found at byte %llu of the pickle",
                  m->cx->error.message, (unsigned long long)m->op_at);
    }
    const inctensor *t =
        s->has_data ? inctensor_view_file(m->cx, dtype, s->span, rank, sizes, strides, offset)
                    : inctensor_without_data(m->cx, dtype, rank, sizes);
    inc_try_end(m->cx, &frame);
    return t;
}

/* (storage, offset, size, stride, …) */
static incpkl_tensor view_storage(incpkl_machine *m, const incpkl_global *f,
                                  const incpkl_items *args, bool has_dtype, incdtype dtype)
{
    const incpkl_storage *s = argument(m, f, args, 0, INCPKL_STORAGE)->as.storage;
    int64_t offset = int_argument(m, f, args, 1);
    size_t rank, n_strides;
    const int64_t *sizes = int_tuple(m, f, args, 2, &rank);
    const int64_t *strides = int_tuple(m, f, args, 3, &n_strides);
    if (rank != n_strides)
        incpkl_fail(m, "a tensor of %zu sizes and %zu strides was found", rank, n_strides);
    if (!has_dtype && s->is_untyped)
        incpkl_fail(m, "a tensor of unknown element type was found");
    incpkl_tensor t = {.storage = s, .strides = strides, .offset = offset};
    if (!has_dtype)
        dtype = s->dtype;
    t.tensor = tensor_of(m, s, dtype, rank, sizes, strides, offset);
    return t;
}

/* Flags that PyTorch applies when reading: they would have to be applied here too. */
static void refuse_flags(const incpkl_machine *m, const incpkl_items *args, size_t i)
{
    if (i >= args->n || args->items[i]->kind == INCPKL_NONE)
        return;
    static const char *const flags[] = {"conj", "neg"};
    for (size_t k = 0; k < INC_COUNT(flags); k++) {
        const incpkl_value *flag = incpkl_get(args->items[i], flags[k]);
        if (flag && (flag->kind != INCPKL_BOOL || flag->as.boolean))
            incpkl_refuse(m, "Call resolve_conj() and resolve_neg() before saving.",
                          "a tensor with the %s bit set was found", flags[k]);
    }
}

/* --- Quantizers ------------------------------------------------------------------------------- */

static void check_scale(const incpkl_machine *m, double scale)
{
    if (!(scale > 0) || !isfinite(scale) || (float)scale == 0 || !isfinite((float)scale))
        incpkl_fail(m, "a quantized tensor with scale %g was found", scale);
}

static void check_zero_point(const incpkl_machine *m, incdtype dtype, int64_t zero_point)
{
    int64_t low = dtype == INCDT_QI8 ? INT8_MIN : dtype == INCDT_QI32 ? INT32_MIN : 0;
    int64_t high = dtype == INCDT_QI8     ? INT8_MAX
                   : dtype == INCDT_QI32  ? INT32_MAX
                   : dtype == INCDT_QU4X2 ? 15
                   : dtype == INCDT_QU2X4 ? 3
                                          : UINT8_MAX;
    if (zero_point < low || zero_point > high)
        incpkl_fail(m, "a quantized tensor with zero point %lld was found, outside %lld to %lld",
                    (long long)zero_point, (long long)low, (long long)high);
}

/* One number per channel, of a tensor or a list; NULL where the file holds no values. */
static const double *channel_numbers(incpkl_machine *m, const incpkl_value *from, size_t n)
{
    if (from->kind == INCPKL_TENSOR) {
        const inctensor *t = from->as.tensor->tensor;
        if (t->rank != 1 || t->numel != n)
            incpkl_fail(m, "%llu quantization parameters were found for %zu channels",
                        (unsigned long long)t->numel, n);
        return inctensor_has_data(t) ? inctensor_f64s(m->cx, t) : NULL;
    }
    if ((from->kind != INCPKL_LIST && from->kind != INCPKL_TUPLE) || from->as.items.n != n)
        incpkl_fail(m,
                    "%s was found where the quantization parameters of %zu channels were "
                    "expected",
                    incpkl_describe(m->cx, from), n);
    double *numbers = INC_NEW_N(m->cx, double, n);
    for (size_t i = 0; i < n; i++)
        if (!incpkl_is_number(from->as.items.items[i], &numbers[i]))
            incpkl_fail(m, "%s was found where a number was expected",
                        incpkl_describe(m->cx, from->as.items.items[i]));
    return numbers;
}

static const int64_t *whole_numbers(incpkl_machine *m, const incqparams *q, const double *numbers)
{
    int64_t *whole = INC_NEW_N(m->cx, int64_t, q->n);
    for (size_t i = 0; i < q->n; i++) {
        if (!(fabs(numbers[i]) <= 0x1p31) || numbers[i] != floor(numbers[i]))
            incpkl_fail(m, "a quantized tensor with zero point %g was found", numbers[i]);
        whole[i] = (int64_t)numbers[i];
        check_zero_point(m, q->dtype, whole[i]);
    }
    return whole;
}

/* (qscheme, scales, zero_points, axis). False where the file does not hold the numbers. */
static bool read_per_channel(incpkl_machine *m, const incpkl_global *f, const incpkl_items *parts,
                             const inctensor *t, incqparams *q)
{
    int64_t axis = int_argument(m, f, parts, 3);
    if (axis < 0 || (size_t)axis >= t->rank)
        incpkl_fail(m, "a tensor of %zu dimensions quantized along axis %lld was found", t->rank,
                    (long long)axis);
    q->per_channel = true;
    q->axis = (size_t)axis;
    q->n = (size_t)t->sizes[axis];
    const double *scales = channel_numbers(m, parts->items[1], q->n);
    const double *zeros = channel_numbers(m, parts->items[2], q->n);
    if (!scales || !zeros)
        return false;
    q->scales = scales;
    for (size_t i = 0; i < q->n; i++) {
        check_scale(m, scales[i]);
        if (q->float_zero_points && !isfinite(zeros[i]))
            incpkl_fail(m, "a quantized tensor with zero point %g was found", zeros[i]);
    }
    if (q->float_zero_points)
        q->zero_points_f = zeros;
    else
        q->zero_points = whole_numbers(m, q, zeros);
    return true;
}

static const incqparams *read_quantizer(incpkl_machine *m, const incpkl_global *f,
                                        const incpkl_items *parts, const inctensor *t)
{
    incqparams *q = INC_NEW(m->cx, incqparams);
    const char *scheme = argument(m, f, parts, 0, INCPKL_QSCHEME)->as.text.bytes;
    q->dtype = t->dtype;
    q->n = 1;
    if (incstr_starts(scheme, "per_tensor")) {
        double scale;
        if (parts->n != 3 || !incpkl_is_number(parts->items[1], &scale))
            incpkl_fail(m, "a quantizer that is no (scheme, scale, zero point) was found");
        int64_t zero_point = int_argument(m, f, parts, 2);
        check_scale(m, scale);
        check_zero_point(m, q->dtype, zero_point);
        q->scales = inc_copy(m->cx, &scale, sizeof scale);
        q->zero_points = inc_copy(m->cx, &zero_point, sizeof zero_point);
        return q;
    }
    if (parts->n != 4)
        incpkl_fail(m, "a quantizer that is no (scheme, scales, zero points, axis) was found");
    /* Python writes the plain name even where zero points are floats. */
    q->float_zero_points = incstr_ends(scheme, "float_qparams") ||
                           (parts->items[2]->kind == INCPKL_TENSOR &&
                            incdtype_is_float(parts->items[2]->as.tensor->tensor->dtype));
    return read_per_channel(m, f, parts, t, q) ? q : NULL;
}

static incpkl_value *quantized(incpkl_machine *m, const incpkl_global *f, const incpkl_items *args)
{
    incpkl_tensor t = view_storage(m, f, args, false, INCDT_U8);
    if (!incdtype_is_quantized(t.tensor->dtype))
        incpkl_fail(m, "a quantized tensor of type %s was found", incdtype_name(t.tensor->dtype));
    const incpkl_items *quantizer = &argument(m, f, args, 4, INCPKL_TUPLE)->as.items;
    inctensor *with_q = inc_copy(m->cx, t.tensor, sizeof *t.tensor);
    with_q->q = read_quantizer(m, f, quantizer, t.tensor);
    t.tensor = with_q;
    t.requires_grad = bool_argument(m, f, args, 5);
    return new_tensor(m, &t);
}

/* --- Calls ------------------------------------------------------------------------------------ */

static incpkl_value *plain(incpkl_machine *m, const incpkl_global *f, const incpkl_items *args)
{
    bool has_dtype = f->role == INCPKL_ROLE_TENSOR_V3;
    incdtype dtype = has_dtype ? argument(m, f, args, 6, INCPKL_DTYPE)->as.dtype : INCDT_U8;
    incpkl_tensor t = view_storage(m, f, args, has_dtype, dtype);
    if (f->role != INCPKL_ROLE_TENSOR) {
        t.requires_grad = bool_argument(m, f, args, 4);
        refuse_flags(m, args, has_dtype ? 7 : 6);
    }
    return new_tensor(m, &t);
}

static incpkl_value *parameter(incpkl_machine *m, const incpkl_global *f, const incpkl_items *args)
{
    incpkl_tensor t = *argument(m, f, args, 0, INCPKL_TENSOR)->as.tensor;
    t.requires_grad = bool_argument(m, f, args, 1);
    t.is_parameter = true;
    return new_tensor(m, &t);
}

static incpkl_value *meta(incpkl_machine *m, const incpkl_global *f, const incpkl_items *args)
{
    size_t rank, n_strides;
    incdtype dtype = argument(m, f, args, 0, INCPKL_DTYPE)->as.dtype;
    const int64_t *sizes = int_tuple(m, f, args, 1, &rank);
    incpkl_tensor t = {.strides = int_tuple(m, f, args, 2, &n_strides)};
    if (rank != n_strides)
        incpkl_fail(m, "a tensor of %zu sizes and %zu strides was found", rank, n_strides);
    t.tensor = inctensor_without_data(m->cx, dtype, rank, sizes);
    t.requires_grad = bool_argument(m, f, args, 3);
    return new_tensor(m, &t);
}

/* (function, type, its arguments, state): a tensor with attributes of its own, or a subclass. */
static incpkl_value *from_type(incpkl_machine *m, const incpkl_global *f, const incpkl_items *args)
{
    const incpkl_global *make = incpkl_global_of(argument(m, f, args, 0, INCPKL_GLOBAL));
    const incpkl_global *type = incpkl_global_of(argument(m, f, args, 1, INCPKL_GLOBAL));
    const incpkl_items *inner = &argument(m, f, args, 2, INCPKL_TUPLE)->as.items;
    if (type->role != INCPKL_ROLE_VALUE || !incstr_starts(type->shown.module, "torch"))
        incpkl_fail(m, "a tensor of class %s was found", type->shown.full);
    if (make->role == INCPKL_ROLE_FROM_TYPE || make->role < INCPKL_ROLE_TENSOR ||
        make->role > INCPKL_ROLE_META_TENSOR)
        incpkl_fail(m, "a tensor made by %s was found", make->shown.full);
    incpkl_value *v = incpkl_rebuild_tensor(m, make, inner);
    if (strcmp(type->shown.name, "Parameter") == 0)
        v->as.tensor->is_parameter = true;
    return v;
}

incpkl_value *incpkl_rebuild_tensor(incpkl_machine *m, const incpkl_global *f,
                                    const incpkl_items *args)
{
    switch (f->role) {
    case INCPKL_ROLE_QTENSOR:
        return quantized(m, f, args);
    case INCPKL_ROLE_PARAMETER:
        return parameter(m, f, args);
    case INCPKL_ROLE_META_TENSOR:
        return meta(m, f, args);
    case INCPKL_ROLE_FROM_TYPE:
        return from_type(m, f, args);
    default:
        return plain(m, f, args);
    }
}
