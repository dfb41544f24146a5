/* SPDX-License-Identifier: MIT
 *
 * Frames as other programs would send them, for tests of the mailbox.
 */
#ifndef COPYDATA_DRAFT_H
#define COPYDATA_DRAFT_H

#include "wire/fragment.h"

#include <stddef.h>
#include <stdint.h>

#define CD_DRAFT_ROOM 4096

/* A frame that is being written. Initialize it with zeros. If it overflows, the program ends. */
typedef struct cd_draft {
    size_t size;
    char bytes[CD_DRAFT_ROOM];
} cd_draft;

/* Add a message whose body, or result, is a bin of these bytes. Notifications and requests have no
 * time, responses no error. */
void cd_draft_notification(cd_draft *draft, const char *channel, const void *body, size_t size);
void cd_draft_request(cd_draft *draft, uint32_t msgid, const char *channel, const void *body,
                      size_t size);
void cd_draft_response(cd_draft *draft, uint32_t msgid, const void *body, size_t size);

/* Adds a piece. */
void cd_draft_fragment(cd_draft *draft, const cd_fragment *fragment);

#endif
