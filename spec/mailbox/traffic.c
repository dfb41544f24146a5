/* SPDX-License-Identifier: MIT */
#include "traffic.h"
#include "draft.h"
#include "mp/grow.h"
#include "native_host.h"
#include "wire/envelope.h"
#include "wire/proof.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define RAW_TAG 1

/* Streams: one for each way that a message may take, because order holds only within one. */
enum { ON_STEADY, ON_WAVERING, ASKING_STEADY, ASKING_WAVERING, IN_PIECES, RAW, ANSWERING };

/* A message on its way in pieces. */
typedef struct cd_parcel {
    cd_draft message;
    cd_fragment next; /* the next piece; if it has no bytes, no message is on its way */
    size_t sent;      /* bytes of the pieces before it */
} cd_parcel;

uint32_t cd_random_below(uint32_t *random, uint32_t limit)
{
    *random = *random * 1664525 + 1013904223;
    return (*random >> 8) % limit;
}

static uint32_t below(cd_traffic *traffic, uint32_t limit)
{
    return cd_random_below(&traffic->random, limit);
}

void cd_letters_add(cd_letters *letters, cd_letter letter)
{
    cd_letter *list =
        cd_grow(letters->list, &letters->capacity, letters->count, sizeof *letters->list);

    CD_CHECK(list != NULL);
    letters->list = list;
    letters->list[letters->count++] = letter;
}

/* What was accepted -----------------------------------------------------------------------------*/

static void note_message(cd_traffic *traffic, uint32_t sender, const char *bytes,
                         const cd_message *message)
{
    cd_letter letter;
    cd_span channel = message->channel, body = message->body;

    if (message->type == CD_RESPONSE)
        traffic->answers++;
    else if (sender != CD_HOSTILE && channel.size == strlen(CD_STEADY) &&
             memcmp(bytes + channel.at, CD_STEADY, channel.size) == 0) {
        CD_CHECK(body.size >= sizeof letter);
        memcpy(&letter, bytes + body.at + body.size - sizeof letter, sizeof letter);
        CD_CHECK(letter.sender == sender);
        cd_letters_add(&traffic->accepted, letter);
    }
}

static void note(cd_traffic *traffic, uint32_t sender, const char *bytes, size_t size)
{
    cd_messages messages = {NULL, 0, 0};

    CD_CHECK(cd_messages_read(&messages, bytes, size, SIZE_MAX) == CD_ACCEPTED);
    for (size_t i = 0; i < messages.count; i++)
        note_message(traffic, sender, bytes, &messages.items[i]);
    cd_messages_free(&messages);
}

/* Writes a proof in front of a frame, usually the right one, or none. Returns its size in bytes. */
static size_t write_proof(cd_traffic *traffic, const cd_sender *sender, char *frame)
{
    const uint64_t token = cd_native_token(sender) + (below(traffic, 8) == 0);
    const cd_proof proof = {traffic->random, below(traffic, 8) == 0 ? 0 : token};

    return sender->provable && below(traffic, 4) > 0 ? cd_proof_write(&proof, frame) : 0;
}

static cd_verdict receive(cd_traffic *traffic, uint32_t sender, const char *bytes, size_t size)
{
    /* In a separate block, freed as soon as the call is over. */
    char *block = malloc(CD_PROOF_MOST + size), *frame = block + CD_PROOF_MOST;

    CD_CHECK(block != NULL);
    memcpy(frame, bytes, size);
    size_t proof = write_proof(traffic, traffic->senders[sender], frame);
    cd_verdict verdict =
        cd_mailbox_receive(traffic->mailbox, traffic->senders[sender], frame - proof, size + proof);
    free(block);
    traffic->verdicts[verdict]++;
    if (verdict == CD_BUSY)
        sched_yield(); /* like a sender that tries again later */
    return verdict;
}

/* Messages --------------------------------------------------------------------------------------*/

static cd_letter write_letter(cd_traffic *traffic, uint32_t sender, uint32_t stream)
{
    return (cd_letter){sender, stream, ++traffic->serials[sender][stream]};
}

static void add_message(cd_traffic *traffic, uint32_t sender, cd_draft *draft)
{
    static const char *const nowhere[] = {"elsewhere", ""};
    const uint32_t which = below(traffic, 40);
    const char *channel = which % 2 == 0 ? CD_STEADY : CD_WAVERING;
    cd_letter letter;

    if (which < 20) {
        letter = write_letter(traffic, sender, which % 2 == 0 ? ON_STEADY : ON_WAVERING);
        cd_draft_notification(draft, channel, &letter, sizeof letter);
    } else if (which < 30) {
        letter = write_letter(traffic, sender, which % 2 == 0 ? ASKING_STEADY : ASKING_WAVERING);
        cd_draft_request(draft, letter.serial, channel, &letter, sizeof letter);
    } else if (which < 39) {
        uint32_t msgid =
            atomic_load_explicit(&traffic->asked[below(traffic, CD_ASKED)], memory_order_relaxed);
        letter = write_letter(traffic, sender, ANSWERING);
        cd_draft_response(draft, msgid, &letter, sizeof letter);
    } else {
        cd_draft_notification(draft, nowhere[below(traffic, 2)], "", 0);
    }
}

static void send_messages(cd_traffic *traffic, uint32_t sender)
{
    cd_draft draft;

    draft.size = 0;
    for (uint32_t count = below(traffic, 4); count < 4; count++)
        add_message(traffic, sender, &draft);
    if (receive(traffic, sender, draft.bytes, draft.size) == CD_ACCEPTED)
        note(traffic, sender, draft.bytes, draft.size);
}

