/* SPDX-License-Identifier: MIT
 *
 * What an endpoint does with what arrives: checks it, decides where it goes, keeps it within
 * limits, and hands it to the script. Needs neither Windows nor Lua.
 *
 * Two threads may use a mailbox at the same time: the receiving thread calls the functions under
 * "The receiving side", the script's thread all others. They may be the same thread.
 */
#ifndef COPYDATA_MAILBOX_MAILBOX_H
#define COPYDATA_MAILBOX_MAILBOX_H

#include "host.h"
#include "limits.h"
#include "queue.h"
#include "takers.h"

typedef struct cd_mailbox cd_mailbox;

/* The host must outlive the mailbox; the limits are copied. NULL: no memory. */
cd_mailbox *cd_mailbox_new(const cd_host *host, void *context, const cd_limits *limits);

/* Accepts nothing from now on; leaves every channel, drops waiting messages, wakes the script.
 * Returns whether it was listening to any channel. Idempotent, from any thread. */
bool cd_mailbox_close(cd_mailbox *mailbox);

/* Frees a mailbox that is no longer in use and whose messages have been released. NULL: does
 * nothing. */
void cd_mailbox_free(cd_mailbox *mailbox);

/* Channels --------------------------------------------------------------------------------------
 *
 * Known by their ids, which begin at 1. Calls have no effect on a channel that was left.
 */

/* Joins a channel by a valid name that is not joined yet. With `listen` false nothing arrives on
 * it; with `guarded` it is guarded from the first moment. Returns its id; 0: no memory, or the
 * mailbox is closed. */
uint32_t cd_mailbox_join(cd_mailbox *mailbox, const char *name, size_t size, bool listen,
                         bool guarded);

/* Leaves a channel and drops its waiting messages. Returns whether it was listening. */
bool cd_mailbox_leave(cd_mailbox *mailbox, uint32_t id);

/* The id of a channel by its name; 0: not joined. */
uint32_t cd_mailbox_find(cd_mailbox *mailbox, const char *name, size_t size);

/* Whether a channel is joined. */
bool cd_mailbox_joined(cd_mailbox *mailbox, uint32_t id);

/* The name of a channel, as joined; valid until the channel is left. NULL: not joined. */
const char *cd_mailbox_name(cd_mailbox *mailbox, uint32_t id, size_t *size);

/* Sets whether a channel's notifications are for CD_WANT_HANDLED; likewise the messages of a taker
 * (takers.h), which wait in the meantime. */
void cd_mailbox_handle(cd_mailbox *mailbox, uint32_t id, bool handled);

/* Sets whether a channel accepts requests; when it no longer does, its waiting requests are
 * dropped. */
void cd_mailbox_serve(cd_mailbox *mailbox, uint32_t id, bool served);

/* Accepts messages of other protocols that are `wanted` (takers.h) from now on; they are handled.
 * Returns the taker's id; 0: no memory, or the mailbox is closed. */
uint32_t cd_mailbox_take_raw(cd_mailbox *mailbox, const cd_raw_wanted *wanted);

/* Stops accepting them and drops those that wait. */
void cd_mailbox_drop_raw(cd_mailbox *mailbox, uint32_t id);

/* How many WM_COPYDATA of other protocols have arrived, accepted or not. */
uint64_t cd_mailbox_raw_seen(cd_mailbox *mailbox);

/* Messages that wait ----------------------------------------------------------------------------*/

/*
 * What a script waits for and takes: CD_WANT_HANDLED for everything that has handlers, requests and
 * answers included; the id of a channel or taker for what waits there; or CD_ANSWER_ID for answers.
 * When a message is taken, a raw one has the id of its taker, an answer CD_ANSWER_ID, which is no
 * taker or channel.
 */
#define CD_WANT_HANDLED 0u
#define CD_ANSWER_ID    0xffffffffu

/* Whether a wanted message waits, or a sender for a decision. If not, host.wake is called once as
 * soon as that may have changed. */
bool cd_mailbox_ready(cd_mailbox *mailbox, uint32_t wanted);

/* The sequence of the newest message that has arrived. */
uint64_t cd_mailbox_newest(cd_mailbox *mailbox);

/*
 * Takes the wanted message that arrived first, if it is not newer than `newest`. Fills in the id of
 * its channel or taker, or CD_ANSWER_ID. NULL when there is none. The caller ends it with
 * cd_mailbox_return or cd_mailbox_release, even if the mailbox was closed in the meantime.
 */
cd_item *cd_mailbox_take(cd_mailbox *mailbox, uint32_t wanted, uint64_t newest, uint32_t *id);

/* Puts back the message that was taken last; drops it if its channel or taker is gone. */
void cd_mailbox_return(cd_mailbox *mailbox, uint32_t id, cd_item *item);

/* Frees a taken message. */
void cd_mailbox_release(cd_mailbox *mailbox, cd_item *item);

/* Requests in progress --------------------------------------------------------------------------*/

/* Begins a request of ours to a peer, by its sender key, on a channel, which need not be joined,
 * and ends it; its answer is accepted in between: see requests.h. On a guarded channel the answer
 * must be proven. */
uint32_t cd_mailbox_ask(cd_mailbox *mailbox, uint64_t peer, const char *name, size_t size);
void cd_mailbox_end(cd_mailbox *mailbox, uint32_t msgid);

/* How many unexpected answers have arrived. */
uint64_t cd_mailbox_ignored(cd_mailbox *mailbox);

/* Admission -------------------------------------------------------------------------------------*/

/* Sets whether the script is asked about senders to a channel, or with id 0 to any channel. Senders
 * that can prove who they are must then do so. */
void cd_mailbox_guard(cd_mailbox *mailbox, uint32_t id, bool guarded);

/* From now on all senders that can prove who they are must do so, guarded or not. */
void cd_mailbox_want_proof(cd_mailbox *mailbox);

/* A sender that waits for a decision, and for which channel (0: any); NULL: none. Each is returned
 * once; the caller releases it, and answers with cd_mailbox_decide or, if it cannot decide, with
 * cd_mailbox_defer: the sender is then returned again after its next frame. */
cd_sender *cd_mailbox_undecided(cd_mailbox *mailbox, uint32_t *channel);
void cd_mailbox_decide(cd_mailbox *mailbox, const cd_sender *sender, uint32_t channel,
                       bool allowed);
void cd_mailbox_defer(cd_mailbox *mailbox, const cd_sender *sender, uint32_t channel);

/* The receiving side ----------------------------------------------------------------------------*/

/* Checks and queues a frame; returns the verdict. The caller keeps the bytes and the sender. */
cd_verdict cd_mailbox_receive(cd_mailbox *mailbox, cd_sender *sender, const char *frame,
                              size_t size);

/*
 * The same for a message of another protocol. Returns whether it was accepted, and in `*answer` the
 * sender's answer: the taker's, or CD_UNHANDLED, like a program that does not know the message,
 * when there is no taker, there is no room, or the script has not allowed the sender (yet).
 */
bool cd_mailbox_receive_raw(cd_mailbox *mailbox, cd_sender *sender, cd_raw_kind kind, uintptr_t tag,
                            const char *bytes, size_t size, intptr_t *answer);

/* Frees the incomplete messages of dead and silent senders, and memory kept for large and for many
 * messages. Returns whether to call it again. */
bool cd_mailbox_sweep(cd_mailbox *mailbox);

#endif
