/* SPDX-License-Identifier: MIT
 *
 * Presence (protocol, "Presence"): endpoints that want to know when peers come and go say so by a
 * window property, and an endpoint that joins or leaves a channel posts them a message. It is a
 * hint to look again: any program may forge it.
 */
#ifndef COPYDATA_WIN_PRESENCE_H
#define COPYDATA_WIN_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/* The number of the message, the same in all programs of the session; 0 when Windows has no room
 * for another name. */
UINT cd_presence_message(void);

/*
 * Sets whether a window of this process gets the message, including from programs of lower
 * integrity. Watch before looking for peers: later ones find the watcher. Returns false when
 * Windows has no room for another name.
 */
bool cd_presence_watch(HWND hwnd, bool whether);

/* Counts, visibly to other programs, that a window of this process that has left a channel joins
 * one: an observer too late to see it leave can tell that it may not have stayed. */
void cd_presence_rejoin(HWND hwnd);

/* How often a window has counted that; 0 if never. */
uintptr_t cd_presence_rejoined(HWND hwnd);

/* Notifies all other watchers of a window that has joined or left a channel. The window may be gone
 * by now. Does not wait. */
void cd_presence_tell(HWND hwnd);

#endif
