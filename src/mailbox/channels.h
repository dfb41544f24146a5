/* SPDX-License-Identifier: MIT
 *
 * The channels of an endpoint, and what waits on each.
 */
#ifndef COPYDATA_MAILBOX_CHANNELS_H
#define COPYDATA_MAILBOX_CHANNELS_H

#include "queue.h"

typedef struct cd_channel {
    struct cd_channel *next; /* joined later */
    uint32_t id;             /* from 1; never used again by the endpoint */
    bool listening;          /* others see it; otherwise it can only send */
    bool handled;            /* its notifications are for CD_WANT_HANDLED */
    bool served;             /* takes requests */
    bool guarded;            /* the script is to be asked about each sender */
    cd_inbox inbox;          /* notifications */
    cd_inbox requests;
    size_t name_size;
    char name[]; /* as joined, in UTF-8 */
} cd_channel;

/* Start with all zero but the host. */
typedef struct cd_channels {
    const cd_host *host;
    cd_channel *first;
    uint32_t last_id;
} cd_channels;

/* Adds a channel; NULL: no memory. */
cd_channel *cd_channels_add(cd_channels *channels, const char *name, size_t size);

/* Takes a channel out, with nothing on it, and frees it. */
void cd_channels_remove(cd_channels *channels, cd_channel *channel);

/* The channel of an id or a name; NULL: there is none. */
cd_channel *cd_channels_get(const cd_channels *channels, uint32_t id);
cd_channel *cd_channels_find(const cd_channels *channels, const char *name, size_t size);

#endif
