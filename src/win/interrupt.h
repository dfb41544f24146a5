/* SPDX-License-Identifier: MIT
 *
 * Ctrl+C. Windows runs the console handler in a thread of its own, which tells all who listen
 * (listener.h).
 *
 * While a script runs (copydata.run), its first Ctrl+C is ours: run ends, the program goes on. At
 * any other time, and the second time, whoever else handles Ctrl+C gets it too: lua.exe raises
 * "interrupted!".
 */
#ifndef COPYDATA_WIN_INTERRUPT_H
#define COPYDATA_WIN_INTERRUPT_H

#include "failure.h"
#include "listener.h"

#include <stdbool.h>

/* One Lua state that wants to know. Start with all zero but the listener's event. */
typedef struct cd_interrupt {
    cd_listener listener;  /* first: each of those who listen is one of these */
    volatile LONG pressed; /* and nobody has cleared it */
    volatile LONG running; /* how many runs are under way: it is ours while there are any */
    volatile LONG presser; /* the thread that Windows made for the last press */
    volatile LONG waiting; /* the state waits, and computes nothing */
    SRWLOCK lock;          /* for the next two */
    void *code;            /* what the state runs, to which others' handlers do not reach; or NULL */
    void (*stop)(void *code); /* stops that, from the thread of a press */
} cd_interrupt;

/* Starts and stops listening. Stopping waits for a press that is being told. */
bool cd_interrupt_watch(cd_interrupt *interrupt, cd_failure *failure);
void cd_interrupt_unwatch(cd_interrupt *interrupt);

/* From now on, or no longer, Ctrl+C is this state's to handle; calls nest. */
void cd_interrupt_begin(cd_interrupt *interrupt);
void cd_interrupt_end(cd_interrupt *interrupt);

/* From now on the state runs this; a press that is not ours stops it. Waits for one that does. */
void cd_interrupt_runs(cd_interrupt *interrupt, void *code);

/* Whether Ctrl+C was pressed and nobody has cleared it. Makes no call of the system. */
bool cd_interrupt_pending(const cd_interrupt *interrupt);
void cd_interrupt_clear(cd_interrupt *interrupt);

/*
 * To be called when a wait ends because of Ctrl+C, and it is not the state's: waits until those
 * whose it is have had it. lua.exe only sets a hook: a script that polls on before it is set would
 * wait for ever.
 */
void cd_interrupt_yield(const cd_interrupt *interrupt);

#endif
