/* SPDX-License-Identifier: MIT
 *
 * UTF-8 outside, UTF-16 for Windows: all such text is converted here.
 */
#ifndef COPYDATA_WIN_TEXT_H
#define COPYDATA_WIN_TEXT_H

#include <stddef.h>

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

#endif
