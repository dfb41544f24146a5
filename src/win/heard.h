/* SPDX-License-Identifier: MIT
 *
 * When other programs' windows were last heard of. Windows takes a thread for hung that has not looked
 * for messages for 5 s, also one that has just answered, and looks for the next in a moment.
 */
#ifndef COPYDATA_WIN_HEARD_H
#define COPYDATA_WIN_HEARD_H

#include <windows.h>

#define CD_HEARD_KEPT 16

/* Start with all zero. */
typedef struct cd_heard {
    struct {
        HWND window;
        double at; /* seconds, as of cd_clock_seconds */
    } kept[CD_HEARD_KEPT];
} cd_heard;

/* The window has answered, or sent something. */
void cd_heard_note(cd_heard *heard, HWND window);

/* How many seconds ago that was; very many when it is not known. */
double cd_heard_silence(const cd_heard *heard, HWND window);

#endif
