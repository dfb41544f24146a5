/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <string.h>

const cd_limits cd_fixture_limits = {
    .max_message = 2000 + CD_ENVELOPE_ROOM,
    .queue_messages = 8,
    .queue_bytes = 1000,
    .sender_messages = 4,
    .sender_bytes = 400,
    .transfers = 4,
    .transfer_bytes = 1000,
    .transfer_silence = 5,
};

cd_fixture cd_fix;

static double seconds(void)
{
    return cd_fix.seconds;
}

static bool gone(uint64_t key)
{
    return key == cd_fix.gone;
}

void cd_fixture_begin(void)
{
    cd_fixture_begin_within(&cd_fixture_limits);
}

void cd_fixture_begin_within(const cd_limits *limits)
{
    static cd_host host;

    host = cd_native_host;
    host.seconds = seconds;
    host.gone = gone;
    memset(&cd_fix, 0, sizeof cd_fix);
    cd_fix.gone = UINT64_MAX;
    cd_native_open(&cd_fix.native);
    for (uint32_t i = 0; i < CD_FIXTURE_SENDERS; i++)
        cd_fix.senders[i] = cd_native_sender(i, (i + 1) / 2, i != 0);
    cd_fix.mailbox = cd_mailbox_new(&host, &cd_fix.native, limits);
    CD_CHECK(cd_fix.mailbox != NULL);
    cd_fix.channel = cd_mailbox_join(cd_fix.mailbox, CD_FIXTURE_CHANNEL, strlen(CD_FIXTURE_CHANNEL),
                                     true, false);
    CD_CHECK(cd_fix.channel != 0);
    cd_mailbox_handle(cd_fix.mailbox, cd_fix.channel, true);
    cd_mailbox_serve(cd_fix.mailbox, cd_fix.channel, true);
    const cd_raw_wanted any = {.kind = CD_RAW_COPYDATA, .answer = CD_FIXTURE_ANSWER};
    cd_fix.taker = cd_mailbox_take_raw(cd_fix.mailbox, &any);
    CD_CHECK(cd_fix.taker != 0);
}

bool cd_fixture_empty(void)
{
    const cd_contents *contents = &cd_fix.mailbox->contents;

    for (int kind = 0; kind < CD_SHARE_KINDS; kind++)
        if (contents->shares.used[kind] != 0)
            return false;
    return contents->shares.first == NULL && contents->reassembly.first == NULL &&
           contents->answers.first == NULL;
}

void cd_fixture_end(void)
{
    CD_CHECK(cd_fixture_empty());
    cd_mailbox_free(cd_fix.mailbox);
    for (size_t i = 0; i < CD_FIXTURE_SENDERS; i++)
        cd_native_host.release(cd_fix.senders[i]);
    CD_CHECK(cd_native_senders() == 0);
    cd_native_close(&cd_fix.native);
}

cd_verdict cd_receive(size_t who, const cd_draft *draft)
{
    return cd_mailbox_receive(cd_fix.mailbox, cd_fix.senders[who], draft->bytes, draft->size);
}

/* The bytes of a notification on the channel without its body; one more for a body past 255. */
#define OVERHEAD 14

cd_verdict cd_notify(size_t who, size_t count, size_t bytes)
{
    static const char body[CD_DRAFT_ROOM];
    cd_draft draft = {0};

    for (size_t i = 0; i < count; i++)
        cd_draft_notification(&draft, CD_FIXTURE_CHANNEL, body,
                              bytes - OVERHEAD - (bytes > OVERHEAD + 255));
    CD_CHECK(draft.size == count * bytes);
    return cd_receive(who, &draft);
}

cd_verdict cd_request_us(size_t who)
{
    cd_draft draft = {0};

    cd_draft_request(&draft, 9, CD_FIXTURE_CHANNEL, "?", 1);
    return cd_receive(who, &draft);
}

cd_verdict cd_announce(size_t who, uint32_t transfer, size_t total)
{
    static const char bytes[CD_DRAFT_ROOM];
    cd_draft draft = {0};

    cd_draft_fragment(&draft, &(cd_fragment){transfer, 1, 2, total, bytes, total / 2});
    return cd_receive(who, &draft);
}

uint32_t cd_ask(size_t who)
{
    return cd_mailbox_ask(cd_fix.mailbox, cd_fix.senders[who]->key, CD_FIXTURE_CHANNEL,
                          strlen(CD_FIXTURE_CHANNEL));
}

cd_item *cd_take(uint32_t wanted)
{
    uint32_t id;

    return cd_mailbox_take(cd_fix.mailbox, wanted, UINT64_MAX, &id);
}

void cd_drain(size_t count)
{
    for (cd_item *item; (item = cd_take(CD_WANT_HANDLED)) != NULL; count--)
        cd_mailbox_release(cd_fix.mailbox, item);
    CD_CHECK(count == 0);
}
