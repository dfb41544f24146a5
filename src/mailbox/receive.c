/* SPDX-License-Identifier: MIT
 *
 * mailbox.h: the receiving side.
 */
#include "contents.h"
#include "mailbox.h"
#include "wire/fragment.h"
#include "wire/name.h"

/* The channel that a message names; NULL with the verdict when we are not on it. */
static cd_channel *channel_of(const cd_contents *contents, const char *name, size_t size,
                              cd_verdict *verdict)
{
    cd_channel *found = cd_channels_find(&contents->channels, name, size);

    if (found != NULL && found->listening)
        return found;
    *verdict = found == NULL && cd_name_wrong(name, size) != NULL ? CD_MALFORMED : CD_ABSENT;
    return NULL;
}

/*
 * Finds the inbox of a notification or a request. CD_ABSENT: we are not on its channel. CD_REFUSED:
 * the channel takes no requests, or nobody could be answered. CD_REFUSED too, or CD_BUSY until it
 * is decided: the script does not want this sender there.
 */
static cd_verdict route(cd_contents *contents, const char *bytes, cd_sender *sender,
                        cd_message *message)
{
    cd_verdict verdict;
    cd_channel *channel =
        channel_of(contents, bytes + message->channel.at, message->channel.size, &verdict);

    if (channel == NULL)
        return verdict;
    if (message->type == CD_REQUEST && !(channel->served && sender->answerable))
        return CD_REFUSED;
    message->user = message->type == CD_REQUEST ? &channel->requests : &channel->inbox;
    return channel->guarded ? cd_admission_check(&contents->admission, sender, channel->id)
                            : CD_ACCEPTED;
}

/*
 * Routes all messages of a list and takes out of it the answers that nobody asked for. Says whether
 * those that are left are answers all.
 */
