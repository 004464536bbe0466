/* Making tensors and re-cutting them.
 *
 * Permuting, slicing and expanding are one operation: every new axis walks along one old axis (or
 * along none). recut() pushes it through casts and scales down to the view of the memory, so that
 * what is left over it is as before and reading stays one pass. */
#include <string.h>

#include "base/checked.h"
#include "tensor/internal.h"

/* Transformations on top of each other; a deeper pile is computed before it is added to. */
enum { MOST_DEPTH = 16 };
static const uint64_t most_flattened = (uint64_t)64 << 20;
/* A view that repeats elements may claim any size: more than this is no model. */
static const uint64_t most_repeated = (uint64_t)64 << 30;

/* One axis of a new tensor: index i is start + i * step on axis from of the old one. */
typedef struct cut {
    size_t from; /* NO_AXIS: a new axis, all elements the same */
    int64_t start, step, count;
} cut;
#define NO_AXIS SIZE_MAX

static uint64_t mix(uint64_t hash, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        hash = (hash ^ (value >> 8 * i & 0xff)) * 0x100000001b3u;
    return hash;
}

static uint64_t mix_sizes(uint64_t hash, size_t n, const int64_t *sizes)
{
    for (size_t i = 0; i < n; i++)
        hash = mix(hash, (uint64_t)sizes[i]);
    return mix(hash, n);
}

static uint64_t mix_double(uint64_t hash, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return mix(hash, bits);
}

static const int64_t *copy_sizes(inccx *cx, size_t n, const int64_t *sizes)
{
    return inc_copy(cx, sizes, n * sizeof *sizes);
}

/* The number of elements; sizes must not be negative. */
static uint64_t count_elements(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes)
{
    uint64_t n = 1, bytes;
    if (rank > INCTENSOR_MAX_RANK)
        inc_raise(cx, INC_E_FORMAT, "a tensor of %zu dimensions; at most %d are possible", rank,
                  INCTENSOR_MAX_RANK);
    for (size_t i = 0; i < rank; i++) {
        if (sizes[i] < 0)
            inc_raise(cx, INC_E_FORMAT, "a tensor of negative size %lld", (long long)sizes[i]);
        if (sizes[i] == 0)
            n = 0;
    }
    for (size_t i = 0; i < rank; i++)
        if (!inc_mul_u64(n, (uint64_t)sizes[i], &n))
            inc_raise(cx, INC_E_FORMAT, "a tensor has more elements than can be counted");
    if (!inc_mul_u64(n, incdtype_size(dtype), &bytes) || bytes > INT64_MAX)
        inc_raise(cx, INC_E_FORMAT, "a tensor has more bytes than can be counted");
    return n;
}

static incsource *new_source(inccx *cx, incsource_kind kind, incdtype dtype, size_t rank,
                             const int64_t *sizes)
{
    incsource *s = INC_NEW(cx, incsource);
    s->kind = kind;
    s->dtype = dtype;
    s->rank = rank;
    s->sizes = sizes;
    s->hash = mix(mix(0xcbf29ce484222325u, (uint64_t)kind), (uint64_t)dtype);
    s->hash = mix_sizes(s->hash, rank, sizes);
    return s;
}

static inctensor *new_tensor(inccx *cx, const incsource *s, uint64_t numel)
{
    inctensor *t = INC_NEW(cx, inctensor);
    *t = (inctensor){
        .dtype = s->dtype, .rank = s->rank, .sizes = s->sizes, .numel = numel, .source = s};
    return t;
}

/* A source over another tensor; piles that grow too high are computed first. */
static incsource *source_over(inccx *cx, incsource_kind kind, incdtype dtype, const inctensor *of,
                              size_t rank, const int64_t *sizes)
{
    if (of->source->depth >= MOST_DEPTH)
        of = inctensor_load(cx, of, most_flattened);
    incsource *s = new_source(cx, kind, dtype, rank, sizes);
    s->of = of;
    s->depth = of->source->depth + 1;
    s->hash = mix(s->hash, of->source->hash);
    return s;
}

