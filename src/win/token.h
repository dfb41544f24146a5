/* SPDX-License-Identifier: MIT
 *
 * What an access token says about its program.
 */
#ifndef COPYDATA_WIN_TOKEN_H
#define COPYDATA_WIN_TOKEN_H

#include <stdbool.h>
#include <windows.h>

/* What GetTokenInformation fills in, the SID included. */
typedef union cd_token_room {
    TOKEN_USER user;
    TOKEN_MANDATORY_LABEL label;
    char bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
} cd_token_room;

/* The SID of the account, stored in `room`; NULL when Windows does not report it. */
PSID cd_token_user(HANDLE token, cd_token_room *room);

/* The integrity level, such as SECURITY_MANDATORY_MEDIUM_RID. False: Windows does not report it. */
bool cd_token_level(HANDLE token, DWORD *level);

/* Whether it has administrator rights. Returns false when Windows does not report it. */
bool cd_token_elevated(HANDLE token, bool *elevated);

#endif
