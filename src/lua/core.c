/* SPDX-License-Identifier: MIT */
#include "core.h"
#include "codec/api.h"

#include <lauxlib.h>

LUAMOD_API int luaopen_copydata_core(lua_State *L)
{
    lua_newtable(L);
    lua_pushliteral(L, COPYDATA_VERSION); /* of lua/copydata/version.lua */
    lua_setfield(L, -2, "version");
    cd_open_box(L);
    cd_open_msgpack(L);
    cd_open_clock(L);
    cd_open_directory(L);
    cd_open_endpoint(L);
    cd_open_frame(L);
    cd_open_identity(L);
    cd_open_raw(L);
    cd_open_text(L);
    return 1;
}
