/* SPDX-License-Identifier: MIT */
#include "session.h"
#include "clock.h"
#include "dll.h"
#include "listener.h"
#include "pump.h"

#define WINDOW_CLASS L"copydata.session"
#define STACK_SIZE   (256u * 1024) /* other programs' hooks run on it too */
#define PATIENCE     4.0           /* seconds; Windows allows a window 5 */

static struct {
    volatile LONG told; /* cd_session_news; the window's thread writes it */
    SRWLOCK lock;       /* for the rest: */
    CONDITION_VARIABLE closed;
    size_t endpoints; /* open ones */
} session = {CD_SESSION_QUIET, SRWLOCK_INIT, CONDITION_VARIABLE_INIT, 0};

cd_session_news cd_session_told(void)
{
    return (cd_session_news)session.told;
}

/* The window ------------------------------------------------------------------------------------*/

static void wake(cd_listener *listener, void *context)
{
    (void)context;
    cd_listener_wake(listener);
}

/* Returns whether this is news. */
static bool tell(cd_session_news news)
{
    if (session.told >= (LONG)news)
        return false;
    InterlockedExchange(&session.told, (LONG)news);
    cd_listeners_tell(wake, NULL);
    return true;
}

static void wait_until_closed(void)
{
    const double deadline = cd_clock_seconds() + PATIENCE;

    AcquireSRWLockExclusive(&session.lock);
    while (session.endpoints > 0 &&
           SleepConditionVariableSRW(&session.closed, &session.lock, cd_clock_left(deadline), 0))
        continue;
    ReleaseSRWLockExclusive(&session.lock);
}

static LRESULT CALLBACK on_message(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    switch (message) {
    case WM_CLOSE:   /* the window stays, for later news */
    case WM_DESTROY: /* after a WM_QUIT posted to the thread; or forged */
        tell(CD_SESSION_CLOSE);
        return 0;
    case WM_QUERYENDSESSION:
        return TRUE;
    case WM_ENDSESSION: /* once per news, even if forged */
        if (wparam != FALSE &&
            tell((lparam & ENDSESSION_CLOSEAPP) != 0 ? CD_SESSION_CLOSE : CD_SESSION_ENDING))
            wait_until_closed();
        return 0;
    default:
        return DefWindowProcW(hwnd, message, wparam, lparam);
    }
}

static HWND make_window(void *context, cd_failure *failure)
{
    (void)context;
    if (!cd_dll_register(WINDOW_CLASS, on_message, failure))
        return NULL;
    HWND hwnd = CreateWindowExW(WS_EX_TOOLWINDOW | WS_EX_NOACTIVATE, WINDOW_CLASS, L"copydata",
                                WS_POPUP, 0, 0, 0, 0, NULL, NULL, cd_dll(), NULL);
    if (hwnd == NULL)
        cd_fail_win32(failure, "CreateWindowEx", GetLastError());
    return hwnd;
}

/* Once per process; again if it failed. */
static BOOL CALLBACK open(PINIT_ONCE once, PVOID failure, PVOID *context)
{
    HWND window;

    (void)once, (void)context;
    HANDLE thread = cd_pump_start(make_window, NULL, STACK_SIZE, &window, failure);
    if (thread != NULL)
        CloseHandle(thread);
    return thread != NULL;
}

/* Endpoints -------------------------------------------------------------------------------------*/

bool cd_session_enter(cd_failure *failure)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

    if (!InitOnceExecuteOnce(&once, open, failure, NULL))
        return false;
    AcquireSRWLockExclusive(&session.lock);
    session.endpoints++;
    ReleaseSRWLockExclusive(&session.lock);
    return true;
}

void cd_session_leave(void)
{
    AcquireSRWLockExclusive(&session.lock);
    if (--session.endpoints == 0)
        WakeAllConditionVariable(&session.closed);
    ReleaseSRWLockExclusive(&session.lock);
}
