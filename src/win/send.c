/* SPDX-License-Identifier: MIT */
#include "send.h"
#include "wire/envelope.h"

#include <stdint.h>

/* SendMessageTimeout takes 0 and 0xFFFFFFFF for "wait for ever". */
static UINT milliseconds(double seconds)
{
    const double most = 4294967294.0;
    double value = seconds * 1000.0;

    return value < 1.0 ? 1u : value > most ? (UINT)most : (UINT)value;
}

static bool judge(DWORD_PTR verdict, cd_failure *failure)
{
    switch (verdict) {
    case CD_ACCEPTED:
        return true;
    case CD_UNHANDLED:
        cd_fail(failure, "UNHANDLED", "the window did not look at the message");
        break;
    case CD_BUSY:
        cd_fail(failure, "BUSY", "the receiver's queue is full");
        break;
    case CD_REFUSED:
        cd_fail(failure, "REFUSED", "the receiver does not take this message");
        break;
    case CD_MALFORMED:
        cd_fail(failure, "MALFORMED", "the receiver found the message malformed");
        break;
    case CD_TOO_LARGE:
        cd_fail(failure, "TOO_LARGE", "the message is over the receiver's limit");
        break;
    case CD_ABSENT:
        cd_fail(failure, "ABSENT", "the receiver is not on this channel");
        break;
    default:
        cd_fail(failure, "UNHANDLED", "the window answered %llu, which is no verdict",
                (unsigned long long)verdict);
        break;
    }
    return false;
}

static void explain(DWORD error, HWND receiver, UINT timeout, cd_failure *failure)
{
    switch (error) {
    case ERROR_INVALID_WINDOW_HANDLE:
        cd_fail(failure, "GONE", "the receiver's window is gone");
        break;
    case ERROR_ACCESS_DENIED:
        /* Of a window that lives this is User Interface Privilege Isolation; otherwise the
         * receiver died with the message in its hands. */
        if (IsWindow(receiver))
            cd_fail(failure, "DENIED",
                    "Windows does not let this process send to one of higher integrity");
        else
            cd_fail(failure, "GONE", "the receiver died while it had the message");
        break;
    case ERROR_TIMEOUT:
    case ERROR_SUCCESS: /* what some versions say instead */
        cd_fail(failure, "TIMEOUT", "no verdict within %.3f s: outcome unknown", timeout / 1000.0);
        break;
    default:
        cd_fail_win32(failure, "SendMessageTimeout", error);
        break;
    }
}

bool cd_send(HWND sender, HWND receiver, const void *frame, size_t size, double seconds,
             cd_failure *failure, bool *stale)
{
    COPYDATASTRUCT data = {CD_FRAME_TAG, (DWORD)size, (void *)(uintptr_t)frame};
    UINT timeout = milliseconds(seconds);
    DWORD_PTR verdict = CD_UNHANDLED;

    /* Never SMTO_BLOCK: two that send to each other would wait for each other. */
    SetLastError(ERROR_SUCCESS);
    if (SendMessageTimeoutW(receiver, WM_COPYDATA, (WPARAM)sender, (LPARAM)&data,
                            SMTO_ABORTIFHUNG | SMTO_ERRORONEXIT, timeout, &verdict) == 0) {
        DWORD error = GetLastError();
        *stale = error == ERROR_INVALID_WINDOW_HANDLE;
        explain(error, receiver, timeout, failure);
        return false;
    }
    *stale = verdict == CD_ABSENT || verdict == CD_UNHANDLED;
    return judge(verdict, failure);
}

bool cd_send_probe(HWND receiver, double seconds)
{
    DWORD_PTR result;

    return SendMessageTimeoutW(receiver, WM_NULL, 0, 0, SMTO_ABORTIFHUNG | SMTO_ERRORONEXIT,
                               milliseconds(seconds), &result) != 0 ||
           GetLastError() == ERROR_INVALID_WINDOW_HANDLE;
}
