/* SPDX-License-Identifier: MIT
 *
 * What peer.c sends by: frames to a window, with proof of who sends to those who want to know. The
 * comments name the sections of docs/protocol.md.
 */
#ifndef EXAMPLES_OUTBOX_H
#define EXAMPLES_OUTBOX_H

#include <msgpack.h>
#include <stdint.h>
#include <windows.h>

#define FRAME_TAG  0x314B504Du /* dwData: the bytes "MPK1" */
#define PEERS_MOST 256

/* "Verdict" and "Frame" */
enum verdict { UNHANDLED, ACCEPTED, BUSY, REFUSED, MALFORMED, TOO_LARGE, ABSENT, UNPROVEN };
enum type { REQUEST, RESPONSE, NOTIFICATION, FRAGMENT, PROOF };

/* What proves to a receiver that we are the sender ("Proof"). */
typedef struct proof {
    HWND receiver; /* NULL: there is none here */
    uint64_t nonce;
    uint64_t token; /* 0: it is still to be posted to us */
} proof;

typedef struct outbox {
    HWND hwnd;                /* our endpoint, of this thread */
    UINT proof_message;       /* the registered message "copydata.proof" */
    proof proven[PEERS_MOST]; /* to receivers that wanted it */
} outbox;

/* Begins to send for a window. The struct is all zero. */
void outbox_open(outbox *out, HWND hwnd);

/* Sends a frame and returns the verdict; UNHANDLED also when there is none. Who is busy, or has not
 * posted the token yet, is asked again for some seconds. */
enum verdict outbox_deliver(outbox *out, HWND to, const msgpack_sbuffer *bytes);

#endif
