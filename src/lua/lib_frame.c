/* SPDX-License-Identifier: MIT
 *
 * Binding of the envelope: turns a Lua value into the frame or frames to send. Frames are buffers;
 * a function that makes one can reuse one it is given.
 *
 * A frame begins after some reserved room. A piece of a message too large for one frame is sent
 * from its place, without copying: its head overwrites the CD_FRAGMENT_HEAD bytes in front of it,
 * which are saved in the first half of the room in the meantime. The second half is in front of the
 * first piece.
 */
#include "core.h"
#include "codec/msgpack.h"
#include "win/clock.h"
#include "wire/fragment.h"

#include <lauxlib.h>

#include <string.h>

#define ROOM ((size_t)(2 * CD_FRAGMENT_HEAD))

cd_buffer *cd_frame_take(lua_State *L, int argument)
{
    if (!lua_isnil(L, argument))
        luaL_checkudata(L, argument, CD_BUFFER_TYPE);
    cd_buffer *buffer = cd_buffer_take(L, argument);
    cd_buffer_reserve(L, buffer, ROOM);
    buffer->size = ROOM;
    return buffer;
}

cd_bytes cd_check_frame(lua_State *L, int argument)
{
    const cd_buffer *buffer = luaL_checkudata(L, argument, CD_BUFFER_TYPE);

    luaL_argcheck(L, buffer->size >= ROOM, argument, "nothing was written to the frame");
    return (cd_bytes){buffer->bytes + ROOM, buffer->size - ROOM};
}

cd_bytes cd_check_part(lua_State *L, int argument, int from, int size)
{
    cd_bytes frame = cd_check_frame(L, argument);
    lua_Integer first = luaL_optinteger(L, from, 0);
    lua_Integer count = luaL_optinteger(L, size, (lua_Integer)frame.size);

    luaL_argcheck(L, first >= -(lua_Integer)CD_FRAGMENT_HEAD && first <= (lua_Integer)frame.size,
                  from, "outside the frame");
    luaL_argcheck(L, count >= 0 && count <= (lua_Integer)frame.size - first, size,
                  "past the end of the frame");
    return (cd_bytes){frame.bytes + first, (size_t)count};
}

/* frame() -> frame: an empty buffer */
static int new_frame(lua_State *L)
{
    cd_buffer_push(L);
    return 1;
}

/* Appends a value, which may be encoded already. */
static void write_value(lua_State *L, int index, cd_buffer *buffer)
{
    size_t size;

    if (luaL_testudata(L, index, CD_PACKED_TYPE) == NULL) {
        cd_encode(L, index, buffer, NULL);
        return;
    }
    lua_getiuservalue(L, index, 1);
    const char *bytes = lua_tolstring(L, -1, &size);
    cd_buffer_write(L, buffer, bytes, size);
    lua_pop(L, 1);
}

/*
 * compose(frame | nil, channel, value [, msgid [, extras]]) -> frame, size
 * Packs the value, with the channel and the time, into one message, in the given buffer if it is
 * free: a notification, or with a msgid a request. The value may be what core.packed returned.
 * extras: a map of those in the protocol. Raises when the value cannot be encoded.
 */
static int compose(lua_State *L)
{
    cd_address address;
    address.channel = luaL_checklstring(L, 2, &address.channel_size);
    luaL_checkany(L, 3);
    bool request = !lua_isnoneornil(L, 4);
    uint32_t msgid = (uint32_t)luaL_optinteger(L, 4, 0);
    address.extras = !lua_isnoneornil(L, 5);
    lua_settop(L, 5);
    cd_buffer *buffer = cd_frame_take(L, 1);
    cd_packer packer = {cd_buffer_reserve(L, buffer, CD_ENVELOPE_HEAD + address.channel_size)};

    if (request)
        cd_request_head(&packer, msgid, &address);
    else
        cd_notification_head(&packer, &address);
    buffer->size = (size_t)(packer.at - buffer->bytes);
    write_value(L, 3, buffer);

    cd_timestamp sent = cd_clock_now();
    packer.at = cd_buffer_reserve(L, buffer, CD_PACK_MAX);
    cd_envelope_tail(&packer, &sent);
    buffer->size = (size_t)(packer.at - buffer->bytes);
    if (address.extras)
        cd_encode(L, 5, buffer, NULL);
    lua_pushinteger(L, (lua_Integer)(buffer->size - ROOM));
    return 2;
}

/*
 * respond(frame | nil, msgid, error, result) -> frame, size
 * Makes the answer to a request, as compose does.
 */
