/* SPDX-License-Identifier: MIT
 *
 * Walking over the windows of the desktop, while others make and destroy theirs.
 */
#ifndef COPYDATA_WIN_DESKTOP_H
#define COPYDATA_WIN_DESKTOP_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

/* What an enumeration found. Its items are the caller's to free, also when it failed. */
typedef struct cd_list {
    void *items;
    size_t count;
    size_t capacity;
} cd_list;

/* Makes room for one more item of `size` bytes and returns where it goes; NULL: no memory. */
void *cd_list_append(cd_list *list, size_t size);

/* Which windows to list. */
typedef struct cd_search {
    bool message_only;    /* these alone; otherwise the top-level windows alone */
    const wchar_t *class; /* compared without case; NULL: any */
    bool (*wanted)(HWND hwnd, const void *context); /* NULL: all */
    const void *context;
} cd_search;

/* Lists windows, each once. Returns false when there is no memory; the list is not whole then. */
bool cd_desktop_find(cd_list *list, const cd_search *search);

/* The units that cd_desktop_class and cd_desktop_title fill in at most, without the terminator. */
#define CD_CLASS_UNITS 256
#define CD_TITLE_UNITS 1023 /* longer titles are cut */

/* Class and title of any window, terminated; return the length, 0 when there is none. */
size_t cd_desktop_class(HWND hwnd, wchar_t class[CD_CLASS_UNITS + 1]);
size_t cd_desktop_title(HWND hwnd, wchar_t title[CD_TITLE_UNITS + 1]);

#endif
