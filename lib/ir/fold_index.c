/* SPDX-License-Identifier: Apache-2.0 */
/* Computing of operators that move elements by index: bytes are copied, never interpreted. */
#include "ir/fold.h"

#include <string.h>

#include "ir/infer.h"

/* ---- shared ---- */

/* A result to be filled: bytes of output 0. */
typedef struct target {
    size_t rank, size; /* of one element */
    const int64_t *sizes;
    uint64_t numel;
    uint8_t *bytes;
} target;

static bool start(incir_graph *g, const incir_node *n, target *to)
{
    to->rank = n->outputs[0]->rank;
    to->size = incdtype_size(n->outputs[0]->dtype);
    if (!incir_known_sizes(g, n, 0, &to->sizes, &to->numel) || to->numel > INCIR_MOST_COMPUTED)
        return false;
    inc_work(g->cx, to->numel * INCIR_WORK_PER_ELEMENT);
    to->bytes = inc_alloc_n(g->cx, (size_t)to->numel, to->size);
    return true;
}

static bool finish(incir_graph *g, const incir_node *n, const target *to, incir_value **out)
{
    out[0] = incir_constant(
        g, inctensor_new(g->cx, n->outputs[0]->dtype, to->rank, to->sizes, to->bytes), NULL);
    return true;
}

static const int64_t *read_indices(incir_graph *g, const inctensor *t)
{
    return t->numel <= INCIR_MOST_READ ? inctensor_i64s(g->cx, t) : NULL;
}

static uint64_t product(const int64_t *sizes, size_t first, size_t end)
{
    uint64_t p = 1;
    for (size_t i = first; i < end; i++)
        p *= (uint64_t)sizes[i];
    return p;
}

/* An index counted from either end; raises outside. */
static uint64_t checked(incir_graph *g, const incir_node *n, int64_t index, int64_t size)
{
    if (index < -size || index >= size)
        incir_misfit(g, n, "index %lld is outside of %lld", (long long)index, (long long)size);
    return (uint64_t)(index < 0 ? index + size : index);
}

/* Row-major position -> index on each axis. */
static void unravel(uint64_t position, size_t rank, const int64_t *sizes, int64_t *index)
{
    for (size_t k = rank; k-- > 0;) {
        index[k] = (int64_t)(position % (uint64_t)sizes[k]);
        position /= (uint64_t)sizes[k];
    }
}

static uint64_t ravel(size_t rank, const int64_t *sizes, const int64_t *index)
{
    uint64_t position = 0;
    for (size_t k = 0; k < rank; k++)
        position = position * (uint64_t)sizes[k] + (uint64_t)index[k];
    return position;
}

/* ---- Gather ---- */

/* One index is a slice, whatever the size. */
static bool gather_one(incir_graph *g, const incir_node *n, size_t axis, int64_t index,
                       incir_value **out)
{
    const inctensor *t = incir_tensor(n, 0);
    const int64_t *sizes;
    uint64_t numel;
    if (!incir_known_sizes(g, n, 0, &sizes, &numel))
        return false;
    t = inctensor_slice(g->cx, t, axis, (int64_t)checked(g, n, index, t->sizes[axis]), 1, 1);
    out[0] = incir_folded(g, inctensor_reshape(g->cx, t, n->outputs[0]->rank, sizes));
    return true;
}

bool incir_fold_gather(incir_graph *g, incir_node *n, incir_value **out)
{
    if (!incir_all_constant(n))
        return incir_fold_sizes(g, n, out);
    const inctensor *t = incir_tensor(n, 0), *at = incir_tensor(n, 1);
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), t->rank);
    if (at->numel == 1)
        return gather_one(g, n, axis, inctensor_i64(g->cx, at), out);
    target to;
    const int64_t *indices = read_indices(g, at);
    if (!indices || !start(g, n, &to))
        return false;
    uint64_t outer = product(t->sizes, 0, axis), inner = product(t->sizes, axis + 1, t->rank);
    uint8_t *end = to.bytes;
    for (uint64_t o = 0; to.numel > 0 && o < outer; o++)
        for (uint64_t k = 0; k < at->numel; k++) {
            uint64_t i = checked(g, n, indices[k], t->sizes[axis]);
            inctensor_read(g->cx, t, (o * (uint64_t)t->sizes[axis] + i) * inner, inner, end);
            end += inner * to.size;
        }
    return finish(g, n, &to, out);
}

