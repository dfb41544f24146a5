/* SPDX-License-Identifier: MIT
 *
 * Every reachable table is visited first, to find those that occur more than once. If there are any,
 * the value becomes one ext of type CD_REFS_TYPE whose payload is an array: the shared tables, then
 * the value itself. Inside it a shared table is an ext of the same type, whose payload is the
 * table's number in that array, from 1. docs/msgpack.md specifies this format.
 */
#include "graph.h"

#include "encode_leaf.h"
#include "objects.h"

/* What is known about the tables, in consecutive stack slots. CD_WHERE_SHARED needs the first
 * three. */
enum {
    CURRENT,  /* the table being visited or written */
    PARENTS,  /* by table: the table it was first found in */
    KEYS,     /* by table: and under which key */
    SEEN,     /* by table: 0, or its number once it is shared */
    QUEUE,    /* the tables whose fields must still be visited */
    SHARED,   /* the shared tables by number */
    REPLACED, /* by object: what __msgpack returned, so that it is called once */
    SLOTS
};

static void append(lua_State *L, int list)
{
    lua_rawseti(L, list, (lua_Integer)lua_rawlen(L, list) + 1);
}

/* A table on top of the stack, at `here`; NULL: the root. */
static void see(cd_encoder *e, const cd_where *here)
{
    lua_State *L = e->L;
    int graph = e->graph;
    lua_pushvalue(L, -1);
    if (lua_rawget(L, graph + SEEN) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushinteger(L, 0);
        lua_rawset(L, graph + SEEN);
        if (here != NULL) {
            lua_pushvalue(L, -1);
            lua_pushvalue(L, here->table);
            lua_rawset(L, graph + PARENTS);
            lua_pushvalue(L, -1);
            lua_pushvalue(L, here->table + 1);
            lua_rawset(L, graph + KEYS);
        }
        lua_pushvalue(L, -1);
        append(L, graph + QUEUE);
        return;
    }
    bool once = lua_tointeger(L, -1) == 0;
    lua_pop(L, 1);
    if (once) {
        lua_pushvalue(L, -1);
        append(L, graph + SHARED);
        lua_pushvalue(L, -1);
        lua_pushinteger(L, (lua_Integer)lua_rawlen(L, graph + SHARED));
        lua_rawset(L, graph + SEEN);
    }
}

bool cd_graph_replacement(cd_encoder *e, const cd_where *where)
{
    lua_State *L = e->L;
    if (e->graph == 0)
        return cd_object_replacement(e, where);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, e->graph + REPLACED) != LUA_TNIL)
        return true;
    lua_pop(L, 1);
    if (!cd_object_replacement(e, where))
        return false;
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushlightuserdata(L, NULL);
    }
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, e->graph + REPLACED);
    return true;
}

/* Any value on top of the stack. */
static void visit(cd_encoder *e, const cd_where *here)
{
    lua_State *L = e->L;
    int top = lua_gettop(L);
    for (unsigned row = 0;; row++) {
        int type = lua_type(L, -1);
        if (type != LUA_TTABLE && type != LUA_TUSERDATA)
            break;
        cd_kind kind = cd_codec_kind(L, e->codec, -1);
        if (kind == CD_NO_KIND && cd_object_registration(e)) {
            bool has_pack = lua_rawgeti(L, -1, CD_REG_PACK) != LUA_TNIL;
            lua_pop(L, 2);
            if (has_pack)
                break; /* written as often as it occurs */
        } else if (kind == CD_NO_KIND && cd_graph_replacement(e, here)) {
            if (row == e->options->max_depth)
                cd_where_error(L, here, "an object that __msgpack replaces without end");
            lua_replace(L, top);
            continue;
        }
        if (type == LUA_TTABLE)
            see(e, here);
        break;
    }
    lua_settop(L, top);
}

/* Visits the fields of every table in the queue, which grows in the process. */
static void visit_all(cd_encoder *e)
{
    lua_State *L = e->L;
    int graph = e->graph;
    cd_where root = {NULL, graph, CD_WHERE_SHARED, false};
    cd_where here = {&root, lua_gettop(L) + 1, CD_WHERE_KEY, false};
    for (lua_Integer i = 1; lua_rawgeti(L, graph + QUEUE, i) == LUA_TTABLE; i++) {
        lua_copy(L, here.table, graph + CURRENT);
        for (lua_pushnil(L); lua_next(L, here.table); lua_pop(L, 1)) {
            visit(e, &here);
            here.at_key = true;
            lua_pushvalue(L, -2);
            visit(e, &here);
            lua_pop(L, 1);
            here.at_key = false;
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

bool cd_encode_graph(cd_encoder *e)
{
    lua_State *L = e->L;
    luaL_checkstack(L, SLOTS, NULL);
    int value = lua_gettop(L);
    e->graph = value + 1;
    lua_pushnil(L);
    for (int slot = CURRENT + 1; slot < SLOTS; slot++)
        lua_newtable(L);
    cd_encode_room(e);
    lua_pushvalue(L, value);
    visit(e, NULL);
    visit_all(e);
    lua_Integer count = (lua_Integer)lua_rawlen(L, e->graph + SHARED);
    if (count == 0)
        return false;
    size_t start = cd_written(e);
    cd_encode_reserve(e, 2 * CD_PACK_MAX);
    e->packer.at += CD_EXT_RESERVED;
    cd_pack_array(&e->packer, (size_t)count + 1);
    cd_where root = {NULL, e->graph, CD_WHERE_SHARED, false};
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, e->graph + SHARED, i);
        lua_copy(L, -1, e->graph + CURRENT);
        e->defining = true;
        cd_encode_any(e, &root, 0, lua_gettop(L));
        lua_pop(L, 1);
    }
    cd_encode_any(e, NULL, 0, lua_gettop(L));
    cd_encode_ext_header(e, NULL, start, CD_REFS_TYPE);
    return true;
}

bool cd_graph_reference(cd_encoder *e)
{
    lua_State *L = e->L;
    lua_pushvalue(L, -1);
    lua_rawget(L, e->graph + SEEN);
    lua_Integer number = lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (number == 0 || e->defining) {
        e->defining = false;
        return false;
    }
    char payload[CD_PACK_MAX];
    cd_packer packer = {payload};
    cd_pack_int64(&packer, number);
    size_t length = (size_t)(packer.at - payload);
    cd_encode_reserve(e, 2 * CD_PACK_MAX);
    cd_pack_ext(&e->packer, length, CD_REFS_TYPE);
    cd_pack_ext_body(&e->packer, payload, length);
    return true;
}
