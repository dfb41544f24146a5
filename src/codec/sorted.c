/* SPDX-License-Identifier: MIT */
#include "sorted.h"

#include <stdlib.h>
#include <string.h>

#include "encode_key.h"

typedef struct entry {
    const char *key; /* as encoded, in a Lua string */
    size_t length;
    lua_Integer at; /* index into the tables below */
} entry;

static int compare(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    int order = memcmp(a->key, b->key, a->length < b->length ? a->length : b->length);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

size_t cd_encode_sorted(cd_encoder *e, cd_where *here, unsigned depth)
{
    lua_State *L = e->L;
    size_t count = 0, others = 0;
    cd_encode_room(e);
    lua_settop(L, here->table);
    for (lua_pushnil(L); lua_next(L, here->table); lua_pop(L, 1))
        count++;
    lua_pushnil(L); /* where a cd_where expects the key */
    entry *entries = lua_newuserdatauv(L, (count + 1) * sizeof *entries, 0);
    int keys = lua_gettop(L) + 1, values = keys + 1, encoded = keys + 2;
    for (int i = 0; i < 3; i++)
        lua_createtable(L, (int)count, 0);

    size_t start = cd_written(e), i = 0;
    for (lua_pushnil(L); lua_next(L, here->table) && i < count; i++) {
        cd_encode_key(e, here, depth, &others);
        entries[i].at = (lua_Integer)i + 1;
        entries[i].length = cd_written(e) - start;
        lua_rawseti(L, values, entries[i].at);
        lua_pushvalue(L, -1);
        lua_rawseti(L, keys, entries[i].at);
        entries[i].key = lua_pushlstring(L, cd_written_at(e, start), entries[i].length);
        lua_rawseti(L, encoded, entries[i].at);
        e->packer.at = cd_written_at(e, start);
    }
    lua_settop(L, encoded);
    qsort(entries, i, sizeof *entries, compare);

    for (size_t j = 0; j < i; j++) {
        lua_rawgeti(L, keys, entries[j].at);
        lua_replace(L, here->table + 1);
        cd_encode_reserve(e, entries[j].length);
        memcpy(e->packer.at, entries[j].key, entries[j].length);
        e->packer.at += entries[j].length;
        lua_rawgeti(L, values, entries[j].at);
        cd_encode_any(e, here, depth, encoded + 1);
        lua_pop(L, 1);
    }
    lua_settop(L, here->table);
    return i;
}
