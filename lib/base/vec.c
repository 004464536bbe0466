/* SPDX-License-Identifier: Apache-2.0 */
/* How arrays grow; see vec.h. Old items stay where they were in the arena. */
#include "base/vec.h"

void *incvec_grow(inccx *cx, void *items, size_t item_size, size_t n, size_t *cap, size_t more)
{
    size_t wanted = *cap ? *cap : 4;
    while (wanted - n < more) {
        if (wanted > SIZE_MAX / 2)
            inc_raise(cx, INC_E_LIMIT, "an array would grow beyond the address space");
        wanted *= 2;
    }
    if (items && wanted <= SIZE_MAX / 2 / item_size &&
        inc_extend(cx, items, *cap * item_size, wanted * item_size)) {
        *cap = wanted;
        return items;
    }
    void *grown = inc_alloc_n(cx, wanted, item_size);
    if (n && items)
        memcpy(grown, items, n * item_size);
    *cap = wanted;
    return grown;
}
