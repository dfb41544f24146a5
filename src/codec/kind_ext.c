/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>

#include "mp/pack.h"
#include "kinds.h"

#define EXT_NAME "msgpack.ext"
#define BIN_NAME "msgpack.bin"

void cd_ext_push(lua_State *L, int home, int8_t type, const char *bytes, size_t length)
{
    cd_ext *ext = cd_kind_push(L, home, CD_EXT, offsetof(cd_ext, bytes) + length + 1, 0);
    ext->length = length;
    ext->type = type;
    memcpy(ext->bytes, bytes, length);
}

/* ext(type, bytes) */
int cd_ext_new(lua_State *L)
{
    lua_Integer type = luaL_checkinteger(L, 1);
    size_t length;
    const char *bytes = luaL_checklstring(L, 2, &length);
    luaL_argcheck(L, type >= -128 && type <= 127, 1, "an ext type is -128 to 127");
    luaL_argcheck(L, type != -1, 1, "ext type -1 is the timestamp's");
    luaL_argcheck(L, length <= CD_PACK_COUNT_MAX - 1, 2, "too long");
    cd_ext_push(L, lua_upvalueindex(1), (int8_t)type, bytes, length);
    return 1;
}

static cd_ext *check_ext(lua_State *L, int index)
{
    return luaL_checkudata(L, index, EXT_NAME);
}

static int ext_index(lua_State *L)
{
    const cd_ext *ext = check_ext(L, 1);
    const char *name = luaL_checkstring(L, 2);
    if (strcmp(name, "type") == 0)
        lua_pushinteger(L, ext->type);
    else if (strcmp(name, "bytes") == 0)
        lua_pushlstring(L, ext->bytes, ext->length);
    else
        lua_pushnil(L);
    return 1;
}

static int ext_eq(lua_State *L)
{
    const cd_ext *a = check_ext(L, 1), *b = luaL_testudata(L, 2, EXT_NAME);
    lua_pushboolean(L, b != NULL && a->type == b->type && a->length == b->length &&
                           memcmp(a->bytes, b->bytes, a->length) == 0);
    return 1;
}

static int ext_tostring(lua_State *L)
{
    const cd_ext *ext = check_ext(L, 1);
    lua_pushfstring(L, EXT_NAME "(%d, %I bytes)", (int)ext->type, (LUAI_UACINT)ext->length);
    return 1;
}

/* bin(bytes); the string is its user value. */
int cd_bin_new(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TSTRING);
    cd_kind_push(L, lua_upvalueindex(1), CD_BIN, 0, 1);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

static int bin_tostring(lua_State *L)
{
    luaL_checkudata(L, 1, BIN_NAME);
    lua_getiuservalue(L, 1, 1);
    return 1;
}

static int bin_len(lua_State *L)
{
    bin_tostring(L);
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, -1));
    return 1;
}

static int bin_eq(lua_State *L)
{
    luaL_checkudata(L, 1, BIN_NAME);
    lua_getiuservalue(L, 1, 1);
    bool same = luaL_testudata(L, 2, BIN_NAME) != NULL;
    if (same) {
        lua_getiuservalue(L, 2, 1);
        same = lua_rawequal(L, -1, -2);
    }
    lua_pushboolean(L, same);
    return 1;
}

void cd_ext_open(lua_State *L)
{
    static const luaL_Reg bin[] = {
        {"__tostring", bin_tostring}, {"__len", bin_len}, {"__eq", bin_eq}, {NULL, NULL}};
    static const luaL_Reg ext[] = {
        {"__index", ext_index}, {"__tostring", ext_tostring}, {"__eq", ext_eq}, {NULL, NULL}};
    cd_kind_open(L, CD_BIN, BIN_NAME, bin);
    cd_kind_open(L, CD_EXT, EXT_NAME, ext);
}
