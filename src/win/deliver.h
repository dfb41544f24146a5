/* SPDX-License-Identifier: MIT
 *
 * One WM_COPYDATA to one window, and what that answers: whatever it carries, whoever asks.
 */
#ifndef COPYDATA_WIN_DELIVER_H
#define COPYDATA_WIN_DELIVER_H

#include "failure.h"

#include <stdbool.h>

/* Seconds as SendMessageTimeout takes them, which gets none that it takes for "for ever". */
UINT cd_deliver_timeout(double seconds);

/*
 * Sends `data` and waits for the window's answer, at most `seconds` (which are 0 or more).
 * Meanwhile Windows calls our own window procedures for what is sent to us. `sender` is the wParam.
 * Returns whether there is an answer, in `*answer`; if not, `failure` says why: GONE, DENIED,
 * TIMEOUT (outcome unknown), HUNG (not sent), or SYSTEM. `*stale` tells whether there was no such
 * window any more, so that nobody can have looked at the message.
 */
bool cd_deliver(HWND receiver, WPARAM sender, const COPYDATASTRUCT *data, double seconds,
                DWORD_PTR *answer, cd_failure *failure, bool *stale);

#endif
