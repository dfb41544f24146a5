/* SPDX-License-Identifier: MIT
 *
 * Binding of endpoints: the hidden window, its channels, whom it lets in, and Ctrl+C. What goes in
 * and out is in exchange.c.
 */
#include "binding.h"
#include "core.h"
#include "win/endpoint.h"
#include "win/integrity.h"
#include "win/interrupt.h"

#include <lauxlib.h>

#define ENDPOINT_TYPE "copydata.endpoint"

cd_endpoint *cd_check_endpoint(lua_State *L)
{
    cd_endpoint *endpoint = luaL_checkudata(L, 1, ENDPOINT_TYPE);

    if (endpoint->thread == 0)
        luaL_error(L, "the endpoint is closed");
    if (endpoint->thread != GetCurrentThreadId())
        luaL_error(L,
                   "the endpoint belongs to thread %d and this is thread %d: "
                   "make one with copydata.new in each thread",
                   (int)endpoint->thread, (int)GetCurrentThreadId());
    return endpoint;
}

/* The channel whose id is at `argument`; raises when the endpoint is not on it. */
static cd_channel *check_channel(lua_State *L, cd_endpoint *endpoint, int argument)
{
    lua_Integer id = luaL_checkinteger(L, argument);
    cd_channel *channel = cd_endpoint_channel(endpoint, (uint32_t)id);

    if (channel == NULL)
        luaL_argerror(L, argument, "the endpoint is not on this channel");
    return channel;
}

/* A field of the table at argument 1, or its default. */
static lua_Number limit(lua_State *L, const char *name, lua_Number standard)
{
    lua_getfield(L, 1, name);
    lua_Number value = luaL_optnumber(L, -1, standard);
    lua_pop(L, 1);
    return value;
}

/*
 * endpoint{own_thread =, and the fields of cd_limits} -> endpoint | failure
 * The fields may be left out; they have been checked.
 */
static int open(lua_State *L)
{
    cd_failure failure;
    cd_limits limits;

    luaL_checktype(L, 1, LUA_TTABLE);
    limits.max_message =
        (size_t)limit(L, "max_message", (lua_Number)CD_MAX_MESSAGE) + CD_ENVELOPE_ROOM;
    limits.queue_messages = (size_t)limit(L, "queue_messages", CD_QUEUE_MESSAGES);
    limits.queue_bytes = (size_t)limit(L, "queue_bytes", 2.0 * (lua_Number)limits.max_message);
    limits.sender_messages =
        (size_t)limit(L, "sender_messages", (lua_Number)(limits.queue_messages / 2));
    limits.sender_bytes = (size_t)limit(L, "sender_bytes", (lua_Number)(limits.queue_bytes / 2));
    limits.transfers = (size_t)limit(L, "transfers", CD_TRANSFERS);
    limits.transfer_bytes =
        (size_t)limit(L, "transfer_bytes", 2.0 * (lua_Number)limits.max_message);
    limits.transfer_silence = limit(L, "transfer_silence", CD_TRANSFER_SILENCE);
    lua_getfield(L, 1, "own_thread");

    cd_endpoint *endpoint = lua_newuserdatauv(L, sizeof *endpoint, 0);
    endpoint->thread = 0; /* closed, should the next call raise */
    luaL_setmetatable(L, ENDPOINT_TYPE);
    if (!cd_endpoint_open(endpoint, &limits, lua_toboolean(L, -2), &failure))
        return cd_push_failure(L, &failure);
    return 1;
}

/* endpoint:close() */
static int endpoint_close(lua_State *L)
{
    cd_endpoint *endpoint = luaL_checkudata(L, 1, ENDPOINT_TYPE);

    if (endpoint->thread != 0)
        cd_endpoint_close(cd_check_endpoint(L));
    return 0;
}

/* The collector may run in another thread than ours, when that closes the state. */
static int endpoint_gc(lua_State *L)
{
    cd_endpoint_close(luaL_checkudata(L, 1, ENDPOINT_TYPE));
    return 0;
}

/* endpoint:hwnd() -> hwnd; 0 when the window is gone */
static int endpoint_hwnd(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)(intptr_t)cd_endpoint_hwnd(cd_check_endpoint(L)));
    return 1;
}

/* endpoint:join(name, listen) -> id | failure */
static int endpoint_join(lua_State *L)
{
    cd_name name;
    cd_failure failure;
    cd_endpoint *endpoint = cd_check_endpoint(L);
    cd_check_name(L, 2, &name);
    cd_channel *channel = cd_endpoint_join(endpoint, &name, lua_toboolean(L, 3), &failure);

    if (channel == NULL)
        return cd_push_failure(L, &failure);
    lua_pushinteger(L, channel->id);
    return 1;
}

/* endpoint:leave(id): nothing when it has left already */
static int endpoint_leave(lua_State *L)
{
    cd_endpoint *endpoint = cd_check_endpoint(L);
    cd_channel *channel = cd_endpoint_channel(endpoint, (uint32_t)luaL_checkinteger(L, 2));

    if (channel != NULL)
        cd_endpoint_leave(endpoint, channel);
    return 0;
}

/* endpoint:find(name) -> id | nil: a channel the endpoint is on, compared without case */
static int endpoint_find(lua_State *L)
{
    cd_name name;
    const cd_endpoint *endpoint = cd_check_endpoint(L);
    cd_check_name(L, 2, &name);
    const cd_channel *channel = cd_endpoint_find(endpoint, &name);

    if (channel == NULL)
        return 0;
    lua_pushinteger(L, channel->id);
    return 1;
}

