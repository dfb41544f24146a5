/* SPDX-License-Identifier: MIT
 *
 * Binding of endpoints: the hidden window, its channels, waiting, taking messages, sending.
 */
#include "binding.h"
#include "msgpack/msgpack.h"
#include "win/endpoint.h"
#include "win/interrupt.h"
#include "win/send.h"
#include "win/wait.h"

#include <lauxlib.h>

#define ENDPOINT_TYPE "copydata.endpoint"

/* The endpoint at argument 1, open and of this thread; raises otherwise. */
static cd_endpoint *check_endpoint(lua_State *L)
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

/* NULL for none or nil. */
static cd_channel *optional_channel(lua_State *L, cd_endpoint *endpoint, int argument)
{
    return lua_isnoneornil(L, argument) ? NULL : check_channel(L, endpoint, argument);
}

/* endpoint() -> endpoint | failure */
static int open(lua_State *L)
{
    cd_failure failure;
    cd_endpoint *endpoint = lua_newuserdatauv(L, sizeof *endpoint, 0);

    endpoint->thread = 0; /* closed, should the next call raise */
    luaL_setmetatable(L, ENDPOINT_TYPE);
    if (!cd_endpoint_open(endpoint, &failure))
        return cd_push_failure(L, &failure);
    return 1;
}

/* endpoint:close() */
static int endpoint_close(lua_State *L)
{
    cd_endpoint *endpoint = luaL_checkudata(L, 1, ENDPOINT_TYPE);

    if (endpoint->thread != 0)
        cd_endpoint_close(check_endpoint(L));
    return 0;
}

/* endpoint:hwnd() -> hwnd; 0 when the window is gone */
static int endpoint_hwnd(lua_State *L)
{
    const cd_endpoint *endpoint = check_endpoint(L);

    lua_pushinteger(L, (lua_Integer)(intptr_t)endpoint->hwnd);
    return 1;
}

/* endpoint:join(name, listen) -> id | failure */
static int endpoint_join(lua_State *L)
{
    cd_name name;
    cd_failure failure;
    cd_endpoint *endpoint = check_endpoint(L);
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
    cd_endpoint *endpoint = check_endpoint(L);
    cd_channel *channel = cd_endpoint_channel(endpoint, (uint32_t)luaL_checkinteger(L, 2));

    if (channel != NULL)
        cd_endpoint_leave(endpoint, channel);
    return 0;
}

/* endpoint:find(name) -> id | nil: a channel the endpoint is on, compared without case */
static int endpoint_find(lua_State *L)
{
    cd_name name;
    const cd_endpoint *endpoint = check_endpoint(L);
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
    cd_channel *channel = check_channel(L, check_endpoint(L), 2);

    channel->handled = lua_toboolean(L, 3);
    return 0;
}

/*
 * endpoint:wait(seconds [, id]) -> newest, nil | newest, message, NAME
 * Negative seconds: for ever. newest: sequence of the newest message that has arrived, for next;
 * message and NAME: why the wait ended, other than by a message or by time.
 */
static int endpoint_wait(lua_State *L)
{
    static const char *const reasons[][2] = {
        [CD_WAKE_CLOSED] = {"CLOSED", "the endpoint's window was closed"},
        [CD_WAKE_QUIT] = {"QUIT", "the thread was asked to quit (WM_QUIT)"},
        [CD_WAKE_INTERRUPTED] = {"INTERRUPTED", "Ctrl+C was pressed"},
    };
    cd_failure failure;
    cd_endpoint *endpoint = check_endpoint(L);
    double seconds = luaL_checknumber(L, 2);
    cd_channel *only = optional_channel(L, endpoint, 3);
    cd_wake wake = cd_wait(endpoint, only, seconds, &failure);

    lua_pushinteger(L, (lua_Integer)endpoint->queue.arrived);
    if (wake == CD_WAKE_READY || wake == CD_WAKE_TIMEOUT)
        return 1;
    if (wake != CD_WAKE_FAILED)
        cd_fail(&failure, reasons[wake][0], "%s", reasons[wake][1]);
    cd_push_failure(L, &failure);
    lua_remove(L, -3);
    return 3;
}

