/* SPDX-License-Identifier: MIT
 *
 * A table of things that are known of senders or receivers, by their keys. Those who are gone are
 * forgotten when it would have to grow, so it is no larger than the number of those who are there
 * at the same time.
 */
#ifndef COPYDATA_MAILBOX_KEYED_H
#define COPYDATA_MAILBOX_KEYED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Start with all zero but the first two. */
typedef struct cd_keyed {
    size_t size;                /* of an item, which begins with its key, a uint64_t; 0: none */
    bool (*gone)(uint64_t key); /* whether whoever has this key is no more */
    char *items;                /* a hash table with open addressing */
    size_t capacity;            /* of it, a power of two; 0: there is none yet */
    size_t count;               /* of items in it */
} cd_keyed;

/* The item of a key; NULL: there is none, as of key 0. */
void *cd_keyed_find(const cd_keyed *keyed, uint64_t key);

/* The same of a key that is not 0, made when there is none, all zero but the key. NULL: no memory.
 * Other items may move. */
void *cd_keyed_add(cd_keyed *keyed, uint64_t key);

/* Forgets all. */
void cd_keyed_free(cd_keyed *keyed);

#endif