static int respond(lua_State *L)
{
    uint32_t msgid = (uint32_t)luaL_checkinteger(L, 2);
    luaL_checkany(L, 4);
    lua_settop(L, 4);
    cd_buffer *buffer = cd_frame_take(L, 1);
    cd_packer packer = {cd_buffer_reserve(L, buffer, CD_ENVELOPE_HEAD)};

    cd_response_head(&packer, msgid);
    buffer->size = (size_t)(packer.at - buffer->bytes);
    cd_encode(L, 3, buffer, NULL);
    write_value(L, 4, buffer);
    lua_pushinteger(L, (lua_Integer)(buffer->size - ROOM));
    return 2;
}

/* The start of a piece; message is argument 1, index and length are at the given arguments. */
static size_t check_piece(lua_State *L, cd_bytes message, int index, int length)
{
    lua_Integer number = luaL_checkinteger(L, index);
    lua_Integer bytes = luaL_checkinteger(L, length);

    luaL_argcheck(L, bytes >= CD_FRAGMENT_HEAD, length, "too short for a piece");
    luaL_argcheck(L,
                  number >= 1 && number <= (lua_Integer)(message.size / (size_t)bytes) + 1 &&
                      (size_t)((number - 1) * bytes) < message.size,
                  index, "there is no such piece");
    return (size_t)((number - 1) * bytes);
}

/*
 * piece(message, index, length, count, transfer) -> from, size
 * Makes piece `index` of `count` from a message too large for one frame; each but the last is
 * `length` bytes long. The frame is `size` bytes of the message from `from` on, which may be before
 * its start; call `whole` to restore them before doing anything else with the message.
 */
static int piece(lua_State *L)
{
    cd_bytes message = cd_check_frame(L, 1);
    size_t at = check_piece(L, message, 2, 3);
    size_t length = (size_t)lua_tointeger(L, 3);
    cd_fragment fragment = {
        .transfer = (uint32_t)luaL_checkinteger(L, 5),
        .index = (uint32_t)lua_tointeger(L, 2),
        .count = (uint32_t)luaL_checkinteger(L, 4),
        .total = message.size,
        .size = message.size - at < length ? message.size - at : length,
    };
    char head[CD_FRAGMENT_HEAD];
    cd_packer packer = {head};

    cd_fragment_head(&packer, &fragment);
    size_t taken = (size_t)(packer.at - head);
    char *start = message.bytes + at;
    memcpy(message.bytes - ROOM, start - CD_FRAGMENT_HEAD, CD_FRAGMENT_HEAD);
    memcpy(start - taken, head, taken);
    lua_pushinteger(L, (lua_Integer)at - (lua_Integer)taken);
    lua_pushinteger(L, (lua_Integer)(taken + fragment.size));
    return 2;
}

/* whole(message, index, length): restores the bytes that the piece's head overwrote */
static int whole(lua_State *L)
{
    cd_bytes message = cd_check_frame(L, 1);
    char *start = message.bytes + check_piece(L, message, 2, 3);

    memcpy(start - CD_FRAGMENT_HEAD, message.bytes - ROOM, CD_FRAGMENT_HEAD);
    return 0;
}

/*
 * gather(frame | nil, messages, from, to, ...) -> frame
 * Makes a frame from parts of another: pairs of positions, first and last, as in string.sub.
 */
static int gather(lua_State *L)
{
    cd_bytes messages = cd_check_frame(L, 2);
    int top = lua_gettop(L);
    cd_buffer *buffer = cd_frame_take(L, 1);

    for (int i = 3; i + 1 <= top; i += 2) {
        lua_Integer from = luaL_checkinteger(L, i);
        lua_Integer to = luaL_checkinteger(L, i + 1);
        luaL_argcheck(L, from >= 1 && from <= to && (size_t)to <= messages.size, i,
                      "there is no such part");
        cd_buffer_write(L, buffer, messages.bytes + from - 1, (size_t)(to - from + 1));
    }
    return 1;
}

/* append(frame, message) -> size: appends one frame's messages to another */
static int append(lua_State *L)
{
    cd_buffer *buffer = luaL_checkudata(L, 1, CD_BUFFER_TYPE);
    cd_bytes message = cd_check_frame(L, 2);

    cd_check_frame(L, 1);
    cd_buffer_write(L, buffer, message.bytes, message.size);
    lua_pushinteger(L, (lua_Integer)(buffer->size - ROOM));
    return 1;
}

void cd_open_frame(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"frame", new_frame}, {"compose", compose}, {"respond", respond}, {"piece", piece},
        {"whole", whole},     {"gather", gather},   {"append", append},   {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
    lua_pushinteger(L, CD_ENVELOPE_ROOM);
    lua_setfield(L, -2, "envelope_room"); /* bytes of a message that do not count toward its size */
    lua_pushinteger(L, CD_FRAGMENT_HEAD);
    lua_setfield(L, -2, "fragment_head"); /* bytes of a frame not available to a piece */
}
