/* SPDX-License-Identifier: Apache-2.0 */
/* The arena: chunks of growing size that blocks are cut from, freed together; and texts in it.
 * Every block is charged to the account. */
#include <stdio.h>
#include <string.h>

#include "base/context_internal.h"

/* The build option exact_arena. */
#ifndef INC_EXACT_ARENA
#define INC_EXACT_ARENA 0
#endif

enum { FIRST_CHUNK = 16 * 1024, LARGEST_CHUNK = 1024 * 1024 };
enum { WORK_PER_BLOCK = 16, BYTES_PER_WORK = 8 };
enum { ALIGNMENT = 8 }; /* enough for all but long double, which nothing here has */

struct inc_chunk {
    inc_chunk *next;
    size_t used, size;
    max_align_t bytes[];
};

void inccx_free_chunks(inccx *cx)
{
    for (inc_chunk *c = cx->chunks, *next; c; c = next) {
        next = c->next;
#if INC_EXACT_ARENA
        if (*(void **)c->bytes)
            cx->hooks.free(*(void **)c->bytes, cx->hooks.alloc_data);
#endif
        cx->hooks.free(c, cx->hooks.alloc_data);
    }
    cx->chunks = NULL;
}

/* The newest chunk is the largest, but for those of one block each. */
void inc_scratch_empty(inccx *scratch)
{
    inc_chunk *kept = INC_EXACT_ARENA ? NULL : scratch->chunks;
    if (kept) {
        scratch->chunks = kept->next;
        kept->next = NULL;
        kept->used = 0;
    }
    inccx_free_chunks(scratch);
    scratch->chunks = kept;
    uint64_t left = kept ? kept->size : 0;
    inc_give_memory(scratch, scratch->memory - left);
    scratch->memory = left;
}

static inc_chunk *new_chunk(inccx *cx, size_t size)
{
    inc_take_memory(cx, size);
    if (cx != cx->of)
        cx->memory += size; /* to be given back */
    inc_chunk *c = NULL;
    if (size <= SIZE_MAX - sizeof *c)
        c = cx->hooks.alloc(sizeof *c + size, cx->hooks.alloc_data);
    if (!c)
        inccx_raise_memory(cx);
    c->used = 0;
    c->size = size;
    return c;
}

#if INC_EXACT_ARENA

/* Every block is one of the allocator's, of just the size that was asked for, so that
 * AddressSanitizer and valgrind see what reads or writes beyond it. */
void *inc_alloc_raw(inccx *cx, size_t size)
{
    inc_work(cx, WORK_PER_BLOCK + size / BYTES_PER_WORK);
    inc_chunk *c = new_chunk(cx, sizeof(void *)); /* holds where the block is */
    void **block = (void **)c->bytes;
    *block = NULL;
    c->next = cx->chunks;
    cx->chunks = c;
    inc_take_memory(cx, size);
    if (cx != cx->of)
        cx->memory += size;
    *block = cx->hooks.alloc(size ? size : 1, cx->hooks.alloc_data);
    if (!*block)
        inccx_raise_memory(cx);
    return *block;
}

bool inc_extend(inccx *cx, void *block, size_t old, size_t size)
{
    (void)cx;
    (void)block;
    (void)old;
    (void)size;
    return false;
}

#else

static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Twice the last one, but what is large gets a chunk of its own, behind the one still being filled.
 */
static inc_chunk *chunk_for(inccx *cx, size_t size)
{
    inc_chunk *c = cx->chunks;
    size_t normal = c ? c->size * 2 : FIRST_CHUNK;
    normal = normal > LARGEST_CHUNK ? LARGEST_CHUNK : normal < FIRST_CHUNK ? FIRST_CHUNK : normal;
    inc_chunk *fresh = new_chunk(cx, size > normal / 4 ? size : normal);
    if (size > normal / 4 && c) {
        fresh->next = c->next;
        c->next = fresh;
    } else {
        fresh->next = c;
        cx->chunks = fresh;
    }
    return fresh;
}

void *inc_alloc_raw(inccx *cx, size_t size)
{
    inc_work(cx, WORK_PER_BLOCK + size / BYTES_PER_WORK);
    if (size > SIZE_MAX - ALIGNMENT)
        inccx_raise_memory(cx);
    size = aligned(size);
    inc_chunk *c = cx->chunks;
    if (!c || c->size - c->used < size)
        c = chunk_for(cx, size);
    void *memory = (char *)c->bytes + c->used;
    c->used += size;
    return memory;
}

bool inc_extend(inccx *cx, void *block, size_t old, size_t size)
{
    inc_chunk *c = cx->chunks;
    if (!c || size > SIZE_MAX / 2 || (char *)block + aligned(old) != (char *)c->bytes + c->used)
        return false;
    size_t more = aligned(size) - aligned(old);
    if (c->size - c->used < more)
        return false;
    inc_work(cx, WORK_PER_BLOCK + more / BYTES_PER_WORK);
    memset((char *)block + old, 0, size - old);
    c->used += more;
    return true;
}

#endif

void *inc_alloc(inccx *cx, size_t size)
{
    void *memory = inc_alloc_raw(cx, size);
    return size ? memset(memory, 0, size) : memory;
}

void *inc_alloc_n(inccx *cx, size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size)
        inccx_raise_memory(cx);
    return inc_alloc(cx, n * size);
}

void *inc_copy(inccx *cx, const void *data, size_t size)
{
    void *copy = inc_alloc_raw(cx, size);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

char *inc_strndup(inccx *cx, const char *text, size_t n)
{
    char *copy = inc_alloc_raw(cx, n + 1);
    if (n)
        memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

char *inc_strdup(inccx *cx, const char *text)
{
    return inc_strndup(cx, text, strlen(text));
}

/* Most texts are short, and formatted once. */
char *inc_vprintf(inccx *cx, const char *format, va_list args)
{
    char small[256];
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, format, args);
    if (n < 0) { /* more than INT_MAX characters */
        snprintf(cx->of->limit_text, sizeof cx->of->limit_text,
                 "the model makes a text of more than 2 GiB");
        inccx_raise_limit(cx, NULL);
    }
    char *text = inc_alloc_raw(cx, (size_t)n + 1);
    if ((size_t)n < sizeof small)
        memcpy(text, small, (size_t)n + 1);
    else
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

char *inc_printf(inccx *cx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = inc_vprintf(cx, format, args);
    va_end(args);
    return text;
}
