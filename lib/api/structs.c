/* SPDX-License-Identifier: Apache-2.0 */
/* Structs of callers who were compiled against an older or a newer header. */
#include <string.h>

#include "api/internal.h"

/* No version will ever be that large; a garbage struct_size usually is. */
enum { LARGEST_STRUCT = 4096 };

void incapi_copy_struct(inccx *cx, const char *name, const void *given, size_t given_size,
                        size_t first_size, void *own, size_t own_size)
{
    if (given_size < first_size || given_size > LARGEST_STRUCT)
        inc_raise_hint(cx, INC_E_ABI, "initialise it with the macro or the function for it",
                       "%s has a size of %zu; the smallest that ever was is %zu", name, given_size,
                       first_size);
    memcpy(own, given, given_size < own_size ? given_size : own_size);
    const unsigned char *bytes = given;
    for (size_t i = own_size; i < given_size; i++)
        if (bytes[i] != 0)
            inc_raise_hint(cx, INC_E_ABI, "use a library as new as the header, or leave it zero",
                           "%s sets a field at byte %zu that this version (%s) does not know", name,
                           i, inc_version());
}

const inctensor *incapi_tensor(inccx *cx, const inc_tensor *t)
{
    incdtype dtype = (incdtype)t->element;
    int64_t strides[INCTENSOR_MAX_RANK];
    int64_t stride = 1;

    if (!t->data)
        return inctensor_without_data(cx, dtype, t->rank, t->shape);
    for (size_t i = t->rank; i-- > 0;) {
        strides[i] = stride;
        stride *= t->shape[i] > 0 ? t->shape[i] : 1;
    }
    uint64_t size = (uint64_t)inc_element_size(t->element);
    for (size_t i = 0; i < t->rank; i++)
        size *= (uint64_t)t->shape[i];
    return inctensor_view(cx, dtype, t->data, size, t->rank, t->shape, strides, 0);
}
