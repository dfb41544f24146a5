/* SPDX-License-Identifier: MIT */
#include "trust.h"

static cd_trust_entry *find(cd_trust *trust, const cd_peer *peer, uint32_t channel)
{
    for (size_t i = 0; i < CD_TRUST_KEPT; i++) {
        cd_trust_entry *entry = &trust->kept[i];
        if (entry->peer != NULL && entry->channel == channel && entry->peer->hwnd == peer->hwnd &&
            entry->peer->pid == peer->pid)
            return entry;
    }
    return NULL;
}

static void forget(cd_trust_entry *entry)
{
    cd_peer_release(entry->peer);
    entry->peer = NULL;
}

cd_verdict cd_trust_check(cd_trust *trust, cd_peer *peer, uint32_t channel)
{
    const cd_trust_entry *known = find(trust, peer, channel);

    if (known == NULL) {
        cd_trust_entry *entry = &trust->kept[trust->oldest];
        trust->oldest = (trust->oldest + 1) % CD_TRUST_KEPT;
        forget(entry);
        *entry = (cd_trust_entry){cd_peer_retain(peer), channel, CD_UNDECIDED};
        return CD_BUSY;
    }
    switch (known->decision) {
    case CD_ALLOWED:
        return CD_ACCEPTED;
    case CD_FORBIDDEN:
        return CD_REFUSED;
    case CD_UNDECIDED:
    default:
        return CD_BUSY;
    }
}

cd_peer *cd_trust_asked(const cd_trust *trust, uint32_t *channel)
{
    for (size_t i = 0; i < CD_TRUST_KEPT; i++) {
        const cd_trust_entry *entry = &trust->kept[i];
        if (entry->peer != NULL && entry->decision == CD_UNDECIDED) {
            *channel = entry->channel;
            return entry->peer;
        }
    }
    return NULL;
}

void cd_trust_decide(cd_trust *trust, const cd_peer *peer, uint32_t channel, bool allowed)
{
    cd_trust_entry *entry = find(trust, peer, channel);

    if (entry != NULL)
        entry->decision = allowed ? CD_ALLOWED : CD_FORBIDDEN;
}

void cd_trust_forget(cd_trust *trust, uint32_t channel)
{
    for (size_t i = 0; i < CD_TRUST_KEPT; i++)
        if (channel == 0 || trust->kept[i].channel == channel)
            forget(&trust->kept[i]);
}
