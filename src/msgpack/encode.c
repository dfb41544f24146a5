/* SPDX-License-Identifier: MIT
 *
 * Lua values to MessagePack, in one pass, written by msgpack-c's pack_template.h into the buffer.
 *
 * The encoder writes behind buffer->size and adds to it only at the end, so that an error, which
 * leaves by longjmp, leaves the buffer as it was.
 */
#include "msgpack.h"

#include <lauxlib.h>

#include <stdint.h>

#include "../wire/pack.h"
#include "codec.h"
#include "utf8.h"
#include "values.h"
#include "where.h"

enum { HOLES = 65536 }; /* nils that an array may need to fill up what is not there */

typedef struct encoder {
    lua_State *L;
    cd_buffer *buffer;
    cd_packer packer; /* where the next byte goes, in the buffer's block */
    const char *end;  /* of the block */
    const cd_encode_options *options;
    cd_codec *codec;
    int home; /* stack index of the codec's home */
} encoder;

static void encode_value(encoder *e, cd_where *up, unsigned depth);

static size_t written(const encoder *e)
{
    return (size_t)(e->packer.at - (e->buffer->bytes + e->buffer->size));
}

static void grow(encoder *e, size_t more)
{
    size_t size = written(e);
    if (more > SIZE_MAX - size)
        more = SIZE_MAX - size; /* cd_buffer_grow refuses it */
    cd_buffer_grow(e->L, e->buffer, size + more);
    e->packer.at = e->buffer->bytes + e->buffer->size + size;
    e->end = e->buffer->bytes + e->buffer->capacity;
}

static inline void reserve(encoder *e, size_t more)
{
    if ((size_t)(e->end - e->packer.at) < more)
        grow(e, more);
}

static void write_string(encoder *e, const cd_where *up, const char *bytes, size_t length,
                         bool binary)
{
    if (length > CD_PACK_COUNT_MAX)
        cd_where_error(e->L, up, "a string of 4 GiB and more");
    reserve(e, CD_PACK_MAX + length);
    if (binary)
        cd_pack_bin(&e->packer, length);
    else
        cd_pack_str(&e->packer, length);
    cd_pack_str_body(&e->packer, bytes, length);
}

/* The string at index; a Lua string, or lua_tolstring would change it. */
static inline void encode_string(encoder *e, const cd_where *up, int index)
{
    size_t length;
    const char *bytes = lua_tolstring(e->L, index, &length);
    write_string(e, up, bytes, length, !cd_utf8_valid(bytes, length));
}

static void encode_userdata(encoder *e, const cd_where *up)
{
    lua_State *L = e->L;
    void *userdata = lua_touserdata(L, -1);
    switch (cd_codec_kind(L, e->codec, -1)) {
    case CD_BIN: {
        lua_getiuservalue(L, -1, 1);
        size_t length;
        const char *bytes = lua_tolstring(L, -1, &length);
        write_string(e, up, bytes, length, true);
        lua_pop(L, 1);
        return;
    }
    case CD_TIMESTAMP:
        reserve(e, CD_PACK_MAX);
        cd_pack_timestamp(&e->packer, userdata);
        return;
    case CD_UINT64:
        reserve(e, CD_PACK_MAX);
        cd_pack_uint64(&e->packer, *(const uint64_t *)userdata);
        return;
    case CD_EXT: {
        const cd_ext *ext = userdata;
        reserve(e, CD_PACK_MAX + ext->length);
        cd_pack_ext(&e->packer, ext->length, ext->type);
        cd_pack_ext_body(&e->packer, ext->bytes, ext->length);
        return;
    }
    default:
        cd_where_error(L, up, "a userdata");
    }
}

/* The key of a map, below its value, which is on top of the stack. Returns whether it counts as a key
 * that is not a string. */
