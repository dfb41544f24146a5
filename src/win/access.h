/* SPDX-License-Identifier: MIT
 *
 * Access lists of what a user's programs share.
 */
#ifndef COPYDATA_WIN_ACCESS_H
#define COPYDATA_WIN_ACCESS_H

#include <windows.h>

/*
 * A security descriptor that grants `rights` to every program of the user we run as, and nothing
 * to anybody else. Owned by that user, so that an elevated program's object does not belong to the
 * administrators. Labelled with low integrity: Windows would otherwise keep the user's less trusted
 * programs from writing. NULL when Windows does not make it; LocalFree frees it.
 */
PSECURITY_DESCRIPTOR cd_access_of_user(DWORD rights);

#endif
