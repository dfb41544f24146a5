/* SPDX-License-Identifier: MIT */
#include "binding.h"
#include "core.h"
#include "win/clock.h"
#include "win/random.h"

#include <lauxlib.h>
#include <stdint.h>

int cd_push_failure(lua_State *L, const cd_failure *failure)
{
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", failure->name, failure->message);
    lua_pushstring(L, failure->name);
    return 3;
}

int cd_push_peer(lua_State *L, const cd_peer *peer)
{
    lua_pushinteger(L, (lua_Integer)(intptr_t)peer->hwnd);
    if (peer->pid != 0)
        lua_pushinteger(L, (lua_Integer)peer->pid);
    else
        lua_pushnil(L);
    if (peer->exe_size != 0)
        lua_pushlstring(L, peer->exe, peer->exe_size);
    else
        lua_pushnil(L);
    return 3;
}

void cd_push_time(lua_State *L, cd_timestamp time)
{
    lua_pushnumber(L, (lua_Number)time.tv_sec + (lua_Number)time.tv_nsec / 1e9);
}

void cd_check_name(lua_State *L, int argument, cd_name *name)
{
    size_t size;
    const char *bytes = luaL_checklstring(L, argument, &size);
    const char *wrong = cd_name_make(name, bytes, size);

    if (wrong != NULL)
        luaL_argerror(L, argument, lua_pushfstring(L, "channel name %s", wrong));
}

HWND cd_check_hwnd(lua_State *L, int argument)
{
    return (HWND)(intptr_t)luaL_checkinteger(L, argument);
}

/* seconds() -> a clock for durations */
static int seconds(lua_State *L)
{
    lua_pushnumber(L, cd_clock_seconds());
    return 1;
}

/* random() -> an integer that nobody can guess */
static int random_number(lua_State *L)
{
    uint64_t number;
    cd_failure failure;

    if (!cd_random(&number, &failure))
        return luaL_error(L, "%s", failure.message);
    lua_pushinteger(L, (lua_Integer)number);
    return 1;
}

void cd_open_messaging(lua_State *L)
{
    lua_pushcfunction(L, seconds);
    lua_setfield(L, -2, "seconds");
    lua_pushcfunction(L, random_number);
    lua_setfield(L, -2, "random");
    cd_open_box(L);
    cd_open_console(L);
    cd_open_directory(L);
    cd_open_endpoint(L);
    cd_open_frame(L);
    cd_open_identity(L);
    cd_open_raw(L);
    cd_open_single(L);
    cd_open_surroundings(L);
    cd_open_text(L);
}
