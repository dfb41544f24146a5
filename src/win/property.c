/* SPDX-License-Identifier: MIT */
#include "property.h"
#include "text.h"

#include <string.h>
#include <windows.h>

cd_property cd_property_of(const char *name, size_t size)
{
    cd_property property = {.text = CD_PROPERTY_PREFIX};

    property.units = cd_utf16(name, size, property.text + CD_PROPERTY_PREFIX_SIZE, CD_NAME_MAX);
    return property;
}

bool cd_property_parse(cd_property *property, const wchar_t *text)
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
