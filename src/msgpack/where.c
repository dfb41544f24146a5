/* SPDX-License-Identifier: MIT */
#include "where.h"

#include <lauxlib.h>

#include <stdlib.h>

/* Letters, digits and underscores, no digit first: what may stand behind a dot. */
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
    size_t length;
    const char *string = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &length) : NULL;
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

/* Adds the path from the root to what is being encoded in where. From the leaf up to the root there
 * are pointers, down there are none: hence the recursion, no deeper than the encoder's own. */
static void add_path(lua_State *L, luaL_Buffer *b, const cd_where *where)
{
    if (where == NULL)
        return;
    add_path(L, b, where->up);
    if (where->index > 0) {
        lua_pushfstring(L, "[%I]", (LUAI_UACINT)where->index);
        luaL_addvalue(b);
    } else if (where->index == 0) {
        add_key(L, b, where->table + 1);
    }
}

_Noreturn static void raise(lua_State *L, const cd_where *where, const char *what)
{
    luaL_Buffer b;
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    luaL_buffinit(L, &b);
    luaL_addstring(&b, "cannot encode ");
    luaL_addstring(&b, what);
    cd_where table; /* a key is told by the table it is in */
    if (where != NULL && where->at_key) {
        table = *where;
        table.index = -1;
        where = &table;
        luaL_addstring(&b, " as a key");
    }
    if (where != NULL && (where->up != NULL || where->index >= 0)) {
        luaL_addstring(&b, " at ");
        add_path(L, &b, where);
    }
    luaL_pushresult(&b);
    lua_error(L);
    abort(); /* lua_error does not return, but does not say so */
}

void cd_where_error(lua_State *L, const cd_where *where, const char *what)
{
    raise(L, where, what);
}

void cd_where_too_deep(lua_State *L, const cd_where *where)
{
    /* the first table of the path that is met again, where it is met again */
    const cd_where *cycle = NULL;
    for (const cd_where *inner = where; inner != NULL; inner = inner->up)
        for (const cd_where *outer = inner->up; outer != NULL; outer = outer->up)
            if (lua_rawequal(L, outer->table, inner->table)) {
                cycle = inner;
                break;
            }
    if (cycle == NULL)
        raise(L, where, "a table nested that deep");
    cd_where itself = *cycle;
    itself.index = -1;
    itself.at_key = false;
    raise(L, &itself, "a cycle");
}
