/* SPDX-License-Identifier: MIT
 *
 * Takers accept messages that are not of copydata's protocol: WM_COPYDATA of other programs, and
 * other window messages. Each has its own queue, and the answer that its senders get at once.
 */
#ifndef COPYDATA_MAILBOX_TAKERS_H
#define COPYDATA_MAILBOX_TAKERS_H

#include "queue.h"

/* The kind of a message. */
typedef enum cd_raw_kind {
    CD_RAW_COPYDATA, /* a WM_COPYDATA; its tag is the dwData */
    CD_RAW_MESSAGE   /* another window message; its tag is the number, the sender unknown */
} cd_raw_kind;

/* Which messages a taker accepts, and how. */
typedef struct cd_raw_wanted {
    cd_raw_kind kind;
    bool tagged; /* only those with this tag: */
    uintptr_t tag;
    uint64_t window;  /* only those of the sender with this key; 0: of any */
    uint32_t account; /* only those of this account, or without a sender; 0: of any */
    bool asked;       /* a reply to the script's own request: the guard is not asked */
    intptr_t answer;  /* the sender's answer */
} cd_raw_wanted;

typedef struct cd_taker {
    struct cd_taker *next; /* the one made next */
    uint32_t id;
    bool handled; /* its messages are for CD_WANT_HANDLED */
    cd_raw_wanted wanted;
    cd_inbox inbox;
} cd_taker;

/* Initialize to zero. */
typedef struct cd_takers {
    cd_taker *first;
    uint32_t last; /* how many were made, modulo CD_TAKER_IDS */
    uint64_t seen; /* how many WM_COPYDATA arrived, accepted or not */
} cd_takers;

/* Their ids are above those of channels: CD_TAKER_IDS of them, from CD_TAKER_FIRST. */
#define CD_TAKER_FIRST 0x80000000u
#define CD_TAKER_IDS   0x7fffffffu

/* Adds a taker; NULL: no memory. */
cd_taker *cd_takers_add(cd_takers *takers, const cd_raw_wanted *wanted);

/* Removes a taker whose inbox is empty, and frees it. */
void cd_takers_remove(cd_takers *takers, cd_taker *taker);

/* The taker with an id; NULL: none. */
cd_taker *cd_takers_get(const cd_takers *takers, uint32_t id);

/*
 * The taker that gets a message; NULL: none. Takers of expected replies come first, in the order
 * they were made; then those that name the sender's window, then those that name the tag, then
 * those that accept any.
 */
cd_taker *cd_takers_find(const cd_takers *takers, cd_raw_kind kind, uintptr_t tag,
                         const cd_sender *sender);

#endif
