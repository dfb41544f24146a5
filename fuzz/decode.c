/* SPDX-License-Identifier: MIT
 *
 * libFuzzer target: passes arbitrary bytes to cd_walk and cd_decode, encodes the result again, and
 * checks UTF-8.
 */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/api.h"
#include "codec/msgpack.h"
#include "mp/utf8.h"
#include "mp/walk.h"
#include "utf8_plain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds, const char *what, const char *detail)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s%s\n", what, detail);
    abort();
}

/* Types 1 and 2 are registered in the second state; each finds its core in the registry. */
static lua_State *new_state(bool with_classes)
{
    static const char script[] =
        "local msgpack, classes = ...\n"
        "if classes then\n"
        "  local Custom = {}\n"
        "  msgpack.register{type = 1, metatable = {}}\n"
        "  msgpack.register{type = 2, metatable = Custom, pack = function(o) return o.bytes end,\n"
        "    unpack = function(b) return b ~= '' and setmetatable({bytes = b}, Custom) or nil "
        "end}\n"
        "end\n";
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    lua_newtable(L);
    cd_open_msgpack(L);
    check(luaL_loadstring(L, script) == LUA_OK, "the script compiles", "");
    lua_getfield(L, -2, "msgpack");
    lua_pushboolean(L, with_classes);
    lua_call(L, 2, 0);
    lua_settop(L, 0);
    return L;
}

/* Replaces the value at -1 by its encoding, sorted unless it has references. */
static int encode(lua_State *L)
{
    cd_encode_options options = cd_encode_defaults;
    options.refs = lua_toboolean(L, 2);
    options.sorted = !options.refs;
    cd_buffer *buffer = cd_buffer_push(L);
    cd_encode(L, 1, buffer, &options);
    lua_pushlstring(L, buffer->bytes, buffer->size);
    return 1;
}

static bool encode_top(lua_State *L, bool refs)
{
    lua_pushcfunction(L, encode);
    lua_insert(L, -2);
    lua_pushboolean(L, refs);
    return lua_pcall(L, 2, 1, 0) == LUA_OK;
}

/* Equal; or different only in order, like maps whose keys are different tables with equal
 * contents. */
static bool same_bytes(const char *a, size_t a_size, const char *b, size_t b_size)
{
    long histogram[256] = {0};
    if (a_size != b_size)
        return false;
    for (size_t i = 0; i < a_size; i++) {
        histogram[(unsigned char)a[i]]++;
        histogram[(unsigned char)b[i]]--;
    }
    for (int i = 0; i < 256; i++)
        if (histogram[i] != 0)
            return false;
    return true;
}

/* Encodes the result, decodes and encodes it again. */
static void go_round(lua_State *L, const cd_decode_options *options)
{
    cd_decode_error error;
    if (!encode_top(L, options->refs)) {
        /* tables that were shared may no longer be, and are then nested */
        const char *message = lua_tostring(L, -1);
        check(options->refs && strstr(message, "nested that deep") != NULL,
              "what was decoded can be encoded: ", message);
        return;
    }
    size_t first_size, second_size;
    const char *first = lua_tolstring(L, -1, &first_size);
    bool decodes = cd_decode(L, first, first_size, options, NULL, &error);
    check(decodes, "what was encoded can be decoded: ", decodes ? "" : error.message);
    if (options->refs)
        return;
    check(encode_top(L, false), "and encoded again", "");
    const char *second = lua_tolstring(L, -1, &second_size);
    check(same_bytes(first, first_size, second, second_size), "it is the same value", "");
}

static bool decode(lua_State *L, const char *at, size_t size, const cd_decode_options *options,
                   size_t *end)
{
    cd_decode_error error = {"", 0};
    lua_settop(L, 0);
    bool decodes = cd_decode(L, at, size, options, end, &error);
    check(lua_gettop(L) == decodes, "one value or none is pushed", "");
    check(decodes || (error.message[0] != '\0' && error.position <= size), "an error says where",
          "");
    if (decodes)
        go_round(L, options);
    lua_settop(L, 0);
    return decodes;
}

/* Pieces of text, some of them broken, because fuzzers seldom produce text that is nearly valid. */
static const char *const pieces[] = {"a",
                                     "\x7f",
                                     "\xc2\x80",
                                     "\xdf\xbf",
                                     "\xe0\xa0\x80",
                                     "\xe4\xb8\x80",
                                     "\xed\x9f\xbf",
                                     "\xee\x80\x80",
                                     "\xef\xbf\xbf",
                                     "\xf0\x90\x80\x80",
                                     "\xf3\xa0\x80\x80",
                                     "\xf4\x8f\xbf\xbf",
                                     "a line of ASCII ",
                                     "\x80",
                                     "\xbf",
                                     "\xc1\xbf",
                                     "\xe0\x9f\xbf",
                                     "\xed\xa0\x80",
                                     "\xf0\x8f\xbf\xbf",
                                     "\xf4\x90\x80\x80",
                                     "\xf5\x80\x80\x80",
                                     "\xc3",
                                     "\xe4\xb8",
                                     "\xf0\x9f\x98",
                                     "\xff"};

/* The bytes from various start positions, in blocks that end where the bytes do. */
static void check_utf8(const char *bytes, size_t size)
{
    static cd_utf8_check *fastest;
    if (fastest == NULL)
        fastest = cd_utf8_fastest();
    for (size_t from = 0; from <= size && from < 20; from += 7) {
        char *block = malloc(size - from + 1);
        memcpy(block + 1, bytes + from, size - from); /* unaligned */
        bool valid = utf8_plain(block + 1, size - from);
        check(cd_utf8_by_table(block + 1, size - from) == valid, "UTF-8 by table", "");
        check(fastest(block + 1, size - from) == valid, "the fastest check of UTF-8", "");
        free(block);
    }
}

static void check_pieces(const uint8_t *data, size_t size)
{
    char text[4096];
    size_t length = 0;
    for (size_t i = 0; i < size && length < sizeof text - 20; i++) {
        const char *piece = pieces[data[i] % (sizeof pieces / sizeof *pieces)];
        memcpy(text + length, piece, strlen(piece));
        length += strlen(piece);
    }
    check_utf8(text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_utf8((const char *)data, size);
    check_pieces(data, size);

    static lua_State *plain, *classes;
    if (plain == NULL) {
        plain = new_state(false);
        classes = new_state(true);
    }
    const char *at = (const char *)data;
    size_t walked = 0, decoded = 0;
    bool walks = cd_walk(at, size, &walked);
    bool decodes = decode(plain, at, size, &cd_decode_defaults, &decoded);
    check(walks == decodes, "cd_walk accepts what cd_decode accepts", "");
    check(!walks || walked == decoded, "both find the same end", "");

    cd_decode_options refs = cd_decode_defaults;
    refs.refs = true;
    decode(plain, at, size, &refs, NULL);
    decode(classes, at, size, &cd_decode_defaults, NULL);
    decode(classes, at, size, &refs, NULL);
    return 0;
}
