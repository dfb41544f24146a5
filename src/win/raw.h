/* SPDX-License-Identifier: MIT
 *
 * Messages of other programs' protocols that arrive at an endpoint: a WM_COPYDATA with another
 * dwData than ours.
 */
#ifndef COPYDATA_WIN_RAW_H
#define COPYDATA_WIN_RAW_H

#include "wire/queue.h"

#include <stdbool.h>
#include <windows.h>

struct cd_endpoint;

#define CD_RAW_ID 0 /* where a channel's id would stand: these begin at 1 */

/* Start with all zero. For the lock of the endpoint. */
typedef struct cd_raw {
    bool handled;   /* the script takes such messages */
    LRESULT answer; /* what their senders are told at once: the script runs later */
    cd_inbox inbox; /* empty unless handled */
} cd_raw;

/* From now on the script takes raw messages, or no longer: what waits is dropped then. */
void cd_raw_handle(struct cd_endpoint *endpoint, bool handled, LRESULT answer);

/*
 * What the window procedure does with a raw message: queues it, in the limits of all messages, and
 * says the answer; 0, as a program says that does not know it, when nobody takes it, there is no
 * room, or the script has not allowed the sender (yet).
 */
LRESULT cd_raw_receive(struct cd_endpoint *endpoint, HWND sender, const COPYDATASTRUCT *data);

#endif
