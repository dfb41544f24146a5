/* SPDX-License-Identifier: MIT
 *
 * Shared by the bindings of all C modules. Bindings convert arguments and results; policy is in
 * lua/.
 */
#ifndef COPYDATA_LUA_BINDING_H
#define COPYDATA_LUA_BINDING_H

#include "win/failure.h"

#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>

/* Pushes the table of a C module, including its version, and makes the types below. [-0, +1, m] */
void cd_push_module(lua_State *L);

/* Owns a C resource while Lua runs, which may raise: a userdata that releases it. */
typedef struct cd_box {
    void *held; /* NULL: nothing */
    void (*release)(void *held);
} cd_box;

/* Makes the type of boxes, before the first is pushed. [-0, +0, m] */
void cd_open_box(lua_State *L);

/* Pushes an empty box. [-0, +1, m] */
cd_box *cd_box_push(lua_State *L, void (*release)(void *held));

/* Releases now what the collector would release later. */
void cd_box_empty(cd_box *box);

/* Makes a userdata type, which luaL_setmetatable and luaL_checkudata find by that name; `methods`
 * includes metamethods. [-0, +0, m] */
void cd_make_type(lua_State *L, const char *name, const luaL_Reg *methods);

/* Pushes an object of that type with a user value, all zero, which is closed, so that the next call
 * may raise. [-0, +1, m] */
void *cd_push_object(lua_State *L, const char *type, size_t size);

/* Pushes nil, "NAME: message", "NAME" and returns 3. [-0, +3, m] */
int cd_push_failure(lua_State *L, const cd_failure *failure);

/* A valid channel name; raises otherwise. [-0, +0, v] */
const char *cd_check_name(lua_State *L, int argument, size_t *size);

/* A window handle; raises if the argument is not an integer. [-0, +0, v] */
HWND cd_check_hwnd(lua_State *L, int argument);

/* Pushes UTF-16 as text in UTF-8. [-0, +1, m] */
void cd_push_text(lua_State *L, const wchar_t *units, size_t count);

/* Converts an argument from UTF-8; pushes the owner of the units, which are terminated. [-0, +1,
 * v] */
const wchar_t *cd_push_wide(lua_State *L, int argument);

#endif
