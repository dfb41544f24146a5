/* SPDX-License-Identifier: MIT
 *
 * Standard streams that are a console: writes Unicode, which C's own functions do not.
 */
#include "lua/binding.h"
#include "module.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <wchar.h>

#define WRITE_MOST 8192 /* units at once: older consoles accept at most 64 KiB */

static HANDLE check_stream(lua_State *L)
{
    static const char *const names[] = {"input", "output", "error", NULL};
    static const DWORD streams[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};

    return GetStdHandle(streams[luaL_checkoption(L, 1, NULL, names)]);
}

/* is("input" | "output" | "error") -> whether that stream is a console, not a file or pipe */
static int is_console(lua_State *L)
{
    DWORD mode;

    lua_pushboolean(L, GetConsoleMode(check_stream(L), &mode));
    return 1;
}

/* columns(stream) -> how many; 0 unless it is a console */
static int console_columns(lua_State *L)
{
    CONSOLE_SCREEN_BUFFER_INFO information;
    bool known = GetConsoleScreenBufferInfo(check_stream(L), &information);

    lua_pushinteger(L, known ? information.srWindow.Right - information.srWindow.Left + 1 : 0);
    return 1;
}

static bool write_all(HANDLE output, const wchar_t *units, size_t count)
{
    while (count > 0) {
        DWORD part = count < WRITE_MOST ? (DWORD)count : WRITE_MOST;
        DWORD written = 0;
        if (part < count && IS_HIGH_SURROGATE(units[part - 1]))
            part--;
        if (!WriteConsoleW(output, units, part, &written, NULL) || written == 0)
            return false;
        units += written;
        count -= written;
    }
    return true;
}

/* write(stream, text) -> whether it succeeded, on a stream that is a console */
static int console_write(lua_State *L)
{
    const wchar_t *units = cd_push_wide(L, 2);

    lua_pushboolean(L, write_all(check_stream(L), units, wcslen(units)));
    return 1;
}

void cd_open_stream(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"is", is_console},
        {"columns", console_columns},
        {"write", console_write},
        {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
}
