/* SPDX-License-Identifier: MIT
 *
 * Binding of named shared memory.
 */
#include "core.h"
#include "win/section.h"

#include <lauxlib.h>
#include <string.h>

#define SECTION_TYPE "copydata.section"

static cd_section *push_closed(lua_State *L)
{
    return cd_push_object(L, SECTION_TYPE, sizeof(cd_section));
}

/* make_section(name, size) -> section | failure */
static int make_section(lua_State *L)
{
    cd_failure failure;
    const wchar_t *name = cd_push_wide(L, 1);
    lua_Integer size = luaL_checkinteger(L, 2);

    luaL_argcheck(L, size > 0 && (lua_Unsigned)size <= SIZE_MAX, 2, "not a valid size");
    if (!cd_section_make(push_closed(L), name, (size_t)size, CD_ACCESS_FROM_MEDIUM, &failure))
        return cd_push_failure(L, &failure);
    return 1;
}

/* open_section(name) -> section, read-only | failure */
static int open_section(lua_State *L)
{
    cd_failure failure;
    const wchar_t *name = cd_push_wide(L, 1);

    if (!cd_section_open(push_closed(L), name, false, &failure))
        return cd_push_failure(L, &failure);
    return 1;
}

static cd_section *check(lua_State *L)
{
    cd_section *section = luaL_checkudata(L, 1, SECTION_TYPE);

    if (section->view == NULL)
        luaL_error(L, "the section is closed");
    return section;
}

/* The `count` bytes of a section from `offset` on; raises when they are not all in it. */
static char *check_bytes(lua_State *L, const cd_section *section, lua_Integer offset, size_t count)
{
    luaL_argcheck(L, offset >= 0 && (lua_Unsigned)offset <= section->size, 2,
                  "outside the section");
    luaL_argcheck(L, count <= section->size - (size_t)offset, 3, "not all in the section");
    return section->view + offset;
}

/* section:size() -> bytes */
static int section_size(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check(L)->size);
    return 1;
}

/* section:read(offset, count) -> bytes */
static int section_read(lua_State *L)
{
    const cd_section *section = check(L);
    lua_Integer count = luaL_checkinteger(L, 3);

    luaL_argcheck(L, count >= 0 && (lua_Unsigned)count <= SIZE_MAX, 3, "not a valid count");
    const char *from = check_bytes(L, section, luaL_checkinteger(L, 2), (size_t)count);
    lua_pushlstring(L, from, (size_t)count);
    return 1;
}

/* section:write(offset, bytes) */
static int section_write(lua_State *L)
{
    size_t count;
    const cd_section *section = check(L);
    const char *bytes = luaL_checklstring(L, 3, &count);

    if (!section->writable)
        return luaL_error(L, "the section was opened for reading only");
    memcpy(check_bytes(L, section, luaL_checkinteger(L, 2), count), bytes, count);
    return 0;
}

/* section:close() */
static int section_close(lua_State *L)
{
    cd_section_close(luaL_checkudata(L, 1, SECTION_TYPE));
    return 0;
}

void cd_open_section(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"size", section_size},   {"read", section_read},  {"write", section_write},
        {"close", section_close}, {"__gc", section_close}, {NULL, NULL},
    };
    static const luaL_Reg functions[] = {
        {"make_section", make_section},
        {"open_section", open_section},
        {NULL, NULL},
    };

    cd_make_type(L, SECTION_TYPE, methods);
    luaL_setfuncs(L, functions, 0);
}
