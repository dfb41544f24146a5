/* SPDX-License-Identifier: MIT
 *
 * What the window procedure does with a frame. Runs in the window's thread.
 */
#include "clock.h"
#include "endpoint.h"

#include <string.h>

/*
 * Finds a message's inbox. CD_ABSENT: we are not on its channel. CD_REFUSED, or CD_BUSY until it is
 * decided: the script does not want this sender there. Call with the lock held.
 */
static cd_verdict route(cd_endpoint *endpoint, const char *bytes, cd_peer *sender,
                        cd_message *message)
{
    const char *name = bytes + message->channel.at;
    size_t size = message->channel.size;
    cd_channel *found = endpoint->channels;
    cd_name wide;

    /* Nearly always written as we write it: spares the conversion. */
    while (found != NULL && (found->utf8_size != size || memcmp(found->utf8, name, size) != 0))
        found = found->next;
    if (found == NULL) {
        if (cd_name_make(&wide, name, size) != NULL)
            return CD_MALFORMED;
        found = cd_endpoint_find(endpoint, &wide);
    }
    if (found == NULL || !found->listening)
        return CD_ABSENT;
    message->inbox = &found->inbox;
    return found->guarded ? cd_trust_check(&endpoint->trust, sender, found->id) : CD_ACCEPTED;
}

/* Queues what `messages` were read from. Either all of it is accepted or nothing has changed. */
static cd_verdict enqueue(cd_endpoint *endpoint, cd_arrival *arrival, cd_messages *messages)
{
    cd_verdict verdict = CD_ACCEPTED;

    AcquireSRWLockExclusive(&endpoint->lock);
    for (size_t i = 0; verdict == CD_ACCEPTED && i < messages->count; i++)
        verdict = route(endpoint, arrival->bytes, arrival->origin.sender, &messages->items[i]);
    if (verdict == CD_ACCEPTED)
        verdict = cd_queue_add(&endpoint->queue, arrival);
    ReleaseSRWLockExclusive(&endpoint->lock);
    return verdict;
}

/* Reads, routes and queues a whole frame, or a whole message that came in pieces (`block`). */
static cd_verdict accept(cd_endpoint *endpoint, cd_peer *sender, const char *bytes, size_t size,
                         char *block)
{
    cd_messages *messages = &endpoint->reading;
    cd_verdict verdict = cd_messages_read(messages, bytes, size, endpoint->limits.queue_messages);

    if (verdict != CD_ACCEPTED)
        return verdict;
    if (block != NULL && messages->count != 1)
        return CD_MALFORMED;
    cd_arrival arrival = {
        .bytes = bytes,
        .size = size,
        .messages = messages,
        .block = block,
        .origin = {cd_clock_now(), sender->pid, sender, cd_peer_release, CD_FRAME_TAG},
    };
    cd_peer_retain(sender); /* the queue's, which the script may take from at once */
    verdict = enqueue(endpoint, &arrival, messages);
    if (verdict != CD_ACCEPTED)
        cd_peer_release(sender);
    return verdict;
}

static cd_verdict accept_piece(cd_endpoint *endpoint, cd_peer *sender, const cd_fragment *piece)
{
    cd_reassembly *reassembly = &endpoint->reassembly;
    cd_transfer *whole;
    cd_verdict verdict;

    if (sender->pid == 0) /* no such window: whose pieces would these be? */
        return CD_MALFORMED;
    verdict = cd_reassembly_add(reassembly, (uint64_t)(uintptr_t)sender->hwnd, piece,
                                cd_clock_seconds(), &whole);
    if (whole == NULL)
        return verdict;
    verdict = accept(endpoint, sender, whole->bytes, whole->total, whole->bytes);
    if (verdict == CD_BUSY)
        cd_reassembly_undo(whole, piece); /* the sender tries again with this piece */
    else
        cd_reassembly_end(reassembly, whole, verdict == CD_ACCEPTED);
    return verdict;
}

/* Whether the script takes anything from this sender, before a byte of it is looked at. */
static cd_verdict admit(cd_endpoint *endpoint, cd_peer *sender)
{
    cd_verdict verdict = CD_ACCEPTED;

    AcquireSRWLockExclusive(&endpoint->lock);
    if (endpoint->guarded)
        verdict = cd_trust_check(&endpoint->trust, sender, 0);
    ReleaseSRWLockExclusive(&endpoint->lock);
    return verdict;
}

static cd_verdict receive(cd_endpoint *endpoint, cd_peer *sender, const char *frame, size_t size)
{
    cd_fragment piece;
    cd_verdict verdict = admit(endpoint, sender);

    if (verdict != CD_ACCEPTED)
        return verdict;
    switch (cd_fragment_read(&piece, frame, size)) {
    case CD_FRAME_PIECE:
        return accept_piece(endpoint, sender, &piece);
    case CD_FRAME_NEITHER:
        return CD_MALFORMED;
    case CD_FRAME_MESSAGES:
    default:
        return accept(endpoint, sender, frame, size, NULL);
    }
}

cd_verdict cd_endpoint_receive(cd_endpoint *endpoint, HWND hwnd, const char *frame, size_t size)
{
    cd_verdict verdict;

    if (size > endpoint->limits.max_message)
        return CD_TOO_LARGE;
    cd_peer *sender = cd_peers_find(&endpoint->senders, hwnd);
    if (sender == NULL)
        return CD_BUSY;
    verdict = receive(endpoint, sender, frame, size);
    cd_peer_release(sender);
    if (verdict == CD_ACCEPTED || verdict == CD_BUSY) /* busy: perhaps the script is to be asked */
        cd_endpoint_alert(endpoint);
    return verdict;
}

static bool gone(uint64_t sender)
{
    return !IsWindow((HWND)(uintptr_t)sender);
}

bool cd_endpoint_sweep(cd_endpoint *endpoint)
{
    cd_reassembly_sweep(&endpoint->reassembly, cd_clock_seconds(), gone);
    return endpoint->reassembly.first != NULL;
}
