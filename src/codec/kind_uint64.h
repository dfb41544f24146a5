/* SPDX-License-Identifier: MIT
 *
 * msgpack.uint64: what a uint 64 above the largest Lua integer decodes to. The userdata is a
 * uint64_t.
 */
#ifndef COPYDATA_CODEC_KIND_UINT64_H
#define COPYDATA_CODEC_KIND_UINT64_H

#include <lua.h>

#include <stdint.h>

/* Pushes a new value. home: the stack index of the codec's home. [-0, +1, m] */
void cd_uint64_push(lua_State *L, int home, uint64_t number);

/* Makes the metatable and puts it into the home on top of the stack. [-0, +0, m] */
void cd_uint64_open(lua_State *L);

/* The constructor, a Lua function; its first upvalue is the home. */
int cd_uint64_new(lua_State *L);

#endif
