/* SPDX-License-Identifier: MIT
 *
 * Lua values to MessagePack, in one pass, written by msgpack-c's pack_template.h into the buffer.
 */
#include "encoder.h"

#include <lauxlib.h>

#include <stdint.h>

#include "mp/bytes.h"
#include "mp/utf8.h"
#include "values.h"

enum {
    HOLES = 65536,   /* nils that an array may need to fill up what is not there */
    LEVELS = 8,      /* of tables in tables, for which the stack is checked once */
    LEVEL_SLOTS = 3, /* that each may take: a key, its value, a copy */
    LONG = 256       /* strings that are better looked at in blocks */
};

/* The bits of floats. */
#define SIGN     0x8000000000000000u
#define INFINITE 0x7ff0000000000000u

const cd_encode_options cd_encode_defaults = {CD_DEPTH, SIZE_MAX, CD_KEYS, false, false};

void cd_encode_grow(cd_encoder *e, size_t more)
{
    size_t size = cd_written(e);
    if (more > SIZE_MAX - size)
        more = SIZE_MAX - size; /* cd_buffer_grow refuses it */
    cd_buffer_grow(e->L, e->buffer, size + more);
    e->packer.at = cd_written_at(e, size);
    e->end = e->buffer->bytes + e->buffer->capacity;
}

void cd_encode_move(cd_encoder *e, size_t position, size_t reserved, size_t needed)
{
    cd_encode_reserve(e, CD_PACK_MAX);
    char *from = cd_written_at(e, position + reserved);
    if (needed != reserved)
        memmove(from - reserved + needed, from, (size_t)(e->packer.at - from));
    e->packer.at += needed;
    e->packer.at -= reserved;
}

static void write_string(cd_encoder *e, const cd_where *up, const char *bytes, size_t length,
                         bool binary)
{
    if (length > CD_PACK_COUNT_MAX)
        cd_where_error(e->L, up, "a string of 4 GiB and more");
    cd_encode_reserve(e, CD_PACK_MAX + length);
    if (binary)
        cd_pack_bin(&e->packer, length);
    else
        cd_pack_str(&e->packer, length);
    cd_pack_str_body(&e->packer, bytes, length);
}

/* memcpy of up to 32 bytes, which most strings and nearly all keys are; without a call, by two moves
 * that may overlap. */
static inline void copy_short(char *to, const char *from, size_t length)
{
    if (length >= 16) {
        memcpy(to, from, 16);
        memcpy(to + length - 16, from + length - 16, 16);
    } else if (length >= 8) {
        memcpy(to, from, 8);
        memcpy(to + length - 8, from + length - 8, 8);
    } else if (length >= 4) {
        memcpy(to, from, 4);
        memcpy(to + length - 4, from + length - 4, 4);
    } else {
        for (size_t i = 0; i < length; i++)
            to[i] = from[i];
    }
}

/* The string at index: a string, for lua_tolstring would change a number. */
static inline void encode_string(cd_encoder *e, const cd_where *up, int index)
{
    size_t length;
    const char *bytes = lua_tolstring(e->L, index, &length);
    if (length >= LONG || !cd_utf8_ascii(bytes, length)) {
        write_string(e, up, bytes, length, !cd_utf8_valid(bytes, length));
        return;
    }
    cd_encode_reserve(e, CD_PACK_MAX + LONG);
    cd_packer packer = e->packer; /* a copy stays in a register */
    cd_pack_str(&packer, length);
    if (length <= 32) {
        copy_short(packer.at, bytes, length);
        packer.at += length;
    } else {
        cd_pack_str_body(&packer, bytes, length);
    }
    e->packer = packer;
}

static inline void encode_number(cd_encoder *e)
{
    cd_encode_reserve(e, CD_PACK_MAX);
    cd_packer packer = e->packer;
    if (lua_isinteger(e->L, -1))
        cd_pack_int64(&packer, lua_tointeger(e->L, -1));
    else
        cd_pack_double(&packer, lua_tonumber(e->L, -1));
    e->packer = packer;
}

static void encode_nil(cd_encoder *e)
{
    cd_encode_reserve(e, CD_PACK_MAX);
    cd_pack_nil(&e->packer);
}

/* A value of any other type. */
static void encode_other(cd_encoder *e, const cd_where *up, unsigned depth, int at, int type);

