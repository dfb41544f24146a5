/* SPDX-License-Identifier: MIT
 *
 * What an endpoint does with what arrives: checks it, decides whose it is, keeps it in bounds, and
 * hands it to the script. Needs neither Windows nor Lua.
 *
 * Two threads may use a mailbox at the same time: one that receives, by the functions under "The
 * receiving side", and the script's, by all others. They may be the same thread.
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

/* From now on nothing arrives; leaves every channel, drops what waits, wakes who waits. Returns
 * whether it was listening to any. Idempotent, from any thread. */
bool cd_mailbox_close(cd_mailbox *mailbox);

/* Frees a mailbox that nobody uses any more and whose messages have been released. NULL: does
 * nothing. */
void cd_mailbox_free(cd_mailbox *mailbox);

/* Channels --------------------------------------------------------------------------------------
 *
 * Known by their ids, which begin at 1. What is said of a channel that was left does nothing.
 */

/* Joins a channel by a valid name that is not joined yet. With `listen` false nothing arrives
 * there; with `guarded` it is from the first moment on. Returns its id; 0: there is no memory, or
 * the mailbox is closed. */
uint32_t cd_mailbox_join(cd_mailbox *mailbox, const char *name, size_t size, bool listen,
                         bool guarded);

/* Leaves it and drops what waits there. Returns whether it was listening. */
bool cd_mailbox_leave(cd_mailbox *mailbox, uint32_t id);

/* The id of a channel by its name; 0: not joined. */
uint32_t cd_mailbox_find(cd_mailbox *mailbox, const char *name, size_t size);

/* Whether it is joined. */
bool cd_mailbox_joined(cd_mailbox *mailbox, uint32_t id);

/* The name of a channel, as joined, which stays valid until it is left; NULL: not joined. */
const char *cd_mailbox_name(cd_mailbox *mailbox, uint32_t id, size_t *size);

/* Whether its notifications are for CD_WANT_HANDLED; of a taker (takers.h) the same of its messages,
 * which wait meanwhile. */
void cd_mailbox_handle(cd_mailbox *mailbox, uint32_t id, bool handled);

/* Whether it takes requests; when no longer, what waits of them is dropped. */
void cd_mailbox_serve(cd_mailbox *mailbox, uint32_t id, bool served);

/* From now on messages of other protocols are taken that are `wanted` (takers.h); they are handled.
 * Returns the taker's id; 0: there is no memory, or the mailbox is closed. */
uint32_t cd_mailbox_take_raw(cd_mailbox *mailbox, const cd_raw_wanted *wanted);

/* They are taken no longer, and what waits of them is dropped. */
void cd_mailbox_drop_raw(cd_mailbox *mailbox, uint32_t id);

/* How many WM_COPYDATA of other protocols have come, taken or not. */
uint64_t cd_mailbox_raw_seen(cd_mailbox *mailbox);

/* Messages that wait ----------------------------------------------------------------------------*/

/*
 * What a script waits for and takes: whatever there are handlers for, requests and answers among
 * it, or what waits of one channel or taker, by its id, or with CD_ANSWER_ID answers. Of a message that
 * was taken, a raw one has the id of its taker, and an answer one that neither taker nor channel has.
 */
#define CD_WANT_HANDLED 0u
#define CD_ANSWER_ID    0xffffffffu

/* Whether something wanted waits, or a sender for a decision. If not, host.wake is called once as
 * soon as that may have changed. */
bool cd_mailbox_ready(cd_mailbox *mailbox, uint32_t wanted);

/* The sequence of the newest message that has arrived. */
uint64_t cd_mailbox_newest(cd_mailbox *mailbox);

/*
 * Takes, of what is wanted, the message that arrived first, if it is not newer than `newest`. Fills
 * in the id of its channel or taker, or CD_ANSWER_ID. NULL when there is none. The caller ends it by one
 * of the two after this one, also when the mailbox was closed meanwhile.
 */
cd_item *cd_mailbox_take(cd_mailbox *mailbox, uint32_t wanted, uint64_t newest, uint32_t *id);

/* Puts a message back that was taken last; drops it when nobody takes it any more. */
void cd_mailbox_return(cd_mailbox *mailbox, uint32_t id, cd_item *item);

/* Frees a message that was taken. */
void cd_mailbox_release(cd_mailbox *mailbox, cd_item *item);

/* Requests under way ----------------------------------------------------------------------------*/

/* A request of ours to a peer, by its sender's key, on a channel, which need not be joined, and its
 * end, until which its answer is let in: see requests.h. On a guarded channel the answer must be
 * proven. */
uint32_t cd_mailbox_ask(cd_mailbox *mailbox, uint64_t peer, const char *name, size_t size);
void cd_mailbox_end(cd_mailbox *mailbox, uint32_t msgid);

/* How many answers came that nobody asked for. */
uint64_t cd_mailbox_ignored(cd_mailbox *mailbox);

/* Admission -------------------------------------------------------------------------------------*/

/* Whether the script is to be asked about senders to a channel, or with id 0 to any. Those that
 * could prove who they are have to. */
void cd_mailbox_guard(cd_mailbox *mailbox, uint32_t id, bool guarded);

/* From now on all senders that could prove who they are have to, guard or none. */
void cd_mailbox_want_proof(cd_mailbox *mailbox);

/* A sender that waits for a decision, and for which channel (0: any); NULL: none. Each is told
 * once; the caller releases it, and answers by decide. */
cd_sender *cd_mailbox_undecided(cd_mailbox *mailbox, uint32_t *channel);
void cd_mailbox_decide(cd_mailbox *mailbox, const cd_sender *sender, uint32_t channel,
                       bool allowed);

/* The receiving side ----------------------------------------------------------------------------*/

/* Checks and queues a frame; says the verdict. The bytes are the caller's, as is the sender. */
cd_verdict cd_mailbox_receive(cd_mailbox *mailbox, cd_sender *sender, const char *frame,
                              size_t size);

/*
 * The same for a message of another protocol. Returns whether it was taken, and what its sender is to
 * be told: the taker's answer, or CD_UNHANDLED, as a program says that does not know it, when nobody
 * takes it, there is no room, or the script has not allowed the sender (yet).
 */
bool cd_mailbox_receive_raw(cd_mailbox *mailbox, cd_sender *sender, cd_raw_kind kind,
                            uintptr_t tag, const char *bytes, size_t size, intptr_t *answer);

/* Frees what dead and silent senders left of their messages. Returns whether to call it again. */
bool cd_mailbox_sweep(cd_mailbox *mailbox);

#endif
