/* incmap over uthash. Its memory is the arena's, so nothing is freed one by one. */
#include "base/map.h"

#include <string.h>

#define uthash_malloc(size) inc_alloc(cx, size)
#define uthash_free(memory, size) ((void)(memory))
#include <uthash.h>

struct incmap_entry {
    void *value;
    size_t key_size;
    UT_hash_handle hh;
    char key[];
};

struct incmap {
    incmap_entry *head;
};

incmap *incmap_new(inccx *cx)
{
    return INC_NEW(cx, incmap);
}

static incmap_entry *find(const incmap *map, const void *key, size_t key_size)
{
    incmap_entry *entry = NULL;
    HASH_FIND(hh, map->head, key, (unsigned)key_size, entry);
    return entry;
}

void incmap_set(inccx *cx, incmap *map, const void *key, size_t key_size, void *value)
{
    incmap_entry *entry = find(map, key, key_size);
    if (entry) {
        entry->value = value;
        return;
    }
    if (key_size > UINT32_MAX / 2)
        inc_raise(cx, INC_E_LIMIT, "a name of %zu bytes is too long", key_size);
    entry = inc_alloc(cx, sizeof *entry + key_size + 1);
    if (key_size)
        memcpy(entry->key, key, key_size);
    entry->key_size = key_size;
    entry->value = value;
    HASH_ADD(hh, map->head, key, (unsigned)key_size, entry);
}

void *incmap_get(const incmap *map, const void *key, size_t key_size, bool *found)
{
    incmap_entry *entry = find(map, key, key_size);
    if (found)
        *found = entry != NULL;
    return entry ? entry->value : NULL;
}

void incmap_remove(incmap *map, const void *key, size_t key_size)
{
    incmap_entry *entry = find(map, key, key_size);
    if (entry)
        HASH_DELETE(hh, map->head, entry);
}

size_t incmap_count(const incmap *map)
{
    return HASH_COUNT(map->head);
}

void incmap_set_str(inccx *cx, incmap *map, const char *key, void *value)
{
    incmap_set(cx, map, key, strlen(key), value);
}

void *incmap_get_str(const incmap *map, const char *key)
{
    return incmap_get(map, key, strlen(key), NULL);
}

bool incmap_has_str(const incmap *map, const char *key)
{
    return find(map, key, strlen(key)) != NULL;
}

const incmap_entry *incmap_first(const incmap *map)
{
    return map->head;
}

const incmap_entry *incmap_next(const incmap_entry *entry)
{
    return entry->hh.next;
}

const char *incmap_key(const incmap_entry *entry, size_t *size)
{
    if (size)
        *size = entry->key_size;
    return entry->key;
}

void *incmap_value(const incmap_entry *entry)
{
    return entry->value;
}
