/* SPDX-License-Identifier: MIT */
#ifndef COPYDATA_CODEC_LEAVES_H
#define COPYDATA_CODEC_LEAVES_H

#include <lua.h>

#include <stdint.h>

/* Pushes the numbers and short strings, at most `count`, that the bytes start with; returns how
 * many, and moves *bytes past them. Truncated or other items are left to the template. [-0, +n,
 * m] */
uint32_t cd_push_leaves(lua_State *L, const char **bytes, const char *end, uint32_t count);

#endif
