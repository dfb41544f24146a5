/* SPDX-License-Identifier: MIT */
#include "deliver.h"
#include "clock.h"

/* SendMessageTimeout takes 0 for "wait for ever"; and Wine what would be negative, for a timeout. */
static UINT milliseconds(double seconds)
{
    const double most = 0x7FFFFFFF; /* 24 days */
    double value = seconds * 1000.0;

    return value < 1.0 ? 1u : value > most ? (UINT)most : (UINT)value;
}

/* Not a window but all top-level ones, by the 32 bits that count: HWND_BROADCAST and HWND_TOPMOST. */
static bool is_everybody(HWND receiver)
{
    DWORD handle = (DWORD)(ULONG_PTR)receiver;

    return handle == 0xFFFF || handle == 0xFFFFFFFF;
}

bool cd_deliver_message(HWND receiver, UINT message, WPARAM wparam, LPARAM lparam, double seconds,
                        DWORD_PTR *answer, DWORD *error)
{
    if (is_everybody(receiver)) {
        *error = ERROR_INVALID_WINDOW_HANDLE;
        return false;
    }
    /* Not every failure sets an error, and one that is left over would tell another story. */
    SetLastError(ERROR_SUCCESS);
    /* Never SMTO_BLOCK: two that send to each other would wait for each other. */
    LRESULT done = SendMessageTimeoutW(receiver, message, wparam, lparam,
                                       SMTO_ABORTIFHUNG | SMTO_ERRORONEXIT, milliseconds(seconds),
                                       answer);
    *error = GetLastError();
    return done != 0;
}

/* What the error alone does not tell. `waited`: how long it took to fail, of so many `seconds`. */
static void explain(DWORD error, HWND receiver, double seconds, double waited, cd_failure *failure)
{
    double timeout = milliseconds(seconds) / 1000.0;

    /* SMTO_ABORTIFHUNG: one that has been silent for 5 s is not waited for, nor does it get the
     * message later. */
    if (error == ERROR_TIMEOUT && waited < timeout / 2.0)
        cd_fail(failure, "HUNG", "it has not looked for messages for 5 s: nothing was sent");
    else if (error == ERROR_TIMEOUT || error == ERROR_SUCCESS) /* what some versions say instead */
        cd_fail(failure, "TIMEOUT", "no answer within %.3f s: outcome unknown", timeout);
    else if (error == ERROR_ACCESS_DENIED && !IsWindow(receiver))
        cd_fail(failure, "GONE", "the receiver died while it had the message");
    else if (error == ERROR_ACCESS_DENIED) /* User Interface Privilege Isolation */
        cd_fail(failure, "DENIED",
                "Windows lets no program send to a window of higher integrity, such as an "
                "administrator's: run both alike, or have the receiver admit it "
                "(allow_lower_integrity = true)");
    else
        cd_fail_win32(failure, "SendMessageTimeout", error);
}

bool cd_deliver(HWND receiver, WPARAM sender, const COPYDATASTRUCT *data, double seconds,
                DWORD_PTR *answer, cd_failure *failure, bool *stale)
{
    DWORD error;
    double started = cd_clock_seconds();

    *stale = false;
    if (cd_deliver_message(receiver, WM_COPYDATA, sender, (LPARAM)data, seconds, answer, &error))
        return true;
    *stale = error == ERROR_INVALID_WINDOW_HANDLE;
    explain(error, receiver, seconds, cd_clock_seconds() - started, failure);
    return false;
}
