/* SPDX-License-Identifier: MIT */
#include "model.h"
#include "mp/grow.h"
#include "native_host.h"
#include "wire/fragment.h"
#include "wire/proof.h"

#include <stdlib.h>
#include <string.h>

/* A list of anything. */
#define LIST(type)                                                                                 \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t count, capacity;                                                                    \
    }

#define APPEND(list, item)                                                                         \
    ((list).items = cd_grow((list).items, &(list).capacity, (list).count, sizeof *(list).items),   \
     CD_CHECK((list).items != NULL), (list).items[(list).count++] = (item))

typedef struct bytes {
    char *at;
    size_t size;
} bytes;

typedef struct channel {
    uint32_t id;
    char name;
    bool listening, handled, served, guarded;
} channel;

typedef struct request {
    uint32_t msgid;
    uint64_t peer;
    bool guarded;
    bool answered;
} request;

/* A message that waits. */
typedef struct waiting {
    uint64_t sequence;
    uint32_t id; /* as cd_mailbox_take reports it */
    bool asks;
    uint64_t sender; /* its key */
    bool proven;
    bytes body;
} waiting;

/* The pieces of a message that have arrived. */
typedef struct transfer {
    uint64_t sender;
    uint32_t account, id;
    bool proven;
    bytes joined;
} transfer;

typedef struct taker {
    uint32_t id;
    bool handled;
    cd_raw_wanted wanted;
} taker;

/* The sender of a frame, and whether the frame proves it. */
typedef struct party {
    const cd_sender *sender;
    bool proven;
} party;

static struct {
    LIST(channel) channels;
    LIST(request) requests;
    LIST(waiting) waiting; /* in the order of arrival */
    LIST(transfer) transfers;
    LIST(taker) takers;
    bool guarded, suspicious;
    uint64_t newest; /* sequence */
} model;

static void add_bytes(bytes *to, const char *at, size_t size)
{
    to->at = realloc(to->at, to->size + size + 1);
    CD_CHECK(to->at != NULL);
    memcpy(to->at + to->size, at, size);
    to->size += size;
}

/* Life ------------------------------------------------------------------------------------------*/

/* Drops waiting messages with an id: the requests, the others, or both. */
static void drop(uint32_t id, bool requests, bool others)
{
    size_t kept = 0;

    for (size_t i = 0; i < model.waiting.count; i++) {
        waiting *each = &model.waiting.items[i];
        if (each->id == id && (each->asks ? requests : others))
            free(each->body.at);
        else
            model.waiting.items[kept++] = *each;
    }
    model.waiting.count = kept;
}

void cd_model_begin(void)
{
    memset(&model, 0, sizeof model);
}

void cd_model_close(void)
{
    for (size_t i = 0; i < model.waiting.count; i++)
        free(model.waiting.items[i].body.at);
    model.waiting.count = model.channels.count = model.requests.count = model.takers.count = 0;
    model.guarded = model.suspicious = false;
}

void cd_model_end(void)
{
    cd_model_close();
    for (size_t i = 0; i < model.transfers.count; i++)
        free(model.transfers.items[i].joined.at);
    free(model.waiting.items);
    free(model.channels.items);
    free(model.requests.items);
    free(model.transfers.items);
    free(model.takers.items);
}

/* Channels --------------------------------------------------------------------------------------*/

static channel *channel_of(uint32_t id)
{
    for (size_t i = 0; i < model.channels.count; i++)
        if (model.channels.items[i].id == id)
            return &model.channels.items[i];
    return NULL;
}

static taker *taker_of(uint32_t id)
{
    for (size_t i = 0; i < model.takers.count; i++)
        if (model.takers.items[i].id == id)
            return &model.takers.items[i];
    return NULL;
}

/* Compares like the host: without case. */
static channel *channel_named(const char *name, size_t size)
{
    for (size_t i = 0; i < model.channels.count; i++)
        if (size == 1 && cd_native_host.same_name(&model.channels.items[i].name, 1, name, size))
            return &model.channels.items[i];
    return NULL;
}

void cd_model_join(uint32_t id, char name, bool listen)
{
    APPEND(model.channels, ((channel){.id = id, .name = name, .listening = listen}));
}

void cd_model_leave(uint32_t id)
{
    channel *left = channel_of(id);

    CD_CHECK(left != NULL);
    *left = model.channels.items[--model.channels.count];
    drop(id, true, true);
}

