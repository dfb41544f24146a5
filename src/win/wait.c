/* SPDX-License-Identifier: MIT */
#include "wait.h"
#include "clock.h"
#include "session.h"

#define PUMP_MOST 10000 /* a full Windows queue: a flood of posts must not keep us from Lua */
#define BREATH    500   /* milliseconds without pumping */

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
        CloseHandle(waiter->event);
        waiter->event = NULL;
    }
    return waiter->event != NULL;
}

void cd_waiter_close(cd_waiter *waiter)
{
    cd_listener *listener = &waiter->interrupt.listener;

    if (waiter->event != NULL) {
        cd_interrupt_unwatch(&waiter->interrupt);
        CloseHandle(waiter->event);
        waiter->event = listener->event = NULL;
    }
    if (listener->signal != NULL)
        CloseHandle(listener->signal);
    listener->signal = NULL;
    if (waiter->sockets != NULL)
        CloseHandle(waiter->sockets);
    waiter->sockets = NULL;
}

void cd_waiter_wake(const cd_waiter *waiter)
{
    cd_listener_wake(&waiter->interrupt.listener);
}

/* Makes a manual-reset event unless one exists. */
static HANDLE provide(HANDLE made, cd_failure *failure)
{
    if (made == NULL)
        made = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (made == NULL)
        cd_fail_win32(failure, "CreateEvent", GetLastError());
    return made;
}

HANDLE cd_waiter_signal(cd_waiter *waiter, cd_failure *failure)
{
    cd_listener *listener = &waiter->interrupt.listener;

    return listener->signal = provide(listener->signal, failure);
}

HANDLE cd_waiter_sockets(cd_waiter *waiter, cd_failure *failure)
{
    return waiter->sockets = provide(waiter->sockets, failure);
}

bool cd_waiter_take_sockets(cd_waiter *waiter)
{
    bool set = waiter->unseen && WaitForSingleObject(waiter->sockets, 0) == WAIT_OBJECT_0;

    if (set)
        ResetEvent(waiter->sockets);
    waiter->unseen = false;
    return set;
}

void cd_waiter_forget_sockets(cd_waiter *waiter)
{
    if (waiter->sockets != NULL)
        ResetEvent(waiter->sockets);
    waiter->unseen = false;
}

void cd_waiter_add(cd_waiter *waiter, cd_source *source)
{
    source->next = waiter->sources;
    waiter->sources = source;
}

void cd_waiter_remove(cd_waiter *waiter, cd_source *source)
{
    cd_source **link = &waiter->sources;

    while (*link != NULL && *link != source)
        link = &(*link)->next;
    if (*link != NULL)
        *link = source->next;
}

/* Whether any source has something. Asks all, so that each wakes the wait from now on. */
static cd_wake look(const cd_waiter *waiter)
{
    cd_wake found = CD_WAKE_TIMEOUT;

    for (cd_source *source = waiter->sources; source != NULL; source = source->next) {
        cd_wake one = source->look(source);
        if (one == CD_WAKE_READY)
            found = one;
        else if (one == CD_WAKE_CLOSED && !source->closed && found == CD_WAKE_TIMEOUT)
            found = one;
    }
    return found;
}

/* Marks closed sources, so that each is reported once. */
static void tell_closed(const cd_waiter *waiter)
{
    for (cd_source *source = waiter->sources; source != NULL; source = source->next)
        source->closed |= source->look(source) == CD_WAKE_CLOSED;
}

/* Dispatches the messages of one window or, with NULL, of the thread. Returns false if WM_QUIT was
 * among them. */
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

/* Outside run, Ctrl+C is reported once, and other handlers get it too. */
static cd_wake interrupted(cd_interrupt *interrupt)
{
    if (interrupt->running == 0) {
        cd_interrupt_yield(interrupt);
        cd_interrupt_clear(interrupt);
    }
    return CD_WAKE_INTERRUPTED;
}

/* What ends all waits of the process; CD_WAKE_TIMEOUT: nothing. */
static cd_wake told(void)
{
    static const cd_wake wakes[] = {
        [CD_SESSION_QUIET] = CD_WAKE_TIMEOUT,
        [CD_SESSION_CLOSE] = CD_WAKE_ASKED,
        [CD_SESSION_ENDING] = CD_WAKE_ENDING,
    };

    return wakes[cd_session_told()];
}

bool cd_waiter_look(cd_waiter *waiter)
{
    ResetEvent(waiter->interrupt.listener.signal); /* first: later news sets it again */
    return look(waiter) != CD_WAKE_TIMEOUT || told() != CD_WAKE_TIMEOUT;
}

static cd_wake wait(cd_waiter *waiter, double deadline, cd_failure *failure)
{
    cd_interrupt *interrupt = &waiter->interrupt;
    HANDLE events[2];
    DWORD count = 0, woken = WAIT_OBJECT_0;

    if (waiter->sockets != NULL)
        events[count++] = waiter->sockets; /* first, so that another event cannot mask it */
    if (waiter->event != NULL)
        events[count++] = waiter->event;
    cd_wake state = look(waiter);
    bool over =
        state != CD_WAKE_TIMEOUT || cd_interrupt_pending(interrupt) || told() != CD_WAKE_TIMEOUT;
    DWORD left = over ? 0 : cd_clock_left(deadline);
    if (left > 0)
        woken = MsgWaitForMultipleObjectsEx(count, events, left, QS_ALLINPUT, MWMO_INPUTAVAILABLE);
    waiter->unseen = waiter->sockets != NULL && woken == WAIT_OBJECT_0;
    if (woken == WAIT_FAILED) {
        cd_fail_win32(failure, "MsgWaitForMultipleObjectsEx", GetLastError());
        return CD_WAKE_FAILED;
    }
    bool quit = !pump(waiter, NULL);
    state = look(waiter); /* even when reporting something else: notes what has arrived */
    if (cd_interrupt_pending(interrupt))
        return interrupted(interrupt);
    cd_wake news = quit ? CD_WAKE_QUIT : told();
    return news != CD_WAKE_TIMEOUT ? news : state;
}

cd_wake cd_wait(cd_waiter *waiter, double deadline, cd_failure *failure)
{
    /* A press while no wait was running was for other handlers. First, because one from here on, if
     * it finds a wait, leaves it to the wait to report it. */
    if (waiter->interrupt.running == 0)
        cd_interrupt_clear(&waiter->interrupt);
    LONG before = InterlockedExchange(&waiter->interrupt.waiting, TRUE);
    cd_wake wake = wait(waiter, deadline, failure);

    if (wake == CD_WAKE_CLOSED)
        tell_closed(waiter);
    InterlockedExchange(&waiter->interrupt.waiting, before);
    return wake;
}

void cd_breathe(cd_waiter *waiter, HWND hwnd)
{
    if (GetTickCount64() - waiter->pumped > BREATH)
        pump(waiter, hwnd);
}

void cd_look_alive(cd_waiter *waiter)
{
    MSG message;

    if (GetTickCount64() - waiter->pumped <= BREATH)
        return;
    waiter->pumped = GetTickCount64();
    PeekMessageW(&message, (HWND)-1, WM_NULL, WM_NULL, PM_NOREMOVE);
}
