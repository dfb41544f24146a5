/* SPDX-License-Identifier: MIT */
#include "read.h"

#include "bytes.h"
#include "walk.h"

/* The formats used here, by their names in the specification. */
enum {
    FIXMAP = 0x80,
    FIXARRAY = 0x90,
    FIXSTR = 0xa0,
    NIL = 0xc0,
    NO = 0xc2,
    YES = 0xc3,
    BIN_8 = 0xc4,
    EXT_8 = 0xc7,
    UINT_8 = 0xcc,
    INT_8 = 0xd0,
    FIXEXT_1 = 0xd4,
    STR_8 = 0xd9,
    ARRAY_16 = 0xdc,
    MAP_16 = 0xde
};

static bool peek(const cd_reader *reader, unsigned char *format)
{
    if (reader->at == reader->end)
        return false;
    *format = (unsigned char)*reader->at;
    return true;
}

/* The unsigned big-endian number of `width` bytes (1, 2, 4 or 8) after the format byte. */
static bool number(const cd_reader *reader, size_t width, uint64_t *value)
{
    if (cd_reader_left(reader) < 1 + width)
        return false;
    const char *bytes = reader->at + 1;
    *value = width == 1   ? (unsigned char)*bytes
             : width == 2 ? cd_load16(bytes)
             : width == 4 ? cd_load32(bytes)
                          : cd_load64(bytes);
    return true;
}

bool cd_read_nil(cd_reader *reader)
{
    unsigned char format;
    if (!peek(reader, &format) || format != NIL)
        return false;
    reader->at++;
    return true;
}

bool cd_read_bool(cd_reader *reader, bool *value)
{
    unsigned char format;
    if (!peek(reader, &format) || (format != NO && format != YES))
        return false;
    *value = format == YES;
    reader->at++;
    return true;
}

bool cd_read_uint(cd_reader *reader, uint64_t *value)
{
    unsigned char format;
    if (!peek(reader, &format))
        return false;
    if (format < 0x80) {
        *value = format;
        reader->at++;
        return true;
    }
    if (format < UINT_8 || format > INT_8 + 3)
        return false;
    size_t width = (size_t)1 << (format & 3);
    uint64_t read;
    if (!number(reader, width, &read))
        return false;
    if (format >= INT_8 && read >> (8 * width - 1) != 0)
        return false; /* negative */
    *value = read;
    reader->at += 1 + width;
    return true;
}

bool cd_read_uint32(cd_reader *reader, uint32_t *value)
{
    cd_reader behind = *reader;
    uint64_t read;
    if (!cd_read_uint(&behind, &read) || read > UINT32_MAX)
        return false;
    *value = (uint32_t)read;
    *reader = behind;
    return true;
}

/* A header with a count: its short form, and the first of its two long ones, of 16 and 32 bits. */
static bool counted(cd_reader *reader, unsigned char fix, unsigned char first, uint32_t *count)
{
    unsigned char format;
    if (!peek(reader, &format))
        return false;
    if ((format & 0xf0) == fix) {
        *count = format & 0x0f;
        reader->at++;
        return true;
    }
    if (format != first && format != first + 1)
        return false;
    size_t width = format == first ? 2 : 4;
    uint64_t read;
    if (!number(reader, width, &read))
        return false;
    *count = (uint32_t)read;
    reader->at += 1 + width;
    return true;
}

bool cd_read_array(cd_reader *reader, uint32_t *count)
{
    return counted(reader, FIXARRAY, ARRAY_16, count);
}

bool cd_read_map(cd_reader *reader, uint32_t *count)
{
    return counted(reader, FIXMAP, MAP_16, count);
}

/* A header of `header` bytes and a body of `size` bytes after it. */
static bool body(cd_reader *reader, size_t header, uint64_t size, const char **bytes,
                 size_t *length)
{
    if (size > cd_reader_left(reader) - header)
        return false;
    *bytes = reader->at + header;
    *length = (size_t)size;
    reader->at += header + *length;
    return true;
}

/* The 8-, 16- and 32-bit forms follow each other in str and in bin. */
static bool sized_body(cd_reader *reader, unsigned char first, const char **bytes, size_t *length)
{
    unsigned char format;
    if (!peek(reader, &format) || format < first || format > first + 2)
        return false;
    size_t width = (size_t)1 << (format - first);
    uint64_t size;
    return number(reader, width, &size) && body(reader, 1 + width, size, bytes, length);
}

bool cd_read_str(cd_reader *reader, const char **bytes, size_t *length)
{
    unsigned char format;
    if (!peek(reader, &format))
        return false;
    if ((format & 0xe0) == FIXSTR)
        return body(reader, 1, format & 0x1f, bytes, length);
    return sized_body(reader, STR_8, bytes, length);
}

bool cd_read_bin(cd_reader *reader, const char **bytes, size_t *length)
{
    return sized_body(reader, BIN_8, bytes, length);
}

bool cd_read_ext(cd_reader *reader, int *type, const char **bytes, size_t *length)
{
    unsigned char format;
    if (!peek(reader, &format))
        return false;
    size_t width = 0; /* of the length */
    uint64_t size = 0;
    if (format >= FIXEXT_1 && format <= FIXEXT_1 + 4)
        size = (uint64_t)1 << (format - FIXEXT_1);
    else if (format >= EXT_8 && format <= EXT_8 + 2)
        width = (size_t)1 << (format - EXT_8);
    else
        return false;
    if ((width != 0 && !number(reader, width, &size)) || cd_reader_left(reader) < 2 + width)
        return false;
    int read = (signed char)reader->at[1 + width];
    if (!body(reader, 2 + width, size, bytes, length))
        return false;
    *type = read;
    return true;
}

bool cd_read_timestamp(cd_reader *reader, cd_timestamp *timestamp)
{
    cd_reader behind = *reader;
    int type;
    const char *bytes;
    size_t length;
    cd_timestamp read;
    if (!cd_read_ext(&behind, &type, &bytes, &length) || type != -1 ||
        !cd_load_timestamp(bytes, length, &read))
        return false;
    *timestamp = read;
    *reader = behind;
    return true;
}

bool cd_read_any(cd_reader *reader, const char **bytes, size_t *length)
{
    size_t size;
    if (!cd_walk(reader->at, cd_reader_left(reader), &size))
        return false;
    *bytes = reader->at;
    *length = size;
    reader->at += size;
    return true;
}
