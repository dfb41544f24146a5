/* SPDX-License-Identifier: MIT
 *
 * copydata.beacon, a separate C module because it loads Winsock: for programs that wait for sockets
 * and messages at once.
 */
#include "beacon.h"
#include "lua/binding.h"

#include <lauxlib.h>
#include <string.h>

#define BEACON_TYPE "copydata.beacon"

static cd_beacon *check_beacon(lua_State *L)
{
    cd_beacon *beacon = luaL_checkudata(L, 1, BEACON_TYPE);

    luaL_argcheck(L, beacon->thread != NULL, 1, "it is closed");
    return beacon;
}

/* open(event, event) -> beacon | failure; the handles are light userdata, not needed afterwards */
static int open(lua_State *L)
{
    cd_failure failure;

    luaL_checktype(L, 1, LUA_TLIGHTUSERDATA);
    luaL_checktype(L, 2, LUA_TLIGHTUSERDATA);
    const HANDLE events[CD_BEACON_EVENTS] = {lua_touserdata(L, 1), lua_touserdata(L, 2)};
    cd_beacon *beacon = lua_newuserdatauv(L, sizeof *beacon, 0);
    memset(beacon, 0, sizeof *beacon); /* stays closed if the next call raises */
    luaL_setmetatable(L, BEACON_TYPE);
    if (!cd_beacon_open(beacon, events, &failure))
        return cd_push_failure(L, &failure);
    return 1;
}

/* beacon:getfd() -> the socket */
static int getfd(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check_beacon(L)->reading);
    return 1;
}

/* beacon:watch(deadline): puts it out; lights it at an event, or at that time on core.seconds' clock;
 * math.huge: only at an event */
static int watch(lua_State *L)
{
    cd_beacon_watch(check_beacon(L), luaL_checknumber(L, 2));
    return 0;
}

/* beacon:light() */
static int light(lua_State *L)
{
    cd_beacon_light(check_beacon(L));
    return 0;
}

/* beacon:take() -> whether it was lit; puts it out */
static int take(lua_State *L)
{
    lua_pushboolean(L, cd_beacon_take(check_beacon(L)));
    return 1;
}

/* beacon:close() */
static int close(lua_State *L)
{
    cd_beacon_close(luaL_checkudata(L, 1, BEACON_TYPE));
    return 0;
}

LUAMOD_API int luaopen_copydata_beacon(lua_State *L);

LUAMOD_API int luaopen_copydata_beacon(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"getfd", getfd}, {"watch", watch},   {"light", light}, {"take", take},
        {"close", close}, {"__close", close}, {"__gc", close},  {NULL, NULL},
    };
    static const luaL_Reg functions[] = {{"open", open}, {NULL, NULL}};

    cd_push_module(L);
    luaL_setfuncs(L, functions, 0);
    cd_make_type(L, BEACON_TYPE, methods);
    return 1;
}
