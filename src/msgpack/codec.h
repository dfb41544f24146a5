/* SPDX-License-Identifier: MIT
 *
 * What the codec keeps in a Lua state: the "home", a table in the registry. Encoder and decoder
 * have it on the stack while they work.
 */
#ifndef COPYDATA_MSGPACK_CODEC_H
#define COPYDATA_MSGPACK_CODEC_H

#include <lua.h>

#include <stdint.h>

enum {
    CD_KEY_LENGTH = 40, /* longer strings are not interned by Lua, so caching them pays less */
    CD_KEY_SETS = 128,  /* of two */
};

/* Kinds of values that Lua does not have by itself: what their metatable tells. */
typedef enum cd_kind {
    CD_NO_KIND,   /* any other metatable, or none */
    CD_ARRAY,     /* a table marked by msgpack.array */
    CD_MAP,       /* a table marked by msgpack.map */
    CD_BIN,       /* userdata: cd_value_bin */
    CD_TIMESTAMP, /* userdata: cd_timestamp */
    CD_UINT64,    /* userdata: uint64_t */
    CD_EXT,       /* userdata: cd_ext */
    CD_KINDS
} cd_kind;

/* The home's fields. */
enum {
    CD_HOME_METATABLE = 0,        /* + kind */
    CD_HOME_CODEC = CD_KINDS,     /* userdata: cd_codec */
    CD_HOME_BUILD,                /* function(...) return {...} end */
    CD_HOME_KEYS,                 /* + index into keys: the cached strings */
    CD_HOME_SIZE = CD_HOME_KEYS + 2 * CD_KEY_SETS
};

/* A recent map key; the home anchors the string it points into. */
typedef struct cd_key {
    const char *bytes; /* NULL: free */
    size_t length;
} cd_key;

typedef struct cd_codec {
    const void *metatables[CD_KINDS]; /* their addresses; [CD_NO_KIND] is NULL */
    cd_key keys[2 * CD_KEY_SETS];
    unsigned turn; /* which key of a set goes next */
} cd_codec;

/* Pushes the home, which is made by cd_open_msgpack. [-0, +1, m] */
cd_codec *cd_codec_push(lua_State *L);

/* The kind of the table or userdata at index. [-0, +0, -] */
cd_kind cd_codec_kind(lua_State *L, const cd_codec *codec, int index);

#endif
