/* SPDX-License-Identifier: Apache-2.0 */
/* Pickles, read into inert values: nothing is imported, called or executed.
 *
 * Only the opcodes and globals that PyTorch writes are understood; everything else is refused by
 * name. Values are built once and not changed afterwards. What the pickle shares (its memo) is
 * shared here: the same list is the same pointer. Nesting is at most INCPKL_MAX_DEPTH deep, has no
 * cycles, and unfolds to a bounded number of values, so that a walk over a value may recurse and
 * may ignore sharing. */
#ifndef INC_ARCHIVE_PICKLE_H
#define INC_ARCHIVE_PICKLE_H

#include "base/file.h"
#include "base/map.h"
#include "tensor/tensor.h"

enum { INCPKL_MAX_DEPTH = 1000 };

typedef enum incpkl_kind {
    INCPKL_NONE,
    INCPKL_BOOL,    /* as.boolean */
    INCPKL_INT,     /* as.integer */
    INCPKL_BIGINT,  /* as.text: two's complement bytes, little end first */
    INCPKL_FLOAT,   /* as.real */
    INCPKL_COMPLEX, /* as.items: real and imaginary part, both FLOAT */
    INCPKL_STRING,  /* as.text, UTF-8 as it stands in the file */
    INCPKL_BYTES,   /* as.text */
    INCPKL_TUPLE,   /* as.items; torch.Size too */
    INCPKL_LIST,    /* as.items */
    INCPKL_SET,     /* as.items */
    INCPKL_DICT,    /* as.dict; OrderedDict too */
    INCPKL_TENSOR,  /* as.tensor; parameters too */
    INCPKL_STORAGE, /* as.storage */
    INCPKL_OBJECT,  /* as.object: an instance of a class of the model */
    INCPKL_ENUM,    /* as.object: a member, state being its value */
    INCPKL_DTYPE,   /* as.dtype */
    INCPKL_DEVICE,  /* as.text: "cpu", "cuda:0" */
    INCPKL_QSCHEME, /* as.text: "per_tensor_affine" */
    INCPKL_GLOBAL,  /* as.global: a class or function standing as a value */
    INCPKL_OPAQUE   /* as.object: something carried that has no meaning here (numpy, generators) */
} incpkl_kind;

typedef struct incpkl_value incpkl_value;

typedef struct incpkl_text {
    const char *bytes; /* with a NUL behind */
    size_t n;
} incpkl_text;

typedef struct incpkl_items {
    const incpkl_value **items;
    size_t n;
    const char *type; /* "List[int]": the type the pickle gave, in TorchScript's grammar; or NULL */
} incpkl_items;

typedef struct incpkl_pair {
    const incpkl_value *key, *value;
} incpkl_pair;

typedef struct incpkl_dict {
    incpkl_pair *pairs; /* in the order of insertion; of equal string keys the last value stands */
    size_t n;
    const char *type;          /* "Dict[str, Tensor]" or NULL */
    incmap *by_name;           /* private: string keys to pair numbers + 1 */
    const incpkl_value *extra; /* BUILD state of an OrderedDict ({"_metadata": …}) or NULL */
} incpkl_dict;

/* A storage that the pickle named; one per key and load. */
typedef struct incpkl_storage {
    const char *key;
    const char *location; /* "cpu" */
    incdtype dtype;       /* INCDT_U8 when is_untyped */
    bool is_untyped;
    bool has_data;
    int64_t numel; /* elements; bytes when is_untyped */
    incspan span;  /* its bytes */
} incpkl_storage;

typedef struct incpkl_tensor {
    const inctensor *tensor;
    const incpkl_storage *storage; /* NULL for tensors without */
    const int64_t *strides;        /* in elements, as the file says; NULL when not known */
    int64_t offset;
    bool requires_grad;
    bool is_parameter; /* was wrapped in torch.nn.Parameter (Python's pickles only) */
} incpkl_tensor;

typedef struct incpkl_class {
    const char *module; /* "__torch__.net" */
    const char *name;   /* "Net" */
    const char *full;   /* "__torch__.net.Net" */
} incpkl_class;

typedef struct incpkl_object {
    const incpkl_class *of;
    const incpkl_value *args;  /* tuple given to NEWOBJ or REDUCE; NULL for an enum member */
    const incpkl_value *state; /* BUILD's argument (a dict of attributes, or what __getstate__
                                  gave); of an enum member its value; NULL when there was none */
} incpkl_object;

struct incpkl_value {
    incpkl_kind kind;
    uint32_t serial; /* counts up in the order of making, from 0, per load */
    union {
        bool boolean;
        int64_t integer;
        double real;
        incpkl_text text;
        incpkl_items items;
        incpkl_dict *dict;
        incpkl_tensor *tensor;
        incpkl_storage *storage;
        incpkl_object *object;
        incdtype dtype;
        const incpkl_class *global;
    } as;
};

/* Where the bytes of a storage are; false when there is no such record. */
typedef bool (*incpkl_find_storage)(inccx *cx, void *user_data, const char *key, incspan *span);

typedef struct incpkl_options {
    const char *entry;        /* the pickle's name in messages */
    incpkl_find_storage find; /* NULL: the pickle may name no storages */
    void *user_data;
    bool without_data; /* storages are known to be empty (traced_inputs): tensors without data */
} incpkl_options;

/* Reads one pickle, which must fill bytes exactly. Raises INC_E_FORMAT, INC_E_UNSUPPORTED for
 * globals and opcodes that are not understood, INC_E_LIMIT. bytes must outlive the context. */
const incpkl_value *incpkl_load(inccx *cx, const void *bytes, uint64_t size,
                                const incpkl_options *options);
/* torch.save's format before the ZIP container: several pickles, then the storages. */
const incpkl_value *incpkl_load_legacy(inccx *cx, const incfile *file, const char *name);
/* Whether bytes begin as incpkl_load_legacy() expects. */
bool incpkl_is_legacy(const void *bytes, uint64_t size);

/* "tuple", "dict", "object of class __torch__.Net": for messages. */
const char *incpkl_describe(inccx *cx, const incpkl_value *value);
const char *incpkl_kind_name(incpkl_kind kind);

/* value of a string key; NULL when absent, or when dict is NULL or no dict. */
const incpkl_value *incpkl_get(const incpkl_value *dict, const char *key);
/* An object's attribute by name, where its state is a dict; NULL otherwise. */
const incpkl_value *incpkl_attribute(const incpkl_value *object, const char *name);
/* True and *value when it is an int (or a bool) that fits; an int or a float. */
bool incpkl_is_int(const incpkl_value *value, int64_t *number);
bool incpkl_is_number(const incpkl_value *value, double *number);
bool incpkl_is_string(const incpkl_value *value, const char *text);

#endif
