/* SPDX-License-Identifier: MIT */
#include "wait.h"
#include "clock.h"
#include "session.h"

#define PUMP_MOST 10000 /* a full queue of Windows: a flood of posts must not keep us from Lua */
#define BREATH    500   /* milliseconds without a look for messages */

bool cd_waiter_open(cd_waiter *waiter, cd_failure *failure)
{
    if (waiter->event != NULL)
        return true;
    waiter->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (waiter->event == NULL) {
        cd_fail_win32(failure, "CreateEvent", GetLastError());
        return false;
    }
    waiter->interrupt.listener.event = waiter->event;
    if (!cd_interrupt_watch(&waiter->interrupt, failure)) {
        cd_waiter_close(waiter);
        return false;
    }
    return true;
}

void cd_waiter_close(cd_waiter *waiter)
{
    if (waiter->event == NULL)
        return;
    cd_interrupt_unwatch(&waiter->interrupt);
    CloseHandle(waiter->event);
    waiter->event = NULL;
}

void cd_waiter_wake(const cd_waiter *waiter)
{
    SetEvent(waiter->event);
}

/* Dispatches what there is, of one window or, with NULL, of the thread. Returns false when WM_QUIT
 * was among it. */
static bool pump(cd_waiter *waiter, HWND hwnd)
{
    MSG message;

    waiter->pumped = GetTickCount64();
    /* Under Wine a frame larger than the stack makes this return a negative number, with
     * `message` not filled in; the thread can go on. */
    for (int left = PUMP_MOST; left > 0 && PeekMessageW(&message, hwnd, 0, 0, PM_REMOVE) > 0;
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

/* Ctrl+C outside of run is told once, and by others too. */
static cd_wake interrupted(cd_interrupt *interrupt)
{
    if (interrupt->running == 0) {
        cd_interrupt_yield(interrupt);
        cd_interrupt_clear(interrupt);
    }
    return CD_WAKE_INTERRUPTED;
}

/* What ends all waits of the process; CD_WAKE_TIMEOUT: nothing does. */
static cd_wake told(void)
{
    static const cd_wake wakes[] = {
        [CD_SESSION_QUIET] = CD_WAKE_TIMEOUT,
        [CD_SESSION_CLOSE] = CD_WAKE_ASKED,
        [CD_SESSION_ENDING] = CD_WAKE_ENDING,
    };

    return wakes[cd_session_told()];
}

cd_wake cd_wait(cd_waiter *waiter, cd_condition *condition, void *context, double seconds,
                cd_failure *failure)
{
    cd_interrupt *interrupt = &waiter->interrupt;
    cd_deadline deadline = cd_deadline_in(seconds);
    cd_wake state = condition(context);

    /* Pressed while nobody waited here: then it was for those who ran. */
    if (interrupt->running == 0)
        cd_interrupt_clear(interrupt);
    for (;;) {
        bool over = state != CD_WAKE_TIMEOUT || cd_interrupt_pending(interrupt) ||
                    told() != CD_WAKE_TIMEOUT;
        DWORD left = over ? 0 : cd_deadline_left(&deadline);
        if (left > 0 && MsgWaitForMultipleObjectsEx(1, &waiter->event, left, QS_ALLINPUT,
                                                    MWMO_INPUTAVAILABLE) == WAIT_FAILED) {
            cd_fail_win32(failure, "MsgWaitForMultipleObjectsEx", GetLastError());
            return CD_WAKE_FAILED;
        }
        bool quit = !pump(waiter, NULL);
        if (cd_interrupt_pending(interrupt))
            return interrupted(interrupt);
        if (quit)
            return CD_WAKE_QUIT;
        cd_wake news = told();
        if (news != CD_WAKE_TIMEOUT)
            return news;
        state = condition(context);
        if (state != CD_WAKE_TIMEOUT || left == 0 || cd_deadline_left(&deadline) == 0)
            return state;
    }
}

void cd_pause(cd_waiter *waiter, double seconds)
{
    cd_deadline deadline = cd_deadline_in(seconds);

    for (DWORD left; (left = cd_deadline_left(&deadline)) > 0;) {
        MsgWaitForMultipleObjectsEx(0, NULL, left, QS_ALLINPUT, MWMO_INPUTAVAILABLE);
        if (!pump(waiter, NULL)) { /* from now on MsgWait would return at once */
            Sleep(cd_deadline_left(&deadline));
            return;
        }
    }
}

void cd_breathe(cd_waiter *waiter, HWND hwnd)
{
    if (GetTickCount64() - waiter->pumped > BREATH)
        pump(waiter, hwnd);
}
