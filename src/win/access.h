/* SPDX-License-Identifier: MIT
 *
 * Access lists for objects that a user's programs share.
 */
#ifndef COPYDATA_WIN_ACCESS_H
#define COPYDATA_WIN_ACCESS_H

#include <windows.h>

/* Which of the user's programs get access, by integrity level. */
typedef enum cd_access_from {
    CD_ACCESS_FROM_LOW,   /* all, including those of low integrity, such as sandboxed ones */
    CD_ACCESS_FROM_MEDIUM /* ordinary and elevated ones, and those of our own integrity */
} cd_access_from;

/*
 * A security descriptor that grants `rights` to programs of the user we run as, from the integrity
 * level that `from` names, and nothing to anyone else. That user owns it, so that an elevated
 * program's object does not belong to the administrators. The label denies programs of lower
 * integrity all rights, including SYNCHRONIZE, which is enough to own a mutex. NULL if Windows
 * cannot make it; free it with LocalFree.
 */
PSECURITY_DESCRIPTOR cd_access_of_user(DWORD rights, cd_access_from from);

#endif
