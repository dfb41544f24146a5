/* SPDX-License-Identifier: MIT */
#include "window.h"
#include "dll.h"

#include <stdlib.h>

#define TIMER          1
#define TIMER_INTERVAL 1000 /* milliseconds */

/* A window of this process. */
typedef struct member {
    struct member *next;
    HWND hwnd;
    const cd_window_calls *calls;
    void *owner;
} member;

/* All of them, across Lua states. The lock is held shared during a callback. */
static struct {
    SRWLOCK lock;
    member *first;
} windows = {SRWLOCK_INIT, NULL};

/* A window's link in the list; points to NULL when it is not there. */
static member **find(HWND hwnd)
{
    member **link = &windows.first;

    while (*link != NULL && (*link)->hwnd != hwnd)
        link = &(*link)->next;
    return link;
}

/* Removes a window from the list; with `tell`, notifies its owner. */
static void part(HWND hwnd, bool tell)
{
    AcquireSRWLockExclusive(&windows.lock);
    member **link = find(hwnd);
    member *found = *link;
    if (found != NULL) {
        *link = found->next;
        if (tell)
            found->calls->destroyed(found->owner);
    }
    ReleaseSRWLockExclusive(&windows.lock);
    free(found);
}

/* Calls the window's owner. Returns whether the owner handled the message. */
static bool call(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *result)
{
    AcquireSRWLockShared(&windows.lock);
    const member *found = *find(hwnd);
    bool mine = found != NULL;
    *result = 0;
    if (mine && message == WM_COPYDATA)
        *result =
            found->calls->copydata(found->owner, (HWND)wparam, (const COPYDATASTRUCT *)lparam);
    else if (mine && message != WM_TIMER)
        mine = found->calls->other(found->owner, message, wparam, lparam, result);
    else if (mine && !found->calls->timer(found->owner))
        KillTimer(hwnd, TIMER);
    ReleaseSRWLockShared(&windows.lock);
    return mine;
}

static LRESULT CALLBACK on_message(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    LRESULT result;

    if (message == WM_NCDESTROY) /* after a posted WM_CLOSE; or forged */
        part(hwnd, true);
    else if (call(hwnd, message, wparam, lparam, &result))
        return result;
    return DefWindowProcW(hwnd, message, wparam, lparam);
}

/* Never shown. */
static HWND create_window(const cd_window_look *look, const wchar_t *class)
{
    const wchar_t *title = look->title != NULL ? look->title : L"copydata";

    if (!look->top_level)
        return CreateWindowExW(0, class, title, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, cd_dll(), NULL);
    return CreateWindowExW(WS_EX_TOOLWINDOW | WS_EX_NOACTIVATE, class, title, WS_POPUP, 0, 0, 0, 0,
                           NULL, NULL, cd_dll(), NULL);
}

HWND cd_window_create(const cd_window_look *look, const cd_window_calls *calls, void *owner,
                      cd_failure *failure)
{
    const wchar_t *class = look->class != NULL ? look->class : CD_WINDOW_CLASS;
    member *added = malloc(sizeof *added);

    if (added == NULL) {
        cd_fail(failure, "MEMORY", "not enough memory for another window");
        return NULL;
    }
    if (!cd_dll_register(class, on_message, failure)) {
        free(added);
        return NULL;
    }
    HWND hwnd = create_window(look, class);
    if (hwnd == NULL) {
        cd_fail_win32(failure, "CreateWindowEx", GetLastError());
        free(added);
        return NULL;
    }
    /* The owner's first message arrives only when this thread pumps. */
    AcquireSRWLockExclusive(&windows.lock);
    *added = (member){windows.first, hwnd, calls, owner};
    windows.first = added;
    ReleaseSRWLockExclusive(&windows.lock);
    return hwnd;
}

bool cd_window_admit(HWND hwnd, UINT message, cd_failure *failure)
{
    if (ChangeWindowMessageFilterEx(hwnd, message, MSGFLT_ALLOW, NULL))
        return true;
    cd_fail_win32(failure, "ChangeWindowMessageFilterEx", GetLastError());
    return false;
}

void cd_window_start_timer(HWND hwnd)
{
    SetTimer(hwnd, TIMER, TIMER_INTERVAL, NULL);
}

void cd_window_destroy(HWND hwnd)
{
    part(hwnd, false);
    /* Not a post, because a full queue would refuse it. */
    if (GetWindowThreadProcessId(hwnd, NULL) == GetCurrentThreadId())
        DestroyWindow(hwnd);
    else
        SendNotifyMessageW(hwnd, WM_CLOSE, 0, 0);
}
