/* SPDX-License-Identifier: MIT */
#include "deliver.h"
#include "clock.h"

#include <float.h>

#define SILENCE 5.0 /* seconds until Windows considers a thread hung */
#define ROUSING 0.5 /* seconds for a thread that is about to pump: waiting, it was not hung */

/* SendMessageTimeout treats 0 as "wait forever"; Wine treats a negative value as a timeout. */
static UINT milliseconds(double seconds)
{
    const double most = 0x7FFFFFFF; /* 24 days */
    double value = seconds * 1000.0;

    return value < 1.0 ? 1u : value > most ? (UINT)most : (UINT)value;
}

/* HWND_BROADCAST and HWND_TOPMOST, by their significant 32 bits: not a window but all top-level
 * ones. */
static bool is_everybody(HWND receiver)
{
    DWORD handle = (DWORD)(ULONG_PTR)receiver;

    return handle == 0xFFFF || handle == 0xFFFFFFFF;
}

/*
 * The error of a call that failed. Wine calls the parameter invalid if the window's thread ended
 * between its two steps: looking up the thread, and giving it the message.
 */
static DWORD error_for(HWND receiver)
{
    DWORD error = GetLastError();

    return error == ERROR_INVALID_PARAMETER && !IsWindow(receiver) ? ERROR_INVALID_WINDOW_HANDLE
                                                                   : error;
}

bool cd_deliver_message(HWND receiver, UINT message, WPARAM wparam, LPARAM lparam, double seconds,
                        DWORD_PTR *answer, DWORD *error)
{
    if (is_everybody(receiver)) {
        *error = ERROR_INVALID_WINDOW_HANDLE;
        return false;
    }
    /* Not every failure sets an error, and a leftover one would mislead. */
    SetLastError(ERROR_SUCCESS);
    /* Never SMTO_BLOCK: two programs that send to each other would deadlock. */
    LRESULT done =
        SendMessageTimeoutW(receiver, message, wparam, lparam, SMTO_ABORTIFHUNG | SMTO_ERRORONEXIT,
                            milliseconds(seconds), answer);
    *error = done != 0 ? ERROR_SUCCESS : error_for(receiver);
    return done != 0;
}

/* SMTO_ABORTIFHUNG: does not wait for a receiver silent for 5 s, which will not get the message
 * later either. */
static bool was_hung(DWORD error, double seconds, double waited)
{
    return error == ERROR_TIMEOUT && waited < milliseconds(seconds) / 2000.0;
}

/* ERROR_ACCESS_DENIED: the receiver died with the message, or User Interface Privilege
 * Isolation. */
static void explain_denied(HWND receiver, cd_failure *failure)
{
    if (!IsWindow(receiver))
        cd_fail(failure, "GONE", "the receiver died while it had the message");
    else
        cd_fail(failure, "DENIED",
                "Windows does not let programs send to a window of higher integrity, such as an "
                "administrator's: run both at the same level, or make the receiver's endpoint with "
                "allow_lower_integrity = true");
}

static void explain_timeout(double seconds, cd_failure *failure)
{
    cd_fail(failure, "TIMEOUT", "no answer within %.3f s: outcome unknown",
            milliseconds(seconds) / 1000.0);
}

/* What the error alone does not say. `waited`: how long it took to fail, out of `seconds`. */
static void explain(DWORD error, HWND receiver, double seconds, double waited, cd_failure *failure)
{
    if (was_hung(error, seconds, waited))
        cd_fail(failure, "HUNG", "it has not pumped messages for 5 s: nothing was sent");
    else if (error == ERROR_TIMEOUT || error == ERROR_SUCCESS) /* some versions set this instead */
        explain_timeout(seconds, failure);
    else if (error == ERROR_ACCESS_DENIED)
        explain_denied(receiver, failure);
    else
        cd_fail_win32(failure, "SendMessageTimeout", error);
}

