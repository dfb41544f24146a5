/* SPDX-License-Identifier: MIT
 *
 * A screen to draw on, and the keys pressed there.
 *
 * Uses console functions rather than escape sequences, because every Windows and Wine support them;
 * Wine's console prints escape sequences as they are.
 */
#ifndef COPYDATA_CONSOLE_SCREEN_H
#define COPYDATA_CONSOLE_SCREEN_H

#include "win/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

/*
 * A separate screen that covers the console. The previous one comes back when it is closed, and
 * also when the process dies: Windows then shows the remaining screen.
 */
typedef struct cd_screen {
    HANDLE output; /* NULL: closed */
    HANDLE shown;  /* shown before this one */
    HANDLE input;
} cd_screen;

/* Needs a console; on failure fills in `failure` and leaves nothing open. */
bool cd_screen_open(cd_screen *screen, cd_failure *failure);
void cd_screen_close(cd_screen *screen);

/* Its current size, which follows the window's. */
void cd_screen_size(const cd_screen *screen, int *columns, int *rows);

/* Writes into one row, from 0; text past its end is cut. Keeps the colours. */
void cd_screen_put(const cd_screen *screen, int row, const wchar_t *units, size_t count);

/* Colours one row: FOREGROUND_RED and the like. */
void cd_screen_colour(const cd_screen *screen, int row, WORD attributes);

/* Clears it. */
void cd_screen_clear(const cd_screen *screen);

/* Reads the next pressed key that has a character; false when there is none. Never waits. */
bool cd_screen_key(const cd_screen *screen, wchar_t *key);

#endif
