/* SPDX-License-Identifier: MIT
 *
 * Binding of endpoints: the hidden window and its channels. Messages are in lib_exchange.c, guards
 * in lib_guard.c.
 */
#include "core.h"

#include <lauxlib.h>

#define ENDPOINT_TYPE "copydata.endpoint"

bool cd_is_closed_endpoint(lua_State *L)
{
    const cd_endpoint *endpoint = luaL_checkudata(L, 1, ENDPOINT_TYPE);

    return endpoint->thread == 0;
}

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

uint32_t cd_check_channel(lua_State *L, const cd_endpoint *endpoint, int argument)
{
    uint32_t id = (uint32_t)luaL_checkinteger(L, argument);

    luaL_argcheck(L, cd_mailbox_joined(endpoint->mailbox, id), argument,
                  "the endpoint is not on this channel");
    return id;
}

/* A numeric field of the table at argument 1; `standard` when it is absent. */
static double number(lua_State *L, const char *name, double standard)
{
    lua_getfield(L, 1, name);
    double value = luaL_optnumber(L, -1, standard);
    lua_pop(L, 1);
    return value;
}

static size_t limit(lua_State *L, const char *name, size_t standard)
{
    return cd_limit_of(number(L, name, (double)standard));
}

/* Twice the size, or SIZE_MAX. */
static size_t twice(size_t size)
{
    return size > SIZE_MAX / 2 ? SIZE_MAX : 2 * size;
}

static cd_limits check_limits(lua_State *L)
{
    cd_limits limits;
    size_t max_message = limit(L, "max_message", CD_MAX_MESSAGE);

    limits.max_message =
        max_message > SIZE_MAX - CD_ENVELOPE_ROOM ? SIZE_MAX : max_message + CD_ENVELOPE_ROOM;
    limits.queue_messages = limit(L, "queue_messages", CD_QUEUE_MESSAGES);
    limits.queue_bytes = limit(L, "queue_bytes", twice(twice(limits.max_message)));
    limits.sender_messages = limit(L, "sender_messages", 0);
    limits.sender_bytes = limit(L, "sender_bytes", 0);
    limits.transfers = limit(L, "transfers", CD_TRANSFERS);
    limits.transfer_bytes = limit(L, "transfer_bytes", twice(twice(limits.max_message)));
    limits.transfer_silence = number(L, "transfer_silence", CD_TRANSFER_SILENCE);
    return limits;
}

/* A text field of the table at argument 1; NULL when it is absent. Pushes two values. */
static const wchar_t *text(lua_State *L, const char *name)
{
    lua_getfield(L, 1, name);
    if (!lua_isnil(L, -1))
        return cd_push_wide(L, lua_gettop(L));
    lua_pushnil(L);
    return NULL;
}

/*
 * endpoint{own_thread =, and the fields of cd_limits and cd_window_look} -> endpoint | failure
 * All fields are optional and already checked. The upvalue is the state's waiter.
 */
static int open(lua_State *L)
{
    cd_failure failure;

    luaL_checktype(L, 1, LUA_TTABLE);
    cd_limits limits = check_limits(L);
    lua_getfield(L, 1, "own_thread");
    bool own_thread = lua_toboolean(L, -1);
    lua_getfield(L, 1, "top_level");
    cd_window_look look = {.top_level = lua_toboolean(L, -1)};
    look.class = text(L, "class");
    look.title = text(L, "title");
    cd_waiter *waiter = lua_touserdata(L, lua_upvalueindex(1));
    cd_endpoint *endpoint = cd_push_object(L, ENDPOINT_TYPE, sizeof *endpoint);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_setiuservalue(L, -2, 1); /* lives as long as the endpoint */
    if (!cd_waiter_open(waiter, &failure) ||
        !cd_endpoint_open(endpoint, waiter, &look, &limits, own_thread, &failure))
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

/* The collector may run in another thread, if that one closes the state. */
static int endpoint_gc(lua_State *L)
{
    cd_endpoint_free(luaL_checkudata(L, 1, ENDPOINT_TYPE));
    return 0;
}

/* endpoint:is_open() -> whether it is open */
static int endpoint_is_open(lua_State *L)
{
    lua_pushboolean(L, !cd_is_closed_endpoint(L));
    return 1;
}

/* endpoint:hwnd() -> hwnd; 0 when the window is gone */
static int endpoint_hwnd(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)(intptr_t)cd_endpoint_hwnd(cd_check_endpoint(L)));
    return 1;
}

/* endpoint:join(name, listen, guarded) -> id | failure */
static int endpoint_join(lua_State *L)
{
    cd_failure failure;
    size_t size;
    cd_endpoint *endpoint = cd_check_endpoint(L);
    const char *name = cd_check_name(L, 2, &size);
    uint32_t id =
        cd_endpoint_join(endpoint, name, size, lua_toboolean(L, 3), lua_toboolean(L, 4), &failure);

    if (id == 0)
        return cd_push_failure(L, &failure);
    lua_pushinteger(L, id);
    return 1;
}

/* endpoint:leave(id): does nothing if already left */
static int endpoint_leave(lua_State *L)
{
    cd_endpoint_leave(cd_check_endpoint(L), (uint32_t)luaL_checkinteger(L, 2));
    return 0;
}

/* endpoint:find(name) -> id | nil: a joined channel, compared without case */
static int endpoint_find(lua_State *L)
{
    size_t size;
    const cd_endpoint *endpoint = cd_check_endpoint(L);
    const char *name = cd_check_name(L, 2, &size);
    uint32_t id = cd_mailbox_find(endpoint->mailbox, name, size);

    if (id == 0)
        return 0;
    lua_pushinteger(L, id);
    return 1;
}

