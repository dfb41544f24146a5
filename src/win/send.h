/* SPDX-License-Identifier: MIT
 *
 * Sending one frame to one window.
 */
#ifndef COPYDATA_WIN_SEND_H
#define COPYDATA_WIN_SEND_H

#include "failure.h"

#include <stdbool.h>
#include <stddef.h>

/* What became of a frame. */
typedef enum cd_outcome {
    CD_OUTCOME_ACCEPTED,
    CD_OUTCOME_UNPROVEN, /* the receiver wants proof of who sends: see prover.h */
    CD_OUTCOME_DECLINED, /* another verdict */
    CD_OUTCOME_FAILED    /* no verdict */
} cd_outcome;

/*
 * Sends `size` bytes and waits for the verdict, at most `seconds`. Meanwhile Windows calls our own
 * window procedure for what is sent to us.
 * Unless it was accepted, `failure` has the verdict's name in upper case, or says what cd_deliver
 * says. `*stale` then tells whether the receiver was no peer any more before it could look at the
 * frame.
 */
cd_outcome cd_send(HWND sender, HWND receiver, const void *frame, size_t size, double seconds,
                   cd_failure *failure, bool *stale);

/*
 * Whether a window's thread answers at all within so many seconds; also true where a send tells
 * better what is wrong: the window is gone, or Windows forbids it. Sends nothing of meaning.
 */
bool cd_send_probe(HWND receiver, double seconds);

#endif
