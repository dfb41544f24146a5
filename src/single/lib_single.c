/* SPDX-License-Identifier: MIT
 *
 * copydata.single, a separate C module: for programs that should run only once.
 */
#include "lua/binding.h"
#include "mutex.h"

#include <lauxlib.h>

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
    cd_mutex *mutex = cd_push_object(L, MUTEX_TYPE, sizeof *mutex);

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

/* allow_foreground(pid): lets a process bring its window to the foreground, if it is ours to pass
 * on */
static int allow_foreground(lua_State *L)
{
    AllowSetForegroundWindow((DWORD)luaL_checkinteger(L, 1));
    return 0;
}

/* foreground(hwnd) -> whether Windows brought our window there, from the taskbar too */
static int foreground(lua_State *L)
{
    HWND hwnd = cd_check_hwnd(L, 1);

    if (IsIconic(hwnd))
        ShowWindowAsync(hwnd, SW_RESTORE); /* its thread may hang */
    lua_pushboolean(L, SetForegroundWindow(hwnd));
    return 1;
}

/* current_directory() -> path | nil: what relative names among the arguments refer to */
static int current_directory(lua_State *L)
{
    DWORD room = GetCurrentDirectoryW(0, NULL); /* with the terminator */
    wchar_t *units = lua_newuserdatauv(L, room * sizeof *units, 0);
    DWORD count = GetCurrentDirectoryW(room, units);

    if (count < room)
        cd_push_text(L, units, count);
    else
        lua_pushnil(L); /* there is none, or another thread has just changed it */
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
