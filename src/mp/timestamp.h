/* SPDX-License-Identifier: MIT
 *
 * MessagePack's timestamps: ext type -1.
 */
#ifndef COPYDATA_MP_TIMESTAMP_H
#define COPYDATA_MP_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/* pack_template.h requires these field names. */
typedef struct cd_timestamp {
    int64_t tv_sec;   /* seconds since 1970, leap seconds not counted */
    uint32_t tv_nsec; /* 0 to 999999999 */
} cd_timestamp;

/* Reads the payload of an ext of type -1. False when it is not a timestamp: a length other than 4,
 * 8 or 12, or a billion nanoseconds or more. */
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
