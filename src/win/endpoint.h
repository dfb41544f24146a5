/* SPDX-License-Identifier: MIT
 *
 * An endpoint: one hidden window, the channels it is on, and what waits on them.
 *
 * It belongs to the thread that made it, the script's; only that thread may call these functions,
 * but for cd_endpoint_close and those for the window procedure. The window belongs to that thread
 * too, or to one of the endpoint's own (pump.h), which the lock is for.
 */
#ifndef COPYDATA_WIN_ENDPOINT_H
#define COPYDATA_WIN_ENDPOINT_H

#include "failure.h"
#include "membership.h"
#include "name.h"
#include "peer.h"
#include "raw.h"
#include "trust.h"
#include "wire/asked.h"
#include "wire/queue.h"
#include "wire/reassembly.h"

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
    bool handled;   /* its notifications are for CD_WANT_HANDLED */
    bool served;    /* takes requests */
    bool guarded;   /* the script is to be asked about each sender */
    cd_inbox inbox; /* notifications */
    cd_inbox requests;
} cd_channel;

/*
 * What a script waits for and takes: the notifications of the channel of an id, or one of these,
 * which no channel has. CD_RAW_ID is the first of them where an id is told.
 */
#define CD_WANT_HANDLED 0u          /* whatever there are handlers for: all that follows too */
#define CD_WANT_ANSWERS 0xffffffffu /* to our requests; also what an answer has for an id */
#define CD_WANT_CALLS   0xfffffffeu /* answers, and requests to us */

typedef struct cd_endpoint {
    DWORD thread; /* the script's; 0: closed by cd_endpoint_close, or never open */
    bool running; /* between cd_interrupt_begin and cd_interrupt_end */
    uint32_t last_id;
    cd_limits limits;
    cd_membership membership;

    HWND window;   /* as it was made, and may have been destroyed since */
    HANDLE pump;   /* the window's own thread; NULL: the window is the script's */
    HANDLE signal; /* of an endpoint with a pump: there is something new. An auto-reset event */

    SRWLOCK lock; /* for what follows, up to the next empty line */
    HWND hwnd;    /* the window; NULL: destroyed, by cd_endpoint_close or from outside */
    bool waiting; /* the script's thread waits for the signal, which was not given yet */
    bool guarded; /* the script is to be asked about each sender, to any channel */
    cd_trust trust;
    cd_channel *channels;
    cd_raw raw;       /* messages of other protocols */
    cd_asked asked;   /* our requests */
    cd_inbox answers; /* to them */
    cd_queue queue;
    cd_spare spare; /* of the queue and of what has come in part */

    /* The window's thread's alone. */
    cd_messages reading;      /* the frame under the window procedure's eyes */
    cd_reassembly reassembly; /* what has come in part; used with the lock, for the spare */
    bool sweeping;            /* a timer looks after that */
    cd_peers senders;
} cd_endpoint;

/*
 * Makes the window, in this thread or in one of its own. On failure fills in `failure`; the
 * endpoint is then closed.
 */
bool cd_endpoint_open(cd_endpoint *endpoint, const cd_limits *limits, bool own_thread,
                      cd_failure *failure);

/* Leaves every channel, destroys the window, ends its thread, drops what waits. Idempotent. */
void cd_endpoint_close(cd_endpoint *endpoint);

/* The window; NULL when it is gone. */
HWND cd_endpoint_hwnd(cd_endpoint *endpoint);

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

/* Whether a channel's notifications are for CD_WANT_HANDLED. */
void cd_endpoint_handle(cd_endpoint *endpoint, cd_channel *channel, bool handled);

/* Whether a channel takes requests; when no longer, what waits of them is dropped. */
void cd_endpoint_serve(cd_endpoint *endpoint, cd_channel *channel, bool served);

/*
 * A request of ours to a window, and its end, before which its answer is let in: see wire/asked.h.
 * ignored: how many answers came that nobody asked for.
 */
uint32_t cd_endpoint_ask(cd_endpoint *endpoint, HWND peer);
void cd_endpoint_end(cd_endpoint *endpoint, uint32_t msgid);
uint64_t cd_endpoint_ignored(cd_endpoint *endpoint);

/* Whether the script is to be asked about senders to a channel, or with NULL to any. */
void cd_endpoint_guard(cd_endpoint *endpoint, cd_channel *channel, bool guarded);

/*
 * A sender about whom the script is to be asked, and for which channel (0: any); NULL: none. The
 * caller releases the peer, and answers by decide.
 */
cd_peer *cd_endpoint_asked(cd_endpoint *endpoint, uint32_t *channel);
void cd_endpoint_decide(cd_endpoint *endpoint, const cd_peer *peer, uint32_t channel, bool allowed);

/* The sequence of the newest message that has arrived. */
uint64_t cd_endpoint_newest(cd_endpoint *endpoint);

/*
 * The inbox whose turn it is: of those that are wanted, a channel's id or CD_WANT_..., the one whose
 * first message arrived first; NULL when nothing waits. Fills in the channel, CD_RAW_ID or
 * CD_WANT_ANSWERS. To be called with the lock held.
 */
cd_inbox *cd_endpoint_next(cd_endpoint *endpoint, uint32_t wanted, uint32_t *id);

/* Whether a channel is meant, by its id, which may be one that was left. */
static inline bool cd_endpoint_wants_channel(uint32_t wanted)
{
    return wanted != CD_WANT_HANDLED && wanted < CD_WANT_CALLS;
}

/*
 * Takes the message whose turn it is, as above, if it is not newer than `newest`. NULL when there
 * is none. The caller ends it by one of the two after it.
 */
cd_item *cd_endpoint_take(cd_endpoint *endpoint, uint32_t wanted, uint64_t newest, uint32_t *id);

/* Puts a message back that was taken last; drops it when its channel is no more. */
void cd_endpoint_return(cd_endpoint *endpoint, uint32_t id, cd_item *item);

/* Frees a message that was taken. */
void cd_endpoint_release(cd_endpoint *endpoint, cd_item *item);

/*
 * For the window procedure. receive checks a frame, queues it and says the verdict; sweep frees
 * what dead and silent senders left of their messages and returns whether there is any left;
 * closed notes that the window is being destroyed; alert wakes a script that waits.
 */
cd_verdict cd_endpoint_receive(cd_endpoint *endpoint, HWND sender, const char *frame, size_t size);
bool cd_endpoint_sweep(cd_endpoint *endpoint);
void cd_endpoint_closed(cd_endpoint *endpoint);
void cd_endpoint_alert(cd_endpoint *endpoint);

#endif
