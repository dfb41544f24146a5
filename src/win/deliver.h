/* SPDX-License-Identifier: MIT
 *
 * One message to one window, and what that answers: whatever it carries, whoever asks. Meanwhile
 * Windows calls our own window procedures for what is sent to us. The handles that Windows takes for
 * all windows are those of none here.
 */
#ifndef COPYDATA_WIN_DELIVER_H
#define COPYDATA_WIN_DELIVER_H

#include "failure.h"
#include "heard.h"

#include <stdbool.h>

/*
 * Sends `data` and waits for the window's answer, at most `seconds` (which are 0 or more).
 * `sender` is the wParam.
 * Returns whether there is an answer, in `*answer`; if not, `failure` says why: GONE, DENIED,
 * TIMEOUT (outcome unknown), HUNG (not sent), or what cd_fail_win32 makes of the error. `*stale`
 * tells whether there was no such window any more, so that nobody can have looked at the message.
 */
bool cd_deliver(HWND receiver, WPARAM sender, const COPYDATASTRUCT *data, double seconds,
                DWORD_PTR *answer, cd_failure *failure, bool *stale);

/*
 * The same of any message, without a word on it: returns whether there is an answer; if not, Win32's
 * error is in `*error`, ERROR_SUCCESS where Windows does not say.
 */
bool cd_deliver_message(HWND receiver, UINT message, WPARAM wparam, LPARAM lparam, double seconds,
                        DWORD_PTR *answer, DWORD *error);

/*
 * Any message to a window of another program, as cd_deliver says what comes of it. HUNG says only
 * who has not been heard of for 5 s either: `heard` notes who answers.
 */
bool cd_deliver_to_stranger(cd_heard *heard, HWND receiver, UINT message, WPARAM wparam,
                            LPARAM lparam, double seconds, DWORD_PTR *answer, cd_failure *failure);

/*
 * Puts a message into the queue of a window's thread, without waiting. Returns whether it is there;
 * if not, `failure` says why: GONE, DENIED, BUSY (the queue is full), or what cd_fail_win32 says.
 */
bool cd_deliver_post(HWND receiver, UINT message, WPARAM wparam, LPARAM lparam,
                     cd_failure *failure);

#endif
