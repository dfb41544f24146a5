/* SPDX-License-Identifier: MIT
 *
 * The codec's part of a module's table.
 */
#ifndef COPYDATA_CODEC_API_H
#define COPYDATA_CODEC_API_H

#include <lua.h>

/* Adds "msgpack", the codec's functions, to the table on top of the stack. [-0, +0, m] */
void cd_open_msgpack(lua_State *L);

#endif
