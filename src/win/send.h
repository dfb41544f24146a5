/* SPDX-License-Identifier: MIT
 *
 * Sends one frame to one window.
 */
#ifndef COPYDATA_WIN_SEND_H
#define COPYDATA_WIN_SEND_H

#include "failure.h"

#include <stdbool.h>
#include <stddef.h>

/* The outcome of sending a frame. */
typedef enum cd_outcome {
    CD_OUTCOME_ACCEPTED,
    CD_OUTCOME_UNPROVEN, /* the receiver wants proof of the sender: see prover.h */
    CD_OUTCOME_DECLINED, /* another verdict */
    CD_OUTCOME_FAILED    /* no verdict */
} cd_outcome;

/*
 * Sends `size` bytes and waits for the verdict, until `deadline` as cd_deliver does. In the meantime
 * Windows calls our own window procedure for messages sent to us. Unless the frame was accepted,
 * `failure` has the verdict's name in upper case, or what cd_deliver says. `*stale` is then true if
 * the receiver was no longer a peer before it could see the frame.
 */
cd_outcome cd_send(HWND sender, HWND receiver, const void *frame, size_t size, double deadline,
                   cd_failure *failure, bool *stale);

/*
 * Whether a window's thread answers at all within `seconds`; true also if a send would report the
 * fault better: the window is gone, or Windows forbids it. The message it sends has no meaning.
 */
bool cd_send_probe(HWND receiver, double seconds);

#endif
