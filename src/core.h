/* SPDX-License-Identifier: MIT
 *
 * copydata.core, the private C module: one table, to which each topic adds its functions.
 * Programs require "copydata" or "copydata.msgpack", never this.
 */
#ifndef COPYDATA_CORE_H
#define COPYDATA_CORE_H

#include <lua.h>

LUAMOD_API int luaopen_copydata_core(lua_State *L);

/* Each adds its functions to the table on top of the stack. [-0, +0, m] */
void cd_open_msgpack(lua_State *L);   /* src/msgpack/: the codec, on every platform */
void cd_open_messaging(lua_State *L); /* src/messaging.c on Windows; src/portable/ adds nothing */

#endif
