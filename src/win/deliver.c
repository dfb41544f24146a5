/* SPDX-License-Identifier: MIT */
#include "deliver.h"
#include "clock.h"

/* SendMessageTimeout takes 0 for "wait for ever"; and Wine what would be negative, for a timeout. */
UINT cd_deliver_timeout(double seconds)
{
    const double most = 0x7FFFFFFF; /* 24 days */
    double value = seconds * 1000.0;

    return value < 1.0 ? 1u : value > most ? (UINT)most : (UINT)value;
}

/* `waited`: how long it took to fail, in seconds. */
static void explain(DWORD error, HWND receiver, UINT timeout, double waited, cd_failure *failure)
{
    /* SMTO_ABORTIFHUNG: one that has been silent for 5 s is not waited for, nor does it get the
     * message later. */
    if (error == ERROR_TIMEOUT && waited * 1000.0 < timeout / 2.0) {
        cd_fail(failure, "HUNG", "it has not looked for messages for 5 s: nothing was sent");
        return;
    }
    switch (error) {
    case ERROR_INVALID_WINDOW_HANDLE:
        cd_fail(failure, "GONE", "the receiver's window is gone");
        break;
    case ERROR_ACCESS_DENIED:
        /* Of a window that lives this is User Interface Privilege Isolation; otherwise the
         * receiver died with the message in its hands. */
        if (IsWindow(receiver))
            cd_fail(failure, "DENIED",
                    "Windows lets no program send to a window of higher integrity, such as an "
                    "administrator's: run both alike, or have the receiver admit it "
                    "(allow_lower_integrity = true)");
        else
            cd_fail(failure, "GONE", "the receiver died while it had the message");
        break;
    case ERROR_TIMEOUT:
    case ERROR_SUCCESS: /* what some versions say instead */
        cd_fail(failure, "TIMEOUT", "no answer within %.3f s: outcome unknown", timeout / 1000.0);
        break;
    default:
        cd_fail_win32(failure, "SendMessageTimeout", error);
        break;
    }
}

bool cd_deliver(HWND receiver, WPARAM sender, const COPYDATASTRUCT *data, double seconds,
                DWORD_PTR *answer, cd_failure *failure, bool *stale)
{
    UINT timeout = cd_deliver_timeout(seconds);
    double started = cd_clock_seconds();

    *stale = false;
    /* Never SMTO_BLOCK: two that send to each other would wait for each other. */
    SetLastError(ERROR_SUCCESS);
    if (SendMessageTimeoutW(receiver, WM_COPYDATA, sender, (LPARAM)data,
                            SMTO_ABORTIFHUNG | SMTO_ERRORONEXIT, timeout, answer) != 0)
        return true;
    DWORD error = GetLastError();
    *stale = error == ERROR_INVALID_WINDOW_HANDLE;
    explain(error, receiver, timeout, cd_clock_seconds() - started, failure);
    return false;
}
