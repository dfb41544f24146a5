/* SPDX-License-Identifier: MIT */
#include "access.h"

#include <sddl.h>
#include <stdbool.h>
#include <wchar.h>

#define SDDL_UNITS 512 /* two SIDs, of 184 units at most, and what stands around them */

typedef union cd_token_user {
    TOKEN_USER user;
    char room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE]; /* the SID is in here too */
} cd_token_user;

/* The SID of the user we run as, written out; NULL when there is none. LocalFree frees it. */
static wchar_t *own_sid(void)
{
    HANDLE token;
    DWORD size;
    cd_token_user information;
    wchar_t *text = NULL;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return NULL;
    if (GetTokenInformation(token, TokenUser, &information, sizeof information, &size) &&
        !ConvertSidToStringSidW(information.user.User.Sid, &text))
        text = NULL;
    CloseHandle(token);
    return text;
}

PSECURITY_DESCRIPTOR cd_access_of_user(DWORD rights)
{
    wchar_t sddl[SDDL_UNITS];
    PSECURITY_DESCRIPTOR descriptor = NULL;
    wchar_t *sid = own_sid();

    if (sid == NULL)
        return NULL;
    /* Owner; a protected list of one entry; the mandatory label: no write from below low. */
    int length = swprintf(sddl, SDDL_UNITS, L"O:%lsD:P(A;;0x%lx;;;%ls)S:(ML;;NW;;;LW)", sid, rights,
                          sid);
    LocalFree(sid);
    if (length < 0 || !ConvertStringSecurityDescriptorToSecurityDescriptorW(
                          sddl, SDDL_REVISION_1, &descriptor, NULL))
        return NULL;
    return descriptor;
}
