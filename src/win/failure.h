/* SPDX-License-Identifier: MIT
 *
 * A failure of the world (not a mistake of the caller), as Lua reports it:
 * nil, "NAME: message", "NAME".
 */
#ifndef COPYDATA_WIN_FAILURE_H
#define COPYDATA_WIN_FAILURE_H

#include <windows.h>

typedef struct cd_failure {
    const char *name;  /* a literal, one of the NAMEs of the reference */
    char message[384]; /* UTF-8, without the name, without a newline */
} cd_failure;

/* Fills in a failure; `format` as for printf; a message that does not fit is cut. */
void cd_fail(cd_failure *failure, const char *name, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/*
 * Fills in a failure of the Win32 call `what`, by the one table that gives Win32's errors our names
 * here: DENIED, GONE, MEMORY, TIMEOUT, and SYSTEM for all others. The text is usually the system's
 * own. Callers must call GetLastError() first thing after `what`, and pass its result.
 */
void cd_fail_win32(cd_failure *failure, const char *what, DWORD error);

#endif
