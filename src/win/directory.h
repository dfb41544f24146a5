/* SPDX-License-Identifier: MIT
 *
 * Discovery: which endpoints exist, and on which channels. Windows is the directory; nothing is
 * stored here.
 */
#ifndef COPYDATA_WIN_DIRECTORY_H
#define COPYDATA_WIN_DIRECTORY_H

#include "desktop.h"
#include "wire/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

/* A channel as Windows sees it: the window property that puts an endpoint on it. */
#define CD_PROPERTY_PREFIX      L"copydata:"
#define CD_PROPERTY_PREFIX_SIZE 9 /* units */

typedef struct cd_property {
    wchar_t text[CD_PROPERTY_PREFIX_SIZE + CD_NAME_MAX + 1]; /* prefix, channel's name, NUL */
    size_t units;                                            /* of the channel's name alone */
} cd_property;

/* The property of a valid channel name. */
cd_property cd_property_of(const char *name, size_t size);

/* Writes the channel's name in UTF-8, at most CD_NAME_BYTES bytes; returns how many. */
size_t cd_property_name(const cd_property *property, char name[CD_NAME_BYTES]);

/* Whether two names, which need not be valid, mean the same channel: compared without case, as
 * Windows compares property names. */
bool cd_property_same(const char *a, size_t a_size, const char *b, size_t b_size);

/* Lists the endpoints of this desktop (HWND). Returns false without memory. */
bool cd_directory_endpoints(cd_list *list);

/* Lists those on a channel (HWND), except the window `except`. Returns false without memory. */
bool cd_directory_peers(cd_list *list, const cd_property *property, HWND except);

/* Whether a window is on a channel and, unless `pid` is 0, belongs to that process. */
bool cd_directory_is_on(HWND hwnd, const cd_property *property, DWORD pid);

/* Lists the channels that a window is on (cd_property). Returns false without memory. */
bool cd_directory_channels(cd_list *list, HWND hwnd);

/* Removes a window of this process from all channels. Returns whether it was on any. */
bool cd_directory_leave(HWND hwnd);

#endif
