/* SPDX-License-Identifier: MIT */
#include "endpoint.h"
#include "interrupt.h"
#include "pump.h"
#include "text.h"
#include "window.h"

#include <stdlib.h>
#include <string.h>

bool cd_endpoint_open(cd_endpoint *endpoint, const cd_limits *limits, bool own_thread,
                      cd_failure *failure)
{
    memset(endpoint, 0, sizeof *endpoint);
    InitializeSRWLock(&endpoint->lock);
    endpoint->limits = *limits;
    endpoint->queue.limits = &endpoint->limits;
    endpoint->queue.spare = &endpoint->spare;
    endpoint->reassembly.limits = &endpoint->limits;
    endpoint->reassembly.spare = &endpoint->spare;
    if (own_thread) {
        if (!cd_pump_start(endpoint, failure))
            return false;
    } else {
        endpoint->hwnd = endpoint->window = cd_window_create(endpoint, failure);
        if (endpoint->hwnd == NULL)
            return false;
    }
    endpoint->thread = GetCurrentThreadId();
    cd_membership_open(&endpoint->membership, CD_MEMBERSHIP_NAME);
    cd_interrupt_watch();
    return true;
}

void cd_endpoint_close(cd_endpoint *endpoint)
{
    if (endpoint->thread == 0)
        return;
    endpoint->thread = 0;
    while (endpoint->channels != NULL)
        cd_endpoint_leave(endpoint, endpoint->channels);
    cd_raw_handle(endpoint, false, 0);
    if (endpoint->pump != NULL)
        cd_pump_stop(endpoint);
    else
        cd_window_destroy(endpoint->window);
    cd_interrupt_unwatch();
    cd_membership_close(&endpoint->membership);
    cd_queue_clear(&endpoint->queue, &endpoint->answers);
    cd_asked_free(&endpoint->asked);
    cd_reassembly_free(&endpoint->reassembly);
    cd_spare_close(&endpoint->spare);
    cd_trust_forget(&endpoint->trust, 0);
    cd_peers_free(&endpoint->senders);
    cd_messages_free(&endpoint->reading);
}

HWND cd_endpoint_hwnd(cd_endpoint *endpoint)
{
    AcquireSRWLockExclusive(&endpoint->lock);
    HWND hwnd = endpoint->hwnd;
    ReleaseSRWLockExclusive(&endpoint->lock);
    return hwnd;
}

/* Appends a channel to the list. */
static void link_channel(cd_endpoint *endpoint, cd_channel *channel)
{
    cd_channel **last = &endpoint->channels;

    AcquireSRWLockExclusive(&endpoint->lock);
    while (*last != NULL)
        last = &(*last)->next;
    *last = channel;
    ReleaseSRWLockExclusive(&endpoint->lock);
}

/* Takes a channel out of the list and drops what waits on it. */
static void unlink_channel(cd_endpoint *endpoint, cd_channel *channel)
{
    cd_channel **link = &endpoint->channels;

    AcquireSRWLockExclusive(&endpoint->lock);
    while (*link != channel)
        link = &(*link)->next;
    *link = channel->next;
    cd_queue_clear(&endpoint->queue, &channel->inbox);
    cd_queue_clear(&endpoint->queue, &channel->requests);
    cd_trust_forget(&endpoint->trust, channel->id);
    ReleaseSRWLockExclusive(&endpoint->lock);
    free(channel);
}

cd_channel *cd_endpoint_join(cd_endpoint *endpoint, const cd_name *name, bool listen,
                             cd_failure *failure)
{
    HWND hwnd = cd_endpoint_hwnd(endpoint);

    if (hwnd == NULL) {
        cd_fail(failure, "CLOSED", "the endpoint's window was closed");
        return NULL;
    }
    cd_channel *channel = calloc(1, sizeof *channel);
    if (channel == NULL) {
        cd_fail(failure, "MEMORY", "not enough memory for another channel");
        return NULL;
    }
    channel->id = ++endpoint->last_id;
    channel->name = *name;
    channel->utf8_size = cd_utf8(name->property + CD_NAME_PREFIX_SIZE, name->units, channel->utf8,
                                 sizeof channel->utf8);
    channel->listening = listen;
    link_channel(endpoint, channel); /* before somebody can see it and send */
    if (listen && !SetPropW(hwnd, name->property, (HANDLE)1)) {
        /* 8 (not enough memory) is what a full table of atoms says: 16,384 names a session. */
        cd_fail_win32(failure, "SetProp", GetLastError());
        unlink_channel(endpoint, channel);
        return NULL;
    }
    if (listen)
        cd_membership_changed(&endpoint->membership);
    return channel;
}

