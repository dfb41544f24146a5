/* SPDX-License-Identifier: MIT
 *
 * msgpack.ext and msgpack.bin: bytes with an ext type, and bytes to encode as bin.
 */
#ifndef COPYDATA_CODEC_KIND_EXT_H
#define COPYDATA_CODEC_KIND_EXT_H

#include <lua.h>

#include <stddef.h>
#include <stdint.h>

typedef struct cd_ext {
    size_t length;
    int8_t type;
    char bytes[1]; /* number of bytes */
} cd_ext;

/* Pushes a new value. home: the stack index of the codec's home. [-0, +1, m] */
void cd_ext_push(lua_State *L, int home, int8_t type, const char *bytes, size_t length);

/* Makes the metatables of both and puts them into the home on top of the stack. [-0, +0, m] */
void cd_ext_open(lua_State *L);

/* Constructors, Lua functions; their first upvalue is the home. */
int cd_ext_new(lua_State *L);
int cd_bin_new(lua_State *L);

#endif
