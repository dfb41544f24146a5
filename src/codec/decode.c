/* SPDX-License-Identifier: MIT
 *
 * Decoding, from the outside in: limits, graphs of shared tables, trailing bytes.
 */
#include "decode.h"

#include <lauxlib.h>

#include "mp/read.h"
#include "unpack.h"

enum { ROOM = 65536 }; /* items that may wait on the Lua stack, whose limit is a million */

const cd_decode_options cd_decode_defaults = {CD_DEPTH, CD_KEYS, false};

/* If the bytes start with a graph: moves *offset to its first table and d->limit to its end. */
static bool enter_graph(cd_decoder *d, size_t *offset, uint32_t *count)
{
    cd_reader reader = cd_reader_of(d->bytes, d->limit);
    int type;
    const char *payload;
    size_t length;
    if (!cd_read_ext(&reader, &type, &payload, &length) || type != CD_REFS_TYPE)
        return false;
    reader = cd_reader_of(payload, length);
    if (!cd_read_array(&reader, count))
        return false;
    *offset = (size_t)(reader.at - d->bytes);
    d->limit = (size_t)(reader.end - d->bytes);
    return true;
}

/* Reads one of the shared tables; references to it may have come earlier. */
static bool read_shared(cd_decoder *d, uint32_t number, size_t *offset)
{
    lua_State *L = d->L;
    d->into = number;
    if (!cd_decoder_read(d, offset))
        return false;
    if (d->into == 0) { /* a container, and it filled the table */
        lua_pop(L, 1);
        return true;
    }
    d->into = 0;
    /* an ext: an object made by unpack, or of a class that is unknown here */
    int known = lua_rawgeti(L, d->tables, number);
    lua_pop(L, 1);
    if (known != LUA_TNIL || (lua_type(L, -1) != LUA_TTABLE && lua_type(L, -1) != LUA_TUSERDATA)) {
        --*offset;
        return cd_decoder_fail(d, "a shared value that is not a table");
    }
    lua_rawseti(L, d->tables, number);
    return true;
}

/* A graph is an array: the shared tables, then the value that refers to them. *offset shows where
 * an error in it is. */
static bool read_graph(cd_decoder *d, size_t *offset, uint32_t count)
{
    lua_State *L = d->L;
    if (count == 0 || count > d->limit - *offset)
        return cd_decoder_fail(d, "a graph of more tables than bytes");
    lua_createtable(L, (int)count - 1, 0);
    d->tables = lua_gettop(L);
    d->shared = count - 1;
    for (uint32_t number = 1; number < count; number++)
        if (!read_shared(d, number, offset))
            return false;
    if (!cd_decoder_read(d, offset))
        return false;
    return *offset == d->limit || cd_decoder_fail(d, "bytes after the value in a graph");
}

/* The arguments of cd_decode. */
typedef struct request {
    lua_State *L;
    const char *bytes;
    size_t size;
    const cd_decode_options *options;
    size_t *end;
    cd_decode_error *error;
    int home;
    cd_codec *codec;
} request;

static bool decode(cd_decoder *d, void *argument)
{
    const request *r = argument;
    const cd_decode_options *options = r->options != NULL ? r->options : &cd_decode_defaults;
    lua_State *L = r->L;
    int top = lua_gettop(L);
    d->L = L;
    d->codec = r->codec;
    d->home = r->home;
    d->refs = options->refs;
    d->depth = 0;
    d->max_depth = options->max_depth;
    d->max_keys = options->max_keys < UINT32_MAX ? (uint32_t)options->max_keys : UINT32_MAX;
    d->room = ROOM;
    d->budget = r->size;
    d->bytes = r->bytes;
    d->limit = r->size;
    d->shared = 0;
    d->into = 0;
    d->error = r->error;
    size_t offset = 0;
    uint32_t count = 0;
    bool graph = d->refs && enter_graph(d, &offset, &count);
    bool fine = graph ? read_graph(d, &offset, count) : cd_decoder_read(d, &offset);
    if (fine && r->end == NULL && offset != r->size)
        fine = cd_decoder_fail(d, "bytes after the value");
    if (!fine) {
        r->error->position = offset;
        lua_settop(L, top);
        return false;
    }
    if (r->end != NULL)
        *r->end = offset;
    if (graph)
        lua_remove(L, d->tables);
    return true;
}

bool cd_decode_with(lua_State *L, const char *bytes, size_t size, const cd_decode_options *options,
                    size_t *end, cd_decode_error *error, int home, cd_codec *codec)
{
    request r = {L, bytes, size, options, end, error, home, codec};
    return cd_with_decoder(decode, &r);
}

bool cd_decode(lua_State *L, const char *bytes, size_t size, const cd_decode_options *options,
               size_t *end, cd_decode_error *error)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    cd_codec *codec = cd_codec_push(L);
    int home = lua_gettop(L);
    bool fine = cd_decode_with(L, bytes, size, options, end, error, home, codec);
    lua_remove(L, home);
    return fine;
}
