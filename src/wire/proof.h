/* SPDX-License-Identifier: MIT
 *
 * The proof in front of a frame (protocol, "Proof"): who is asked who it is shows what was posted
 * to its window.
 */
#ifndef COPYDATA_WIRE_PROOF_H
#define COPYDATA_WIRE_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cd_proof {
    uint64_t nonce; /* the sender's: comes back with the token */
    uint64_t token; /* what the receiver posted; 0: nothing yet */
} cd_proof;

/*
 * Reads the proof that a frame begins with, and how many bytes it takes: 0 when there is none.
 * Returns false when the frame begins like a proof but is malformed.
 */
bool cd_proof_read(cd_proof *proof, size_t *taken, const char *frame, size_t size);

/* Writes a proof in front of a frame, over at most CD_PROOF_MOST bytes. Returns how many it took. */
#define CD_PROOF_MOST 20 /* the array, the type, and two numbers of nine bytes */
size_t cd_proof_write(const cd_proof *proof, char *frame);

#endif
