/* SPDX-License-Identifier: MIT
 *
 * The proof in front of a frame (protocol, "Proof"): a sender proves who it is by showing the token
 * that was posted to its window.
 */
#ifndef COPYDATA_WIRE_PROOF_H
#define COPYDATA_WIRE_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cd_proof {
    uint64_t nonce; /* the sender's; returned with the token */
    uint64_t token; /* posted by the receiver; 0: none yet */
} cd_proof;

/*
 * Reads the proof at the start of a frame, and how many bytes it takes: 0 when there is none.
 * Returns false when the frame begins like a proof but is malformed.
 */
bool cd_proof_read(cd_proof *proof, size_t *taken, const char *frame, size_t size);

/* Writes a proof over at most CD_PROOF_MOST bytes in front of a frame. Returns how many. */
#define CD_PROOF_MOST 20 /* the array, the type, and two numbers of nine bytes */
size_t cd_proof_write(const cd_proof *proof, char *frame);

#endif
