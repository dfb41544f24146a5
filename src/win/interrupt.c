/* SPDX-License-Identifier: MIT */
#include "interrupt.h"
#include "endpoint.h"
#include "window.h"

enum {
    RUNNING = 1, /* the endpoint takes Ctrl+C for itself */
    PENDING = 2  /* it was pressed */
};

#define PATIENCE 1000 /* milliseconds for the other handlers of Ctrl+C */

static BOOL WINAPI on_control(DWORD event)
{
    HWND hwnd = NULL;
    BOOL taken = FALSE;

    if (event != CTRL_C_EVENT)
        return FALSE;
    while ((hwnd = FindWindowExW(NULL, hwnd, CD_WINDOW_CLASS, NULL)) != NULL) {
        DWORD pid = 0;
        GetWindowThreadProcessId(hwnd, &pid);
        if (pid != GetCurrentProcessId())
            continue;
        LONG_PTR state = GetWindowLongPtrW(hwnd, CD_WINDOW_STATE);
        if (state & PENDING)
            continue;
        SetWindowLongPtrW(hwnd, CD_WINDOW_PRESSER, (LONG_PTR)GetCurrentThreadId());
        /* Two presses at once run in two threads: only one finds what was there before. */
        state = SetWindowLongPtrW(hwnd, CD_WINDOW_STATE, state | PENDING);
        PostMessageW(hwnd, WM_NULL, 0, 0);
        taken = taken || state == RUNNING;
    }
    return taken;
}

void cd_interrupt_yield(const struct cd_endpoint *endpoint)
{
    DWORD id = (DWORD)GetWindowLongPtrW(endpoint->hwnd, CD_WINDOW_PRESSER);
    HANDLE presser = OpenThread(SYNCHRONIZE, FALSE, id);

    /* Windows makes a thread for each Ctrl+C, which calls one handler after the other. */
    if (presser != NULL) {
        WaitForSingleObject(presser, PATIENCE);
        CloseHandle(presser);
    }
}

void cd_interrupt_watch(void)
{
    SetConsoleCtrlHandler(on_control, TRUE);
}

void cd_interrupt_unwatch(void)
{
    SetConsoleCtrlHandler(on_control, FALSE);
}

void cd_interrupt_begin(struct cd_endpoint *endpoint)
{
    endpoint->running = true;
    if (endpoint->hwnd != NULL)
        SetWindowLongPtrW(endpoint->hwnd, CD_WINDOW_STATE, RUNNING);
}

void cd_interrupt_end(struct cd_endpoint *endpoint)
{
    endpoint->running = false;
    cd_interrupt_clear(endpoint);
}

bool cd_interrupt_pending(const struct cd_endpoint *endpoint)
{
    return endpoint->hwnd != NULL &&
           (GetWindowLongPtrW(endpoint->hwnd, CD_WINDOW_STATE) & PENDING) != 0;
}

void cd_interrupt_clear(struct cd_endpoint *endpoint)
{
    if (endpoint->hwnd != NULL)
        SetWindowLongPtrW(endpoint->hwnd, CD_WINDOW_STATE, endpoint->running ? RUNNING : 0);
}
