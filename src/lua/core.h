/* SPDX-License-Identifier: MIT
 *
 * copydata.core, the private C module: one table, to which each topic adds its functions.
 * Programs require "copydata" or "copydata.msgpack", never this.
 */
#ifndef COPYDATA_LUA_CORE_H
#define COPYDATA_LUA_CORE_H

#include <lua.h>

LUAMOD_API int luaopen_copydata_core(lua_State *L);

/* Each adds its functions to the table on top of the stack. [-0, +0, m] */
void cd_open_clock(lua_State *L);     /* lib_clock.c */
void cd_open_directory(lua_State *L); /* lib_directory.c */
void cd_open_endpoint(lua_State *L);  /* lib_endpoint.c */
void cd_open_frame(lua_State *L);     /* lib_frame.c */
void cd_open_identity(lua_State *L);  /* lib_identity.c */
void cd_open_raw(lua_State *L);       /* lib_raw.c */
void cd_open_text(lua_State *L);      /* lib_text.c */

/* Adds to the methods of endpoints, whose metatable is on top. [-0, +0, m] */
void cd_open_exchange(lua_State *L); /* lib_exchange.c */

#endif
