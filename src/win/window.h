/* SPDX-License-Identifier: MIT
 *
 * The hidden window: its class, its life, its procedure.
 */
#ifndef COPYDATA_WIN_WINDOW_H
#define COPYDATA_WIN_WINDOW_H

#include "failure.h"

#include <windows.h>

#define CD_WINDOW_CLASS L"copydata.endpoint"

/* Extra bytes of the window, for those who know only the window: see interrupt.h. */
#define CD_WINDOW_STATE       0                      /* offsets, for Get- and SetWindowLongPtr */
#define CD_WINDOW_PRESSER     sizeof(LONG_PTR)
#define CD_WINDOW_KNOWN       (2 * sizeof(LONG_PTR)) /* 1: it was told its endpoint */
#define CD_WINDOW_EXTRA_BYTES (3 * sizeof(LONG_PTR)) /* in all */

/* Posted to the window: something was pressed (interrupt.h), tell the script. */
#define CD_WINDOW_ALERT (WM_APP + 1)

struct cd_endpoint;

/*
 * Makes an endpoint's window in the calling thread. When it is destroyed, by whomever, the
 * endpoint's hwnd becomes NULL. Returns NULL with `failure` filled in when Windows
 * will not. From the first window on this module stays loaded until the process ends.
 */
HWND cd_window_create(struct cd_endpoint *endpoint, cd_failure *failure);

/*
 * Parts a window from its endpoint and destroys it: at once in its own thread, soon from another.
 * Harmless when it was destroyed before.
 */
void cd_window_destroy(HWND hwnd);

#endif
