/* SPDX-License-Identifier: MIT
 *
 * copydata.console, a separate C module: what only the command-line program needs.
 */
#ifndef COPYDATA_CONSOLE_MODULE_H
#define COPYDATA_CONSOLE_MODULE_H

#include <lua.h>

LUAMOD_API int luaopen_copydata_console(lua_State *L);

/* Each adds its functions to the table on top of the stack. [-0, +0, m] */
void cd_open_arguments(lua_State *L);    /* lib_arguments.c */
void cd_open_screen(lua_State *L);       /* lib_screen.c */
void cd_open_stream(lua_State *L);       /* lib_stream.c */
void cd_open_surroundings(lua_State *L); /* lib_surroundings.c */

#endif
