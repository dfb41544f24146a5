/* SPDX-License-Identifier: MIT
 *
 * A mailbox without memory. The linker replaces malloc, calloc and realloc with those of this file,
 * which fail from the first call on, then from the second, and so on; then only the first fails,
 * only the second, and so on. A call that fails must leave no trace, must succeed once there is
 * memory again, and all memory must be freed.
 */
#include "draft.h"
#include "mailbox/contents.h"
#include "native_host.h"
#include "wire/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNEL "channel"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

static struct {
    long blocks;    /* allocated and not freed */
    long requested; /* so far */
    long first;     /* the first that fails; 0: none */
    bool once;      /* only that one fails */
} supply;

static bool refused(void)
{
    long number = ++supply.requested;

    return supply.first != 0 && (supply.once ? number == supply.first : number >= supply.first);
}

static void *given(void *block)
{
    supply.blocks += block != NULL;
    return block;
}

void *__wrap_malloc(size_t size)
{
    return refused() ? NULL : given(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return refused() ? NULL : given(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    if (refused())
        return NULL;
    return block == NULL ? given(__real_realloc(block, size)) : __real_realloc(block, size);
}

void __wrap_free(void *block)
{
    supply.blocks -= block != NULL;
    __real_free(block);
}

/* What the mailbox is put through ---------------------------------------------------------------*/

static const cd_limits limits = {
    .max_message = 10000,
    .queue_messages = 100,
    .queue_bytes = 10000,
    .sender_messages = 50,
    .sender_bytes = 5000,
    .transfers = 4,
    .transfer_bytes = 10000,
    .transfer_silence = 1e9,
};

/* One attempt. */
static struct {
    cd_native native;
    cd_mailbox *mailbox;
    cd_sender *senders[2];
    uint32_t channel;
    uint32_t msgid; /* of a request in progress; 0: none */
    cd_draft notifications, request, answer, pieces[2];
} at;

/* Takes all messages, and checks that there are `count`. */
static void drain(size_t count)
{
    uint32_t id;

    for (cd_item *item;
         (item = cd_mailbox_take(at.mailbox, CD_WANT_HANDLED, UINT64_MAX, &id)) != NULL; count--)
        cd_mailbox_release(at.mailbox, item);
    CD_CHECK(count == 0);
}

/* Each of these returns whether there was enough memory; if not, it has left no trace. */

static bool make(void)
{
    if (at.mailbox == NULL)
        at.mailbox = cd_mailbox_new(&cd_native_host, &at.native, &limits);
    return at.mailbox != NULL;
}

static bool join(void)
{
    if (at.channel == 0)
        at.channel = cd_mailbox_join(at.mailbox, CHANNEL, strlen(CHANNEL), true, false);
    cd_mailbox_handle(at.mailbox, at.channel, true);
    cd_mailbox_serve(at.mailbox, at.channel, true);
    return at.channel != 0;
}

static bool take_raw(void)
{
    const cd_raw_wanted any = {.kind = CD_RAW_COPYDATA, .answer = 1};

    return cd_mailbox_take_raw(at.mailbox, &any) != 0;
}

static bool receive(const cd_draft *draft, size_t count)
{
    cd_verdict verdict = cd_mailbox_receive(at.mailbox, at.senders[0], draft->bytes, draft->size);

    CD_CHECK(verdict == CD_ACCEPTED || verdict == CD_BUSY);
    drain(verdict == CD_ACCEPTED ? count : 0);
    return verdict == CD_ACCEPTED;
}

static bool receive_notifications(void)
{
    return receive(&at.notifications, 20);
}

static bool receive_request(void)
{
    return receive(&at.request, 1);
}

static bool receive_raw(void)
{
    intptr_t answer;
    bool taken =
        cd_mailbox_receive_raw(at.mailbox, at.senders[1], CD_RAW_COPYDATA, 5, "raw", 3, &answer);

    drain(taken ? 1 : 0);
    return taken;
}

/* Makes more requests than the first table has room for. */
static bool ask(void)
{
    static uint32_t asked[100];
    size_t count = 0;

    while (count < 100 &&
           (asked[count] = cd_mailbox_ask(at.mailbox, 1, CHANNEL, strlen(CHANNEL))) != 0)
        count++;
    for (size_t i = 0; i < count; i++)
        cd_mailbox_end(at.mailbox, asked[i]);
    return count == 100;
}

static bool receive_answer(void)
{
    if (at.msgid == 0)
        at.msgid = cd_mailbox_ask(at.mailbox, at.senders[0]->key, CHANNEL, strlen(CHANNEL));
    if (at.msgid == 0)
        return false;
    at.answer.size = 0;
    cd_draft_response(&at.answer, at.msgid, "!", 1);
    if (!receive(&at.answer, 1))
        return false;
    cd_mailbox_end(at.mailbox, at.msgid);
    at.msgid = 0;
    return true;
}

/* The second piece completes the message; without memory it is as if it had not arrived. */
static bool receive_pieces(void)
{
    return (at.mailbox->contents.shares.used[CD_SHARE_TRANSFERS] > 0 ||
            receive(&at.pieces[0], 0)) &&
           receive(&at.pieces[1], 1);
}

/* A sender that asks for its token may have to ask again. */
static bool post(void)
{
    char frame[CD_PROOF_MOST + CD_DRAFT_ROOM];
    const cd_proof proof = {1, 0};
    size_t size = cd_proof_write(&proof, frame + CD_PROOF_MOST);

    memcpy(frame + CD_PROOF_MOST, at.request.bytes, at.request.size);
    at.senders[1]->provable = true;
    cd_mailbox_guard(at.mailbox, at.channel, true);
    CD_CHECK(cd_mailbox_receive(at.mailbox, at.senders[1], frame + CD_PROOF_MOST - size,
                                size + at.request.size) == CD_UNPROVEN);
    cd_mailbox_guard(at.mailbox, at.channel, false);
    return at.native.posts == 1;
}

static void draft_all(void)
{
    static const char body[1000];
    cd_draft whole = {0};

    for (int i = 0; i < 20; i++)
        cd_draft_notification(&at.notifications, CHANNEL, body, 10);
    cd_draft_request(&at.request, 3, CHANNEL, body, 10);
    cd_draft_notification(&whole, CHANNEL, body, sizeof body);
    cd_fragment piece = {7, 1, 2, whole.size, whole.bytes, 500};
    cd_draft_fragment(&at.pieces[0], &piece);
    piece = (cd_fragment){7, 2, 2, whole.size, whole.bytes + 500, whole.size - 500};
    cd_draft_fragment(&at.pieces[1], &piece);
}

/* Runs all steps, and those that fail again with memory. Returns whether none failed. */
static bool attempt(long first, bool once)
{
    static bool (*const steps[])(void) = {
        make,        join, receive_notifications, receive_request, take_raw,
        receive_raw, ask,  receive_answer,        receive_pieces,  post,
    };
    bool through = true;

    memset(&at, 0, sizeof at);
    cd_native_open(&at.native);
    for (uint32_t i = 0; i < 2; i++)
        at.senders[i] = cd_native_sender(i + 1, i + 1, true);
    draft_all();
    const long before = supply.blocks;
    supply.requested = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        supply.first = first;
        supply.once = once;
        if (steps[i]())
            continue;
        through = false;
        supply.first = 0;
        CD_CHECK(steps[i]());
    }
    supply.first = 0;
    CD_CHECK(at.mailbox->contents.shares.first == NULL);
    cd_mailbox_free(at.mailbox);
    CD_CHECK(supply.blocks == before);
    for (size_t i = 0; i < 2; i++)
        cd_native_host.release(at.senders[i]);
    CD_CHECK(cd_native_senders() == 0);
    cd_native_close(&at.native);
    return through;
}

int main(void)
{
    long first = 1;

    while (!attempt(first, false))
        first++;
    for (long only = 1; only < first; only++)
        CD_CHECK(!attempt(only, true));
    printf("%ld allocations suffice\n", first - 1);
    return 0;
}
