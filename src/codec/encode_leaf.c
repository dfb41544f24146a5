/* SPDX-License-Identifier: MIT */
#include "encode_leaf.h"

#include <stdint.h>
#include <string.h>

#include "kinds.h"

enum {
    LONG = 256,       /* from this length on memcpy is faster */
    PART = 12 * 1024, /* of a text is checked, then copied while it is in the processor's cache */
    CONTINUED = 3     /* most bytes of a UTF-8 character after its first */
};

/* Makes room for a string and its header. */
static void reserve_string(cd_encoder *e, const cd_where *up, size_t length)
{
    if (length > CD_PACK_COUNT_MAX)
        cd_where_error(e->L, up, "a string of 4 GiB and more");
    cd_encode_reserve(e, CD_PACK_MAX + length);
}

static void encode_bin(cd_encoder *e, const cd_where *up, const char *bytes, size_t length)
{
    reserve_string(e, up, length);
    cd_pack_bin(&e->packer, length);
    cd_pack_bin_body(&e->packer, bytes, length);
}

/* Copies like memcpy and returns true; or returns false, with some of it copied, if it is not
 * UTF-8. */
static bool copy_text(cd_utf8_check *is_utf8, char *to, const char *from, size_t length)
{
    while (length > 0) {
        size_t part = length;
        if (part > PART)
            for (part = PART; part > PART - CONTINUED && (from[part] & 0xc0) == 0x80;)
                part--; /* to the start of a character */
        if (!is_utf8(from, part))
            return false;
        memcpy(to, from, part);
        to += part;
        from += part;
        length -= part;
    }
    return true;
}

void cd_encode_text(cd_encoder *e, const cd_where *up, const char *bytes, size_t length)
{
    if (length >= CD_ASCII_SHORT && length < LONG) {
        cd_encode_reserve(e, CD_PACK_MAX + LONG);
        cd_packer packer = e->packer;
        cd_pack_str(&packer, length);
        if (cd_ascii_copy_long(packer.at, bytes, length)) {
            e->packer.at = packer.at + length;
            return;
        }
    }
    reserve_string(e, up, length);
    cd_packer packer = e->packer;
    cd_pack_str(&packer, length);
    if (copy_text(e->codec->is_utf8, packer.at, bytes, length))
        e->packer.at = packer.at + length;
    else
        encode_bin(e, up, bytes, length);
}

void cd_encode_constant(cd_encoder *e, const cd_where *up, int index, int type)
{
    if (type == LUA_TLIGHTUSERDATA && lua_touserdata(e->L, index) != NULL)
        cd_where_error(e->L, up, "a light userdata");
    cd_encode_reserve(e, CD_PACK_MAX);
    if (type != LUA_TBOOLEAN)
        cd_pack_nil(&e->packer);
    else if (lua_toboolean(e->L, index))
        cd_pack_true(&e->packer);
    else
        cd_pack_false(&e->packer);
}

bool cd_encode_kind(cd_encoder *e, const cd_where *up)
{
    lua_State *L = e->L;
    const void *userdata = lua_touserdata(L, -1);
    const cd_ext *ext;
    const char *bytes;
    size_t length;
    switch (cd_codec_kind(L, e->codec, -1)) {
    case CD_BIN:
        lua_getiuservalue(L, -1, 1);
        bytes = lua_tolstring(L, -1, &length);
        encode_bin(e, up, bytes, length);
        lua_pop(L, 1);
        return true;
    case CD_TIMESTAMP:
        cd_encode_reserve(e, CD_PACK_MAX);
        cd_pack_timestamp(&e->packer, userdata);
        return true;
    case CD_UINT64:
        cd_encode_reserve(e, CD_PACK_MAX);
        cd_pack_uint64(&e->packer, *(const uint64_t *)userdata);
        return true;
    case CD_EXT:
        ext = userdata;
        if (e->graph != 0 && ext->type == CD_REFS_TYPE)
            cd_where_error(L, up, "ext type 127, which means a reference here,");
        cd_encode_reserve(e, CD_PACK_MAX + ext->length);
        cd_pack_ext(&e->packer, ext->length, ext->type);
        cd_pack_ext_body(&e->packer, ext->bytes, ext->length);
        return true;
    default:
        return false;
    }
}
