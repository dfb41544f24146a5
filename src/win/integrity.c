/* SPDX-License-Identifier: MIT */
#include "integrity.h"

bool cd_integrity_admit(HWND hwnd, UINT message, cd_failure *failure)
{
    if (ChangeWindowMessageFilterEx(hwnd, message, MSGFLT_ALLOW, NULL))
        return true;
    cd_fail_win32(failure, "ChangeWindowMessageFilterEx", GetLastError());
    return false;
}
