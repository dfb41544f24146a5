/* SPDX-License-Identifier: MIT
 *
 * A branchless automaton with one step per byte. One number per byte encodes the next state for
 * every state, six bits each; a state is the shift that brings its bits to the bottom. So a step
 * waits only for the previous shift.
 */
#include "utf8.h"

#include <stdint.h>
#include <string.h>

/* What must come next. The values are the shifts. */
enum {
    START = 0,  /* a character; here text may end */
    ONE = 6,    /* one continuation byte, 80 to BF */
    TWO = 12,   /* two of them */
    THREE = 18, /* three of them */
    E0 = 24,    /* A0 to BF and one: less would fit in two bytes */
    ED = 30,    /* 80 to 9F and one: more would be a surrogate */
    F0 = 36,    /* 90 to BF and two: less would fit in three bytes */
    F4 = 42,    /* 80 to 8F and two: more would be above U+10FFFF */
    BAD = 48    /* stays invalid */
};

/* The transitions of each state. Only in START may a byte begin a character; in the others it
 * continues one. */
#define STEP(start, one, two, three, e0, ed, f0, f4)                                               \
    ((uint64_t)(start) << START | (uint64_t)(one) << ONE | (uint64_t)(two) << TWO |                \
     (uint64_t)(three) << THREE | (uint64_t)(e0) << E0 | (uint64_t)(ed) << ED |                    \
     (uint64_t)(f0) << F0 | (uint64_t)(f4) << F4 | (uint64_t)BAD << BAD)
#define FIRST(start) STEP(start, BAD, BAD, BAD, BAD, BAD, BAD, BAD)

#define ASCII   FIRST(START)
#define FROM_80 STEP(BAD, START, ONE, TWO, BAD, ONE, BAD, TWO) /* 80 to 8F */
#define FROM_90 STEP(BAD, START, ONE, TWO, BAD, ONE, TWO, BAD) /* 90 to 9F */
#define FROM_A0 STEP(BAD, START, ONE, TWO, ONE, BAD, TWO, BAD) /* A0 to BF */
#define OF_2    FIRST(ONE)
#define OF_3    FIRST(TWO)
#define OF_4    FIRST(THREE)
#define NEVER   FIRST(BAD)

#define FOUR(of)    of, of, of, of
#define SIXTEEN(of) FOUR(of), FOUR(of), FOUR(of), FOUR(of)

/* clang-format off */
static const uint64_t steps[256] = {
    SIXTEEN(ASCII), SIXTEEN(ASCII), SIXTEEN(ASCII), SIXTEEN(ASCII), /* from 00 on */
    SIXTEEN(ASCII), SIXTEEN(ASCII), SIXTEEN(ASCII), SIXTEEN(ASCII), /* from 40 on */
    SIXTEEN(FROM_80), SIXTEEN(FROM_90), SIXTEEN(FROM_A0), SIXTEEN(FROM_A0),
    NEVER, NEVER, OF_2, OF_2, FOUR(OF_2), FOUR(OF_2), FOUR(OF_2), SIXTEEN(OF_2), /* from C0 on */
    FIRST(E0), OF_3, OF_3, OF_3, FOUR(OF_3), FOUR(OF_3), OF_3, FIRST(ED), OF_3, OF_3,
    FIRST(F0), OF_4, OF_4, OF_4, FIRST(F4), NEVER, NEVER, NEVER, FOUR(NEVER), FOUR(NEVER),
};
/* clang-format on */

enum { STRIDE = 16 }; /* bytes between checks for BAD, or for ASCII to skip */

static bool is_ascii(const char *bytes)
{
    uint64_t two[2];
    memcpy(two, bytes, sizeof two);
    return ((two[0] | two[1]) & 0x8080808080808080u) == 0;
}

bool cd_utf8_by_table(const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    uint64_t state = START; /* in the lowest six bits */
    for (; length >= STRIDE; at += STRIDE, length -= STRIDE) {
        if ((state & 63) == START && is_ascii((const char *)at))
            continue;
        for (int i = 0; i < STRIDE; i++)
            state = steps[at[i]] >> (state & 63);
        if ((state & 63) == BAD)
            return false;
    }
    for (; length > 0; length--)
        state = steps[*at++] >> (state & 63);
    return (state & 63) == START;
}
