/* SPDX-License-Identifier: MIT */
#include "send.h"
#include "deliver.h"
#include "wire/envelope.h"

#include <stdint.h>

static cd_outcome judge(DWORD_PTR verdict, cd_failure *failure)
{
    switch (verdict) {
    case CD_ACCEPTED:
        return CD_OUTCOME_ACCEPTED;
    case CD_UNHANDLED:
        cd_fail(failure, "UNHANDLED", "the window did not handle the message");
        break;
    case CD_BUSY:
        cd_fail(failure, "BUSY", "the receiver's queue is full");
        break;
    case CD_REFUSED:
        cd_fail(failure, "REFUSED", "the receiver does not accept this message");
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
    case CD_UNPROVEN:
        cd_fail(failure, "UNPROVEN",
                "the receiver requires proof of the sender, which could not be given");
        return CD_OUTCOME_UNPROVEN;
    default:
        cd_fail(failure, "UNHANDLED", "the window answered %llu, which is not a verdict",
                (unsigned long long)verdict);
        break;
    }
    return CD_OUTCOME_DECLINED;
}

cd_outcome cd_send(HWND sender, HWND receiver, const void *frame, size_t size, double deadline,
                   cd_failure *failure, bool *stale)
{
    COPYDATASTRUCT data = {CD_FRAME_TAG, (DWORD)size, (void *)(uintptr_t)frame};
    DWORD_PTR verdict = CD_UNHANDLED;

    if (!cd_deliver(receiver, (WPARAM)sender, &data, deadline, &verdict, failure, stale))
        return CD_OUTCOME_FAILED;
    *stale = verdict == CD_ABSENT || verdict == CD_UNHANDLED;
    return judge(verdict, failure);
}

bool cd_send_probe(HWND receiver, double seconds)
{
    DWORD_PTR answer;
    DWORD error;

    return cd_deliver_message(receiver, WM_NULL, 0, 0, seconds, &answer, &error) ||
           (error != ERROR_TIMEOUT && error != ERROR_SUCCESS);
}
