/* SPDX-License-Identifier: MIT
 *
 * copydata.single, a separate C module: for programs that should run only once.
 */
#include "folder.h"
#include "foreground.h"
#include "lua/binding.h"
#include "mutex.h"

#include <lauxlib.h>
#include <stdlib.h>

#define MUTEX_TYPE "copydata.mutex"

static cd_mutex *check_mutex(lua_State *L)
{
    cd_mutex *mutex = luaL_checkudata(L, 1, MUTEX_TYPE);

    luaL_argcheck(L, mutex->handle != NULL, 1, "it is closed");
    return mutex;
}

/* mutex(name) -> mutex | failure */
static int open(lua_State *L)
{
    cd_failure failure;
    size_t size;
    const char *name = cd_check_name(L, 1, &size);
    cd_mutex *mutex = lua_newuserdatauv(L, sizeof *mutex, 0);
    mutex->handle = NULL; /* stays closed if the next call raises */
    luaL_setmetatable(L, MUTEX_TYPE);
    if (!cd_mutex_open(mutex, name, size, &failure))
        return cd_push_failure(L, &failure);
    return 1;
}

/* mutex:take() -> whether this thread owns it now */
static int take(lua_State *L)
{
    lua_pushboolean(L, cd_mutex_take(check_mutex(L)));
    return 1;
}

/* mutex:close() */
static int close(lua_State *L)
{
    cd_mutex_close(luaL_checkudata(L, 1, MUTEX_TYPE));
    return 0;
}

/* allow_foreground(pid) */
static int allow_foreground(lua_State *L)
{
    cd_foreground_allow((DWORD)luaL_checkinteger(L, 1));
    return 0;
}

/* foreground(hwnd) -> whether Windows brought the window there */
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

    box->held = cd_folder_current(&size);
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

    cd_push_module(L);
    luaL_setfuncs(L, functions, 0);
    cd_make_type(L, MUTEX_TYPE, methods);
    return 1;
}
