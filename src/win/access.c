/* SPDX-License-Identifier: MIT */
#include "access.h"
#include "token.h"

#include <sddl.h>
#include <wchar.h>

#define SDDL_UNITS 512 /* two SIDs of at most 184 units, and the text around them */

/*
 * Owner; a protected list of one entry; the mandatory label of integrity level S-1-16-...: no write
 * up, no read up, no execute up.
 */
#define SDDL L"O:%lsD:P(A;;0x%lx;;;%ls)S:(ML;;NWNRNX;;;S-1-16-%lu)"

/* The label's level: no program can assign one above its own. */
static DWORD level_for(HANDLE token, cd_access_from from)
{
    DWORD most =
        from == CD_ACCESS_FROM_LOW ? SECURITY_MANDATORY_LOW_RID : SECURITY_MANDATORY_MEDIUM_RID;
    DWORD own;

    return cd_token_level(token, &own) && own < most ? own : most;
}

static PSECURITY_DESCRIPTOR descriptor_of(HANDLE token, DWORD rights, cd_access_from from)
{
    cd_token_room room;
    wchar_t sddl[SDDL_UNITS];
    wchar_t *user;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID sid = cd_token_user(token, &room);

    if (sid == NULL || !ConvertSidToStringSidW(sid, &user))
        return NULL;
    int length = swprintf(sddl, SDDL_UNITS, SDDL, user, rights, user, level_for(token, from));
    LocalFree(user);
    if (length < 0 || !ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1,
                                                                            &descriptor, NULL))
        return NULL;
    return descriptor;
}

PSECURITY_DESCRIPTOR cd_access_of_user(DWORD rights, cd_access_from from)
{
    HANDLE token;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return NULL;
    PSECURITY_DESCRIPTOR descriptor = descriptor_of(token, rights, from);
    CloseHandle(token);
    return descriptor;
}
