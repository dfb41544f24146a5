/* SPDX-License-Identifier: MIT */
#include "random.h"

#include <windows.h>

#include <bcrypt.h> /* after windows.h */

static NTSTATUS fill(void *bytes, size_t size)
{
    return BCryptGenRandom(NULL, bytes, (ULONG)size, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
}

bool cd_random_numbers(uint32_t *numbers, size_t count)
{
    return fill(numbers, count * sizeof *numbers) >= 0;
}

bool cd_random(uint64_t *number, cd_failure *failure)
{
    NTSTATUS status = fill(number, sizeof *number);

    if (status >= 0)
        return true;
    cd_fail(failure, "SYSTEM", "BCryptGenRandom failed with status 0x%08lX", (ULONG)status);
    return false;
}