static bool encode_key(encoder *e, cd_where *here, unsigned depth)
{
    if (lua_type(e->L, -2) == LUA_TSTRING) {
        encode_string(e, here, -2);
        return false;
    }
    here->at_key = true;
    if (lua_touserdata(e->L, -2) == NULL && lua_islightuserdata(e->L, -2))
        cd_where_error(e->L, here, "null");
    lua_pushvalue(e->L, -2);
    encode_value(e, here, depth);
    lua_pop(e->L, 1);
    here->at_key = false;
    return true;
}

/* Writes the header of a map behind its pairs, which start one byte behind start. */
static void map_header(encoder *e, size_t start, size_t count)
{
    size_t header = count < 16 ? 1 : count < 65536 ? 3 : 5;
    reserve(e, header - 1);
    cd_packer packer = {e->buffer->bytes + e->buffer->size + start};
    size_t size = (size_t)(e->packer.at - packer.at) - 1;
    if (header > 1)
        memmove(packer.at + header, packer.at + 1, size);
    e->packer.at += header - 1;
    cd_pack_map(&packer, count);
}

/* The table at here->table; depth counts it. */
static void encode_map(encoder *e, cd_where *here, unsigned depth)
{
    lua_State *L = e->L;
    size_t start = written(e);
    size_t count = 0, others = 0;
    reserve(e, CD_PACK_MAX);
    e->packer.at++; /* the header, most of the time */
    for (lua_pushnil(L); lua_next(L, here->table); count++) {
        if (encode_key(e, here, depth) && ++others > e->options->max_keys)
            cd_where_error(L, here, "more keys that are not strings");
        encode_value(e, here, depth);
        lua_pop(L, 1);
    }
    if (count > CD_PACK_COUNT_MAX)
        cd_where_error(L, &(cd_where){here->up, here->table, -1, false}, "a map that large");
    map_header(e, start, count);
}

/* A marked table that is not a sequence: nils fill it up to its largest index. */
static void encode_sparse(encoder *e, cd_where *here, unsigned depth)
{
    lua_State *L = e->L;
    lua_Integer last = 0, count = 0;
    for (lua_pushnil(L); lua_next(L, here->table); count++) {
        lua_pop(L, 1);
        if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1)
            cd_where_error(L, here, "a field of an array");
        if (lua_tointeger(L, -1) > last)
            last = lua_tointeger(L, -1);
    }
    here->index = -1; /* the table itself */
    if (last - count > HOLES || last > (lua_Integer)CD_PACK_COUNT_MAX)
        cd_where_error(L, here, "an array that sparse");
    reserve(e, CD_PACK_MAX);
    cd_pack_array(&e->packer, (size_t)last);
    for (lua_Integer i = 1; i <= last; i++) {
        here->index = i;
        if (lua_rawgeti(L, here->table, i) == LUA_TNIL) {
            reserve(e, CD_PACK_MAX);
            cd_pack_nil(&e->packer);
        } else {
            encode_value(e, here, depth);
        }
        lua_pop(L, 1);
    }
}

/* True when the keys of the table from the one on top of the stack on are in sequence up to count.
 */
static bool is_sequence(lua_State *L, int table, lua_Integer at, lua_Integer count)
{
    lua_pushinteger(L, at);
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) != ++at) {
            lua_pop(L, 1);
            return false;
        }
    }
    return at == count;
}

/* Takes the table for a sequence of count values while its keys come as 1, 2, 3. Returns false, with
 * nothing written, when they do not. Before the first value that is a container the other keys are
 * looked at, or tables that turn out to be maps at each level would be encoded 2^depth times. */
static bool encode_sequence(encoder *e, cd_where *here, unsigned depth, lua_Integer count)
{
    lua_State *L = e->L;
    size_t start = written(e);
    bool sure = false;
    reserve(e, CD_PACK_MAX);
    cd_pack_array(&e->packer, (size_t)count);
    here->index = 0;
    for (lua_pushnil(L); lua_next(L, here->table);) {
        here->index++;
        bool fits = sure || (lua_isinteger(L, -2) && lua_tointeger(L, -2) == here->index);
        if (fits && !sure && lua_type(L, -1) >= LUA_TTABLE) {
            fits = is_sequence(L, here->table, here->index, count);
            sure = true;
        }
        if (!fits) {
            lua_pop(L, 2);
            e->packer.at = e->buffer->bytes + e->buffer->size + start;
            return false;
        }
        encode_value(e, here, depth);
        lua_pop(L, 1);
    }
    if (here->index != count) {
        e->packer.at = e->buffer->bytes + e->buffer->size + start;
        return false;
    }
    return true;
}

