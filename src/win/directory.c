/* SPDX-License-Identifier: MIT */
#include "directory.h"
#include "text.h"
#include "window.h"

#include <stdlib.h>
#include <string.h>

cd_property cd_property_of(const char *name, size_t size)
{
    cd_property property = {.text = CD_PROPERTY_PREFIX};

    property.units = cd_utf16(name, size, property.text + CD_PROPERTY_PREFIX_SIZE, CD_NAME_MAX);
    return property;
}

/* Reads the name of a window property; false when it is not a channel's. */
static bool parse(cd_property *property, const wchar_t *text)
{
    size_t length = wcslen(text);

    /* Any program may set any property on any window: trust neither length nor prefix. */
    if (length <= CD_PROPERTY_PREFIX_SIZE || length > CD_PROPERTY_PREFIX_SIZE + CD_NAME_MAX)
        return false;
    if (CompareStringOrdinal(text, CD_PROPERTY_PREFIX_SIZE, CD_PROPERTY_PREFIX,
                             CD_PROPERTY_PREFIX_SIZE, TRUE) != CSTR_EQUAL)
        return false;
    memcpy(property->text, text, (length + 1) * sizeof *text);
    property->units = length - CD_PROPERTY_PREFIX_SIZE;
    return true;
}

size_t cd_property_name(const cd_property *property, char name[CD_NAME_BYTES])
{
    return cd_utf8(property->text + CD_PROPERTY_PREFIX_SIZE, property->units, name, CD_NAME_BYTES);
}

bool cd_property_same(const char *a, size_t a_size, const char *b, size_t b_size)
{
    wchar_t left[CD_NAME_MAX];
    wchar_t right[CD_NAME_MAX];
    size_t left_units = cd_utf16(a, a_size, left, CD_NAME_MAX);
    size_t right_units = cd_utf16(b, b_size, right, CD_NAME_MAX);

    return left_units > 0 && right_units > 0 &&
           CompareStringOrdinal(left, (int)left_units, right, (int)right_units, TRUE) == CSTR_EQUAL;
}

/* Which endpoints: those with `property`, except one. */
typedef struct members_search {
    const wchar_t *property;
    HWND except;
} members_search;

static bool is_member(HWND hwnd, const void *context)
{
    const members_search *search = context;

    return hwnd != search->except && GetPropW(hwnd, search->property) != NULL;
}

bool cd_directory_is_on(HWND hwnd, const cd_property *property, DWORD pid)
{
    return GetPropW(hwnd, property->text) != NULL && (pid == 0 || cd_desktop_process(hwnd) == pid);
}

bool cd_directory_endpoints(cd_list *list)
{
    const cd_search search = {.message_only = true, .class = CD_WINDOW_CLASS};

    return cd_desktop_find(list, &search);
}

bool cd_directory_peers(cd_list *list, const cd_property *property, HWND except)
{
    const members_search members = {property->text, except};
    const cd_search search = {
        .message_only = true, .class = CD_WINDOW_CLASS, .wanted = is_member, .context = &members};

    return cd_desktop_find(list, &search);
}

static BOOL CALLBACK on_property(HWND hwnd, LPWSTR property, HANDLE value, ULONG_PTR list)
{
    cd_property ours;

    (void)hwnd;
    /* A property set by number has no name: the pointer is the number itself. */
    if (IS_INTRESOURCE(property) || value == NULL || !parse(&ours, property))
        return TRUE;
    cd_property *item = cd_list_append((cd_list *)list, sizeof *item);
    if (item != NULL)
        *item = ours;
    return item != NULL;
}

bool cd_directory_channels(cd_list *list, HWND hwnd)
{
    *list = (cd_list){NULL, 0, 0};
    /* -1: nothing to enumerate, or the window is gone; FALSE: stopped, out of memory. */
    return EnumPropsExW(hwnd, on_property, (LPARAM)list) != FALSE;
}

bool cd_directory_leave(HWND hwnd)
{
    cd_list list;

    cd_directory_channels(&list, hwnd); /* even if the list is incomplete */
    const cd_property *properties = list.items;
    for (size_t i = 0; i < list.count; i++)
        RemovePropW(hwnd, properties[i].text);
    free(list.items);
    return list.count > 0;
}