/* Axes of size 1 go, neighbours that lie one behind the other become one. */
static void merge_walk(inccx *cx, incsource *s)
{
    int64_t sizes[INCTENSOR_MAX_RANK], strides[INCTENSOR_MAX_RANK];
    size_t n = 0;
    for (size_t i = 0; i < s->rank; i++) {
        if (s->sizes[i] == 1)
            continue;
        if (s->sizes[i] == 0) { /* nothing to walk */
            n = 1;
            sizes[0] = 0;
            strides[0] = 1;
            break;
        }
        int64_t across;
        if (n > 0 && inc_mul_i64(s->sizes[i], s->strides[i], &across) && strides[n - 1] == across) {
            sizes[n - 1] *= s->sizes[i];
            strides[n - 1] = s->strides[i];
        } else {
            sizes[n] = s->sizes[i];
            strides[n++] = s->strides[i];
        }
    }
    if (n == 0) {
        sizes[0] = 1;
        strides[n++] = 1;
    }
    s->n_walk = n;
    s->walk_sizes = copy_sizes(cx, n, sizes);
    s->walk_strides = copy_sizes(cx, n, strides);
}

static void set_strides(inccx *cx, incsource *s, const int64_t *strides, int64_t offset)
{
    s->strides = strides;
    s->offset = offset;
    merge_walk(cx, s);
    s->hash = mix(mix_sizes(s->hash, s->rank, strides), (uint64_t)offset);
}

static const int64_t *contiguous_strides(inccx *cx, size_t rank, const int64_t *sizes)
{
    int64_t *strides = INC_NEW_N(cx, int64_t, rank), next = 1;
    for (size_t i = rank; i-- > 0;) {
        strides[i] = next;
        if (!inc_mul_i64(next, sizes[i] > 1 ? sizes[i] : 1, &next))
            next = 1; /* only where another size is 0, and nothing is read */
    }
    return strides;
}

static inctensor *view_of(inccx *cx, incdtype dtype, const void *storage, uint64_t storage_size,
                          bool is_eager, uint8_t bits, size_t rank, const int64_t *sizes,
                          const int64_t *strides, int64_t offset, uint64_t numel)
{
    incsource *s = new_source(cx, INCSRC_VIEW, dtype, rank, sizes);
    s->storage = storage;
    s->storage_size = storage_size;
    s->is_eager = is_eager;
    s->bits = bits;
    s->hash = mix(s->hash, (uint64_t)(uintptr_t)storage);
    set_strides(cx, s, strides, offset);
    return new_tensor(cx, s, numel);
}

static uint8_t bits_of(incdtype dtype)
{
    return dtype == INCDT_QU4X2 ? 4 : dtype == INCDT_QU2X4 ? 2 : 0;
}

inctensor *inctensor_view(inccx *cx, incdtype dtype, const void *storage, uint64_t storage_size,
                          size_t rank, const int64_t *sizes, const int64_t *strides, int64_t offset)
{
    uint64_t numel = count_elements(cx, dtype, rank, sizes);
    size_t size = incdtype_size(dtype);
    uint8_t bits = bits_of(dtype);
    if (size == 0)
        inc_raise(cx, INC_E_FORMAT, "a tensor of unknown element type %d", (int)dtype);
    if (offset < 0)
        inc_raise(cx, INC_E_FORMAT, "a tensor has the negative storage offset %lld",
                  (long long)offset);
    uint64_t last = (uint64_t)offset;
    for (size_t i = 0; i < rank; i++) {
        uint64_t reach;
        if (strides[i] < 0)
            inc_raise(cx, INC_E_FORMAT, "a tensor has the negative stride %lld",
                      (long long)strides[i]);
        if (numel > 0 && (!inc_mul_u64((uint64_t)sizes[i] - 1, (uint64_t)strides[i], &reach) ||
                          !inc_add_u64(last, reach, &last)))
            inc_raise(cx, INC_E_FORMAT, "a tensor's strides reach beyond all memory");
    }
    uint64_t elements =
        bits ? (storage_size > UINT64_MAX / 4 ? UINT64_MAX : storage_size * (8u / bits))
             : storage_size / size;
    if (numel > 0 && last >= elements)
        inc_raise(cx, INC_E_FORMAT,
                  "a tensor reaches to element %llu of a storage that has %llu elements",
                  (unsigned long long)last, (unsigned long long)elements);
    if (numel > elements && numel * size > most_repeated)
        inc_raise(cx, INC_E_LIMIT, "a tensor repeats its few elements %llu times",
                  (unsigned long long)numel);
    sizes = copy_sizes(cx, rank, sizes);
    if (numel == 0) { /* strides of nothing were not checked */
        offset = 0;
        strides = contiguous_strides(cx, rank, sizes);
    } else {
        strides = copy_sizes(cx, rank, strides);
    }
    return view_of(cx, dtype, storage, storage_size, false, bits, rank, sizes, strides, offset,
                   numel);
}

