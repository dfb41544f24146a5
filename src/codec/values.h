/* SPDX-License-Identifier: MIT
 *
 * The MessagePack values that Lua has no type for, as userdata; and the marks of tables.
 */
#ifndef COPYDATA_MSGPACK_VALUES_H
#define COPYDATA_MSGPACK_VALUES_H

#include <lua.h>

#include <stddef.h>
#include <stdint.h>

#include "mp/pack.h"

typedef struct cd_ext {
    size_t length;
    int8_t type;
    char bytes[1]; /* length of them */
} cd_ext;

/* Each pushes a new value. home: the stack index of the codec's home. [-0, +1, m] */
void cd_push_timestamp(lua_State *L, int home, const cd_timestamp *timestamp);
void cd_push_uint64(lua_State *L, int home, uint64_t number);
void cd_push_ext(lua_State *L, int home, int8_t type, const char *bytes, size_t length);

/* Makes the metatables of all kinds and puts them into the home on top of the stack. [-0, +0, m] */
void cd_values_open(lua_State *L);

/* Adds the constructors to the table on top of the stack; home: as above. [-0, +0, m] */
void cd_values_add(lua_State *L, int home);

#endif
