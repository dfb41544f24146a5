/* SPDX-License-Identifier: MIT */
#include "identity.h"
#include "desktop.h"
#include "text.h"
#include "token.h"

#include <sddl.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

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
    identity->user_size = cd_utf8(account, wcslen(account), identity->user, sizeof identity->user);
}

static void read_user(cd_identity *identity, HANDLE token)
{
    cd_token_room room;
    wchar_t *text;
    PSID sid = cd_token_user(token, &room);

    if (sid == NULL)
        return;
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
                                                    : "low"; /* includes untrusted */
}

static void read_privilege(cd_identity *identity, HANDLE token)
{
    DWORD level;
    bool elevated;

    if (cd_token_level(token, &level))
        identity->integrity = name_of_level(level);
    if (cd_token_elevated(token, &elevated))
        identity->elevated = elevated ? CD_ELEVATED : CD_NOT_ELEVATED;
}

void cd_identify(cd_identity *identity, HWND hwnd, DWORD pid)
{
    HANDLE token;
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);

    memset(identity, 0, sizeof *identity);
    identity->elevated = CD_ELEVATION_UNKNOWN;
    if (process == NULL)
        return;
    /* The open handle keeps the process's id from being reused. */
    if (cd_desktop_process(hwnd) == pid && OpenProcessToken(process, TOKEN_QUERY, &token)) {
        read_user(identity, token);
        read_privilege(identity, token);
        CloseHandle(token);
    }
    CloseHandle(process);
}
