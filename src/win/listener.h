/* SPDX-License-Identifier: MIT
 *
 * The listeners of this process: Lua states that wait. A thread that has no context and wakes no
 * one by itself, such as the one Windows runs for Ctrl+C, finds them here.
 */
#ifndef COPYDATA_WIN_LISTENER_H
#define COPYDATA_WIN_LISTENER_H

#include <windows.h>

/* One Lua state. Initialize to zero except for the event. */
typedef struct cd_listener {
    struct cd_listener *next;
    HANDLE event;           /* set when there is news; not owned */
    HANDLE volatile signal; /* likewise, for other loops that wait; NULL: none; not owned */
} cd_listener;

/* Start and stop listening. Stopping waits for a report in progress. */
void cd_listener_add(cd_listener *listener);
void cd_listener_remove(cd_listener *listener);

/* Sets both events. From any thread. */
void cd_listener_wake(const cd_listener *listener);

/* Calls `tell` with each listener. It must not add or remove listeners. */
void cd_listeners_tell(void (*tell)(cd_listener *listener, void *context), void *context);

#endif
