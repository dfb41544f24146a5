/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <limits.h>
#include <windows.h>

size_t cd_utf16(const char *bytes, size_t size, wchar_t *units, size_t room)
{
    if (size == 0 || size > INT_MAX || room > INT_MAX)
        return 0;
    int made =
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, bytes, (int)size, units, (int)room);
    return (size_t)made;
}

size_t cd_utf8(const wchar_t *units, size_t count, char *bytes, size_t room)
{
    if (count == 0 || count > INT_MAX || room > INT_MAX)
        return 0;
    int made = WideCharToMultiByte(CP_UTF8, 0, units, (int)count, bytes, (int)room, NULL, NULL);
    return (size_t)made;
}

size_t cd_utf16_lone(const wchar_t *units, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!IS_HIGH_SURROGATE(units[i]) && !IS_LOW_SURROGATE(units[i]))
            continue;
        if (i + 1 == count || !IS_SURROGATE_PAIR(units[i], units[i + 1]))
            return i;
        i++;
    }
    return count;
}

bool cd_codepage_known(unsigned codepage)
{
    return codepage == CP_ACP || codepage == CP_OEMCP || IsValidCodePage(codepage);
}

size_t cd_codepage_encode(unsigned codepage, const wchar_t *units, size_t count, char *bytes,
                          size_t room)
{
    if (count == 0 || count > INT_MAX || room > INT_MAX)
        return 0;
    return (size_t)WideCharToMultiByte(codepage, 0, units, (int)count, bytes, (int)room, NULL,
                                       NULL);
}

size_t cd_codepage_decode(unsigned codepage, const char *bytes, size_t size, wchar_t *units,
                          size_t room)
{
    if (size == 0 || size > INT_MAX || room > INT_MAX)
        return 0;
    SetLastError(ERROR_SUCCESS);
    int made =
        MultiByteToWideChar(codepage, MB_ERR_INVALID_CHARS, bytes, (int)size, units, (int)room);
    /* Some code pages, such as ISO-2022, cannot detect invalid bytes. */
    if (made == 0 && GetLastError() == ERROR_INVALID_FLAGS)
        made = MultiByteToWideChar(codepage, 0, bytes, (int)size, units, (int)room);
    return (size_t)made;
}
