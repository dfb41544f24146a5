/* SPDX-License-Identifier: MIT */
#ifndef COPYDATA_MSGPACK_API_H
#define COPYDATA_MSGPACK_API_H

#include <lua.h>

/* Pushes the table that lua/copydata/msgpack.lua documents and hands on. The home must be on top of
 * the stack, and stays there. [-0, +1, m] */
void cd_api_push(lua_State *L);

#endif
