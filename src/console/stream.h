/* SPDX-License-Identifier: MIT
 *
 * Standard streams that are a console: writes Unicode, which C's own functions do not.
 */
#ifndef COPYDATA_CONSOLE_STREAM_H
#define COPYDATA_CONSOLE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

/* Whether a standard stream, STD_OUTPUT_HANDLE and the like, is a console, not a file or pipe. */
bool cd_stream_is_console(DWORD stream);

/* Writes to a standard stream that is a console. Returns false when that failed. */
bool cd_stream_write(DWORD stream, const wchar_t *units, size_t count);

/* The number of columns if a standard stream is a console; otherwise 0. */
int cd_stream_columns(DWORD stream);

#endif
