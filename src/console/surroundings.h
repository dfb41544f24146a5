/* SPDX-License-Identifier: MIT
 *
 * Where this process runs, which determines who can exchange window messages with it.
 */
#ifndef COPYDATA_CONSOLE_SURROUNDINGS_H
#define COPYDATA_CONSOLE_SURROUNDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

#define CD_STATION_UNITS 128

/* Names are terminated, and empty where Windows does not report them. */
typedef struct cd_surroundings {
    DWORD session;                     /* of Terminal Services; services run in session 0 */
    wchar_t station[CD_STATION_UNITS]; /* the window station, WinSta0 for an interactive session */
    wchar_t desktop[CD_STATION_UNITS]; /* the calling thread's */
    bool visible;                      /* the window station has a screen */
    DWORD major, minor, build;         /* of Windows, or as Wine reports it */
    const char *wine;                  /* Wine's version; NULL: this is Windows */
} cd_surroundings;

void cd_surroundings_look(cd_surroundings *surroundings);

#endif
