/* SPDX-License-Identifier: MIT */
#include "raw.h"
#include "clock.h"
#include "endpoint.h"

void cd_raw_handle(cd_endpoint *endpoint, bool handled, LRESULT answer)
{
    cd_raw *raw = &endpoint->raw;

    AcquireSRWLockExclusive(&endpoint->lock);
    raw->handled = handled;
    raw->answer = answer;
    if (!handled)
        cd_queue_clear(&endpoint->queue, &raw->inbox);
    ReleaseSRWLockExclusive(&endpoint->lock);
}

/* Whether the script takes anything from this sender. Call with the lock held. */
static bool allowed(cd_endpoint *endpoint, cd_peer *sender)
{
    return !endpoint->guarded || cd_trust_check(&endpoint->trust, sender, 0) == CD_ACCEPTED;
}

LRESULT cd_raw_receive(cd_endpoint *endpoint, HWND hwnd, const COPYDATASTRUCT *data)
{
    cd_raw *raw = &endpoint->raw;
    LRESULT answer = CD_UNHANDLED;
    /* A sender in our own process may give a size without bytes: Windows looks at neither. */
    const char *bytes = data->lpData != NULL ? data->lpData : "";
    size_t size = data->lpData != NULL ? data->cbData : 0;

    if (size > endpoint->limits.max_message - CD_ENVELOPE_ROOM)
        return CD_UNHANDLED;
    cd_peer *sender = cd_peers_find(&endpoint->senders, hwnd);
    if (sender == NULL)
        return CD_UNHANDLED;
    cd_message message = {.type = CD_NOTIFICATION, .body = {0, size}, .inbox = &raw->inbox};
    cd_messages one = {&message, 1, 1};
    cd_arrival arrival = {
        .bytes = bytes,
        .size = size,
        .messages = &one,
        .origin = {cd_clock_now(), sender->pid, sender, cd_peer_release, data->dwData},
    };

    AcquireSRWLockExclusive(&endpoint->lock);
    bool handled = raw->handled;
    bool queued = handled && allowed(endpoint, sender) &&
                  cd_queue_add(&endpoint->queue, &arrival) == CD_ACCEPTED;
    if (queued)
        answer = raw->answer;
    ReleaseSRWLockExclusive(&endpoint->lock);
    if (!queued)
        cd_peer_release(sender);
    if (handled) /* queued, or perhaps the script is to be asked */
        cd_endpoint_alert(endpoint);
    return answer;
}
