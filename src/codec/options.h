/* SPDX-License-Identifier: MIT */
#ifndef COPYDATA_CODEC_OPTIONS_H
#define COPYDATA_CODEC_OPTIONS_H

#include <lua.h>

#include "msgpack.h"

/* Each reads the table at index, the function's argument of that number, into options, which must
 * have the defaults. Raises for names that are no option, and for values that make no sense.
 * [-0, +0, v] */
void cd_check_encode_options(lua_State *L, int index, cd_encode_options *options);

/* max_size: the most bytes there may be. first: from which on, counted from 1; 0 when not given. */
void cd_check_decode_options(lua_State *L, int index, cd_decode_options *options, size_t *max_size,
                             lua_Integer *first);

#endif
