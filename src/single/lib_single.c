/* SPDX-License-Identifier: MIT
 *
 * copydata.single, a C module of its own: what only a program needs that is to run once.
 */
#include "lua/binding.h"
#include "single.h"

#include <lauxlib.h>
#include <stdlib.h>

#define SINGLE_TYPE "copydata.single"

static cd_single *check_single(lua_State *L)
{
    cd_single *single = luaL_checkudata(L, 1, SINGLE_TYPE);

    luaL_argcheck(L, single->mutex != NULL, 1, "it is closed");
    return single;
}

/* mutex(name) -> mutex | failure */
static int open(lua_State *L)
{
    cd_failure failure;
    size_t size;
    const char *name = cd_check_name(L, 1, &size);
    cd_single *single = lua_newuserdatauv(L, sizeof *single, 0);
    single->mutex = NULL; /* closed, should the next call raise */
    luaL_setmetatable(L, SINGLE_TYPE);
    if (!cd_single_open(single, name, size, &failure))
        return cd_push_failure(L, &failure);
    return 1;
}

/* single:take() -> whether this thread now is the one */
static int take(lua_State *L)
{
    lua_pushboolean(L, cd_single_take(check_single(L)));
    return 1;
}

/* single:close() */
static int close(lua_State *L)
{
    cd_single_close(luaL_checkudata(L, 1, SINGLE_TYPE));
    return 0;
}

/* allow_foreground(pid) */
static int allow_foreground(lua_State *L)
{
    cd_foreground_allow((DWORD)luaL_checkinteger(L, 1));
    return 0;
}

/* foreground(hwnd) -> whether Windows brought it there */
static int foreground(lua_State *L)
{
    lua_pushboolean(L, cd_foreground_take(cd_check_hwnd(L, 1)));
    return 1;
}

/* current_directory() -> path | nil */
static int current_directory(lua_State *L)
{
    size_t size;
    cd_box *box = cd_box_push(L, free);

    box->held = cd_current_directory(&size);
    if (box->held != NULL)
        lua_pushlstring(L, box->held, size);
    else
        lua_pushnil(L);
    cd_box_empty(box);
    return 1;
}

LUAMOD_API int luaopen_copydata_single(lua_State *L);

LUAMOD_API int luaopen_copydata_single(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"take", take}, {"close", close}, {"__close", close}, {"__gc", close}, {NULL, NULL},
    };
    static const luaL_Reg functions[] = {
        {"mutex", open},
        {"allow_foreground", allow_foreground},
        {"foreground", foreground},
        {"current_directory", current_directory},
        {NULL, NULL},
    };

    cd_open_box(L);
    luaL_newmetatable(L, SINGLE_TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
