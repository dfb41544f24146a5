/* SPDX-License-Identifier: MIT */
#include "binding.h"
#include "win/text.h"
#include "wire/name.h"

#include <stdint.h>
#include <string.h>

void cd_push_module(lua_State *L)
{
    luaL_checkversion(L);
    lua_newtable(L);
    lua_pushliteral(L, COPYDATA_VERSION); /* of lua/copydata/version.lua */
    lua_setfield(L, -2, "version");
    cd_open_box(L);
}

void cd_make_type(lua_State *L, const char *name, const luaL_Reg *methods)
{
    luaL_newmetatable(L, name);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

void *cd_push_object(lua_State *L, const char *type, size_t size)
{
    void *object = memset(lua_newuserdatauv(L, size, 1), 0, size);

    luaL_setmetatable(L, type);
    return object;
}

int cd_push_failure(lua_State *L, const cd_failure *failure)
{
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", failure->name, failure->message);
    lua_pushstring(L, failure->name);
    return 3;
}

const char *cd_check_name(lua_State *L, int argument, size_t *size)
{
    const char *bytes = luaL_checklstring(L, argument, size);
    const char *wrong = cd_name_wrong(bytes, *size);

    if (wrong != NULL)
        luaL_argerror(L, argument, lua_pushfstring(L, "channel name %s", wrong));
    return bytes;
}

HWND cd_check_hwnd(lua_State *L, int argument)
{
    return (HWND)(intptr_t)luaL_checkinteger(L, argument);
}

const wchar_t *cd_push_wide(lua_State *L, int argument)
{
    size_t size;
    const char *bytes = luaL_checklstring(L, argument, &size);
    wchar_t *units = lua_newuserdatauv(L, (size + 1) * sizeof *units, 0);
    size_t count = cd_utf16(bytes, size, units, size);

    if (size > 0 && count == 0)
        luaL_argerror(L, argument, "not valid UTF-8");
    units[count] = L'\0';
    return units;
}

void cd_push_text(lua_State *L, const wchar_t *units, size_t count)
{
    luaL_Buffer buffer;
    char *text = luaL_buffinitsize(L, &buffer, 3 * count);

    luaL_pushresultsize(&buffer, cd_utf8(units, count, text, 3 * count));
}
