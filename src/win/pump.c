/* SPDX-License-Identifier: MIT */
#include "pump.h"

/*
 * Wine puts a whole frame on the stack of the thread that receives it, and programs that we did not
 * write may send large ones. Only reserved: pages are used as they are touched. A 32-bit program has
 * less to give.
 */
#define STACK_SIZE (sizeof(void *) > 4 ? 64u * 1024 * 1024 : 4u * 1024 * 1024)

#define PATIENCE 10 /* milliseconds between attempts to end it */

/* What the thread that starts hands to the one that is started. */
typedef struct start {
    const cd_window_calls *calls;
    void *owner;
    HWND *window;
    cd_failure *failure;
    HANDLE done; /* set when the window is made, or is not */
} start;

/* Until the window is gone. */
static DWORD WINAPI run(LPVOID parameter)
{
    start *starting = parameter;
    MSG message;

    ImmDisableIME(0); /* Windows would give this thread a second window, for text input */
    HWND hwnd = cd_window_create(starting->calls, starting->owner, starting->failure);
    *starting->window = hwnd;
    SetEvent(starting->done); /* from here on `starting` is gone */
    if (hwnd == NULL)
        return 0;
    /* Negative: Wine could not put a frame on the stack; `message` is not filled in, and the thread
     * can go on. 0: WM_QUIT, which may be somebody else's. */
    for (int got; IsWindow(hwnd) && (got = GetMessageW(&message, NULL, 0, 0)) != 0;)
        if (got > 0)
            DispatchMessageW(&message);
    DestroyWindow(hwnd);
    return 0;
}

HANDLE cd_pump_start(const cd_window_calls *calls, void *owner, HWND *window, cd_failure *failure)
{
    start starting = {.calls = calls, .owner = owner, .window = window, .failure = failure};

    *window = NULL;
    starting.done = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (starting.done == NULL) {
        cd_fail_win32(failure, "CreateEvent", GetLastError());
        return NULL;
    }
    HANDLE thread =
        CreateThread(NULL, STACK_SIZE, run, &starting, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread == NULL)
        cd_fail_win32(failure, "CreateThread", GetLastError());
    else
        WaitForSingleObject(starting.done, INFINITE);
    CloseHandle(starting.done);
    if (thread != NULL && *window == NULL) {
        cd_pump_stop(thread, NULL);
        thread = NULL;
    }
    return thread;
}

void cd_pump_stop(HANDLE thread, HWND window)
{
    /* Not a post, of which there is no room when the thread's queue is full. */
    do
        SendNotifyMessageW(window, WM_CLOSE, 0, 0);
    while (WaitForSingleObject(thread, PATIENCE) == WAIT_TIMEOUT);
    CloseHandle(thread);
}
