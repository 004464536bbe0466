/* SPDX-License-Identifier: Apache-2.0 */
/* What every function below lib/api is handed: where memory comes from, how failure travels,
 * and callbacks.
 *
 * Memory comes from one arena per context and is freed at once with it, so nobody below frees.
 * Failure is raised: inc_raise() does not return but unwinds to the nearest inc_try(), running on
 * the way what inc_defer() registered since. Running out of memory takes the same way. Whatever is
 * not arena memory (a descriptor, a zlib stream) must therefore be registered with
 * inc_defer() before the next call that can raise.
 *
 *     inc_frame frame;
 *     if (inc_try(cx, &frame)) {
 *         work(cx);
 *         inc_try_end(cx, &frame);
 *     } else {
 *         ... cx->error says what happened ...
 *     }
 *
 * Locals changed between inc_try() and a raise must be volatile to be read afterwards.
 */
#ifndef INC_BASE_CONTEXT_H
#define INC_BASE_CONTEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "incexport/status.h"

#if defined(__GNUC__)
#define INC_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define INC_NORETURN __attribute__((noreturn))
#else
#define INC_PRINTF(fmt, first)
#define INC_NORETURN
#endif

#define INC_COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef struct inccx inccx;

/* Where in the model we are; strings live as long as the context. NULL and 0: not known. */
typedef struct inc_where {
    const char *entry;  /* file inside the archive */
    uint32_t line;      /* of entry, from 1 */
    uint32_t column;    /* from 1 */
    const char *python; /* "net.py:87", the user's own source */
    const char *op;     /* "aten::conv2d" */
    const char *scope;  /* "layer1.0.conv1" */
} inc_where;

/* One of several things that a model has and that cannot be done, where it was met first. */
typedef struct inc_lacking {
    const char *message;
    const char *hint;
    inc_where where;
    size_t count;
} inc_lacking;

/* What was raised. */
typedef struct inc_failure {
    inc_status status;
    const char *message; /* what was found and what was expected */
    const char *hint;    /* what can be done, or NULL */
    const char *stage;   /* "reading", "evaluating", "writing", … */
    inc_where where;
    const inc_lacking *lacking; /* the list, where message is the sum of one */
    size_t n_lacking;
} inc_failure;

typedef struct inc_frame {
    jmp_buf jump;
    struct inc_frame *outer;
    size_t n_deferred;
    unsigned nesting;
} inc_frame;

typedef enum { INCCX_ERROR = 0, INCCX_WARNING = 1, INCCX_INFO = 2, INCCX_DEBUG = 3 } inc_level;

typedef struct inc_deferred {
    void (*run)(void *data);
    void *data;
} inc_deferred;

typedef struct inc_chunk inc_chunk;

/* How a context talks to the application. All may be NULL. */
typedef struct inc_hooks {
    void *(*alloc)(size_t size, void *user_data);
    void (*free)(void *memory, void *user_data);
    void *alloc_data;
    void (*log)(inc_level level, const char *line, void *user_data);
    void *log_data;
    int (*progress)(const char *stage, uint64_t done, uint64_t total, void *user_data);
    void *progress_data;
    uint64_t memory_limit; /* bytes; 0: what inc_justify() has said */
    uint64_t work_limit;   /* units of inc_work(); 0: likewise */
} inc_hooks;

struct inccx {
    inccx *of; /* of a scratch: the context it belongs to; else the context itself */
    inc_hooks hooks;
    inc_chunk *chunks;
    uint64_t memory, memory_limit; /* bytes taken, of the arena and by inc_take_memory() */
    uint64_t peak_memory;          /* the most that memory was */
    uint64_t work, work_limit;
    char limit_text[96];   /* the message of a limit, which must not allocate */
    unsigned nesting;      /* of inc_enter() */
    uintptr_t stack_begin; /* where the outermost inc_try() is on the stack */
    uint64_t hash_seed[2]; /* of the maps: keys that a file chooses do not collide in all of them */
    inc_frame *frame;
    inc_deferred *deferred;
    size_t n_deferred, cap_deferred;
    inc_failure error;
    inc_where where;
    uint64_t stamp; /* the last that inc_stamp() gave */
    const char *stage;
    struct incten_pieces *pieces; /* private to lib/tensor: what is in memory of files */
    bool is_strict; /* nothing is taken from the example that may be otherwise: inc_guess() */
    const char **warnings; /* each once, in order */
    size_t n_warnings, cap_warnings;
};

/* A context on the allocator of hooks (malloc where NULL); NULL when not even that can be had. */
inccx *inccx_new(const inc_hooks *hooks);
/* Runs what is still deferred, frees the arena and cx. NULL is fine. */
void inccx_free(inccx *cx);

/* Memory for a while: an arena that is freed by inc_scratch_free(), or when a raise passes. It is
 * given to functions of lib/base that allocate (maps, vectors, strings) in the place of cx; in all
 * else, failure and the account, those act on cx. What outlives it is allocated from cx. */
