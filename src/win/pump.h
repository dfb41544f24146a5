/* SPDX-License-Identifier: MIT
 *
 * A thread of a window's own: it accepts messages also while the script is busy. It does nothing
 * else, and knows no Lua.
 */
#ifndef COPYDATA_WIN_PUMP_H
#define COPYDATA_WIN_PUMP_H

#include "window.h"

/*
 * Starts the thread and waits until it has made a window (window.h), which is in `*window` before
 * any of `calls` is. Returns the thread; NULL with `failure` filled in when there is neither.
 * `destroyed` is to post WM_QUIT, which ends the thread.
 */
HANDLE cd_pump_start(const cd_window_calls *calls, void *owner, HWND *window, cd_failure *failure);

/* Destroys the window, if it is still there, and waits for the end of the thread. */
void cd_pump_stop(HANDLE thread, HWND window);

#endif
