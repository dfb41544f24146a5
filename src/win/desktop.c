/* SPDX-License-Identifier: MIT */
#include "desktop.h"
#include "mp/grow.h"

#define RESTARTS_MOST 64 /* attempts to enumerate while windows keep vanishing */

void *cd_list_append(cd_list *list, size_t size)
{
    void *items = cd_grow(list->items, &list->capacity, list->count, size);

    if (items == NULL)
        return NULL;
    list->items = items;
    return (char *)items + list->count++ * size;
}

static bool append_window(cd_list *list, HWND hwnd)
{
    HWND *items = list->items;

    /* Windows are listed from the top down: one raised in the meantime appears again. */
    for (size_t i = 0; i < list->count; i++)
        if (items[i] == hwnd)
            return true;
    HWND *item = cd_list_append(list, sizeof *item);
    if (item != NULL)
        *item = hwnd;
    return item != NULL;
}

/* The next one down. NULL: that was the last, or `previous` has vanished; Wine does not say
 * which. */
static HWND next_window(const cd_search *search, HWND previous)
{
    /* Not NULL for the desktop: that sometimes includes message-only windows. */
    HWND parent = search->message_only ? HWND_MESSAGE : GetDesktopWindow();

    return FindWindowExW(parent, previous, search->class, NULL);
}

bool cd_desktop_find(cd_list *list, const cd_search *search)
{
    *list = (cd_list){NULL, 0, 0};
    for (int restarts = 0; restarts <= RESTARTS_MOST; restarts++) {
        HWND before = NULL;
        HWND last = NULL;
        HWND hwnd;
        while ((hwnd = next_window(search, last)) != NULL) {
            before = last;
            last = hwnd;
            if (search->wanted != NULL && !search->wanted(hwnd, search->context))
                continue;
            if (!append_window(list, hwnd))
                return false;
        }
        /* If the last one is still in place, this was the end; otherwise start again. Windows found
         * so far are kept. */
        if (last == NULL || next_window(search, before) == last)
            break;
    }
    return true;
}

DWORD cd_desktop_process(HWND hwnd)
{
    DWORD pid = 0; /* left unchanged when there is no such window */

    GetWindowThreadProcessId(hwnd, &pid);
    return pid;
}

size_t cd_desktop_class(HWND hwnd, wchar_t class[CD_CLASS_UNITS + 1])
{
    class[0] = L'\0';
    return (size_t)GetClassNameW(hwnd, class, CD_CLASS_UNITS + 1);
}

size_t cd_desktop_title(HWND hwnd, wchar_t title[CD_TITLE_UNITS + 1])
{
    title[0] = L'\0';
    /* GetWindowText would send WM_GETTEXT to a window of this process, and wait forever if its
     * thread does not pump. */
    return (size_t)InternalGetWindowText(hwnd, title, CD_TITLE_UNITS + 1);
}
