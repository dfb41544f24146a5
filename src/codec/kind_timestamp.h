/* SPDX-License-Identifier: MIT
 *
 * msgpack.timestamp: ext type -1, a time to the nanosecond. The userdata is a cd_timestamp.
 */
#ifndef COPYDATA_CODEC_KIND_TIMESTAMP_H
#define COPYDATA_CODEC_KIND_TIMESTAMP_H

#include <lua.h>

#include "mp/timestamp.h"

/* Pushes a new value. home: the stack index of the codec's home. [-0, +1, m] */
void cd_timestamp_push(lua_State *L, int home, const cd_timestamp *timestamp);

/* Makes the metatable and puts it into the home on top of the stack. [-0, +0, m] */
void cd_timestamp_open(lua_State *L);

/* The constructor, a Lua function; its first upvalue is the home. */
int cd_timestamp_new(lua_State *L);

#endif
