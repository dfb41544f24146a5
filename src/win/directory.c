/* SPDX-License-Identifier: MIT */
#include "directory.h"
#include "window.h"

#include <stdlib.h>

#define RESTARTS_MOST 64 /* of an enumeration on a desktop where windows vanish all the time */

/* Makes room for one more item of `size` bytes and returns where it goes; NULL: no memory. */
static void *append(cd_list *list, size_t size)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? 2 * list->capacity : 16;
        void *items = realloc(list->items, capacity * size);
        if (items == NULL)
            return NULL;
        list->items = items;
        list->capacity = capacity;
    }
    return (char *)list->items + list->count++ * size;
}

static bool append_window(cd_list *list, HWND hwnd)
{
    HWND *items = list->items;

    /* Windows are listed from the top down: one that is raised meanwhile comes a second time. */
    for (size_t i = 0; i < list->count; i++)
        if (items[i] == hwnd)
            return true;
    HWND *item = append(list, sizeof *item);
    if (item != NULL)
        *item = hwnd;
    return item != NULL;
}

static HWND after(HWND hwnd)
{
    return FindWindowExW(NULL, hwnd, CD_WINDOW_CLASS, NULL);
}

/* Lists the endpoints that carry `property`; all of them when it is NULL. */
static bool enumerate(cd_list *list, const wchar_t *property, HWND except)
{
    *list = (cd_list){NULL, 0, 0};
    for (int restarts = 0; restarts <= RESTARTS_MOST; restarts++) {
        HWND before = NULL, last = NULL, hwnd;
        while ((hwnd = after(last)) != NULL) {
            before = last;
            last = hwnd;
            if (hwnd == except || (property != NULL && GetPropW(hwnd, property) == NULL))
                continue;
            if (!append_window(list, hwnd))
                return false;
        }
        /* Nothing comes after a window that has vanished either, and Wine does not tell. If the
         * last one is still where it was, this was the end; otherwise start again. What was found
         * so far stays found. */
        if (last == NULL || after(before) == last)
            break;
    }
    return true;
}

bool cd_directory_is_on(HWND hwnd, const cd_name *name, DWORD pid)
{
    DWORD process = 0;

    if (GetPropW(hwnd, name->property) == NULL)
        return false;
    if (pid != 0)
        GetWindowThreadProcessId(hwnd, &process);
    return process == pid;
}

bool cd_directory_endpoints(cd_list *list)
{
    return enumerate(list, NULL, NULL);
}

bool cd_directory_peers(cd_list *list, const cd_name *name, HWND except)
{
    return enumerate(list, name->property, except);
}

static BOOL CALLBACK on_property(HWND hwnd, LPWSTR property, HANDLE value, ULONG_PTR list)
{
    cd_name name;

    (void)hwnd;
    /* A property set by number has no name: the pointer is the number. */
    if (IS_INTRESOURCE(property) || value == NULL || !cd_name_of_property(&name, property))
        return TRUE;
    cd_name *item = append((cd_list *)list, sizeof *item);
    if (item != NULL)
        *item = name;
    return item != NULL;
}

bool cd_directory_channels(cd_list *list, HWND hwnd)
{
    *list = (cd_list){NULL, 0, 0};
    SetLastError(ERROR_SUCCESS);
    /* -1: nothing to enumerate, or the window is gone; FALSE: stopped, for want of memory. */
    return EnumPropsExW(hwnd, on_property, (LPARAM)list) != FALSE;
}
