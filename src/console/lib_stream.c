/* SPDX-License-Identifier: MIT
 *
 * Binding of the standard streams.
 */
#include "lua/binding.h"
#include "module.h"
#include "stream.h"

#include <lauxlib.h>
#include <wchar.h>

static DWORD check_stream(lua_State *L)
{
    static const char *const names[] = {"input", "output", "error", NULL};
    static const DWORD streams[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};

    return streams[luaL_checkoption(L, 1, NULL, names)];
}

/* is("input" | "output" | "error") -> whether that stream is a console */
static int is_console(lua_State *L)
{
    lua_pushboolean(L, cd_stream_is_console(check_stream(L)));
    return 1;
}

/* columns(stream) -> how many; 0 unless it is a console */
static int console_columns(lua_State *L)
{
    lua_pushinteger(L, cd_stream_columns(check_stream(L)));
    return 1;
}

/* write(stream, text) -> whether it succeeded */
static int console_write(lua_State *L)
{
    const wchar_t *units = cd_push_wide(L, 2);

    lua_pushboolean(L, cd_stream_write(check_stream(L), units, wcslen(units)));
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
