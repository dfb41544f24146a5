/* SPDX-License-Identifier: MIT */
#include "window.h"
#include "dll.h"

#include <stdlib.h>

#define TIMER          1
#define TIMER_INTERVAL 1000   /* milliseconds */
#define REGISTERED     0xC000 /* the first number that RegisterWindowMessage gives */

/* A window of this process. */
typedef struct member {
    struct member *next;
    HWND hwnd;
    const cd_window_calls *calls;
    void *owner;
} member;

/* All of them, whichever Lua state they belong to. The lock is held shared during a call. */
static struct {
    SRWLOCK lock;
    member *first;
} windows = {SRWLOCK_INIT, NULL};

/* Where a window is in the list; what is there is NULL when it is not. */
static member **find(HWND hwnd)
{
    member **link = &windows.first;

    while (*link != NULL && (*link)->hwnd != hwnd)
        link = &(*link)->next;
    return link;
}

/* Takes a window off the list; with `tell` its owner is told. */
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

/* Calls the window's owner. Returns whether the message was for it. */
static bool call(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *result)
{
    AcquireSRWLockShared(&windows.lock);
    const member *found = *find(hwnd);
    bool mine = found != NULL;
    *result = 0;
    if (mine && message == WM_COPYDATA)
        *result = found->calls->copydata(found->owner, (HWND)wparam,
                                         (const COPYDATASTRUCT *)lparam);
    else if (mine && message >= REGISTERED)
        found->calls->registered(found->owner, message);
    else if (mine && !found->calls->timer(found->owner))
        KillTimer(hwnd, TIMER);
    ReleaseSRWLockShared(&windows.lock);
    return mine;
}

static LRESULT CALLBACK on_message(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    LRESULT result;

    switch (message) {
    case WM_COPYDATA:
    case WM_TIMER:
        if (call(hwnd, message, wparam, lparam, &result))
            return result;
        break;
    case WM_NCDESTROY: /* because somebody posted WM_CLOSE; or forged */
        part(hwnd, true);
        break;
    default:
        if (message >= REGISTERED)
            call(hwnd, message, wparam, lparam, &result);
        break;
    }
    return DefWindowProcW(hwnd, message, wparam, lparam);
}

/* Once for the process, which keeps it: another thread may be about to use it. */
static BOOL CALLBACK register_class(PINIT_ONCE once, PVOID error, PVOID *context)
{
    const WNDCLASSEXW class = {
        .cbSize = sizeof class,
        .lpfnWndProc = on_message,
        .hInstance = cd_dll(),
        .lpszClassName = CD_WINDOW_CLASS,
    };

    (void)once, (void)context;
    cd_dll_stay_loaded();
    ATOM atom = RegisterClassExW(&class);
    *(DWORD *)error = GetLastError();
    return atom != 0;
}

HWND cd_window_create(const cd_window_calls *calls, void *owner, cd_failure *failure)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    DWORD error = ERROR_SUCCESS;
    member *added = malloc(sizeof *added);

    if (added == NULL) {
        cd_fail(failure, "MEMORY", "not enough memory for another window");
        return NULL;
    }
    if (!InitOnceExecuteOnce(&once, register_class, &error, NULL)) {
        cd_fail_win32(failure, "RegisterClassEx", error);
        free(added);
        return NULL;
    }
    HWND hwnd = CreateWindowExW(0, CD_WINDOW_CLASS, L"copydata", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL,
                                cd_dll(), NULL);
    if (hwnd == NULL) {
        cd_fail_win32(failure, "CreateWindowEx", GetLastError());
        free(added);
        return NULL;
    }
    /* Its first message with a meaning for the owner comes when this thread pumps. */
    AcquireSRWLockExclusive(&windows.lock);
    *added = (member){windows.first, hwnd, calls, owner};
    windows.first = added;
    ReleaseSRWLockExclusive(&windows.lock);
    return hwnd;
}

void cd_window_start_timer(HWND hwnd)
{
    SetTimer(hwnd, TIMER, TIMER_INTERVAL, NULL);
}

void cd_window_destroy(HWND hwnd)
{
    part(hwnd, false);
    /* Not a post, of which there is no room when a window's queue is full. */
    if (GetWindowThreadProcessId(hwnd, NULL) == GetCurrentThreadId())
        DestroyWindow(hwnd);
    else
        SendNotifyMessageW(hwnd, WM_CLOSE, 0, 0);
}
