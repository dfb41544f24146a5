/* SPDX-License-Identifier: MIT */
#include "foreground.h"

void cd_foreground_allow(DWORD pid)
{
    AllowSetForegroundWindow(pid);
}

bool cd_foreground_take(HWND hwnd)
{
    if (IsIconic(hwnd))
        ShowWindowAsync(hwnd, SW_RESTORE); /* its thread may hang */
    return SetForegroundWindow(hwnd);
}
