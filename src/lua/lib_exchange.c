/* SPDX-License-Identifier: MIT
 *
 * Binding of messages in and out of endpoints: taking and sending them.
 */
#include "core.h"
#include "codec/msgpack.h"
#include "win/directory.h"
#include "win/prover.h"
#include "win/send.h"
#include "wire/envelope.h"
#include "wire/extras.h"

#include <lauxlib.h>

#include <string.h>

/* Pushes the value in a span of a message; raises an error if it cannot be decoded. [-0, +1, v] */
static void push_value(lua_State *L, const cd_item *item, cd_span span)
{
    cd_decode_error error;

    if (!cd_decode(L, cd_item_bytes(item, span), span.size, NULL, NULL, &error))
        luaL_error(L, "%s at byte %d", error.message, (int)error.position);
}

/* Pushes a time as seconds since 1970, a float. [-0, +1, -] */
static void push_time(lua_State *L, cd_timestamp time)
{
    lua_pushnumber(L, (lua_Number)time.tv_sec + (lua_Number)time.tv_nsec / 1e9);
}

static void set_text(lua_State *L, const char *name, cd_extra_text text)
{
    if (text.bytes == NULL)
        return;
    lua_pushlstring(L, text.bytes, text.size);
    lua_setfield(L, -2, name);
}

static void set_flag(lua_State *L, const char *name)
{
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, name);
}

/* Pushes {direct =, withdrawn =, retained =, origin = {desktop =, exe =, user =}, via = {name,
 * ...}}. [-0, +1, m] */
static void push_new_extras(lua_State *L, const char *bytes, size_t size)
{
    cd_extras extras = cd_extras_read(bytes, size);
    cd_extra_text name;

    lua_createtable(L, 0, 3);
    if (extras.direct)
        set_flag(L, "direct");
    if (extras.withdrawn)
        set_flag(L, "withdrawn");
    if (extras.retains) {
        lua_pushboolean(L, extras.retained);
        lua_setfield(L, -2, "retained");
    }
    if (extras.origin.given) {
        lua_createtable(L, 0, 3);
        set_text(L, "desktop", extras.origin.desktop);
        set_text(L, "exe", extras.origin.exe);
        set_text(L, "user", extras.origin.user);
        lua_setfield(L, -2, "origin");
    }
    if (extras.via.given) {
        lua_createtable(L, (int)extras.via.count, 0);
        for (lua_Integer i = 1; cd_extra_via_next(&extras.via, &name); i++) {
            lua_pushlstring(L, name.bytes, name.size);
            lua_rawseti(L, -2, i);
        }
        lua_setfield(L, -2, "via");
    }
}

#define EXTRAS_KEPT 4096 /* bytes of extras that are remembered */

/* The same, from the bytes of a message. Messages in a row that have the same extras, as a bridge
 * sends them, share the table: building it would take longer than everything else. [-0, +1, m] */
