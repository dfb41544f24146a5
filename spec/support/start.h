/* SPDX-License-Identifier: MIT
 *
 * Starts a process whose handles are inherited.
 */
#ifndef COPYDATA_SPEC_START_H
#define COPYDATA_SPEC_START_H

#include <windows.h>

/*
 * As CreateProcess. Wine 8 fails now and then with ERROR_INTERNAL_ERROR, when the new process ended
 * before Wine had loaded anything into it. Nothing of it has run then, so it is started again.
 */
static inline BOOL start_process(wchar_t *command, DWORD flags, STARTUPINFOW *startup,
                                 PROCESS_INFORMATION *made)
{
    for (int attempt = 1;; attempt++) {
        if (CreateProcessW(NULL, command, NULL, NULL, TRUE, flags, NULL, NULL, startup, made))
            return TRUE;
        if (GetLastError() != ERROR_INTERNAL_ERROR || attempt == 3)
            return FALSE;
    }
}

#endif
