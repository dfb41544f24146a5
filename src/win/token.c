/* SPDX-License-Identifier: MIT */
#include "token.h"

static bool query(HANDLE token, TOKEN_INFORMATION_CLASS what, void *into, DWORD size)
{
    DWORD length;

    return GetTokenInformation(token, what, into, size, &length) != 0;
}

PSID cd_token_user(HANDLE token, cd_token_room *room)
{
    return query(token, TokenUser, room, sizeof *room) ? room->user.User.Sid : NULL;
}

bool cd_token_level(HANDLE token, DWORD *level)
{
    cd_token_room room;

    if (!query(token, TokenIntegrityLevel, &room, sizeof room))
        return false;
    PSID sid = room.label.Label.Sid;
    DWORD count = *GetSidSubAuthorityCount(sid);
    if (count == 0)
        return false;
    *level = *GetSidSubAuthority(sid, count - 1);
    return true;
}

bool cd_token_elevated(HANDLE token, bool *elevated)
{
    TOKEN_ELEVATION elevation;

    if (!query(token, TokenElevation, &elevation, sizeof elevation))
        return false;
    *elevated = elevation.TokenIsElevated != 0;
    return true;
}
