/* SPDX-License-Identifier: MIT
 *
 * Binding of the envelope: a Lua value becomes the frame that is sent.
 */
#include "binding.h"
#include "msgpack/msgpack.h"
#include "win/clock.h"
#include "win/send.h"

#include <lauxlib.h>

/*
 * compose(frame | nil, channel, value) -> frame, size
 * Makes the value, with the channel and the time, into one frame, in the buffer given if it is
 * free. Raises when the value cannot be encoded.
 */
static int compose(lua_State *L)
{
    size_t channel_size;
    const char *channel = luaL_checklstring(L, 2, &channel_size);
    luaL_checkany(L, 3);
    lua_settop(L, 3);
    cd_buffer *buffer = cd_buffer_take(L, 1);
    cd_packer packer = {cd_buffer_reserve(L, buffer, CD_ENVELOPE_HEAD + channel_size)};

    cd_envelope_head(&packer, channel, channel_size);
    buffer->size = (size_t)(packer.at - buffer->bytes);
    cd_encode(L, 3, buffer, NULL);

    cd_timestamp sent = cd_clock_now();
    packer.at = cd_buffer_reserve(L, buffer, CD_PACK_MAX);
    cd_envelope_tail(&packer, &sent);
    buffer->size = (size_t)(packer.at - buffer->bytes);
    lua_pushinteger(L, (lua_Integer)buffer->size);
    return 2;
}

void cd_open_frame(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"compose", compose},
        {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
    lua_pushinteger(L, CD_FRAME_MAX);
    lua_setfield(L, -2, "frame_max"); /* bytes */
}
