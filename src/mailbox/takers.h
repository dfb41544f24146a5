/* SPDX-License-Identifier: MIT
 *
 * Who takes messages that are not of copydata's protocol: other programs' WM_COPYDATA, and other
 * window messages. Each taker has a queue of its own, and what its senders are answered at once.
 */
#ifndef COPYDATA_MAILBOX_TAKERS_H
#define COPYDATA_MAILBOX_TAKERS_H

#include "queue.h"

/* What a message is, besides its bytes. */
typedef enum cd_raw_kind {
    CD_RAW_COPYDATA, /* a WM_COPYDATA; its tag is the dwData */
    CD_RAW_MESSAGE   /* another window message; its tag is the number, the sender unknown */
} cd_raw_kind;

/* Which messages a taker takes, and how. */
typedef struct cd_raw_wanted {
    cd_raw_kind kind;
    bool tagged;      /* only those with this tag: */
    uintptr_t tag;
    uint64_t window;  /* only those of the sender with this key; 0: of any */
    uint32_t account; /* only those of this account, or that name no sender; 0: of any */
    bool asked;       /* it is a reply that the script has asked for: no guard is asked about it */
    intptr_t answer;  /* what the sender is told */
} cd_raw_wanted;

typedef struct cd_taker {
    struct cd_taker *next; /* made later */
    uint32_t id;
    bool handled; /* its messages are for CD_WANT_HANDLED */
    cd_raw_wanted wanted;
    cd_inbox inbox;
} cd_taker;

/* Start with all zero. */
typedef struct cd_takers {
    cd_taker *first;
    uint32_t last; /* how many were made, modulo CD_TAKER_IDS */
    uint64_t seen; /* how many WM_COPYDATA came, taken or not */
} cd_takers;

/* Their ids are above those of channels: this one and so many after it. */
#define CD_TAKER_FIRST 0x80000000u
#define CD_TAKER_IDS   0x7fffffffu

/* Adds one; NULL: no memory. */
cd_taker *cd_takers_add(cd_takers *takers, const cd_raw_wanted *wanted);

/* Takes one out, with nothing waiting for it, and frees it. */
void cd_takers_remove(cd_takers *takers, cd_taker *taker);

/* The one of an id; NULL: there is none. */
cd_taker *cd_takers_get(const cd_takers *takers, uint32_t id);

/*
 * Whose a message is; NULL: nobody's. Replies that were asked for come first, the first of them that
 * was asked; then who names the sender's window, then who names the tag, then who takes any.
 */
cd_taker *cd_takers_find(const cd_takers *takers, cd_raw_kind kind, uintptr_t tag,
                         const cd_sender *sender);

#endif
