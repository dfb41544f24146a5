/* SPDX-License-Identifier: MIT
 *
 * Ctrl+C. Windows runs the console handler in a thread of its own, which notifies all listeners
 * (listener.h).
 *
 * While a script runs (copydata.run), its first Ctrl+C is ours: run ends, the program goes on. At
 * any other time, and the second time, other handlers of Ctrl+C get it too: lua.exe raises
 * "interrupted!".
 */
#ifndef COPYDATA_WIN_INTERRUPT_H
#define COPYDATA_WIN_INTERRUPT_H

#include "failure.h"
#include "listener.h"

#include <stdbool.h>

/* One Lua state that listens. Initialize to zero except for the listener's event. */
typedef struct cd_interrupt {
    cd_listener listener;     /* first: every listener is one of these */
    volatile LONG pressed;    /* and not cleared since */
    volatile LONG running;    /* how many runs are active: while there are any, Ctrl+C is ours */
    volatile LONG presser;    /* the thread that Windows created for the last press */
    volatile LONG waiting;    /* the state is waiting, not computing */
    SRWLOCK lock;             /* for the next two */
    void *code;               /* code the state runs that other handlers cannot stop; or NULL */
    void (*stop)(void *code); /* stops it, from the thread of a press */
} cd_interrupt;

/* Start and stop listening. Stopping waits for a press that is being reported. */
bool cd_interrupt_watch(cd_interrupt *interrupt, cd_failure *failure);
void cd_interrupt_unwatch(cd_interrupt *interrupt);

/* From begin to end, this state handles Ctrl+C; calls nest. */
void cd_interrupt_begin(cd_interrupt *interrupt);
void cd_interrupt_end(cd_interrupt *interrupt);

/* Sets the code that the state runs; a press that is not ours stops it. Waits for a press that is
 * stopping something. */
void cd_interrupt_runs(cd_interrupt *interrupt, void *code);

/* Whether Ctrl+C was pressed and not cleared since. Makes no system call. */
bool cd_interrupt_pending(const cd_interrupt *interrupt);
void cd_interrupt_clear(cd_interrupt *interrupt);

/*
 * Call this when a wait ends because of Ctrl+C and the state does not handle it: waits until the
 * other handlers have run. lua.exe only sets a hook: a script that polled again before the hook is
 * set would wait forever.
 */
void cd_interrupt_yield(const cd_interrupt *interrupt);

#endif
