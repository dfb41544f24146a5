/* SPDX-License-Identifier: MIT
 *
 * Binding of the encodings in other programs' messages: UTF-16 and code pages.
 */
#include "core.h"
#include "win/text.h"

#include <lauxlib.h>
#include <limits.h>
#include <string.h>

/* utf16(text, terminated) -> bytes */
static int utf16(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    bool terminated = lua_toboolean(L, 2);
    luaL_Buffer buffer;
    wchar_t *units = (wchar_t *)(void *)luaL_buffinitsize(L, &buffer, (size + 1) * sizeof *units);
    size_t count = cd_utf16(text, size, units, size);

    if (size > 0 && count == 0)
        return luaL_argerror(L, 1, "not valid UTF-8");
    if (terminated)
        units[count++] = L'\0';
    luaL_pushresultsize(&buffer, count * sizeof *units);
    return 1;
}

/* Bytes of a message need not be aligned like units. */
static wchar_t unit_at(const char *bytes, size_t index)
{
    wchar_t unit;

    memcpy(&unit, bytes + index * sizeof unit, sizeof unit);
    return unit;
}

/* The number of units before the first terminator; `most` when there is none. */
static size_t up_to_terminator(const char *bytes, size_t most)
{
    size_t count = 0;

    while (count < most && unit_at(bytes, count) != L'\0')
        count++;
    return count;
}

/* from_utf16(bytes, position, terminated) -> text, position after it | failure */
static int from_utf16(lua_State *L)
{
    size_t size;
    const char *bytes = luaL_checklstring(L, 1, &size);
    lua_Integer position = luaL_checkinteger(L, 2);
    bool terminated = lua_toboolean(L, 3);
    cd_failure failure;

    luaL_argcheck(L, position >= 1 && (size_t)position <= size + 1, 2, "outside the bytes");
    size -= (size_t)position - 1;
    bytes += position - 1;

    size_t most = size / sizeof(wchar_t);
    size_t count = terminated ? up_to_terminator(bytes, most) : most;
    if (count == most && size % sizeof(wchar_t) != 0) {
        cd_fail(&failure, "MALFORMED", "%llu bytes are not a whole number of UTF-16 units",
                (unsigned long long)size);
        return cd_push_failure(L, &failure);
    }
    wchar_t *units = lua_newuserdatauv(L, count * sizeof *units, 0);
    memcpy(units, bytes, count * sizeof *units);
    size_t wrong = cd_utf16_lone(units, count);
    if (wrong < count) {
        cd_fail(&failure, "MALFORMED", "a lone surrogate, 0x%04X, at byte %llu", units[wrong],
                (unsigned long long)((size_t)position + wrong * sizeof *units));
        return cd_push_failure(L, &failure);
    }

    luaL_Buffer buffer;
    char *text = luaL_buffinitsize(L, &buffer, 3 * count);
    size_t made = cd_utf8(units, count, text, 3 * count);
    if (count > 0 && made == 0)
        return luaL_argerror(L, 1, "too long");
    luaL_pushresultsize(&buffer, made);
    size_t taken = count < most && terminated ? count + 1 : count;
    lua_pushinteger(L, position + (lua_Integer)(taken * sizeof *units));
    return 2;
}

/* The units of the UTF-8 at an argument; pushes their owner. [-0, +1, v] */
static const wchar_t *push_units(lua_State *L, int argument, size_t *count)
{
    size_t size;
    const char *text = luaL_checklstring(L, argument, &size);
    luaL_argcheck(L, size <= INT_MAX, argument, "too long");
    wchar_t *units = lua_newuserdatauv(L, size * sizeof *units, 0);

    *count = cd_utf16(text, size, units, size);
    luaL_argcheck(L, size == 0 || *count > 0, argument, "not valid UTF-8");
    return units;
}

/* Decodes bytes from a code page; pushes the owner of the units. `count` 0: they are not valid, or
 * none. [-0, +1, m] */
static const wchar_t *push_decoded(lua_State *L, unsigned codepage, const char *bytes, size_t size,
                                   size_t *count)
{
    size_t room = cd_codepage_decode(codepage, bytes, size, NULL, 0);
    wchar_t *units = lua_newuserdatauv(L, room * sizeof *units, 0);

    *count = cd_codepage_decode(codepage, bytes, size, units, room);
    return units;
}

/* Reads the code page at an argument. Returns whether the system knows it; if not, fills in
 * `failure`. */
static bool check_codepage(lua_State *L, int argument, unsigned *codepage, cd_failure *failure)
{
    lua_Integer number = luaL_checkinteger(L, argument);

    *codepage = (unsigned)number;
    if (number >= 0 && number <= UINT16_MAX && cd_codepage_known(*codepage))
        return true;
    cd_fail(failure, "UNSUPPORTED", "this system does not know code page %lld", (long long)number);
    return false;
}

/* The character that starts at a unit. */
static unsigned long character_at(const wchar_t *units, size_t at, size_t count)
{
    if (at + 1 < count && IS_SURROGATE_PAIR(units[at], units[at + 1]))
        return 0x10000ul + ((units[at] & 0x3FFul) << 10) + (units[at + 1] & 0x3FFul);
    return units[at];
}

/* encode(text, codepage) -> bytes | failure */
static int encode(lua_State *L)
{
    cd_failure failure;
    unsigned codepage;
    size_t count, back_count, same = 0;

    if (!check_codepage(L, 2, &codepage, &failure))
        return cd_push_failure(L, &failure);
    const wchar_t *units = push_units(L, 1, &count);
    size_t room = cd_codepage_encode(codepage, units, count, NULL, 0);
    char *bytes = lua_newuserdatauv(L, room, 0);
    size_t size = cd_codepage_encode(codepage, units, count, bytes, room);

    /* Characters that the code page lacks have been replaced. */
    const wchar_t *back = push_decoded(L, codepage, bytes, size, &back_count);
    while (same < count && same < back_count && units[same] == back[same])
        same++;
    if (same == count && same == back_count) {
        lua_pushlstring(L, bytes, size);
        return 1;
    }
    same -= same == count || (same > 0 && IS_LOW_SURROGATE(units[same]));
    cd_fail(&failure, "UNENCODABLE", "U+%04lX is not in code page %u",
            character_at(units, same, count), codepage);
    return cd_push_failure(L, &failure);
}

/* decode(bytes, codepage) -> text | failure */
static int decode(lua_State *L)
{
    cd_failure failure;
    unsigned codepage;
    size_t size, count;
    const char *bytes = luaL_checklstring(L, 1, &size);

    luaL_argcheck(L, size <= INT_MAX, 1, "too long");
    if (!check_codepage(L, 2, &codepage, &failure))
        return cd_push_failure(L, &failure);
    const wchar_t *units = push_decoded(L, codepage, bytes, size, &count);
    if (size > 0 && count == 0) {
        cd_fail(&failure, "MALFORMED", "the bytes are not valid in code page %u", codepage);
        return cd_push_failure(L, &failure);
    }
    cd_push_text(L, units, count);
    return 1;
}

/* same_text(a, b) -> whether two texts are equal without case, as Windows compares names */
static int same_text(lua_State *L)
{
    const wchar_t *a = cd_push_wide(L, 1);
    const wchar_t *b = cd_push_wide(L, 2);

    lua_pushboolean(L, CompareStringOrdinal(a, -1, b, -1, TRUE) == CSTR_EQUAL);
    return 1;
}

void cd_open_text(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"encode", encode}, {"decode", decode},         {"same_text", same_text},
        {"utf16", utf16},   {"from_utf16", from_utf16}, {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
}