inctensor *inctensor_new(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes,
                         const void *bytes)
{
    uint64_t numel = count_elements(cx, dtype, rank, sizes);
    uint64_t n_bytes = numel * incdtype_size(dtype);
    if (n_bytes > SIZE_MAX)
        inc_raise(cx, INC_E_LIMIT, "a tensor of %llu bytes does not fit into memory",
                  (unsigned long long)n_bytes);
    void *block = bytes ? inc_copy(cx, bytes, (size_t)n_bytes) : inc_alloc(cx, (size_t)n_bytes);
    sizes = copy_sizes(cx, rank, sizes);
    return view_of(cx, dtype, block, n_bytes, true, 0, rank, sizes,
                   contiguous_strides(cx, rank, sizes), 0, numel);
}

inctensor *inctensor_without_data(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes)
{
    uint64_t numel = count_elements(cx, dtype, rank, sizes);
    incsource *s = new_source(cx, INCSRC_NOTHING, dtype, rank, copy_sizes(cx, rank, sizes));
    s->hash = mix(s->hash, (uint64_t)(uintptr_t)s);
    return new_tensor(cx, s, numel);
}

inctensor *inctensor_full(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes,
                          double value)
{
    uint64_t numel = count_elements(cx, dtype, rank, sizes);
    uint8_t *one = inc_alloc(cx, incdtype_size(dtype));
    incelement_set_f64(dtype, one, 0, value);
    return view_of(cx, dtype, one, incdtype_size(dtype), true, 0, rank, copy_sizes(cx, rank, sizes),
                   INC_NEW_N(cx, int64_t, rank), 0, numel);
}

inctensor *inctensor_scalar_i64(inccx *cx, int64_t value)
{
    return inctensor_new(cx, INCDT_I64, 0, NULL, &value);
}

inctensor *inctensor_scalar_f64(inccx *cx, incdtype dtype, double value)
{
    uint8_t one[16] = {0};
    incelement_set_f64(dtype, one, 0, value);
    return inctensor_new(cx, dtype, 0, NULL, one);
}

inctensor *inctensor_vector_i64(inccx *cx, const int64_t *values, size_t n)
{
    int64_t size = (int64_t)n;
    return inctensor_new(cx, INCDT_I64, 1, &size, values);
}

bool inctensor_has_data(const inctensor *t)
{
    const incsource *s = t->source;
    while (s->of)
        s = s->of->source;
    if (t->numel == 0 || s->kind == INCSRC_VIEW)
        return true;
    for (size_t i = 0; i < s->n_parts; i++)
        if (!inctensor_has_data(s->parts[i]))
            return false;
    return s->kind == INCSRC_CONCAT;
}

/* --- Quantization follows the axes ------------------------------------------------------------ */

