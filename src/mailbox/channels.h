/* SPDX-License-Identifier: MIT
 *
 * The channels of an endpoint, and what waits on each.
 */
#ifndef COPYDATA_MAILBOX_CHANNELS_H
#define COPYDATA_MAILBOX_CHANNELS_H

#include "queue.h"

typedef struct cd_channel {
    struct cd_channel *next; /* the one joined next */
    uint32_t id;             /* from 1; the endpoint never reuses it */
    bool listening;          /* others see the endpoint here; otherwise it can only send */
    bool handled;            /* its notifications are for CD_WANT_HANDLED */
    bool served;             /* accepts requests */
    bool guarded;            /* the script is asked about each sender */
    cd_inbox inbox;          /* notifications */
    cd_inbox requests;
    size_t name_size;
    char name[]; /* as joined, in UTF-8 */
} cd_channel;

/* Initialize to zero except for the host. */
typedef struct cd_channels {
    const cd_host *host;
    cd_channel *first;
    uint32_t last_id;
} cd_channels;

/* Adds a channel; NULL: no memory. */
cd_channel *cd_channels_add(cd_channels *channels, const char *name, size_t size);

/* Removes a channel whose inboxes are empty, and frees it. */
void cd_channels_remove(cd_channels *channels, cd_channel *channel);

/* The channel of an id or a name; NULL: there is none. */
cd_channel *cd_channels_get(const cd_channels *channels, uint32_t id);
cd_channel *cd_channels_find(const cd_channels *channels, const char *name, size_t size);

#endif
