/* SPDX-License-Identifier: MIT
 *
 * A thread for one window: it accepts messages even while the script is busy. It does nothing else,
 * and knows no Lua.
 */
#ifndef COPYDATA_WIN_PUMP_H
#define COPYDATA_WIN_PUMP_H

#include "failure.h"

/* Makes the window, in the thread that pumps it. NULL, with `failure` filled in, when Windows
 * refuses. */
typedef HWND cd_pump_make(void *context, cd_failure *failure);

/*
 * Starts the thread, with `stack` bytes reserved for its stack, and waits until it has made its
 * window, which is stored in `*window` before it gets its first message from the pump. Returns the
 * thread; NULL with `failure` filled in when either cannot be made. The thread ends with its
 * window, and at WM_QUIT.
 */
HANDLE cd_pump_start(cd_pump_make *make, void *context, size_t stack, HWND *window,
                     cd_failure *failure);

/* Destroys the window, if it still exists, by WM_CLOSE, and waits for the thread to end. */
void cd_pump_stop(HANDLE thread, HWND window);

#endif
