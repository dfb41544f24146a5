/* SPDX-License-Identifier: MIT
 *
 * Waiting for the end of other programs: any number of them at once, by the thread pool of Windows,
 * which has a thread for each 63.
 */
#ifndef COPYDATA_WIN_DEATHS_H
#define COPYDATA_WIN_DEATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

struct cd_death;

/* The processes that are waited for. Belongs to one thread. */
typedef struct cd_deaths {
    struct cd_death *first;
    size_t count; /* of those for which Windows lets us wait */
    void (*told)(void *context);
    void *context;
} cd_deaths;

/* Makes an empty one. `told` is called when a process ends, once, in a thread of the pool: it may
 * only set events and flags. */
void cd_deaths_open(cd_deaths *deaths, void (*told)(void *context), void *context);

/*
 * Waits for the process that a window belongs to, once however often this is called. Returns its
 * id; 0 when there is nothing to wait for, or it may not be: the window is gone, Windows does not
 * let us, or it is our own. A process that ends before the wait begins is told of too.
 */
DWORD cd_deaths_watch(cd_deaths *deaths, HWND hwnd);

/* Stops waiting for a process. `told` is not called for it any more. */
void cd_deaths_unwatch(cd_deaths *deaths, DWORD pid);

/* Stops waiting for all. */
void cd_deaths_close(cd_deaths *deaths);

#endif
