/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <lauxlib.h>

#include <stdint.h>
#include <string.h>

/* The value of an option is on top of the stack, its name below. Each function raises unless the
 * value fits. */

static int wrong(lua_State *L, int index, const char *expected)
{
    return luaL_argerror(
        L, index, lua_pushfstring(L, "option '%s' must be %s", lua_tostring(L, -2), expected));
}

static size_t count_option(lua_State *L, int index)
{
    if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1)
        wrong(L, index, "an integer above 0");
    uint64_t count = (uint64_t)lua_tointeger(L, -1);
    return count < SIZE_MAX ? (size_t)count : SIZE_MAX;
}

static unsigned depth_option(lua_State *L, int index)
{
    size_t depth = count_option(L, index);
    if (depth > CD_DEPTH_LIMIT)
        wrong(L, index, "512 at most");
    return (unsigned)depth;
}

static bool switch_option(lua_State *L, int index)
{
    if (!lua_isboolean(L, -1))
        wrong(L, index, "true or false");
    return lua_toboolean(L, -1);
}

/* Steps through the options; the name of the next one, or NULL after the last. */
static const char *next_option(lua_State *L, int index)
{
    if (!lua_next(L, index))
        return NULL;
    if (lua_type(L, -2) != LUA_TSTRING)
        luaL_argerror(L, index, "option names must be strings");
    return lua_tostring(L, -2);
}

static void unknown(lua_State *L, int index, const char *name)
{
    luaL_argerror(L, index, lua_pushfstring(L, "there is no option '%s'", name));
}

void cd_check_encode_options(lua_State *L, int index, cd_encode_options *options)
{
    luaL_checktype(L, index, LUA_TTABLE);
    lua_pushnil(L);
    for (const char *name; (name = next_option(L, index)) != NULL; lua_pop(L, 1)) {
        if (strcmp(name, "max_depth") == 0)
            options->max_depth = depth_option(L, index);
        else if (strcmp(name, "max_size") == 0)
            options->max_size = count_option(L, index);
        else if (strcmp(name, "max_keys") == 0)
            options->max_keys = count_option(L, index);
        else if (strcmp(name, "refs") == 0)
            options->refs = switch_option(L, index);
        else if (strcmp(name, "sorted") == 0)
            options->sorted = switch_option(L, index);
        else
            unknown(L, index, name);
    }
    if (options->refs && options->sorted)
        luaL_argerror(L, index, "option 'sorted' cannot be combined with 'refs'");
}

void cd_check_decode_options(lua_State *L, int index, cd_decode_options *options, size_t *max_size,
                             lua_Integer *first)
{
    luaL_checktype(L, index, LUA_TTABLE);
    lua_pushnil(L);
    for (const char *name; (name = next_option(L, index)) != NULL; lua_pop(L, 1)) {
        if (strcmp(name, "max_depth") == 0)
            options->max_depth = depth_option(L, index);
        else if (strcmp(name, "max_size") == 0)
            *max_size = count_option(L, index);
        else if (strcmp(name, "max_keys") == 0)
            options->max_keys = count_option(L, index);
        else if (strcmp(name, "refs") == 0)
            options->refs = switch_option(L, index);
        else if (strcmp(name, "first") == 0)
            *first = (lua_Integer)count_option(L, index);
        else
            unknown(L, index, name);
    }
}
