/* SPDX-License-Identifier: MIT */
#include "interrupt.h"
#include "dll.h"

#define PATIENCE 1000 /* milliseconds for the other handlers of Ctrl+C */

/* All who listen in this process. */
static struct {
    SRWLOCK lock;
    cd_interrupt *first;
} listeners = {SRWLOCK_INIT, NULL};

/* Tells one. Returns whether Ctrl+C is that one's. */
static bool press(cd_interrupt *interrupt)
{
    /* First, since run may end as soon as it can see that it was pressed. */
    bool ours = interrupt->running > 0;

    InterlockedExchange(&interrupt->presser, (LONG)GetCurrentThreadId());
    /* Two presses at once run in two threads: only one finds what was there before. */
    bool first = InterlockedExchange(&interrupt->pressed, 1) == 0;
    SetEvent(interrupt->event);
    return first && ours;
}

static BOOL WINAPI on_control(DWORD event)
{
    BOOL taken = FALSE;

    if (event != CTRL_C_EVENT)
        return FALSE;
    AcquireSRWLockShared(&listeners.lock);
    for (cd_interrupt *one = listeners.first; one != NULL; one = one->next)
        if (press(one))
            taken = TRUE;
    ReleaseSRWLockShared(&listeners.lock);
    return taken;
}

/* Once for the process: Windows does not wait for a handler when it is removed. */
static BOOL CALLBACK add_handler(PINIT_ONCE once, PVOID error, PVOID *context)
{
    (void)once, (void)context;
    cd_dll_stay_loaded();
    if (SetConsoleCtrlHandler(on_control, TRUE))
        return TRUE;
    *(DWORD *)error = GetLastError();
    return FALSE;
}

bool cd_interrupt_watch(cd_interrupt *interrupt, cd_failure *failure)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    DWORD error = ERROR_SUCCESS;

    if (!InitOnceExecuteOnce(&once, add_handler, &error, NULL)) {
        cd_fail_win32(failure, "SetConsoleCtrlHandler", error);
        return false;
    }
    AcquireSRWLockExclusive(&listeners.lock);
    interrupt->next = listeners.first;
    listeners.first = interrupt;
    ReleaseSRWLockExclusive(&listeners.lock);
    return true;
}

void cd_interrupt_unwatch(cd_interrupt *interrupt)
{
    cd_interrupt **link = &listeners.first;

    AcquireSRWLockExclusive(&listeners.lock);
    while (*link != NULL && *link != interrupt)
        link = &(*link)->next;
    if (*link != NULL)
        *link = interrupt->next;
    ReleaseSRWLockExclusive(&listeners.lock);
}

void cd_interrupt_begin(cd_interrupt *interrupt)
{
    if (InterlockedIncrement(&interrupt->running) == 1)
        cd_interrupt_clear(interrupt);
}

void cd_interrupt_end(cd_interrupt *interrupt)
{
    if (InterlockedDecrement(&interrupt->running) == 0)
        cd_interrupt_clear(interrupt);
}

bool cd_interrupt_pending(const cd_interrupt *interrupt)
{
    return interrupt->pressed != 0;
}

void cd_interrupt_clear(cd_interrupt *interrupt)
{
    InterlockedExchange(&interrupt->pressed, 0);
}

void cd_interrupt_yield(const cd_interrupt *interrupt)
{
    HANDLE presser = OpenThread(SYNCHRONIZE, FALSE, (DWORD)interrupt->presser);

    /* Windows makes a thread for each Ctrl+C, which calls one handler after the other. */
    if (presser != NULL) {
        WaitForSingleObject(presser, PATIENCE);
        CloseHandle(presser);
    }
}
