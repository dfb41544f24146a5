/* SPDX-License-Identifier: MIT */
#include "codec.h"

static const char home_key = 0; /* its address is the home's key in the registry */

void cd_codec_keep(lua_State *L)
{
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &home_key);
}

cd_codec *cd_codec_push(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &home_key) == LUA_TNIL)
        return NULL;
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
