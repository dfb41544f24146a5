/* SPDX-License-Identifier: MIT */
#ifndef COPYDATA_CODEC_ENCODE_H
#define COPYDATA_CODEC_ENCODE_H

#include "codec.h"
#include "msgpack.h"

/* cd_encode (see msgpack.h) for functions that have the home, at an absolute or pseudo-index. The
 * value is on top of the stack, at the index `at`. kept: where the buffer is kept, if that is a
 * pseudo-index and the buffer is not on the stack; else 0. [-0, +n, v] */
void cd_encode_with(lua_State *L, int at, cd_buffer *buffer, int kept,
                    const cd_encode_options *options, int home, cd_codec *codec);

#endif
