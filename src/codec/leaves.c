/* SPDX-License-Identifier: MIT
 *
 * A separate loop for the usual contents of long arrays; it knows only the formats.
 */
#include "leaves.h"

#include "mp/bytes.h"

uint32_t cd_push_leaves(lua_State *L, const char **bytes, const char *end, uint32_t count)
{
    const char *at = *bytes;
    uint32_t left = count;
    for (; left > 0 && at < end; left--) {
        unsigned char format = (unsigned char)*at;
        if (format < 0x80 || format >= 0xe0) {
            lua_pushinteger(L, (signed char)format);
            at++;
            continue;
        }
        if (format < 0xc0 || format == 0xd9) { /* fixstr, str 8; or a container */
            size_t header = format == 0xd9 ? 2 : 1;
            if (format < 0xa0 || (size_t)(end - at) < header)
                break;
            size_t length = header == 1 ? format & 0x1f : (unsigned char)at[1];
            if ((size_t)(end - at) - header < length)
                break;
            lua_pushlstring(L, at + header, length);
            at += header + length;
            continue;
        }
        if (format < 0xca || format > 0xd3 || end - at < 9)
            break;
        const char *number = at + 1;
        switch (format) {
        case 0xcb: {
            union {
                uint64_t bits;
                double value;
            } number64 = {cd_load64(number)};
            lua_pushnumber(L, number64.value);
            break;
        }
        case 0xcc:
            lua_pushinteger(L, (unsigned char)*number);
            break;
        case 0xcd:
            lua_pushinteger(L, (lua_Integer)cd_load16(number));
            break;
        case 0xce:
            lua_pushinteger(L, (lua_Integer)cd_load32(number));
            break;
        case 0xd0:
            lua_pushinteger(L, (signed char)*number);
            break;
        case 0xd1:
            lua_pushinteger(L, (int16_t)cd_load16(number));
            break;
        case 0xd2:
            lua_pushinteger(L, (int32_t)cd_load32(number));
            break;
        case 0xd3:
            lua_pushinteger(L, (int64_t)cd_load64(number));
            break;
        default: /* float 32, uint 64 */
            *bytes = at;
            return count - left;
        }
        at = number + ((size_t)1 << (format & 3));
    }
    *bytes = at;
    return count - left;
}
