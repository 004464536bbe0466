/* SPDX-License-Identifier: Apache-2.0 */
/* Changes that keep what they change near to being well-formed, chosen by a generator of numbers
 * that gives the same ones everywhere. */
#ifndef TESTS_FUZZ_MUTATE_H
#define TESTS_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

typedef struct mut_random {
    uint64_t state;
} mut_random;

typedef struct mut_bytes {
    uint8_t *bytes;
    size_t n;
} mut_bytes;

/* A number below n, n > 0. */
size_t mut_below(mut_random *r, size_t n);

/* Each gives bytes of its own, which the caller frees; the process ends when there is no memory. */
mut_bytes mut_copy(const uint8_t *bytes, size_t n);
/* Opcodes left out, repeated, exchanged, and arguments of other sizes. */
mut_bytes mut_pickle(mut_random *r, const uint8_t *bytes, size_t n);
/* Tokens of TorchScript, JSON or YAML left out, repeated, exchanged, nested, and extreme numbers.
 */
mut_bytes mut_text(mut_random *r, const uint8_t *bytes, size_t n);
/* Fields of 1, 2, 4 or 8 bytes within the n_near bytes from begin. */
mut_bytes mut_fields(mut_random *r, const uint8_t *bytes, size_t n, size_t begin, size_t n_near);

#endif
