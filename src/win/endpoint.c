/* SPDX-License-Identifier: MIT */
#include "endpoint.h"
#include "clock.h"
#include "interrupt.h"
#include "text.h"
#include "window.h"

#include <stdlib.h>
#include <string.h>

bool cd_endpoint_open(cd_endpoint *endpoint, cd_failure *failure)
{
    memset(endpoint, 0, sizeof *endpoint);
    endpoint->hwnd = cd_window_create(endpoint, failure);
    if (endpoint->hwnd == NULL)
        return false;
    endpoint->thread = GetCurrentThreadId();
    cd_membership_open(&endpoint->membership);
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
    if (endpoint->hwnd != NULL)
        DestroyWindow(endpoint->hwnd);
    cd_interrupt_unwatch();
    cd_membership_close(&endpoint->membership);
    cd_peers_free(&endpoint->senders);
    cd_messages_free(&endpoint->reading);
}

cd_channel *cd_endpoint_join(cd_endpoint *endpoint, const cd_name *name, bool listen,
                             cd_failure *failure)
{
    cd_channel *channel;
    cd_channel **last = &endpoint->channels;

    if (endpoint->hwnd == NULL) {
        cd_fail(failure, "CLOSED", "the endpoint's window was closed");
        return NULL;
    }
    channel = calloc(1, sizeof *channel);
    if (channel == NULL) {
        cd_fail(failure, "MEMORY", "not enough memory for another channel");
        return NULL;
    }
    if (listen && !SetPropW(endpoint->hwnd, name->property, (HANDLE)1)) {
        /* 8 (not enough memory) is what a full table of atoms says: 16,384 names a session. */
        cd_fail_win32(failure, "SetProp", GetLastError());
        free(channel);
        return NULL;
    }
    channel->id = ++endpoint->last_id;
    channel->name = *name;
    channel->utf8_size = cd_utf8(name->property + CD_NAME_PREFIX_SIZE, name->units, channel->utf8,
                                 sizeof channel->utf8);
    channel->listening = listen;
    while (*last != NULL)
        last = &(*last)->next;
    *last = channel;
    if (listen)
        cd_membership_changed(&endpoint->membership);
    return channel;
}

void cd_endpoint_leave(cd_endpoint *endpoint, cd_channel *channel)
{
    cd_channel **link = &endpoint->channels;

    while (*link != channel)
        link = &(*link)->next;
    *link = channel->next;
    if (channel->listening) {
        if (endpoint->hwnd != NULL)
            RemovePropW(endpoint->hwnd, channel->name.property);
        cd_membership_changed(&endpoint->membership);
    }
    cd_queue_clear(&endpoint->queue, &channel->inbox);
    free(channel);
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

cd_channel *cd_endpoint_next(const cd_endpoint *endpoint, cd_channel *only)
{
    cd_channel *next = NULL;

    if (only != NULL)
        return only->inbox.first != NULL ? only : NULL;
    for (cd_channel *channel = endpoint->channels; channel != NULL; channel = channel->next)
        if (channel->handled && channel->inbox.first != NULL &&
            (next == NULL || channel->inbox.first->sequence < next->inbox.first->sequence))
            next = channel;
    return next;
}

/* The inbox for a channel's name as it stands in a message; NULL: we are not on it. */
static cd_verdict route(const cd_endpoint *endpoint, const char *channel, size_t size,
                        cd_inbox **inbox)
{
    cd_name name;
    cd_channel *found = endpoint->channels;

    /* Nearly always written as we write it: spares the conversion. */
    while (found != NULL &&
           (found->utf8_size != size || memcmp(found->utf8, channel, size) != 0))
        found = found->next;
    if (found == NULL) {
        if (cd_name_make(&name, channel, size) != NULL)
            return CD_MALFORMED;
        found = cd_endpoint_find(endpoint, &name);
    }
    if (found == NULL || !found->listening)
        return CD_ABSENT;
    *inbox = &found->inbox;
    return CD_ACCEPTED;
}

cd_verdict cd_endpoint_receive(cd_endpoint *endpoint, HWND sender, const void *frame, size_t size)
{
    cd_messages *messages = &endpoint->reading;
    cd_verdict verdict;

    if (size > CD_QUEUE_BYTES)
        return CD_TOO_LARGE;
    verdict = cd_messages_read(messages, frame, size, CD_QUEUE_MESSAGES);
    for (size_t i = 0; verdict == CD_ACCEPTED && i < messages->count; i++) {
        cd_span channel = messages->items[i].channel;
        verdict = route(endpoint, (const char *)frame + channel.at, channel.size,
                        &messages->items[i].inbox);
    }
    if (verdict != CD_ACCEPTED)
        return verdict;

    cd_peer *peer = cd_peers_find(&endpoint->senders, sender);
    if (peer == NULL)
        return CD_BUSY;
    cd_origin origin = {cd_clock_now(), peer, cd_peer_release};
    verdict = cd_queue_add(&endpoint->queue, frame, size, messages, origin);
    if (verdict != CD_ACCEPTED)
        cd_peer_release(peer);
    return verdict;
}
