/* SPDX-License-Identifier: MIT
 *
 * The sender's part of a proof (protocol, "Proof"): a receiver that wants to know who sends posts a
 * token to the window that the frame claims to come from. Only that window's program finds it
 * there; it puts the token in front of the frame, and of all further frames to that receiver.
 */
#ifndef COPYDATA_WIN_PROVER_H
#define COPYDATA_WIN_PROVER_H

#include "failure.h"
#include "mailbox/keyed.h"
#include "wire/proof.h"

#include <stddef.h>

#define CD_TRIES_MOST   4  /* per send, of tokens that came with another nonce */
#define CD_OFFERED_MOST 16 /* tokens posted unasked that are kept */

/* A token posted to us in a receiver's name, perhaps by another program. */
typedef struct cd_offer {
    uint32_t receiver; /* significant bits of its window; 0: none */
    uint64_t came;     /* order of arrival */
    uint64_t token;
} cd_offer;

/* The tokens posted to a window. */
typedef struct cd_offers {
    uint32_t receiver, nonce; /* the awaited token; receiver 0: none */
    bool came;
    uint64_t token;                   /* the awaited token's */
    cd_offer others[CD_OFFERED_MOST]; /* while one is awaited, only from that receiver */
    uint64_t last;                    /* `came` of the latest */
} cd_offers;

/* One per endpoint. Only the script's thread uses it, except for cd_prover_offer. */
typedef struct cd_prover {
    SRWLOCK lock; /* for the offers: */
    cd_offers offers;
    HANDLE arrived;  /* set when the awaited token reaches a window of another thread; NULL: the
                        window is the script thread's */
    bool admitted;   /* programs of lower integrity may post to the window */
    cd_keyed proven; /* receivers that accepted a proof, and which */
} cd_prover;

/* `own_thread`: whether the window has a thread of its own. Returns false with `failure` filled in
 * when Windows cannot provide what it needs. */
bool cd_prover_open(cd_prover *prover, bool own_thread, cd_failure *failure);

/* Idempotent. No other call of these functions may be running. */
void cd_prover_close(cd_prover *prover);

/* Records a token posted to the window: see challenge.h. For the window procedure, in its
 * thread. */
void cd_prover_offer(cd_prover *prover, WPARAM wparam, LPARAM lparam);

/*
 * Sends a frame from a window as cd_send does, with proof of the sender in front if the receiver
 * wants one; a receiver that has not had any yet is asked for its token. Overwrites the
 * CD_PROOF_MOST bytes in front of the frame. `*tries`, initially CD_TRIES_MOST, is how many tokens
 * with another nonce the send may still try. Can also fail with UNPROVEN: the receiver's token has
 * not arrived (yet).
 */
bool cd_prover_send(cd_prover *prover, HWND sender, HWND receiver, char *frame, size_t size,
                    double deadline, unsigned *tries, cd_failure *failure, bool *stale);

#endif
