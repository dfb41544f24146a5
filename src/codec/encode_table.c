/* SPDX-License-Identifier: MIT
 *
 * Tables as arrays and maps.
 */
#include "encode_table.h"

#include <stdint.h>

#include "encode_key.h"
#include "encode_leaf.h"
#include "sorted.h"

enum {
    HOLES = 65536,  /* nils that an array may need to fill its holes */
    FREE_LEVELS = 3 /* levels, the last with a batch, that fit in every C function's stack */
};

/* Writes the pairs of the table at here->table, starting with the one on top of the stack; returns
 * how many. */
static size_t encode_pairs(cd_encoder *e, cd_where *here, unsigned depth)
{
    lua_State *L = e->L;
    size_t count = 0, others = 0;
    do {
        cd_encode_key(e, here, depth, &others);
        cd_encode_any(e, here, depth, here->table + 2);
        lua_pop(L, 1);
        count++;
    } while (lua_next(L, here->table));
    return count;
}

/* Writes the table at here->table, whose first pair is on the stack, as a map. */
static void encode_map(cd_encoder *e, cd_where *here, unsigned depth)
{
    here->index = CD_WHERE_KEY;
    size_t start = cd_written(e);
    cd_encode_reserve(e, CD_PACK_MAX);
    e->packer.at++; /* the header, which is known only once all pairs are written */
    size_t count =
        e->options->sorted ? cd_encode_sorted(e, here, depth) : encode_pairs(e, here, depth);
    if (count > CD_PACK_COUNT_MAX)
        cd_where_error(e->L, here, "a map of 2^32 pairs and more");
    if (count > 15)
        cd_encode_move(e, start, 1, count < 65536 ? 3 : 5);
    cd_packer header = {cd_written_at(e, start)};
    cd_pack_map(&header, count);
}

/* Writes the header of an array and its first elements, as long as these contain no others; returns
 * how many. Takes several from the table at a time, which needs fewer calls into Lua;
 * cd_encode_fields has made room for them. */
static lua_Integer encode_leaves(cd_encoder *e, cd_where *here, lua_Integer count)
{
    lua_State *L = e->L;
    cd_encode_reserve(e, CD_PACK_MAX);
    cd_pack_array(&e->packer, (size_t)count);
    for (lua_Integer done = 0; done < count; done += CD_BATCH) {
        int types[CD_BATCH], taken = count - done < CD_BATCH ? (int)(count - done) : CD_BATCH;
        for (int i = 0; i < taken; i++)
            types[i] = lua_rawgeti(L, here->table, done + i + 1);
        for (int i = 0; i < taken; i++) {
            here->index = done + i + 1;
            if (types[i] == LUA_TSTRING) {
                cd_encode_string(e, here, i - taken);
            } else if (types[i] == LUA_TNUMBER) {
                cd_encode_number(e, i - taken);
            } else if (types[i] == LUA_TNIL || types[i] >= LUA_TTABLE) {
                lua_pop(L, taken);
                return done + i;
            } else {
                cd_encode_constant(e, here, i - taken, types[i]);
            }
        }
        lua_pop(L, taken);
    }
    return count;
}

/* Whether the table has more than that many keys. */
static bool has_more_keys(lua_State *L, int table, lua_Integer count)
{
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        if (count-- == 0) {
            lua_pop(L, 2);
            return true;
        }
    }
    return false;
}

/* The largest index of the table; *count is how many there are. -1 when it has other keys, the
 * first of which is then on the stack. */
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

/*
 * Writes the table at here->table as an array, if its keys are 1 to n, or if it is marked as one.
 * Otherwise returns false and writes nothing.
 *
 * Elements that contain no others are written before all keys are known, because undoing that is
 * cheap. All keys are checked before the first element that may contain others: otherwise tables
 * that turn out to be maps at every level would be encoded 2^depth times.
 */
static bool encode_array(cd_encoder *e, cd_where *here, unsigned depth, cd_kind kind)
{
    lua_State *L = e->L;
    size_t start = cd_written(e);
    lua_Unsigned length = lua_rawlen(L, here->table);
    lua_Integer done = 0, count, last;
    if (length > 0 && length <= CD_PACK_COUNT_MAX) {
        done = encode_leaves(e, here, (lua_Integer)length);
        if (done == (lua_Integer)length && !has_more_keys(L, here->table, done))
            return true;
    }
    last = last_index(L, here->table, &count);
    if (kind != CD_ARRAY && last != count) {
        lua_settop(L, here->table);
        e->packer.at = cd_written_at(e, start);
        return false;
    }
    here->index = last < 0 ? CD_WHERE_KEY : CD_WHERE_TABLE;
    if (last < 0)
        cd_where_error(L, here, "a field of an array");
    if (last - count > HOLES || last > (lua_Integer)CD_PACK_COUNT_MAX)
        cd_where_error(L, here, "an array that sparse");
    if (last != (lua_Integer)length) { /* it has holes, which become nils */
        e->packer.at = cd_written_at(e, start);
        cd_encode_reserve(e, CD_PACK_MAX);
        cd_pack_array(&e->packer, (size_t)last);
        done = 0;
    }
    while (done < last) {
        here->index = ++done;
        lua_rawgeti(L, here->table, done);
        cd_encode_any(e, here, depth, here->table + 1);
        lua_pop(L, 1);
    }
    return true;
}

void cd_encode_fields(cd_encoder *e, const cd_where *up, unsigned depth, int at, cd_kind kind)
{
    lua_State *L = e->L;
    if (depth % CD_LEVELS == FREE_LEVELS)
        cd_encode_room(e);
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
