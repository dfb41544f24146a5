/* SPDX-License-Identifier: MIT
 *
 * Binding of the envelope: a Lua value becomes the frame, or the frames, that are sent. Frames are
 * buffers; a function that makes one is given one to use again.
 */
#include "binding.h"
#include "msgpack/msgpack.h"
#include "win/clock.h"

#include <lauxlib.h>

/* Pushes the buffer at `argument`, or a new one for nil, emptied. [-0, +1, m] */
static cd_buffer *take(lua_State *L, int argument)
{
    if (!lua_isnil(L, argument))
        luaL_checkudata(L, argument, CD_BUFFER_TYPE);
    return cd_buffer_take(L, argument);
}

/* frame() -> frame: an empty buffer */
static int frame(lua_State *L)
{
    cd_buffer_push(L);
    return 1;
}

/*
 * compose(frame | nil, channel, value [, msgid]) -> frame, size
 * Makes the value, with the channel and the time, into one message, in the buffer given if it is
 * free: a notification, or with a msgid a request. Raises when the value cannot be encoded.
 */
static int compose(lua_State *L)
{
    size_t channel_size;
    const char *channel = luaL_checklstring(L, 2, &channel_size);
    luaL_checkany(L, 3);
    bool request = !lua_isnoneornil(L, 4);
    uint32_t msgid = (uint32_t)luaL_optinteger(L, 4, 0);
    lua_settop(L, 3);
    cd_buffer *buffer = take(L, 1);
    cd_packer packer = {cd_buffer_reserve(L, buffer, CD_ENVELOPE_HEAD + channel_size)};

    if (request)
        cd_request_head(&packer, msgid, channel, channel_size);
    else
        cd_notification_head(&packer, channel, channel_size);
    buffer->size = (size_t)(packer.at - buffer->bytes);
    cd_encode(L, 3, buffer, NULL);

    cd_timestamp sent = cd_clock_now();
    packer.at = cd_buffer_reserve(L, buffer, CD_PACK_MAX);
    cd_envelope_tail(&packer, &sent);
    buffer->size = (size_t)(packer.at - buffer->bytes);
    lua_pushinteger(L, (lua_Integer)buffer->size);
    return 2;
}

/* renumber(frame, msgid): gives the request in a frame that compose made another msgid */
static int renumber(lua_State *L)
{
    cd_buffer *buffer = luaL_checkudata(L, 1, CD_BUFFER_TYPE);

    luaL_argcheck(L, buffer->size > CD_PACK_MAX, 1, "there is no request in it");
    cd_request_renumber(buffer->bytes, (uint32_t)luaL_checkinteger(L, 2));
    return 0;
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
    cd_buffer *buffer = take(L, 1);
    cd_packer packer = {cd_buffer_reserve(L, buffer, CD_ENVELOPE_HEAD)};

    cd_response_head(&packer, msgid);
    buffer->size = (size_t)(packer.at - buffer->bytes);
    cd_encode(L, 3, buffer, NULL);
    cd_encode(L, 4, buffer, NULL);
    lua_pushinteger(L, (lua_Integer)buffer->size);
    return 2;
}

/*
 * piece(frame | nil, message, transfer, index, count, length) -> frame
 * Makes piece `index` of `count`, each but the last `length` bytes long, of a message that is too
 * large for one frame.
 */
static int piece(lua_State *L)
{
    const cd_buffer *message = luaL_checkudata(L, 2, CD_BUFFER_TYPE);
    size_t length = (size_t)luaL_checkinteger(L, 6);
    cd_fragment fragment = {
        .transfer = (uint32_t)luaL_checkinteger(L, 3),
        .index = (uint32_t)luaL_checkinteger(L, 4),
        .count = (uint32_t)luaL_checkinteger(L, 5),
        .total = message->size,
    };
    size_t at = (fragment.index - 1) * length;

    luaL_argcheck(L, at < message->size, 4, "there is no such piece");
    fragment.bytes = message->bytes + at;
    fragment.size = message->size - at < length ? message->size - at : length;
    cd_buffer *buffer = take(L, 1);
    cd_packer packer = {cd_buffer_reserve(L, buffer, CD_FRAGMENT_HEAD + fragment.size)};
    cd_fragment_write(&packer, &fragment);
    buffer->size = (size_t)(packer.at - buffer->bytes);
    return 1;
}

/*
 * gather(frame | nil, messages, from, to, ...) -> frame
 * Makes a frame of parts of another: pairs of positions, from the one on and up to the other, as
 * string.sub has them.
 */
static int gather(lua_State *L)
{
    const cd_buffer *messages = luaL_checkudata(L, 2, CD_BUFFER_TYPE);
    int top = lua_gettop(L);
    cd_buffer *buffer = take(L, 1);

    for (int i = 3; i + 1 <= top; i += 2) {
        lua_Integer from = luaL_checkinteger(L, i);
        lua_Integer to = luaL_checkinteger(L, i + 1);
        luaL_argcheck(L, from >= 1 && from <= to && (size_t)to <= messages->size, i,
                      "there is no such part");
        cd_buffer_write(L, buffer, messages->bytes + from - 1, (size_t)(to - from + 1));
    }
    return 1;
}

/* append(frame, message) -> size: adds one frame's messages to another's */
static int append(lua_State *L)
{
    cd_buffer *frame = luaL_checkudata(L, 1, CD_BUFFER_TYPE);
    const cd_buffer *message = luaL_checkudata(L, 2, CD_BUFFER_TYPE);

    cd_buffer_write(L, frame, message->bytes, message->size);
    lua_pushinteger(L, (lua_Integer)frame->size);
    return 1;
}

void cd_open_frame(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"frame", frame}, {"compose", compose}, {"renumber", renumber}, {"respond", respond},
        {"piece", piece}, {"gather", gather},   {"append", append},     {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
    lua_pushinteger(L, CD_ENVELOPE_ROOM);
    lua_setfield(L, -2, "envelope_room"); /* bytes of a message that do not count as its size */
    lua_pushinteger(L, CD_FRAGMENT_HEAD);
    lua_setfield(L, -2, "fragment_head"); /* bytes of a frame that a piece does not get */
}
