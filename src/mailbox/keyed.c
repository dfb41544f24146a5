/* SPDX-License-Identifier: MIT */
#include "keyed.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16

static uint64_t key_of(const void *item)
{
    uint64_t key;

    memcpy(&key, item, sizeof key);
    return key;
}

/* The slot of a key, or where it would go. The table always has a free slot. */
static char *place_of(const cd_keyed *keyed, uint64_t key)
{
    const size_t mask = keyed->capacity - 1;
    size_t at = (size_t)(key * 0x9E3779B97F4A7C15u >> 32) & mask; /* Fibonacci hashing */
    char *item = keyed->items + at * keyed->size;

    while (key_of(item) != 0 && key_of(item) != key) {
        at = (at + 1) & mask;
        item = keyed->items + at * keyed->size;
    }
    return item;
}

static bool is_living(const cd_keyed *keyed, const char *item)
{
    return key_of(item) != 0 && !keyed->gone(key_of(item));
}

/* The capacity that leaves room for one more item once those that are gone are removed. */
static size_t capacity_for(const cd_keyed *keyed)
{
    size_t living = 0;

    if (keyed->capacity == 0)
        return FIRST_CAPACITY;
    for (size_t i = 0; i < keyed->capacity; i++)
        living += is_living(keyed, keyed->items + i * keyed->size);
    return 4 * living >= keyed->capacity ? 2 * keyed->capacity : keyed->capacity;
}

/* Removes items whose owner is gone, in a new table, larger if necessary. Returns false without
 * memory. */
static bool renew(cd_keyed *keyed)
{
    cd_keyed renewed = *keyed;

    renewed.count = 0;
    renewed.capacity = capacity_for(keyed);
    renewed.items = calloc(renewed.capacity, keyed->size);
    if (renewed.items == NULL)
        return false;
    for (size_t i = 0; i < keyed->capacity; i++) {
        const char *item = keyed->items + i * keyed->size;
        if (!is_living(keyed, item))
            continue;
        memcpy(place_of(&renewed, key_of(item)), item, keyed->size);
        renewed.count++;
    }
    free(keyed->items);
    *keyed = renewed;
    return true;
}

void *cd_keyed_find(const cd_keyed *keyed, uint64_t key)
{
    if (key == 0 || keyed->capacity == 0)
        return NULL;
    char *item = place_of(keyed, key);
    return key_of(item) == key ? item : NULL;
}

void *cd_keyed_add(cd_keyed *keyed, uint64_t key)
{
    void *item = cd_keyed_find(keyed, key);

    if (item != NULL)
        return item;
    if (2 * keyed->count >= keyed->capacity && !renew(keyed))
        return NULL;
    item = place_of(keyed, key);
    memcpy(item, &key, sizeof key);
    keyed->count++;
    return item;
}

void cd_keyed_free(cd_keyed *keyed)
{
    free(keyed->items);
    keyed->items = NULL;
    keyed->capacity = keyed->count = 0;
}