void cd_model_handle(uint32_t id, bool handled)
{
    channel *found = channel_of(id);

    if (found != NULL)
        found->handled = handled;
    else if (taker_of(id) != NULL)
        taker_of(id)->handled = handled;
}

void cd_model_serve(uint32_t id, bool served)
{
    channel *found = channel_of(id);

    if (found != NULL)
        found->served = served;
    if (!served)
        drop(id, true, false);
}

void cd_model_guard(uint32_t id, bool guarded)
{
    channel *found = channel_of(id);

    if (id == 0)
        model.guarded = guarded;
    else if (id == 7)
        model.suspicious = guarded;
    else if (found != NULL)
        found->guarded = guarded;
}

bool cd_model_guarded(const char *name, size_t size)
{
    const channel *found = channel_named(name, size);

    return found != NULL && found->guarded;
}

void cd_model_take_raw(uint32_t id, const cd_raw_wanted *wanted)
{
    CD_CHECK(taker_of(id) == NULL && channel_of(id) == NULL);
    APPEND(model.takers, ((taker){id, true, *wanted}));
}

void cd_model_drop_raw(uint32_t id)
{
    taker *dropped = taker_of(id);

    if (dropped == NULL) /* the mailbox was closed */
        return;
    for (; dropped + 1 < model.takers.items + model.takers.count; dropped++)
        dropped[0] = dropped[1];
    model.takers.count--;
    drop(id, true, true);
}

/* Requests of ours ------------------------------------------------------------------------------*/

void cd_model_ask(uint32_t msgid, uint64_t peer, bool guarded)
{
    if (msgid != 0)
        APPEND(model.requests, ((request){msgid, peer, guarded, false}));
}

void cd_model_end_request(uint32_t msgid)
{
    for (size_t i = 0; i < model.requests.count; i++)
        if (model.requests.items[i].msgid == msgid)
            model.requests.items[i--] = model.requests.items[--model.requests.count];
}

/* Whether a sender has yet to prove who it is, where that is required. */
static bool doubtful(party from)
{
    return from.sender->provable && !from.proven;
}

/* Whether an answer is the first one to a request, from the peer that was asked. */
static bool answers(uint32_t msgid, party from)
{
    for (size_t i = 0; i < model.requests.count; i++) {
        request *each = &model.requests.items[i];
        if (each->msgid == msgid && each->peer == from.sender->key && !each->answered) {
            CD_CHECK(!(each->guarded && doubtful(from)));
            return each->answered = true;
        }
    }
    return false;
}

/* What arrives ----------------------------------------------------------------------------------*/

static void add(party from, uint32_t id, bool asks, const char *body, size_t size)
{
    waiting added = {++model.newest, id, asks, from.sender->key, from.proven, {NULL, 0}};

    add_bytes(&added.body, body, size);
    APPEND(model.waiting, added);
}

static void add_message(party from, const char *frame, const cd_message *message)
{
    const char *body = frame + message->body.at;
    const size_t size = message->body.size;

    if (message->type == CD_RESPONSE) {
        if (answers(message->msgid, from))
            add(from, CD_ANSWER_ID, false, body, size);
        return;
    }
    const bool asks = message->type == CD_REQUEST;
    const channel *found = channel_named(frame + message->channel.at, message->channel.size);
    CD_CHECK(found != NULL && found->listening);
    CD_CHECK(!asks || (found->served && from.sender->answerable));
    CD_CHECK(!(found->guarded && doubtful(from)));
    add(from, found->id, asks, body, size);
}

static void add_messages(party from, const char *frame, size_t size)
{
    cd_messages messages = {NULL, 0, 0};

    CD_CHECK(!((model.guarded || model.suspicious) && doubtful(from)));
    CD_CHECK(cd_messages_read(&messages, frame, size, SIZE_MAX) == CD_ACCEPTED);
    for (size_t i = 0; i < messages.count; i++)
        add_message(from, frame, &messages.items[i]);
    cd_messages_free(&messages);
}

static transfer *transfer_of(party from, uint32_t id)
{
    const cd_sender *sender = from.sender;

    for (size_t i = 0; i < model.transfers.count; i++) {
        transfer *each = &model.transfers.items[i];
        if (each->sender == sender->key && each->account == sender->account && each->id == id &&
            each->proven == from.proven)
            return each;
    }
    APPEND(model.transfers, ((transfer){sender->key, sender->account, id, from.proven, {NULL, 0}}));
    return &model.transfers.items[model.transfers.count - 1];
}

