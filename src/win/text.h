/* SPDX-License-Identifier: MIT
 *
 * UTF-8 outside, UTF-16 for Windows, code pages for programs that do not use Unicode: all such text
 * is converted here.
 */
#ifndef COPYDATA_WIN_TEXT_H
#define COPYDATA_WIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/*
 * Converts `size` bytes of UTF-8 into at most `room` UTF-16 units, without a terminator. Returns
 * the number of units; 0 when the bytes are not valid UTF-8, do not fit, or there are none.
 */
size_t cd_utf16(const char *bytes, size_t size, wchar_t *units, size_t room);

/*
 * Converts `count` UTF-16 units into at most `room` bytes of UTF-8, without a terminator; three
 * bytes a unit always suffice. Lone surrogates, which file names may hold, become U+FFFD.
 * Returns the number of bytes; 0 when they do not fit or there are none.
 */
size_t cd_utf8(const wchar_t *units, size_t count, char *bytes, size_t room);

/*
 * The index of the first of `count` units that is a surrogate without its other half; `count` when
 * there is none.
 */
size_t cd_utf16_lone(const wchar_t *units, size_t count);

/* Whether the system knows a code page: a number, 0 for the system's (ANSI), 1 for the console's
 * (OEM). */
bool cd_codepage_known(unsigned codepage);

/*
 * Converts `count` units into at most `room` bytes, without a terminator; with `room` 0 only counts
 * them. Characters that the code page lacks are replaced, for example by "?". Returns the number of
 * bytes; 0 if they do not fit or there are none.
 */
size_t cd_codepage_encode(unsigned codepage, const wchar_t *units, size_t count, char *bytes,
                          size_t room);

/*
 * Converts `size` bytes into at most `room` units; with `room` 0 only counts them. Returns the
 * number of units; 0 if the bytes are not valid, as far as the code page defines that, if they do
 * not fit, or if there are none.
 */
size_t cd_codepage_decode(unsigned codepage, const char *bytes, size_t size, wchar_t *units,
                          size_t room);

#endif
