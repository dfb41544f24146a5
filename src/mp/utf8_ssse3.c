/* SPDX-License-Identifier: MIT
 *
 * Checks UTF-8 sixteen bytes at a time, with instructions that most x64 processors have, but not
 * all: hence the check at run time.
 *
 * The method of Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte" (2021).
 * Nearly every fault shows in two neighbouring bytes: in the halves of the first and in the upper
 * half of the second. For each half a table of sixteen lists the faults it allows, one bit each; a
 * fault that all three allow is present.
 */
#include "utf8.h"

#if defined(__x86_64__) || (defined(_M_X64) && !defined(_M_ARM64EC))

#include <tmmintrin.h>

#ifdef _MSC_VER
#include <intrin.h>
#else
#include <cpuid.h>
#endif

#if defined(__GNUC__) || defined(__clang__)
#define SSSE3 __attribute__((target("ssse3"))) /* other compilers need no attribute */
#else
#define SSSE3
#endif

enum {
    WIDTH = 16,
    BLOCK = 64, /* bytes of ASCII skipped at once */
    BEHIND = 3  /* bytes before a character's last one */
};

/* The faults of two neighbours. */
enum {
    CUT = 1 << 0,       /* a first byte without a continuation */
    STRAY = 1 << 1,     /* a continuation after ASCII */
    IN_TWO = 1 << 2,    /* E0, 80 to 9F: fits in two bytes */
    ABOVE = 1 << 3,     /* F4 and more, 90 to BF: above U+10FFFF */
    SURROGATE = 1 << 4, /* ED, A0 to BF */
    IN_ONE = 1 << 5,    /* C0 or C1, a continuation: fits in one byte */
    IN_THREE = 1 << 6,  /* F0, 80 to 8F: fits in three bytes; or F5 and more, 80 to 8F: ABOVE */
    CONTINUED = 1 << 7, /* two continuations: wrong unless a first byte says three or four bytes */
    ANY = CUT | STRAY | CONTINUED,          /* whatever the lower half */
    F5_ON = ANY | ABOVE | IN_THREE,         /* a lower half of 5 or more */
    BEHIND_ANY = STRAY | IN_ONE | CONTINUED /* a continuation, whichever */
};

#define FOUR(faults) (faults), (faults), (faults), (faults)

/* clang-format off */

/* The faults that the upper half of the first byte allows, */
static const unsigned char by_first[WIDTH] = {
    FOUR(STRAY), FOUR(STRAY), FOUR(CONTINUED), /* from 0, 4 and 8 on */
    CUT | IN_ONE, CUT, CUT | IN_TWO | SURROGATE, CUT | ABOVE | IN_THREE,
};
/* its lower half, */
static const unsigned char by_first_lower[WIDTH] = {
    ANY | IN_ONE | IN_TWO | IN_THREE, ANY | IN_ONE, ANY, ANY,
    ANY | ABOVE, F5_ON, F5_ON, F5_ON, FOUR(F5_ON), /* from 4 and 8 on */
    F5_ON, F5_ON | SURROGATE, F5_ON, F5_ON,
};
/* and the upper half of the second byte. */
static const unsigned char by_second[WIDTH] = {
    FOUR(CUT), FOUR(CUT), /* from 0 and 4 on */
    BEHIND_ANY | IN_TWO | IN_THREE, BEHIND_ANY | IN_TWO | ABOVE,
    BEHIND_ANY | SURROGATE | ABOVE, BEHIND_ANY | SURROGATE | ABOVE,
    FOUR(CUT), /* from C on */
};
/* The largest last bytes that do not begin a character continued after them. */
static const unsigned char ends[WIDTH] = {
    FOUR(255), FOUR(255), FOUR(255), 255, 0xef, 0xdf, 0xbf,
};

/* clang-format on */

SSSE3 static inline __m128i load(const void *at)
{
    return _mm_loadu_si128((const __m128i *)at);
}