/* The value on top of the stack, whose index is at. */
static inline void encode(cd_encoder *e, const cd_where *up, unsigned depth, int at)
{
    int type = lua_type(e->L, -1);
    if (type == LUA_TSTRING)
        encode_string(e, up, -1);
    else if (type == LUA_TNUMBER)
        encode_number(e);
    else
        encode_other(e, up, depth, at, type);
}

void cd_encode_value(cd_encoder *e, const cd_where *up, unsigned depth)
{
    encode(e, up, depth, lua_gettop(e->L));
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
        write_string(e, up, bytes, length, true);
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

bool cd_encode_key(cd_encoder *e, cd_where *here, unsigned depth)
{
    if (lua_type(e->L, -2) == LUA_TSTRING) {
        encode_string(e, here, -2);
        return false;
    }
    here->at_key = true;
    size_t start = cd_written(e);
    lua_pushvalue(e->L, -2);
    cd_encode_value(e, here, depth);
    lua_pop(e->L, 1);
    const char *key = cd_written_at(e, start);
    if (key[0] == '\xc0')
        cd_where_error(e->L, here, "null");
    if (key[0] == '\xcb' && (cd_load64(key + 1) & ~SIGN) > INFINITE)
        cd_where_error(e->L, here, "NaN");
    here->at_key = false;
    return true;
}

/* The pairs of the table at here->table from the one on top of the stack on; returns how many. */
static size_t encode_pairs(cd_encoder *e, cd_where *here, unsigned depth)
{
    lua_State *L = e->L;
    size_t count = 0, others = 0;
    do {
        if (lua_type(L, -2) == LUA_TSTRING)
            encode_string(e, here, -2);
        else if (cd_encode_key(e, here, depth) && ++others > e->options->max_keys)
            cd_where_error(L, here, "more keys that are not strings");
        encode(e, here, depth, here->table + 2);
        lua_pop(L, 1);
        count++;
    } while (lua_next(L, here->table));
    return count;
}

/* The table at here->table, whose first pair is on the stack, as a map. Its header is known only when
 * all pairs are written. */
static void encode_map(cd_encoder *e, cd_where *here, unsigned depth)
{
    here->index = CD_WHERE_KEY;
    size_t start = cd_written(e);
    cd_encode_reserve(e, CD_PACK_MAX);
    e->packer.at++;
    size_t count =
        e->options->sorted ? cd_encode_sorted(e, here, depth) : encode_pairs(e, here, depth);
    if (count > CD_PACK_COUNT_MAX)
        cd_where_error(e->L, here, "a map of 2^32 pairs and more");
    if (count > 15)
        cd_encode_move(e, start, 1, count < 65536 ? 3 : 5);
    cd_packer header = {cd_written_at(e, start)};
    cd_pack_map(&header, count);
}

/* True when the keys that follow at come in order, and end with count. */
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

/* Takes the table at here->table for a sequence of count values as long as its keys come as 1, 2, 3.
 * Returns false, with nothing written, when they do not. Before the first value that may have
 * values inside, all keys are looked at; or tables that turn out to be maps at every level would be
 * encoded 2^depth times. */
static bool encode_sequence(cd_encoder *e, cd_where *here, unsigned depth, lua_Integer count)
{
    lua_State *L = e->L;
    size_t start = cd_written(e);
    bool sure = false;
    cd_encode_reserve(e, CD_PACK_MAX);
    cd_pack_array(&e->packer, (size_t)count);
    here->index = 0;
    for (lua_pushnil(L); lua_next(L, here->table);) {
        here->index++;
        bool fits = sure || (lua_isinteger(L, -2) && lua_tointeger(L, -2) == here->index);
        if (fits && !sure && lua_type(L, -1) >= LUA_TTABLE)
            fits = sure = is_sequence(L, here->table, here->index, count);
        if (!fits) {
            lua_pop(L, 2);
            e->packer.at = cd_written_at(e, start);
            return false;
        }
        encode(e, here, depth, here->table + 2);
        lua_pop(L, 1);
    }
    if (here->index == count)
        return true;
    e->packer.at = cd_written_at(e, start);
    return false;
}

/* The largest index of the table, and in *count how many there are. -1 when it has other keys, the first
 * of which is then on the stack. */
static lua_Integer last_index(lua_State *L, int table, lua_Integer *count)
{
    lua_Integer last = 0;
    *count = 0;
    for (lua_pushnil(L); lua_next(L, table); ++*count) {
        lua_pop(L, 1);
        if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1)
            return -1;
        if (lua_tointeger(L, -1) > last)
            last = lua_tointeger(L, -1);
    }
    return last;
}

