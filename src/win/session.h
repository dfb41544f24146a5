/* SPDX-License-Identifier: MIT
 *
 * What the process as a whole is told: that it is asked to close, as by taskkill without /F, and
 * that the session ends. Both come to top-level windows alone, which endpoints are not, so the
 * process has one for this: hidden, made with its first endpoint, in a thread of its own that does
 * nothing but pump it, so that it holds up no broadcast either. It stays until the process ends.
 *
 * The end of the session is held up until every endpoint of the process is closed, or the process
 * has ended, but for 4 s at most: Windows ends the process afterwards.
 */
#ifndef COPYDATA_WIN_SESSION_H
#define COPYDATA_WIN_SESSION_H

#include "failure.h"

#include <stdbool.h>

/*
 * Counts an endpoint that is open, and one that is so no longer; from any thread. Returns false
 * with `failure` filled in when Windows has no window or thread for this.
 */
bool cd_session_enter(cd_failure *failure);
void cd_session_leave(void);

/* What the process has been told. It never goes back: what is further down replaces what is not. */
typedef enum cd_session_news {
    CD_SESSION_QUIET,
    CD_SESSION_CLOSE, /* it is asked to close */
    CD_SESSION_ENDING /* the session ends */
} cd_session_news;

/* From any thread, without a call of the system. All who listen (listener.h) are woken when it has
 * changed. */
cd_session_news cd_session_told(void);

#endif
