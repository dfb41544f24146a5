/* SPDX-License-Identifier: MIT
 *
 * The Lua-facing functions of the codec. Their first upvalue is the home, the second the cd_codec.
 */
#include "api.h"

#include <lauxlib.h>

#include <stdint.h>
#include <string.h>

#include "mp/pack.h"
#include "codec.h"
#include "decode.h"
#include "encode.h"
#include "kinds.h"
#include "msgpack.h"
#include "options.h"
#include "register.h"

enum { HOME = 1, CODEC = 2, BUFFER = 3 }; /* upvalues; the buffer is kept between calls */

enum { LONG = 16384 };

static bool is_long(lua_State *L)
{
    if (lua_type(L, 1) != LUA_TSTRING)
        return false;
    lua_Unsigned length = lua_rawlen(L, 1);
    return length >= LONG && length <= CD_PACK_COUNT_MAX;
}

/* A long string alone: concatenated with its header, copied once instead of via the buffer. */
static void encode_long(lua_State *L, const cd_codec *codec)
{
    char header[CD_PACK_MAX];
    cd_packer packer = {header};
    size_t length;
    const char *bytes = lua_tolstring(L, 1, &length);
    if (codec->is_utf8(bytes, length))
        cd_pack_str(&packer, length);
    else
        cd_pack_bin(&packer, length);
    lua_pushlstring(L, header, (size_t)(packer.at - header));
    lua_pushvalue(L, 1);
    lua_concat(L, 2);
}

/* encode(value [, options]) */
static int encode(lua_State *L)
{
    cd_codec *codec = lua_touserdata(L, lua_upvalueindex(CODEC));
    cd_encode_options given;
    const cd_encode_options *options = NULL;
    int arguments = lua_gettop(L), kept = lua_upvalueindex(BUFFER);
    luaL_argcheck(L, arguments >= 1, 1, "value expected");
    if (arguments > 1) {
        if (!lua_isnil(L, 2)) {
            given = cd_encode_defaults;
            cd_check_encode_options(L, 2, &given);
            options = &given;
        }
        lua_settop(L, 1);
    }
    if (options == NULL && is_long(L)) {
        encode_long(L, codec);
        return 1;
    }
    cd_buffer *buffer = cd_buffer_kept(L, kept);
    cd_encode_with(L, 1, buffer, kept, options, lua_upvalueindex(HOME), codec);
    lua_pushlstring(L, buffer->bytes, buffer->size);
    return 1;
}

static int fail(lua_State *L, const char *name, const char *message)
{
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", name, message);
    lua_pushstring(L, name);
    return 3;
}

/* decode(bytes [, options]) */
static int decode(lua_State *L)
{
    size_t size, max_size = SIZE_MAX, first = 0;
    const char *bytes = luaL_checklstring(L, 1, &size);
    cd_decode_options options = cd_decode_defaults;
    if (!lua_isnoneornil(L, 2))
        cd_check_decode_options(L, 2, &options, &max_size, &first);
    size_t start = 0, end = 0;
    if (first != 0) {
        start = first - 1;
        luaL_argcheck(L, start <= size, 2, "option 'first' is past the end of the bytes");
    }
    if (size - start > max_size)
        return fail(L, "TOO_LARGE",
                    lua_pushfstring(L, "%I bytes, and max_size is %I", (LUAI_UACINT)(size - start),
                                    (LUAI_UACINT)max_size));
    cd_decode_error error;
    if (!cd_decode_with(L, bytes + start, size - start, &options, first != 0 ? &end : NULL, &error,
                        lua_upvalueindex(HOME), lua_touserdata(L, lua_upvalueindex(CODEC))))
        return fail(L, "MALFORMED",
                    lua_pushfstring(L, "%s at byte %I", error.message,
                                    (LUAI_UACINT)(start + error.position + 1)));
    if (first == 0)
        return 1;
    lua_pushinteger(L, (lua_Integer)(first + end));
    return 2;
}

/* Marks the given table, or a new one, and returns it. A mark may replace another mark. */
static int mark(lua_State *L, cd_kind kind)
{
    lua_settop(L, 1);
    if (lua_isnil(L, 1)) {
        lua_newtable(L);
        lua_replace(L, 1);
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    const cd_codec *codec = lua_touserdata(L, lua_upvalueindex(CODEC));
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

static void open_kinds(lua_State *L)
{
    static const luaL_Reg no_metamethods[] = {{NULL, NULL}};
    cd_kind_open(L, CD_ARRAY, "msgpack.array", no_metamethods);
    cd_kind_open(L, CD_MAP, "msgpack.map", no_metamethods);
    cd_ext_open(L);
    cd_timestamp_open(L);
    cd_uint64_open(L);
}

/* Pushes a new, complete home. */
static void make_home(lua_State *L)
{
    lua_createtable(L, CD_HOME_SIZE, 0);
    cd_codec *codec = lua_newuserdatauv(L, sizeof *codec, 0);
    memset(codec, 0, sizeof *codec);
    codec->is_utf8 = cd_utf8_fastest();
    lua_rawseti(L, -2, CD_HOME_CODEC);
    if (luaL_loadstring(L, "return {...}") != LUA_OK)
        lua_error(L);
    lua_rawseti(L, -2, CD_HOME_BUILD);
    for (int i = CD_HOME_TYPES; i <= CD_HOME_CLASSES; i++) {
        lua_newtable(L);
        lua_rawseti(L, -2, i);
    }
    open_kinds(L);
    for (int kind = CD_NO_KIND + 1; kind < CD_KINDS; kind++) {
        lua_rawgeti(L, -1, CD_HOME_METATABLE + kind);
        codec->metatables[kind] = lua_topointer(L, -1);
        lua_pop(L, 1);
    }
}

/* Pushes the table that lua/copydata/msgpack.lua documents and exports. The home is on top of the
 * stack, and stays there. */
static void push_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {{"decode", decode},
                                         {"array", array},
                                         {"map", map},
                                         {"register", cd_register},
                                         {"bin", cd_bin_new},
                                         {"ext", cd_ext_new},
                                         {"timestamp", cd_timestamp_new},
                                         {"uint64", cd_uint64_new},
                                         {NULL, NULL}};
    int home = lua_gettop(L);
    luaL_newlibtable(L, functions);
    lua_pushvalue(L, home);
    lua_rawgeti(L, home, CD_HOME_CODEC);
    luaL_setfuncs(L, functions, 2);
    lua_pushvalue(L, home);
    lua_rawgeti(L, home, CD_HOME_CODEC);
    lua_pushnil(L);
    lua_pushcclosure(L, encode, 3);
    lua_setfield(L, -2, "encode");
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
}

void cd_open_msgpack(lua_State *L)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    if (cd_codec_push(L) == NULL) {
        lua_pop(L, 1);
        make_home(L);
        cd_codec_keep(L);
    }
    push_functions(L);
    lua_setfield(L, -3, "msgpack");
    lua_pop(L, 1);
}
