/* SPDX-License-Identifier: MIT
 *
 * Tests the UTF-8 checks, each against the definition: every character; four bytes of every kind in
 * a row, anywhere in a text; and texts with no readable byte before or after them.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "mp/utf8.h"
#include "utf8_plain.h"

#include <stdio.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#else
#include <sys/mman.h>
#endif

enum { PAGE = 65536, TEXT = 200 };

/* A page between two unreadable ones. */
static char *lone_page(void)
{
#ifdef _WIN32
    char *pages = VirtualAlloc(NULL, 3 * PAGE, MEM_RESERVE, PAGE_NOACCESS);
    return pages == NULL ? NULL : VirtualAlloc(pages + PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE);
#else
    char *pages = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED || mprotect(pages + PAGE, PAGE, PROT_READ | PROT_WRITE) != 0
               ? NULL
               : pages + PAGE;
#endif
}

static cd_utf8_check *fastest;
static long wrong;

static void compare(const char *bytes, size_t length)
{
    bool valid = utf8_plain(bytes, length);
    bool by_table = cd_utf8_by_table(bytes, length), by_fastest = fastest(bytes, length);
    if ((by_table == valid && by_fastest == valid) || wrong++ >= 10)
        return;
    fprintf(stderr, "valid: %d, by table: %d, by the fastest: %d:", valid, by_table, by_fastest);
    for (size_t i = 0; i < length; i++)
        fprintf(stderr, " %02x", (unsigned char)bytes[i]);
    fputc('\n', stderr);
}

/* Writes a number as if it were a character, in `width` bytes, which may be too many. */
static size_t put(char *at, uint32_t code, unsigned size)
{
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (unsigned i = size; i-- > 1; code >>= 6)
        at[i] = (char)(0x80 | (code & 0x3f));
    at[0] = (char)(first[size] | code);
    return size;
}

/* Every number that up to four bytes can encode, in all widths. */
static void characters(char *page)
{
    static const uint32_t end[] = {0, 0x80, 0x800, 0x10000, 0x200000};
    char *text = page + PAGE - 40;
    memset(text, 'a', 40);
    for (unsigned size = 1; size <= 4; size++)
        for (uint32_t code = 0; code < end[size]; code++) {
            char *at = text + 10 + code % 26;
            put(at, code, size);
            compare(text, 40);
            memset(at, 'a', size);
        }
}

/* Four bytes, each from around a change in a table, at both ends of a text and where it is split
 * into vectors. */
static void neighbours(char *page)
{
    static const unsigned char kinds[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0,
                                          0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef,
                                          0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff};
    static const size_t places[] = {0, 13, 14, 15, 16, 30, 36};
    const size_t count = sizeof kinds;
    char *text = page + PAGE - 40;
    memset(text, 'a', 40);
    for (size_t i = 0; i < count * count * count * count; i++) {
        unsigned char four[] = {kinds[i % count], kinds[i / count % count],
                                kinds[i / count / count % count], kinds[i / count / count / count]};
        for (size_t j = 0; j < sizeof places / sizeof *places; j++) {
            memcpy(text + places[j], four, 4);
            compare(text, 40);
            memset(text + places[j], 'a', 4);
        }
    }
}

/* A text with characters of all widths, and every piece of it: right after an unreadable page and
 * right before one. Some are corrupted. */
static void pieces(char *page, uint32_t seed)
{
    static const uint32_t least[] = {0, 0x20, 0x80, 0x800, 0x10000};
    uint32_t kind = seed % 4;
    char text[TEXT + 4];
    for (size_t size = 0; size < TEXT;) {
        seed = seed * 1664525 + 1013904223;
        unsigned width = 1 + (seed >> 8) % 4;
        if (seed >> 28 < 4) /* ASCII, enough to be skipped */
            for (int i = 0; i < 70 && size < TEXT; i++)
                text[size++] = 'a';
        else
            size += put(text + size, least[width] + (seed >> 12) % 60, width);
    }
    char *at = text + seed % 100;
    if (kind == 0) {
        *at = (char)(seed >> 16);
    } else if (kind == 1) { /* ASCII inside a character */
        while ((*at & 0xc0) != 0x80)
            at++;
        size_t run = 64, rest = (size_t)(text + TEXT - at);
        memmove(at + run, at, rest > run ? rest - run : 0);
        memset(at, 'a', rest > run ? run : rest);
    }
    for (size_t from = 0; from <= TEXT; from++)
        for (size_t size = 0; from + size <= TEXT; size++) {
            memcpy(page, text + from, size);
            compare(page, size);
            memcpy(page + PAGE - size, text + from, size);
            compare(page + PAGE - size, size);
        }
}

int main(void)
{
    char *page = lone_page();
    if (page == NULL) {
        fputs("no memory\n", stderr);
        return 2;
    }
    fastest = cd_utf8_fastest();
    characters(page);
    neighbours(page);
    for (uint32_t seed = 0; seed < 16; seed++)
        pieces(page, seed);
    if (wrong == 0)
        puts(fastest != cd_utf8_by_table ? "fine" : "fine, but with no faster check to compare");
    return wrong != 0;
}
