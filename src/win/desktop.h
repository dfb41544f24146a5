/* SPDX-License-Identifier: MIT
 *
 * Enumerates the windows of the desktop while other programs create and destroy theirs.
 */
#ifndef COPYDATA_WIN_DESKTOP_H
#define COPYDATA_WIN_DESKTOP_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

/* What an enumeration found. The caller frees the items, even when it failed. */
typedef struct cd_list {
    void *items;
    size_t count;
    size_t capacity;
} cd_list;

/* Makes room for one more item of `size` bytes and returns its place; NULL: no memory. */
void *cd_list_append(cd_list *list, size_t size);

/* Which windows to list. */
typedef struct cd_search {
    bool message_only;    /* only message-only windows; otherwise only top-level ones */
    const wchar_t *class; /* compared without case; NULL: any */
    bool (*wanted)(HWND hwnd, const void *context); /* NULL: all */
    const void *context;
} cd_search;

/* Lists windows, each once. Returns false without memory; the list is then incomplete. */
bool cd_desktop_find(cd_list *list, const cd_search *search);

/* The most units that cd_desktop_class and cd_desktop_title fill in, without the terminator. */
#define CD_CLASS_UNITS 256
#define CD_TITLE_UNITS 1023 /* longer titles are cut */

/* The process that owns a window; 0: there is no such window. */
DWORD cd_desktop_process(HWND hwnd);

/* The class and the title of any window, terminated; return the length, 0 when there is none. */
size_t cd_desktop_class(HWND hwnd, wchar_t class[CD_CLASS_UNITS + 1]);
size_t cd_desktop_title(HWND hwnd, wchar_t title[CD_TITLE_UNITS + 1]);

#endif
