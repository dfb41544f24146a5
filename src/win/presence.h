/* SPDX-License-Identifier: MIT
 *
 * Presence (protocol, "Presence"): endpoints that want to know who comes and goes say so by a
 * window property, and whoever joins or leaves a channel posts them a message. It is a hint to look
 * who is there: anybody may forge it.
 */
#ifndef COPYDATA_WIN_PRESENCE_H
#define COPYDATA_WIN_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/* The number of the message, which is the same in all programs of the session; 0 when Windows has
 * no room for another name. */
UINT cd_presence_message(void);

/*
 * From now on a window of this process gets the message, or no longer; also from programs of lower
 * integrity. It must watch before it looks who is there: who comes later finds it. Returns false
 * when Windows has no room for another name.
 */
bool cd_presence_watch(HWND hwnd, bool whether);

/* Counts, where others see it, that a window of this process that has left a channel joins one: who
 * looks too late to see it leave can tell that it may not have stayed. */
void cd_presence_rejoin(HWND hwnd);

/* How often a window has counted that; 0 for one that never did. */
uintptr_t cd_presence_rejoined(HWND hwnd);

/* Tells all others that watch of a window that has joined or left a channel. The window may be gone
 * by now. Does not wait for anybody. */
void cd_presence_tell(HWND hwnd);

#endif
