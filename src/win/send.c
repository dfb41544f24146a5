/* SPDX-License-Identifier: MIT */
#include "send.h"
#include "deliver.h"
#include "wire/envelope.h"

#include <stdint.h>

static cd_outcome judge(DWORD_PTR verdict, cd_failure *failure)
{
    static const char *const verdicts[][2] = {
        [CD_UNHANDLED] = {"UNHANDLED", "the window did not handle the message"},
        [CD_BUSY] = {"BUSY", "the receiver's queue is full"},
        [CD_REFUSED] = {"REFUSED", "the receiver does not accept this message"},
        [CD_MALFORMED] = {"MALFORMED", "the receiver found the message malformed"},
        [CD_TOO_LARGE] = {"TOO_LARGE", "the message is over the receiver's limit"},
        [CD_ABSENT] = {"ABSENT", "the receiver is not on this channel"},
        [CD_UNPROVEN] = {"UNPROVEN",
                         "the receiver requires proof of the sender, which could not be given"},
    };

    if (verdict == CD_ACCEPTED)
        return CD_OUTCOME_ACCEPTED;
    if (verdict < sizeof verdicts / sizeof *verdicts)
        cd_fail(failure, verdicts[verdict][0], "%s", verdicts[verdict][1]);
    else
        cd_fail(failure, "UNHANDLED", "the window answered %llu, which is not a verdict",
                (unsigned long long)verdict);
    return verdict == CD_UNPROVEN ? CD_OUTCOME_UNPROVEN : CD_OUTCOME_DECLINED;
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