void cd_endpoint_leave(cd_endpoint *endpoint, cd_channel *channel)
{
    HWND hwnd = cd_endpoint_hwnd(endpoint);

    if (channel->listening) {
        if (hwnd != NULL)
            RemovePropW(hwnd, channel->name.property);
        cd_membership_changed(&endpoint->membership);
    }
    unlink_channel(endpoint, channel);
}

cd_channel *cd_endpoint_channel(const cd_endpoint *endpoint, uint32_t id)
{
    cd_channel *channel = endpoint->channels;

    while (channel != NULL && channel->id != id)
        channel = channel->next;
    return channel;
}

cd_channel *cd_endpoint_find(const cd_endpoint *endpoint, const cd_name *name)
{
    cd_channel *channel = endpoint->channels;

    while (channel != NULL && !cd_name_equal(&channel->name, name))
        channel = channel->next;
    return channel;
}

void cd_endpoint_handle(cd_endpoint *endpoint, cd_channel *channel, bool handled)
{
    AcquireSRWLockExclusive(&endpoint->lock);
    channel->handled = handled;
    ReleaseSRWLockExclusive(&endpoint->lock);
}

void cd_endpoint_serve(cd_endpoint *endpoint, cd_channel *channel, bool served)
{
    AcquireSRWLockExclusive(&endpoint->lock);
    channel->served = served;
    if (!served)
        cd_queue_clear(&endpoint->queue, &channel->requests);
    ReleaseSRWLockExclusive(&endpoint->lock);
}

uint32_t cd_endpoint_ask(cd_endpoint *endpoint, HWND peer)
{
    AcquireSRWLockExclusive(&endpoint->lock);
    uint32_t msgid = cd_asked_add(&endpoint->asked, (uint64_t)(uintptr_t)peer);
    ReleaseSRWLockExclusive(&endpoint->lock);
    return msgid;
}

void cd_endpoint_end(cd_endpoint *endpoint, uint32_t msgid)
{
    AcquireSRWLockExclusive(&endpoint->lock);
    cd_asked_end(&endpoint->asked, msgid);
    ReleaseSRWLockExclusive(&endpoint->lock);
}

uint64_t cd_endpoint_ignored(cd_endpoint *endpoint)
{
    AcquireSRWLockExclusive(&endpoint->lock);
    uint64_t ignored = endpoint->asked.ignored;
    ReleaseSRWLockExclusive(&endpoint->lock);
    return ignored;
}

void cd_endpoint_guard(cd_endpoint *endpoint, cd_channel *channel, bool guarded)
{
    AcquireSRWLockExclusive(&endpoint->lock);
    if (channel != NULL)
        channel->guarded = guarded;
    else
        endpoint->guarded = guarded;
    cd_trust_forget(&endpoint->trust, channel != NULL ? channel->id : 0);
    ReleaseSRWLockExclusive(&endpoint->lock);
}

cd_peer *cd_endpoint_asked(cd_endpoint *endpoint, uint32_t *channel)
{
    AcquireSRWLockExclusive(&endpoint->lock);
    cd_peer *peer = cd_trust_asked(&endpoint->trust, channel);
    if (peer != NULL)
        cd_peer_retain(peer);
    ReleaseSRWLockExclusive(&endpoint->lock);
    return peer;
}

void cd_endpoint_decide(cd_endpoint *endpoint, const cd_peer *peer, uint32_t channel, bool allowed)
{
    AcquireSRWLockExclusive(&endpoint->lock);
    cd_trust_decide(&endpoint->trust, peer, channel, allowed);
    ReleaseSRWLockExclusive(&endpoint->lock);
}