static void add_piece(party from, const cd_fragment *piece)
{
    bytes *joined = &transfer_of(from, piece->transfer)->joined;

    if (piece->index == 1)
        joined->size = 0;
    add_bytes(joined, piece->bytes, piece->size);
    if (piece->index < piece->count)
        return;
    CD_CHECK(joined->size == piece->total);
    add_messages(from, joined->at, joined->size);
}

void cd_model_receive(const cd_sender *sender, const char *frame, size_t size, cd_verdict verdict,
                      uint64_t newest, bool late)
{
    cd_fragment piece;
    cd_proof proof = {0, 0};
    size_t taken;

    CD_CHECK(verdict >= CD_ACCEPTED && verdict <= CD_UNPROVEN);
    CD_CHECK(verdict != CD_UNPROVEN || (sender->provable && sender->answerable));
    if (verdict == CD_ACCEPTED) {
        CD_CHECK(cd_proof_read(&proof, &taken, frame, size));
        const party from = {sender,
                            !late && sender->provable && proof.token == cd_native_token(sender)};
        if (cd_fragment_read(&piece, frame + taken, size - taken) == CD_FRAME_PIECE)
            add_piece(from, &piece);
        else
            add_messages(from, frame + taken, size - taken);
    }
    CD_CHECK(newest == model.newest);
}

/* How closely a taker matches the message; 0: not at all. */
static int precision(const cd_raw_wanted *wanted, cd_raw_kind kind, uintptr_t tag,
                     const cd_sender *sender)
{
    if (wanted->kind != kind || (wanted->tagged && wanted->tag != tag) ||
        (wanted->window != 0 && wanted->window != sender->key) ||
        (wanted->account != 0 && sender->key != 0 && wanted->account != sender->account))
        return 0;
    return wanted->asked         ? 5
           : wanted->window != 0 ? (wanted->tagged ? 4 : 3)
           : wanted->tagged      ? 2
                                 : 1;
}

void cd_model_receive_raw(const cd_sender *sender, cd_raw_kind kind, uintptr_t tag,
                          const char *body, size_t size, const intptr_t *answer, uint64_t newest)
{
    const taker *best = NULL;

    for (size_t i = 0; i < model.takers.count; i++) {
        const taker *each = &model.takers.items[i];
        int more = precision(&each->wanted, kind, tag, sender);
        if (more > (best != NULL ? precision(&best->wanted, kind, tag, sender) : 0))
            best = each;
    }
    if (answer != NULL) {
        CD_CHECK(best != NULL && *answer == best->wanted.answer);
        add((party){sender, false}, best->id, false, body, size);
    }
    CD_CHECK(newest == model.newest);
}

/* What is taken ---------------------------------------------------------------------------------*/

static bool is_wanted(const waiting *message, uint32_t wanted)
{
    if (wanted != CD_WANT_HANDLED)
        return message->id == wanted && !message->asks;
    if (message->id == CD_ANSWER_ID || message->asks)
        return true;
    return taker_of(message->id) != NULL ? taker_of(message->id)->handled
                                         : channel_of(message->id)->handled;
}

void cd_model_take(uint32_t wanted, uint64_t newest, const cd_item *item, uint32_t id,
                   bool put_back)
{
    size_t at = 0;

    while (at < model.waiting.count && !is_wanted(&model.waiting.items[at], wanted))
        at++;
    if (at == model.waiting.count || model.waiting.items[at].sequence > newest) {
        CD_CHECK(item == NULL);
        return;
    }
    waiting *expected = &model.waiting.items[at];
    CD_CHECK(item != NULL && item->sequence == expected->sequence && id == expected->id);
    CD_CHECK((item->message.type == CD_REQUEST) == expected->asks);
    CD_CHECK(cd_item_origin(item)->sender->key == expected->sender);
    CD_CHECK(cd_item_origin(item)->sender->proven == expected->proven);
    CD_CHECK(item->message.body.size == expected->body.size);
    CD_CHECK(memcmp(cd_item_bytes(item, item->message.body), expected->body.at,
                    expected->body.size) == 0);
    if (put_back)
        return;
    free(expected->body.at);
    model.waiting.count--;
    memmove(expected, expected + 1, (model.waiting.count - at) * sizeof *expected);
}
