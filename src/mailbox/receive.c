/* SPDX-License-Identifier: MIT
 *
 * mailbox.h: the receiving side.
 *
 * Internally, CD_UNPROVEN means that proof is required; cd_mailbox_receive turns it into the
 * verdict for the sender.
 */
#include "contents.h"
#include "mailbox.h"
#include "wire/fragment.h"
#include "wire/name.h"
#include "wire/proof.h"

/* Whether a sender has yet to prove who it is, where that is required. */
static bool doubtful(const cd_sender *sender)
{
    return sender->provable && !sender->proven;
}

/* The channel that a message names; NULL with the verdict when we are not listening on it. */
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
 * the channel accepts no requests, the sender cannot be answered, or the script does not want it
 * there; CD_BUSY until that is decided. CD_UNPROVEN: the script is not asked until the sender has
 * proven who it is.
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
    if (!channel->guarded)
        return CD_ACCEPTED;
    return doubtful(sender) ? CD_UNPROVEN
                            : cd_admission_check(&contents->admission, sender, channel->id);
}

/* Whether an answer must be proven: it is for a request on a guarded channel, or this sender has
 * proven itself before. */
static bool answer_doubtful(const cd_mailbox *mailbox, const cd_sender *sender, uint32_t msgid)
{
    return doubtful(sender) &&
           (cd_requests_guarded(&mailbox->contents.requests, msgid, sender->key) ||
            cd_challenges_were_met(&mailbox->challenges, sender));
}

/*
 * Finds the inbox of an answer; leaves `user` NULL if it is unexpected. `ignored`: the number of
 * unexpected ones before its frame. CD_REFUSED: too many in one frame may be guesses.
 */
static cd_verdict route_answer(cd_mailbox *mailbox, const cd_sender *sender, uint64_t ignored,
                               cd_message *message)
{
    cd_contents *contents = &mailbox->contents;
    cd_requests *requests = &contents->requests;

    if (answer_doubtful(mailbox, sender, message->msgid))
        return CD_UNPROVEN;
    if (cd_requests_answer(requests, message->msgid, sender->key))
        message->user = &contents->answers;
    else if (!sender->proven && requests->ignored - ignored > CD_REQUESTS_GUESSES)
        return CD_REFUSED;
    return CD_ACCEPTED;
}

/*
 * Routes all messages of a list and removes unexpected answers from it. Sets `awaited` if all that
 * remain are answers.
 */
static cd_verdict route_all(cd_mailbox *mailbox, const char *bytes, cd_sender *sender,
                            cd_messages *messages, bool *awaited)
{
    const uint64_t ignored = mailbox->contents.requests.ignored;
    size_t kept = 0;
    cd_verdict verdict = CD_ACCEPTED;

    *awaited = true;
    for (size_t i = 0; verdict == CD_ACCEPTED && i < messages->count; i++) {
        cd_message *message = &messages->items[i];
        if (message->type == CD_RESPONSE) {
            verdict = route_answer(mailbox, sender, ignored, message);
        } else {
            *awaited = false;
            verdict = route(&mailbox->contents, bytes, sender, message);
        }
        if (message->user != NULL)
            messages->items[kept++] = *message;
    }
    messages->count = kept;
    return verdict;
}

