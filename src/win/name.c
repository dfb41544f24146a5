/* SPDX-License-Identifier: MIT */
#include "name.h"
#include "text.h"

#include <string.h>
#include <windows.h>

const char *cd_name_make(cd_name *name, const char *bytes, size_t size)
{
    wchar_t *units = name->property + CD_NAME_PREFIX_SIZE;

    if (size == 0)
        return "is empty";
    if (size > 3 * CD_NAME_MAX) /* a unit is three bytes at most: the sizes below fit an int */
        return "is too long (at most 246 UTF-16 units)";
    if (memchr(bytes, '\0', size) != NULL)
        return "contains a NUL byte";
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, bytes, (int)size, NULL, 0) == 0)
        return "is not valid UTF-8";
    memcpy(name->property, CD_NAME_PREFIX, CD_NAME_PREFIX_SIZE * sizeof(wchar_t));
    name->units = cd_utf16(bytes, size, units, CD_NAME_MAX);
    if (name->units == 0)
        return "is too long (at most 246 UTF-16 units)";
    units[name->units] = L'\0';
    return NULL;
}

bool cd_name_equal(const cd_name *a, const cd_name *b)
{
    return CompareStringOrdinal(a->property + CD_NAME_PREFIX_SIZE, (int)a->units,
                                b->property + CD_NAME_PREFIX_SIZE, (int)b->units,
                                TRUE) == CSTR_EQUAL;
}

bool cd_name_of_property(cd_name *name, const wchar_t *property)
{
    size_t length = wcslen(property);

    /* Any program may set any property on any window: trust neither length nor prefix. */
    if (length <= CD_NAME_PREFIX_SIZE || length > CD_NAME_PREFIX_SIZE + CD_NAME_MAX)
        return false;
    if (CompareStringOrdinal(property, CD_NAME_PREFIX_SIZE, CD_NAME_PREFIX, CD_NAME_PREFIX_SIZE,
                             TRUE) != CSTR_EQUAL)
        return false;
    memcpy(name->property, property, (length + 1) * sizeof(wchar_t));
    name->units = length - CD_NAME_PREFIX_SIZE;
    return true;
}
