/* SPDX-License-Identifier: MIT
 *
 * Strings and numbers, which most values are: inline, for arrays and maps to write without a call.
 */
#ifndef COPYDATA_CODEC_ENCODE_LEAF_H
#define COPYDATA_CODEC_ENCODE_LEAF_H

#include <string.h>

#include "encoder.h"

enum { CD_SHORT = 32 }; /* longer strings are not worth writing inline */

/* memcpy of up to 31 bytes, which most strings and nearly all keys are; without a call, by moves that
 * may overlap. False, with whatever written, when there is a byte above 127 among them. */
static inline bool cd_copy_ascii(char *to, const char *from, size_t length)
{
    if (length >= 8) {
        uint64_t words[4];
        memcpy(&words[0], from, 8);
        memcpy(&words[1], from + length - 8, 8);
        uint64_t seen = words[0] | words[1];
        if (length > 16) {
            memcpy(&words[2], from + 8, 8);
            memcpy(&words[3], from + length - 16, 8);
            seen |= words[2] | words[3];
            memcpy(to + 8, &words[2], 8);
            memcpy(to + length - 16, &words[3], 8);
        }
        memcpy(to, &words[0], 8);
        memcpy(to + length - 8, &words[1], 8);
        return (seen & 0x8080808080808080u) == 0;
    }
    if (length >= 4) {
        uint32_t words[2];
        memcpy(&words[0], from, 4);
        memcpy(&words[1], from + length - 4, 4);
        memcpy(to, &words[0], 4);
        memcpy(to + length - 4, &words[1], 4);
        return ((words[0] | words[1]) & 0x80808080u) == 0;
    }
    unsigned seen = 0;
    for (size_t i = 0; i < length; i++) {
        seen |= (unsigned char)from[i];
        to[i] = from[i];
    }
    return seen < 0x80;
}

/* The string at index: a string, for lua_tolstring would change a number. */
static inline void cd_encode_string(cd_encoder *e, const cd_where *up, int index)
{
    size_t length;
    const char *bytes = lua_tolstring(e->L, index, &length);
    if (length < CD_SHORT) {
        cd_encode_reserve(e, CD_PACK_MAX + CD_SHORT);
        cd_packer packer = e->packer; /* a copy stays in a register */
        cd_pack_str(&packer, length);
        if (cd_copy_ascii(packer.at, bytes, length)) {
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

/* The value on top of the stack, whose index is at: any value. */
static inline void cd_encode_any(cd_encoder *e, const cd_where *up, unsigned depth, int at)
{
    int type = lua_type(e->L, -1);
    if (type == LUA_TSTRING)
        cd_encode_string(e, up, -1);
    else if (type == LUA_TNUMBER)
        cd_encode_number(e, -1);
    else
        cd_encode_other(e, up, depth, at, type);
}

#endif
