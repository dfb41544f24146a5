/* SPDX-License-Identifier: MIT */
#include "interrupt.h"
#include "directory.h"
#include "endpoint.h"
#include "window.h"

#include <stdlib.h>

enum {
    RUNNING = 1, /* the endpoint takes Ctrl+C for itself */
    PENDING = 2  /* it was pressed */
};

#define PATIENCE 1000 /* milliseconds for the other handlers of Ctrl+C */

/* Marks an endpoint of this process and wakes it. Returns whether Ctrl+C is that one's. */
static bool press(HWND hwnd)
{
    LONG_PTR state = GetWindowLongPtrW(hwnd, CD_WINDOW_STATE);

    if (state & PENDING)
        return false;
    SetWindowLongPtrW(hwnd, CD_WINDOW_PRESSER, (LONG_PTR)GetCurrentThreadId());
    /* Two presses at once run in two threads: only one finds what was there before. */
    state = SetWindowLongPtrW(hwnd, CD_WINDOW_STATE, state | PENDING);
    PostMessageW(hwnd, CD_WINDOW_ALERT, 0, 0);
    return state == RUNNING;
}

static BOOL WINAPI on_control(DWORD event)
{
    cd_list list;
    BOOL taken = FALSE;

    if (event != CTRL_C_EVENT)
        return FALSE;
    cd_directory_endpoints(&list);
    for (size_t i = 0; i < list.count; i++) {
        HWND hwnd = ((HWND *)list.items)[i];
        DWORD pid = 0;
        GetWindowThreadProcessId(hwnd, &pid);
        if (pid == GetCurrentProcessId() && press(hwnd))
            taken = TRUE;
    }
    free(list.items);
    return taken;
}

void cd_interrupt_yield(struct cd_endpoint *endpoint)
{
    DWORD id = (DWORD)GetWindowLongPtrW(cd_endpoint_hwnd(endpoint), CD_WINDOW_PRESSER);
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
    SetWindowLongPtrW(cd_endpoint_hwnd(endpoint), CD_WINDOW_STATE, RUNNING);
}

void cd_interrupt_end(struct cd_endpoint *endpoint)
{
    endpoint->running = false;
    cd_interrupt_clear(endpoint);
}

bool cd_interrupt_pending(struct cd_endpoint *endpoint)
{
    HWND hwnd = cd_endpoint_hwnd(endpoint);

    return hwnd != NULL && (GetWindowLongPtrW(hwnd, CD_WINDOW_STATE) & PENDING) != 0;
}

void cd_interrupt_clear(struct cd_endpoint *endpoint)
{
    SetWindowLongPtrW(cd_endpoint_hwnd(endpoint), CD_WINDOW_STATE,
                      endpoint->running ? RUNNING : 0);
}