/* Queues the frame of `messages`, those that remain. Accepts all of it or changes nothing. */
static cd_verdict enqueue(cd_mailbox *mailbox, cd_arrival *arrival, cd_messages *messages)
{
    cd_contents *contents = &mailbox->contents;
    const uint64_t ignored = contents->requests.ignored;
    cd_verdict verdict =
        route_all(mailbox, arrival->bytes, arrival->origin.sender, messages, &arrival->awaited);

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

/* Asks the host to sweep if there is something to sweep and it does not yet. Unlocks. */
static void unlock_unswept(cd_mailbox *mailbox, bool needed)
{
    cd_contents *contents = &mailbox->contents;
    const bool start = needed && !contents->sweeping;

    contents->sweeping |= start;
    cd_mailbox_unlock(mailbox);
    if (start)
        mailbox->host->start_sweeping(mailbox->context);
}

/* Reads the messages of a frame into `reading`. */
static cd_verdict read_all(cd_mailbox *mailbox, const char *bytes, size_t size)
{
    cd_messages *messages = &mailbox->reading;
    cd_verdict verdict = cd_messages_read(messages, bytes, size, mailbox->limits.queue_messages);

    if (messages->count > CD_READING_KEPT) {
        mailbox->long_read = mailbox->host->seconds();
        cd_mailbox_lock(mailbox);
        unlock_unswept(mailbox, true);
    }
    return verdict;
}

/* Frees the list of a long frame some time after it. Returns whether to call it again. */
static bool sweep_reading(cd_mailbox *mailbox)
{
    if (mailbox->reading.capacity <= CD_READING_KEPT)
        return false;
    if (mailbox->host->seconds() - mailbox->long_read <= CD_SPARE_SECONDS)
        return true;
    cd_messages_free(&mailbox->reading);
    return false;
}

/*
 * Reads, routes and queues a whole frame, or a whole message that came in pieces (`block`). `kept`:
 * whether the queue now owns the block.
 */
static cd_verdict take_in(cd_mailbox *mailbox, cd_sender *sender, const char *bytes, size_t size,
                          cd_block *block, bool *kept)
{
    cd_messages *messages = &mailbox->reading;
    cd_verdict verdict = read_all(mailbox, bytes, size);

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
    mailbox->host->retain(sender); /* the queue's; the script may take it at once */
    cd_mailbox_lock(mailbox);
    verdict = enqueue(mailbox, &arrival, messages);
    *kept = verdict == CD_ACCEPTED && messages->count > 0;
    cd_mailbox_unlock_changed(mailbox);
    if (!*kept)
        mailbox->host->release(sender);
    return verdict;
}

/* The sender of a frame. */
typedef struct party {
    cd_sender *claimed;
    cd_sender *shown; /* the same, or its proven form if the frame has a valid proof */
} party;

/* Whether any channel is guarded. */
static bool any_guarded(const cd_contents *contents)
{
    const cd_channel *channel = contents->channels.first;

    while (channel != NULL && !channel->guarded)
        channel = channel->next;
    return channel != NULL;
}

/* Whether the message that this first piece begins will require proof, as far as the piece
 * shows. */
static bool begins_doubtful(const cd_mailbox *mailbox, const cd_sender *sender,
                            const cd_fragment *piece)
{
    const cd_contents *contents = &mailbox->contents;
    cd_verdict ignored;
    cd_message begun = {0};

    if (piece->index != 1 || !doubtful(sender) || contents->closed)
        return false;
    if (!cd_message_begins(&begun, piece->bytes, piece->size))
        return any_guarded(contents);
    if (begun.type == CD_RESPONSE)
        return answer_doubtful(mailbox, sender, begun.msgid);
    const cd_channel *channel =
        channel_of(contents, piece->bytes + begun.channel.at, begun.channel.size, &ignored);
    return channel != NULL && channel->guarded;
}

/* Adds a piece to its message. */
static cd_verdict add_piece(cd_mailbox *mailbox, const party *from, const cd_fragment *piece,
                            cd_transfer **whole)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_verdict verdict = contents->closed ? CD_ABSENT
                         : begins_doubtful(mailbox, from->shown, piece)
                             ? CD_UNPROVEN
                             : cd_reassembly_add(&contents->reassembly, from->shown, piece, whole);

    unlock_unswept(mailbox, contents->spare.open);
    return verdict;
}

/* Whether the script accepts anything from this sender, before reading any byte of the frame. */
static cd_verdict admit(cd_mailbox *mailbox, cd_sender *sender)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_verdict verdict = CD_ACCEPTED;

    if (contents->guarded || contents->suspicious) {
        if (doubtful(sender))
            verdict = CD_UNPROVEN;
        else if (sender->key != 0 && sender->account == 0) /* it does not exist: no proof */
            verdict = CD_REFUSED;
        else if (contents->guarded)
            verdict = cd_admission_check(&contents->admission, sender, 0);
    }
    cd_mailbox_unlock_changed(mailbox);
    return verdict;
}

