/* SPDX-License-Identifier: MIT */
#include "kinds.h"

void *cd_kind_push(lua_State *L, int home, cd_kind kind, size_t size, int uservalues)
{
    void *userdata = lua_newuserdatauv(L, size, uservalues);
    lua_rawgeti(L, home, CD_HOME_METATABLE + (int)kind);
    lua_setmetatable(L, -2);
    return userdata;
}

void cd_kind_open(lua_State *L, cd_kind kind, const char *name, const luaL_Reg *metamethods)
{
    luaL_newmetatable(L, name);
    luaL_setfuncs(L, metamethods, 0);
    lua_rawseti(L, -2, CD_HOME_METATABLE + (int)kind);
}
