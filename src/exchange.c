/* SPDX-License-Identifier: MIT
 *
 * Binding of what goes in and out of endpoints: waiting, taking messages, sending.
 */
#include "binding.h"
#include "msgpack/msgpack.h"
#include "win/directory.h"
#include "win/endpoint.h"
#include "win/send.h"
#include "win/wait.h"

#include <lauxlib.h>

/* A channel's id, of one that may have been closed meanwhile; 0 for none or nil. */
static uint32_t optional_id(lua_State *L, int argument)
{
    return (uint32_t)luaL_optinteger(L, argument, 0);
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
    cd_endpoint *endpoint = cd_check_endpoint(L);
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
    cd_endpoint *endpoint = cd_check_endpoint(L);
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
    cd_endpoint *endpoint = cd_check_endpoint(L);
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
    cd_endpoint *endpoint = cd_check_endpoint(L);
    HWND hwnd = cd_check_hwnd(L, 2);
    cd_check_name(L, 3, &name);
    DWORD pid = (DWORD)luaL_optinteger(L, 4, 0);

    lua_pushboolean(L, hwnd != cd_endpoint_hwnd(endpoint) && cd_directory_is_on(hwnd, &name, pid));
    return 1;
}

/* endpoint:probe(hwnd, seconds) -> whether the window's thread answers */
static int endpoint_probe(lua_State *L)
{
    cd_check_endpoint(L);
    lua_pushboolean(L, cd_send_probe(cd_check_hwnd(L, 2), luaL_checknumber(L, 3)));
    return 1;
}

/* endpoint:pause(seconds): pumps the thread's messages for a while */
static int endpoint_pause(lua_State *L)
{
    cd_check_endpoint(L);
    cd_pause(luaL_checknumber(L, 2));
    return 0;
}

void cd_open_exchange(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"wait", endpoint_wait},   {"next", endpoint_next},       {"send", endpoint_send},
        {"probe", endpoint_probe}, {"reaches", endpoint_reaches}, {"pause", endpoint_pause},
        {NULL, NULL},
    };

    luaL_setfuncs(L, methods, 0);
}
