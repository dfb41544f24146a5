/* SPDX-License-Identifier: MIT
 *
 * The windows of this process's endpoints: their class, their life, their procedure. Those of
 * copydata's protocol are for messages only (HWND_MESSAGE) and get no broadcasts: a script that does
 * not look for messages holds up nobody who sends one.
 *
 * Other processes can write a window's words and properties, so a window is found by its handle, in
 * memory of our own.
 */
#ifndef COPYDATA_WIN_WINDOW_H
#define COPYDATA_WIN_WINDOW_H

#include "failure.h"

#include <stdbool.h>
#include <windows.h>

#define CD_WINDOW_CLASS L"copydata.endpoint"

/*
 * What becomes of a window's messages. Called in the window's thread, by its pump or from within
 * its own sends; must not call Lua, send, or wait for anything, and is not called any more once
 * cd_window_destroy has returned.
 */
typedef struct cd_window_calls {
    LRESULT (*copydata)(void *owner, HWND sender, const COPYDATASTRUCT *data);
    /* Any message but these, WM_TIMER, and those that begin and end a window. Returns whether it
     * is the owner's, who then answers it. */
    bool (*other)(void *owner, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *answer);
    bool (*timer)(void *owner);     /* of cd_window_start_timer; false ends it */
    void (*destroyed)(void *owner); /* by whomever, but for cd_window_destroy */
} cd_window_calls;

/* What other programs find a window by. All zero: an endpoint's of copydata. */
typedef struct cd_window_look {
    const wchar_t *class; /* at most 255 units; NULL: CD_WINDOW_CLASS */
    const wchar_t *title; /* NULL: "copydata" */
    bool top_level;       /* hidden among the ordinary ones, as EnumWindows lists them, and gets
                             broadcasts; otherwise it is for messages only */
} cd_window_look;

/*
 * Makes a window in the calling thread, for an owner who destroys it before it is gone itself.
 * Returns NULL with `failure` filled in when Windows will not. From the first window on this module
 * stays loaded until the process ends, and so does each class.
 */
HWND cd_window_create(const cd_window_look *look, const cd_window_calls *calls, void *owner,
                      cd_failure *failure);

/* Calls `timer` once a second or so, in the window's thread. */
void cd_window_start_timer(HWND hwnd);

/*
 * Parts a window from its owner, waiting for a call that is under way, and destroys it: at once in
 * its own thread, soon from another. Harmless when it was destroyed before.
 */
void cd_window_destroy(HWND hwnd);

#endif
