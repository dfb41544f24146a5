/* SPDX-License-Identifier: MIT
 *
 * Which instance of a program is the first: the one that owns a mutex named after it. Windows takes
 * the mutex from a process that dies, so a killed first one leaves nothing behind.
 */
#ifndef COPYDATA_SINGLE_MUTEX_H
#define COPYDATA_SINGLE_MUTEX_H

#include "win/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

#define CD_MUTEX_PREFIX L"Local\\copydata.single." /* of the mutex's name; one per session */

typedef struct cd_mutex {
    HANDLE handle; /* NULL: closed */
    bool owned;
} cd_mutex;

/*
 * Opens or makes the mutex of a valid channel name, without asking for it. Mutexes tell case apart, names do
 * not: it is the name in capitals. Programs that Windows trusts less than ordinary ones, and less
 * than the one that makes it, cannot open it, so that none of them is the first in its stead.
 */
bool cd_mutex_open(cd_mutex *mutex, const char *name, size_t size, cd_failure *failure);

/* Takes the mutex if it is to be had, for the calling thread. Returns whether it is ours. */
bool cd_mutex_take(cd_mutex *mutex);

/* Gives it back if it is ours. Idempotent. By the thread that took it. */
void cd_mutex_close(cd_mutex *mutex);

#endif
