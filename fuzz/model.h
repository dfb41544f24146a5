/* SPDX-License-Identifier: MIT
 *
 * What a mailbox that is fuzzed should have in it: what it accepted, in the order in which it came,
 * until that is taken, or dropped with its channel. Why something is not accepted the model does
 * not know.
 *
 * The functions are told what was done to the mailbox, and end the program when it did otherwise.
 * There is one model.
 */
#ifndef COPYDATA_FUZZ_MODEL_H
#define COPYDATA_FUZZ_MODEL_H

#include "mailbox/mailbox.h"

/* Nothing has happened. */
void cd_model_begin(void);

/* Forgets all. */
void cd_model_end(void);

/* The mailbox was closed. */
void cd_model_close(void);

/* Channels have names of one letter. */
void cd_model_join(uint32_t id, char name, bool listen);
void cd_model_leave(uint32_t id);
void cd_model_handle(uint32_t id, bool handled);
void cd_model_serve(uint32_t id, bool served);
void cd_model_take_raw(uint32_t id, const cd_raw_wanted *wanted);
void cd_model_drop_raw(uint32_t id);

/* Who could prove who it is must, on a channel, by 0 and 7 everywhere. */
void cd_model_guard(uint32_t id, bool guarded);

/* `guarded`: its answer must be proven. */
void cd_model_ask(uint32_t msgid, uint64_t peer, bool guarded);
void cd_model_end_request(uint32_t msgid);

/* A frame came, and had this verdict; afterwards the sequence of the newest message was that.
 * `late`: it is a piece of a message that began without proof, whatever it shows. */
void cd_model_receive(const cd_sender *sender, const char *frame, size_t size, cd_verdict verdict,
                      uint64_t newest, bool late);

/* Whether a channel of that name is guarded. */
bool cd_model_guarded(const char *name, size_t size);

/* A raw message came, and was taken, and answered that, or was not (NULL). */
void cd_model_receive_raw(const cd_sender *sender, cd_raw_kind kind, uintptr_t tag,
                          const char *body, size_t size, const intptr_t *answer, uint64_t newest);

/* Something wanted was taken, with that id, or there was nothing (NULL). With `put_back` it was
 * returned at once. */
void cd_model_take(uint32_t wanted, uint64_t newest, const cd_item *item, uint32_t id,
                   bool put_back);

#endif
