/* SPDX-License-Identifier: MIT
 *
 * The message that brings a sender its token (protocol, "Proof"): `copydata.proof`, posted to the
 * window that a frame claims to come from. Its lParam is the token.
 */
#ifndef COPYDATA_WIN_CHALLENGE_H
#define COPYDATA_WIN_CHALLENGE_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/* Whether both numbers fit in the message. In a 32-bit program they do not. */
#define CD_CHALLENGE_FITS (sizeof(WPARAM) >= 8)

/* The message's number, the same in all programs of a session; 0: Windows has no room for another
 * name. */
UINT cd_challenge_message(void);

/* The part of the nonce in the message: the lower half. */
static inline uint32_t cd_challenge_nonce(uint64_t nonce)
{
    return (uint32_t)nonce;
}

/* The significant bits of a window handle. */
static inline uint32_t cd_challenge_window(HWND hwnd)
{
    return (uint32_t)(uintptr_t)hwnd;
}

/* The wParam: the receiver, and above it the lower half of the sender's nonce. */
static inline WPARAM cd_challenge_wparam(HWND receiver, uint64_t nonce)
{
    return (WPARAM)((uint64_t)cd_challenge_nonce(nonce) << 32 | cd_challenge_window(receiver));
}

/* The reverse. */
static inline uint32_t cd_challenge_from(WPARAM wparam)
{
    return (uint32_t)wparam;
}

static inline uint32_t cd_challenge_echo(WPARAM wparam)
{
    return (uint32_t)((uint64_t)wparam >> 32);
}

#endif
