/* SPDX-License-Identifier: MIT
 *
 * Tests src/mp/read.h alone, without Lua or Windows: every width, and every way to end early.
 */
#include "mp/pack.h"
#include "mp/read.h"
#include "mp/walk.h"

#include <stdio.h>
#include <string.h>

static int failures;

static void expect(bool holds, const char *what, int line)
{
    if (holds)
        return;
    fprintf(stderr, "line %d: %s\n", line, what);
    failures++;
}
#define EXPECT(condition) expect((condition), #condition, __LINE__)

typedef enum item { UINT, ARRAY, STR, BIN, TIMESTAMP, ANY, NIL } item;

/* One number for what was read: the value, the count, the length, or the seconds. */
static bool read_item(item which, cd_reader *reader, uint64_t *value)
{
    const char *bytes;
    size_t length;
    uint32_t count;
    cd_timestamp timestamp;
    bool read = false;
    switch (which) {
    case UINT:
        return cd_read_uint(reader, value);
    case ARRAY:
        read = cd_read_array(reader, &count);
        *value = read ? count : 0;
        return read;
    case STR:
        read = cd_read_str(reader, &bytes, &length);
        break;
    case BIN:
        read = cd_read_bin(reader, &bytes, &length);
        break;
    case ANY:
        read = cd_read_any(reader, &bytes, &length);
        break;
    case TIMESTAMP:
        read = cd_read_timestamp(reader, &timestamp);
        *value = read ? (uint64_t)timestamp.tv_sec * 1000 + timestamp.tv_nsec : 0;
        return read;
    case NIL:
        *value = 0;
        return cd_read_nil(reader);
    }
    *value = read ? length : 0;
    return read;
}

/* Reads when complete, but not when any byte is missing, nor by any other kind of read. */
static void reads(item which, const char *bytes, size_t size, uint64_t expected, int line)
{
    uint64_t value = 0;
    char exact[64]; /* so that sanitizers see a byte too many */
    for (size_t length = 0; length <= size; length++) {
        char *end_of_exact = exact + sizeof exact - length;
        memcpy(end_of_exact, bytes, length);
        cd_reader reader = cd_reader_of(end_of_exact, length);
        bool read = read_item(which, &reader, &value);
        expect(read == (length == size), "whole or not at all", line);
        expect(reader.at == (read ? reader.end : end_of_exact), "moves past it or not", line);
    }
    expect(value == expected, "the value", line);
    for (item other = UINT; other <= NIL; other++) {
        cd_reader reader = cd_reader_of(bytes, size);
        if (other != which && other != ANY && which != ANY)
            expect(!read_item(other, &reader, &value) && reader.at == bytes, "no other kind", line);
    }
}
#define READS(which, bytes, expected) reads(which, bytes, sizeof bytes - 1, expected, __LINE__)

static bool refuses(item which, const char *bytes, size_t size)
{
    uint64_t value;
    cd_reader reader = cd_reader_of(bytes, size);
    return !read_item(which, &reader, &value) && reader.at == bytes;
}
#define REFUSES(which, bytes) EXPECT(refuses(which, bytes, sizeof bytes - 1))

/* A map 16 of that many integer keys. */
static bool walks_keys(size_t count)
{
    static char bytes[3 + 4 * (CD_KEYS + 1)];
    cd_packer packer = {bytes};
    cd_pack_map(&packer, count);
    for (size_t i = 0; i < count; i++) {
        cd_pack_int64(&packer, -1000 - (int64_t)i);
        cd_pack_nil(&packer);
    }
    size_t size = (size_t)(packer.at - bytes), length;
    return cd_walk(bytes, size, &length) && length == size;
}

static bool walks_depth(size_t depth)
{
    char bytes[CD_DEPTH + 2];
    size_t length;
    memset(bytes, '\x91', depth);
    bytes[depth] = 1;
    return cd_walk(bytes, depth + 1, &length);
}

int main(void)
{
    READS(UINT, "\x00", 0);
    READS(UINT, "\x7f", 127);
    READS(UINT, "\xcc\xff", 255);
    READS(UINT, "\xcd\xff\xfe", 0xfffe);
    READS(UINT, "\xce\xff\xff\xff\xfd", 0xfffffffdu);
    READS(UINT, "\xcf\xff\xff\xff\xff\xff\xff\xff\xfc", UINT64_MAX - 3);
    READS(UINT, "\xd0\x05", 5);
    READS(UINT, "\xd1\x7f\xff", 0x7fff);
    READS(UINT, "\xd2\x00\x00\x00\x09", 9);
    READS(UINT, "\xd3\x7f\xff\xff\xff\xff\xff\xff\xff", INT64_MAX);
    REFUSES(UINT, "\xff");
    REFUSES(UINT, "\xd0\x80");
    REFUSES(UINT, "\xd3\xff\xff\xff\xff\xff\xff\xff\xff");
    REFUSES(UINT, "\xcb\x00\x00\x00\x00\x00\x00\x00\x00");

    READS(ARRAY, "\x90", 0);
    READS(ARRAY, "\x9f", 15);
    READS(ARRAY, "\xdc\x01\x00", 256);
    READS(ARRAY, "\xdd\xff\xff\xff\xff", 0xffffffffu);
    REFUSES(ARRAY, "\x80");

    READS(STR, "\xa0", 0);
    READS(STR,
          "\xa3"
          "abc",
          3);
    READS(STR,
          "\xd9\x03"
          "abc",
          3);
    READS(STR,
          "\xda\x00\x03"
          "abc",
          3);
    READS(STR,
          "\xdb\x00\x00\x00\x03"
          "abc",
          3);
    REFUSES(STR, "\xdb\xff\xff\xff\xff"
                 "abc");
    READS(BIN, "\xc4\x00", 0);
    READS(BIN,
          "\xc4\x02"
          "ab",
          2);
    READS(BIN,
          "\xc5\x00\x02"
          "ab",
          2);
    READS(BIN,
          "\xc6\x00\x00\x00\x02"
          "ab",
          2);

    READS(TIMESTAMP, "\xd6\xff\x00\x00\x00\x07", 7000);
    READS(TIMESTAMP, "\xd7\xff\x00\x00\x00\x14\x00\x00\x00\x01", 1005);
    READS(TIMESTAMP, "\xc7\x0c\xff\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x01", 1005);
    READS(TIMESTAMP, "\xc8\x00\x04\xff\x00\x00\x00\x07", 7000);
    READS(TIMESTAMP, "\xc9\x00\x00\x00\x04\xff\x00\x00\x00\x07", 7000);
    REFUSES(TIMESTAMP, "\xd6\x01\x00\x00\x00\x07");
    REFUSES(TIMESTAMP, "\xd7\xff\xff\xff\xff\xff\x00\x00\x00\x00");
    REFUSES(TIMESTAMP, "\xd4\xff\x00");
    REFUSES(TIMESTAMP, "\xc9\xff\xff\xff\xff\xff\x00\x00\x00\x07");

    READS(NIL, "\xc0", 0);
    READS(ANY,
          "\x92\x01\x81\xa1"
          "a\xc0",
          6);
    REFUSES(ANY, "\x81\xc0\x01");
    REFUSES(ANY, "\xc1");

    EXPECT(walks_keys(CD_KEYS));
    EXPECT(!walks_keys(CD_KEYS + 1));
    EXPECT(walks_depth(CD_DEPTH));
    EXPECT(!walks_depth(CD_DEPTH + 1));

    if (failures == 0)
        puts("fine");
    return failures != 0;
}
