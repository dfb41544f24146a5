/* SPDX-License-Identifier: MIT
 *
 * Those in this process who are to hear what it is told: the Lua states that wait. Who tells them
 * is a thread that wakes nobody and is handed no context, such as Windows' own for Ctrl+C, and
 * finds them here.
 */
#ifndef COPYDATA_WIN_LISTENER_H
#define COPYDATA_WIN_LISTENER_H

#include <windows.h>

/* One Lua state. Start with all zero but the event. */
typedef struct cd_listener {
    struct cd_listener *next;
    HANDLE event;           /* set when there is something to hear: another's */
    HANDLE volatile signal; /* likewise, of those who wait elsewhere; NULL: nobody does */
} cd_listener;

/* Starts and stops listening. Stopping waits for what is being told. */
void cd_listener_add(cd_listener *listener);
void cd_listener_remove(cd_listener *listener);

/* Sets both events. From any thread. */
void cd_listener_wake(const cd_listener *listener);

/* Calls `tell` with each of them. It must not start or stop anybody's listening. */
void cd_listeners_tell(void (*tell)(cd_listener *listener, void *context), void *context);

#endif
