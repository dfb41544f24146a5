/* SPDX-License-Identifier: MIT
 *
 * What the codec adds to a module's table.
 */
#ifndef COPYDATA_MSGPACK_API_H
#define COPYDATA_MSGPACK_API_H

#include <lua.h>

/* Adds "msgpack", the codec's functions, to the table on top of the stack. [-0, +0, m] */
void cd_open_msgpack(lua_State *L);

/* Pushes the table that lua/copydata/msgpack.lua documents and hands on. The home must be on top of
 * the stack, and stays there. [-0, +1, m] */
void cd_api_push(lua_State *L);

#endif
