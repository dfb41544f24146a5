/* SPDX-License-Identifier: MIT
 *
 * What the bindings of all C modules share. They convert arguments and results; policy is in lua/.
 */
#ifndef COPYDATA_LUA_BINDING_H
#define COPYDATA_LUA_BINDING_H

#include "win/failure.h"

#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>

/* Pushes the table of a C module, with its version in it, and makes the types below. [-0, +1, m] */
void cd_push_module(lua_State *L);

/* Owns what C allocated while Lua runs, which may raise: a userdata that releases it. */
typedef struct cd_box {
    void *held; /* NULL: nothing */
    void (*release)(void *held);
} cd_box;

/* Makes the type of boxes, before the first is pushed. [-0, +0, m] */
void cd_open_box(lua_State *L);

/* Pushes an empty box. [-0, +1, m] */
cd_box *cd_box_push(lua_State *L, void (*release)(void *held));

/* Releases at once what the collector would release later. */
void cd_box_empty(cd_box *box);

/* Makes a type of userdata, which luaL_setmetatable and luaL_checkudata know by that name; metamethods
 * are among its methods. [-0, +0, m] */
void cd_make_type(lua_State *L, const char *name, const luaL_Reg *methods);

/* Pushes nil, "NAME: message", "NAME" and returns 3. [-0, +3, m] */
int cd_push_failure(lua_State *L, const cd_failure *failure);

/* A channel's name, valid; raises otherwise. [-0, +0, v] */
const char *cd_check_name(lua_State *L, int argument, size_t *size);

/* A window; raises for what is no integer. [-0, +0, v] */
HWND cd_check_hwnd(lua_State *L, int argument);

/* Pushes UTF-16 as text in UTF-8. [-0, +1, m] */
void cd_push_text(lua_State *L, const wchar_t *units, size_t count);

/* Reads an argument in UTF-8; pushes what owns the units, which are terminated. [-0, +1, v] */
const wchar_t *cd_push_wide(lua_State *L, int argument);

#endif
