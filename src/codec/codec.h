/* SPDX-License-Identifier: MIT
 *
 * The codec's state in a Lua state: the "home", a table in the registry. Encoder and decoder keep
 * it on the stack while they work.
 */
#ifndef COPYDATA_CODEC_CODEC_H
#define COPYDATA_CODEC_CODEC_H

#include <lua.h>

#include "mp/utf8.h"

enum {
    CD_REFS_TYPE = 127, /* the ext type that graphs and references use */

    /* Lua's stack is checked once per this many levels of nested arrays and maps; each level takes
     * at most this many slots: the table, a key, a value. */
    CD_LEVELS = 8,
    CD_LEVEL_SLOTS = 3,
    CD_LEVELS_ROOM = LUA_MINSTACK + CD_LEVELS * CD_LEVEL_SLOTS
};

/* Kinds of values that Lua lacks, by their metatable. */
typedef enum cd_kind {
    CD_NO_KIND,   /* any other metatable, or none */
    CD_ARRAY,     /* a table marked by msgpack.array */
    CD_MAP,       /* a table marked by msgpack.map */
    CD_BIN,       /* userdata: a string to encode as bin */
    CD_TIMESTAMP, /* userdata: cd_timestamp */
    CD_UINT64,    /* userdata: uint64_t */
    CD_EXT,       /* userdata: cd_ext */
    CD_KINDS
} cd_kind;

/* The fields of the home. */
enum {
    CD_HOME_METATABLE = 0,    /* + kind */
    CD_HOME_CODEC = CD_KINDS, /* userdata: cd_codec */
    CD_HOME_BUILD,            /* function(...) return {...} end */
    CD_HOME_TYPES,            /* registrations by ext type */
    CD_HOME_CLASSES,          /* registrations by metatable */
    CD_HOME_SIZE
};

/* The fields of a registration, a table. */
enum { CD_REG_TYPE = 1, CD_REG_METATABLE, CD_REG_PACK, CD_REG_UNPACK };

/* How to decode values of an ext type. */
typedef enum cd_reader_kind {
    CD_AS_EXT,   /* the type is not registered */
    CD_UNPACKED, /* by the registration's unpack */
    CD_FIELDS    /* a table of fields, which gets the registration's metatable */
} cd_reader_kind;

typedef struct cd_codec {
    const void *metatables[CD_KINDS]; /* their addresses; [CD_NO_KIND] is NULL */
    unsigned char readers[128];       /* cd_reader_kind by ext type, 0 and above */
    cd_utf8_check *is_utf8;           /* the fastest on this processor */
} cd_codec;

/* Makes the table on top of the stack the state's home. [-0, +0, m] */
void cd_codec_keep(lua_State *L);

/* Pushes the home, or nil before there is one; then returns NULL. [-0, +1, -] */
cd_codec *cd_codec_push(lua_State *L);

/* The kind of the table or userdata at index. [-0, +0, -] */
cd_kind cd_codec_kind(lua_State *L, const cd_codec *codec, int index);

#endif