bool incir_fold_gather_elements(incir_graph *g, incir_node *n, incir_value **out)
{
    target to;
    if (!incir_all_constant(n))
        return false;
    const inctensor *t = incir_tensor(n, 0);
    const int64_t *indices = read_indices(g, incir_tensor(n, 1));
    const uint8_t *from = incir_bytes(g, t);
    if (!indices || !from || !start(g, n, &to))
        return false;
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), t->rank);
    for (uint64_t k = 0; k < to.numel; k++) {
        int64_t index[INCTENSOR_MAX_RANK];
        unravel(k, to.rank, to.sizes, index);
        index[axis] = indices[k];
        for (size_t a = 0; a < to.rank; a++)
            index[a] = (int64_t)checked(g, n, index[a], t->sizes[a]);
        memcpy(to.bytes + k * to.size, from + ravel(t->rank, t->sizes, index) * to.size, to.size);
    }
    return finish(g, n, &to, out);
}

/* Where an index of GatherND or ScatterND points, in blocks of the axes behind it. */
static uint64_t block_of(incir_graph *g, const incir_node *n, const inctensor *t, size_t first,
                         const int64_t *index, size_t length)
{
    uint64_t block = 0;
    for (size_t a = 0; a < length; a++)
        block =
            block * (uint64_t)t->sizes[first + a] + checked(g, n, index[a], t->sizes[first + a]);
    return block;
}

bool incir_fold_gather_nd(incir_graph *g, incir_node *n, incir_value **out)
{
    target to;
    if (!incir_all_constant(n))
        return false;
    const inctensor *t = incir_tensor(n, 0), *at = incir_tensor(n, 1);
    const int64_t *indices = read_indices(g, at);
    const uint8_t *from = incir_bytes(g, t);
    if (!indices || !from || !start(g, n, &to))
        return false;
    size_t batch = (size_t)incir_attr_int_or(n, "batch_dims", 0);
    size_t length = (size_t)at->sizes[at->rank - 1];
    uint64_t batches = product(t->sizes, 0, batch);
    if (product(at->sizes, 0, batch) != batches)
        incir_misfit(g, n, "the batch axes differ");
    uint64_t per_batch = product(at->sizes, batch, at->rank - 1);
    uint64_t inner = product(t->sizes, batch + length, t->rank);
    uint64_t blocks = product(t->sizes, batch, batch + length);
    uint8_t *end = to.bytes;
    for (uint64_t k = 0; to.numel > 0 && k < batches * per_batch; k++) {
        uint64_t block = block_of(g, n, t, batch, indices + k * length, length);
        uint64_t first = (k / per_batch * blocks + block) * inner;
        memcpy(end, from + first * to.size, (size_t)inner * to.size);
        end += inner * to.size;
    }
    return finish(g, n, &to, out);
}

/* ---- Scatter ---- */

/* Starts with a copy of the data; reductions are left to the runtime. */
static bool start_scatter(incir_graph *g, const incir_node *n, target *to)
{
    const uint8_t *from;
    if (!incir_all_constant(n) || strcmp(incir_attr_str_or(n, "reduction", "none"), "none") != 0 ||
        !start(g, n, to) || !(from = incir_bytes(g, incir_tensor(n, 0))))
        return false;
    memcpy(to->bytes, from, (size_t)to->numel * to->size);
    return true;
}

