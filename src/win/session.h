/* SPDX-License-Identifier: MIT
 *
 * What Windows tells the process as a whole: that it should close, as taskkill without /F does, and
 * that the session ends. Both reach only top-level windows, which endpoints are not, so the process
 * has a window for this: hidden, made with its first endpoint, in a thread that does nothing but
 * pump it, so that it delays no broadcast either. It stays until the process ends.
 *
 * The end of the session is delayed until every endpoint of the process is closed, or the process
 * has ended, but for at most 4 s: then Windows ends the process.
 */
#ifndef COPYDATA_WIN_SESSION_H
#define COPYDATA_WIN_SESSION_H

#include "failure.h"

#include <stdbool.h>

/*
 * Count open endpoints; from any thread. cd_session_enter returns false with `failure` filled in
 * when Windows cannot provide the window or thread.
 */
bool cd_session_enter(cd_failure *failure);
void cd_session_leave(void);

/* What the process has been told. It only ever advances down this list. */
typedef enum cd_session_news {
    CD_SESSION_QUIET,
    CD_SESSION_CLOSE, /* it should close */
    CD_SESSION_ENDING /* the session ends */
} cd_session_news;

/* From any thread, without a system call. A change wakes all listeners (listener.h). */
cd_session_news cd_session_told(void);

#endif
