/* SPDX-License-Identifier: MIT
 *
 * Valid UTF-8 as the Unicode standard has it: shortest forms, no surrogates, nothing above U+10FFFF,
 * no character cut off at the end. NUL is a character like others.
 */
#ifndef COPYDATA_MP_UTF8_H
#define COPYDATA_MP_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* True for valid UTF-8. Reads nothing outside the bytes. */
typedef bool cd_utf8_check(const char *bytes, size_t length);

/* The fastest check that this processor can run. To be asked for once and kept: where a virtual
 * machine answers in place of the processor, it takes microseconds. */
cd_utf8_check *cd_utf8_fastest(void);

#endif
