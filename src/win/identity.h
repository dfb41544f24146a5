/* SPDX-License-Identifier: MIT
 *
 * The user who runs the process behind a window, and its privileges. This takes several calls, and
 * the one for the account's name may query a domain controller: so use it only on demand.
 */
#ifndef COPYDATA_WIN_IDENTITY_H
#define COPYDATA_WIN_IDENTITY_H

#include <stddef.h>
#include <windows.h>

#define CD_SID_UNITS     192 /* for a SID as text, which has at most 184 */
#define CD_ACCOUNT_UNITS 256 /* for a domain's name, and for an account's name */

/* Whether a process is elevated. */
typedef enum cd_elevation {
    CD_ELEVATION_UNKNOWN = -1,
    CD_NOT_ELEVATED = 0,
    CD_ELEVATED = 1
} cd_elevation;

/* What Windows does not report is empty, NULL or unknown. */
typedef struct cd_identity {
    char user[3 * (2 * CD_ACCOUNT_UNITS + 1)]; /* DOMAIN\name in UTF-8, not terminated */
    size_t user_size;
    char sid[CD_SID_UNITS]; /* S-1-..., not terminated */
    size_t sid_size;
    const char *integrity; /* "low", "medium", "high" or "system" */
    cd_elevation elevated;
} cd_identity;

/*
 * Fills in the identity behind `hwnd`, provided that it still is a window of process `pid`: the
 * handle may have been reused.
 */
void cd_identify(cd_identity *identity, HWND hwnd, DWORD pid);

#endif
