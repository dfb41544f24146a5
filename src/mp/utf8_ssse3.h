/* SPDX-License-Identifier: MIT
 *
 * Checks UTF-8 sixteen bytes at a time, with instructions that most x64 processors have, but not
 * all: hence the check at run time.
 */
#ifndef COPYDATA_MP_UTF8_SSSE3_H
#define COPYDATA_MP_UTF8_SSSE3_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the processor has what cd_utf8_by_ssse3 needs. Always false except on x64. */
bool cd_utf8_has_ssse3(void);

/* A cd_utf8_check: see utf8.h. Do not call it without SSSE3. */
bool cd_utf8_by_ssse3(const char *bytes, size_t length);

#endif
