/* SPDX-License-Identifier: MIT
 *
 * The contents of ext values: references to tables, and objects made by a registered unpack.
 */
#include "unpack_ext.h"

#include <lauxlib.h>

#include <stdio.h>

#include "mp/read.h"
#include "mp/timestamp.h"
#include "kinds.h"
#include "unpack_table.h"

/* The payload is the number of a shared table, as MessagePack. A table whose content comes later is
 * created here, for its container to fill. */
static bool push_reference(cd_decoder *d, const char *payload, size_t length)
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

/* Pushes a field of the type's registration. [-0, +1, -] */
static void push_registered(const cd_decoder *d, int type, int field)
{
    lua_State *L = d->L;
    lua_rawgeti(L, d->home, CD_HOME_TYPES);
    lua_rawgeti(L, -1, type);
    lua_rawgeti(L, -1, field);
    lua_replace(L, -3);
    lua_pop(L, 1);
}

/* Pushes what a registered unpack returns. */
static bool push_unpacked(cd_decoder *d, int type, const char *payload, size_t length, bool as_key)
{
    lua_State *L = d->L;
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    push_registered(d, type, CD_REG_UNPACK);
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

static bool push_timestamp(cd_decoder *d, const char *payload, size_t length)
{
    cd_timestamp timestamp;
    if (!cd_load_timestamp(payload, length, &timestamp))
        return cd_decoder_fail(d, "an invalid timestamp");
    cd_timestamp_push(d->L, d->home, &timestamp);
    return true;
}

cd_ext_result cd_decoder_ext(cd_decoder *d, int type, const char *payload, size_t length,
                             bool as_key)
{
    bool fine = true;
    cd_reader_kind reader = type >= 0 ? d->codec->readers[type] : CD_AS_EXT;
    if (type == -1) {
        fine = push_timestamp(d, payload, length);
    } else if (d->refs && type == CD_REFS_TYPE) {
        fine = push_reference(d, payload, length);
    } else if (reader == CD_UNPACKED) {
        fine = push_unpacked(d, type, payload, length, as_key);
    } else if (reader == CD_FIELDS) {
        fine = cd_may_open(d, 0);
        d->payload[0] = (size_t)(payload - d->bytes);
        d->payload[1] = d->payload[0] + length;
        return fine ? CD_EXT_OPENS : CD_EXT_FAILED;
    } else {
        cd_ext_push(d->L, d->home, (int8_t)type, payload, length);
    }
    return fine ? CD_EXT_PUSHED : CD_EXT_FAILED;
}

bool cd_decoder_object(cd_decoder *d, int type, size_t offset)
{
    lua_State *L = d->L;
    if (offset != d->limit || lua_type(L, -1) != LUA_TTABLE)
        return cd_decoder_fail(d, "an object that is not a table of fields");
    push_registered(d, type, CD_REG_METATABLE);
    lua_setmetatable(L, -2);
    d->limit = (size_t)lua_tointeger(L, -2);
    lua_remove(L, -2);
    return true;
}
