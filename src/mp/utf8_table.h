/* SPDX-License-Identifier: MIT
 *
 * Checks UTF-8 on any processor.
 */
#ifndef COPYDATA_MP_UTF8_TABLE_H
#define COPYDATA_MP_UTF8_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* A cd_utf8_check: see utf8.h. */
bool cd_utf8_by_table(const char *bytes, size_t length);

#endif
