/* SPDX-License-Identifier: MIT
 *
 * Which instance of a program is the first: the one that owns a mutex named after it. Windows takes
 * the mutex from a process that dies, so a killed first one leaves nothing behind. And what an
 * instance that is not the first needs in order to give way to it.
 */
#ifndef COPYDATA_WIN_SINGLE_H
#define COPYDATA_WIN_SINGLE_H

#include "win/failure.h"

#include <stdbool.h>
#include <stddef.h>

#define CD_SINGLE_PREFIX L"Local\\copydata.single." /* of the mutex's name; one per session */

typedef struct cd_single {
    HANDLE mutex; /* NULL: closed */
    bool owned;
} cd_single;

/*
 * Opens or makes the mutex of this name, a valid one of a channel, without asking for it. Mutexes tell case apart, names do
 * not: it is the name in capitals.
 */
bool cd_single_open(cd_single *single, const char *name, size_t size, cd_failure *failure);

/* Takes the mutex if it is to be had, for the calling thread. Returns whether it is ours. */
bool cd_single_take(cd_single *single);

/* Gives it back if it is ours. Idempotent. By the thread that took it. */
void cd_single_close(cd_single *single);

/* Lets a process bring its window to the foreground, which only the foreground's own one may. */
void cd_foreground_allow(DWORD pid);

/* Brings a window of ours to the foreground, from the taskbar too. Returns whether Windows did. */
bool cd_foreground_take(HWND hwnd);

/* The current directory in UTF-8, which free frees; NULL when there is none or no memory. */
char *cd_current_directory(size_t *size);

#endif
