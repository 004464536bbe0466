/* SPDX-License-Identifier: Apache-2.0 */
/* A hash map from byte strings to pointers, in the arena; iteration is in order of insertion. */
#ifndef INC_BASE_MAP_H
#define INC_BASE_MAP_H

#include "base/context.h"

typedef struct incmap incmap;
typedef struct incmap_entry incmap_entry;

incmap *incmap_new(inccx *cx);
/* Sets or replaces; key is copied. Values may be NULL. */
void incmap_set(inccx *cx, incmap *map, const void *key, size_t key_size, void *value);
/* Where the value of key is, NULL when key is new; until the key is removed. */
void **incmap_slot(inccx *cx, incmap *map, const void *key, size_t key_size);
/* The value, or NULL when absent; *found (may be NULL) says which. */
void *incmap_get(const incmap *map, const void *key, size_t key_size, bool *found);
void incmap_remove(incmap *map, const void *key, size_t key_size);
size_t incmap_count(const incmap *map);

void incmap_set_str(inccx *cx, incmap *map, const char *key, void *value);
void *incmap_get_str(const incmap *map, const char *key);
bool incmap_has_str(const incmap *map, const char *key);

/* for (const incmap_entry *e = incmap_first(m); e; e = incmap_next(e)) */
const incmap_entry *incmap_first(const incmap *map);
const incmap_entry *incmap_next(const incmap_entry *entry);
const char *incmap_key(const incmap_entry *entry, size_t *size); /* NUL-terminated copy */
void *incmap_value(const incmap_entry *entry);

#endif
