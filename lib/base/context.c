/* SPDX-License-Identifier: Apache-2.0 */
/* The context: arena, raising, deferred clean-up, log. See context.h. */
#define _DEFAULT_SOURCE /* getentropy */
#include "base/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"

/* The build option exact_arena. */
#ifndef INC_EXACT_ARENA
#define INC_EXACT_ARENA 0
#endif

enum { FIRST_CHUNK = 16 * 1024, LARGEST_CHUNK = 1024 * 1024 };
/* With the defaults a file of 1 MB gets 224 MiB and 2 seconds. A model that is all graph, as loops
 * that were unrolled are, takes 230 bytes of memory and 100 units of work for each of its bytes. */
static const uint64_t least_memory = (uint64_t)224 << 20, memory_per_byte = 512;
static const uint64_t small_file = 1 << 20;            /* what least_memory is for */
static const uint64_t most_memory = (uint64_t)4 << 30; /* so far as it is not set */
static const uint64_t least_work = 1000 * 1000 * 1000, work_per_byte = 1000;
enum { WORK_PER_BLOCK = 16, BYTES_PER_WORK = 8 };
enum { ALIGNMENT = 8 }; /* enough for all but long double, which nothing here has */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INC_IS_SANITIZED 1
#elif defined(__has_feature)
#define INC_IS_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define INC_IS_SANITIZED 0
#endif

struct inc_chunk {
    inc_chunk *next;
    size_t used, size;
    max_align_t bytes[];
};

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
    cx->memory_limit = h.memory_limit ? h.memory_limit : least_memory;
    cx->work_limit = h.work_limit ? h.work_limit : least_work;
    make_seed(cx);
    return cx;
}

static void run_deferred_above(inccx *cx, size_t n)
{
    while (cx->n_deferred > n) {
        inc_deferred d = cx->deferred[--cx->n_deferred];
        d.run(d.data);
    }
}

static void free_chunks(inccx *cx)
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

static void free_arena(inccx *cx)
{
    free_chunks(cx);
    cx->hooks.free(cx, cx->hooks.alloc_data);
}

void inccx_free(inccx *cx)
{
    if (!cx)
        return;
    run_deferred_above(cx, 0);
    free_arena(cx);
}

static void unwind(inccx *cx) INC_NORETURN;
static void unwind(inccx *cx)
{
    cx = cx->of;
    inc_frame *frame = cx->frame;
    if (!frame)
        abort(); /* our own mistake: work outside any inc_try() */
    run_deferred_above(cx, frame->n_deferred);
    cx->frame = frame->outer;
    cx->nesting = frame->nesting;
    longjmp(frame->jump, 1);
}

static void raise_memory(inccx *cx) INC_NORETURN;
static void raise_memory(inccx *cx)
{
    cx = cx->of;
    cx->error = (inc_failure){INC_E_MEMORY, "out of memory", NULL, cx->stage, {0}};
    unwind(cx);
}

/* Not a local's address, which sanitizers can move off the stack. */
static uintptr_t stack_top(void)
{
#if defined(__GNUC__)
    return (uintptr_t)__builtin_frame_address(0);
#else
    volatile char here = 0;
    return (uintptr_t)&here + (uintptr_t)here;
#endif
}

/* ---- the account ---- */

static void raise_limit(inccx *cx, const char *hint) INC_NORETURN;
static void raise_limit(inccx *cx, const char *hint)
{
    cx = cx->of;
    cx->error = (inc_failure){INC_E_LIMIT, cx->limit_text, hint, cx->stage, cx->where};
    unwind(cx);
}

void inc_take_memory(inccx *cx, uint64_t bytes)
{
    cx = cx->of;
    if (bytes > cx->memory_limit || cx->memory > cx->memory_limit - bytes) {
        snprintf(cx->limit_text, sizeof cx->limit_text,
                 "the model needs more memory than the limit of %llu KiB allows",
                 (unsigned long long)(cx->memory_limit >> 10));
        raise_limit(cx, "If you trust the file, raise memory_limit.");
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
        snprintf(cx->limit_text, sizeof cx->limit_text,
                 "the model needs more computing than the limit of %llu million units allows",
                 (unsigned long long)(cx->work_limit / 1000000));
        raise_limit(cx, "If you trust the file, raise work_limit.");
    }
    cx->work += units;
}

