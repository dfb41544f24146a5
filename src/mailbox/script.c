/* SPDX-License-Identifier: MIT
 *
 * mailbox.h: the script's side.
 */
#include "mailbox.h"
#include "contents.h"

#include <stdlib.h>

cd_mailbox *cd_mailbox_new(const cd_host *host, void *context, const cd_limits *limits)
{
    cd_mailbox *mailbox = calloc(1, sizeof *mailbox);

    if (mailbox == NULL)
        return NULL;
    cd_contents *contents = &mailbox->contents;
    mailbox->host = host;
    mailbox->context = context;
    mailbox->limits = *limits;
    cd_challenges_begin(&mailbox->challenges, host);
    contents->admission.host = host;
    contents->channels.host = host;
    contents->requests.host = host;
    contents->queue.host = host;
    contents->queue.limits = &mailbox->limits;
    contents->queue.shares = &contents->shares;
    contents->queue.spare = &contents->spare;
    contents->reassembly.host = host;
    contents->reassembly.limits = &mailbox->limits;
    contents->reassembly.shares = &contents->shares;
    contents->reassembly.spare = &contents->spare;
    return mailbox;
}

/* Removes a taker and its waiting messages. */
static void remove_taker(cd_contents *contents, cd_taker *taker)
{
    cd_queue_clear(&contents->queue, &taker->inbox);
    cd_takers_remove(&contents->takers, taker);
}

/* Removes a channel and its waiting messages. */
static void remove_channel(cd_contents *contents, cd_channel *channel)
{
    cd_queue_clear(&contents->queue, &channel->inbox);
    cd_queue_clear(&contents->queue, &channel->requests);
    cd_admission_forget(&contents->admission, channel->id);
    cd_channels_remove(&contents->channels, channel);
}

bool cd_mailbox_close(cd_mailbox *mailbox)
{
    bool listening = false;
    cd_contents *contents = cd_mailbox_lock(mailbox);

    contents->closed = true;
    contents->guarded = contents->suspicious = false;
    for (cd_channel *channel; (channel = contents->channels.first) != NULL;) {
        listening |= channel->listening;
        remove_channel(contents, channel);
    }
    while (contents->takers.first != NULL)
        remove_taker(contents, contents->takers.first);
    cd_queue_clear(&contents->queue, &contents->answers);
    cd_requests_free(&contents->requests);
    cd_reassembly_free(&contents->reassembly);
    cd_spare_close(&contents->spare);
    cd_admission_forget(&contents->admission, 0);
    cd_mailbox_unlock_changed(mailbox);
    return listening;
}

void cd_mailbox_free(cd_mailbox *mailbox)
{
    if (mailbox == NULL)
        return;
    cd_mailbox_close(mailbox);
    cd_messages_free(&mailbox->reading);
    cd_challenges_free(&mailbox->challenges);
    free(mailbox);
}

/* Channels --------------------------------------------------------------------------------------*/

uint32_t cd_mailbox_join(cd_mailbox *mailbox, const char *name, size_t size, bool listen,
                         bool guarded)
{
    uint32_t id = 0;
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_channel *channel =
        contents->closed ? NULL : cd_channels_add(&contents->channels, name, size);

    if (channel != NULL) {
        channel->listening = listen;
        channel->guarded = guarded;
        id = channel->id;
    }
    cd_mailbox_unlock(mailbox);
    return id;
}

bool cd_mailbox_leave(cd_mailbox *mailbox, uint32_t id)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_channel *channel = cd_channels_get(&contents->channels, id);
    bool listening = channel != NULL && channel->listening;

    if (channel != NULL)
        remove_channel(contents, channel);
    cd_mailbox_unlock(mailbox);
    return listening;
}

uint32_t cd_mailbox_find(cd_mailbox *mailbox, const char *name, size_t size)
{
    const cd_contents *contents = cd_mailbox_lock(mailbox);
    const cd_channel *channel = cd_channels_find(&contents->channels, name, size);
    uint32_t id = channel != NULL ? channel->id : 0;

    cd_mailbox_unlock(mailbox);
    return id;
}

const char *cd_mailbox_name(cd_mailbox *mailbox, uint32_t id, size_t *size)
{
    const cd_contents *contents = cd_mailbox_lock(mailbox);
    const cd_channel *channel = cd_channels_get(&contents->channels, id);

    *size = channel != NULL ? channel->name_size : 0;
    cd_mailbox_unlock(mailbox);
    return channel != NULL ? channel->name : NULL;
}

bool cd_mailbox_joined(cd_mailbox *mailbox, uint32_t id)
{
    size_t size;

    return cd_mailbox_name(mailbox, id, &size) != NULL;
}

void cd_mailbox_handle(cd_mailbox *mailbox, uint32_t id, bool handled)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_channel *channel = cd_channels_get(&contents->channels, id);
    cd_taker *taker = cd_takers_get(&contents->takers, id);

    if (channel != NULL)
        channel->handled = handled;
    else if (taker != NULL)
        taker->handled = handled;
    cd_mailbox_unlock(mailbox);
}

void cd_mailbox_serve(cd_mailbox *mailbox, uint32_t id, bool served)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_channel *channel = cd_channels_get(&contents->channels, id);

    if (channel != NULL) {
        channel->served = served;
        if (!served)
            cd_queue_clear(&contents->queue, &channel->requests);
    }
    cd_mailbox_unlock(mailbox);
}

