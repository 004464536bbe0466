/* SPDX-License-Identifier: Apache-2.0 */
/* What only the files of lib/archive share: the insides of archives and of the pickle machine. */
#ifndef INC_ARCHIVE_INTERNAL_H
#define INC_ARCHIVE_INTERNAL_H

#include <zlib.h>

#include "archive/pickle.h"
#include "archive/zip.h"
#include "base/vec.h"

/* --- ZIP -------------------------------------------------------------------------------------- */

/* What was read of an entry. */
typedef struct inczip_contents {
    const uint8_t *bytes; /* NULL: nothing */
    bool is_verified;
} inczip_contents;

struct inczip {
    const incfile *file;
    const inczip_entry *entries;
    size_t n;
    const char *prefix;
    const inczip_entry *const *by_name; /* sorted; records are found by their whole names */
    inczip_contents *contents;          /* of each entry; what follows is of this handle alone */
    z_stream stream;
    bool has_stream;
    uint8_t *packed; /* a piece of what it is fed */
};

void inczip_fail(inccx *cx, const char *entry_name, const char *what) INC_NORETURN;

/* --- Pickle ----------------------------------------------------------------------------------- */

/* What a global does when it is called; none of it runs code of the file. */
typedef enum incpkl_role {
    INCPKL_ROLE_CLASS,   /* of the model: makes an object */
    INCPKL_ROLE_CARRIED, /* makes an opaque value */
    INCPKL_ROLE_VALUE,   /* only stands for itself */
    INCPKL_ROLE_STORAGE_TYPE,
    INCPKL_ROLE_UNTYPED_STORAGE,
    INCPKL_ROLE_TENSOR,
    INCPKL_ROLE_TENSOR_V2,
    INCPKL_ROLE_TENSOR_V3,
    INCPKL_ROLE_QTENSOR,
    INCPKL_ROLE_PARAMETER,
    INCPKL_ROLE_META_TENSOR,
    INCPKL_ROLE_FROM_TYPE,
    INCPKL_ROLE_TYPED_LIST,
    INCPKL_ROLE_TYPE_TAG,
    INCPKL_ROLE_DICT,
    INCPKL_ROLE_DEFAULT_DICT,
    INCPKL_ROLE_SET,
    INCPKL_ROLE_COMPLEX,
    INCPKL_ROLE_SIZE,
    INCPKL_ROLE_DEVICE,
    INCPKL_ROLE_ENCODE,
    INCPKL_ROLE_DTYPE,
    INCPKL_ROLE_QSCHEME,
    INCPKL_ROLE_REFUSED
} incpkl_role;

/* A global: what GLOBAL values point to by their first member. */
typedef struct incpkl_global {
    incpkl_class shown;
    incpkl_role role;
    incdtype dtype;   /* of storage types */
    const char *type; /* of typed lists */
} incpkl_global;

/* One load. */
typedef struct incpkl_machine {
    inccx *cx;
    inccx *scratch; /* of what ends with the load */
    const uint8_t *bytes;
    uint64_t loaded;          /* how many of them are there; as many as there are but for: */
    const incfile *file;      /* what they are read from as they are needed; NULL */
    uint64_t size, at, op_at; /* op_at: of the opcode being run, for messages */
    const incpkl_options *options;
    INC_VEC(incpkl_value *) stack;
    INC_VEC(size_t) marks;
    INC_VEC(incpkl_value *) memo;
    uint32_t n_values;
    incpkl_value *none, *yes, *no;
    incmap *globals;  /* "module\nname" to values */
    incmap *storages; /* key to incpkl_storage */
    bool is_legacy;
} incpkl_machine;

/* Sees to it that the next n bytes are there, which there have to be. */
void incpkl_fetch(incpkl_machine *m, uint64_t n);
/* Runs one pickle from m->at to its STOP. Stack and memo start empty; storages stay. */
const incpkl_value *incpkl_run(incpkl_machine *m);

void incpkl_fail(const incpkl_machine *m, const char *format, ...) INC_NORETURN INC_PRINTF(2, 3);
void incpkl_refuse(const incpkl_machine *m, const char *hint, const char *format, ...) INC_NORETURN
    INC_PRINTF(3, 4);
/* "a tuple", for messages; text of the file in it is made safe to show. */
incpkl_value *incpkl_new(incpkl_machine *m, incpkl_kind kind);
incpkl_value *incpkl_new_text(incpkl_machine *m, incpkl_kind kind, const void *bytes, size_t n);
incpkl_value *incpkl_new_dict(incpkl_machine *m);
void incpkl_append(incpkl_machine *m, incpkl_value *list, incpkl_value *const *items, size_t n);
void incpkl_set_item(incpkl_machine *m, incpkl_value *dict_value, incpkl_value *key,
                     incpkl_value *item);

/* pickle_globals.c: a global by name; raises for one that is not known. */
incpkl_value *incpkl_find_global(incpkl_machine *m, const char *module, const char *name);
/* pickle_reduce.c */
incpkl_value *incpkl_reduce(incpkl_machine *m, incpkl_value *callable, incpkl_value *args);
incpkl_value *incpkl_new_object(incpkl_machine *m, incpkl_value *of, incpkl_value *args);
void incpkl_build(incpkl_machine *m, incpkl_value *object, incpkl_value *state);
/* pickle_tensor.c */
incpkl_value *incpkl_persistent(incpkl_machine *m, const incpkl_value *id);
incpkl_value *incpkl_rebuild_tensor(incpkl_machine *m, const incpkl_global *f,
                                    const incpkl_items *args);
/* pickle_check.c: raises for cycles, nesting and values that unfold too far. */
void incpkl_check_shape(incpkl_machine *m, const incpkl_value *root);

static inline const incpkl_global *incpkl_global_of(const incpkl_value *value)
{
    return value->kind == INCPKL_GLOBAL ? (const incpkl_global *)(const void *)value->as.global
                                        : NULL;
}

#endif
