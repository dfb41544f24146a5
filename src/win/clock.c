/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <math.h>

#define TICKS_PER_SECOND  10000000ll    /* of a FILETIME: 100 ns each */
#define SECONDS_1601_1970 11644473600ll /* a FILETIME counts from 1601 */

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

double cd_clock_seconds(void)
{
    LARGE_INTEGER now, per_second;

    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&per_second);
    return (double)now.QuadPart / (double)per_second.QuadPart;
}

DWORD cd_clock_left(double deadline)
{
    if (deadline == (double)INFINITY)
        return INFINITE;
    double milliseconds = (deadline - cd_clock_seconds()) * 1000.0;
    if (milliseconds <= 0)
        return 0;
    return milliseconds >= (double)(INFINITE - 1) ? INFINITE - 1 : (DWORD)milliseconds + 1;
}
