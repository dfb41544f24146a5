/* SPDX-License-Identifier: MIT
 *
 * Between values.c, timestamp.c and uint64.c: how a kind of value is made.
 */
#ifndef COPYDATA_MSGPACK_KINDS_H
#define COPYDATA_MSGPACK_KINDS_H

#include <lauxlib.h>
#include <lua.h>

#include <stddef.h>

#include "codec.h"

#define CD_BIN_NAME       "msgpack.bin"
#define CD_EXT_NAME       "msgpack.ext"
#define CD_TIMESTAMP_NAME "msgpack.timestamp"
#define CD_UINT64_NAME    "msgpack.uint64"

/* Pushes a userdata of the kind, uninitialized. [-0, +1, m] */
void *cd_push_value(lua_State *L, int home, cd_kind kind, size_t size, int uservalues);

/* Makes the kind's metatable and puts it into the home on top of the stack. [-0, +0, m] */
void cd_open_kind(lua_State *L, cd_kind kind, const char *name, const luaL_Reg *metamethods);
void cd_open_timestamp(lua_State *L);
void cd_open_uint64(lua_State *L);

/* Constructors, Lua functions; their first upvalue is the home. */
int cd_timestamp_new(lua_State *L);
int cd_uint64_new(lua_State *L);

#endif