uint32_t cd_mailbox_take_raw(cd_mailbox *mailbox, const cd_raw_wanted *wanted)
{
    uint32_t id = 0;
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_taker *taker = contents->closed ? NULL : cd_takers_add(&contents->takers, wanted);

    if (taker != NULL) {
        taker->handled = true;
        id = taker->id;
    }
    cd_mailbox_unlock(mailbox);
    return id;
}

void cd_mailbox_drop_raw(cd_mailbox *mailbox, uint32_t id)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_taker *taker = cd_takers_get(&contents->takers, id);

    if (taker != NULL)
        remove_taker(contents, taker);
    cd_mailbox_unlock(mailbox);
}

uint64_t cd_mailbox_raw_seen(cd_mailbox *mailbox)
{
    uint64_t seen = cd_mailbox_lock(mailbox)->takers.seen;

    cd_mailbox_unlock(mailbox);
    return seen;
}

/* Messages that wait ----------------------------------------------------------------------------*/

bool cd_mailbox_ready(cd_mailbox *mailbox, uint32_t wanted)
{
    uint32_t id;
    cd_contents *contents = cd_mailbox_lock(mailbox);
    bool ready =
        cd_contents_next(contents, wanted, &id) != NULL || cd_admission_waits(&contents->admission);

    contents->waiting = !ready;
    contents->wanted = wanted;
    cd_mailbox_unlock(mailbox);
    return ready;
}

uint64_t cd_mailbox_newest(cd_mailbox *mailbox)
{
    uint64_t newest = cd_mailbox_lock(mailbox)->queue.arrived;

    cd_mailbox_unlock(mailbox);
    return newest;
}

cd_item *cd_mailbox_take(cd_mailbox *mailbox, uint32_t wanted, uint64_t newest, uint32_t *id)
{
    cd_item *item = NULL;
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_inbox *inbox = cd_contents_next(contents, wanted, id);

    if (inbox != NULL && inbox->first->sequence <= newest)
        item = cd_queue_take(&contents->queue, inbox);
    cd_mailbox_unlock(mailbox);
    return item;
}

/* The inbox that a message with this id was taken from; NULL: it no longer exists. */
static cd_inbox *inbox_of(cd_contents *contents, uint32_t id, const cd_message *message)
{
    if (contents->closed)
        return NULL;
    if (id == CD_ANSWER_ID)
        return &contents->answers;
    cd_taker *taker = cd_takers_get(&contents->takers, id);
    if (taker != NULL)
        return &taker->inbox;
    cd_channel *channel = cd_channels_get(&contents->channels, id);
    if (channel == NULL)
        return NULL;
    if (message->type != CD_REQUEST)
        return &channel->inbox;
    return channel->served ? &channel->requests : NULL;
}

void cd_mailbox_return(cd_mailbox *mailbox, uint32_t id, cd_item *item)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_inbox *inbox = inbox_of(contents, id, &item->message);

    if (inbox != NULL)
        cd_queue_return(&contents->queue, inbox, item);
    else
        cd_queue_release(&contents->queue, item);
    cd_mailbox_unlock(mailbox);
}

void cd_mailbox_release(cd_mailbox *mailbox, cd_item *item)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);

    cd_queue_release(&contents->queue, item);
    cd_mailbox_unlock(mailbox);
}

/* Requests in progress --------------------------------------------------------------------------*/

uint32_t cd_mailbox_ask(cd_mailbox *mailbox, uint64_t peer, const char *name, size_t size)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);
    const cd_channel *channel = cd_channels_find(&contents->channels, name, size);
    bool guarded = channel != NULL && channel->guarded;
    uint32_t msgid = contents->closed ? 0 : cd_requests_add(&contents->requests, peer, guarded);

    cd_mailbox_unlock(mailbox);
    return msgid;
}

void cd_mailbox_end(cd_mailbox *mailbox, uint32_t msgid)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);

    cd_requests_end(&contents->requests, msgid);
    cd_mailbox_unlock(mailbox);
}

uint64_t cd_mailbox_ignored(cd_mailbox *mailbox)
{
    uint64_t ignored = cd_mailbox_lock(mailbox)->requests.ignored;

    cd_mailbox_unlock(mailbox);
    return ignored;
}

/* Admission -------------------------------------------------------------------------------------*/

void cd_mailbox_guard(cd_mailbox *mailbox, uint32_t id, bool guarded)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_channel *channel = cd_channels_get(&contents->channels, id);

    if (channel != NULL)
        channel->guarded = guarded;
    else if (id == 0)
        contents->guarded = guarded && !contents->closed;
    cd_admission_forget(&contents->admission, id);
    cd_mailbox_unlock(mailbox);
}

void cd_mailbox_want_proof(cd_mailbox *mailbox)
{
    cd_mailbox_lock(mailbox)->suspicious = true;
    cd_mailbox_unlock(mailbox);
}

cd_sender *cd_mailbox_undecided(cd_mailbox *mailbox, uint32_t *channel)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);
    cd_sender *sender = cd_admission_ask(&contents->admission, channel);

    if (sender != NULL)
        mailbox->host->retain(sender);
    cd_mailbox_unlock(mailbox);
    return sender;
}

void cd_mailbox_decide(cd_mailbox *mailbox, const cd_sender *sender, uint32_t channel, bool allowed)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);

    cd_admission_decide(&contents->admission, sender, channel, allowed);
    cd_mailbox_unlock(mailbox);
}

void cd_mailbox_defer(cd_mailbox *mailbox, const cd_sender *sender, uint32_t channel)
{
    cd_contents *contents = cd_mailbox_lock(mailbox);

    cd_admission_defer(&contents->admission, sender, channel);
    cd_mailbox_unlock(mailbox);
}
