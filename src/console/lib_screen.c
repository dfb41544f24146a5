/* SPDX-License-Identifier: MIT
 *
 * A separate screen to draw on, which covers the console, and the keys pressed there. The previous
 * one comes back when it is closed, and also when the process dies: Windows then shows the
 * remaining screen.
 *
 * Uses console functions rather than escape sequences, because every Windows and Wine support them;
 * Wine's console prints escape sequences as they are.
 */
#include "lua/binding.h"
#include "module.h"
#include "win/text.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <wchar.h>

#define SCREEN_TYPE "copydata.screen"

#define PLAIN (FOREGROUND_RED | FOREGROUND_GREEN | FOREGROUND_BLUE)

typedef struct cd_screen {
    HANDLE output; /* NULL: closed */
    HANDLE shown;  /* shown before this one */
    HANDLE input;
} cd_screen;

/* Stores a handle; INVALID_HANDLE_VALUE: the call `what` has just failed. */
static bool hold(HANDLE *place, HANDLE handle, const char *what, cd_failure *failure)
{
    if (handle == INVALID_HANDLE_VALUE) {
        cd_fail_win32(failure, what, GetLastError());
        return false;
    }
    *place = handle;
    return true;
}

static HANDLE open_console(const wchar_t *name)
{
    return CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                       OPEN_EXISTING, 0, NULL);
}

static HANDLE make_buffer(void)
{
    return CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE,
                                     FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                     CONSOLE_TEXTMODE_BUFFER, NULL);
}

/* Not the standard streams, any of which may be a file. */
static bool open_handles(cd_screen *screen, cd_failure *failure)
{
    return hold(&screen->shown, open_console(L"CONOUT$"), "opening the console", failure) &&
           hold(&screen->input, open_console(L"CONIN$"), "opening the console", failure) &&
           hold(&screen->output, make_buffer(), "CreateConsoleScreenBuffer", failure);
}

/* Returns false, with `failure` filled in, when Windows refuses; then some handles may be open. */
static bool show(cd_screen *screen, cd_failure *failure)
{
    CONSOLE_CURSOR_INFO hidden = {.dwSize = 1, .bVisible = FALSE};

    if (!open_handles(screen, failure))
        return false;
    SetConsoleCursorInfo(screen->output, &hidden);
    if (SetConsoleActiveScreenBuffer(screen->output))
        return true;
    cd_fail_win32(failure, "SetConsoleActiveScreenBuffer", GetLastError());
    return false;
}

static void shut(cd_screen *screen)
{
    if (screen->output != NULL) {
        SetConsoleActiveScreenBuffer(screen->shown);
        CloseHandle(screen->output);
    }
    if (screen->shown != NULL)
        CloseHandle(screen->shown);
    if (screen->input != NULL)
        CloseHandle(screen->input);
    *screen = (cd_screen){NULL, NULL, NULL};
}

/* The visible part of the screen. */
static SMALL_RECT window_of(const cd_screen *screen)
{
    CONSOLE_SCREEN_BUFFER_INFO information;

    if (!GetConsoleScreenBufferInfo(screen->output, &information))
        return (SMALL_RECT){0, 0, 79, 24};
    return information.srWindow;
}

/* The start of a row. Returns its width; 0 when there is no such row. */
static DWORD row_at(const cd_screen *screen, int row, COORD *start)
{
    SMALL_RECT window = window_of(screen);

    *start = (COORD){window.Left, (SHORT)(window.Top + row)};
    if (row < 0 || start->Y > window.Bottom)
        return 0;
    return (DWORD)(window.Right - window.Left + 1);
}

/* screen() -> a separate screen | failure: needs a console */
static int open_screen(lua_State *L)
{
    cd_failure failure;
    cd_screen *screen = cd_push_object(L, SCREEN_TYPE, sizeof *screen);

    if (show(screen, &failure))
        return 1;
    shut(screen);
    return cd_push_failure(L, &failure);
}

static cd_screen *check_screen(lua_State *L)
{
    cd_screen *screen = luaL_checkudata(L, 1, SCREEN_TYPE);

    luaL_argcheck(L, screen->output != NULL, 1, "the screen is closed");
    return screen;
}

/* screen:size() -> columns, rows: the current ones, which follow the window's */
static int screen_size(lua_State *L)
{
    SMALL_RECT window = window_of(check_screen(L));

    lua_pushinteger(L, window.Right - window.Left + 1);
    lua_pushinteger(L, window.Bottom - window.Top + 1);
    return 2;
}

/* screen:put(row, text): rows count from 0; text past a row's end is cut; keeps the colours */
static int screen_put(lua_State *L)
{
    const cd_screen *screen = check_screen(L);
    COORD start;
    DWORD width = row_at(screen, (int)luaL_checkinteger(L, 2), &start);
    const wchar_t *units = cd_push_wide(L, 3);
    size_t count = wcslen(units);
    DWORD done;

    WriteConsoleOutputCharacterW(screen->output, units, count < width ? (DWORD)count : width, start,
                                 &done);
    return 0;
}

/* screen:colour(row, attributes): the console's bits of blue, green, red, bright, and background */
static int screen_colour(lua_State *L)
{
    const cd_screen *screen = check_screen(L);
    COORD start;
    DWORD width = row_at(screen, (int)luaL_checkinteger(L, 2), &start);
    DWORD done;

    FillConsoleOutputAttribute(screen->output, (WORD)luaL_checkinteger(L, 3), width, start, &done);
    return 0;
}

/* screen:clear(): fills it with blanks, white on black */
static int screen_clear(lua_State *L)
{
    const cd_screen *screen = check_screen(L);
    COORD start;
    DWORD width, done;

    for (int row = 0; (width = row_at(screen, row, &start)) > 0; row++) {
        FillConsoleOutputCharacterW(screen->output, L' ', width, start, &done);
        FillConsoleOutputAttribute(screen->output, PLAIN, width, start, &done);
    }
    return 0;
}

/* screen:key() -> the next pressed key's character; nil when there is none: never waits */
static int screen_key(lua_State *L)
{
    const cd_screen *screen = check_screen(L);
    INPUT_RECORD record;
    DWORD count;
    char text[3];

    /* Not GetNumberOfConsoleInputEvents: Wine counts only what it has read, and the call reads
     * nothing. */
    while (PeekConsoleInputW(screen->input, &record, 1, &count) && count > 0 &&
           ReadConsoleInputW(screen->input, &record, 1, &count)) {
        wchar_t key = record.Event.KeyEvent.uChar.UnicodeChar;
        if (record.EventType != KEY_EVENT || !record.Event.KeyEvent.bKeyDown || key == L'\0')
            continue;
        lua_pushlstring(L, text, cd_utf8(&key, 1, text, sizeof text));
        return 1;
    }
    return 0;
}

/* screen:close(): shows the previous screen again */
static int screen_close(lua_State *L)
{
    shut(luaL_checkudata(L, 1, SCREEN_TYPE));
    return 0;
}

void cd_open_screen(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"size", screen_size},     {"put", screen_put},    {"colour", screen_colour},
        {"clear", screen_clear},   {"key", screen_key},    {"close", screen_close},
        {"__close", screen_close}, {"__gc", screen_close}, {NULL, NULL},
    };

    lua_pushcfunction(L, open_screen);
    lua_setfield(L, -2, "screen");
    cd_make_type(L, SCREEN_TYPE, methods);
}
