/* SPDX-License-Identifier: MIT
 *
 * Discovery: which endpoints are there, and on which channels. Windows is the directory; nothing
 * is kept here.
 */
#ifndef COPYDATA_WIN_DIRECTORY_H
#define COPYDATA_WIN_DIRECTORY_H

#include "desktop.h"
#include "property.h"

#include <stdbool.h>
#include <windows.h>

/* Lists the endpoints of this desktop (HWND). Returns false when there is no memory. */
bool cd_directory_endpoints(cd_list *list);

/* Lists those on a channel (HWND), without the window `except`. Returns false as above. */
bool cd_directory_peers(cd_list *list, const cd_property *property, HWND except);

/* Whether a window is on a channel and, unless `pid` is 0, belongs to that process. */
bool cd_directory_is_on(HWND hwnd, const cd_property *property, DWORD pid);

/* Lists the channels that a window is on (cd_property). Returns false as above. */
bool cd_directory_channels(cd_list *list, HWND hwnd);

/* Takes a window of this process off all channels. Returns whether it was on any. */
bool cd_directory_leave(HWND hwnd);

#endif
