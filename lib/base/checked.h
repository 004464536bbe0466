/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic on numbers that come from a file: false when the result would not fit. */
#ifndef INC_BASE_CHECKED_H
#define INC_BASE_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

static inline bool inc_add_u64(uint64_t a, uint64_t b, uint64_t *sum)
{
    return !__builtin_add_overflow(a, b, sum);
}

static inline bool inc_mul_u64(uint64_t a, uint64_t b, uint64_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

static inline bool inc_add_i64(int64_t a, int64_t b, int64_t *sum)
{
    return !__builtin_add_overflow(a, b, sum);
}

static inline bool inc_sub_i64(int64_t a, int64_t b, int64_t *difference)
{
    return !__builtin_sub_overflow(a, b, difference);
}

static inline bool inc_mul_i64(int64_t a, int64_t b, int64_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

/* |x|, and INT64_MAX for INT64_MIN, whose own has no room. */
static inline int64_t inc_magnitude_i64(int64_t x)
{
    return x >= 0 ? x : x == INT64_MIN ? INT64_MAX : -x;
}

/* x without its fraction, the nearer bound where it is outside, and low for NaN. |low| and |high|
 * are at most 2^62. */
static inline int64_t inc_clamp_f64(double x, int64_t low, int64_t high)
{
    return x >= (double)high ? high : x > (double)low ? (int64_t)x : low;
}

#endif
