/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <lauxlib.h>

#include <stdint.h>
#include <string.h>

typedef struct option {
    const char *name;
    enum { COUNT, DEPTH, SWITCH } type;
    void *value; /* COUNT: size_t; DEPTH: unsigned; SWITCH: bool */
} option;

static void wrong(lua_State *L, int index, const option *read, const char *expected)
{
    luaL_argerror(L, index, lua_pushfstring(L, "option '%s' must be %s", read->name, expected));
}

/* Stores the value on top of the stack. */
static void store(lua_State *L, int index, const option *read)
{
    if (read->type == SWITCH) {
        if (!lua_isboolean(L, -1))
            wrong(L, index, read, "true or false");
        *(bool *)read->value = lua_toboolean(L, -1);
        return;
    }
    if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1)
        wrong(L, index, read, "an integer above 0");
    uint64_t count = (uint64_t)lua_tointeger(L, -1);
    if (read->type == COUNT) {
        *(size_t *)read->value = count < SIZE_MAX ? (size_t)count : SIZE_MAX;
        return;
    }
    if (count > CD_DEPTH_LIMIT)
        wrong(L, index, read, "512 at most");
    *(unsigned *)read->value = (unsigned)count;
}

static void read_options(lua_State *L, int index, const option *known, size_t count)
{
    luaL_checktype(L, index, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_argerror(L, index, "option names must be strings");
        const char *name = lua_tostring(L, -2);
        size_t i = 0;
        while (i < count && strcmp(name, known[i].name) != 0)
            i++;
        if (i == count)
            luaL_argerror(L, index, lua_pushfstring(L, "there is no option '%s'", name));
        store(L, index, &known[i]);
    }
}

void cd_check_encode_options(lua_State *L, int index, cd_encode_options *options)
{
    const option known[] = {
        {"max_depth", DEPTH, &options->max_depth}, {"max_size", COUNT, &options->max_size},
        {"max_keys", COUNT, &options->max_keys},   {"refs", SWITCH, &options->refs},
        {"sorted", SWITCH, &options->sorted},
    };
    read_options(L, index, known, sizeof known / sizeof *known);
    if (options->refs && options->sorted)
        luaL_argerror(L, index, "option 'sorted' cannot be combined with 'refs'");
}

void cd_check_decode_options(lua_State *L, int index, cd_decode_options *options, size_t *max_size,
                             size_t *first)
{
    const option known[] = {
        {"max_depth", DEPTH, &options->max_depth},
        {"max_size", COUNT, max_size},
        {"max_keys", COUNT, &options->max_keys},
        {"refs", SWITCH, &options->refs},
        {"first", COUNT, first},
    };
    read_options(L, index, known, sizeof known / sizeof *known);
}
