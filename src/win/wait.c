/* SPDX-License-Identifier: MIT */
#include "wait.h"
#include "clock.h"
#include "session.h"

#define PUMP_MOST 10000 /* a full Windows queue: a flood of posts must not keep us from Lua */
#define BREATH    500   /* milliseconds without pumping */
#define NO_WAIT   WAIT_ABANDONED /* which only waits for mutexes return */
#define PATIENCE  10             /* milliseconds for which events may hold messages up */

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
    for (size_t i = 0; i < CD_WAITER_SOCKETS; i++) {
        if (waiter->sockets[i] != NULL)
            CloseHandle(waiter->sockets[i]);
        waiter->sockets[i] = NULL;
    }
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

bool cd_waiter_sockets(cd_waiter *waiter, cd_failure *failure)
{
    for (size_t i = 0; i < CD_WAITER_SOCKETS; i++) {
        waiter->sockets[i] = provide(waiter->sockets[i], failure);
        if (waiter->sockets[i] == NULL)
            return false;
    }
    return true;
}

unsigned cd_waiter_changed(cd_waiter *waiter)
{
    unsigned changed = waiter->changed;

    waiter->changed = 0;
    return changed;
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
    waiter->busy = false;
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

/* Whether messages have been pumped lately. */
static bool has_pumped(const cd_waiter *waiter)
{
    return GetTickCount64() - waiter->pumped <= BREATH;
}

/*
 * Whether there may be messages to pump: where there are none, PeekMessage gives the processor away
 * in Wine. A wait for so many `events` was ended by one of them, or by messages, or was not made
 * (NO_WAIT). After an event, the next wait finds the messages, unless there is another event.
 */
static bool may_have_messages(cd_waiter *waiter, DWORD woken, DWORD events)
{
    const ULONGLONG now = GetTickCount64();

    if (woken == WAIT_OBJECT_0 + events || !has_pumped(waiter))
        return true;
    if (woken == WAIT_TIMEOUT || (woken != NO_WAIT && now - waiter->asked < PATIENCE))
        return false;
    waiter->asked = now;
    return HIWORD(GetQueueStatus(QS_ALLINPUT)) != 0;
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

/* The events that end a wait: those of sockets come first, another one of them each time. */
static DWORD list_events(cd_waiter *waiter, HANDLE events[1 + CD_WAITER_SOCKETS])
{
    DWORD count = 0;

    waiter->first++;
    if (waiter->sockets[CD_WAITER_SOCKETS - 1] != NULL)
        for (; count < CD_WAITER_SOCKETS; count++)
            events[count] = waiter->sockets[(waiter->first + count) % CD_WAITER_SOCKETS];
    if (waiter->event != NULL)
        events[count++] = waiter->event;
    return count;
}

/* Notes which socket's event ended the wait for so many events, if one did, and resets it. */
static void note_socket(cd_waiter *waiter, const HANDLE *events, DWORD count, DWORD woken)
{
    waiter->changed = 0;
    if (woken < count && events[woken] != waiter->event) {
        ResetEvent(events[woken]);
        waiter->changed = (waiter->first + woken) % CD_WAITER_SOCKETS + 1;
    }
}

static cd_wake wait(cd_waiter *waiter, double deadline, cd_failure *failure)
{
    cd_interrupt *interrupt = &waiter->interrupt;
    HANDLE events[1 + CD_WAITER_SOCKETS] = {NULL};
    DWORD count = list_events(waiter, events);
    const bool busy = waiter->busy && events[0] == waiter->event; /* with sockets, always wait */
    cd_wake state = look(waiter);
    bool over = busy || state != CD_WAKE_TIMEOUT || cd_interrupt_pending(interrupt) ||
                told() != CD_WAKE_TIMEOUT;
    DWORD left = over ? 0 : cd_clock_left(deadline), woken = NO_WAIT;
    if (left > 0 || events[0] != waiter->event) /* not without sockets: nothing to learn */
        woken = MsgWaitForMultipleObjectsEx(count, events, left, QS_ALLINPUT, MWMO_INPUTAVAILABLE);
    if (woken == WAIT_FAILED) {
        cd_fail_win32(failure, "MsgWaitForMultipleObjectsEx", GetLastError());
        return CD_WAKE_FAILED;
    }
    note_socket(waiter, events, count, woken);
    if (woken < count && events[woken] == waiter->event)
        SwitchToThread(); /* to whoever sends: one turn handles what arrives meanwhile, too */
    bool quit = (busy || may_have_messages(waiter, woken, count)) && !pump(waiter, NULL);
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
    waiter->busy = false; /* the send that follows dispatches what has arrived */
    if (!has_pumped(waiter))
        pump(waiter, hwnd);
}

void cd_look_alive(cd_waiter *waiter)
{
    MSG message;

    if (has_pumped(waiter))
        return;
    waiter->pumped = GetTickCount64();
    PeekMessageW(&message, (HWND)-1, WM_NULL, WM_NULL, PM_NOREMOVE);
}
