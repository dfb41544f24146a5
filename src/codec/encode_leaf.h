/* SPDX-License-Identifier: MIT
 *
 * Strings and numbers, which most values are: inline, for arrays and maps to write without a call.
 */
#ifndef COPYDATA_CODEC_ENCODE_LEAF_H
#define COPYDATA_CODEC_ENCODE_LEAF_H

#include <string.h>

#include "mp/utf8.h"
#include "encoder.h"

enum { CD_LONG = 256 }; /* strings from this length on are better looked at in blocks */

/* memcpy of up to 32 bytes, which most strings and nearly all keys are; without a call, by two moves
 * that may overlap. */
static inline void cd_copy_short(char *to, const char *from, size_t length)
{
    if (length >= 16) {
        memcpy(to, from, 16);
        memcpy(to + length - 16, from + length - 16, 16);
    } else if (length >= 8) {
        memcpy(to, from, 8);
        memcpy(to + length - 8, from + length - 8, 8);
    } else if (length >= 4) {
        memcpy(to, from, 4);
        memcpy(to + length - 4, from + length - 4, 4);
    } else {
        for (size_t i = 0; i < length; i++)
            to[i] = from[i];
    }
}

/* The string at index: a string, for lua_tolstring would change a number. */
static inline void cd_encode_string(cd_encoder *e, const cd_where *up, int index)
{
    size_t length;
    const char *bytes = lua_tolstring(e->L, index, &length);
    if (length >= CD_LONG || !cd_utf8_ascii(bytes, length)) {
        cd_encode_text(e, up, bytes, length, !e->codec->is_utf8(bytes, length));
        return;
    }
    cd_encode_reserve(e, CD_PACK_MAX + CD_LONG);
    cd_packer packer = e->packer; /* a copy stays in a register */
    cd_pack_str(&packer, length);
    if (length <= 32) {
        cd_copy_short(packer.at, bytes, length);
        packer.at += length;
    } else {
        cd_pack_str_body(&packer, bytes, length);
    }
    e->packer = packer;
}

/* The number on top of the stack. */
static inline void cd_encode_number(cd_encoder *e)
{
    cd_encode_reserve(e, CD_PACK_MAX);
    cd_packer packer = e->packer;
    if (lua_isinteger(e->L, -1))
        cd_pack_int64(&packer, lua_tointeger(e->L, -1));
    else
        cd_pack_double(&packer, lua_tonumber(e->L, -1));
    e->packer = packer;
}

/* The value on top of the stack, whose index is at: any value. */
static inline void cd_encode_any(cd_encoder *e, const cd_where *up, unsigned depth, int at)
{
    int type = lua_type(e->L, -1);
    if (type == LUA_TSTRING)
        cd_encode_string(e, up, -1);
    else if (type == LUA_TNUMBER)
        cd_encode_number(e);
    else
        cd_encode_other(e, up, depth, at, type);
}

#endif
