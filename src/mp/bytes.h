/* SPDX-License-Identifier: MIT
 *
 * Big-endian numbers, read from bytes at any alignment.
 */
#ifndef COPYDATA_MP_BYTES_H
#define COPYDATA_MP_BYTES_H

#include <stdint.h>

static inline uint32_t cd_load16(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;
    return (uint32_t)b[0] << 8 | b[1];
}

static inline uint32_t cd_load32(const char *bytes)
{
    return cd_load16(bytes) << 16 | cd_load16(bytes + 2);
}

static inline uint64_t cd_load64(const char *bytes)
{
    return (uint64_t)cd_load32(bytes) << 32 | cd_load32(bytes + 4);
}

#endif
