/* SPDX-License-Identifier: MIT */
#include "core.h"

#include <lauxlib.h>

LUAMOD_API int luaopen_copydata_core(lua_State *L)
{
    lua_newtable(L);
    lua_pushliteral(L, COPYDATA_VERSION); /* of lua/copydata/version.lua */
    lua_setfield(L, -2, "version");
    cd_open_msgpack(L);
    cd_open_messaging(L);
    return 1;
}