inccx *inc_scratch_new(inccx *cx);
void inc_scratch_free(inccx *scratch);
/* Takes all of it back, to be given out again. */
void inc_scratch_empty(inccx *scratch);

/* size bytes from the arena, zeroed, aligned for all but long double; never NULL. */
void *inc_alloc(inccx *cx, size_t size);
/* n elements of size bytes; raises on overflow. */
void *inc_alloc_n(inccx *cx, size_t n, size_t size);
/* The same as it comes, for what is written before it is read. */
void *inc_alloc_raw(inccx *cx, size_t size);
/* Makes a block of old bytes larger where it is, if it is the newest one and there is room behind
 * it; what is new is zeroed. */
bool inc_extend(inccx *cx, void *block, size_t old, size_t size);
/* A copy of size bytes. */
void *inc_copy(inccx *cx, const void *data, size_t size);
#define INC_NEW(cx, type) ((type *)inc_alloc((cx), sizeof(type)))
#define INC_NEW_N(cx, type, n) ((type *)inc_alloc_n((cx), (n), sizeof(type)))

/* The account of what a file makes us do. A unit is about a nanosecond of processor time: a byte
 * touched, a fifth of an element computed. Allocating is charged by inc_alloc(); whatever else a
 * few bytes of a file can ask for again and again is charged where it is done, before it is done.
 * Raises INC_E_LIMIT once there was more than work_limit. */
void inc_work(inccx *cx, uint64_t units);
/* Memory that is not the arena's: pieces of files, or a library's. Raises INC_E_LIMIT likewise. */
void inc_take_memory(inccx *cx, uint64_t bytes);
void inc_give_memory(inccx *cx, uint64_t bytes);
/* Logs what was taken so far, and of what limits. */
void inc_log_account(inccx *cx);
/* Limits that nobody has set grow by what a file of that size justifies. */
void inc_justify(inccx *cx, uint64_t file_size);

/* A number larger than all given before: what is made earlier has the smaller one. */
static inline uint64_t inc_stamp(inccx *cx)
{
    return ++cx->of->stamp;
}

/* Around each step of a walk over values that a file can nest as deeply as it likes, share, or make
 * hold themselves: the walk is as deep as the stack allows at most, and every step is charged.
 * Raises INC_E_LIMIT; a raise leaves all that were entered. */
void inc_enter(inccx *cx);
void inc_leave(inccx *cx);
/* Whether so much of the stack is taken since the outermost inc_try() that nothing should go
 * deeper: a thread's stack of 512 KiB has to be enough for all calls. */
bool inc_stack_ends(const inccx *cx);

char *inc_strdup(inccx *cx, const char *text);
char *inc_strndup(inccx *cx, const char *text, size_t n);
char *inc_printf(inccx *cx, const char *format, ...) INC_PRINTF(2, 3);
char *inc_vprintf(inccx *cx, const char *format, va_list args);

#define inc_try(cx, f) (inc_try_begin((cx), (f)), setjmp((f)->jump) == 0)
void inc_try_begin(inccx *cx, inc_frame *frame);
void inc_try_end(inccx *cx, inc_frame *frame);

void inc_raise(inccx *cx, inc_status status, const char *format, ...) INC_NORETURN INC_PRINTF(3, 4);
/* The same with advice: one sentence of what the user can do. */
void inc_raise_hint(inccx *cx, inc_status status, const char *hint, const char *format,
                    ...) INC_NORETURN INC_PRINTF(4, 5);
/* The same for a list, every item of which can be asked for. */
void inc_raise_lacking(inccx *cx, inc_status status, const inc_lacking *items, size_t n,
                       const char *message) INC_NORETURN;
/* Raises cx->error again, from an inc_try() that only wanted to look. */
void inc_raise_again(inccx *cx) INC_NORETURN;

/* Runs run(data) when the context ends or a raise passes the current frame; at the latest then. */
void inc_defer(inccx *cx, void (*run)(void *data), void *data);
/* Runs the newest deferred call with that data now, and forgets it. */
void inc_undefer(inccx *cx, void *data);

void inc_log(inccx *cx, inc_level level, const char *format, ...) INC_PRINTF(3, 4);
/* Logged as a warning and kept for the result, with cx->where behind it; once for each place. */
void inc_warn(inccx *cx, const char *format, ...) INC_PRINTF(2, 3);
/* What is said of the example is taken for all inputs: a warning, or with strict an error. */
void inc_guess(inccx *cx, const char *format, ...) INC_PRINTF(2, 3);
/* A line of the log, with its place in the model. */
void inc_note(inccx *cx, const char *format, ...) INC_PRINTF(2, 3);
/* Tells progress; raises INC_E_CANCELLED when the application asks to stop. */
void inc_progress(inccx *cx, const char *stage, uint64_t done, uint64_t total);

#endif
