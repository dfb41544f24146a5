/* SPDX-License-Identifier: MIT
 *
 * Binding of the screen.
 */
#include "lua/binding.h"
#include "module.h"
#include "screen.h"
#include "win/text.h"

#include <lauxlib.h>
#include <wchar.h>

#define SCREEN_TYPE "copydata.screen"

/* screen() -> a separate screen | failure */
static int open_screen(lua_State *L)
{
    cd_failure failure;
    cd_screen *screen = cd_push_object(L, SCREEN_TYPE, sizeof *screen);

    if (!cd_screen_open(screen, &failure))
        return cd_push_failure(L, &failure);
    return 1;
}

static cd_screen *check_screen(lua_State *L)
{
    cd_screen *screen = luaL_checkudata(L, 1, SCREEN_TYPE);

    luaL_argcheck(L, screen->output != NULL, 1, "the screen is closed");
    return screen;
}

/* screen:size() -> columns, rows */
static int screen_size(lua_State *L)
{
    int columns, rows;

    cd_screen_size(check_screen(L), &columns, &rows);
    lua_pushinteger(L, columns);
    lua_pushinteger(L, rows);
    return 2;
}

/* screen:put(row, text): rows count from 0; keeps the colours */
static int screen_put(lua_State *L)
{
    const cd_screen *screen = check_screen(L);
    int row = (int)luaL_checkinteger(L, 2);
    const wchar_t *units = cd_push_wide(L, 3);

    cd_screen_put(screen, row, units, wcslen(units));
    return 0;
}

/* screen:colour(row, attributes): the console's bits of blue, green, red, bright, and background */
static int screen_colour(lua_State *L)
{
    cd_screen_colour(check_screen(L), (int)luaL_checkinteger(L, 2), (WORD)luaL_checkinteger(L, 3));
    return 0;
}

/* screen:clear(): fills it with blanks, white on black */
static int screen_clear(lua_State *L)
{
    cd_screen_clear(check_screen(L));
    return 0;
}

/* screen:key() -> the character of the next key pressed; nil when there is none */
static int screen_key(lua_State *L)
{
    wchar_t key;
    char text[3];

    if (!cd_screen_key(check_screen(L), &key))
        return 0;
    lua_pushlstring(L, text, cd_utf8(&key, 1, text, sizeof text));
    return 1;
}

/* screen:close(): shows the previous screen again */
static int screen_close(lua_State *L)
{
    cd_screen_close(luaL_checkudata(L, 1, SCREEN_TYPE));
    return 0;
}

void cd_open_screen(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"size", screen_size},   {"put", screen_put},      {"colour", screen_colour},
        {"clear", screen_clear}, {"key", screen_key},      {"close", screen_close},
        {"__close", screen_close}, {"__gc", screen_close}, {NULL, NULL},
    };

    lua_pushcfunction(L, open_screen);
    lua_setfield(L, -2, "screen");
    cd_make_type(L, SCREEN_TYPE, methods);
}