uint64_t cd_endpoint_newest(cd_endpoint *endpoint)
{
    AcquireSRWLockExclusive(&endpoint->lock);
    uint64_t newest = endpoint->queue.arrived;
    ReleaseSRWLockExclusive(&endpoint->lock);
    return newest;
}

/* An inbox that may be next, and whose it is. */
typedef struct candidate {
    cd_inbox *inbox;
    uint32_t id;
} candidate;

static void consider(candidate *first, cd_inbox *inbox, uint32_t id)
{
    if (inbox->first != NULL &&
        (first->inbox == NULL || inbox->first->sequence < first->inbox->first->sequence))
        *first = (candidate){inbox, id};
}

cd_inbox *cd_endpoint_next(cd_endpoint *endpoint, uint32_t wanted, uint32_t *id)
{
    const bool one = cd_endpoint_wants_channel(wanted);
    const bool all = wanted == CD_WANT_HANDLED;
    candidate first = {NULL, 0};

    if (!one)
        consider(&first, &endpoint->answers, CD_WANT_ANSWERS);
    if (all)
        consider(&first, &endpoint->raw.inbox, CD_RAW_ID);
    for (cd_channel *channel = endpoint->channels; channel != NULL; channel = channel->next) {
        if (one ? channel->id == wanted : all && channel->handled)
            consider(&first, &channel->inbox, channel->id);
        if (all || wanted == CD_WANT_CALLS)
            consider(&first, &channel->requests, channel->id);
    }
    *id = first.id;
    return first.inbox;
}

cd_item *cd_endpoint_take(cd_endpoint *endpoint, uint32_t wanted, uint64_t newest, uint32_t *id)
{
    cd_item *item = NULL;

    AcquireSRWLockExclusive(&endpoint->lock);
    cd_inbox *inbox = cd_endpoint_next(endpoint, wanted, id);
    if (inbox != NULL && inbox->first->sequence <= newest)
        item = cd_queue_take(&endpoint->queue, inbox);
    ReleaseSRWLockExclusive(&endpoint->lock);
    return item;
}

/* Where a message waited that was taken with this id; NULL: nobody takes it any more. */
static cd_inbox *inbox_of(cd_endpoint *endpoint, uint32_t id, const cd_message *message)
{
    if (id == CD_WANT_ANSWERS)
        return &endpoint->answers;
    if (id == CD_RAW_ID)
        return endpoint->raw.handled ? &endpoint->raw.inbox : NULL;
    cd_channel *channel = cd_endpoint_channel(endpoint, id);
    if (channel == NULL)
        return NULL;
    if (message->type != CD_REQUEST)
        return &channel->inbox;
    return channel->served ? &channel->requests : NULL;
}

void cd_endpoint_return(cd_endpoint *endpoint, uint32_t id, cd_item *item)
{
    AcquireSRWLockExclusive(&endpoint->lock);
    cd_inbox *inbox = inbox_of(endpoint, id, &item->message);
    if (inbox != NULL)
        cd_queue_return(&endpoint->queue, inbox, item);
    else
        cd_queue_release(&endpoint->queue, item);
    ReleaseSRWLockExclusive(&endpoint->lock);
}

void cd_endpoint_release(cd_endpoint *endpoint, cd_item *item)
{
    AcquireSRWLockExclusive(&endpoint->lock);
    cd_queue_release(&endpoint->queue, item);
    ReleaseSRWLockExclusive(&endpoint->lock);
}

void cd_endpoint_closed(cd_endpoint *endpoint)
{
    AcquireSRWLockExclusive(&endpoint->lock);
    endpoint->hwnd = NULL;
    ReleaseSRWLockExclusive(&endpoint->lock);
    cd_endpoint_alert(endpoint);
}

void cd_endpoint_alert(cd_endpoint *endpoint)
{
    if (endpoint->signal == NULL)
        return; /* the script's own thread: it looks when the pump returns */
    AcquireSRWLockExclusive(&endpoint->lock);
    bool waiting = endpoint->waiting;
    endpoint->waiting = false; /* once is enough: the script asks again when it waits again */
    ReleaseSRWLockExclusive(&endpoint->lock);
    if (waiting)
        SetEvent(endpoint->signal);
}