static void send_raw(cd_traffic *traffic, uint32_t sender)
{
    cd_letter letter = write_letter(traffic, sender, RAW);
    intptr_t answer;

    cd_mailbox_receive_raw(traffic->mailbox, traffic->senders[sender], CD_RAW_COPYDATA, RAW_TAG,
                           (const char *)&letter, sizeof letter, &answer);

    CD_CHECK(answer == CD_UNHANDLED || answer == RAW_TAG);
}

/* Sends a good frame with a changed byte, or one cut short, or nothing but noise. */
static void send_anything(cd_traffic *traffic)
{
    cd_draft draft;

    draft.size = 0;
    add_message(traffic, CD_HOSTILE, &draft);
    add_message(traffic, CD_HOSTILE, &draft);
    uint32_t at = below(traffic, (uint32_t)draft.size);
    switch (below(traffic, 4)) {
    case 0:
        draft.size = at;
        break;
    case 1:
        for (size_t i = 0; i < draft.size; i++)
            draft.bytes[i] = (char)below(traffic, 256);
        break;
    default:
        draft.bytes[at] = (char)below(traffic, 256);
    }
    if (receive(traffic, CD_HOSTILE, draft.bytes, draft.size) != CD_ACCEPTED)
        return;
    cd_fragment piece; /* a stored piece is not a message yet */
    if (cd_fragment_read(&piece, draft.bytes, draft.size) == CD_FRAME_MESSAGES)
        note(traffic, CD_HOSTILE, draft.bytes, draft.size);
}

/* Pieces ----------------------------------------------------------------------------------------*/

/* Starts a message of some hundred bytes, with the letter at its end, to be sent in pieces. */
static void begin_parcel(cd_traffic *traffic, uint32_t sender, cd_parcel *parcel)
{
    char body[600] = {0};
    const size_t size = sizeof(cd_letter) + below(traffic, 500);
    cd_letter letter = write_letter(traffic, sender, IN_PIECES);

    memcpy(body + size - sizeof letter, &letter, sizeof letter);
    parcel->message.size = 0;
    cd_draft_notification(&parcel->message, CD_STEADY, body, size);
    parcel->sent = 0;
    parcel->next = (cd_fragment){
        .transfer = letter.serial,
        .index = 1,
        .count = 1 + below(traffic, 4),
        .total = parcel->message.size,
        .bytes = parcel->message.bytes,
    };
}

static void send_piece(cd_traffic *traffic, uint32_t sender)
{
    cd_parcel *parcel = &traffic->parcels[sender];
    cd_fragment *next = &parcel->next;
    cd_draft draft;

    if (next->size == 0)
        begin_parcel(traffic, sender, parcel);
    next->size = next->index == next->count ? parcel->message.size - parcel->sent : 9;
    draft.size = 0;
    cd_draft_fragment(&draft, next);
    cd_verdict verdict = receive(traffic, sender, draft.bytes, draft.size);
    if (verdict == CD_BUSY && (next->index > 1 || below(traffic, 2) == 0))
        return; /* sends it again later */
    bool done = verdict == CD_ACCEPTED && next->index == next->count;
    if (done)
        note(traffic, sender, parcel->message.bytes, parcel->message.size);
    if (done || verdict != CD_ACCEPTED) {
        next->size = 0;
        return;
    }
    parcel->sent += next->size;
    next->bytes += next->size;
    next->index++;
}

/* Life ------------------------------------------------------------------------------------------*/

/* Has CD_PASSING disappear, or another sender appear with its key. */
static void pass(cd_traffic *traffic)
{
    cd_sender **place = &traffic->senders[CD_PASSING];
    const bool gone = (*place)->account != 0;
    const uint32_t account = gone ? 0 : 1000 + below(traffic, 100);

    atomic_store_explicit(traffic->gone, gone, memory_order_relaxed);
    cd_native_host.release(*place);
    *place = cd_native_sender(CD_KEY + CD_PASSING, account, !gone);
    traffic->parcels[CD_PASSING].next.size = 0;
}

void cd_traffic_begin(cd_traffic *traffic)
{
    traffic->senders[0] = cd_native_sender(0, 0, false);
    for (uint32_t i = 1; i < CD_SENDERS; i++) /* two of them in each account */
        traffic->senders[i] = cd_native_sender(CD_KEY + i, (i + 1) / 2, true);
    for (uint32_t i = 1; i < CD_PASSING; i += 2)
        traffic->senders[i]->provable = true;
    traffic->parcels = calloc(CD_SENDERS, sizeof *traffic->parcels);
    CD_CHECK(traffic->parcels != NULL);
}

void cd_traffic_step(cd_traffic *traffic)
{
    const uint32_t what = below(traffic, 100);
    const uint32_t sender = below(traffic, CD_HOSTILE);

    if (what < 50)
        send_messages(traffic, sender);
    else if (what < 75)
        send_piece(traffic, sender);
    else if (what < 85)
        send_raw(traffic, sender);
    else if (what < 95)
        send_anything(traffic);
    else if (what < 98 && *traffic->sweeps)
        *traffic->sweeps = cd_mailbox_sweep(traffic->mailbox);
    else if (what == 99)
        pass(traffic);
}

void cd_traffic_end(cd_traffic *traffic)
{
    for (size_t i = 0; i < CD_SENDERS; i++)
        cd_native_host.release(traffic->senders[i]);
    free(traffic->parcels);
    free(traffic->accepted.list);
}
