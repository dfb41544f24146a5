/* SPDX-License-Identifier: MIT
 *
 * Big-endian numbers and MessagePack's timestamps, read from bytes at any alignment.
 */
#ifndef COPYDATA_WIRE_BYTES_H
#define COPYDATA_WIRE_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#include "pack.h"

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

/* The payload of an ext of type -1. False when it is not a timestamp: a length other than 4, 8
 * and 12, or a billion nanoseconds and more. */
static inline bool cd_load_timestamp(const char *payload, size_t length, cd_timestamp *timestamp)
{
    switch (length) {
    case 4:
        timestamp->tv_sec = cd_load32(payload);
        timestamp->tv_nsec = 0;
        return true;
    case 8: {
        uint64_t both = cd_load64(payload); /* 30 bits of nanoseconds, 34 of seconds */
        timestamp->tv_sec = (int64_t)(both & 0x3ffffffffu);
        timestamp->tv_nsec = (uint32_t)(both >> 34);
        break;
    }
    case 12:
        timestamp->tv_nsec = cd_load32(payload);
        timestamp->tv_sec = (int64_t)cd_load64(payload + 4);
        break;
    default:
        return false;
    }
    return timestamp->tv_nsec < 1000000000u;
}

#endif
