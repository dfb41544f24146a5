/* SPDX-License-Identifier: MIT
 *
 * Who runs the process behind a window, and how privileged it is. A matter of several calls, of
 * which the one for the account's name may ask a domain controller: only for who wants to know.
 */
#ifndef COPYDATA_WIN_IDENTITY_H
#define COPYDATA_WIN_IDENTITY_H

#include <stddef.h>
#include <windows.h>

#define CD_SID_UNITS     192 /* of a SID written out, which is 184 long at most */
#define CD_ACCOUNT_UNITS 256 /* of a domain's name, and of an account's in it */

/* Whether a process is elevated. */
typedef enum cd_elevation {
    CD_ELEVATION_UNKNOWN = -1,
    CD_NOT_ELEVATED = 0,
    CD_ELEVATED = 1
} cd_elevation;

/* What Windows does not tell is empty, NULL or unknown. */
typedef struct cd_identity {
    char user[3 * (2 * CD_ACCOUNT_UNITS + 1)]; /* DOMAIN\name in UTF-8, not terminated */
    size_t user_size;
    char sid[CD_SID_UNITS]; /* S-1-..., not terminated */
    size_t sid_size;
    const char *integrity; /* "low", "medium", "high" or "system" */
    cd_elevation elevated;
} cd_identity;

/*
 * Fills in who is behind `hwnd`, provided that this still is a window of process `pid`: what a
 * number stood for may be gone, and the number given to others.
 */
void cd_identify(cd_identity *identity, HWND hwnd, DWORD pid);

#endif
