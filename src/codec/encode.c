/* SPDX-License-Identifier: MIT
 *
 * Lua values to MessagePack, in one pass, written by msgpack-c's pack_template.h into the buffer.
 * This file encodes any value: as its type says, or its metatable, if that is of a registered class
 * or has __msgpack.
 */
#include "encode.h"

#include <stdint.h>

#include "encode_leaf.h"
#include "encode_table.h"
#include "encoder.h"
#include "graph.h"
#include "objects.h"

const cd_encode_options cd_encode_defaults = {CD_DEPTH, SIZE_MAX, CD_KEYS, false, false};

/* Raises if the value is one level too deep. */
static void check_depth(const cd_encoder *e, const cd_where *up, unsigned depth, int at)
{
    cd_where here = {up, at, CD_WHERE_TABLE, false};
    if (depth + 1 > e->options->max_depth)
        cd_where_too_deep(e->L, &here);
}

/* Writes what the class's pack, which is on top of the stack, returns for the value. [-1, +1, v] */
static void encode_packed(cd_encoder *e, const cd_where *up, int at, int type)
{
    lua_State *L = e->L;
    lua_pushvalue(L, at);
    cd_object_call(e);
    if (lua_type(L, -1) != LUA_TSTRING) {
        lua_pushfstring(L, "what pack returned, a %s instead of a string,", luaL_typename(L, -1));
        cd_where_error(L, up, lua_tostring(L, -1));
    }
    size_t length;
    const char *bytes = lua_tolstring(L, -1, &length);
    if (length >= CD_PACK_COUNT_MAX)
        cd_where_error(L, up, "an object of 4 GiB and more");
    cd_encode_reserve(e, CD_PACK_MAX + length);
    cd_pack_ext(&e->packer, length, (int8_t)type);
    cd_pack_ext_body(&e->packer, bytes, length);
}

/* Writes an object of a class without pack as an ext of its fields. */
static void encode_instance(cd_encoder *e, const cd_where *up, unsigned depth, int at, int type)
{
    if (!lua_istable(e->L, at))
        cd_where_error(e->L, up, "a userdata of a class without pack");
    check_depth(e, up, depth, at);
    size_t start = cd_written(e);
    cd_encode_reserve(e, CD_PACK_MAX);
    e->packer.at += CD_EXT_RESERVED;
    cd_encode_fields(e, up, depth + 1, at, CD_NO_KIND);
    cd_encode_ext_header(e, up, start, type);
}

/* The value is below its registration, which is on top of the stack. [-1, +0, v] */
static void encode_registered(cd_encoder *e, const cd_where *up, unsigned depth, int at)
{
    lua_State *L = e->L;
    lua_rawgeti(L, -1, CD_REG_TYPE);
    int type = (int)lua_tointeger(L, -1);
    bool has_pack = lua_rawgeti(L, -2, CD_REG_PACK) != LUA_TNIL;
    if (has_pack)
        encode_packed(e, up, at, type);
    lua_settop(L, at);
    if (!has_pack && !cd_encode_reference(e))
        encode_instance(e, up, depth, at, type);
}

/* A table or userdata whose metatable, if it has one, is not one of the codec's. */
static void encode_object(cd_encoder *e, const cd_where *up, unsigned depth, int at)
{
    lua_State *L = e->L;
    cd_encode_room(e);
    if (cd_object_registration(e)) {
        encode_registered(e, up, depth, at);
    } else if (cd_graph_replacement(e, up)) {
        check_depth(e, up, depth, at); /* it may return yet another object each time */
        cd_encode_any(e, up, depth + 1, at + 1);
        lua_pop(L, 1);
    } else if (!lua_istable(L, -1)) {
        cd_where_error(L, up, "a userdata");
    } else if (!cd_encode_reference(e)) {
        cd_encode_fields(e, up, depth, at, CD_NO_KIND);
    }
}

static void encode_table(cd_encoder *e, const cd_where *up, unsigned depth, int at)
{
    lua_State *L = e->L;
    cd_kind kind = CD_NO_KIND;
    if (lua_getmetatable(L, -1)) {
        lua_pop(L, 1);
        kind = cd_codec_kind(L, e->codec, -1);
        if (kind == CD_NO_KIND) {
            encode_object(e, up, depth, at);
            return;
        }
    }
    if (!cd_encode_reference(e))
        cd_encode_fields(e, up, depth, at, kind);
}

/* The encoder's `nested`. */
static void encode_nested(cd_encoder *e, const cd_where *up, unsigned depth, int at, int type)
{
    if (type == LUA_TTABLE)
        encode_table(e, up, depth, at);
    else if (type != LUA_TUSERDATA)
        cd_where_error(e->L, up, type == LUA_TFUNCTION ? "a function" : "a thread");
    else if (!cd_encode_kind(e, up))
        encode_object(e, up, depth, at);
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
    e.nested = encode_nested;
    if (!e.options->refs)
        cd_encode_any(&e, NULL, 0, at);
    else if (!cd_encode_graph(&e))
        cd_encode_any(&e, NULL, 0, lua_gettop(L)); /* the value again, above the graph's state */
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
