/* SPDX-License-Identifier: MIT
 *
 * Values whose metatable defines their encoding: registered classes, __msgpack; and tables with
 * other metatables, whose fields are encoded.
 */
#include <lauxlib.h>

#include "encoder.h"

bool cd_object_registration(const cd_encoder *e)
{
    lua_State *L = e->L;
    if (!lua_getmetatable(L, -1))
        return false;
    lua_rawgeti(L, e->home, CD_HOME_CLASSES);
    lua_insert(L, -2);
    if (lua_rawget(L, -2) == LUA_TNIL) {
        lua_pop(L, 2);
        return false;
    }
    lua_remove(L, -2);
    return true;
}

/* Calls the function below its argument, which may do anything, including encode. That stores
 * another buffer where this one is kept, so this one is held on the stack during the call, and put
 * back. */
static void call(cd_encoder *e)
{
    lua_State *L = e->L;
    if (e->kept != 0) {
        lua_pushvalue(L, e->kept);
        lua_insert(L, -3);
    }
    e->buffer->busy = true;
    lua_call(L, 1, 1);
    e->buffer->busy = false;
    if (e->kept != 0) {
        lua_insert(L, -2);
        lua_replace(L, e->kept);
    }
}

bool cd_object_replacement(cd_encoder *e, const cd_where *where)
{
    lua_State *L = e->L;
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    if (!luaL_getmetafield(L, -1, "__msgpack"))
        return false;
    lua_pushvalue(L, -2);
    call(e);
    if (lua_rawequal(L, -1, -2)) { /* itself: encode its fields */
        if (!lua_istable(L, -1))
            cd_where_error(L, where, "a userdata that __msgpack returned as it was");
        lua_pop(L, 1);
        return false;
    }
    return true;
}

/* Encodes the value below its registration, which is on top of the stack. */
static void encode_registered(cd_encoder *e, const cd_where *up, unsigned depth)
{
    lua_State *L = e->L;
    lua_rawgeti(L, -1, CD_REG_TYPE);
    int type = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    size_t start = cd_written(e);
    if (lua_rawgeti(L, -1, CD_REG_PACK) == LUA_TNIL) {
        lua_pop(L, 2);
        if (!lua_istable(L, -1))
            cd_where_error(L, up, "a userdata of a class without pack");
        cd_where here = {up, lua_gettop(L), CD_WHERE_TABLE, false};
        if (depth + 1 > e->options->max_depth)
            cd_where_too_deep(L, &here);
        cd_encode_reserve(e, CD_PACK_MAX);
        e->packer.at += CD_EXT_RESERVED;
        cd_encode_fields(e, up, depth + 1, CD_NO_KIND);
        cd_encode_ext_header(e, up, start, type);
        return;
    }
    lua_pushvalue(L, -3);
    call(e);
    if (lua_type(L, -1) != LUA_TSTRING) {
        lua_pushfstring(L, "what pack returned, a %s instead of a string,", luaL_typename(L, -1));
        cd_where_error(L, up, lua_tostring(L, -1));
    }
    size_t length;
    const char *bytes = lua_tolstring(L, -1, &length);
    if (length >= CD_PACK_COUNT_MAX)
        cd_where_error(L, up, "an object of 4 GiB and more");
    cd_encode_reserve(e, CD_PACK_MAX + length);
    cd_pack_ext(&e->packer, length, (int8_t)type);
    cd_pack_ext_body(&e->packer, bytes, length);
    lua_pop(L, 2);
}

void cd_encode_object(cd_encoder *e, const cd_where *up, unsigned depth)
{
    lua_State *L = e->L;
    cd_encode_room(e);
    bool table = lua_istable(L, -1);
    if (cd_object_registration(e)) {
        lua_rawgeti(L, -1, CD_REG_PACK);
        bool shareable = lua_isnil(L, -1) && e->graph != 0;
        lua_pop(L, 1);
        lua_insert(L, -2);
        if (shareable && cd_encode_reference(e)) {
            lua_remove(L, -2);
            return;
        }
        lua_insert(L, -2);
        encode_registered(e, up, depth);
        return;
    }
    if (e->graph != 0 ? cd_graph_replacement(e, up) : cd_object_replacement(e, up)) {
        cd_where here = {up, lua_gettop(L) - 1, CD_WHERE_TABLE, false};
        if (depth + 1 > e->options->max_depth)
            cd_where_too_deep(L, &here); /* it may return yet another object each time */
        cd_encode_value(e, up, depth + 1);
        lua_pop(L, 1);
        return;
    }
    if (!table)
        cd_where_error(L, up, "a userdata");
    if (e->graph == 0 || !cd_encode_reference(e))
        cd_encode_fields(e, up, depth, CD_NO_KIND);
}
