/* SPDX-License-Identifier: MIT
 *
 * The Lua-facing functions of the codec. Each has the home as its first upvalue.
 */
#include "api.h"

#include <lauxlib.h>

#include "codec.h"
#include "msgpack.h"

enum { HOME = 1, BUFFER = 2 }; /* upvalues */

static int encode(lua_State *L)
{
    luaL_checkany(L, 1);
    cd_buffer *buffer = cd_buffer_take(L, lua_upvalueindex(BUFFER));
    cd_encode(L, 1, buffer, NULL);
    lua_pushlstring(L, buffer->bytes, buffer->size);
    return 1;
}

static int decode(lua_State *L)
{
    size_t size;
    const char *bytes = luaL_checklstring(L, 1, &size);
    cd_decode_error error;
    if (cd_decode(L, bytes, size, NULL, NULL, &error))
        return 1;
    lua_pushnil(L);
    lua_pushfstring(L, "MALFORMED: %s at byte %I", error.message,
                    (LUAI_UACINT)error.position + 1);
    lua_pushliteral(L, "MALFORMED");
    return 3;
}

/* Marks the table given, or a new one, and returns it. A mark may replace another mark. */
static int mark(lua_State *L, cd_kind kind)
{
    lua_settop(L, 1);
    if (lua_isnil(L, 1)) {
        lua_newtable(L);
        lua_replace(L, 1);
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_rawgeti(L, lua_upvalueindex(HOME), CD_HOME_CODEC);
    const cd_codec *codec = lua_touserdata(L, -1);
    luaL_argcheck(L, !lua_getmetatable(L, 1) || cd_codec_kind(L, codec, 1) != CD_NO_KIND, 1,
                  "the table has a metatable");
    lua_rawgeti(L, lua_upvalueindex(HOME), CD_HOME_METATABLE + (int)kind);
    lua_setmetatable(L, 1);
    lua_settop(L, 1);
    return 1;
}

static int array(lua_State *L)
{
    return mark(L, CD_ARRAY);
}

static int map(lua_State *L)
{
    return mark(L, CD_MAP);
}

void cd_api_push(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"encode", encode}, {"decode", decode}, {"array", array}, {"map", map}, {NULL, NULL}};
    int home = lua_gettop(L);
    luaL_newlibtable(L, functions);
    lua_pushvalue(L, home);
    lua_pushnil(L);
    luaL_setfuncs(L, functions, 2);
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
}
