/* SPDX-License-Identifier: MIT */
#include "module.h"
#include "lua/binding.h"

LUAMOD_API int luaopen_copydata_console(lua_State *L)
{
    cd_push_module(L);
    cd_open_arguments(L);
    cd_open_screen(L);
    cd_open_stream(L);
    cd_open_surroundings(L);
    return 1;
}
