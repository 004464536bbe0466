/* SPDX-License-Identifier: Apache-2.0 */
/* The account of what a file makes us do: work, memory, and how deep walks go. */
#include <stdio.h>

#include "base/context_internal.h"

/* With the defaults a file of 1 MB gets 224 MiB and 2 seconds. A model that is all graph, as loops
 * that were unrolled are, takes 230 bytes of memory and 100 units of work for each of its bytes. */
static const uint64_t least_memory = (uint64_t)224 << 20, memory_per_byte = 512;
static const uint64_t small_file = 1 << 20;            /* what least_memory is for */
static const uint64_t most_memory = (uint64_t)4 << 30; /* so far as it is not set */
static const uint64_t least_work = 1000 * 1000 * 1000, work_per_byte = 1000;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INC_IS_SANITIZED 1
#elif defined(__has_feature)
#define INC_IS_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define INC_IS_SANITIZED 0
#endif

void inccx_start_account(inccx *cx)
{
    cx->memory_limit = cx->hooks.memory_limit ? cx->hooks.memory_limit : least_memory;
    cx->work_limit = cx->hooks.work_limit ? cx->hooks.work_limit : least_work;
}

void inc_take_memory(inccx *cx, uint64_t bytes)
{
    cx = cx->of;
    if (bytes > cx->memory_limit || cx->memory > cx->memory_limit - bytes) {
        bool is_large = cx->memory_limit >= 10 << 10;
        snprintf(cx->limit_text, sizeof cx->limit_text,
                 "the model needs more memory than the limit of %llu %s allows",
                 (unsigned long long)(is_large ? cx->memory_limit >> 10 : cx->memory_limit),
                 is_large ? "KiB" : "bytes");
        inccx_raise_limit(cx, "If you trust the file, raise memory_limit.");
    }
    cx->memory += bytes;
    if (cx->memory > cx->peak_memory)
        cx->peak_memory = cx->memory;
}

void inc_give_memory(inccx *cx, uint64_t bytes)
{
    cx = cx->of;
    cx->memory -= bytes < cx->memory ? bytes : cx->memory;
}

void inc_work(inccx *cx, uint64_t units)
{
    cx = cx->of;
    if (units > cx->work_limit || cx->work > cx->work_limit - units) {
        bool is_large = cx->work_limit >= 10 * 1000000;
        snprintf(cx->limit_text, sizeof cx->limit_text,
                 "the model needs more computing than the limit of %llu%s units allows",
                 (unsigned long long)(is_large ? cx->work_limit / 1000000 : cx->work_limit),
                 is_large ? " million" : "");
        inccx_raise_limit(cx, "If you trust the file, raise work_limit.");
    }
    cx->work += units;
}

/* The frames that a walk passes through differ by what it does and by the compiler, so the bytes
 * are counted, not the steps. Sanitizers take several times as many. */
bool inc_stack_ends(const inccx *cx)
{
    cx = cx->of;
#if INC_IS_SANITIZED
    static const uintptr_t most = 3 << 20;
#else
    static const uintptr_t most = 352 << 10;
#endif
    uintptr_t at = inccx_stack_top();
    return at < cx->stack_begin && cx->stack_begin - at > most;
}

void inc_enter(inccx *cx)
{
    enum { MOST_NESTING = 256, WORK_PER_VISIT = 20 };
    cx = cx->of;
    inc_work(cx, WORK_PER_VISIT);
    if (inc_stack_ends(cx)) {
        snprintf(cx->limit_text, sizeof cx->limit_text, "the model's code is nested too deeply");
        inccx_raise_limit(cx, NULL);
    }
    if (cx->nesting == MOST_NESTING) {
        snprintf(cx->limit_text, sizeof cx->limit_text,
                 "the model has values nested more than %d deep", MOST_NESTING);
        inccx_raise_limit(cx, NULL);
    }
    cx->nesting++;
}

void inc_leave(inccx *cx)
{
    cx = cx->of;
    cx->nesting--;
}

static uint64_t justified(uint64_t least, uint64_t per_byte, uint64_t size)
{
    uint64_t more;
    return __builtin_mul_overflow(per_byte, size, &more) ||
                   __builtin_add_overflow(least, more, &more)
               ? UINT64_MAX
               : more;
}

void inc_justify(inccx *cx, uint64_t file_size)
{
    if (!cx->hooks.memory_limit) {
        uint64_t beyond = file_size > small_file ? file_size - small_file : 0;
        cx->memory_limit = justified(cx->memory_limit, memory_per_byte, beyond);
        if (cx->memory_limit > most_memory)
            cx->memory_limit = most_memory;
    }
    if (!cx->hooks.work_limit)
        cx->work_limit = justified(cx->work_limit, work_per_byte, file_size);
}
