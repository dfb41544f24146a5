/* SPDX-License-Identifier: MIT
 *
 * What a fuzzed mailbox should contain: what it accepted, in order of arrival, until it is taken,
 * or dropped with its channel. The model does not know why something is refused.
 *
 * Its functions are told what was done to the mailbox, and end the program if the mailbox behaved
 * differently. There is one model.
 */
#ifndef COPYDATA_FUZZ_MODEL_H
#define COPYDATA_FUZZ_MODEL_H

#include "mailbox/mailbox.h"

/* Starts with an empty mailbox. */
void cd_model_begin(void);

/* Frees everything. */
void cd_model_end(void);

/* The mailbox was closed. */
void cd_model_close(void);

/* Channels have one-letter names. */
void cd_model_join(uint32_t id, char name, bool listen);
void cd_model_leave(uint32_t id);
void cd_model_handle(uint32_t id, bool handled);
void cd_model_serve(uint32_t id, bool served);
void cd_model_take_raw(uint32_t id, const cd_raw_wanted *wanted);
void cd_model_drop_raw(uint32_t id);

/* Senders that can prove who they are must do so: on a channel; with 0 and 7, everywhere. */
void cd_model_guard(uint32_t id, bool guarded);

/* `guarded`: its answer must be proven. */
void cd_model_ask(uint32_t msgid, uint64_t peer, bool guarded);
void cd_model_end_request(uint32_t msgid);

/* A frame arrived and got this verdict; then the newest message had this sequence. `late`: it is a
 * piece of a message that began without proof, even if the piece has one. */
void cd_model_receive(const cd_sender *sender, const char *frame, size_t size, cd_verdict verdict,
                      uint64_t newest, bool late);

/* Whether the channel with that name is guarded. */
bool cd_model_guarded(const char *name, size_t size);

/* A raw message arrived, and was accepted and answered this, or was not (NULL). */
void cd_model_receive_raw(const cd_sender *sender, cd_raw_kind kind, uintptr_t tag,
                          const char *body, size_t size, const intptr_t *answer, uint64_t newest);

/* A wanted message was taken, with this id, or there was none (NULL). With `put_back` it was
 * returned at once. */
void cd_model_take(uint32_t wanted, uint64_t newest, const cd_item *item, uint32_t id,
                   bool put_back);

#endif
