/* SPDX-License-Identifier: MIT
 *
 * Binding of UTF-16, which other programs' messages are written in.
 */
#include "core.h"
#include "win/text.h"

#include <lauxlib.h>
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

/* Bytes of a message need not be aligned as units are. */
static wchar_t unit_at(const char *bytes, size_t index)
{
    wchar_t unit;

    memcpy(&unit, bytes + index * sizeof unit, sizeof unit);
    return unit;
}

/* The units before the first terminator; `most` when there is none. */
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

    luaL_argcheck(L, position >= 1 && (size_t)position <= size + 1, 2, "outside of the bytes");
    size -= (size_t)position - 1;
    bytes += position - 1;

    size_t most = size / sizeof(wchar_t);
    size_t count = terminated ? up_to_terminator(bytes, most) : most;
    if (count == most && size % sizeof(wchar_t) != 0) {
        cd_fail(&failure, "MALFORMED", "%llu bytes are no whole number of UTF-16 units",
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

/* same_text(a, b) -> whether two texts are the same but for case, as Windows compares names */
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
        {"same_text", same_text},
        {"utf16", utf16},
        {"from_utf16", from_utf16},
        {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
}
