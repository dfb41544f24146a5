/* SPDX-License-Identifier: MIT
 *
 * Creates the kinds of values that Lua has no type for: userdata, each kind with a metatable in the
 * home. The kinds are in kind_ext.c, kind_timestamp.c and kind_uint64.c.
 */
#ifndef COPYDATA_CODEC_KINDS_H
#define COPYDATA_CODEC_KINDS_H

#include <lauxlib.h>
#include <lua.h>

#include <stddef.h>

#include "codec.h"

/* Pushes a userdata of the kind, uninitialized. home: the stack index of the codec's home.
 * [-0, +1, m] */
void *cd_kind_push(lua_State *L, int home, cd_kind kind, size_t size, int uservalues);

/* Makes the kind's metatable and puts it into the home on top of the stack. [-0, +0, m] */
void cd_kind_open(lua_State *L, cd_kind kind, const char *name, const luaL_Reg *metamethods);

#endif
