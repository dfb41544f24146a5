/* SPDX-License-Identifier: MIT */
#include "channels.h"

#include <stdlib.h>
#include <string.h>

cd_channel *cd_channels_add(cd_channels *channels, const char *name, size_t size)
{
    cd_channel **last = &channels->first;
    cd_channel *channel = calloc(1, sizeof *channel + size);

    if (channel == NULL)
        return NULL;
    channel->id = ++channels->last_id;
    channel->name_size = size;
    memcpy(channel->name, name, size);
    while (*last != NULL)
        last = &(*last)->next;
    *last = channel;
    return channel;
}

void cd_channels_remove(cd_channels *channels, cd_channel *channel)
{
    cd_channel **link = &channels->first;

    while (*link != channel)
        link = &(*link)->next;
    *link = channel->next;
    free(channel);
}

cd_channel *cd_channels_get(const cd_channels *channels, uint32_t id)
{
    cd_channel *channel = channels->first;

    while (channel != NULL && channel->id != id)
        channel = channel->next;
    return channel;
}

cd_channel *cd_channels_find(const cd_channels *channels, const char *name, size_t size)
{
    cd_channel *channel = channels->first;

    /* Nearly always spelled as we spell it: avoids comparing by the system's rules. */
    while (channel != NULL &&
           (channel->name_size != size || memcmp(channel->name, name, size) != 0))
        channel = channel->next;
    if (channel != NULL)
        return channel;
    channel = channels->first;
    while (channel != NULL &&
           !channels->host->same_name(channel->name, channel->name_size, name, size))
        channel = channel->next;
    return channel;
}
