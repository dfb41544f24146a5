/* SPDX-License-Identifier: MIT */
#include "heard.h"
#include "clock.h"

#include <float.h>

void cd_heard_note(cd_heard *heard, HWND window)
{
    size_t place = 0;

    /* The window's own entry, or else the oldest one. */
    for (size_t i = 0; i < CD_HEARD_KEPT && heard->kept[place].window != window; i++)
        if (heard->kept[i].window == window || heard->kept[i].at < heard->kept[place].at)
            place = i;
    heard->kept[place].window = window;
    heard->kept[place].at = cd_clock_seconds();
}

double cd_heard_silence(const cd_heard *heard, HWND window)
{
    for (size_t i = 0; i < CD_HEARD_KEPT; i++)
        if (heard->kept[i].window == window)
            return cd_clock_seconds() - heard->kept[i].at;
    return DBL_MAX;
}
