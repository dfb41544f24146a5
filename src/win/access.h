/* SPDX-License-Identifier: MIT
 *
 * Access lists of what a user's programs share.
 */
#ifndef COPYDATA_WIN_ACCESS_H
#define COPYDATA_WIN_ACCESS_H

#include <windows.h>

/* Which of the user's programs, as Windows trusts them. */
typedef enum cd_access_from {
    CD_ACCESS_FROM_LOW,   /* all, those of low integrity too, such as sandboxed ones */
    CD_ACCESS_FROM_MEDIUM /* ordinary ones and elevated ones, and those of our own integrity */
} cd_access_from;

/*
 * A security descriptor that grants `rights` to the programs of the user we run as that `from`
 * admits, and nothing to anybody else. Owned by that user, so that an elevated program's object does
 * not belong to the administrators. The label keeps programs of less integrity from all rights, also
 * from SYNCHRONIZE, by which a mutex is owned. NULL when Windows does not make it; LocalFree frees
 * it.
 */
PSECURITY_DESCRIPTOR cd_access_of_user(DWORD rights, cd_access_from from);

#endif
