/* SPDX-License-Identifier: MIT
 *
 * Binding of endpoints: the hidden window, its channels, waiting, taking messages, sending.
 */
#include "binding.h"
#include "msgpack/msgpack.h"
#include "win/directory.h"
#include "win/endpoint.h"
#include "win/integrity.h"
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

/* A channel's id, of one that may have been closed meanwhile; 0 for none or nil. */
static uint32_t optional_id(lua_State *L, int argument)
{
    return (uint32_t)luaL_optinteger(L, argument, 0);
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
        cd_endpoint_close(check_endpoint(L));
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
    lua_pushinteger(L, (lua_Integer)(intptr_t)cd_endpoint_hwnd(check_endpoint(L)));
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
    cd_endpoint *endpoint = check_endpoint(L);

    cd_endpoint_handle(endpoint, check_channel(L, endpoint, 2), lua_toboolean(L, 3));
    return 0;
}

/* endpoint:admit() -> true | failure: senders of lower integrity get through from now on */
static int endpoint_admit(lua_State *L)
{
    cd_failure failure;

    if (!cd_integrity_admit(cd_endpoint_hwnd(check_endpoint(L)), &failure))
        return cd_push_failure(L, &failure);
    lua_pushboolean(L, 1);
    return 1;
}

/* endpoint:raw(whether, answer): messages of other protocols are taken, their senders told that */
static int endpoint_raw(lua_State *L)
{
    cd_endpoint *endpoint = check_endpoint(L);

    cd_raw_handle(endpoint, lua_toboolean(L, 2), (LRESULT)luaL_checkinteger(L, 3));
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
        [CD_WAKE_CLOSED] = {"CLOSED", "the window or the channel was closed"},
        [CD_WAKE_QUIT] = {"QUIT", "the thread was asked to quit (WM_QUIT)"},
        [CD_WAKE_INTERRUPTED] = {"INTERRUPTED", "Ctrl+C was pressed"},
    };
    cd_failure failure;
    cd_endpoint *endpoint = check_endpoint(L);
    double seconds = luaL_checknumber(L, 2);
    cd_wake wake = cd_wait(endpoint, optional_id(L, 3), seconds, &failure);

    lua_pushinteger(L, (lua_Integer)cd_endpoint_newest(endpoint));
    if (wake == CD_WAKE_READY || wake == CD_WAKE_TIMEOUT)
        return 1;
    if (wake != CD_WAKE_FAILED)
        cd_fail(&failure, reasons[wake][0], "%s", reasons[wake][1]);
    cd_push_failure(L, &failure);
    lua_remove(L, -3);
    return 3;
}

