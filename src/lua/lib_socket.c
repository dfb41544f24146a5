/* SPDX-License-Identifier: MIT
 *
 * Binding of other libraries' sockets, by their descriptors. The upvalue is the state's waiter.
 */
#include "core.h"
#include "win/socket.h"

#include <lauxlib.h>

static uintptr_t check_socket(lua_State *L, int argument)
{
    return (uintptr_t)luaL_checkinteger(L, argument);
}

/* What it should be ready for: two booleans, from an argument on. */
static int what(lua_State *L, int argument)
{
    return (lua_toboolean(L, argument) ? CD_READY_READ : 0) |
           (lua_toboolean(L, argument + 1) ? CD_READY_WRITE : 0);
}

/* socket_ready(descriptor, read, write) -> whether it is ready for either | failure */
static int ready(lua_State *L)
{
    cd_failure failure;
    int found = cd_socket_ready(check_socket(L, 1), what(L, 2), &failure);

    if (found < 0)
        return cd_push_failure(L, &failure);
    lua_pushboolean(L, found != 0);
    return 1;
}

/*
 * watch_socket(descriptor, read, write) -> true | failure
 * Makes `wait` end from now on when the socket may have become ready for these; with false twice no
 * longer. See cd_socket_watch.
 */
static int watch(lua_State *L)
{
    cd_failure failure;
    HANDLE event = cd_waiter_sockets(lua_touserdata(L, lua_upvalueindex(1)), &failure);

    if (event == NULL || !cd_socket_watch(check_socket(L, 1), what(L, 2), event, &failure))
        return cd_push_failure(L, &failure);
    lua_pushboolean(L, true);
    return 1;
}

/* sockets_changed() -> whether any watched socket may have become ready, as far as waits have seen;
 * reported once */
static int changed(lua_State *L)
{
    lua_pushboolean(L, cd_waiter_take_sockets(lua_touserdata(L, lua_upvalueindex(1))));
    return 1;
}

/* forget_sockets(): no socket is watched any more, and none ends a wait */
static int forget(lua_State *L)
{
    cd_waiter_forget_sockets(lua_touserdata(L, lua_upvalueindex(1)));
    return 0;
}

void cd_open_socket(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"socket_ready", ready},
        {"watch_socket", watch},
        {"sockets_changed", changed},
        {"forget_sockets", forget},
        {NULL, NULL},
    };

    cd_push_waiter(L);
    luaL_setfuncs(L, functions, 1);
}
