/* SPDX-License-Identifier: MIT */
#ifndef COPYDATA_MSGPACK_UTF8_H
#define COPYDATA_MSGPACK_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* True for valid UTF-8 as the Unicode standard has it: shortest forms, no surrogates, nothing above
 * U+10FFFF. NUL is a character like others. */
bool cd_utf8_valid(const char *bytes, size_t length);

#endif
