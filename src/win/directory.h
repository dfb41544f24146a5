/* SPDX-License-Identifier: MIT
 *
 * Discovery: which endpoints exist, and on which channels. Windows is the directory; nothing is
 * stored here.
 */
#ifndef COPYDATA_WIN_DIRECTORY_H
#define COPYDATA_WIN_DIRECTORY_H

#include "desktop.h"
#include "property.h"

#include <stdbool.h>
#include <windows.h>

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
