/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts and scratches are made and freed. See context.h; context_internal.h says where the rest
 * is. */
#define _DEFAULT_SOURCE /* getentropy */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/context_internal.h"

static void *plain_alloc(size_t size, void *user_data)
{
    (void)user_data;
    return malloc(size);
}

static void plain_free(void *memory, void *user_data)
{
    (void)user_data;
    free(memory);
}

/* Not to be guessed by who wrote the file; a clock and an address where the system has no better.
 */
static void make_seed(inccx *cx)
{
    if (getentropy(cx->hash_seed, sizeof cx->hash_seed) == 0)
        return;
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    cx->hash_seed[0] = (uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15U ^ (uint64_t)now.tv_sec;
    cx->hash_seed[1] = (uint64_t)(uintptr_t)cx * 0xc2b2ae3d27d4eb4fU;
}

inccx *inccx_new(const inc_hooks *hooks)
{
    inc_hooks h = {0};
    if (hooks)
        h = *hooks;
    if (!h.alloc || !h.free) {
        h.alloc = plain_alloc;
        h.free = plain_free;
    }
    inccx *cx = h.alloc(sizeof *cx, h.alloc_data);
    if (!cx)
        return NULL;
    memset(cx, 0, sizeof *cx);
    cx->of = cx;
    cx->hooks = h;
    inccx_start_account(cx);
    make_seed(cx);
    return cx;
}

static void free_arena(inccx *cx)
{
    inccx_free_chunks(cx);
    cx->hooks.free(cx, cx->hooks.alloc_data);
}

void inccx_free(inccx *cx)
{
    if (!cx)
        return;
    inccx_run_deferred_above(cx, 0);
    free_arena(cx);
}

static void free_scratch(void *data)
{
    inccx *scratch = data;
    inc_give_memory(scratch, scratch->memory);
    free_arena(scratch);
}

inccx *inc_scratch_new(inccx *cx)
{
    cx = cx->of;
    inccx *scratch = cx->hooks.alloc(sizeof *scratch, cx->hooks.alloc_data);
    if (!scratch)
        inccx_raise_memory(cx);
    memset(scratch, 0, sizeof *scratch);
    scratch->of = cx;
    scratch->hooks = cx->hooks;
    memcpy(scratch->hash_seed, cx->hash_seed, sizeof cx->hash_seed);
    inc_defer(cx, free_scratch, scratch);
    return scratch;
}

void inc_scratch_free(inccx *scratch)
{
    inc_undefer(scratch->of, scratch);
}
