/* SPDX-License-Identifier: MIT */
#include "random.h"

#include <windows.h>

#include <ntsecapi.h>

bool cd_random_numbers(uint32_t *numbers, size_t count)
{
    return RtlGenRandom(numbers, (ULONG)(count * sizeof *numbers)) != 0;
}

bool cd_random(uint64_t *number, cd_failure *failure)
{
    if (RtlGenRandom(number, sizeof *number))
        return true;
    cd_fail_win32(failure, "RtlGenRandom", GetLastError());
    return false;
}
