/* SPDX-License-Identifier: Apache-2.0 */
/* Entries in uthash's list, in order of insertion, and in its table once there are more than a few.
 * All of it is the arena's, so nothing is freed one by one. */
#include "base/map.h"

#include <string.h>

#define uthash_malloc(size) inc_alloc(cx, size)
#define uthash_free(memory, size) ((void)(memory))
/* Of a map called `map`. */
#undef HASH_FUNCTION
#define HASH_FUNCTION(key, size, hash) (hash) = (unsigned)hash_bytes(map->seed, (key), (size))
#include <uthash.h>

/* ---- SipHash-1-3 ---- */

static inline uint64_t rotated(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotated(v[1], 13) ^ v[0];
    v[3] = rotated(v[3], 16) ^ v[2];
    v[0] = rotated(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotated(v[1], 17) ^ v[2];
    v[3] = rotated(v[3], 21) ^ v[0];
    v[2] = rotated(v[2], 32);
}

static inline void take_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

static uint64_t hash_bytes(const uint64_t seed[2], const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    uint64_t v[4] = {seed[0] ^ 0x736f6d6570736575U, seed[1] ^ 0x646f72616e646f6dU,
                     seed[0] ^ 0x6c7967656e657261U, seed[1] ^ 0x7465646279746573U};
    uint64_t word, last = (uint64_t)n << 56;
    for (; n >= sizeof word; n -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        take_word(v, word);
    }
    for (size_t i = 0; i < n; i++)
        last |= (uint64_t)at[i] << (8 * i);
    take_word(v, last);
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- the map ---- */

/* So many entries are compared one by one; more are in the table, too. */
enum { FEW = 8 };

struct incmap_entry {
    void *value;
    UT_hash_handle hh; /* of an entry that is in no table: the list and the key's size */
    char key[];
};

struct incmap {
    const uint64_t *seed;
    incmap_entry *first, *last; /* last: as long as there is no table */
    size_t n;
    bool has_table;
};

incmap *incmap_new(inccx *cx)
{
    incmap *map = INC_NEW(cx, incmap);
    map->seed = cx->hash_seed;
    return map;
}

static bool has_key(const incmap_entry *e, const void *key, size_t key_size)
{
    return e->hh.keylen == key_size && (key_size == 0 || memcmp(e->key, key, key_size) == 0);
}

/* hash is set where there is a table. */
static incmap_entry *find(const incmap *map, const void *key, size_t key_size, unsigned *hash)
{
    incmap_entry *found = NULL;
    if (map->has_table) {
        HASH_VALUE(key, (unsigned)key_size, *hash);
        HASH_FIND_BYHASHVALUE(hh, map->first, key, (unsigned)key_size, *hash, found);
        return found;
    }
    for (found = map->first; found && !has_key(found, key, key_size);)
        found = found->hh.next;
    return found;
}

static void add_to_table(inccx *cx, incmap *map, incmap_entry *entry, unsigned hash)
{
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, map->first, entry->key, entry->hh.keylen, hash, entry);
}

static void begin_table(inccx *cx, incmap *map)
{
    incmap_entry *next = map->first;
    map->first = NULL;
    map->has_table = true;
    for (incmap_entry *e; (e = next) != NULL;) {
        unsigned hash;
        next = e->hh.next;
        HASH_VALUE(e->key, e->hh.keylen, hash);
        add_to_table(cx, map, e, hash);
    }
}

static void add_to_list(incmap *map, incmap_entry *entry)
{
    entry->hh.prev = map->last;
    if (map->last)
        map->last->hh.next = entry;
    else
        map->first = entry;
    map->last = entry;
}

void **incmap_slot(inccx *cx, incmap *map, const void *key, size_t key_size)
{
    unsigned hash = 0;
    incmap_entry *entry = find(map, key, key_size, &hash);
    if (entry)
        return &entry->value;
    if (key_size > UINT32_MAX / 2)
        inc_raise(cx, INC_E_LIMIT, "a name of %zu bytes is too long", key_size);
    entry = inc_alloc_raw(cx, sizeof *entry + key_size + 1);
    *entry = (incmap_entry){.hh.keylen = (unsigned)key_size};
    if (key_size)
        memcpy(entry->key, key, key_size);
    entry->key[key_size] = '\0';
    if (map->has_table)
        add_to_table(cx, map, entry, hash);
    else
        add_to_list(map, entry);
    if (++map->n > FEW && !map->has_table)
        begin_table(cx, map);
    return &entry->value;
}

void incmap_set(inccx *cx, incmap *map, const void *key, size_t key_size, void *value)
{
    *incmap_slot(cx, map, key, key_size) = value;
}

void *incmap_get(const incmap *map, const void *key, size_t key_size, bool *found)
{
    unsigned hash;
    const incmap_entry *entry = find(map, key, key_size, &hash);
    if (found)
        *found = entry != NULL;
    return entry ? entry->value : NULL;
}

void incmap_remove(incmap *map, const void *key, size_t key_size)
{
    unsigned hash;
    incmap_entry *entry = find(map, key, key_size, &hash);
    if (!entry)
        return;
    map->n--;
    if (map->has_table) {
        HASH_DELETE(hh, map->first, entry);
        map->has_table = map->first != NULL;
        map->last = NULL;
        return;
    }
    incmap_entry *before = entry->hh.prev, *behind = entry->hh.next;
    if (before)
        before->hh.next = behind;
    else
        map->first = behind;
    if (behind)
        behind->hh.prev = before;
    else
        map->last = before;
}

size_t incmap_count(const incmap *map)
{
    return map->n;
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
    unsigned hash;
    return find(map, key, strlen(key), &hash) != NULL;
}

const incmap_entry *incmap_first(const incmap *map)
{
    return map->first;
}

const incmap_entry *incmap_next(const incmap_entry *entry)
{
    return entry->hh.next;
}

const char *incmap_key(const incmap_entry *entry, size_t *size)
{
    if (size)
        *size = entry->hh.keylen;
    return entry->key;
}

void *incmap_value(const incmap_entry *entry)
{
    return entry->value;
}
