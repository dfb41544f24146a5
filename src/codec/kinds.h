/* SPDX-License-Identifier: MIT
 *
 * The kinds of values that Lua has no type for: userdata, each kind with a metatable in the codec's
 * home. `home` is the home's stack index. Constructors are Lua functions whose first upvalue is the
 * home.
 */
#ifndef COPYDATA_CODEC_KINDS_H
#define COPYDATA_CODEC_KINDS_H

#include <lauxlib.h>
#include <lua.h>

#include <stddef.h>
#include <stdint.h>

#include "mp/timestamp.h"
#include "codec.h"

/* kinds.c ---------------------------------------------------------------------------------------*/

/* Pushes a userdata of the kind, uninitialized. [-0, +1, m] */
void *cd_kind_push(lua_State *L, int home, cd_kind kind, size_t size, int uservalues);

/* Makes the kind's metatable and puts it into the home on top of the stack. The functions below
 * whose names end in _open do so for their kinds. [-0, +0, m] */
void cd_kind_open(lua_State *L, cd_kind kind, const char *name, const luaL_Reg *metamethods);

/* kind_ext.c: bytes with an ext type, and bytes to encode as bin, which are its user value -------*/

typedef struct cd_ext {
    size_t length;
    int8_t type;
    char bytes[1]; /* number of bytes */
} cd_ext;

void cd_ext_push(lua_State *L, int home, int8_t type, const char *bytes, size_t length);
int cd_ext_new(lua_State *L);
int cd_bin_new(lua_State *L);
void cd_ext_open(lua_State *L);

/* kind_timestamp.c: ext type -1, a time to the nanosecond. The userdata is a cd_timestamp --------*/

void cd_timestamp_push(lua_State *L, int home, const cd_timestamp *timestamp);
int cd_timestamp_new(lua_State *L);
void cd_timestamp_open(lua_State *L);

/* kind_uint64.c: an integer above Lua's largest. The userdata is a uint64_t ----------------------*/

void cd_uint64_push(lua_State *L, int home, uint64_t number);
int cd_uint64_new(lua_State *L);
void cd_uint64_open(lua_State *L);

#endif
