/* SPDX-License-Identifier: MIT */
#include "values.h"

#include <lauxlib.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codec.h"

static void *push(lua_State *L, int home, cd_kind kind, size_t size, int uservalues)
{
    void *userdata = lua_newuserdatauv(L, size, uservalues);
    lua_rawgeti(L, home, CD_HOME_METATABLE + (int)kind);
    lua_setmetatable(L, -2);
    return userdata;
}

void cd_push_timestamp(lua_State *L, int home, const cd_timestamp *timestamp)
{
    *(cd_timestamp *)push(L, home, CD_TIMESTAMP, sizeof *timestamp, 0) = *timestamp;
}

void cd_push_uint64(lua_State *L, int home, uint64_t number)
{
    *(uint64_t *)push(L, home, CD_UINT64, sizeof number, 0) = number;
}

void cd_push_ext(lua_State *L, int home, int8_t type, const char *bytes, size_t length)
{
    cd_ext *ext = push(L, home, CD_EXT, sizeof *ext + length, 0);
    ext->length = length;
    ext->type = type;
    memcpy(ext->bytes, bytes, length);
}

static int uint64_tostring(lua_State *L)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64,
             *(uint64_t *)luaL_checkudata(L, 1, "msgpack.uint64"));
    lua_pushstring(L, digits);
    return 1;
}

static void metatable(lua_State *L, cd_kind kind, const char *name, const luaL_Reg *functions)
{
    luaL_newmetatable(L, name);
    luaL_setfuncs(L, functions, 0);
    lua_rawseti(L, -2, CD_HOME_METATABLE + (int)kind);
}

void cd_values_open(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg uint64[] = {{"__tostring", uint64_tostring}, {NULL, NULL}};
    metatable(L, CD_ARRAY, "msgpack.array", none);
    metatable(L, CD_MAP, "msgpack.map", none);
    metatable(L, CD_BIN, "msgpack.bin", none);
    metatable(L, CD_TIMESTAMP, "msgpack.timestamp", none);
    metatable(L, CD_UINT64, "msgpack.uint64", uint64);
    metatable(L, CD_EXT, "msgpack.ext", none);
}
