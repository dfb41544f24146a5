/* SPDX-License-Identifier: MIT
 *
 * Valid UTF-8 as the Unicode standard defines it: shortest forms, no surrogates, nothing above
 * U+10FFFF, no character cut off at the end. NUL is an ordinary character.
 */
#ifndef COPYDATA_MP_UTF8_H
#define COPYDATA_MP_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* True for valid UTF-8. Reads nothing outside the bytes. */
typedef bool cd_utf8_check(const char *bytes, size_t length);

/* The check for any processor. */
bool cd_utf8_by_table(const char *bytes, size_t length);

/* The fastest check this processor can run. Call once and keep the result: in a virtual machine the
 * query takes microseconds. */
cd_utf8_check *cd_utf8_fastest(void);

#endif
