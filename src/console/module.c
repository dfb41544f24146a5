/* SPDX-License-Identifier: MIT */
#include "module.h"
#include "lua/binding.h"

LUAMOD_API int luaopen_copydata_console(lua_State *L)
{
    cd_push_module(L);
    cd_open_console(L);
    cd_open_surroundings(L);
    return 1;
}
