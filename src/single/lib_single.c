/* SPDX-License-Identifier: MIT
 *
 * copydata.single, a separate C module: for programs that should run only once. Which instance is
 * the first: the one that owns a mutex named after the program. Windows releases the mutex of a
 * process that dies, so a killed first instance leaves nothing behind.
 */
#include "lua/binding.h"
#include "win/access.h"
#include "win/text.h"
#include "wire/name.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <wchar.h>

#define MUTEX_TYPE   "copydata.mutex"
#define PREFIX       L"Local\\copydata.single." /* of the mutex's name; unique per session */
#define PREFIX_UNITS (sizeof PREFIX / sizeof(wchar_t) - 1)
#define PATH_UNITS   (PREFIX_UNITS + CD_NAME_MAX + 1)

typedef struct cd_mutex {
    HANDLE handle; /* NULL: closed */
    bool owned;
} cd_mutex;

/* The name of the mutex, in capitals: the names of mutexes are case-sensitive, those of channels
 * are not. Returns false when Windows cannot convert it. */
static bool path_of(wchar_t path[PATH_UNITS], const char *name, size_t size, cd_failure *failure)
{
    wchar_t units[CD_NAME_MAX];
    wchar_t *capitals = path + PREFIX_UNITS;
    int length = (int)cd_utf16(name, size, units, CD_NAME_MAX);
    int count = LCMapStringEx(LOCALE_NAME_INVARIANT, LCMAP_UPPERCASE, units, length, capitals,
                              CD_NAME_MAX, NULL, NULL, 0);

    if (count == 0) {
        cd_fail_win32(failure, "LCMapStringEx", GetLastError());
        return false;
    }
    wmemcpy(path, PREFIX, PREFIX_UNITS);
    capitals[count] = L'\0';
    return true;
}

/* Opens or creates the mutex, without acquiring it. Programs of lower integrity than ordinary ones,
 * and than the one that creates it, cannot open it, so that none of them can pose as the first
 * instance. */
static bool open_mutex(cd_mutex *mutex, const char *name, size_t size, cd_failure *failure)
{
    wchar_t path[PATH_UNITS];
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};

    if (!path_of(path, name, size, failure))
        return false;
    attributes.lpSecurityDescriptor = cd_access_of_user(MUTEX_ALL_ACCESS, CD_ACCESS_FROM_MEDIUM);
    /* Never with the default access list, which may lock ordinary instances out. */
    if (attributes.lpSecurityDescriptor == NULL) {
        cd_fail(failure, "SYSTEM", "Windows cannot make an access list for the mutex");
        return false;
    }
    mutex->handle = CreateMutexExW(&attributes, path, 0, SYNCHRONIZE | MUTEX_MODIFY_STATE);
    DWORD error = GetLastError();
    LocalFree(attributes.lpSecurityDescriptor);
    if (mutex->handle == NULL && error == ERROR_ACCESS_DENIED)
        cd_fail(failure, "DENIED", "a program of another user or of higher integrity has the name");
    else if (mutex->handle == NULL)
        cd_fail_win32(failure, "CreateMutexEx", error);
    return mutex->handle != NULL;
}

static cd_mutex *check_mutex(lua_State *L)
{
    cd_mutex *mutex = luaL_checkudata(L, 1, MUTEX_TYPE);

    luaL_argcheck(L, mutex->handle != NULL, 1, "it is closed");
    return mutex;
}

/* mutex(name) -> mutex | failure; the name is a channel's */
static int new_mutex(lua_State *L)
{
    cd_failure failure;
    size_t size;
    const char *name = cd_check_name(L, 1, &size);
    cd_mutex *mutex = cd_push_object(L, MUTEX_TYPE, sizeof *mutex);

    return open_mutex(mutex, name, size, &failure) ? 1 : cd_push_failure(L, &failure);
}

/* mutex:take() -> whether this thread owns it now: acquires it if it is free */
static int mutex_take(lua_State *L)
{
    cd_mutex *mutex = check_mutex(L);

    if (!mutex->owned) {
        DWORD result = WaitForSingleObject(mutex->handle, 0);
        mutex->owned = result == WAIT_OBJECT_0 || result == WAIT_ABANDONED;
    }
    lua_pushboolean(L, mutex->owned);
    return 1;
}

/* mutex:close(): releases it if it is ours, in the thread that acquired it */
static int mutex_close(lua_State *L)
{
    cd_mutex *mutex = luaL_checkudata(L, 1, MUTEX_TYPE);

    if (mutex->owned)
        ReleaseMutex(mutex->handle);
    if (mutex->handle != NULL)
        CloseHandle(mutex->handle);
    *mutex = (cd_mutex){NULL, false};
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
        {"take", mutex_take},  {"close", mutex_close}, {"__close", mutex_close},
        {"__gc", mutex_close}, {NULL, NULL},
    };
    static const luaL_Reg functions[] = {
        {"mutex", new_mutex},
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
