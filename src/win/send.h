/* SPDX-License-Identifier: MIT
 *
 * Sending one frame to one window.
 */
#ifndef COPYDATA_WIN_SEND_H
#define COPYDATA_WIN_SEND_H

#include "failure.h"

#include <stdbool.h>
#include <stddef.h>

/* The most that goes into one frame. */
#define CD_FRAME_MAX (512u * 1024)

/*
 * Sends `size` bytes, at most CD_FRAME_MAX, and waits for the verdict, at most `seconds` (which
 * 0 < seconds). Meanwhile Windows calls our own window procedure for what is sent to us.
 * Returns whether it was accepted; if not, `failure` says what: a verdict by its name in upper
 * case, GONE, DENIED, TIMEOUT (outcome unknown), or SYSTEM.
 */
bool cd_send(HWND sender, HWND receiver, const void *frame, size_t size, double seconds,
             cd_failure *failure);

#endif
