/* SPDX-License-Identifier: MIT
 *
 * The receiver's part of a proof (protocol, "Proof"): the token of each peer, which only the peer's
 * own program can see when it is posted to it, and which nobody can make up: an HMAC by a key that
 * never leaves the endpoint.
 */
#ifndef COPYDATA_WIN_VERIFIER_H
#define COPYDATA_WIN_VERIFIER_H

#include "peer.h"

#include <bcrypt.h> /* after windows.h */

/* Of an endpoint; its window's thread's alone. Start with all zero. */
typedef struct cd_verifier {
    BCRYPT_ALG_HANDLE hmac; /* NULL: no token was wanted yet */
    unsigned char key[32];
} cd_verifier;

/* Whether this is the token of a peer. */
bool cd_verifier_holds(cd_verifier *verifier, cd_peer *peer, uint64_t token);

/* Posts a peer its token, in the name of the receiver, with its nonce. Returns false when Windows
 * will not. */
bool cd_verifier_post(cd_verifier *verifier, HWND receiver, cd_peer *peer, uint64_t nonce);

void cd_verifier_close(cd_verifier *verifier);

#endif