static bool is_empty(lua_State *L, int table)
{
    lua_pushnil(L);
    if (!lua_next(L, table))
        return true;
    lua_pop(L, 2);
    return false;
}

static void encode_table(encoder *e, cd_where *up, unsigned depth)
{
    lua_State *L = e->L;
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    cd_where here = {up, lua_gettop(L), -1, false};
    if (++depth > e->options->max_depth)
        cd_where_too_deep(L, &here);
    cd_kind kind = cd_codec_kind(L, e->codec, -1);
    size_t count = lua_rawlen(L, -1);
    if (kind != CD_MAP && count > 0 && count <= CD_PACK_COUNT_MAX &&
        encode_sequence(e, &here, depth, (lua_Integer)count))
        return;
    here.index = 0; /* keys are on the stack */
    if (kind == CD_ARRAY) {
        encode_sparse(e, &here, depth);
    } else if (kind == CD_NO_KIND && count == 0 && is_empty(L, here.table)) {
        reserve(e, CD_PACK_MAX);
        cd_pack_array(&e->packer, 0);
    } else {
        encode_map(e, &here, depth);
    }
}

/* The value on top of the stack, which stays there; depth: how many containers it is in. */
static void encode_value(encoder *e, cd_where *up, unsigned depth)
{
    lua_State *L = e->L;
    switch (lua_type(L, -1)) {
    case LUA_TNIL:
        reserve(e, CD_PACK_MAX);
        cd_pack_nil(&e->packer);
        break;
    case LUA_TBOOLEAN:
        reserve(e, CD_PACK_MAX);
        if (lua_toboolean(L, -1))
            cd_pack_true(&e->packer);
        else
            cd_pack_false(&e->packer);
        break;
    case LUA_TNUMBER:
        reserve(e, CD_PACK_MAX);
        if (lua_isinteger(L, -1))
            cd_pack_int64(&e->packer, lua_tointeger(L, -1));
        else
            cd_pack_double(&e->packer, lua_tonumber(L, -1));
        break;
    case LUA_TSTRING:
        encode_string(e, up, -1);
        break;
    case LUA_TTABLE:
        encode_table(e, up, depth);
        break;
    case LUA_TUSERDATA:
        encode_userdata(e, up);
        break;
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, -1) != NULL)
            cd_where_error(L, up, "a light userdata");
        reserve(e, CD_PACK_MAX);
        cd_pack_nil(&e->packer);
        break;
    default:
        cd_where_error(L, up, lua_type(L, -1) == LUA_TFUNCTION ? "a function" : "a thread");
    }
}

void cd_encode(lua_State *L, int index, cd_buffer *buffer, const cd_encode_options *options)
{
    static const cd_encode_options defaults = CD_ENCODE_DEFAULTS;
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    index = lua_absindex(L, index);
    int top = lua_gettop(L);
    encoder e;
    e.L = L;
    e.buffer = buffer;
    e.packer.at = cd_buffer_reserve(L, buffer, CD_PACK_MAX);
    e.end = buffer->bytes + buffer->capacity;
    e.options = options != NULL ? options : &defaults;
    e.codec = cd_codec_push(L);
    e.home = top + 1;
    lua_pushvalue(L, index);
    encode_value(&e, NULL, 0);
    size_t size = written(&e);
    if (size > e.options->max_size)
        luaL_error(L, "cannot encode a value of %I bytes: the limit is %I", (lua_Integer)size,
                   (lua_Integer)e.options->max_size);
    buffer->size += size;
    lua_settop(L, top);
}
