/* SPDX-License-Identifier: MIT */
#include "send.h"
#include "clock.h"
#include "wire/envelope.h"

#include <stdint.h>

/* SendMessageTimeout takes 0 for "wait for ever"; and Wine what would be negative, for a timeout. */
static UINT milliseconds(double seconds)
{
    const double most = 0x7FFFFFFF; /* 24 days */
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
    double started = cd_clock_seconds();
    SetLastError(ERROR_SUCCESS);
    if (SendMessageTimeoutW(receiver, WM_COPYDATA, (WPARAM)sender, (LPARAM)&data,
                            SMTO_ABORTIFHUNG | SMTO_ERRORONEXIT, timeout, &verdict) == 0) {
        DWORD error = GetLastError();
        *stale = error == ERROR_INVALID_WINDOW_HANDLE;
        explain(error, receiver, timeout, cd_clock_seconds() - started, failure);
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
