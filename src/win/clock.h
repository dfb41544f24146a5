/* SPDX-License-Identifier: MIT
 *
 * Wall-clock time for messages, and durations for waiting.
 */
#ifndef COPYDATA_WIN_CLOCK_H
#define COPYDATA_WIN_CLOCK_H

#include "mp/pack.h"

#include <stdbool.h>
#include <windows.h>

/* The wall-clock time, as fine as Windows has it (100 ns). */
cd_timestamp cd_clock_now(void);

/* Seconds since some moment in the past: never goes back, even when the wall clock is set. */
double cd_clock_seconds(void);

/* When a wait ends. */
typedef struct cd_deadline {
    bool never;     /* wait forever */
    LONGLONG ticks; /* of the performance counter */
} cd_deadline;

/* `seconds` from now; forever when negative or beyond the counter's range. */
cd_deadline cd_deadline_in(double seconds);

/*
 * Milliseconds left, rounded up, as Windows expects them: INFINITE for never, 0 when the deadline
 * has passed, otherwise less than INFINITE.
 */
DWORD cd_deadline_left(const cd_deadline *deadline);

#endif