bool incir_fold_scatter_elements(incir_graph *g, incir_node *n, incir_value **out)
{
    target to;
    if (!start_scatter(g, n, &to))
        return false;
    const inctensor *t = incir_tensor(n, 0), *at = incir_tensor(n, 1);
    const int64_t *indices = read_indices(g, at);
    const uint8_t *updates = incir_bytes(g, incir_tensor(n, 2));
    if (!indices || !updates || incir_tensor(n, 2)->numel != at->numel)
        return false;
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), t->rank);
    for (uint64_t k = 0; k < at->numel; k++) {
        int64_t index[INCTENSOR_MAX_RANK];
        unravel(k, at->rank, at->sizes, index);
        index[axis] = indices[k];
        for (size_t a = 0; a < t->rank; a++)
            index[a] = (int64_t)checked(g, n, index[a], t->sizes[a]);
        memcpy(to.bytes + ravel(t->rank, t->sizes, index) * to.size, updates + k * to.size,
               to.size);
    }
    return finish(g, n, &to, out);
}

bool incir_fold_scatter_nd(incir_graph *g, incir_node *n, incir_value **out)
{
    target to;
    if (!start_scatter(g, n, &to))
        return false;
    const inctensor *t = incir_tensor(n, 0), *at = incir_tensor(n, 1);
    const int64_t *indices = read_indices(g, at);
    const uint8_t *updates = incir_bytes(g, incir_tensor(n, 2));
    size_t length = (size_t)at->sizes[at->rank - 1];
    uint64_t inner = product(t->sizes, length, t->rank);
    uint64_t count = product(at->sizes, 0, at->rank - 1), needed;
    if (!indices || !updates || __builtin_mul_overflow(count, inner, &needed) ||
        incir_tensor(n, 2)->numel != needed)
        return false;
    for (uint64_t k = 0; inner > 0 && k < count; k++) {
        uint64_t block = block_of(g, n, t, 0, indices + k * length, length);
        memcpy(to.bytes + block * inner * to.size, updates + k * inner * to.size,
               (size_t)inner * to.size);
    }
    return finish(g, n, &to, out);
}

/* ---- Tile, Pad, Trilu ---- */

bool incir_fold_tile(incir_graph *g, incir_node *n, incir_value **out)
{
    target to;
    const uint8_t *from;
    if (!incir_all_constant(n) || !start(g, n, &to) || incir_grows(n, to.numel * to.size) ||
        !(from = incir_bytes(g, incir_tensor(n, 0))))
        return false;
    const inctensor *t = incir_tensor(n, 0);
    for (uint64_t k = 0; k < to.numel; k++) {
        int64_t index[INCTENSOR_MAX_RANK];
        unravel(k, to.rank, to.sizes, index);
        for (size_t a = 0; a < to.rank; a++)
            index[a] %= t->sizes[a];
        memcpy(to.bytes + k * to.size, from + ravel(t->rank, t->sizes, index) * to.size, to.size);
    }
    return finish(g, n, &to, out);
}

/* The position that a padded position shows, -1 outside of "constant". */
static int64_t source_position(char mode, int64_t at, int64_t size)
{
    if (at >= 0 && at < size)
        return at;
    if (mode == 'c' || size < 1)
        return -1;
    if (mode == 'e')
        return at < 0 ? 0 : size - 1;
    int64_t period = mode == 'w' ? size : size > 1 ? 2 * (size - 1) : 1;
    at = (at % period + period) % period;
    return at < size ? at : period - at;
}

bool incir_fold_pad(incir_graph *g, incir_node *n, incir_value **out)
{
    target to;
    const uint8_t *from;
    if (!incir_all_constant(n) || incir_maybe(n, 3) || !start(g, n, &to) ||
        incir_grows(n, to.numel * to.size) || !(from = incir_bytes(g, incir_tensor(n, 0))))
        return false;
    const inctensor *t = incir_tensor(n, 0), *value = incir_tensor(n, 2);
    const int64_t *pads = inctensor_i64s(g->cx, incir_tensor(n, 1));
    char mode = incir_attr_str_or(n, "mode", "constant")[0];
    uint8_t fill[16] = {0};
    if (to.size > sizeof fill || (value && (value->numel != 1 || value->dtype != t->dtype)))
        return false;
    if (value)
        inctensor_read(g->cx, value, 0, 1, fill);
    for (uint64_t k = 0; k < to.numel; k++) {
        int64_t index[INCTENSOR_MAX_RANK];
        bool inside = true;
        unravel(k, to.rank, to.sizes, index);
        for (size_t a = 0; a < to.rank && inside; a++) {
            index[a] = source_position(mode, index[a] - pads[a], t->sizes[a]);
            inside = index[a] >= 0;
        }
        memcpy(to.bytes + k * to.size,
               inside ? from + ravel(t->rank, t->sizes, index) * to.size : fill, to.size);
    }
    return finish(g, n, &to, out);
}

