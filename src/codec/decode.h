/* SPDX-License-Identifier: MIT */
#ifndef COPYDATA_CODEC_DECODE_H
#define COPYDATA_CODEC_DECODE_H

#include "codec.h"
#include "msgpack.h"

/* cd_decode (see msgpack.h) for functions that have the home, at an absolute or pseudo-index. */
bool cd_decode_with(lua_State *L, const char *bytes, size_t size, const cd_decode_options *options,
                    size_t *end, cd_decode_error *error, int home, cd_codec *codec);

#endif
