/* SPDX-License-Identifier: MIT
 *
 * An endpoint: one hidden window, the channels it is on, and what waits on them. It belongs to
 * the thread that made it; only that thread may call these functions.
 */
#ifndef COPYDATA_WIN_ENDPOINT_H
#define COPYDATA_WIN_ENDPOINT_H

#include "failure.h"
#include "membership.h"
#include "name.h"
#include "peer.h"
#include "wire/queue.h"

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/* One channel of an endpoint. */
typedef struct cd_channel {
    struct cd_channel *next; /* of the same endpoint, joined later */
    uint32_t id;             /* never used again by this endpoint */
    cd_name name;            /* as joined */
    char utf8[3 * CD_NAME_MAX];
    size_t utf8_size;
    bool listening; /* carries the property; otherwise nobody sees it */
    bool handled;   /* its messages are for cd_endpoint_next(endpoint, NULL) */
    cd_inbox inbox;
} cd_channel;

typedef struct cd_endpoint {
    HWND hwnd;    /* NULL: destroyed, by cd_endpoint_close or from outside */
    DWORD thread; /* that made it; 0: closed by cd_endpoint_close, or never open */
    cd_channel *channels;
    uint32_t last_id;
    cd_queue queue;
    cd_messages reading; /* the frame under the window procedure's eyes */
    cd_peers senders;
    cd_membership membership;
    bool running; /* between cd_interrupt_begin and cd_interrupt_end */
} cd_endpoint;

/* Makes the window. On failure fills in `failure`; the endpoint is then closed. */
bool cd_endpoint_open(cd_endpoint *endpoint, cd_failure *failure);

/* Leaves every channel, destroys the window, drops what waits. Idempotent. */
void cd_endpoint_close(cd_endpoint *endpoint);

/*
 * Joins a channel. With `listen` false the endpoint can send there but nobody sees it. NULL with
 * `failure` filled in when Windows has no room for it or the window is closed. The caller has
 * checked that the endpoint is not on it.
 */
cd_channel *cd_endpoint_join(cd_endpoint *endpoint, const cd_name *name, bool listen,
                             cd_failure *failure);

/* Leaves a channel and drops what waits on it. */
void cd_endpoint_leave(cd_endpoint *endpoint, cd_channel *channel);

/* The channel of this id or name; NULL when the endpoint is not on it (any more). */
cd_channel *cd_endpoint_channel(const cd_endpoint *endpoint, uint32_t id);
cd_channel *cd_endpoint_find(const cd_endpoint *endpoint, const cd_name *name);

/*
 * The channel whose turn it is: `only`, or with NULL the one among the handled ones whose first
 * message arrived first. NULL when nothing waits there.
 */
cd_channel *cd_endpoint_next(const cd_endpoint *endpoint, cd_channel *only);

/* What the window procedure does with a frame: checks it, queues it, says the verdict. */
cd_verdict cd_endpoint_receive(cd_endpoint *endpoint, HWND sender, const void *frame, size_t size);

#endif
