/* SPDX-License-Identifier: MIT */
#include "where.h"

#include <lauxlib.h>

#include <stdlib.h>

/* Letters, digits and underscores, not starting with a digit: valid after a dot. */
static bool is_name(const char *string, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = string[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return length > 0;
}

/* Adds the key at index to the path in b. */
static void add_key(lua_State *L, luaL_Buffer *b, int index)
{
    size_t length = 0;
    const char *string =
        lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &length) : NULL;
    if (string != NULL && is_name(string, length)) {
        luaL_addchar(b, '.');
        luaL_addlstring(b, string, length);
        return;
    }
    luaL_addstring(b, string != NULL ? "[\"" : "[");
    if (string != NULL) {
        luaL_addlstring(b, string, length);
    } else if (lua_type(L, index) == LUA_TNUMBER) {
        lua_pushvalue(L, index); /* a copy, for luaL_addvalue makes a string of it */
        luaL_addvalue(b);
    } else if (lua_isboolean(L, index)) {
        luaL_addstring(b, lua_toboolean(L, index) ? "true" : "false");
    } else {
        luaL_addstring(b, luaL_typename(L, index));
    }
    luaL_addstring(b, string != NULL ? "\"]" : "]");
}

/* Adds the path from the root to the value being encoded. Pointers lead only from the leaf to the
 * root: hence the recursion, no deeper than the encoder's own. */
static void add_path(lua_State *L, luaL_Buffer *b, const cd_where *where)
{
    if (where == NULL)
        return;
    add_path(L, b, where->up);
    if (where->index > 0) {
        lua_pushfstring(L, "[%I]", (LUAI_UACINT)where->index);
        luaL_addvalue(b);
    } else if (where->index == CD_WHERE_KEY) {
        add_key(L, b, where->table + 1);
    }
}

/* Pushes the path from the root to the table that is shared. */
static void push_shared_path(lua_State *L, int shared)
{
    int parents = shared + 1, keys = shared + 2;
    lua_pushliteral(L, "");
    lua_pushvalue(L, shared);
    int path = lua_gettop(L) - 1, table = path + 1, key = path + 2;
    while (lua_pushvalue(L, table), lua_rawget(L, keys) != LUA_TNIL) {
        luaL_Buffer b;
        luaL_buffinit(L, &b);
        add_key(L, &b, key);
        luaL_pushresult(&b);
        lua_pushvalue(L, path);
        lua_concat(L, 2);
        lua_replace(L, path);
        lua_settop(L, table);
        lua_rawget(L, parents);
    }
    lua_settop(L, path);
}

_Noreturn static void raise(lua_State *L, const cd_where *where, const char *what)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    const cd_where *root = where;
    while (root != NULL && root->up != NULL)
        root = root->up;
    if (root != NULL && root->index == CD_WHERE_SHARED)
        push_shared_path(L, root->table);
    else
        lua_pushliteral(L, "");
    int path = lua_gettop(L);

    cd_where table; /* for a key, report the table it is in */
    bool at_key = where != NULL && where->at_key;
    if (at_key) {
        table = *where;
        table.index = CD_WHERE_TABLE;
        where = &table;
    }
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    lua_pushvalue(L, path);
    luaL_addvalue(&b);
    add_path(L, &b, where);
    luaL_pushresult(&b);
    lua_pushfstring(L, "cannot encode %s%s%s%s", what, at_key ? " as a key" : "",
                    lua_rawlen(L, -1) > 0 ? " at " : "", lua_tostring(L, -1));
    lua_error(L);
    abort(); /* lua_error does not return, but does not say so */
}

void cd_where_error(lua_State *L, const cd_where *where, const char *what)
{
    raise(L, where, what);
}

void cd_where_too_deep(lua_State *L, const cd_where *where)
{
    /* the first table of the path that occurs again, where it occurs again */
    const cd_where *cycle = NULL;
    for (const cd_where *inner = where; inner != NULL; inner = inner->up)
        for (const cd_where *outer = inner->up; outer != NULL; outer = outer->up)
            if (outer->index != CD_WHERE_SHARED && lua_rawequal(L, outer->table, inner->table)) {
                cycle = inner;
                break;
            }
    if (cycle == NULL)
        raise(L, where, "a table nested that deep");
    cd_where itself = *cycle;
    itself.index = CD_WHERE_TABLE;
    itself.at_key = false;
    raise(L, &itself, "a cycle");
}
