/* SPDX-License-Identifier: MIT */
#include "clock.h"

#define TICKS_PER_SECOND  10000000ll      /* of a FILETIME: 100 ns each */
#define SECONDS_1601_1970 11644473600ll   /* a FILETIME counts from 1601 */
#define FOR_EVER          (86400.0 * 365) /* longer waits wait forever */

cd_timestamp cd_clock_now(void)
{
    FILETIME time;

    GetSystemTimePreciseAsFileTime(&time);
    LONGLONG ticks = (LONGLONG)((ULONGLONG)time.dwHighDateTime << 32 | time.dwLowDateTime);
    return (cd_timestamp){
        .tv_sec = ticks / TICKS_PER_SECOND - SECONDS_1601_1970,
        .tv_nsec = (uint32_t)(ticks % TICKS_PER_SECOND) * 100,
    };
}

static LONGLONG counter(void)
{
    LARGE_INTEGER now;

    QueryPerformanceCounter(&now);
    return now.QuadPart;
}

static LONGLONG frequency(void)
{
    LARGE_INTEGER per_second;

    QueryPerformanceFrequency(&per_second);
    return per_second.QuadPart;
}

double cd_clock_seconds(void)
{
    return (double)counter() / (double)frequency();
}

cd_deadline cd_deadline_in(double seconds)
{
    cd_deadline deadline = {.never = seconds < 0 || seconds > FOR_EVER, .ticks = 0};

    if (!deadline.never)
        deadline.ticks = counter() + (LONGLONG)(seconds * (double)frequency());
    return deadline;
}

DWORD cd_deadline_left(const cd_deadline *deadline)
{
    if (deadline->never)
        return INFINITE;
    LONGLONG left = deadline->ticks - counter();
    if (left <= 0)
        return 0;
    double milliseconds = (double)left * 1000.0 / (double)frequency();
    return milliseconds >= (double)(INFINITE - 1) ? INFINITE - 1 : (DWORD)milliseconds + 1;
}