/* endpoint:handle(id, whether): its messages count as ready for wait and next without an id */
static int endpoint_handle(lua_State *L)
{
    cd_endpoint *endpoint = cd_check_endpoint(L);

    cd_endpoint_handle(endpoint, check_channel(L, endpoint, 2), lua_toboolean(L, 3));
    return 0;
}

/* endpoint:serve(id, whether): the channel takes requests */
static int endpoint_serve(lua_State *L)
{
    cd_endpoint *endpoint = cd_check_endpoint(L);

    cd_endpoint_serve(endpoint, check_channel(L, endpoint, 2), lua_toboolean(L, 3));
    return 0;
}

/* endpoint:admit() -> true | failure: senders of lower integrity get through from now on */
static int endpoint_admit(lua_State *L)
{
    cd_failure failure;

    if (!cd_integrity_admit(cd_endpoint_hwnd(cd_check_endpoint(L)), &failure))
        return cd_push_failure(L, &failure);
    lua_pushboolean(L, 1);
    return 1;
}

/* endpoint:raw(whether, answer): messages of other protocols are taken, their senders told that */
static int endpoint_raw(lua_State *L)
{
    cd_endpoint *endpoint = cd_check_endpoint(L);

    cd_raw_handle(endpoint, lua_toboolean(L, 2), (LRESULT)luaL_checkinteger(L, 3));
    return 0;
}

/* endpoint:guard(id | nil, whether): ask about senders to a channel, or to any */
static int endpoint_guard(lua_State *L)
{
    cd_endpoint *endpoint = cd_check_endpoint(L);
    cd_channel *channel = lua_isnil(L, 2) ? NULL : check_channel(L, endpoint, 2);

    cd_endpoint_guard(endpoint, channel, lua_toboolean(L, 3));
    return 0;
}

/* endpoint:asked() -> id (0: any channel), hwnd, pid | nil, exe | nil; nothing when nobody waits */
static int endpoint_asked(lua_State *L)
{
    uint32_t channel;
    cd_box *box = cd_box_push(L, cd_peer_release);
    cd_endpoint *endpoint = cd_check_endpoint(L);
    cd_peer *peer = cd_endpoint_asked(endpoint, &channel);

    if (peer == NULL)
        return 0;
    box->held = peer;
    lua_pushinteger(L, channel);
    int pushed = 1 + cd_push_peer(L, peer);
    cd_box_empty(box);
    return pushed;
}

/* endpoint:decide(id, hwnd, pid | nil, allowed): the answer to that */
static int endpoint_decide(lua_State *L)
{
    cd_endpoint *endpoint = cd_check_endpoint(L);
    uint32_t channel = (uint32_t)luaL_checkinteger(L, 2);
    cd_peer peer = {.hwnd = cd_check_hwnd(L, 3), .pid = (DWORD)luaL_optinteger(L, 4, 0)};

    cd_endpoint_decide(endpoint, &peer, channel, lua_toboolean(L, 5));
    return 0;
}

/* endpoint:membership() -> the membership counter | nothing when there is none */
static int endpoint_membership(lua_State *L)
{
    const cd_endpoint *endpoint = cd_check_endpoint(L);

    if (endpoint->membership.counter == NULL)
        return 0;
    lua_pushinteger(L, *(volatile LONG64 *)endpoint->membership.counter);
    return 1;
}

/* endpoint:run(whether): from now on, or no longer, the first Ctrl+C is the endpoint's */
static int endpoint_run(lua_State *L)
{
    cd_endpoint *endpoint = cd_check_endpoint(L);

    if (lua_toboolean(L, 2))
        cd_interrupt_begin(endpoint);
    else
        cd_interrupt_end(endpoint);
    return 0;
}

/* endpoint:interrupted() -> whether Ctrl+C was pressed since run(true) */
static int endpoint_interrupted(lua_State *L)
{
    lua_pushboolean(L, cd_interrupt_pending(cd_check_endpoint(L)));
    return 1;
}

void cd_open_endpoint(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"endpoint", open},
        {NULL, NULL},
    };
    static const luaL_Reg methods[] = {
        {"close", endpoint_close},
        {"hwnd", endpoint_hwnd},
        {"join", endpoint_join},
        {"leave", endpoint_leave},
        {"find", endpoint_find},
        {"handle", endpoint_handle},
        {"serve", endpoint_serve},
        {"guard", endpoint_guard},
        {"asked", endpoint_asked},
        {"decide", endpoint_decide},
        {"membership", endpoint_membership},
        {"run", endpoint_run},
        {"interrupted", endpoint_interrupted},
        {"raw", endpoint_raw},
        {"admit", endpoint_admit},
        {"__gc", endpoint_gc},
        {NULL, NULL},
    };

    luaL_newmetatable(L, ENDPOINT_TYPE);
    luaL_setfuncs(L, methods, 0);
    cd_open_exchange(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    luaL_setfuncs(L, functions, 0);
    lua_pushinteger(L, CD_WANT_HANDLED); /* for wait and next */
    lua_setfield(L, -2, "handled");
    lua_pushinteger(L, CD_WANT_ANSWERS);
    lua_setfield(L, -2, "answers");
    lua_pushinteger(L, CD_WANT_CALLS);
    lua_setfield(L, -2, "calls");
}
