/* SPDX-License-Identifier: MIT
 *
 * Lua values to MessagePack, in one pass, written by msgpack-c's pack_template.h into the buffer.
 * This file encodes all types except tables.
 */
#include "encoder.h"

#include <lauxlib.h>

#include <stdint.h>

#include "mp/ascii.h"
#include "encode_leaf.h"
#include "kinds.h"

enum {
    LONG = 256,       /* from this length on memcpy is faster */
    PART = 12 * 1024, /* of a text is checked and then copied while it is in the processor's cache */
    CONTINUED = 3     /* most bytes of a UTF-8 character after its first */
};

const cd_encode_options cd_encode_defaults = {CD_DEPTH, SIZE_MAX, CD_KEYS, false, false};

/* Makes room for a string and its header. */
static void reserve_string(cd_encoder *e, const cd_where *up, size_t length)
{
    if (length > CD_PACK_COUNT_MAX)
        cd_where_error(e->L, up, "a string of 4 GiB and more");
    cd_encode_reserve(e, CD_PACK_MAX + length);
}

static void encode_bin(cd_encoder *e, const cd_where *up, const char *bytes, size_t length)
{
    reserve_string(e, up, length);
    cd_pack_bin(&e->packer, length);
    cd_pack_bin_body(&e->packer, bytes, length);
}

/* Copies like memcpy and returns true; or returns false, with some of it copied, if it is not
 * UTF-8. */
static bool copy_text(cd_utf8_check *is_utf8, char *to, const char *from, size_t length)
{
    while (length > 0) {
        size_t part = length;
        if (part > PART)
            for (part = PART; part > PART - CONTINUED && (from[part] & 0xc0) == 0x80;)
                part--; /* to the start of a character */
        if (!is_utf8(from, part))
            return false;
        memcpy(to, from, part);
        to += part;
        from += part;
        length -= part;
    }
    return true;
}

void cd_encode_text(cd_encoder *e, const cd_where *up, const char *bytes, size_t length)
{
    if (length >= CD_ASCII_SHORT && length < LONG) {
        cd_encode_reserve(e, CD_PACK_MAX + LONG);
        cd_packer packer = e->packer;
        cd_pack_str(&packer, length);
        if (cd_ascii_copy_long(packer.at, bytes, length)) {
            e->packer.at = packer.at + length;
            return;
        }
    }
    reserve_string(e, up, length);
    cd_packer packer = e->packer;
    cd_pack_str(&packer, length);
    if (copy_text(e->codec->is_utf8, packer.at, bytes, length))
        e->packer.at = packer.at + length;
    else
        encode_bin(e, up, bytes, length);
}

static void encode_nil(cd_encoder *e)
{
    cd_encode_reserve(e, CD_PACK_MAX);
    cd_pack_nil(&e->packer);
}

static void encode_userdata(cd_encoder *e, const cd_where *up, unsigned depth)
{
    lua_State *L = e->L;
    const void *userdata = lua_touserdata(L, -1);
    const cd_ext *ext;
    const char *bytes;
    size_t length;
    switch (cd_codec_kind(L, e->codec, -1)) {
    case CD_BIN:
        lua_getiuservalue(L, -1, 1);
        bytes = lua_tolstring(L, -1, &length);
        encode_bin(e, up, bytes, length);
        lua_pop(L, 1);
        return;
    case CD_TIMESTAMP:
        cd_encode_reserve(e, CD_PACK_MAX);
        cd_pack_timestamp(&e->packer, userdata);
        return;
    case CD_UINT64:
        cd_encode_reserve(e, CD_PACK_MAX);
        cd_pack_uint64(&e->packer, *(const uint64_t *)userdata);
        return;
    case CD_EXT:
        ext = userdata;
        if (e->graph != 0 && ext->type == CD_REFS_TYPE)
            cd_where_error(L, up, "ext type 127, which means a reference here,");
        cd_encode_reserve(e, CD_PACK_MAX + ext->length);
        cd_pack_ext(&e->packer, ext->length, ext->type);
        cd_pack_ext_body(&e->packer, ext->bytes, ext->length);
        return;
    default:
        cd_encode_object(e, up, depth);
    }
}

void cd_encode_other(cd_encoder *e, const cd_where *up, unsigned depth, int at, int type)
{
    lua_State *L = e->L;
    switch (type) {
    case LUA_TTABLE:
        cd_encode_table(e, up, depth, at);
        return;
    case LUA_TUSERDATA:
        encode_userdata(e, up, depth);
        return;
    case LUA_TBOOLEAN:
        cd_encode_reserve(e, CD_PACK_MAX);
        if (lua_toboolean(L, -1))
            cd_pack_true(&e->packer);
        else
            cd_pack_false(&e->packer);
        return;
    case LUA_TLIGHTUSERDATA: /* null */
        if (lua_touserdata(L, -1) != NULL)
            cd_where_error(L, up, "a light userdata");
        encode_nil(e);
        return;
    case LUA_TNIL:
        encode_nil(e);
        return;
    default:
        cd_where_error(L, up, type == LUA_TFUNCTION ? "a function" : "a thread");
    }
}

void cd_encode_value(cd_encoder *e, const cd_where *up, unsigned depth)
{
    cd_encode_any(e, up, depth, lua_gettop(e->L));
}

void cd_encode_with(lua_State *L, int at, cd_buffer *buffer, int kept,
                    const cd_encode_options *options, int home, cd_codec *codec)
{
    if (buffer->busy)
        luaL_error(L, "the buffer is being encoded into");
    cd_encoder e;
    e.L = L;
    e.buffer = buffer;
    e.packer.at = cd_buffer_reserve(L, buffer, CD_PACK_MAX);
    e.end = buffer->bytes + buffer->capacity;
    e.options = options != NULL ? options : &cd_encode_defaults;
    e.codec = codec;
    e.home = home;
    e.kept = kept;
    e.graph = 0;
    e.defining = false;
    if (!e.options->refs)
        cd_encode_any(&e, NULL, 0, at);
    else if (!cd_encode_graph(&e))
        cd_encode_value(&e, NULL, 0); /* which is on top again, above the graph's state */
    size_t size = cd_written(&e);
    if (size > e.options->max_size)
        luaL_error(L, "cannot encode a value of %I bytes: max_size is %I", (LUAI_UACINT)size,
                   (LUAI_UACINT)e.options->max_size);
    buffer->size += size;
}

void cd_encode(lua_State *L, int index, cd_buffer *buffer, const cd_encode_options *options)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    index = lua_absindex(L, index);
    cd_codec *codec = cd_codec_push(L);
    int home = lua_gettop(L);
    lua_pushvalue(L, index);
    cd_encode_with(L, home + 1, buffer, 0, options, home, codec);
    lua_settop(L, home - 1);
}