/* An array whose keys do not come in order, or have holes between them, which become nils. */
static void encode_indices(cd_encoder *e, cd_where *here, unsigned depth, lua_Integer last)
{
    lua_State *L = e->L;
    cd_encode_reserve(e, CD_PACK_MAX);
    cd_pack_array(&e->packer, (size_t)last);
    for (lua_Integer i = 1; i <= last; i++) {
        here->index = i;
        lua_rawgeti(L, here->table, i);
        encode(e, here, depth, here->table + 1);
        lua_pop(L, 1);
    }
}

/* The table at here->table as an array, if its keys are 1 to n, or if it is marked as one. */
static bool encode_array(cd_encoder *e, cd_where *here, unsigned depth, cd_kind kind)
{
    lua_State *L = e->L;
    size_t length = lua_rawlen(L, here->table);
    if (length > 0 && length <= CD_PACK_COUNT_MAX &&
        encode_sequence(e, here, depth, (lua_Integer)length))
        return true;
    lua_Integer count, last = last_index(L, here->table, &count);
    if (kind != CD_ARRAY && last != count) {
        lua_settop(L, here->table);
        return false;
    }
    here->index = last < 0 ? CD_WHERE_KEY : CD_WHERE_TABLE;
    if (last < 0)
        cd_where_error(L, here, "a field of an array");
    if (last - count > HOLES || last > (lua_Integer)CD_PACK_COUNT_MAX)
        cd_where_error(L, here, "an array that sparse");
    encode_indices(e, here, depth, last);
    return true;
}

static void encode_fields(cd_encoder *e, const cd_where *up, unsigned depth, int at, cd_kind kind)
{
    lua_State *L = e->L;
    if (depth % LEVELS == LEVELS / 2) /* the first levels fit in what every C function has */
        luaL_checkstack(L, LUA_MINSTACK + LEVELS * LEVEL_SLOTS, NULL);
    cd_where here = {up, at, CD_WHERE_TABLE, false};
    if (++depth > e->options->max_depth)
        cd_where_too_deep(L, &here);
    lua_pushnil(L);
    if (!lua_next(L, here.table)) {
        cd_encode_reserve(e, CD_PACK_MAX);
        if (kind == CD_MAP)
            cd_pack_map(&e->packer, 0);
        else
            cd_pack_array(&e->packer, 0);
        return;
    }
    if (kind == CD_ARRAY || (kind == CD_NO_KIND && lua_type(L, -2) != LUA_TSTRING)) {
        lua_pop(L, 2);
        if (encode_array(e, &here, depth, kind))
            return;
        lua_pushnil(L);
        lua_next(L, here.table);
    }
    encode_map(e, &here, depth);
}

void cd_encode_fields(cd_encoder *e, const cd_where *up, unsigned depth, cd_kind kind)
{
    encode_fields(e, up, depth, lua_gettop(e->L), kind);
}

static void encode_table(cd_encoder *e, const cd_where *up, unsigned depth, int at)
{
    lua_State *L = e->L;
    cd_kind kind = CD_NO_KIND;
    if (lua_getmetatable(L, -1)) {
        lua_pop(L, 1);
        kind = cd_codec_kind(L, e->codec, -1);
        if (kind == CD_NO_KIND) {
            cd_encode_object(e, up, depth);
            return;
        }
    }
    if (e->graph == 0 || !cd_encode_reference(e))
        encode_fields(e, up, depth, at, kind);
}

static void encode_other(cd_encoder *e, const cd_where *up, unsigned depth, int at, int type)
{
    lua_State *L = e->L;
    switch (type) {
    case LUA_TTABLE:
        encode_table(e, up, depth, at);
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
        encode(&e, NULL, 0, at);
    else if (!cd_encode_graph(&e))
        cd_encode_value(&e, NULL, 0); /* which is on top again, above what is known of the graph */
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