static const incqparams *recut_qparams(inccx *cx, const incqparams *q, size_t n, const cut *cuts)
{
    if (!q || !q->per_channel)
        return q;
    incqparams *fresh = INC_NEW(cx, incqparams);
    *fresh = *q;
    for (size_t i = 0; i < n; i++) {
        if (cuts[i].from != q->axis)
            continue;
        fresh->axis = i;
        fresh->n = (size_t)cuts[i].count;
        if (cuts[i].start == 0 && cuts[i].step == 1 && fresh->n == q->n)
            return fresh;
        double *scales = INC_NEW_N(cx, double, fresh->n);
        int64_t *zeros = q->zero_points ? INC_NEW_N(cx, int64_t, fresh->n) : NULL;
        double *zeros_f = q->zero_points_f ? INC_NEW_N(cx, double, fresh->n) : NULL;
        for (size_t k = 0; k < fresh->n; k++) {
            size_t old = (size_t)(cuts[i].start + (int64_t)k * cuts[i].step);
            scales[k] = q->scales[old];
            if (zeros)
                zeros[k] = q->zero_points[old];
            if (zeros_f)
                zeros_f[k] = q->zero_points_f[old];
        }
        fresh->scales = scales;
        fresh->zero_points = zeros;
        fresh->zero_points_f = zeros_f;
        return fresh;
    }
    return fresh;
}

/* --- Cutting ---------------------------------------------------------------------------------- */

static inctensor *recut(inccx *cx, const inctensor *t, size_t n, const cut *cuts);

static bool keeps_source_shape(const inctensor *t)
{
    const incsource *s = t->source;
    return t->rank == s->rank &&
           (t->rank == 0 || memcmp(t->sizes, s->sizes, t->rank * sizeof *t->sizes) == 0);
}

static uint64_t product(size_t n, const int64_t *sizes)
{
    uint64_t p = 1;
    for (size_t i = 0; i < n; i++)
        p *= (uint64_t)sizes[i];
    return p;
}

static const int64_t *cut_sizes(inccx *cx, size_t n, const cut *cuts)
{
    int64_t *sizes = INC_NEW_N(cx, int64_t, n);
    for (size_t i = 0; i < n; i++)
        sizes[i] = cuts[i].count;
    return sizes;
}

/* The strides of a source (VIEW or INDEX) after cutting. */
static const int64_t *cut_strides(inccx *cx, const int64_t *old, size_t n, const cut *cuts,
                                  int64_t *offset)
{
    int64_t *strides = INC_NEW_N(cx, int64_t, n);
    for (size_t i = 0; i < n; i++) {
        if (cuts[i].from == NO_AXIS)
            continue;
        *offset += cuts[i].start * old[cuts[i].from];
        if (cuts[i].count > 1)
            strides[i] = cuts[i].step * old[cuts[i].from];
    }
    return strides;
}

/* Whatever it is: by the numbers of its elements. */
static inctensor *recut_index(inccx *cx, const inctensor *t, size_t n, const cut *cuts,
                              const int64_t *sizes, uint64_t numel)
{
    incsource *s = source_over(cx, INCSRC_INDEX, t->dtype, t, n, sizes);
    int64_t offset = 0;
    const int64_t *old = contiguous_strides(cx, t->rank, t->sizes);
    const int64_t *strides = cut_strides(cx, old, n, cuts, &offset);
    set_strides(cx, s, strides, offset);
    return new_tensor(cx, s, numel);
}

static inctensor *recut_strides(inccx *cx, const inctensor *t, size_t n, const cut *cuts,
                                const int64_t *sizes, uint64_t numel)
{
    const incsource *old = t->source;
    int64_t offset = old->offset;
    const int64_t *strides = cut_strides(cx, old->strides, n, cuts, &offset);
    if (old->kind == INCSRC_VIEW)
        return view_of(cx, old->dtype, old->storage, old->storage_size, old->is_eager, old->bits, n,
                       sizes, strides, offset, numel);
    incsource *s = source_over(cx, INCSRC_INDEX, old->dtype, old->of, n, sizes);
    set_strides(cx, s, strides, offset);
    return new_tensor(cx, s, numel);
}

/* Where an axis ended up; n when it is gone or repeats an element. */
static size_t find_cut(size_t axis, size_t n, const cut *cuts)
{
    for (size_t i = 0; i < n; i++)
        if (cuts[i].from == axis)
            return cuts[i].step == 0 && cuts[i].count > 1 ? n : i;
    return n;
}