/*
 * endpoint:handle(id, whether): whether the messages of the channel, or of the taker that take or
 * take_message made, count for wait, and for next without an id
 */
static int endpoint_handle(lua_State *L)
{
    const cd_endpoint *endpoint = cd_check_endpoint(L);

    cd_mailbox_handle(endpoint->mailbox, (uint32_t)luaL_checkinteger(L, 2), lua_toboolean(L, 3));
    return 0;
}

/* endpoint:serve(id, whether): whether the channel accepts requests */
static int endpoint_serve(lua_State *L)
{
    const cd_endpoint *endpoint = cd_check_endpoint(L);

    cd_mailbox_serve(endpoint->mailbox, cd_check_channel(L, endpoint, 2), lua_toboolean(L, 3));
    return 0;
}

/* endpoint:admit([message]) -> true | failure: lets the message through from senders of lower
 * integrity from now on. By default WM_COPYDATA, and every sender must prove who it is. */
static int endpoint_admit(lua_State *L)
{
    cd_failure failure;
    const cd_endpoint *endpoint = cd_check_endpoint(L);

    UINT message = (UINT)luaL_optinteger(L, 2, WM_COPYDATA);

    if (message == WM_COPYDATA) /* first: no sender gets through unproven */
        cd_mailbox_want_proof(endpoint->mailbox);
    if (!cd_window_admit(cd_endpoint_hwnd(endpoint), message, &failure))
        return cd_push_failure(L, &failure);
    lua_pushboolean(L, 1);
    return 1;
}

/* Accepts messages of other protocols; pushes the taker's id. */
static int take(lua_State *L, const cd_endpoint *endpoint, const cd_raw_wanted *wanted)
{
    uint32_t id = cd_mailbox_take_raw(endpoint->mailbox, wanted);

    if (id == 0)
        return luaL_error(L, "not enough memory");
    lua_pushinteger(L, id);
    return 1;
}

/*
 * endpoint:take(answer, tag | nil, hwnd | nil, pid | nil, asked) -> id
 * Accepts from now on every WM_COPYDATA of other protocols that has this dwData, comes from this
 * window, and from this process or from no window; answers them with `answer`. asked: see
 * cd_raw_wanted.
 */
static int endpoint_take(lua_State *L)
{
    const cd_endpoint *endpoint = cd_check_endpoint(L);
    cd_raw_wanted wanted = {
        .kind = CD_RAW_COPYDATA,
        .answer = (intptr_t)luaL_checkinteger(L, 2),
        .tagged = !lua_isnoneornil(L, 3),
        .account = (uint32_t)luaL_optinteger(L, 5, 0),
        .asked = lua_toboolean(L, 6),
    };

    if (wanted.tagged)
        wanted.tag = (uintptr_t)luaL_checkinteger(L, 3);
    if (!lua_isnoneornil(L, 4))
        wanted.window = cd_peer_key(cd_check_hwnd(L, 4));
    return take(L, endpoint, &wanted);
}

/* endpoint:raw_seen() -> how many WM_COPYDATA of other protocols arrived, accepted or not */
static int endpoint_raw_seen(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)cd_mailbox_raw_seen(cd_check_endpoint(L)->mailbox));
    return 1;
}

/* endpoint:take_message(answer, number) -> id: the same for another window message */
static int endpoint_take_message(lua_State *L)
{
    const cd_endpoint *endpoint = cd_check_endpoint(L);
    const cd_raw_wanted wanted = {
        .kind = CD_RAW_MESSAGE,
        .answer = (intptr_t)luaL_checkinteger(L, 2),
        .tagged = true,
        .tag = (uintptr_t)luaL_checkinteger(L, 3),
    };

    return take(L, endpoint, &wanted);
}

/* endpoint:drop(id): removes the taker that take or take_message made, and its messages */
static int endpoint_drop(lua_State *L)
{
    const cd_endpoint *endpoint = cd_check_endpoint(L);

    cd_mailbox_drop_raw(endpoint->mailbox, (uint32_t)luaL_checkinteger(L, 2));
    return 0;
}

/* endpoint:membership() -> the membership counter | nothing if there is none */
static int endpoint_membership(lua_State *L)
{
    const cd_endpoint *endpoint = cd_check_endpoint(L);
    LONG64 value;

    if (!cd_membership_value(&endpoint->membership, &value))
        return 0;
    lua_pushinteger(L, value);
    return 1;
}

void cd_endpoint_methods(lua_State *L, const luaL_Reg *methods)
{
    luaL_getmetatable(L, ENDPOINT_TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pop(L, 1);
}

void cd_open_endpoint(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"close", endpoint_close},
        {"hwnd", endpoint_hwnd},
        {"is_open", endpoint_is_open},
        {"join", endpoint_join},
        {"leave", endpoint_leave},
        {"find", endpoint_find},
        {"handle", endpoint_handle},
        {"serve", endpoint_serve},
        {"membership", endpoint_membership},
        {"take", endpoint_take},
        {"raw_seen", endpoint_raw_seen},
        {"take_message", endpoint_take_message},
        {"drop", endpoint_drop},
        {"admit", endpoint_admit},
        {"__gc", endpoint_gc},
        {NULL, NULL},
    };

    luaL_newmetatable(L, ENDPOINT_TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);

    lua_pushinteger(L, CD_ANSWER_ID); /* used in place of a channel's id */
    lua_setfield(L, -2, "answer_id");

    cd_push_waiter(L);
    lua_pushcclosure(L, open, 1);
    lua_setfield(L, -2, "endpoint");
}
