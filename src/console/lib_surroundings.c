/* SPDX-License-Identifier: MIT
 *
 * Where this process runs, which determines who can exchange window messages with it: for the
 * command-line program's doctor.
 */
#include "lua/binding.h"
#include "module.h"

#include <lauxlib.h>
#include <wchar.h>

typedef const char *(CDECL *wine_version)(void);
typedef LONG(WINAPI *version_getter)(OSVERSIONINFOW *version);

/* Sets a field to the name of a window station or desktop; empty when Windows does not report it. */
static void set_name(lua_State *L, const char *field, HANDLE object)
{
    wchar_t name[128];

    if (!GetUserObjectInformationW(object, UOI_NAME, name, sizeof name, NULL))
        name[0] = L'\0';
    cd_push_text(L, name, wcslen(name));
    lua_setfield(L, -2, field);
}

/* Sets the versions of Windows, or as Wine reports it, and of Wine. */
static void set_versions(lua_State *L)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version};
    /* GetVersionEx reports an older Windows to programs without a manifest. */
    version_getter get = (version_getter)(void (*)(void))GetProcAddress(ntdll, "RtlGetVersion");
    wine_version wine = (wine_version)(void (*)(void))GetProcAddress(ntdll, "wine_get_version");

    if (get != NULL)
        get(&version);
    lua_pushfstring(L, "%d.%d.%d", (int)version.dwMajorVersion, (int)version.dwMinorVersion,
                    (int)version.dwBuildNumber);
    lua_setfield(L, -2, "windows");
    lua_pushstring(L, wine != NULL ? wine() : NULL); /* NULL becomes nil */
    lua_setfield(L, -2, "wine");
}

/*
 * surroundings() -> { session =, station =, desktop =, visible =, windows =, wine = }: the number
 * of the Terminal Services session (services run in 0), the names of the window station and of the
 * thread's desktop, whether the station has a screen, and versions; no `wine` on Windows
 */
static int surroundings(lua_State *L)
{
    HWINSTA station = GetProcessWindowStation();
    USEROBJECTFLAGS flags = {0};
    DWORD session = 0;

    lua_createtable(L, 0, 6);
    ProcessIdToSessionId(GetCurrentProcessId(), &session);
    lua_pushinteger(L, session);
    lua_setfield(L, -2, "session");
    set_name(L, "station", station);
    set_name(L, "desktop", GetThreadDesktop(GetCurrentThreadId()));
    GetUserObjectInformationW(station, UOI_FLAGS, &flags, sizeof flags, NULL);
    lua_pushboolean(L, (flags.dwFlags & WSF_VISIBLE) != 0);
    lua_setfield(L, -2, "visible");
    set_versions(L);
    return 1;
}

void cd_open_surroundings(lua_State *L)
{
    lua_pushcfunction(L, surroundings);
    lua_setfield(L, -2, "surroundings");
}