static inctensor *recut_scale(inccx *cx, const inctensor *t, size_t n, const cut *cuts)
{
    const incsource *s = t->source;
    size_t axis = find_cut(s->axis, n, cuts);
    if (axis == n)
        return NULL;
    const cut *c = &cuts[axis];
    double *factors = INC_NEW_N(cx, double, (size_t)c->count);
    for (int64_t i = 0; i < c->count; i++)
        factors[i] = s->factors[c->start + i * c->step];
    return inctensor_scale_axis(cx, recut(cx, s->of, n, cuts), axis, factors);
}

static inctensor *recut_dequantize(inccx *cx, const inctensor *t, size_t n, const cut *cuts)
{
    const incsource *s = t->source;
    if (s->q->per_channel && find_cut(s->axis, n, cuts) == n)
        return NULL;
    return inctensor_dequantize(cx, recut(cx, s->of, n, cuts));
}

/* Parts are cut alike, as long as the axis they are joined on stays whole. */
static inctensor *recut_concat(inccx *cx, const inctensor *t, size_t n, const cut *cuts)
{
    const incsource *s = t->source;
    size_t axis = find_cut(s->axis, n, cuts);
    if (axis == n || cuts[axis].start != 0 || cuts[axis].step != 1 ||
        (uint64_t)cuts[axis].count != s->n_axis)
        return NULL;
    cut for_part[INCTENSOR_MAX_RANK];
    memcpy(for_part, cuts, n * sizeof *cuts);
    const inctensor **parts = INC_NEW_N(cx, const inctensor *, s->n_parts);
    for (size_t i = 0; i < s->n_parts; i++) {
        for_part[axis].count = s->parts[i]->sizes[s->axis];
        parts[i] = recut(cx, s->parts[i], n, for_part);
    }
    return inctensor_concat(cx, axis, parts, s->n_parts);
}

static inctensor *recut(inccx *cx, const inctensor *t, size_t n, const cut *cuts)
{
    const int64_t *sizes = cut_sizes(cx, n, cuts);
    uint64_t numel = count_elements(cx, t->dtype, n, sizes);
    inctensor *fresh = NULL;
    if (numel == 0 && t->numel > 0) { /* nothing is read: any memory will do */
        fresh =
            view_of(cx, t->dtype, "", 0, true, 0, n, sizes, contiguous_strides(cx, n, sizes), 0, 0);
    } else if (keeps_source_shape(t)) {
        switch (t->source->kind) {
        case INCSRC_NOTHING:
            fresh = inctensor_without_data(cx, t->dtype, n, sizes);
            break;
        case INCSRC_VIEW:
        case INCSRC_INDEX:
            fresh = recut_strides(cx, t, n, cuts, sizes, numel);
            break;
        case INCSRC_CAST:
            fresh = inctensor_cast(cx, recut(cx, t->source->of, n, cuts), t->dtype);
            break;
        case INCSRC_SCALE:
            fresh = recut_scale(cx, t, n, cuts);
            break;
        case INCSRC_DEQUANTIZE:
            fresh = recut_dequantize(cx, t, n, cuts);
            break;
        case INCSRC_CONCAT:
            fresh = recut_concat(cx, t, n, cuts);
            break;
        }
    }
    if (!fresh)
        fresh = recut_index(cx, t, n, cuts, sizes, numel);
    fresh->q = recut_qparams(cx, t->q, n, cuts);
    return fresh;
}

static void keep_axes(const inctensor *t, cut *cuts)
{
    for (size_t i = 0; i < t->rank; i++)
        cuts[i] = (cut){i, 0, 1, t->sizes[i]};
}

inctensor *inctensor_permute(inccx *cx, const inctensor *t, const size_t *order)
{
    cut cuts[INCTENSOR_MAX_RANK];
    for (size_t i = 0; i < t->rank; i++)
        cuts[i] = (cut){order[i], 0, 1, t->sizes[order[i]]};
    return recut(cx, t, t->rank, cuts);
}

inctensor *inctensor_slice(inccx *cx, const inctensor *t, size_t axis, int64_t start, int64_t step,
                           int64_t count)
{
    cut cuts[INCTENSOR_MAX_RANK];
    keep_axes(t, cuts);
    cuts[axis] = (cut){axis, count > 0 ? start : 0, step, count};
    return recut(cx, t, t->rank, cuts);
}