bool incir_fold_trilu(incir_graph *g, incir_node *n, incir_value **out)
{
    target to;
    const uint8_t *from;
    if (!incir_all_constant(n) || !start(g, n, &to) || !(from = incir_bytes(g, incir_tensor(n, 0))))
        return false;
    const inctensor *k = incir_tensor(n, 1);
    if (k && k->numel != 1)
        incir_misfit(g, n, "k has to be one integer");
    int64_t diagonal = k ? inctensor_i64(g->cx, k) : 0;
    int64_t rows = to.sizes[to.rank - 2], columns = to.sizes[to.rank - 1];
    diagonal = diagonal < -rows ? -rows : diagonal > columns ? columns : diagonal;
    bool upper = incir_attr_int_or(n, "upper", 1) != 0;
    for (uint64_t e = 0; e < to.numel; e++) {
        int64_t column = (int64_t)(e % (uint64_t)columns);
        int64_t row = (int64_t)(e / (uint64_t)columns % (uint64_t)rows);
        bool kept = upper ? column - row >= diagonal : column - row <= diagonal;
        if (kept)
            memcpy(to.bytes + e * to.size, from + e * to.size, to.size);
    }
    return finish(g, n, &to, out);
}

/* ---- OneHot, NonZero ---- */

bool incir_fold_one_hot(incir_graph *g, incir_node *n, incir_value **out)
{
    target to;
    const uint8_t *values;
    if (!incir_all_constant(n) || incdtype_is_float(n->inputs[0]->dtype) || !start(g, n, &to) ||
        incir_tensor(n, 2)->numel != 2 || !(values = incir_bytes(g, incir_tensor(n, 2))))
        return false;
    const int64_t *indices = read_indices(g, incir_tensor(n, 0));
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", -1), to.rank);
    int64_t depth = to.sizes[axis];
    uint64_t inner = product(to.sizes, axis + 1, to.rank);
    for (uint64_t k = 0; indices && k < to.numel; k++) {
        uint64_t class = k / inner % (uint64_t)depth;
        int64_t index = indices[k / inner / (uint64_t)depth * inner + k % inner];
        bool hot = (index < 0 ? index + depth : index) == (int64_t) class;
        memcpy(to.bytes + k * to.size, values + (hot ? to.size : 0), to.size);
    }
    return indices && finish(g, n, &to, out);
}

bool incir_fold_non_zero(incir_graph *g, incir_node *n, incir_value **out)
{
    if (!incir_all_constant(n))
        return false;
    const inctensor *t = incir_tensor(n, 0);
    if (t->numel > INCIR_MOST_COMPUTED / (t->rank ? t->rank : 1) || t->rank == 0)
        return false;
    const double *values = inctensor_f64s(g->cx, t);
    uint64_t found = 0, at = 0;
    for (uint64_t k = 0; k < t->numel; k++)
        found += values[k] != 0;
    int64_t *positions = INC_NEW_N(g->cx, int64_t, (size_t)found * t->rank);
    for (uint64_t k = 0; k < t->numel; k++) {
        int64_t index[INCTENSOR_MAX_RANK];
        if (values[k] == 0)
            continue;
        unravel(k, t->rank, t->sizes, index);
        for (size_t a = 0; a < t->rank; a++)
            positions[a * found + at] = index[a];
        at++;
    }
    int64_t sizes[2] = {(int64_t)t->rank, (int64_t)found};
    out[0] = incir_from_i64s(g, INCDT_I64, 2, sizes, positions);
    return true;
}
