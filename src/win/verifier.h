/* SPDX-License-Identifier: MIT
 *
 * The receiver's part of a proof (protocol, "Proof"): each peer's token, which only the peer's own
 * program can see when it is posted, and which no program can make up: an HMAC with a key that
 * never leaves the endpoint.
 */
#ifndef COPYDATA_WIN_VERIFIER_H
#define COPYDATA_WIN_VERIFIER_H

#include "peer.h"

#include <bcrypt.h> /* after windows.h */

/* One per endpoint; only for its window's thread. Initialize to zero. */
typedef struct cd_verifier {
    BCRYPT_ALG_HANDLE hmac; /* NULL: no token was needed yet */
    unsigned char key[32];
} cd_verifier;

/* Whether this is a peer's token. */
bool cd_verifier_holds(cd_verifier *verifier, cd_peer *peer, uint64_t token);

/* Posts a peer its token, in the name of the receiver, with the peer's nonce. Returns false on
 * failure. */
bool cd_verifier_post(cd_verifier *verifier, HWND receiver, cd_peer *peer, uint64_t nonce);

void cd_verifier_close(cd_verifier *verifier);

#endif
