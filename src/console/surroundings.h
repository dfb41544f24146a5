/* SPDX-License-Identifier: MIT
 *
 * Where this process runs: who can exchange window messages with it depends on that.
 */
#ifndef COPYDATA_CONSOLE_SURROUNDINGS_H
#define COPYDATA_CONSOLE_SURROUNDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

#define CD_STATION_UNITS 128

/* Names are terminated, and empty where Windows does not tell. */
typedef struct cd_surroundings {
    DWORD session;                     /* of Terminal Services; 0 is that of services */
    wchar_t station[CD_STATION_UNITS]; /* the window station, WinSta0 where somebody sits */
    wchar_t desktop[CD_STATION_UNITS]; /* that of the calling thread */
    bool visible;                      /* the window station has a screen */
    DWORD major, minor, build;         /* of Windows, as Wine says too */
    const char *wine;                  /* Wine's version; NULL: this is Windows */
} cd_surroundings;

void cd_surroundings_look(cd_surroundings *surroundings);

#endif
