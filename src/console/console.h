/* SPDX-License-Identifier: MIT
 *
 * What the command-line program needs of the console: Unicode out and in, and a screen to draw on.
 *
 * By the console's functions rather than by escape sequences: these are understood by every Windows
 * and by Wine, whose console shows escape sequences as they are.
 */
#ifndef COPYDATA_WIN_CONSOLE_H
#define COPYDATA_WIN_CONSOLE_H

#include "win/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

/* Whether a standard stream, STD_OUTPUT_HANDLE and the like, is a console, not a file or pipe. */
bool cd_console_is(DWORD stream);

/* Writes to a standard stream that is a console. Returns false when that failed. */
bool cd_console_write(DWORD stream, const wchar_t *units, size_t count);

/* The columns of the console that a standard stream is; 0 when it is none. */
int cd_console_columns(DWORD stream);

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
