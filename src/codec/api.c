/* SPDX-License-Identifier: MIT
 *
 * The Lua-facing functions of the codec. Each has the home as its first upvalue.
 */
#include "api.h"

#include <lauxlib.h>

#include <stdint.h>

#include "codec.h"
#include "decoder.h"
#include "encoder.h"
#include "msgpack.h"
#include "options.h"
#include "register.h"
#include "mp/utf8.h"
#include "values.h"

enum { HOME = 1, CODEC = 2, BUFFER = 3 }; /* upvalues; the buffer is kept from call to call */

enum { LONG = 16384 };

static bool is_long(lua_State *L)
{
    if (lua_type(L, 1) != LUA_TSTRING)
        return false;
    size_t length = lua_rawlen(L, 1);
    return length >= LONG && length <= CD_PACK_COUNT_MAX;
}

/* A long string alone: joined to its header it is copied once, and not into the buffer first. */
static void encode_long(lua_State *L)
{
    char header[CD_PACK_MAX];
    cd_packer packer = {header};
    size_t length;
    const char *bytes = lua_tolstring(L, 1, &length);
    if (cd_utf8_valid(bytes, length))
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
        encode_long(L);
        return 1;
    }
    cd_buffer *buffer = cd_buffer_kept(L, kept);
    cd_encode_with(L, 1, buffer, kept, options, lua_upvalueindex(HOME),
                   lua_touserdata(L, lua_upvalueindex(CODEC)));
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
    size_t size, max_size = SIZE_MAX;
    const char *bytes = luaL_checklstring(L, 1, &size);
    lua_Integer first = 0;
    cd_decode_options options = cd_decode_defaults;
    if (!lua_isnoneornil(L, 2))
        cd_check_decode_options(L, 2, &options, &max_size, &first);
    size_t start = 0, end;
    if (first != 0) {
        luaL_argcheck(L, (lua_Unsigned)first - 1 <= size, 2, "option 'first' is behind the bytes");
        start = (size_t)first - 1;
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
    lua_pushinteger(L, first + (lua_Integer)end);
    return 2;
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

void cd_api_push(lua_State *L)
{
    static const luaL_Reg functions[] = {{"decode", decode},
                                         {"array", array},
                                         {"map", map},
                                         {"register", cd_register},
                                         {NULL, NULL}};
    int home = lua_gettop(L);
    luaL_newlibtable(L, functions);
    lua_pushvalue(L, home);
    lua_rawgeti(L, home, CD_HOME_CODEC);
    luaL_setfuncs(L, functions, 2);
    cd_values_add(L, home);
    lua_pushvalue(L, home);
    lua_rawgeti(L, home, CD_HOME_CODEC);
    lua_pushnil(L);
    lua_pushcclosure(L, encode, 3);
    lua_setfield(L, -2, "encode");
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
}
