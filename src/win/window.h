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
#define CD_WINDOW_EXTRA_BYTES (2 * sizeof(LONG_PTR)) /* in all */

/* Posted to the window: destroy yourself. Its own thread only can. */
#define CD_WINDOW_DESTROY (WM_APP + 1)

/* Posted to the window: something was pressed (interrupt.h), tell the script. */
#define CD_WINDOW_ALERT (WM_APP + 2)

struct cd_endpoint;

/*
 * Makes an endpoint's window in the calling thread; DestroyWindow ends it. When it is destroyed, by
 * whomever, the endpoint's hwnd becomes NULL. Returns NULL with `failure` filled in when Windows
 * will not. From the first window on this module stays loaded until the process ends.
 */
HWND cd_window_create(struct cd_endpoint *endpoint, cd_failure *failure);

#endif
