/* SPDX-License-Identifier: MIT
 *
 * Delivers one message to one window and returns the window's answer, whatever the message carries.
 * In the meantime Windows calls our own window procedures for messages sent to us. The handles that
 * Windows reserves for all windows count here as no window.
 */
#ifndef COPYDATA_WIN_DELIVER_H
#define COPYDATA_WIN_DELIVER_H

#include "failure.h"

#include <stdbool.h>

#define CD_DELIVER_LEAST 0.2 /* seconds for a try when time has run out */

/* Until when a try that begins now may wait: until `deadline`, on the clock of cd_clock_seconds, but
 * for at least CD_DELIVER_LEAST. */
double cd_deliver_until(double deadline);

/*
 * Sends `data` and waits for the window's answer until cd_deliver_until(deadline). `sender` is the
 * wParam. Returns whether there is an answer, in `*answer`; if not, `failure` says why: GONE,
 * DENIED, TIMEOUT (outcome unknown), HUNG (not sent, after half a second in which it may begin to
 * pump: another message may just have ended a long wait), or what cd_fail_win32 makes of the error.
 * `*stale` is true if the window no longer existed, so that no program can have seen the message.
 */
bool cd_deliver(HWND receiver, WPARAM sender, const COPYDATASTRUCT *data, double deadline,
                DWORD_PTR *answer, cd_failure *failure, bool *stale);

/*
 * The same for any message, for at most `seconds` (0 or more) and without a text: returns whether
 * there is an answer; if not, `*error` is the Win32 error, or ERROR_SUCCESS if Windows gives none.
 */
bool cd_deliver_message(HWND receiver, UINT message, WPARAM wparam, LPARAM lparam, double seconds,
                        DWORD_PTR *answer, DWORD *error);

/*
 * When other programs' windows last answered or sent something. Windows considers a thread hung if
 * it has not pumped messages for 5 s, even one that has just answered and is about to pump the
 * next. Start with all zero.
 */
#define CD_HEARD_KEPT 16

typedef struct cd_heard {
    struct {
        HWND window;
        double at; /* seconds, from cd_clock_seconds */
    } kept[CD_HEARD_KEPT];
} cd_heard;

/* The window has answered, or sent something. */
void cd_heard_note(cd_heard *heard, HWND window);

/*
 * Sends any message to another program's window, and reports failures as cd_deliver does. Reports
 * HUNG only if the window has also been silent for 5 s; `heard` records windows that answer.
 */
bool cd_deliver_to_stranger(cd_heard *heard, HWND receiver, UINT message, WPARAM wparam,
                            LPARAM lparam, double seconds, DWORD_PTR *answer, cd_failure *failure);

/*
 * Posts a message to the queue of a window's thread, without waiting. Returns whether it is there;
 * if not, `failure` says why: GONE, DENIED, BUSY (the queue is full), or what cd_fail_win32 says.
 */
bool cd_deliver_post(HWND receiver, UINT message, WPARAM wparam, LPARAM lparam,
                     cd_failure *failure);

#endif