static void push_extras(lua_State *L, const cd_item *item, cd_span span)
{
    static const char key; /* in the registry: {bytes, table}, those of the last message */
    const char *bytes = cd_item_bytes(item, span);
    size_t size;

    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &key) == LUA_TTABLE) {
        lua_rawgeti(L, -1, 1);
        const char *last = lua_tolstring(L, -1, &size);
        if (size == span.size && memcmp(last, bytes, size) == 0) {
            lua_rawgeti(L, -2, 2);
            lua_replace(L, -3);
            lua_pop(L, 1);
            return;
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    push_new_extras(L, bytes, span.size);
    if (span.size > EXTRAS_KEPT)
        return;
    lua_createtable(L, 2, 0);
    lua_pushlstring(L, bytes, span.size);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, 2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
}

/* open(item, packed, id) -> what `next` returns for a message: runs protected, because it
 * allocates */
static int open_item(lua_State *L)
{
    const cd_item *item = lua_touserdata(L, 1);
    const cd_message *message = &item->message;
    const cd_origin *origin = cd_item_origin(item);
    const bool raw = origin->tag != CD_FRAME_TAG;

    if (raw || lua_toboolean(L, 2))
        lua_pushlstring(L, cd_item_bytes(item, message->body), message->body.size);
    else
        push_value(L, item, message->body);
    if (raw)
        lua_pushinteger(L, (lua_Integer)origin->tag);
    else if (message->dated)
        push_time(L, message->sent);
    else
        lua_pushnil(L);
    push_time(L, origin->received);
    cd_push_peer(L, (const cd_peer *)origin->sender);
    if (message->type == CD_NOTIFICATION && message->extras.size == 0)
        return 8;
    if (message->type == CD_NOTIFICATION)
        lua_pushnil(L);
    else
        lua_pushinteger(L, message->msgid);
    if (message->type == CD_RESPONSE)
        push_value(L, item, message->error);
    else
        lua_pushnil(L);
    if (message->extras.size == 0)
        return 10;
    lua_pushnil(L);
    push_extras(L, item, message->extras);
    return 12;
}

/*
 * endpoint:next([channel [, packed]]) -> id, data, sent | nil, received, hwnd, pid | nil, exe | nil,
 * proven, msgid | nil, error | nil, problem | nil, extras | nil
 * Takes the next handled message that had arrived when core.wait returned, or the next of one
 * channel; returns nothing when there is none. packed: data is left encoded, a string. Requests and
 * answers have a msgid; an answer's id is core.answer_id, and its error, unless nil, says that the
 * request failed. problem: why the data could not be decoded, such as an error in the script's own
 * extension. extras: a table of those that push_extras knows. For a raw message: the id that take
 * returned, bytes, dwData, and the rest; with take_message the bytes are wparam and lparam, 8 each,
 * and the number replaces dwData. Without memory: false and the error; the message is then available
 * once more.
 */
static int endpoint_next(lua_State *L)
{
    cd_endpoint *endpoint = cd_check_endpoint(L);
    const bool handled = lua_isnoneornil(L, 2);
    uint32_t wanted = handled ? CD_WANT_HANDLED : (uint32_t)luaL_checkinteger(L, 2);
    const bool packed = lua_toboolean(L, 3);
    uint32_t id;
    cd_item *item =
        cd_mailbox_take(endpoint->mailbox, wanted, handled ? endpoint->newest : UINT64_MAX, &id);

    if (item == NULL)
        return 0;
    /* This may run finalizers, which may close anything: no one owns the message in the
     * meantime. */
    const int top = lua_gettop(L);
    lua_pushcfunction(L, open_item);
    lua_pushlightuserdata(L, item);
    lua_pushboolean(L, packed);
    lua_pushinteger(L, id);
    int status = lua_pcall(L, 3, LUA_MULTRET, 0);
    const cd_message message = item->message;
    const uint64_t asking = cd_item_origin(item)->sender->key;
    const bool proven = cd_item_origin(item)->sender->proven;
    if (status == LUA_ERRMEM && !item->returned)
        cd_mailbox_return(endpoint->mailbox, id, item); /* once: it must not block others */
    else
        cd_mailbox_release(endpoint->mailbox, item);
    if (status == LUA_OK)
        return lua_gettop(L) - top;
    if (status == LUA_ERRMEM) {
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    const int problem = lua_gettop(L);
    lua_pushinteger(L, id);
    lua_settop(L, problem + 4); /* no data, no times */
    lua_pushinteger(L, (lua_Integer)asking);
    lua_settop(L, problem + 7);
    lua_pushboolean(L, proven);
    if (message.type == CD_NOTIFICATION)
        lua_pushnil(L);
    else
        lua_pushinteger(L, message.msgid);
    lua_pushnil(L);
    lua_pushvalue(L, problem);
    return 11;
}

/*
 * endpoint:send(hwnd, frame, deadline, tries [, from, size]) -> true | failure, stale, tries left
 * deadline: on the clock of core.seconds, but each try gets CD_DELIVER_LEAST.
 * tries: how many tokens with another nonce the send may still try, nil the first time. from, size:
 * a piece, as core.piece returns them. stale: the receiver was no longer a peer when the frame
 * arrived. CLOSED is one of the failures: code that runs during the call may close the endpoint.
 */
static int endpoint_send(lua_State *L)
{
    cd_failure failure;
    bool stale;
    if (cd_is_closed_endpoint(L)) {
        cd_fail(&failure, "CLOSED", "the endpoint was closed");
        return cd_push_failure(L, &failure);
    }
    cd_endpoint *endpoint = cd_check_endpoint(L);
    HWND receiver = cd_check_hwnd(L, 2);
    double deadline = luaL_checknumber(L, 4);
    unsigned tries = (unsigned)luaL_optinteger(L, 5, CD_TRIES_MOST);
    cd_bytes frame = cd_check_part(L, 3, 6, 7);

    if (!endpoint->own_thread)
        cd_breathe(endpoint->waiter, endpoint->window);
    if (cd_prover_send(&endpoint->prover, cd_endpoint_hwnd(endpoint), receiver, frame.bytes,
                       frame.size, deadline, &tries, &failure, &stale)) {
        lua_pushboolean(L, 1);
        return 1;
    }
    cd_push_failure(L, &failure);
    lua_pushboolean(L, stale);
    lua_pushinteger(L, tries);
    return 5;
}

/*
 * endpoint:reaches(hwnd, channel, pid | nil) -> whether the window is another endpoint, on the
 * channel and of the process
 */
static int endpoint_reaches(lua_State *L)
{
    size_t size;
    const cd_endpoint *endpoint = cd_check_endpoint(L);
    HWND hwnd = cd_check_hwnd(L, 2);
    const char *name = cd_check_name(L, 3, &size);
    DWORD pid = (DWORD)luaL_optinteger(L, 4, 0);
    cd_property property = cd_property_of(name, size);

    lua_pushboolean(L,
                    hwnd != cd_endpoint_hwnd(endpoint) && cd_directory_is_on(hwnd, &property, pid));
    return 1;
}

/* endpoint:probe(hwnd, seconds) -> whether the window's thread answers */
static int endpoint_probe(lua_State *L)
{
    cd_check_endpoint(L);
    lua_pushboolean(L, cd_send_probe(cd_check_hwnd(L, 2), luaL_checknumber(L, 3)));
    return 1;
}

/* endpoint:ask(hwnd, channel, frame) -> msgid of a request to a window, which the frame, made by
 * compose, gets | nothing if too many are pending, or the endpoint is closed */
static int endpoint_ask(lua_State *L)
{
    size_t size;
    if (cd_is_closed_endpoint(L))
        return 0;
    const cd_endpoint *endpoint = cd_check_endpoint(L);
    HWND hwnd = cd_check_hwnd(L, 2);
    const char *name = luaL_checklstring(L, 3, &size);
    cd_bytes request = cd_check_frame(L, 4);
    luaL_argcheck(L, request.size > CD_PACK_MAX, 4, "the frame has no request");
    uint32_t msgid = cd_mailbox_ask(endpoint->mailbox, cd_peer_key(hwnd), name, size);

    if (msgid == 0)
        return 0;
    cd_request_renumber(request.bytes, msgid);
    lua_pushinteger(L, msgid);
    return 1;
}

/* endpoint:over(msgid): the request is over, its answer no longer expected; does nothing on a
 * closed endpoint */
static int endpoint_over(lua_State *L)
{
    if (!cd_is_closed_endpoint(L))
        cd_mailbox_end(cd_check_endpoint(L)->mailbox, (uint32_t)luaL_checkinteger(L, 2));
    return 0;
}

/* endpoint:ignored() -> how many unexpected answers have arrived */
static int endpoint_ignored(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)cd_mailbox_ignored(cd_check_endpoint(L)->mailbox));
    return 1;
}

void cd_open_exchange(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"next", endpoint_next},       {"send", endpoint_send},
        {"probe", endpoint_probe},     {"ask", endpoint_ask},
        {"reaches", endpoint_reaches}, {"over", endpoint_over},
        {"ignored", endpoint_ignored}, {NULL, NULL},
    };

    cd_endpoint_methods(L, methods);
}