/* decode(item) -> data, or the bytes of a raw message: run protected, for it allocates */
static int decode_body(lua_State *L)
{
    const cd_item *item = lua_touserdata(L, 1);
    cd_span body = item->message.body;
    cd_decode_error error;

    if (cd_item_origin(item)->tag != CD_FRAME_TAG)
        lua_pushlstring(L, cd_item_bytes(item, body), body.size);
    else if (!cd_decode(L, cd_item_bytes(item, body), body.size, NULL, NULL, &error))
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
 * ones; nothing when there is none. Of a raw message, which counts as handled: raw_id, bytes,
 * dwData, and the rest.
 */
static int endpoint_next(lua_State *L)
{
    lua_settop(L, 3);
    cd_box *box = cd_box_push(L, cd_peer_release); /* before all else: may run finalizers */
    cd_endpoint *endpoint = check_endpoint(L);
    uint64_t newest = (uint64_t)luaL_checkinteger(L, 2);
    uint32_t id;
    cd_item *item = cd_endpoint_take(endpoint, optional_id(L, 3), newest, &id);

    if (item == NULL)
        return 0;
    cd_timestamp received = cd_item_origin(item)->received;
    cd_peer *sender = cd_item_origin(item)->sender;
    cd_message message = item->message;
    uintptr_t tag = cd_item_origin(item)->tag;
    int status = decode_item(L, item);

    if (status == LUA_ERRMEM && !item->returned)
        cd_endpoint_return(endpoint, id, item); /* once: it must not block the others for ever */
    else {
        box->held = cd_peer_retain(sender);
        cd_endpoint_release(endpoint, item);
    }
    if (status != LUA_OK)
        return lua_error(L);

    lua_pushinteger(L, id);
    lua_insert(L, -2);
    if (tag != CD_FRAME_TAG)
        lua_pushinteger(L, (lua_Integer)tag);
    else if (message.dated)
        cd_push_time(L, message.sent);
    else
        lua_pushnil(L);
    cd_push_time(L, received);
    cd_push_peer(L, sender);
    cd_box_empty(box);
    return 7;
}

/*
 * endpoint:send(hwnd, frame, seconds) -> true | failure, stale
 * stale: the receiver was no peer any more when the frame came.
 */
static int endpoint_send(lua_State *L)
{
    cd_failure failure;
    bool stale;
    cd_endpoint *endpoint = check_endpoint(L);
    HWND receiver = cd_check_hwnd(L, 2);
    const cd_buffer *frame = luaL_checkudata(L, 3, CD_BUFFER_TYPE);
    double seconds = luaL_checknumber(L, 4);

    if (cd_send(cd_endpoint_hwnd(endpoint), receiver, frame->bytes, frame->size, seconds, &failure,
                &stale)) {
        lua_pushboolean(L, 1);
        return 1;
    }
    cd_push_failure(L, &failure);
    lua_pushboolean(L, stale);
    return 4;
}

/*
 * endpoint:reaches(hwnd, channel, pid | nil) -> whether that is another endpoint, on the channel, of
 * the process
 */
static int endpoint_reaches(lua_State *L)
{
    cd_name name;
    cd_endpoint *endpoint = check_endpoint(L);
    HWND hwnd = cd_check_hwnd(L, 2);
    cd_check_name(L, 3, &name);
    DWORD pid = (DWORD)luaL_optinteger(L, 4, 0);

    lua_pushboolean(L, hwnd != cd_endpoint_hwnd(endpoint) && cd_directory_is_on(hwnd, &name, pid));
    return 1;
}

/* endpoint:probe(hwnd, seconds) -> whether the window's thread answers */
static int endpoint_probe(lua_State *L)
{
    check_endpoint(L);
    lua_pushboolean(L, cd_send_probe(cd_check_hwnd(L, 2), luaL_checknumber(L, 3)));
    return 1;
}

/* endpoint:guard(id | nil, whether): ask about senders to a channel, or to any */
static int endpoint_guard(lua_State *L)
{
    cd_endpoint *endpoint = check_endpoint(L);
    cd_channel *channel = lua_isnil(L, 2) ? NULL : check_channel(L, endpoint, 2);

    cd_endpoint_guard(endpoint, channel, lua_toboolean(L, 3));
    return 0;
}

/* endpoint:asked() -> id (0: any channel), hwnd, pid | nil, exe | nil; nothing when nobody waits */
static int endpoint_asked(lua_State *L)
{
    uint32_t channel;
    cd_box *box = cd_box_push(L, cd_peer_release);
    cd_endpoint *endpoint = check_endpoint(L);
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
    cd_endpoint *endpoint = check_endpoint(L);
    uint32_t channel = (uint32_t)luaL_checkinteger(L, 2);
    cd_peer peer = {.hwnd = cd_check_hwnd(L, 3), .pid = (DWORD)luaL_optinteger(L, 4, 0)};

    cd_endpoint_decide(endpoint, &peer, channel, lua_toboolean(L, 5));
    return 0;
}

/* endpoint:membership() -> the membership counter | nothing when there is none */
static int endpoint_membership(lua_State *L)
{
    const cd_endpoint *endpoint = check_endpoint(L);

    if (endpoint->membership.counter == NULL)
        return 0;
    lua_pushinteger(L, *(volatile LONG64 *)endpoint->membership.counter);
    return 1;
}

/* endpoint:pause(seconds): pumps the thread's messages for a while */
static int endpoint_pause(lua_State *L)
{
    check_endpoint(L);
    cd_pause(luaL_checknumber(L, 2));
    return 0;
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
        {"send", endpoint_send},     {"probe", endpoint_probe},
        {"reaches", endpoint_reaches}, {"run", endpoint_run},
        {"guard", endpoint_guard},   {"asked", endpoint_asked},
        {"decide", endpoint_decide}, {"interrupted", endpoint_interrupted},
        {"pause", endpoint_pause},   {"membership", endpoint_membership},
        {"raw", endpoint_raw},       {"admit", endpoint_admit},
        {"__gc", endpoint_gc},
        {NULL, NULL},
    };

    luaL_newmetatable(L, ENDPOINT_TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    luaL_setfuncs(L, functions, 0);
}
