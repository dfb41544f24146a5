/* SPDX-License-Identifier: MIT */
#include "verifier.h"
#include "challenge.h"

#include <string.h>

#define HASH_BYTES 32 /* of SHA-256 */

/* What a token authenticates about its peer. */
typedef struct statement {
    uint32_t window, pid, thread;
} statement;

static bool succeeded(NTSTATUS status)
{
    return status >= 0;
}

/* Draws the key. A token made with another key is worthless. */
static bool open(cd_verifier *verifier)
{
    BCRYPT_ALG_HANDLE hmac;

    if (verifier->hmac != NULL)
        return true;
    if (!succeeded(BCryptGenRandom(NULL, verifier->key, sizeof verifier->key,
                                   BCRYPT_USE_SYSTEM_PREFERRED_RNG)) ||
        !succeeded(BCryptOpenAlgorithmProvider(&hmac, BCRYPT_SHA256_ALGORITHM, NULL,
                                               BCRYPT_ALG_HANDLE_HMAC_FLAG)))
        return false;
    verifier->hmac = hmac;
    return true;
}

static bool hash(cd_verifier *verifier, statement *said, unsigned char *bytes)
{
    BCRYPT_HASH_HANDLE handle;

    if (!succeeded(BCryptCreateHash(verifier->hmac, &handle, NULL, 0, verifier->key,
                                    sizeof verifier->key, 0)))
        return false;
    bool done = succeeded(BCryptHashData(handle, (PUCHAR)said, sizeof *said, 0)) &&
                succeeded(BCryptFinishHash(handle, bytes, HASH_BYTES, 0));
    BCryptDestroyHash(handle);
    return done;
}

/* Makes a peer's token, unless it has one. Returns false on failure. */
static bool make(cd_verifier *verifier, cd_peer *peer)
{
    unsigned char bytes[HASH_BYTES];
    statement said = {cd_challenge_window(cd_peer_hwnd(peer)), cd_peer_pid(peer), peer->thread};

    if (peer->token != 0)
        return true;
    if (!open(verifier) || !hash(verifier, &said, bytes))
        return false;
    memcpy(&peer->token, bytes, sizeof peer->token);
    if (peer->token == 0)
        peer->token = 1;
    return true;
}

bool cd_verifier_holds(cd_verifier *verifier, cd_peer *peer, uint64_t token)
{
    /* Before the first post no token can be right. */
    return token != 0 && verifier->hmac != NULL && make(verifier, peer) && peer->token == token;
}

bool cd_verifier_post(cd_verifier *verifier, HWND receiver, cd_peer *peer, uint64_t nonce)
{
    UINT message = cd_challenge_message();

    /* The handle may belong to another program's window by now, which must not get the token. */
    return message != 0 && make(verifier, peer) && cd_peer_is_there(peer) &&
           PostMessageW(cd_peer_hwnd(peer), message, cd_challenge_wparam(receiver, nonce),
                        (LPARAM)peer->token);
}

void cd_verifier_close(cd_verifier *verifier)
{
    if (verifier->hmac != NULL)
        BCryptCloseAlgorithmProvider(verifier->hmac, 0);
    SecureZeroMemory(verifier, sizeof *verifier);
}
