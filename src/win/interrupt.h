/* SPDX-License-Identifier: MIT
 *
 * Ctrl+C. Windows runs the console handler in a thread of its own, which wakes nobody and is
 * handed no context. It finds this process's endpoints the way everybody does, by their class;
 * marks it in the window's extra bytes, and posts a message that ends the wait. So no state is
 * shared that could be gone by then.
 *
 * While an endpoint runs (copydata.run), its first Ctrl+C is ours: run ends, the program goes on.
 * At any other time, and the second time, whoever else handles Ctrl+C gets it too: lua.exe raises
 * "interrupted!".
 */
#ifndef COPYDATA_WIN_INTERRUPT_H
#define COPYDATA_WIN_INTERRUPT_H

#include <stdbool.h>

struct cd_endpoint;

/* Starts and stops listening for Ctrl+C; each open endpoint holds one. */
void cd_interrupt_watch(void);
void cd_interrupt_unwatch(void);

/* From now on, or no longer, Ctrl+C is this endpoint's to handle. */
void cd_interrupt_begin(struct cd_endpoint *endpoint);
void cd_interrupt_end(struct cd_endpoint *endpoint);

/* Whether Ctrl+C was pressed and nobody has cleared it. Makes no call of the system. */
bool cd_interrupt_pending(struct cd_endpoint *endpoint);
void cd_interrupt_clear(struct cd_endpoint *endpoint);

/*
 * To be called when a wait ends because of Ctrl+C, and it is not the endpoint's: waits until those
 * whose it is have had it. lua.exe only sets a hook: a script that polls on before it is set would
 * wait for ever.
 */
void cd_interrupt_yield(struct cd_endpoint *endpoint);

#endif
