/* SPDX-License-Identifier: MIT
 *
 * What the window procedure does with a frame. Runs in the window's thread.
 */
#include "clock.h"
#include "endpoint.h"

#include <string.h>

/* The channel a message names; NULL with the verdict when we are not on it. */
static cd_channel *channel_of(cd_endpoint *endpoint, const char *name, size_t size,
                              cd_verdict *verdict)
{
    cd_channel *found = endpoint->channels;
    cd_name wide;

    /* Nearly always written as we write it: spares the conversion. */
    while (found != NULL && (found->utf8_size != size || memcmp(found->utf8, name, size) != 0))
        found = found->next;
    *verdict = CD_ABSENT;
    if (found == NULL) {
        if (cd_name_make(&wide, name, size) != NULL) {
            *verdict = CD_MALFORMED;
            return NULL;
        }
        found = cd_endpoint_find(endpoint, &wide);
    }
    return found != NULL && found->listening ? found : NULL;
}

/*
 * Finds the inbox of a notification or a request. CD_ABSENT: we are not on its channel. CD_REFUSED:
 * the channel takes no requests, or nobody could be answered. CD_REFUSED too, or CD_BUSY until it
 * is decided: the script does not want this sender there.
 */
static cd_verdict route(cd_endpoint *endpoint, const char *bytes, cd_peer *sender,
                        cd_message *message)
{
    cd_verdict verdict;
    cd_channel *channel =
        channel_of(endpoint, bytes + message->channel.at, message->channel.size, &verdict);

    if (channel == NULL)
        return verdict;
    if (message->type == CD_REQUEST && !(channel->served && sender->endpoint))
        return CD_REFUSED;
    message->inbox = message->type == CD_REQUEST ? &channel->requests : &channel->inbox;
    return channel->guarded ? cd_trust_check(&endpoint->trust, sender, channel->id) : CD_ACCEPTED;
}

/*
 * Routes all messages of a list and takes out of it the answers that nobody asked for. Says whether
 * those that are left are answers all.
 */
static cd_verdict route_all(cd_endpoint *endpoint, const char *bytes, cd_peer *sender,
                            cd_messages *messages, bool *awaited)
{
    size_t kept = 0;
    cd_verdict verdict = CD_ACCEPTED;

    *awaited = true;
    for (size_t i = 0; verdict == CD_ACCEPTED && i < messages->count; i++) {
        cd_message *message = &messages->items[i];
        if (message->type != CD_RESPONSE) {
            *awaited = false;
            verdict = route(endpoint, bytes, sender, message);
        } else if (!cd_asked_answer(&endpoint->asked, message->msgid,
                                    (uint64_t)(uintptr_t)sender->hwnd)) {
            continue;
        } else {
            message->inbox = &endpoint->answers;
        }
        messages->items[kept++] = *message;
    }
    messages->count = kept;
    return verdict;
}

/*
 * Queues what `messages` were read from, those that are left of them. Either all of it is accepted
 * or nothing has changed.
 */
static cd_verdict enqueue(cd_endpoint *endpoint, cd_arrival *arrival, cd_messages *messages)
{
    AcquireSRWLockExclusive(&endpoint->lock);
    const uint64_t ignored = endpoint->asked.ignored;
    cd_verdict verdict =
        route_all(endpoint, arrival->bytes, arrival->origin.sender, messages, &arrival->awaited);
    if (verdict == CD_ACCEPTED && messages->count > 0)
        verdict = cd_queue_add(&endpoint->queue, arrival);
    for (size_t i = 0; verdict != CD_ACCEPTED && i < messages->count; i++)
        if (messages->items[i].type == CD_RESPONSE)
            cd_asked_undo(&endpoint->asked, messages->items[i].msgid);
    if (verdict != CD_ACCEPTED)
        endpoint->asked.ignored = ignored; /* they come again with the frame */
    ReleaseSRWLockExclusive(&endpoint->lock);
    return verdict;
}

/*
 * Reads, routes and queues a whole frame, or a whole message that came in pieces (`block`). kept:
 * whether the queue owns the block now.
 */
static cd_verdict accept(cd_endpoint *endpoint, cd_peer *sender, const char *bytes, size_t size,
                         cd_block *block, bool *kept)
{
    cd_messages *messages = &endpoint->reading;
    cd_verdict verdict = cd_messages_read(messages, bytes, size, endpoint->limits.queue_messages);

    *kept = false;
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
    *kept = verdict == CD_ACCEPTED && messages->count > 0;
    if (!*kept)
        cd_peer_release(sender);
    return verdict;
}

static cd_verdict accept_piece(cd_endpoint *endpoint, cd_peer *sender, const cd_fragment *piece)
{
    cd_reassembly *reassembly = &endpoint->reassembly;
    cd_transfer *whole;
    cd_verdict verdict;
    bool kept;

    if (sender->pid == 0) /* no such window: whose pieces would these be? */
        return CD_MALFORMED;
    AcquireSRWLockExclusive(&endpoint->lock);
    verdict = cd_reassembly_add(reassembly, (uint64_t)(uintptr_t)sender->hwnd, piece,
                                cd_clock_seconds(), &whole);
    ReleaseSRWLockExclusive(&endpoint->lock);
    if (whole == NULL)
        return verdict;
    verdict = accept(endpoint, sender, whole->block->bytes, whole->total, whole->block, &kept);
    if (verdict == CD_BUSY)
        cd_reassembly_undo(whole, piece); /* the sender tries again with this piece */
    else {
        AcquireSRWLockExclusive(&endpoint->lock);
        cd_reassembly_end(reassembly, whole, kept);
        ReleaseSRWLockExclusive(&endpoint->lock);
    }
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
    bool kept;
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
        return accept(endpoint, sender, frame, size, NULL, &kept);
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
    AcquireSRWLockExclusive(&endpoint->lock);
    bool left = cd_reassembly_sweep(&endpoint->reassembly, cd_clock_seconds(), gone);
    ReleaseSRWLockExclusive(&endpoint->lock);
    return left;
}
