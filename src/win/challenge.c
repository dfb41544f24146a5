/* SPDX-License-Identifier: MIT */
#include "challenge.h"

#define NAME L"copydata.proof"

UINT cd_challenge_message(void)
{
    static volatile LONG number; /* once per process; two threads would store the same */

    if (number == 0)
        InterlockedExchange(&number, (LONG)RegisterWindowMessageW(NAME));
    return (UINT)number;
}