inctensor *inctensor_expand(inccx *cx, const inctensor *t, size_t rank, const int64_t *sizes)
{
    cut cuts[INCTENSOR_MAX_RANK];
    count_elements(cx, t->dtype, rank, sizes);
    size_t fresh = rank - t->rank;
    for (size_t i = 0; i < rank; i++) {
        if (i < fresh)
            cuts[i] = (cut){NO_AXIS, 0, 0, sizes[i]};
        else if (t->sizes[i - fresh] == sizes[i])
            cuts[i] = (cut){i - fresh, 0, 1, sizes[i]};
        else
            cuts[i] = (cut){i - fresh, 0, 0, sizes[i]};
    }
    return recut(cx, t, rank, cuts);
}

/* --- Reshaping -------------------------------------------------------------------------------- */

/* Strides for new sizes over the same walk through memory, if there are any: each merged axis of
 * the walk is divided among the new axes that it covers. */
static bool reshape_strides(const incsource *s, size_t rank, const int64_t *sizes, int64_t *strides)
{
    size_t d = s->n_walk;
    int64_t left = 1, stride = 1; /* of the walk's axis being divided */
    for (size_t i = rank; i-- > 0;) {
        strides[i] = 0;
        if (sizes[i] == 1)
            continue;
        if (left == 1) {
            if (d == 0)
                return false;
            left = s->walk_sizes[--d];
            stride = s->walk_strides[d];
        }
        if (left % sizes[i] != 0)
            return false;
        strides[i] = stride;
        left /= sizes[i];
        stride *= sizes[i];
    }
    return left == 1;
}

static bool find_axis(size_t rank, const int64_t *sizes, uint64_t n_axis, uint64_t inner,
                      size_t *axis)
{
    uint64_t behind = 1;
    for (size_t i = rank; i-- > 0; behind *= (uint64_t)sizes[i])
        if (behind == inner && (uint64_t)sizes[i] == n_axis) {
            *axis = i;
            return true;
        }
    return false;
}

static const incqparams *reshape_qparams(inccx *cx, const inctensor *t, size_t rank,
                                         const int64_t *sizes)
{
    const incqparams *q = t->q;
    if (!q || !q->per_channel)
        return q;
    incqparams *fresh = INC_NEW(cx, incqparams);
    *fresh = *q;
    uint64_t inner = product(t->rank - q->axis - 1, t->sizes + q->axis + 1);
    if (!find_axis(rank, sizes, (uint64_t)t->sizes[q->axis], inner, &fresh->axis))
        inc_raise(cx, INC_E_UNSUPPORTED,
                  "a tensor quantized per channel is reshaped so that its channels are no axis");
    return fresh;
}

static inctensor *reshape_source(inccx *cx, const inctensor *t, size_t rank, const int64_t *sizes)
{
    const incsource *s = t->source;
    int64_t strides[INCTENSOR_MAX_RANK];
    size_t axis;
    switch (s->kind) {
    case INCSRC_VIEW:
        if (!reshape_strides(s, rank, sizes, strides))
            return NULL;
        return view_of(cx, s->dtype, s->storage, s->storage_size, s->is_eager, s->bits, rank, sizes,
                       copy_sizes(cx, rank, strides), s->offset, t->numel);
    case INCSRC_INDEX: {
        if (!reshape_strides(s, rank, sizes, strides))
            return NULL;
        incsource *fresh = source_over(cx, INCSRC_INDEX, s->dtype, s->of, rank, sizes);
        set_strides(cx, fresh, copy_sizes(cx, rank, strides), s->offset);
        return new_tensor(cx, fresh, t->numel);
    }
    case INCSRC_NOTHING:
        return inctensor_without_data(cx, t->dtype, rank, sizes);
    case INCSRC_CAST:
        return inctensor_cast(cx, inctensor_reshape(cx, s->of, rank, sizes), t->dtype);
    case INCSRC_SCALE:
        if (!find_axis(rank, sizes, s->n_axis, s->inner, &axis))
            return NULL;
        return inctensor_scale_axis(cx, inctensor_reshape(cx, s->of, rank, sizes), axis,
                                    s->factors);
    case INCSRC_DEQUANTIZE:
        if (s->q->per_channel && !find_axis(rank, sizes, s->n_axis, s->inner, &axis))
            return NULL;
        return inctensor_dequantize(cx, inctensor_reshape(cx, s->of, rank, sizes));
    case INCSRC_CONCAT:
        break;
    }
    return NULL;
}

