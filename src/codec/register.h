/* SPDX-License-Identifier: MIT */
#ifndef COPYDATA_CODEC_REGISTER_H
#define COPYDATA_CODEC_REGISTER_H

#include <lua.h>

/* A Lua function; its first upvalue is the home. */
int cd_register(lua_State *L);

#endif
