/* SPDX-License-Identifier: MIT
 *
 * Text in code pages, for programs that do not use Unicode.
 */
#ifndef COPYDATA_WIN_CODEPAGE_H
#define COPYDATA_WIN_CODEPAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

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