inctensor *inctensor_reshape(inccx *cx, const inctensor *t, size_t rank, const int64_t *sizes)
{
    if (count_elements(cx, t->dtype, rank, sizes) != t->numel)
        inc_raise(cx, INC_E_INTERNAL, "a tensor of %llu elements cannot be reshaped so",
                  (unsigned long long)t->numel);
    sizes = copy_sizes(cx, rank, sizes);
    const incqparams *q = t->numel ? reshape_qparams(cx, t, rank, sizes) : NULL;
    inctensor *fresh;
    if (t->numel == 0)
        fresh = view_of(cx, t->dtype, "", 0, true, 0, rank, sizes,
                        contiguous_strides(cx, rank, sizes), 0, 0);
    else
        fresh = reshape_source(cx, t, rank, sizes);
    if (!fresh) { /* elements keep their order, and sources are read by it */
        fresh = new_tensor(cx, t->source, t->numel);
        fresh->rank = rank;
        fresh->sizes = sizes;
    }
    fresh->q = q;
    return fresh;
}

/* --- Computing -------------------------------------------------------------------------------- */

inctensor *inctensor_concat(inccx *cx, size_t axis, const inctensor *const *parts, size_t n)
{
    if (n == 0)
        inc_raise(cx, INC_E_INTERNAL, "nothing to concatenate");
    int64_t *sizes = inc_copy(cx, parts[0]->sizes, parts[0]->rank * sizeof *sizes);
    const inctensor **kept = INC_NEW_N(cx, const inctensor *, n);
    uint64_t *ends = INC_NEW_N(cx, uint64_t, n);
    size_t n_kept = 0;
    uint64_t end = 0;
    uint32_t depth = 0;
    for (size_t i = 0; i < n; i++) {
        const inctensor *p = parts[i];
        end += (uint64_t)p->sizes[axis];
        if (p->numel == 0)
            continue;
        if (p->source->depth >= MOST_DEPTH)
            p = inctensor_load(cx, p, most_flattened);
        if (p->source->depth >= depth)
            depth = p->source->depth + 1;
        kept[n_kept] = p;
        ends[n_kept++] = end;
    }
    if (end > INT64_MAX)
        inc_raise(cx, INC_E_LIMIT, "tensors of more elements than can be counted are joined");
    sizes[axis] = (int64_t)end;
    uint64_t numel = count_elements(cx, parts[0]->dtype, parts[0]->rank, sizes);
    inctensor *t;
    if (n_kept == 0) {
        t = view_of(cx, parts[0]->dtype, "", 0, true, 0, parts[0]->rank, sizes,
                    contiguous_strides(cx, parts[0]->rank, sizes), 0, 0);
    } else {
        incsource *s = new_source(cx, INCSRC_CONCAT, parts[0]->dtype, parts[0]->rank, sizes);
        s->axis = axis;
        s->n_axis = end;
        s->inner = product(s->rank - axis - 1, sizes + axis + 1);
        s->parts = kept;
        s->part_ends = ends;
        s->n_parts = n_kept;
        s->depth = depth;
        for (size_t i = 0; i < n_kept; i++)
            s->hash = mix(s->hash, kept[i]->source->hash);
        s->hash = mix(s->hash, axis);
        t = new_tensor(cx, s, numel);
    }
    if (parts[0]->q && !parts[0]->q->per_channel)
        t->q = parts[0]->q;
    return t;
}

