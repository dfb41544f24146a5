/* SPDX-License-Identifier: MIT */
#include "pump.h"

#define PATIENCE 10 /* milliseconds between attempts to end it */

/* What the starting thread passes to the new one. */
typedef struct start {
    cd_pump_make *make;
    void *context;
    HWND *window;
    cd_failure *failure;
    HANDLE done; /* set when the window has been made, or could not be */
} start;

/* Pumps until the window is gone. */
static DWORD WINAPI run(LPVOID parameter)
{
    start *starting = parameter;
    MSG message;

    ImmDisableIME(0); /* otherwise Windows gives this thread a second window, for text input */
    HWND hwnd = starting->make(starting->context, starting->failure);
    *starting->window = hwnd;
    SetEvent(starting->done); /* from here on `starting` is invalid */
    if (hwnd == NULL)
        return 0;
    /* Negative: Wine could not put a frame on the stack; `message` is not filled in, and the thread
     * can go on. 0: WM_QUIT, which another program may have posted. */
    for (int got; IsWindow(hwnd) && (got = GetMessageW(&message, NULL, 0, 0)) != 0;)
        if (got > 0)
            DispatchMessageW(&message);
    DestroyWindow(hwnd);
    return 0;
}

HANDLE cd_pump_start(cd_pump_make *make, void *context, size_t stack, HWND *window,
                     cd_failure *failure)
{
    start starting = {.make = make, .context = context, .window = window, .failure = failure};

    *window = NULL;
    starting.done = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (starting.done == NULL) {
        cd_fail_win32(failure, "CreateEvent", GetLastError());
        return NULL;
    }
    HANDLE thread =
        CreateThread(NULL, stack, run, &starting, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
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
    /* Not a post, because a full queue would refuse it. */
    do
        SendNotifyMessageW(window, WM_CLOSE, 0, 0);
    while (WaitForSingleObject(thread, PATIENCE) == WAIT_TIMEOUT);
    CloseHandle(thread);
}