void inc_log_account(inccx *cx)
{
    inc_log(
        cx, INCCX_DEBUG, "took %llu of %llu million units of work, %llu of %llu KiB of memory",
        (unsigned long long)(cx->work / 1000000), (unsigned long long)(cx->work_limit / 1000000),
        (unsigned long long)(cx->peak_memory >> 10), (unsigned long long)(cx->memory_limit >> 10));
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
    uintptr_t at = stack_top();
    return at < cx->stack_begin && cx->stack_begin - at > most;
}

void inc_enter(inccx *cx)
{
    enum { MOST_NESTING = 256, WORK_PER_VISIT = 20 };
    cx = cx->of;
    inc_work(cx, WORK_PER_VISIT);
    if (inc_stack_ends(cx)) {
        snprintf(cx->limit_text, sizeof cx->limit_text, "the model's code is nested too deeply");
        raise_limit(cx, NULL);
    }
    if (cx->nesting == MOST_NESTING) {
        snprintf(cx->limit_text, sizeof cx->limit_text,
                 "the model has values nested more than %d deep", MOST_NESTING);
        raise_limit(cx, NULL);
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

/* ---- the arena ---- */

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
        raise_memory(cx);
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

/* The newest chunk is the largest, but for those of one block each. */
void inc_scratch_empty(inccx *scratch)
{
    inc_chunk *kept = INC_EXACT_ARENA ? NULL : scratch->chunks;
    if (kept) {
        scratch->chunks = kept->next;
        kept->next = NULL;
        kept->used = 0;
    }
    free_chunks(scratch);
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
        raise_memory(cx);
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
        raise_memory(cx);
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
        raise_memory(cx);
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
        raise_memory(cx);
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
    if (n < 0) /* more than INT_MAX characters */
        inc_raise(cx, INC_E_LIMIT, "the model makes a text of more than 2 GiB");
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

void inc_try_begin(inccx *cx, inc_frame *frame)
{
    cx = cx->of;
    frame->outer = cx->frame;
    frame->n_deferred = cx->n_deferred;
    frame->nesting = cx->nesting;
    if (!cx->frame)
        cx->stack_begin = stack_top();
    cx->frame = frame;
}

void inc_try_end(inccx *cx, inc_frame *frame)
{
    cx = cx->of;
    cx->frame = frame->outer;
}

static void raise_with(inccx *cx, inc_status status, const char *hint,
                       const char *message) INC_NORETURN;
static void raise_with(inccx *cx, inc_status status, const char *hint, const char *message)
{
    cx = cx->of;
    cx->error = (inc_failure){
        .status = status, .message = message, .hint = hint, .stage = cx->stage, .where = cx->where};
    unwind(cx);
}

void inc_raise_lacking(inccx *cx, inc_status status, const inc_lacking *items, size_t n,
                       const char *message)
{
    cx->error = (inc_failure){.status = status,
                              .message = message,
                              .hint = n > 0 ? items[0].hint : NULL,
                              .stage = cx->stage,
                              .where = cx->where,
                              .lacking = items,
                              .n_lacking = n};
    unwind(cx);
}

void inc_raise(inccx *cx, inc_status status, const char *format, ...)
{
    cx = cx->of; /* where the message outlives a scratch */
    va_list args;
    va_start(args, format);
    char *message = inc_vprintf(cx, format, args);
    va_end(args);
    raise_with(cx, status, NULL, message);
}

void inc_raise_hint(inccx *cx, inc_status status, const char *hint, const char *format, ...)
{
    cx = cx->of;
    va_list args;
    va_start(args, format);
    char *message = inc_vprintf(cx, format, args);
    va_end(args);
    raise_with(cx, status, hint, message);
}

void inc_raise_again(inccx *cx)
{
    unwind(cx);
}

void inc_defer(inccx *cx, void (*run)(void *data), void *data)
{
    if (cx->n_deferred == cx->cap_deferred) {
        inc_frame frame;
        size_t cap = cx->cap_deferred ? cx->cap_deferred * 2 : 8;
        inc_deferred *grown;
        if (inc_try(cx, &frame)) {
            grown = INC_NEW_N(cx, inc_deferred, cap);
            inc_try_end(cx, &frame);
        } else { /* no room to remember it: clean up at once, so that nothing leaks */
            run(data);
            inc_raise_again(cx);
        }
        if (cx->n_deferred)
            memcpy(grown, cx->deferred, cx->n_deferred * sizeof *grown);
        cx->deferred = grown;
        cx->cap_deferred = cap;
    }
    cx->deferred[cx->n_deferred++] = (inc_deferred){run, data};
}

void inc_undefer(inccx *cx, void *data)
{
    for (size_t i = cx->n_deferred; i-- > 0;)
        if (cx->deferred[i].data == data) {
            inc_deferred d = cx->deferred[i];
            cx->n_deferred--;
            memmove(&cx->deferred[i], &cx->deferred[i + 1],
                    (cx->n_deferred - i) * sizeof cx->deferred[0]);
            d.run(d.data);
            return;
        }
}

void inc_log(inccx *cx, inc_level level, const char *format, ...)
{
    if (!cx->hooks.log)
        return;
    va_list args;
    va_start(args, format);
    const char *line = incstr_safe(cx, inc_vprintf(cx, format, args));
    va_end(args);
    cx->hooks.log(level, line, cx->hooks.log_data);
}

/* " (in layer1.conv, code/__torch__/net.py:41)", or "". */
static const char *place(inccx *cx)
{
    const inc_where *w = &cx->where;
    bool has_scope = w->scope && w->scope[0];
    if (!w->entry && !has_scope)
        return "";
    const char *line = w->entry && w->line ? inc_printf(cx, ":%u", w->line) : "";
    return inc_printf(cx, " (%s%s%s%s%s)", has_scope ? "in " : "", has_scope ? w->scope : "",
                      has_scope && w->entry ? ", " : "", w->entry ? w->entry : "", line);
}

static void warn(inccx *cx, const char *text)
{
    const char *line = incstr_safe(cx, inc_printf(cx, "%s%s", text, place(cx)));
    for (size_t i = 0; i < cx->n_warnings; i++)
        if (strcmp(cx->warnings[i], line) == 0)
            return;
    enum { MOST_WARNINGS = 200 };
    if (cx->n_warnings == MOST_WARNINGS)
        return;
    if (cx->n_warnings == cx->cap_warnings) {
        size_t cap = cx->cap_warnings ? cx->cap_warnings * 2 : 8;
        const char **grown = INC_NEW_N(cx, const char *, cap);
        if (cx->n_warnings)
            memcpy(grown, cx->warnings, cx->n_warnings * sizeof *grown);
        cx->warnings = grown;
        cx->cap_warnings = cap;
    }
    cx->warnings[cx->n_warnings++] = line;
    if (cx->hooks.log)
        cx->hooks.log(INCCX_WARNING, line, cx->hooks.log_data);
}

void inc_warn(inccx *cx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = inc_vprintf(cx, format, args);
    va_end(args);
    warn(cx, text);
}

void inc_guess(inccx *cx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = inc_vprintf(cx, format, args);
    va_end(args);
    if (cx->is_strict)
        inc_raise_hint(cx, INC_E_UNSUPPORTED,
                       "leave the size as it is in the example, rewrite what decides on it, or "
                       "export without strict",
                       "%s", text);
    warn(cx, text);
}

void inc_note(inccx *cx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = inc_vprintf(cx, format, args);
    va_end(args);
    inc_log(cx, INCCX_INFO, "%s%s", text, place(cx));
}

void inc_progress(inccx *cx, const char *stage, uint64_t done, uint64_t total)
{
    if (cx->hooks.progress && cx->hooks.progress(stage, done, total, cx->hooks.progress_data) != 0)
        inc_raise(cx, INC_E_CANCELLED, "cancelled by the application");
}
