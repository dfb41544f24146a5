/* SPDX-License-Identifier: MIT
 *
 * The sender's part of a proof (protocol, "Proof"): a receiver that wants to know who sends posts a
 * token to the window that the frame claims to come from. Who finds it there is that window's
 * program, and puts it in front of the frame, and of all further frames to that receiver.
 */
#ifndef COPYDATA_WIN_PROVER_H
#define COPYDATA_WIN_PROVER_H

#include "failure.h"
#include "mailbox/keyed.h"
#include "wire/proof.h"

#include <stddef.h>

#define CD_TRIES_MOST   4  /* for a send, of tokens that came with another nonce */
#define CD_OFFERED_MOST 16 /* tokens that were posted unasked, and are kept */

/* A token that was posted to us in a receiver's name: by whomever. */
typedef struct cd_offer {
    uint32_t receiver; /* its window, by the bits that count; 0: none */
    uint64_t came;     /* counts them */
    uint64_t token;
} cd_offer;

/* What has been posted to a window. */
typedef struct cd_offers {
    uint32_t receiver, nonce; /* which one is waited for; the receiver is 0: none */
    bool came;
    uint64_t token;                   /* of that one */
    cd_offer others[CD_OFFERED_MOST]; /* while one is waited for, only that receiver's come here */
    uint64_t last;                    /* of these */
} cd_offers;

/* Of an endpoint. The script's thread alone uses it, but for cd_prover_offer. */
typedef struct cd_prover {
    SRWLOCK lock; /* of what was offered: */
    cd_offers offers;
    HANDLE arrived;  /* set when what is waited for comes to a window of another thread; NULL: the
                        window is the script's thread's */
    bool admitted;   /* programs of lower integrity may post to the window */
    cd_keyed proven; /* receivers that took a proof, and which */
} cd_prover;

/* `own_thread`: whether the window has a thread of its own. Returns false with `failure` filled in
 * when Windows will not. */
bool cd_prover_open(cd_prover *prover, bool own_thread, cd_failure *failure);

/* Idempotent. Nobody may be in any of these functions. */
void cd_prover_close(cd_prover *prover);

/* Something was posted to the window: see challenge.h. By the window procedure, in its thread. */
void cd_prover_offer(cd_prover *prover, WPARAM wparam, LPARAM lparam);

/*
 * Sends a frame as cd_send does, from a window, with proof of who sends in front of it where the
 * receiver wants one; a receiver that has not had any yet is asked for what it takes. Writes over
 * the CD_PROOF_MOST bytes in front of the frame. `*tries`, which starts as CD_TRIES_MOST, is how
 * many tokens with another nonce the send may still try.
 * On failure also UNPROVEN: the receiver's token has not come, or not yet.
 */
bool cd_prover_send(cd_prover *prover, HWND sender, HWND receiver, char *frame, size_t size,
                    double seconds, unsigned *tries, cd_failure *failure, bool *stale);

#endif
