/* SPDX-License-Identifier: MIT
 *
 * Copies text that is ASCII, as most is, and checks that it is, in one pass and without a call.
 *
 * Each copies like memcpy and returns true; or returns false, with some of it copied, if a byte is
 * above 127. Some bytes are read and written twice, but none outside the blocks.
 */
#ifndef COPYDATA_MP_ASCII_H
#define COPYDATA_MP_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CD_ASCII_SHORT 32 /* bytes from which a text counts as long */

#define CD_NOT_ASCII 0x8080808080808080u /* bits never set in eight bytes of ASCII */

/* Fewer than CD_ASCII_SHORT bytes. */
static inline bool cd_ascii_copy_short(char *to, const char *from, size_t length)
{
    if (length >= 8) {
        uint64_t words[4];
        memcpy(&words[0], from, 8);
        memcpy(&words[1], from + length - 8, 8);
        uint64_t seen = words[0] | words[1];
        if (length > 16) {
            memcpy(&words[2], from + 8, 8);
            memcpy(&words[3], from + length - 16, 8);
            memcpy(to + 8, &words[2], 8);
            memcpy(to + length - 16, &words[3], 8);
            seen |= words[2] | words[3];
        }
        memcpy(to, &words[0], 8);
        memcpy(to + length - 8, &words[1], 8);
        return (seen & CD_NOT_ASCII) == 0;
    }
    if (length >= 4) {
        uint32_t words[2];
        memcpy(&words[0], from, 4);
        memcpy(&words[1], from + length - 4, 4);
        memcpy(to, &words[0], 4);
        memcpy(to + length - 4, &words[1], 4);
        return ((words[0] | words[1]) & (uint32_t)CD_NOT_ASCII) == 0;
    }
    unsigned seen = 0;
    for (size_t i = 0; i < length; i++) {
        seen |= (unsigned char)from[i];
        to[i] = from[i];
    }
    return seen < 0x80;
}

/* CD_ASCII_SHORT bytes or more. */
static inline bool cd_ascii_copy_long(char *to, const char *from, size_t length)
{
    uint64_t words[4];
    size_t last = length - 32, at = 0;
    for (;;) {
        memcpy(words, from + at, 32);
        memcpy(to + at, words, 32);
        if (((words[0] | words[1] | words[2] | words[3]) & CD_NOT_ASCII) != 0)
            return false;
        if (at == last)
            return true;
        at = at + 32 < last ? at + 32 : last;
    }
}

#endif