/* Not 0 where the bytes are wrong after the ones one, two and three before them. */
SSSE3 static inline __m128i faults(__m128i bytes, __m128i before1, __m128i before2, __m128i before3)
{
    const __m128i half = _mm_set1_epi8(0x0f);
    __m128i upper = _mm_and_si128(_mm_srli_epi16(before1, 4), half);
    __m128i lower = _mm_and_si128(before1, half);
    __m128i second = _mm_and_si128(_mm_srli_epi16(bytes, 4), half);
    __m128i pair = _mm_and_si128(_mm_shuffle_epi8(load(by_first), upper),
                                 _mm_and_si128(_mm_shuffle_epi8(load(by_first_lower), lower),
                                               _mm_shuffle_epi8(load(by_second), second)));
    /* the highest bit is set from E0 two bytes before, and from F0 three before */
    __m128i third = _mm_subs_epu8(before2, _mm_set1_epi8(0xe0 - 0x80));
    __m128i fourth = _mm_subs_epu8(before3, _mm_set1_epi8(0xf0 - 0x80));
    __m128i expected = _mm_and_si128(_mm_or_si128(third, fourth), _mm_set1_epi8(-CONTINUED));
    return _mm_xor_si128(expected, pair);
}

/* The faults of the bytes at `at`, which have BEHIND bytes before them. */
SSSE3 static inline __m128i faults_at(const char *at)
{
    return faults(load(at), load(at - 1), load(at - 2), load(at - 3));
}

/* Not 0 if a character continues after the bytes. */
SSSE3 static inline __m128i unfinished(__m128i bytes)
{
    return _mm_subs_epu8(bytes, load(ends));
}

SSSE3 static inline bool is_zero(__m128i bytes)
{
    return _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_setzero_si128())) == 0xffff;
}

SSSE3 static inline bool is_ascii(const char *at)
{
    __m128i bytes = _mm_or_si128(_mm_or_si128(load(at), load(at + WIDTH)),
                                 _mm_or_si128(load(at + 2 * WIDTH), load(at + 3 * WIDTH)));
    return _mm_movemask_epi8(bytes) == 0;
}

SSSE3 static bool check_by_ssse3(const char *bytes, size_t length)
{
    if (length < WIDTH + BEHIND) /* the last WIDTH bytes must have BEHIND before them */
        return cd_utf8_by_table(bytes, length);
    const char *end = bytes + length, *at = bytes + WIDTH;
    __m128i first = load(bytes);
    __m128i wrong =
        faults(first, _mm_slli_si128(first, 1), _mm_slli_si128(first, 2), _mm_slli_si128(first, 3));
    for (; end - at >= BLOCK; at += BLOCK) {
        if (is_ascii(at)) {
            wrong = _mm_or_si128(wrong, unfinished(load(at - WIDTH)));
        } else {
            for (int i = 0; i < BLOCK; i += WIDTH)
                wrong = _mm_or_si128(wrong, faults_at(at + i));
        }
        if (!is_zero(wrong))
            return false;
    }
    for (; end - at >= WIDTH; at += WIDTH)
        wrong = _mm_or_si128(wrong, faults_at(at));
    const char *last = end - WIDTH; /* some of it a second time */
    wrong = _mm_or_si128(wrong, faults_at(last));
    return is_zero(_mm_or_si128(wrong, unfinished(load(last))));
}

static bool has_ssse3(void)
{
    enum { SSSE3_BIT = 1 << 9 }; /* of ECX, for function 1 */
#ifdef _MSC_VER
    int registers[4];
    __cpuid(registers, 1);
    return (registers[2] & SSSE3_BIT) != 0;
#else
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & SSSE3_BIT) != 0;
#endif
}

cd_utf8_check *cd_utf8_fastest(void)
{
    return has_ssse3() ? check_by_ssse3 : cd_utf8_by_table;
}

#else

cd_utf8_check *cd_utf8_fastest(void)
{
    return cd_utf8_by_table;
}

#endif
