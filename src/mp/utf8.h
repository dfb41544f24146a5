/* SPDX-License-Identifier: MIT
 *
 * Valid UTF-8 as the Unicode standard has it: shortest forms, no surrogates, nothing above U+10FFFF,
 * no character cut off at the end. NUL is a character like others.
 */
#ifndef COPYDATA_MP_UTF8_H
#define COPYDATA_MP_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* True for valid UTF-8. Reads nothing outside the bytes. */
typedef bool cd_utf8_check(const char *bytes, size_t length);

/* The fastest check that this processor can run. To be asked for once and kept: where a virtual
 * machine answers in place of the processor, it takes microseconds. */
cd_utf8_check *cd_utf8_fastest(void);

/* True when no byte is above 127; meant for short strings. The last eight bytes, or four, are looked
 * at together, some of them twice. */
static inline bool cd_utf8_ascii(const char *bytes, size_t length)
{
    uint64_t eight, seen = 0;
    uint32_t four;
    if (length < 8) {
        if (length < 4) {
            for (size_t i = 0; i < length; i++)
                seen |= (unsigned char)bytes[i];
            return seen < 0x80;
        }
        memcpy(&four, bytes, 4);
        seen = four;
        memcpy(&four, bytes + length - 4, 4);
        return ((seen | four) & 0x80808080u) == 0;
    }
    size_t i = 0;
    for (; i + 32 <= length; i += 32) {
        uint64_t four_eights[4];
        memcpy(four_eights, bytes + i, 32);
        seen |= four_eights[0] | four_eights[1] | four_eights[2] | four_eights[3];
    }
    for (; i + 8 < length; i += 8) {
        memcpy(&eight, bytes + i, 8);
        seen |= eight;
    }
    memcpy(&eight, bytes + length - 8, 8);
    return ((seen | eight) & 0x8080808080808080u) == 0;
}

#endif
