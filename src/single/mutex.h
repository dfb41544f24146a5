/* SPDX-License-Identifier: MIT
 *
 * Which instance of a program is the first: the one that owns a mutex named after it. Windows
 * releases the mutex of a process that dies, so a killed first instance leaves nothing behind.
 */
#ifndef COPYDATA_SINGLE_MUTEX_H
#define COPYDATA_SINGLE_MUTEX_H

#include "win/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

#define CD_MUTEX_PREFIX L"Local\\copydata.single." /* of the mutex's name; unique per session */

typedef struct cd_mutex {
    HANDLE handle; /* NULL: closed */
    bool owned;
} cd_mutex;

/*
 * Opens or creates the mutex of a valid channel name, without acquiring it. Mutex names are
 * case-sensitive, channel names are not, so the mutex uses the name in capitals. Programs of lower
 * integrity than ordinary ones, and than the one that creates it, cannot open it, so that none of
 * them can pose as the first instance.
 */
bool cd_mutex_open(cd_mutex *mutex, const char *name, size_t size, cd_failure *failure);

/* Acquires the mutex for the calling thread if it is free. Returns whether it is ours. */
bool cd_mutex_take(cd_mutex *mutex);

/* Releases the mutex if it is ours, and closes it. Idempotent. By the thread that acquired it. */
void cd_mutex_close(cd_mutex *mutex);

#endif
