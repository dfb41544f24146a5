/* SPDX-License-Identifier: MIT
 *
 * When other programs' windows last answered or sent something. Windows considers a thread hung if
 * it has not pumped messages for 5 s, even one that has just answered and is about to pump the
 * next.
 */
#ifndef COPYDATA_WIN_HEARD_H
#define COPYDATA_WIN_HEARD_H

#include <windows.h>

#define CD_HEARD_KEPT 16

/* Start with all zero. */
typedef struct cd_heard {
    struct {
        HWND window;
        double at; /* seconds, from cd_clock_seconds */
    } kept[CD_HEARD_KEPT];
} cd_heard;

/* The window has answered, or sent something. */
void cd_heard_note(cd_heard *heard, HWND window);

/* Seconds since then; a very large number when unknown. */
double cd_heard_silence(const cd_heard *heard, HWND window);

#endif
