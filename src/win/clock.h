/* SPDX-License-Identifier: MIT
 *
 * Wall-clock time for messages, and durations for waiting.
 */
#ifndef COPYDATA_WIN_CLOCK_H
#define COPYDATA_WIN_CLOCK_H

#include "mp/pack.h"

#include <windows.h>

/* The wall-clock time, as fine as Windows has it (100 ns). */
cd_timestamp cd_clock_now(void);

/* Seconds since some moment in the past: never goes back, even when the wall clock is set. */
double cd_clock_seconds(void);

/*
 * Milliseconds until a time on the clock of cd_clock_seconds, rounded up, as Windows expects them:
 * INFINITE for INFINITY, 0 when the time has passed, otherwise less than INFINITE.
 */
DWORD cd_clock_left(double deadline);

#endif
