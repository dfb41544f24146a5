/* SPDX-License-Identifier: MIT
 *
 * Waits for other programs to end: any number at once, using the Windows thread pool, which needs
 * one thread per 63 of them. Which have ended costs no look at the others.
 */
#ifndef COPYDATA_WIN_DEATHS_H
#define COPYDATA_WIN_DEATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

struct cd_death;

/* The watched processes. Belongs to one thread. */
typedef struct cd_deaths {
    struct cd_death *first;
    size_t count;                   /* of those that Windows lets us wait for */
    SRWLOCK lock;                   /* for: */
    struct cd_death *ended, **last; /* in order, not taken yet; where the next one is linked */
    struct cd_death *spent;         /* no longer watched, to be released */
    void (*told)(void *context);
    void *context;
} cd_deaths;

/* Makes an empty set. `told` is called once for each process that ends, before cd_deaths_take
 * returns it, in a thread of the pool: it may only set events and flags. */
void cd_deaths_open(cd_deaths *deaths, void (*told)(void *context), void *context);

/*
 * Watches the process that owns a window; repeated calls watch it once. Returns its id; 0 when it
 * cannot be watched: the window is gone, Windows does not let us, or the process is our own.
 */
DWORD cd_deaths_watch(cd_deaths *deaths, HWND hwnd);

/* Whether a watched process has ended that cd_deaths_take has not returned yet. */
bool cd_deaths_any(cd_deaths *deaths);

/* The id of the next such process, which stays watched; 0: none. */
DWORD cd_deaths_take(cd_deaths *deaths);

/* Stops watching a process: it is no longer told or taken. */
void cd_deaths_unwatch(cd_deaths *deaths, DWORD pid);

/* Stops watching all processes. */
void cd_deaths_close(cd_deaths *deaths);

#endif
