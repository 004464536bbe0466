/* Entries in a list, in order of insertion, and open addressing once there are more than a few. All
 * of it is the arena's, so nothing is freed one by one. */
#include "base/map.h"

#include <string.h>

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

/* So many entries are compared one by one; more have an index of hashes. */
enum { FEW = 8, FIRST_SLOTS = 32 };

struct incmap_entry {
    void *value;
    incmap_entry *next, *previous; /* in order of insertion */
    uint32_t key_size;
    char key[];
};

struct incmap {
    const uint64_t *seed;
    incmap_entry *first, *last;
    size_t n;
    size_t n_slots;       /* a power of two, or 0 */
    incmap_entry **slots; /* NULL where nothing is; at most three of four are taken */
    uint32_t *hashes;     /* of the entries in the slots */
};

incmap *incmap_new(inccx *cx)
{
    incmap *map = INC_NEW(cx, incmap);
    map->seed = cx->hash_seed;
    return map;
}

static bool has_key(const incmap_entry *e, const void *key, size_t key_size)
{
    return e->key_size == key_size && (key_size == 0 || memcmp(e->key, key, key_size) == 0);
}

static uint32_t hash_of(const incmap *map, const void *key, size_t key_size)
{
    return (uint32_t)hash_bytes(map->seed, key, key_size);
}

static incmap_entry *find_hashed(const incmap *map, const void *key, size_t key_size, uint32_t hash)
{
    size_t mask = map->n_slots - 1;
    for (size_t i = hash & mask; map->slots[i]; i = (i + 1) & mask)
        if (map->hashes[i] == hash && has_key(map->slots[i], key, key_size))
            return map->slots[i];
    return NULL;
}

static incmap_entry *find(const incmap *map, const void *key, size_t key_size)
{
    if (map->n_slots > 0)
        return find_hashed(map, key, key_size, hash_of(map, key, key_size));
    for (incmap_entry *e = map->first; e; e = e->next)
        if (has_key(e, key, key_size))
            return e;
    return NULL;
}

static void put_in_slot(incmap *map, incmap_entry *e, uint32_t hash)
{
    size_t mask = map->n_slots - 1, i = hash & mask;
    while (map->slots[i])
        i = (i + 1) & mask;
    map->slots[i] = e;
    map->hashes[i] = hash;
}

/* Twice the slots; hashes that were computed before are taken over. */
static void grow(inccx *cx, incmap *map)
{
    const incmap old = *map;
    map->n_slots = old.n_slots ? old.n_slots * 2 : FIRST_SLOTS;
    map->slots = INC_NEW_N(cx, incmap_entry *, map->n_slots);
    map->hashes = INC_NEW_N(cx, uint32_t, map->n_slots);
    for (size_t i = 0; i < old.n_slots; i++)
        if (old.slots[i])
            put_in_slot(map, old.slots[i], old.hashes[i]);
    for (incmap_entry *e = map->first; e && old.n_slots == 0; e = e->next)
        put_in_slot(map, e, hash_of(map, e->key, e->key_size));
}

void incmap_set(inccx *cx, incmap *map, const void *key, size_t key_size, void *value)
{
    uint32_t hash = map->n_slots > 0 ? hash_of(map, key, key_size) : 0;
    incmap_entry *entry =
        map->n_slots > 0 ? find_hashed(map, key, key_size, hash) : find(map, key, key_size);
    if (entry) {
        entry->value = value;
        return;
    }
    if (key_size > UINT32_MAX / 2)
        inc_raise(cx, INC_E_LIMIT, "a name of %zu bytes is too long", key_size);
    if (map->n >= (map->n_slots ? map->n_slots / 4 * 3 : FEW)) {
        grow(cx, map);
        hash = hash_of(map, key, key_size);
    }
    entry = inc_alloc(cx, sizeof *entry + key_size + 1);
    if (key_size)
        memcpy(entry->key, key, key_size);
    entry->key_size = (uint32_t)key_size;
    entry->value = value;
    entry->previous = map->last;
    *(map->last ? &map->last->next : &map->first) = entry;
    map->last = entry;
    map->n++;
    if (map->n_slots > 0)
        put_in_slot(map, entry, hash);
}

void *incmap_get(const incmap *map, const void *key, size_t key_size, bool *found)
{
    incmap_entry *entry = find(map, key, key_size);
    if (found)
        *found = entry != NULL;
    return entry ? entry->value : NULL;
}

/* Those behind that were put there because this slot was taken move up. */
static void empty_slot(incmap *map, const incmap_entry *entry, uint32_t hash)
{
    size_t mask = map->n_slots - 1, gap = hash & mask;
    while (map->slots[gap] != entry)
        gap = (gap + 1) & mask;
    for (size_t i = (gap + 1) & mask; map->slots[i]; i = (i + 1) & mask) {
        size_t wanted = map->hashes[i] & mask;
        if (((i - wanted) & mask) < ((i - gap) & mask))
            continue;
        map->slots[gap] = map->slots[i];
        map->hashes[gap] = map->hashes[i];
        gap = i;
    }
    map->slots[gap] = NULL;
}

void incmap_remove(incmap *map, const void *key, size_t key_size)
{
    incmap_entry *entry = find(map, key, key_size);
    if (!entry)
        return;
    if (map->n_slots > 0)
        empty_slot(map, entry, hash_of(map, key, key_size));
    *(entry->previous ? &entry->previous->next : &map->first) = entry->next;
    *(entry->next ? &entry->next->previous : &map->last) = entry->previous;
    map->n--;
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
    return find(map, key, strlen(key)) != NULL;
}

const incmap_entry *incmap_first(const incmap *map)
{
    return map->first;
}

const incmap_entry *incmap_next(const incmap_entry *entry)
{
    return entry->next;
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
