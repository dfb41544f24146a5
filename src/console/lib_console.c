/* SPDX-License-Identifier: MIT
 *
 * Binding of the console, for the command-line program.
 */
#include "lua/binding.h"
#include "module.h"
#include "console.h"
#include "win/text.h"

#include <lauxlib.h>
#include <string.h>

#define SCREEN_TYPE "copydata.screen"

static DWORD check_stream(lua_State *L)
{
    static const char *const names[] = {"input", "output", "error", NULL};
    static const DWORD streams[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};

    return streams[luaL_checkoption(L, 1, NULL, names)];
}

/* is("input" | "output" | "error") -> whether that stream is a console */
static int is_console(lua_State *L)
{
    lua_pushboolean(L, cd_console_is(check_stream(L)));
    return 1;
}

/* columns(stream) -> how many; 0 when it is no console */
static int console_columns(lua_State *L)
{
    lua_pushinteger(L, cd_console_columns(check_stream(L)));
    return 1;
}

/* write(stream, text) -> whether it worked */
static int console_write(lua_State *L)
{
    const wchar_t *units = cd_push_wide(L, 2);

    lua_pushboolean(L, cd_console_write(check_stream(L), units, wcslen(units)));
    return 1;
}

typedef LPWSTR *(WINAPI *splitter)(LPCWSTR command_line, int *count);

static void release_arguments(void *held)
{
    LocalFree(held);
}

/*
 * arguments() -> {word, ...}: the words of the command line in UTF-8, the program's name first. What
 * C gives lua.exe has lost all that the system's code page lacks.
 */
static int arguments(lua_State *L)
{
    cd_box *box = cd_box_push(L, release_arguments);
    int count = 0;
    /* Loaded when needed: programs that only exchange messages do without it. */
    HMODULE shell = LoadLibraryExW(L"shell32.dll", NULL, 0);
    splitter split = shell == NULL ? NULL
                                   : (splitter)(void (*)(void))GetProcAddress(
                                         shell, "CommandLineToArgvW");
    wchar_t **words = split == NULL ? NULL : split(GetCommandLineW(), &count);

    box->held = words;
    lua_createtable(L, count, 0);
    for (int i = 0; words != NULL && i < count; i++) {
        luaL_Buffer buffer;
        size_t units = wcslen(words[i]);
        char *text = luaL_buffinitsize(L, &buffer, 3 * units + 1);
        luaL_pushresultsize(&buffer, cd_utf8(words[i], units, text, 3 * units));
        lua_rawseti(L, -2, i + 1);
    }
    cd_box_empty(box);
    if (shell != NULL)
        FreeLibrary(shell);
    return 1;
}

/* screen() -> a screen of our own | failure */
static int open_screen(lua_State *L)
{
    cd_failure failure;
    cd_screen *screen = lua_newuserdatauv(L, sizeof *screen, 0);

    memset(screen, 0, sizeof *screen);
    luaL_setmetatable(L, SCREEN_TYPE);
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

/* screen:put(row, text): from row 0; the colours stay as they are */
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

/* screen:clear(): blanks, in white on black */
static int screen_clear(lua_State *L)
{
    cd_screen_clear(check_screen(L));
    return 0;
}

/* screen:key() -> the character of the next key that was pressed; nil when there is none */
static int screen_key(lua_State *L)
{
    wchar_t key;
    char text[3];

    if (!cd_screen_key(check_screen(L), &key))
        return 0;
    lua_pushlstring(L, text, cd_utf8(&key, 1, text, sizeof text));
    return 1;
}

/* screen:close(): what was there before is shown again */
static int screen_close(lua_State *L)
{
    cd_screen_close(luaL_checkudata(L, 1, SCREEN_TYPE));
    return 0;
}

void cd_open_console(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"is", is_console},
        {"columns", console_columns},
        {"write", console_write},
        {"arguments", arguments},
        {"screen", open_screen},
        {NULL, NULL},
    };
    static const luaL_Reg methods[] = {
        {"size", screen_size},   {"put", screen_put},      {"colour", screen_colour},
        {"clear", screen_clear}, {"key", screen_key},      {"close", screen_close},
        {"__close", screen_close}, {"__gc", screen_close}, {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
    luaL_newmetatable(L, SCREEN_TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
