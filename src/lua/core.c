/* SPDX-License-Identifier: MIT */
#include "core.h"
#include "codec/api.h"

LUAMOD_API int luaopen_copydata_core(lua_State *L)
{
    cd_push_module(L);
    cd_open_msgpack(L);
    cd_open_clock(L);
    cd_open_directory(L);
    cd_open_endpoint(L);
    cd_open_exchange(L);
    cd_open_frame(L);
    cd_open_guard(L);
    cd_open_identity(L);
    cd_open_presence(L);
    cd_open_raw(L);
    cd_open_relay(L);
    cd_open_section(L);
    cd_open_socket(L);
    cd_open_text(L);
    cd_open_wait(L);
    return 1;
}
