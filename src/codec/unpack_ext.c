/* SPDX-License-Identifier: MIT
 *
 * What is inside ext values: references to tables, and objects that a registered unpack makes.
 */
#include "decoder.h"

#include <lauxlib.h>

#include <stdio.h>

#include "mp/read.h"

/* The payload is the number of a shared table, as MessagePack. A table whose content is still to
 * come is made here, for its container to fill. */
bool cd_decoder_reference(cd_decoder *d, const char *payload, size_t length)
{
    lua_State *L = d->L;
    cd_reader reader = cd_reader_of(payload, length);
    uint64_t number;
    if (!cd_read_uint(&reader, &number) || cd_reader_left(&reader) != 0 || number == 0 ||
        number > d->shared)
        return cd_decoder_fail(d, "a reference to nothing");
    if (lua_rawgeti(L, d->tables, (lua_Integer)number) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawseti(L, d->tables, (lua_Integer)number);
    }
    return true;
}

static bool is_nan(lua_State *L, int index)
{
    return lua_type(L, index) == LUA_TNUMBER && lua_tonumber(L, index) != lua_tonumber(L, index);
}

static bool is_null(lua_State *L, int index)
{
    return lua_islightuserdata(L, index) && lua_touserdata(L, index) == NULL;
}

bool cd_decoder_unpack(cd_decoder *d, int type, const char *payload, size_t length, bool as_key)
{
    lua_State *L = d->L;
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_rawgeti(L, d->home, CD_HOME_TYPES);
    lua_rawgeti(L, -1, type);
    lua_rawgeti(L, -1, CD_REG_UNPACK);
    lua_replace(L, -3);
    lua_pop(L, 1);
    lua_pushlstring(L, payload, length);
    int status = lua_pcall(L, 1, 1, 0);
    if (status == LUA_ERRMEM)
        lua_error(L);
    if (status != LUA_OK) {
        const char *raised =
            lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "an error that is no string";
        snprintf(d->error->message, sizeof d->error->message, "unpack of ext type %d raised %s",
                 type, raised);
        return false;
    }
    if (lua_isnil(L, -1) && d->depth > 0) {
        lua_pop(L, 1);
        lua_pushlightuserdata(L, NULL); /* as for every nil */
    }
    if (as_key && is_null(L, -1))
        return cd_decoder_fail(d, "nil as a map key");
    if (as_key && is_nan(L, -1))
        return cd_decoder_fail(d, "NaN as a map key");
    return true;
}
