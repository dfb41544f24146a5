/* SPDX-License-Identifier: MIT */
#ifndef COPYDATA_CODEC_OPTIONS_H
#define COPYDATA_CODEC_OPTIONS_H

#include <lua.h>

#include "msgpack.h"

/* Each reads the table at index, the function's argument of that number, into `options`, which must
 * hold the defaults. Raises for unknown options and invalid values. [-0, +0, v] */
void cd_check_encode_options(lua_State *L, int index, cd_encode_options *options);

/* max_size: the most bytes allowed. first: position of the first, from 1; 0 when not given. */
void cd_check_decode_options(lua_State *L, int index, cd_decode_options *options, size_t *max_size,
                             size_t *first);

#endif
