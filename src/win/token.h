/* SPDX-License-Identifier: MIT
 *
 * What an access token says of the program it stands for.
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

/* The SID of the account, which is in `room`; NULL when Windows does not tell. */
PSID cd_token_user(HANDLE token, cd_token_room *room);

/* The integrity level, SECURITY_MANDATORY_MEDIUM_RID and the like. False: Windows does not tell. */
bool cd_token_level(HANDLE token, DWORD *level);

/* Whether it has an administrator's rights. Returns false when Windows does not tell. */
bool cd_token_elevated(HANDLE token, bool *elevated);

#endif
