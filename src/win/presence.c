/* SPDX-License-Identifier: MIT */
#include "presence.h"
#include "desktop.h"
#include "window.h"

#include <stdlib.h>

#define NAME_OF_MESSAGE  L"copydata.presence"
#define NAME_OF_PROPERTY L"copydata.watch"
#define NAME_OF_REJOINED L"copydata.rejoined"

UINT cd_presence_message(void)
{
    return RegisterWindowMessageW(NAME_OF_MESSAGE);
}

bool cd_presence_watch(HWND hwnd, bool whether)
{
    if (!whether) {
        RemovePropW(hwnd, NAME_OF_PROPERTY);
        return true;
    }
    /* Without it we would notice later, but still notice: not a failure to report. */
    ChangeWindowMessageFilterEx(hwnd, cd_presence_message(), MSGFLT_ALLOW, NULL);
    return SetPropW(hwnd, NAME_OF_PROPERTY, (HANDLE)1) != FALSE;
}

void cd_presence_rejoin(HWND hwnd)
{
    SetPropW(hwnd, NAME_OF_REJOINED, (HANDLE)(cd_presence_rejoined(hwnd) + 1));
}

uintptr_t cd_presence_rejoined(HWND hwnd)
{
    return (uintptr_t)GetPropW(hwnd, NAME_OF_REJOINED);
}

static bool watches(HWND hwnd, const void *except)
{
    return hwnd != except && GetPropW(hwnd, NAME_OF_PROPERTY) != NULL;
}

void cd_presence_tell(HWND hwnd)
{
    const cd_search search = {
        .message_only = true, .class = CD_WINDOW_CLASS, .wanted = watches, .context = hwnd};
    UINT message = cd_presence_message();
    cd_list list;

    if (message != 0 && cd_desktop_find(&list, &search)) {
        const HWND *watchers = list.items;
        for (size_t i = 0; i < list.count; i++)
            PostMessageW(watchers[i], message, (WPARAM)hwnd, 0);
    }
    if (message != 0)
        free(list.items);
}