/* decode(item) -> data: run protected, for it allocates */
static int decode_body(lua_State *L)
{
    const cd_item *item = lua_touserdata(L, 1);
    cd_span body = item->message.body;
    cd_decode_error error;

    if (!cd_decode(L, cd_item_bytes(item, body), body.size, NULL, NULL, &error))
        return luaL_error(L, "%s at byte %d", error.message, (int)error.position);
    return 1;
}

/*
 * Decodes a message that was taken. Returns Lua's status; the data, or the error, is then on top.
 * Decoding may run finalizers, and these may close what they like: the message belongs to nobody
 * meanwhile.
 */
static int decode_item(lua_State *L, cd_item *item)
{
    lua_pushcfunction(L, decode_body);
    lua_pushlightuserdata(L, item);
    return lua_pcall(L, 1, 1, 0);
}

/*
 * endpoint:next(newest [, id]) -> id, data, sent | nil, received, hwnd, pid | nil, exe | nil
 * Takes the next message that arrived not after `newest`, from one channel or from the handled
 * ones; nothing when there is none.
 */
static int endpoint_next(lua_State *L)
{
    cd_endpoint *endpoint = check_endpoint(L);
    lua_Integer newest = luaL_checkinteger(L, 2);
    cd_channel *channel = cd_endpoint_next(endpoint, optional_channel(L, endpoint, 3));

    if (channel == NULL || channel->inbox.first->sequence > (uint64_t)newest)
        return 0;

    cd_box *box = cd_box_push(L, cd_peer_release);
    uint32_t id = channel->id;
    cd_item *item = cd_queue_take(&endpoint->queue, &channel->inbox);
    cd_timestamp received = cd_item_origin(item)->received;
    const cd_peer *sender = cd_item_origin(item)->sender;
    cd_message message = item->message;
    int status = decode_item(L, item);

    channel = cd_endpoint_channel(endpoint, id);
    if (status == LUA_ERRMEM && channel != NULL)
        cd_queue_return(&endpoint->queue, &channel->inbox, item);
    else {
        box->held = cd_peer_retain((cd_peer *)(uintptr_t)sender);
        cd_queue_release(&endpoint->queue, item);
    }
    if (status != LUA_OK)
        return lua_error(L);

    lua_pushinteger(L, id);
    lua_insert(L, -2);
    if (message.dated)
        cd_push_time(L, message.sent);
    else
        lua_pushnil(L);
    cd_push_time(L, received);
    cd_push_peer(L, sender);
    cd_box_empty(box);
    return 7;
}

/* endpoint:send(hwnd, frame, seconds) -> true | failure */
static int endpoint_send(lua_State *L)
{
    cd_failure failure;
    const cd_endpoint *endpoint = check_endpoint(L);
    HWND receiver = cd_check_hwnd(L, 2);
    const cd_buffer *frame = luaL_checkudata(L, 3, CD_BUFFER_TYPE);
    double seconds = luaL_checknumber(L, 4);

    if (!cd_send(endpoint->hwnd, receiver, frame->bytes, frame->size, seconds, &failure))
        return cd_push_failure(L, &failure);
    lua_pushboolean(L, 1);
    return 1;
}

/* endpoint:run(whether): from now on, or no longer, the first Ctrl+C is the endpoint's */
static int endpoint_run(lua_State *L)
{
    cd_endpoint *endpoint = check_endpoint(L);

    if (lua_toboolean(L, 2))
        cd_interrupt_begin(endpoint);
    else
        cd_interrupt_end(endpoint);
    return 0;
}

/* endpoint:interrupted() -> whether Ctrl+C was pressed since run(true) */
static int endpoint_interrupted(lua_State *L)
{
    lua_pushboolean(L, cd_interrupt_pending(check_endpoint(L)));
    return 1;
}

void cd_open_endpoint(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"endpoint", open},
        {NULL, NULL},
    };
    static const luaL_Reg methods[] = {
        {"close", endpoint_close},   {"hwnd", endpoint_hwnd},
        {"join", endpoint_join},     {"leave", endpoint_leave},
        {"find", endpoint_find},     {"handle", endpoint_handle},
        {"wait", endpoint_wait},     {"next", endpoint_next},
        {"send", endpoint_send},     {"run", endpoint_run},
        {"interrupted", endpoint_interrupted}, {"__gc", endpoint_close},
        {NULL, NULL},
    };

    luaL_newmetatable(L, ENDPOINT_TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    luaL_setfuncs(L, functions, 0);
}
