/* SPDX-License-Identifier: MIT */
#include "identity.h"
#include "text.h"

#include <sddl.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

/* What GetTokenInformation fills in, SID included. */
typedef union cd_token_sid {
    TOKEN_USER user;
    TOKEN_MANDATORY_LABEL label;
    char room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
} cd_token_sid;

static bool query(HANDLE token, TOKEN_INFORMATION_CLASS what, void *into, size_t size)
{
    DWORD length;

    return GetTokenInformation(token, what, into, (DWORD)size, &length) != 0;
}

static void read_account(cd_identity *identity, PSID sid)
{
    wchar_t account[2 * CD_ACCOUNT_UNITS + 1];
    wchar_t name[CD_ACCOUNT_UNITS];
    DWORD domain_length = CD_ACCOUNT_UNITS;
    DWORD name_length = CD_ACCOUNT_UNITS;
    SID_NAME_USE use;

    if (!LookupAccountSidW(NULL, sid, name, &name_length, account, &domain_length, &use))
        return;
    size_t length = wcslen(account);
    if (length > 0)
        account[length++] = L'\\';
    wcscpy(account + length, name);
    identity->user_size =
        cd_utf8(account, wcslen(account), identity->user, sizeof identity->user);
}

static void read_user(cd_identity *identity, HANDLE token)
{
    cd_token_sid information;
    wchar_t *text;

    if (!query(token, TokenUser, &information, sizeof information))
        return;
    PSID sid = information.user.User.Sid;
    read_account(identity, sid);
    if (ConvertSidToStringSidW(sid, &text)) {
        identity->sid_size = cd_utf8(text, wcslen(text), identity->sid, sizeof identity->sid);
        LocalFree(text);
    }
}

static const char *name_of_level(DWORD level)
{
    return level >= SECURITY_MANDATORY_SYSTEM_RID   ? "system"
           : level >= SECURITY_MANDATORY_HIGH_RID   ? "high"
           : level >= SECURITY_MANDATORY_MEDIUM_RID ? "medium"
                                                    : "low"; /* untrusted, too */
}

static void read_integrity(cd_identity *identity, HANDLE token)
{
    cd_token_sid information;

    if (!query(token, TokenIntegrityLevel, &information, sizeof information))
        return;
    PSID sid = information.label.Label.Sid;
    DWORD count = *GetSidSubAuthorityCount(sid);
    if (count > 0)
        identity->integrity = name_of_level(*GetSidSubAuthority(sid, count - 1));
}

static void read_elevation(cd_identity *identity, HANDLE token)
{
    TOKEN_ELEVATION elevation;

    if (query(token, TokenElevation, &elevation, sizeof elevation))
        identity->elevated = elevation.TokenIsElevated ? CD_ELEVATED : CD_NOT_ELEVATED;
}

/* Whether the window is the process's. A process that is held open keeps its number. */
static bool is_owner(DWORD pid, HWND hwnd)
{
    DWORD owner = 0;

    GetWindowThreadProcessId(hwnd, &owner);
    return owner == pid;
}

void cd_identify(cd_identity *identity, HWND hwnd, DWORD pid)
{
    HANDLE token;
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);

    memset(identity, 0, sizeof *identity);
    identity->elevated = CD_ELEVATION_UNKNOWN;
    if (process == NULL)
        return;
    if (is_owner(pid, hwnd) && OpenProcessToken(process, TOKEN_QUERY, &token)) {
        read_user(identity, token);
        read_integrity(identity, token);
        read_elevation(identity, token);
        CloseHandle(token);
    }
    CloseHandle(process);
}
