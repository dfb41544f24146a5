/* SPDX-License-Identifier: MIT
 *
 * MessagePack writers: msgpack-c's pack_template.h over a bare pointer. Needs neither Lua nor
 * Windows.
 *
 * Nothing here checks for room. The caller makes room first: CD_PACK_MAX bytes for each call, and
 * the length of the body for the calls that end in _body. So room is checked once per value, not
 * once per byte.
 *
 * The template defines, each writing its shortest form:
 *   cd_pack_nil, cd_pack_true, cd_pack_false (cd_packer *)
 *   cd_pack_int64, cd_pack_uint64, cd_pack_uint32, ... (cd_packer *, number)
 *   cd_pack_double, cd_pack_float (cd_packer *, number)
 *   cd_pack_array, cd_pack_map (cd_packer *, size_t count), the count elements or pairs to follow
 *   cd_pack_str, cd_pack_bin (cd_packer *, size_t length), the body to follow
 *   cd_pack_ext (cd_packer *, size_t length, int8_t type), the body to follow
 *   cd_pack_str_body, cd_pack_bin_body, cd_pack_ext_body (cd_packer *, bytes, size_t length)
 *   cd_pack_timestamp (cd_packer *, const cd_timestamp *)
 */
#ifndef COPYDATA_MP_PACK_H
#define COPYDATA_MP_PACK_H

#include <stddef.h>
#include <stdint.h>

#include <msgpack/pack_define.h>

#include "timestamp.h"

#define CD_PACK_MAX       16          /* the longest header or number: a 96-bit timestamp, 15 */
#define CD_PACK_COUNT_MAX 0xffffffffu /* the largest count or length in MessagePack */

/* Where the next byte goes. */
typedef struct cd_packer {
    char *at;
} cd_packer;

/* _timestamp calls msgpack_pack_ext and uses msgpack_timestamp by name. */
#define msgpack_pack_ext               cd_pack_ext
#define msgpack_timestamp              cd_timestamp
#define msgpack_pack_user              cd_packer *
#define msgpack_pack_inline_func(name) static inline void cd_pack##name
#define msgpack_pack_append_buffer(packer, bytes, length)                                          \
    (memcpy((packer)->at, (bytes), (length)), (void)((packer)->at += (length)))
#include <msgpack/pack_template.h>
#undef msgpack_pack_ext
#undef msgpack_timestamp

#endif
