/* SPDX-License-Identifier: MIT
 *
 * A screen to draw on, and the keys that are pressed there.
 *
 * By the console's functions rather than by escape sequences: these are understood by every Windows
 * and by Wine, whose console shows escape sequences as they are.
 */
#ifndef COPYDATA_CONSOLE_SCREEN_H
#define COPYDATA_CONSOLE_SCREEN_H

#include "win/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

/*
 * A screen of its own over what the console shows, which comes back when it is closed, and also
 * when the process dies: Windows then shows the screen that is left.
 */
typedef struct cd_screen {
    HANDLE output; /* NULL: closed */
    HANDLE shown;  /* what was there before */
    HANDLE input;
} cd_screen;

/* Needs a console; on failure fills in `failure` and leaves nothing open. */
bool cd_screen_open(cd_screen *screen, cd_failure *failure);
void cd_screen_close(cd_screen *screen);

/* What fits on it: it follows the window. */
void cd_screen_size(const cd_screen *screen, int *columns, int *rows);

/* Writes into one row, from 0; what is past its end is cut. The colours stay as they are. */
void cd_screen_put(const cd_screen *screen, int row, const wchar_t *units, size_t count);

/* Colours one row: FOREGROUND_RED and the like. */
void cd_screen_colour(const cd_screen *screen, int row, WORD attributes);

/* Clears it. */
void cd_screen_clear(const cd_screen *screen);

/* The next key that was pressed and has a character; false when there is none: never waits. */
bool cd_screen_key(const cd_screen *screen, wchar_t *key);

#endif