inctensor *inctensor_cast(inccx *cx, const inctensor *t, incdtype dtype)
{
    if (incdtype_is_quantized(t->dtype) && t->q && dtype != t->dtype)
        t = inctensor_dequantize(cx, t);
    const incsource *s = t->source;
    if (t->dtype == dtype || s->kind == INCSRC_NOTHING || t->numel == 0) {
        inctensor *same = INC_NEW(cx, inctensor);
        *same = *t;
        if (t->dtype != dtype && t->numel == 0)
            return inctensor_new(cx, dtype, t->rank, t->sizes, NULL);
        return t->dtype == dtype ? same : inctensor_without_data(cx, dtype, t->rank, t->sizes);
    }
    incsource *fresh = source_over(cx, INCSRC_CAST, dtype, t, t->rank, t->sizes);
    return new_tensor(cx, fresh, t->numel);
}

inctensor *inctensor_scale_axis(inccx *cx, const inctensor *t, size_t axis, const double *factors)
{
    incsource *s = source_over(cx, INCSRC_SCALE, t->dtype, t, t->rank, t->sizes);
    s->axis = axis;
    s->n_axis = (uint64_t)t->sizes[axis];
    s->inner = product(t->rank - axis - 1, t->sizes + axis + 1);
    s->factors = inc_copy(cx, factors, (size_t)s->n_axis * sizeof *factors);
    s->hash = mix(s->hash, axis);
    for (uint64_t i = 0; i < s->n_axis; i++)
        s->hash = mix_double(s->hash, factors[i]);
    return new_tensor(cx, s, t->numel);
}

static inctensor *int_repr_of_parts(inccx *cx, const inctensor *t)
{
    const incsource *s = t->source;
    const inctensor **parts = INC_NEW_N(cx, const inctensor *, s->n_parts);
    for (size_t i = 0; i < s->n_parts; i++)
        parts[i] = inctensor_int_repr(cx, s->parts[i]);
    return inctensor_reshape(cx, inctensor_concat(cx, s->axis, parts, s->n_parts), t->rank,
                             t->sizes);
}

inctensor *inctensor_int_repr(inccx *cx, const inctensor *t)
{
    incdtype dtype = t->dtype == INCDT_QI8    ? INCDT_I8
                     : t->dtype == INCDT_QI32 ? INCDT_I32
                                              : INCDT_U8;
    if (!incdtype_is_quantized(t->dtype))
        inc_raise(cx, INC_E_INTERNAL, "a tensor of type %s has no integers behind it",
                  incdtype_name(t->dtype));
    if (t->source->kind == INCSRC_CONCAT)
        return int_repr_of_parts(cx, t);
    incsource *s = INC_NEW(cx, incsource); /* the same bytes under another type */
    *s = *t->source;
    s->dtype = dtype;
    s->hash = mix(s->hash, (uint64_t)dtype);
    inctensor *fresh = new_tensor(cx, s, t->numel);
    fresh->rank = t->rank;
    fresh->sizes = t->sizes;
    return fresh;
}

inctensor *inctensor_dequantize(inccx *cx, const inctensor *t)
{
    if (!t->q)
        inc_raise(cx, INC_E_INTERNAL, "a tensor of type %s is not quantized",
                  incdtype_name(t->dtype));
    if (t->source->kind == INCSRC_NOTHING)
        return inctensor_without_data(cx, INCDT_F32, t->rank, t->sizes);
    incsource *s = source_over(cx, INCSRC_DEQUANTIZE, INCDT_F32, t, t->rank, t->sizes);
    s->q = t->q;
    s->n_axis = 1;
    s->inner = t->numel ? t->numel : 1;
    if (t->q->per_channel) {
        s->axis = t->q->axis;
        s->n_axis = (uint64_t)t->sizes[s->axis];
        s->inner = product(t->rank - s->axis - 1, t->sizes + s->axis + 1);
    }
    for (size_t i = 0; i < t->q->n; i++) {
        s->hash = mix_double(s->hash, t->q->scales[i]);
        s->hash = t->q->zero_points ? mix(s->hash, (uint64_t)t->q->zero_points[i])
                                    : mix_double(s->hash, t->q->zero_points_f[i]);
    }
    return new_tensor(cx, s, t->numel);
}