static cd_verdict take_in_piece(cd_mailbox *mailbox, const party *from, const cd_fragment *piece)
{
    cd_transfer *whole = NULL;
    bool kept;
    cd_verdict verdict = add_piece(mailbox, from, piece, &whole);

    if (verdict != CD_ACCEPTED || whole == NULL)
        return verdict;
    cd_sender *sender = whole->account->proven ? from->shown : from->claimed;
    kept = false;
    verdict = sender == from->shown ? CD_ACCEPTED : admit(mailbox, sender);
    if (verdict == CD_ACCEPTED)
        verdict = take_in(mailbox, sender, whole->block->bytes, whole->total, whole->block, &kept);
    if (verdict == CD_UNPROVEN) /* proof became required after it began, too late for it */
        verdict = CD_REFUSED;
    cd_contents *contents = cd_mailbox_lock(mailbox);
    if (verdict == CD_BUSY) /* the sender will retry this piece */
        cd_reassembly_undo(&contents->reassembly, whole, piece);
    else
        cd_reassembly_end(&contents->reassembly, whole, kept);
    cd_mailbox_unlock(mailbox);
    return verdict;
}

/* Receives a frame, without the proof in front of it. */
static cd_verdict take_in_frame(cd_mailbox *mailbox, const party *from, const char *frame,
                                size_t size)
{
    cd_fragment piece;
    bool kept;
    cd_verdict verdict = admit(mailbox, from->shown);

    if (verdict != CD_ACCEPTED)
        return verdict;
    switch (cd_fragment_read(&piece, frame, size)) {
    case CD_FRAME_PIECE:
        return take_in_piece(mailbox, from, &piece);
    case CD_FRAME_NEITHER:
        return CD_MALFORMED;
    case CD_FRAME_MESSAGES:
    default:
        return take_in(mailbox, from->shown, frame, size, NULL, &kept);
    }
}

/*
 * The verdict for a sender that must prove who it is; posts a token to a sender that asks with a
 * nonce. CD_REFUSED: no token could be posted.
 */
static cd_verdict challenge(cd_mailbox *mailbox, cd_sender *sender, const cd_proof *proof)
{
    if (!sender->answerable)
        return CD_REFUSED;
    if (proof == NULL || !cd_challenges_may_post(&mailbox->challenges, sender))
        return CD_UNPROVEN;
    if (!mailbox->host->challenge(mailbox->context, sender, proof->nonce))
        return CD_REFUSED;
    cd_challenges_posted(&mailbox->challenges, sender);
    return CD_UNPROVEN;
}

cd_verdict cd_mailbox_receive(cd_mailbox *mailbox, cd_sender *sender, const char *frame,
                              size_t size)
{
    cd_proof proof = {0, 0};
    size_t taken;
    cd_sender *proven = NULL;

    if (!cd_proof_read(&proof, &taken, frame, size))
        return CD_MALFORMED;
    if (size - taken > mailbox->limits.max_message)
        return CD_TOO_LARGE;
    if (proof.token != 0 && sender->provable)
        proven = mailbox->host->prove(mailbox->context, sender, proof.token);
    if (proven != NULL)
        cd_challenges_met(&mailbox->challenges, sender);
    const party from = {sender, proven != NULL ? proven : sender};
    cd_verdict verdict = take_in_frame(mailbox, &from, frame + taken, size - taken);
    return verdict == CD_UNPROVEN ? challenge(mailbox, sender, taken > 0 ? &proof : NULL) : verdict;
}

bool cd_mailbox_receive_raw(cd_mailbox *mailbox, cd_sender *sender, cd_raw_kind kind, uintptr_t tag,
                            const char *bytes, size_t size, intptr_t *answer)
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
    contents->takers.seen += kind == CD_RAW_COPYDATA;
    cd_taker *taker = cd_takers_find(&contents->takers, kind, tag, sender);
    if (taker != NULL && (taker->wanted.asked || !contents->guarded ||
                          cd_admission_check(&contents->admission, sender, 0) == CD_ACCEPTED)) {
        message.user = &taker->inbox;
        taken = cd_queue_add(&contents->queue, &arrival) == CD_ACCEPTED;
    }
    if (taken) {
        mailbox->host->retain(sender); /* the queue's reference */
        *answer = taker->wanted.answer;
    }
    cd_mailbox_unlock_changed(mailbox);
    return taken;
}

bool cd_mailbox_sweep(cd_mailbox *mailbox)
{
    const bool long_kept = sweep_reading(mailbox);
    cd_contents *contents = cd_mailbox_lock(mailbox);

    contents->sweeping = cd_reassembly_sweep(&contents->reassembly) || long_kept;
    bool again = contents->sweeping;
    cd_mailbox_unlock(mailbox);
    return again;
}
