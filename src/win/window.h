/* SPDX-License-Identifier: MIT
 *
 * The windows of this process's endpoints: their class, lifetime and procedure. Endpoints of
 * copydata's protocol have message-only windows (HWND_MESSAGE), which get no broadcasts: a script
 * that does not pump messages delays no broadcast.
 *
 * Other processes can write a window's words and properties, so we look up a window by its handle,
 * in our own memory.
 */
#ifndef COPYDATA_WIN_WINDOW_H
#define COPYDATA_WIN_WINDOW_H

#include "failure.h"

#include <stdbool.h>
#include <windows.h>

#define CD_WINDOW_CLASS L"copydata.endpoint"

/*
 * Callbacks for a window's messages. Called in the window's thread, by its pump or from within its
 * own sends; they must not call Lua, send, or wait, and are no longer called once cd_window_destroy
 * has returned.
 */
typedef struct cd_window_calls {
    LRESULT (*copydata)(void *owner, HWND sender, const COPYDATASTRUCT *data);
    /* Any message except these, WM_TIMER, and those that begin and end a window. Returns whether
     * the owner handled it and set the answer. */
    bool (*other)(void *owner, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *answer);
    bool (*timer)(void *owner);     /* of cd_window_start_timer; false stops it */
    void (*destroyed)(void *owner); /* other than by cd_window_destroy */
} cd_window_calls;

/* How other programs find a window. All zero: as for endpoints of copydata's protocol. */
typedef struct cd_window_look {
    const wchar_t *class; /* at most 255 units; NULL: CD_WINDOW_CLASS */
    const wchar_t *title; /* NULL: "copydata" */
    bool top_level;       /* hidden, but listed by EnumWindows, and gets broadcasts; otherwise
                             message-only */
} cd_window_look;

/*
 * Makes a window in the calling thread; its owner must destroy it before going away. Returns NULL
 * with `failure` filled in on failure. From the first window on, this module and each window class
 * stay loaded until the process ends.
 */
HWND cd_window_create(const cd_window_look *look, const cd_window_calls *calls, void *owner,
                      cd_failure *failure);

/*
 * Lets a message through to a window of ours from programs of lower integrity: otherwise Windows
 * drops it (User Interface Privilege Isolation). On failure fills in `failure`.
 */
bool cd_window_admit(HWND hwnd, UINT message, cd_failure *failure);

/* Calls `timer` about once a second, in the window's thread. */
void cd_window_start_timer(HWND hwnd);

/*
 * Detaches a window from its owner, waiting for a running callback, and destroys it: at once in its
 * own thread, soon from another. Harmless if it was already destroyed.
 */
void cd_window_destroy(HWND hwnd);

#endif
