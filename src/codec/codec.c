/* SPDX-License-Identifier: MIT */
#include "codec.h"

#include <lauxlib.h>

#include <string.h>

#include "api.h"
#include "values.h"

static const char home_key = 0; /* its address is the home's key in the registry */

cd_codec *cd_codec_push(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &home_key);
    lua_rawgeti(L, -1, CD_HOME_CODEC);
    cd_codec *codec = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return codec;
}

cd_kind cd_codec_kind(lua_State *L, const cd_codec *codec, int index)
{
    if (!lua_getmetatable(L, index))
        return CD_NO_KIND;
    const void *metatable = lua_topointer(L, -1);
    lua_pop(L, 1);
    int kind = CD_KINDS - 1;
    while (kind > CD_NO_KIND && codec->metatables[kind] != metatable)
        kind--;
    return (cd_kind)kind;
}

/* Pushes a new home, with all in it. */
static void make_home(lua_State *L)
{
    lua_createtable(L, CD_HOME_SIZE, 0);
    cd_codec *codec = lua_newuserdatauv(L, sizeof *codec, 0);
    memset(codec, 0, sizeof *codec);
    lua_rawseti(L, -2, CD_HOME_CODEC);
    if (luaL_loadstring(L, "return {...}") != LUA_OK)
        lua_error(L);
    lua_rawseti(L, -2, CD_HOME_BUILD);
    for (int i = CD_HOME_TYPES; i <= CD_HOME_CLASSES; i++) {
        lua_newtable(L);
        lua_rawseti(L, -2, i);
    }
    cd_values_open(L);
    for (int kind = CD_NO_KIND + 1; kind < CD_KINDS; kind++) {
        lua_rawgeti(L, -1, CD_HOME_METATABLE + kind);
        codec->metatables[kind] = lua_topointer(L, -1);
        lua_pop(L, 1);
    }
}

void cd_open_msgpack(lua_State *L)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &home_key) != LUA_TTABLE) {
        lua_pop(L, 1);
        make_home(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &home_key);
    }
    cd_api_push(L);
    lua_setfield(L, -3, "msgpack");
    lua_pop(L, 1);
}
