/* SPDX-License-Identifier: Apache-2.0 */
/* Growing arrays in the arena.
 *
 *     INC_VEC(int64_t) sizes = {0};
 *     INC_PUSH(cx, &sizes, 3);          sizes.items[0], sizes.n
 *
 * The newest block of the arena grows in place; growing leaves others to the arena, so a vector
 * costs at most twice its size. */
#ifndef INC_BASE_VEC_H
#define INC_BASE_VEC_H

#include <string.h>

#include "base/context.h"

#define INC_VEC(type)                                                                              \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t n, cap;                                                                             \
    }

#define INC_RESERVE(cx, vec, more)                                                                 \
    ((void)((vec)->cap - (vec)->n < (size_t)(more) &&                                              \
            ((vec)->items = incvec_grow((cx), (vec)->items, sizeof(*(vec)->items), (vec)->n,       \
                                        &(vec)->cap, (size_t)(more)),                              \
             1)))

#define INC_PUSH(cx, vec, ...)                                                                     \
    (INC_RESERVE((cx), (vec), 1), (void)((vec)->items[(vec)->n++] = (__VA_ARGS__)))

/* A larger block holding the n items, with room for at least more; *cap is set. */
void *incvec_grow(inccx *cx, void *items, size_t item_size, size_t n, size_t *cap, size_t more);

#endif
