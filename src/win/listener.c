/* SPDX-License-Identifier: MIT */
#include "listener.h"

static struct {
    SRWLOCK lock;
    cd_listener *first;
} listeners = {SRWLOCK_INIT, NULL};

void cd_listener_add(cd_listener *listener)
{
    AcquireSRWLockExclusive(&listeners.lock);
    listener->next = listeners.first;
    listeners.first = listener;
    ReleaseSRWLockExclusive(&listeners.lock);
}

void cd_listener_remove(cd_listener *listener)
{
    cd_listener **link = &listeners.first;

    AcquireSRWLockExclusive(&listeners.lock);
    while (*link != NULL && *link != listener)
        link = &(*link)->next;
    if (*link != NULL)
        *link = listener->next;
    ReleaseSRWLockExclusive(&listeners.lock);
}

void cd_listener_wake(const cd_listener *listener)
{
    HANDLE signal = listener->signal;

    SetEvent(listener->event);
    if (signal != NULL)
        SetEvent(signal);
}

void cd_listeners_tell(void (*tell)(cd_listener *listener, void *context), void *context)
{
    AcquireSRWLockShared(&listeners.lock);
    for (cd_listener *one = listeners.first; one != NULL; one = one->next)
        tell(one, context);
    ReleaseSRWLockShared(&listeners.lock);
}
