/* SPDX-License-Identifier: MIT */
#include "interrupt.h"
#include "dll.h"

#define PATIENCE 1000 /* milliseconds for other Ctrl+C handlers */

/* Notifies one listener. Sets `*taken` if it handles Ctrl+C. */
static void press(cd_listener *listener, void *taken)
{
    cd_interrupt *interrupt = (cd_interrupt *)listener;
    /* First, because run may end as soon as it sees the press. */
    bool ours = interrupt->running > 0;

    InterlockedExchange(&interrupt->presser, (LONG)GetCurrentThreadId());
    /* Two simultaneous presses run in two threads: only one sees the old value. */
    bool first = InterlockedExchange(&interrupt->pressed, 1) == 0;
    cd_listener_wake(listener);
    if (first && ours) {
        *(BOOL *)taken = TRUE;
        return;
    }
    AcquireSRWLockShared(&interrupt->lock);
    if (interrupt->code != NULL && !interrupt->waiting) /* a wait ends anyway */
        interrupt->stop(interrupt->code);
    ReleaseSRWLockShared(&interrupt->lock);
}

static BOOL WINAPI on_control(DWORD event)
{
    BOOL taken = FALSE;

    if (event != CTRL_C_EVENT)
        return FALSE;
    cd_listeners_tell(press, &taken);
    return taken;
}

/* Once per process: Windows does not wait for a running handler when removing it. */
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
    cd_listener_add(&interrupt->listener);
    return true;
}

void cd_interrupt_unwatch(cd_interrupt *interrupt)
{
    cd_listener_remove(&interrupt->listener);
}

void cd_interrupt_runs(cd_interrupt *interrupt, void *code)
{
    AcquireSRWLockExclusive(&interrupt->lock);
    interrupt->code = code;
    ReleaseSRWLockExclusive(&interrupt->lock);
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

    /* For each Ctrl+C Windows starts a thread that calls one handler after the other. */
    if (presser != NULL) {
        WaitForSingleObject(presser, PATIENCE);
        CloseHandle(presser);
    }
}
