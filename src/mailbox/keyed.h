/* SPDX-License-Identifier: MIT
 *
 * A table of facts about senders or receivers, by their keys. Entries of those that are gone are
 * removed before the table would grow, so it is no larger than the number that exist at the same
 * time.
 */
#ifndef COPYDATA_MAILBOX_KEYED_H
#define COPYDATA_MAILBOX_KEYED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Initialize to zero except for the first two. */
typedef struct cd_keyed {
    size_t size;                /* of an item, which begins with its uint64_t key; 0: empty slot */
    bool (*gone)(uint64_t key); /* whether the owner of this key is gone */
    char *items;                /* a hash table with open addressing */
    size_t capacity;            /* of it, a power of two; 0: there is none yet */
    size_t count;               /* of items in it */
} cd_keyed;

/* The item with a key; NULL: none. Key 0 never has one. */
void *cd_keyed_find(const cd_keyed *keyed, uint64_t key);

/* Like cd_keyed_find for a key other than 0, but adds an item, all zero except for the key, if
 * there is none. NULL: no memory. Other items may move. */
void *cd_keyed_add(cd_keyed *keyed, uint64_t key);

/* Frees all items. */
void cd_keyed_free(cd_keyed *keyed);

#endif
