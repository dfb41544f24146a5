/* SPDX-License-Identifier: MIT */
#include "pump.h"
#include "endpoint.h"
#include "window.h"

/* Wine puts a whole frame on the stack of the thread that receives it. Only reserved: pages are
 * used as they are touched. */
#define STACK_SIZE (64u * 1024 * 1024)

/* What the thread that starts hands to the one that is started. */
typedef struct start {
    cd_endpoint *endpoint;
    cd_failure *failure;
    HANDLE done; /* set when the window is made, or is not */
    bool made;
} start;

static DWORD WINAPI pump(LPVOID parameter)
{
    start *starting = parameter;
    cd_endpoint *endpoint = starting->endpoint;
    MSG message;

    ImmDisableIME(0); /* Windows would give this thread a second window, for text input */
    HWND hwnd = cd_window_create(endpoint, starting->failure);
    bool made = hwnd != NULL;
    endpoint->hwnd = endpoint->window = hwnd;
    starting->made = made;
    SetEvent(starting->done); /* from here on `starting` is gone */
    /* Until the end of the window posts WM_QUIT. Negative: Wine could not put a frame on the stack;
     * `message` is not filled in, and the thread can go on. */
    for (int got; made && (got = GetMessageW(&message, NULL, 0, 0)) != 0;)
        if (got > 0)
            DispatchMessageW(&message);
    if (made)
        DestroyWindow(hwnd); /* in case that WM_QUIT came from somebody else */
    return 0;
}

bool cd_pump_start(struct cd_endpoint *endpoint, cd_failure *failure)
{
    start starting = {.endpoint = endpoint, .failure = failure};

    endpoint->signal = CreateEventW(NULL, FALSE, FALSE, NULL);
    starting.done = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (endpoint->signal != NULL && starting.done != NULL)
        endpoint->pump = CreateThread(NULL, STACK_SIZE, pump, &starting,
                                      STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (endpoint->pump == NULL)
        cd_fail_win32(failure, "CreateThread", GetLastError());
    else
        WaitForSingleObject(starting.done, INFINITE);
    if (starting.done != NULL)
        CloseHandle(starting.done);
    if (!starting.made)
        cd_pump_stop(endpoint);
    return starting.made;
}

void cd_pump_stop(struct cd_endpoint *endpoint)
{
    if (endpoint->pump != NULL) {
        PostThreadMessageW(GetThreadId(endpoint->pump), WM_QUIT, 0, 0);
        WaitForSingleObject(endpoint->pump, INFINITE);
        CloseHandle(endpoint->pump);
    }
    if (endpoint->signal != NULL)
        CloseHandle(endpoint->signal);
    endpoint->pump = NULL;
    endpoint->signal = NULL;
}
