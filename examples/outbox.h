/* SPDX-License-Identifier: MIT
 *
 * Sends frames for peer.c, with proof of the sender where the receiver requires it. The comments
 * name the sections of docs/protocol.md.
 */
#ifndef EXAMPLES_OUTBOX_H
#define EXAMPLES_OUTBOX_H

#include "endpoints.h"

#include <msgpack.h>
#include <stdint.h>
#include <windows.h>

#define FRAME_TAG 0x314B504Du /* dwData: the bytes "MPK1" */

/* "Verdict" and "Frame" */
enum verdict { UNHANDLED, ACCEPTED, BUSY, REFUSED, MALFORMED, TOO_LARGE, ABSENT, UNPROVEN };
enum type { REQUEST, RESPONSE, NOTIFICATION, FRAGMENT, PROOF };

/* Our proof for a receiver ("Proof"). */
typedef struct proof {
    HWND receiver; /* NULL: there is none here */
    uint64_t nonce;
    uint64_t token; /* 0: not posted to us yet */
} proof;

typedef struct outbox {
    HWND hwnd;                /* our endpoint, in this thread */
    UINT proof_message;       /* the registered message "copydata.proof" */
    proof proven[PEERS_MOST]; /* for receivers that required it */
} outbox;

/* Prepares to send from a window. The struct must be zero. */
void outbox_open(outbox *out, HWND hwnd);

/* Sends a frame and returns the verdict; UNHANDLED also when there is none. Retries for some
 * seconds if the receiver is busy, or has not posted the token yet. */
enum verdict outbox_deliver(outbox *out, HWND to, const msgpack_sbuffer *bytes);

#endif
