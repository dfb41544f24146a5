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

/* socket_bytes(descriptor) -> how many bytes can be received; 0: none, as far as known */
static int bytes(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)cd_socket_bytes(check_socket(L, 1)));
    return 1;
}

/* socket_ready(descriptor, read, write) -> whether it is ready for either | failure. It must have
 * been watched, which makes it non-blocking. */
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
 * watch_socket(descriptor, event, read, write) -> true | failure
 * Makes `wait` end from now on when the socket may have become ready for these, and then
 * sockets_changed return the number of the event, from 1 to socket_events. See cd_socket_watch.
 */
static int watch(lua_State *L)
{
    cd_waiter *waiter = lua_touserdata(L, lua_upvalueindex(1));
    const lua_Integer event = luaL_checkinteger(L, 2);
    cd_failure failure;

    luaL_argcheck(L, event >= 1 && event <= CD_WAITER_SOCKETS, 2, "no such event");
    if (!cd_waiter_sockets(waiter, &failure) ||
        !cd_socket_watch(check_socket(L, 1), what(L, 3), waiter->sockets[event - 1], &failure))
        return cd_push_failure(L, &failure);
    lua_pushboolean(L, true);
    return 1;
}

/* sockets_changed() -> the number of the event that ended the last wait | nil: none; once */
static int changed(lua_State *L)
{
    unsigned event = cd_waiter_changed(lua_touserdata(L, lua_upvalueindex(1)));

    if (event == 0)
        return 0;
    lua_pushinteger(L, event);
    return 1;
}

void cd_open_socket(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"socket_bytes", bytes},
        {"socket_ready", ready},
        {"watch_socket", watch},
        {"sockets_changed", changed},
        {NULL, NULL},
    };

    cd_push_waiter(L);
    luaL_setfuncs(L, functions, 1);
    lua_pushinteger(L, CD_WAITER_SOCKETS);
    lua_setfield(L, -2, "socket_events");
}
