/* SPDX-License-Identifier: MIT
 *
 * Values that contain no others. Strings and numbers, the most frequent ones, are inline, so that
 * arrays and maps write them without a call.
 */
#ifndef COPYDATA_CODEC_ENCODE_LEAF_H
#define COPYDATA_CODEC_ENCODE_LEAF_H

#include "mp/ascii.h"
#include "encoder.h"

/* The bytes of a string: as str if they are UTF-8, else as bin. */
void cd_encode_text(cd_encoder *e, const cd_where *up, const char *bytes, size_t length);

/* The nil, boolean or light userdata at index, of that type. */
void cd_encode_constant(cd_encoder *e, const cd_where *up, int index, int type);

/* A userdata of one of the codec's kinds. Otherwise writes nothing and returns false. */
bool cd_encode_kind(cd_encoder *e, const cd_where *up);

/* The string at index; must be a string, because lua_tolstring would change a number. */
static inline void cd_encode_string(cd_encoder *e, const cd_where *up, int index)
{
    size_t length;
    const char *bytes = lua_tolstring(e->L, index, &length);
    if (length < CD_ASCII_SHORT) {
        cd_encode_reserve(e, CD_PACK_MAX + CD_ASCII_SHORT);
        cd_packer packer = e->packer; /* a copy stays in a register */
        cd_pack_str(&packer, length);
        if (cd_ascii_copy_short(packer.at, bytes, length)) {
            e->packer.at = packer.at + length;
            return;
        }
    }
    cd_encode_text(e, up, bytes, length);
}

/* The number at index. */
static inline void cd_encode_number(cd_encoder *e, int index)
{
    cd_encode_reserve(e, CD_PACK_MAX);
    cd_packer packer = e->packer;
    if (lua_isinteger(e->L, index))
        cd_pack_int64(&packer, lua_tointeger(e->L, index));
    else
        cd_pack_double(&packer, lua_tonumber(e->L, index));
    e->packer = packer;
}

/* Any value: a leaf here, others by e->nested. */
static inline void cd_encode_any(cd_encoder *e, const cd_where *up, unsigned depth, int at)
{
    int type = lua_type(e->L, -1);
    if (type == LUA_TSTRING)
        cd_encode_string(e, up, -1);
    else if (type == LUA_TNUMBER)
        cd_encode_number(e, -1);
    else if (type < LUA_TNUMBER) /* nil, boolean, light userdata */
        cd_encode_constant(e, up, -1, type);
    else
        e->nested(e, up, depth, at, type);
}

#endif
