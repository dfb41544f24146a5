/* SPDX-License-Identifier: MIT
 *
 * A thread of a window's own: it takes messages also while the script is busy. It does nothing
 * else, and knows no Lua.
 */
#ifndef COPYDATA_WIN_PUMP_H
#define COPYDATA_WIN_PUMP_H

#include "failure.h"

/* Makes the window, in the thread that is to pump it. NULL, with `failure` filled in, when Windows
 * will not. */
typedef HWND cd_pump_make(void *context, cd_failure *failure);

/*
 * Starts the thread, with so many bytes reserved for its stack, and waits until it has made its
 * window, which is in `*window` before that gets its first message from the pump. Returns the
 * thread; NULL with `failure` filled in when there is neither. The thread ends with its window, and
 * at WM_QUIT.
 */
HANDLE cd_pump_start(cd_pump_make *make, void *context, size_t stack, HWND *window,
                     cd_failure *failure);

/* Destroys the window, if it is still there, by WM_CLOSE, and waits for the end of the thread. */
void cd_pump_stop(HANDLE thread, HWND window);

#endif