double cd_deliver_until(double deadline)
{
    const double least = cd_clock_seconds() + CD_DELIVER_LEAST;

    return deadline > least ? deadline : least;
}

/* Waits, at most `seconds`, until a window's thread pumps messages. */
static bool comes_to(HWND receiver, double seconds)
{
    DWORD_PTR ignored;

    return SendMessageTimeoutW(receiver, WM_NULL, 0, 0, SMTO_NORMAL | SMTO_ERRORONEXIT,
                               milliseconds(seconds), &ignored) != 0;
}

bool cd_deliver(HWND receiver, WPARAM sender, const COPYDATASTRUCT *data, double deadline,
                DWORD_PTR *answer, cd_failure *failure, bool *stale)
{
    const double end = cd_deliver_until(deadline);
    bool roused = false;

    *stale = false;
    for (;;) {
        DWORD error;
        const double started = cd_clock_seconds();
        const double left = end - started;
        if (cd_deliver_message(receiver, WM_COPYDATA, sender, (LPARAM)data, left, answer, &error))
            return true;
        const double waited = cd_clock_seconds() - started;
        if (roused || !was_hung(error, left, waited) ||
            !comes_to(receiver, left < ROUSING ? left : ROUSING)) {
            *stale = error == ERROR_INVALID_WINDOW_HANDLE;
            explain(error, receiver, left, waited, failure);
            return false;
        }
        roused = true;
    }
}

void cd_heard_note(cd_heard *heard, HWND window)
{
    size_t place = 0;

    /* The window's own entry, or else the oldest one. */
    for (size_t i = 0; i < CD_HEARD_KEPT && heard->kept[place].window != window; i++)
        if (heard->kept[i].window == window || heard->kept[i].at < heard->kept[place].at)
            place = i;
    heard->kept[place].window = window;
    heard->kept[place].at = cd_clock_seconds();
}

/* Seconds since then; a very large number when unknown. */
static double silence(const cd_heard *heard, HWND window)
{
    for (size_t i = 0; i < CD_HEARD_KEPT; i++)
        if (heard->kept[i].window == window)
            return cd_clock_seconds() - heard->kept[i].at;
    return DBL_MAX;
}

bool cd_deliver_to_stranger(cd_heard *heard, HWND receiver, UINT message, WPARAM wparam,
                            LPARAM lparam, double seconds, DWORD_PTR *answer, cd_failure *failure)
{
    const double end = cd_clock_seconds() + seconds;

    for (double left = seconds;;) {
        DWORD error;
        double started = cd_clock_seconds();
        if (cd_deliver_message(receiver, message, wparam, lparam, left, answer, &error)) {
            cd_heard_note(heard, receiver);
            return true;
        }
        double now = cd_clock_seconds();
        double patience = SILENCE - silence(heard, receiver);
        if (!was_hung(error, left, now - started) || patience <= 0.0) {
            explain(error, receiver, left, now - started, failure);
            return false;
        }
        left = end - now;
        if (left <= 0.0 ||
            (!comes_to(receiver, left < patience ? left : patience) && left < patience)) {
            explain_timeout(seconds, failure);
            return false;
        }
        left = end - cd_clock_seconds(); /* if it did not respond, it has now been silent for 5 s */
    }
}

bool cd_deliver_post(HWND receiver, UINT message, WPARAM wparam, LPARAM lparam, cd_failure *failure)
{
    DWORD error = ERROR_INVALID_WINDOW_HANDLE;

    if (!is_everybody(receiver)) {
        if (PostMessageW(receiver, message, wparam, lparam))
            return true;
        error = error_for(receiver);
    }
    if (error == ERROR_NOT_ENOUGH_QUOTA)
        cd_fail(failure, "BUSY", "the queue of the window's thread is full");
    else if (error == ERROR_ACCESS_DENIED)
        explain_denied(receiver, failure);
    else
        cd_fail_win32(failure, "PostMessage", error);
    return false;
}
