/* SPDX-License-Identifier: MIT
 *
 * The tables for arrays and maps, for unpack.c: whether one more is allowed, and how to make it.
 * Inline, because every container comes through here.
 */
#ifndef COPYDATA_CODEC_UNPACK_TABLE_H
#define COPYDATA_CODEC_UNPACK_TABLE_H

#include <lauxlib.h>

#include "decoder.h"

enum {
    CD_BUILD_AT = 12 /* from this many items, collecting them on the stack beats lua_rawseti */
};

/* Call before making a container or entering an object; on failure records the error. The elements
 * of all containers together take at least a byte each, so a valid value never exceeds this budget,
 * and one that claims more elements than it has bytes for is refused in linear time, before it
 * costs memory. */
static inline bool cd_may_open(cd_decoder *d, size_t elements)
{
    if (d->depth >= d->max_depth)
        return cd_decoder_fail(d, "nested too deep");
    if (elements > d->budget)
        return cd_decoder_fail(d, "more elements than bytes");
    d->budget -= elements;
    if (d->depth % CD_LEVELS == CD_LEVELS / 2) /* the first fit in any C function's stack */
        luaL_checkstack(d->L, CD_LEVELS_ROOM, NULL);
    return true;
}

/* Pushes the table for a container: a new one, or the one that earlier references to it created. */
static inline void cd_push_table(cd_decoder *d, unsigned int items, unsigned int pairs)
{
    lua_State *L = d->L;
    if (d->into == 0) {
        lua_createtable(L, (int)items, (int)pairs);
        return;
    }
    if (lua_rawgeti(L, d->tables, d->into) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_createtable(L, (int)items, (int)pairs);
        lua_pushvalue(L, -1);
        lua_rawseti(L, d->tables, d->into);
    }
    d->into = 0;
}

static inline void cd_mark_table(cd_decoder *d, cd_kind kind)
{
    lua_rawgeti(d->L, d->home, CD_HOME_METATABLE + kind);
    lua_setmetatable(d->L, -2);
}

/* Pushes the builder, and makes room for the items, if an array of that size is faster to collect
 * on the stack above it. [-0, +(0|1), m] */
static inline bool cd_push_builder(cd_decoder *d, unsigned int items)
{
    if (items < CD_BUILD_AT || items > d->room || d->into != 0 ||
        !lua_checkstack(d->L, 2 * (int)items + LUA_MINSTACK))
        return false;
    d->room -= items;
    lua_rawgeti(d->L, d->home, CD_HOME_BUILD);
    return true;
}

/* Makes a table from the items on the stack above the builder. */
static inline void cd_build_table(cd_decoder *d, uint32_t items)
{
    lua_call(d->L, (int)items, 1);
    d->room += items;
}

#endif
