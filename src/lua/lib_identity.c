/* SPDX-License-Identifier: MIT
 *
 * Binding of identities: the user behind a peer.
 */
#include "core.h"
#include "win/identity.h"

#include <lauxlib.h>

static void push_text(lua_State *L, const char *text, size_t size)
{
    if (size > 0)
        lua_pushlstring(L, text, size);
    else
        lua_pushnil(L);
}

/*
 * identify(hwnd, pid) -> user, sid, integrity, elevated; each nil where Windows does not report it,
 * all nil if the process no longer owns the window
 */
static int identify(lua_State *L)
{
    cd_identity identity;
    HWND hwnd = cd_check_hwnd(L, 1);
    DWORD pid = (DWORD)luaL_checkinteger(L, 2);

    cd_identify(&identity, hwnd, pid);
    push_text(L, identity.user, identity.user_size);
    push_text(L, identity.sid, identity.sid_size);
    lua_pushstring(L, identity.integrity); /* NULL becomes nil */
    if (identity.elevated == CD_ELEVATION_UNKNOWN)
        lua_pushnil(L);
    else
        lua_pushboolean(L, identity.elevated == CD_ELEVATED);
    return 4;
}

void cd_open_identity(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"identify", identify},
        {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
}
