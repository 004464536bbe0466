/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind context.h share, lowest first:
 *
 *   unwind.c   frames, and the way up to the nearest one; allocates nothing
 *   account.c  work, memory and depth, each with its limit
 *   arena.c    blocks of memory, and the texts in them
 *   raise.c    failures with a message; what is deferred
 *   log.c      lines of the log, warnings, progress
 *   context.c  contexts and scratches are made and freed
 */
#ifndef INC_BASE_CONTEXT_INTERNAL_H
#define INC_BASE_CONTEXT_INTERNAL_H

#include "base/context.h"

/* ---- unwind.c ---- */
/* To the nearest inc_try(); cx->error says why. */
void inccx_unwind(inccx *cx) INC_NORETURN;
void inccx_raise_memory(inccx *cx) INC_NORETURN;
/* The message is cx->limit_text. */
void inccx_raise_limit(inccx *cx, const char *hint) INC_NORETURN;
/* Runs what was deferred since there were n. */
void inccx_run_deferred_above(inccx *cx, size_t n);

/* Not a local's address, which sanitizers can move off the stack. */
static inline uintptr_t inccx_stack_top(void)
{
#if defined(__GNUC__)
    return (uintptr_t)__builtin_frame_address(0);
#else
    volatile char here = 0;
    return (uintptr_t)&here + (uintptr_t)here;
#endif
}

/* ---- account.c ---- */
/* The limits that hold as long as no file justifies more. */
void inccx_start_account(inccx *cx);

/* ---- arena.c ---- */
void inccx_free_chunks(inccx *cx);

#endif
