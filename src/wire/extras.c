/* SPDX-License-Identifier: MIT */
#include "extras.h"
#include "mp/read.h"

#include <string.h>

static bool is(cd_extra_text text, const char *literal)
{
    return text.size == strlen(literal) && memcmp(text.bytes, literal, text.size) == 0;
}

static bool read_text(cd_reader *reader, cd_extra_text *text)
{
    return cd_read_str(reader, &text->bytes, &text->size);
}

/* The next pair of a map: its key, with NULL bytes unless it is a str, and a reader of the
 * value. */
static bool read_pair(cd_reader *map, cd_extra_text *key, cd_reader *value)
{
    const char *bytes;
    size_t size;

    if (!read_text(map, key)) {
        *key = (cd_extra_text){NULL, 0};
        if (!cd_read_any(map, &bytes, &size))
            return false;
    }
    if (!cd_read_any(map, &bytes, &size))
        return false;
    *value = cd_reader_of(bytes, size);
    return true;
}

static void read_origin(cd_reader value, cd_extra_origin *origin)
{
    cd_extra_origin read = {.given = true};
    cd_extra_text key, text;
    cd_reader field;
    uint32_t count;

    if (cd_reader_left(&value) > CD_EXTRA_MOST || !cd_read_map(&value, &count))
        return;
    while (count-- > 0 && read_pair(&value, &key, &field)) {
        if (key.bytes == NULL || !read_text(&field, &text))
            continue;
        if (is(key, "desktop"))
            read.desktop = text;
        else if (is(key, "exe"))
            read.exe = text;
        else if (is(key, "user"))
            read.user = text;
    }
    *origin = read;
}

static void read_via(cd_reader value, cd_extra_via *via)
{
    cd_extra_via read = {.given = true};
    cd_extra_text name;

    if (cd_reader_left(&value) > CD_EXTRA_MOST || !cd_read_array(&value, &read.count))
        return;
    read.at = value.at;
    read.end = value.end;
    for (uint32_t i = 0; i < read.count; i++)
        if (!read_text(&value, &name))
            return;
    *via = read;
}

cd_extras cd_extras_read(const char *bytes, size_t size)
{
    cd_extras extras = {.retained = false};
    cd_reader map = cd_reader_of(bytes, size);
    cd_extra_text key;
    cd_reader value;
    uint32_t count;

    if (!cd_read_map(&map, &count))
        return extras;
    while (count-- > 0 && read_pair(&map, &key, &value)) {
        if (key.bytes == NULL)
            continue;
        if (is(key, "retained"))
            extras.retains = cd_read_bool(&value, &extras.retained) || extras.retains;
        else if (is(key, "withdrawn"))
            (void)cd_read_bool(&value, &extras.withdrawn);
        else if (is(key, "direct"))
            (void)cd_read_bool(&value, &extras.direct);
        else if (is(key, "origin"))
            read_origin(value, &extras.origin);
        else if (is(key, "via"))
            read_via(value, &extras.via);
    }
    return extras;
}

bool cd_extra_via_next(cd_extra_via *via, cd_extra_text *name)
{
    cd_reader names = {via->at, via->end};

    if (via->count == 0 || !read_text(&names, name))
        return false;
    via->count--;
    via->at = names.at;
    return true;
}
