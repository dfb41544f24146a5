/* SPDX-License-Identifier: MIT
 *
 * copydata.core without Windows: the codec without messages, as lua/copydata/init.lua says when it
 * is required.
 */
#include "api.h"

#include <lauxlib.h>

LUAMOD_API int luaopen_copydata_core(lua_State *L);

LUAMOD_API int luaopen_copydata_core(lua_State *L)
{
    luaL_checkversion(L);
    lua_newtable(L);
    lua_pushliteral(L, COPYDATA_VERSION); /* of lua/copydata/version.lua */
    lua_setfield(L, -2, "version");
    cd_open_msgpack(L);
    return 1;
}
