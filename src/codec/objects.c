/* SPDX-License-Identifier: MIT */
#include "objects.h"

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

void cd_object_call(cd_encoder *e)
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
    cd_object_call(e);
    if (lua_rawequal(L, -1, -2)) { /* itself: encode its fields */
        if (!lua_istable(L, -1))
            cd_where_error(L, where, "a userdata that __msgpack returned as it was");
        lua_pop(L, 1);
        return false;
    }
    return true;
}
