/* SPDX-License-Identifier: MIT
 *
 * Binding of presence: hints that peers may have come or gone, and notifying other peers.
 */
#include "core.h"
#include "win/presence.h"

#include <lauxlib.h>

/* endpoint:watch(whether): whether a wait ends when there is a hint */
static int endpoint_watch(lua_State *L)
{
    cd_endpoint_watch(cd_check_endpoint(L), lua_toboolean(L, 2));
    return 0;
}

/* endpoint:hinted() -> whether peers may have come or gone since the last call */
static int endpoint_hinted(lua_State *L)
{
    lua_pushboolean(L, cd_endpoint_hinted(cd_check_endpoint(L)));
    return 1;
}

/*
 * endpoint:watch_process(hwnd) -> pid | nothing if it cannot be watched
 * endpoint:ended reports the end of the process that owns a window.
 */
static int endpoint_watch_process(lua_State *L)
{
    cd_endpoint *endpoint = cd_check_endpoint(L);
    DWORD pid = cd_endpoint_watch_process(endpoint, cd_check_hwnd(L, 2));

    if (pid == 0)
        return 0;
    lua_pushinteger(L, (lua_Integer)pid);
    return 1;
}

/* endpoint:ended() -> the next watched process that has ended | nothing; each is returned once */
static int endpoint_ended(lua_State *L)
{
    DWORD pid = cd_deaths_take(&cd_check_endpoint(L)->deaths);

    if (pid == 0)
        return 0;
    lua_pushinteger(L, (lua_Integer)pid);
    return 1;
}

/* endpoint:unwatch_process(pid): stops watching it */
static int endpoint_unwatch_process(lua_State *L)
{
    cd_endpoint *endpoint = cd_check_endpoint(L);

    cd_deaths_unwatch(&endpoint->deaths, (DWORD)luaL_checkinteger(L, 2));
    return 0;
}

/* endpoint:watched() -> how many processes are watched */
static int endpoint_watched(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)cd_check_endpoint(L)->deaths.count);
    return 1;
}

/* endpoint:rejoined(hwnd) -> how often that window joined a channel after leaving one */
static int endpoint_rejoined(lua_State *L)
{
    cd_check_endpoint(L);
    lua_pushinteger(L, (lua_Integer)cd_presence_rejoined(cd_check_hwnd(L, 2)));
    return 1;
}

/* endpoint:tell(): makes watchers look again */
static int endpoint_tell(lua_State *L)
{
    cd_endpoint_tell(cd_check_endpoint(L));
    return 0;
}

void cd_open_presence(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"watch", endpoint_watch},
        {"hinted", endpoint_hinted},
        {"watch_process", endpoint_watch_process},
        {"unwatch_process", endpoint_unwatch_process},
        {"ended", endpoint_ended},
        {"watched", endpoint_watched},
        {"rejoined", endpoint_rejoined},
        {"tell", endpoint_tell},
        {NULL, NULL},
    };

    cd_endpoint_methods(L, methods);
}
