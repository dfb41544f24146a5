/* SPDX-License-Identifier: MIT */
#include "wait.h"
#include "interrupt.h"

#define PUMP_MOST 10000 /* a full queue of Windows: a flood of posts must not keep us from Lua */

/* Dispatches what there is. Returns false when WM_QUIT was among it. */
static bool pump(void)
{
    MSG message;

    /* Under Wine a frame larger than the stack makes this return a negative number, with
     * `message` not filled in; the thread can go on. */
    for (int left = PUMP_MOST; left > 0 && PeekMessageW(&message, NULL, 0, 0, PM_REMOVE) > 0;
         left--) {
        if (message.message == WM_QUIT) {
            PostQuitMessage((int)message.wParam); /* for the loops around this one */
            return false;
        }
        TranslateMessage(&message);
        DispatchMessageW(&message);
    }
    return true;
}

/* Waits for a message of the thread, or for the signal of a window with a thread of its own. */
static DWORD wait(cd_endpoint *endpoint, DWORD milliseconds)
{
    DWORD signals = endpoint->signal != NULL;

    return MsgWaitForMultipleObjectsEx(signals, &endpoint->signal, milliseconds, QS_ALLINPUT,
                                       MWMO_INPUTAVAILABLE);
}

/* Whether there is something to wake up for. Otherwise asks for the signal. */
static bool ready(cd_endpoint *endpoint, uint32_t wanted)
{
    uint32_t channel;

    AcquireSRWLockExclusive(&endpoint->lock);
    bool is_ready = cd_endpoint_next(endpoint, wanted, &channel) != NULL ||
                    cd_trust_asked(&endpoint->trust, &channel) != NULL;
    endpoint->waiting = !is_ready;
    ReleaseSRWLockExclusive(&endpoint->lock);
    return is_ready;
}

/* Whether no message can come any more. What the pump dispatched may have closed anything. */
static bool closed(cd_endpoint *endpoint, uint32_t wanted)
{
    return cd_endpoint_hwnd(endpoint) == NULL ||
           (cd_endpoint_wants_channel(wanted) && cd_endpoint_channel(endpoint, wanted) == NULL);
}

cd_wake cd_wait(cd_endpoint *endpoint, uint32_t wanted, double seconds, cd_failure *failure)
{
    cd_deadline deadline = cd_deadline_in(seconds);
    bool is_ready = ready(endpoint, wanted);

    /* Pressed while nobody waited here: then it was for those who ran. */
    if (!endpoint->running && cd_interrupt_pending(endpoint))
        cd_interrupt_clear(endpoint);
    for (;;) {
        bool over = is_ready || closed(endpoint, wanted) || cd_interrupt_pending(endpoint);
        DWORD left = over ? 0 : cd_deadline_left(&deadline);
        if (left > 0 && wait(endpoint, left) == WAIT_FAILED) {
            cd_fail_win32(failure, "MsgWaitForMultipleObjectsEx", GetLastError());
            return CD_WAKE_FAILED;
        }
        bool quit = !pump();
        if (cd_interrupt_pending(endpoint)) {
            if (!endpoint->running) {
                cd_interrupt_yield(endpoint);
                cd_interrupt_clear(endpoint);
            }
            return CD_WAKE_INTERRUPTED;
        }
        if (quit)
            return CD_WAKE_QUIT;
        is_ready = ready(endpoint, wanted);
        if (is_ready)
            return CD_WAKE_READY;
        if (closed(endpoint, wanted))
            return CD_WAKE_CLOSED;
        if (left == 0 || cd_deadline_left(&deadline) == 0)
            return CD_WAKE_TIMEOUT;
    }
}

void cd_pause(double seconds)
{
    cd_deadline deadline = cd_deadline_in(seconds);

    for (DWORD left; (left = cd_deadline_left(&deadline)) > 0;) {
        MsgWaitForMultipleObjectsEx(0, NULL, left, QS_ALLINPUT, MWMO_INPUTAVAILABLE);
        if (!pump()) { /* from now on MsgWait would return at once */
            Sleep(cd_deadline_left(&deadline));
            return;
        }
    }
}
