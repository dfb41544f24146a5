/* SPDX-License-Identifier: MIT
 *
 * Times of day for messages, and durations for waiting.
 */
#ifndef COPYDATA_WIN_CLOCK_H
#define COPYDATA_WIN_CLOCK_H

#include "mp/pack.h"

#include <stdbool.h>
#include <windows.h>

/* The time of day, as fine as Windows has it (100 ns). */
cd_timestamp cd_clock_now(void);

/* Seconds since some moment in the past: never goes back, also when the time of day is set. */
double cd_clock_seconds(void);

/* When a wait ends. */
typedef struct cd_deadline {
    bool never;     /* wait for ever */
    LONGLONG ticks; /* of the performance counter */
} cd_deadline;

/* `seconds` from now; for ever when it is negative or beyond the counter's reach. */
cd_deadline cd_deadline_in(double seconds);

/*
 * Milliseconds until then, rounded up, as Windows takes them: INFINITE for never, 0 when it has
 * passed, otherwise less than INFINITE.
 */
DWORD cd_deadline_left(const cd_deadline *deadline);

#endif