static cd_verdict route_all(cd_contents *contents, const char *bytes, cd_sender *sender,
                            cd_messages *messages, bool *awaited)
{
    size_t kept = 0;
    cd_verdict verdict = CD_ACCEPTED;

    *awaited = true;
    for (size_t i = 0; verdict == CD_ACCEPTED && i < messages->count; i++) {
        cd_message *message = &messages->items[i];
        if (message->type != CD_RESPONSE) {
            *awaited = false;
            verdict = route(contents, bytes, sender, message);
        } else if (!cd_requests_answer(&contents->requests, message->msgid, sender->key)) {
            continue;
        } else {
            message->user = &contents->answers;
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
static cd_verdict enqueue(cd_contents *contents, cd_arrival *arrival, cd_messages *messages)
{
    const uint64_t ignored = contents->requests.ignored;
    cd_verdict verdict =
        route_all(contents, arrival->bytes, arrival->origin.sender, messages, &arrival->awaited);

    if (verdict == CD_ACCEPTED && messages->count > 0)
        verdict = cd_queue_add(&contents->queue, arrival);
    if (verdict == CD_ACCEPTED)
        return verdict;
    for (size_t i = 0; i < messages->count; i++)
        if (messages->items[i].type == CD_RESPONSE)
            cd_requests_undo(&contents->requests, messages->items[i].msgid);
    contents->requests.ignored = ignored; /* they come again with the frame */
    return verdict;
}

/*
 * Reads, routes and queues a whole frame, or a whole message that came in pieces (`block`). kept:
 * whether the queue owns the block now.
 */
static cd_verdict take_in(cd_mailbox *mailbox, cd_sender *sender, const char *bytes, size_t size,
                          cd_block *block, bool *kept)
{
    cd_messages *messages = &mailbox->reading;
    cd_verdict verdict = cd_messages_read(messages, bytes, size, mailbox->limits.queue_messages);

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
        .origin = {mailbox->host->now(), sender, CD_FRAME_TAG},
    };
    mailbox->host->retain(sender); /* the queue's, which the script may take from at once */
    verdict = enqueue(cd_mailbox_lock(mailbox), &arrival, messages);
    *kept = verdict == CD_ACCEPTED && messages->count > 0;
    cd_mailbox_unlock_changed(mailbox);
    if (!*kept)
        mailbox->host->release(sender);
    return verdict;
}

static cd_verdict take_in_piece(cd_mailbox *mailbox, cd_sender *sender, const cd_fragment *piece)
{
    cd_transfer *whole;
    bool kept;
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_verdict verdict = contents->closed
                             ? CD_ABSENT
                             : cd_reassembly_add(&contents->reassembly, sender, piece, &whole);
    bool sweep = !contents->sweeping && contents->spare.open;

    contents->sweeping |= sweep;
    cd_mailbox_unlock(mailbox);
    if (sweep)
        mailbox->host->start_sweeping(mailbox->context);
    if (verdict != CD_ACCEPTED || whole == NULL)
        return verdict;
    verdict = take_in(mailbox, sender, whole->block->bytes, whole->total, whole->block, &kept);
    contents = cd_mailbox_lock(mailbox);
    if (verdict == CD_BUSY) /* the sender tries again with this piece */
        cd_reassembly_undo(&contents->reassembly, whole, piece);
    else
        cd_reassembly_end(&contents->reassembly, whole, kept);
    cd_mailbox_unlock(mailbox);
    return verdict;
}

/* Whether the script takes anything from this sender, before a byte of it is looked at. */
static cd_verdict admit(cd_mailbox *mailbox, cd_sender *sender)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_verdict verdict =
        contents->guarded ? cd_admission_check(&contents->admission, sender, 0) : CD_ACCEPTED;

    cd_mailbox_unlock_changed(mailbox);
    return verdict;
}

cd_verdict cd_mailbox_receive(cd_mailbox *mailbox, cd_sender *sender, const char *frame,
                              size_t size)
{
    cd_fragment piece;
    bool kept;

    if (size > mailbox->limits.max_message)
        return CD_TOO_LARGE;
    cd_verdict verdict = admit(mailbox, sender);
    if (verdict != CD_ACCEPTED)
        return verdict;
    switch (cd_fragment_read(&piece, frame, size)) {
    case CD_FRAME_PIECE:
        return take_in_piece(mailbox, sender, &piece);
    case CD_FRAME_NEITHER:
        return CD_MALFORMED;
    case CD_FRAME_MESSAGES:
    default:
        return take_in(mailbox, sender, frame, size, NULL, &kept);
    }
}

bool cd_mailbox_receive_raw(cd_mailbox *mailbox, cd_sender *sender, cd_raw_kind kind,
                            uintptr_t tag, const char *bytes, size_t size, intptr_t *answer)
{
    cd_message message = {.type = CD_NOTIFICATION, .body = {0, size}};
    cd_messages one = {&message, 1, 1};
    cd_arrival arrival = {
        .bytes = bytes,
        .size = size,
        .messages = &one,
        .origin = {mailbox->host->now(), sender, tag},
    };
    bool taken = false;

    *answer = CD_UNHANDLED;
    if (size > mailbox->limits.max_message - CD_ENVELOPE_ROOM)
        return false;
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_taker *taker = cd_takers_find(&contents->takers, kind, tag, sender);
    if (taker != NULL &&
        (taker->wanted.asked || !contents->guarded ||
         cd_admission_check(&contents->admission, sender, 0) == CD_ACCEPTED)) {
        message.user = &taker->inbox;
        taken = cd_queue_add(&contents->queue, &arrival) == CD_ACCEPTED;
    }
    if (taken) {
        mailbox->host->retain(sender); /* the queue's */
        *answer = taker->wanted.answer;
    }
    cd_mailbox_unlock_changed(mailbox);
    return taken;
}

bool cd_mailbox_sweep(cd_mailbox *mailbox)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);

    contents->sweeping = cd_reassembly_sweep(&contents->reassembly);
    bool again = contents->sweeping;
    cd_mailbox_unlock(mailbox);
    return again;
}
