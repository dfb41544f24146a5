/* SPDX-License-Identifier: MIT
 *
 * Keys of maps: any value but those that Lua does not take as a key, null and NaN.
 */
#ifndef COPYDATA_CODEC_ENCODE_KEY_H
#define COPYDATA_CODEC_ENCODE_KEY_H

#include "encode_leaf.h"

/* A key that is not a string, below its value, which is on top of the stack. *others counts such
 * keys; raises when they exceed max_keys. */
void cd_encode_other_key(cd_encoder *e, cd_where *here, unsigned depth, size_t *others);

/* Any key, likewise. */
static inline void cd_encode_key(cd_encoder *e, cd_where *here, unsigned depth, size_t *others)
{
    if (lua_type(e->L, -2) == LUA_TSTRING)
        cd_encode_string(e, here, -2);
    else
        cd_encode_other_key(e, here, depth, others);
}

#endif
