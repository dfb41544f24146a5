/* SPDX-License-Identifier: MIT
 *
 * For specs only: the module's own membership counter, by any name, and foreign sections with that
 * name. require "support.membership"
 */
#include "win/membership.h"

#include <lauxlib.h>
#include <lua.h>

#include <sddl.h>
#include <string.h>

#define COUNTER_TYPE  "support.membership.counter"
#define STRANGER_TYPE "support.membership.stranger"

static void check_name(lua_State *L, int argument, wchar_t name[128])
{
    if (MultiByteToWideChar(CP_UTF8, 0, luaL_checkstring(L, argument), -1, name, 128) == 0)
        luaL_argerror(L, argument, "does not fit");
}

/* open(name) -> counter, as an endpoint opens it */
static int open(lua_State *L)
{
    wchar_t name[128];
    check_name(L, 1, name);
    cd_membership *counter = lua_newuserdatauv(L, sizeof *counter, 0);

    cd_membership_open(counter, name);
    luaL_setmetatable(L, COUNTER_TYPE);
    return 1;
}

/* counter:value() -> its value; nil when there is none */
static int counter_value(lua_State *L)
{
    LONG64 value;

    if (!cd_membership_value(luaL_checkudata(L, 1, COUNTER_TYPE), &value))
        return 0;
    lua_pushinteger(L, value);
    return 1;
}

/* counter:changed(): as an endpoint does when it joins or leaves */
static int counter_changed(lua_State *L)
{
    cd_membership_changed(luaL_checkudata(L, 1, COUNTER_TYPE));
    return 0;
}

static int counter_close(lua_State *L)
{
    cd_membership_close(luaL_checkudata(L, 1, COUNTER_TYPE));
    return 0;
}

/* What a stranger may have created under the name. */
static HANDLE make(const char *kind, const wchar_t *name, SECURITY_ATTRIBUTES *denied)
{
    if (strcmp(kind, "tiny") == 0)
        return CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 1, name);
    if (strcmp(kind, "large") == 0)
        return CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 1 << 20, name);
    if (strcmp(kind, "read-only") == 0)
        return CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READONLY, 0, 8, name);
    if (strcmp(kind, "reserved") == 0)
        return CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE, 0, 8,
                                  name);
    if (strcmp(kind, "denied") == 0)
        return CreateFileMappingW(INVALID_HANDLE_VALUE, denied, PAGE_READWRITE, 0, 8, name);
    if (strcmp(kind, "event") == 0)
        return CreateEventW(NULL, TRUE, FALSE, name);
    if (strcmp(kind, "file") == 0) {
        wchar_t folder[MAX_PATH];
        wchar_t path[MAX_PATH];
        GetTempPathW(MAX_PATH, folder);
        GetTempFileNameW(folder, L"cd", 0, path);
        HANDLE file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                                  FILE_FLAG_DELETE_ON_CLOSE, NULL);
        HANDLE section = CreateFileMappingW(file, NULL, PAGE_READWRITE, 0, 8, name);
        CloseHandle(file);
        return section;
    }
    return NULL;
}

/* stranger(kind, name) -> an object a stranger made before us, held until closed */
static int stranger(lua_State *L)
{
    wchar_t name[128];
    const char *kind = luaL_checkstring(L, 1);
    SECURITY_ATTRIBUTES denied = {.nLength = sizeof denied};
    check_name(L, 2, name);
    HANDLE *held = lua_newuserdatauv(L, sizeof *held, 0);

    *held = NULL;
    luaL_setmetatable(L, STRANGER_TYPE);
    ConvertStringSecurityDescriptorToSecurityDescriptorW(L"D:P(D;;GA;;;WD)", SDDL_REVISION_1,
                                                         &denied.lpSecurityDescriptor, NULL);
    SetLastError(ERROR_SUCCESS);
    *held = make(kind, name, &denied);
    DWORD error = GetLastError();
    LocalFree(denied.lpSecurityDescriptor);
    if (*held == NULL || error == ERROR_ALREADY_EXISTS)
        return luaL_error(L, "cannot make a section that is %s: error %d", kind, (int)error);
    return 1;
}

/* stranger:write(integer): at the start of the section */
static int stranger_write(lua_State *L)
{
    HANDLE *held = luaL_checkudata(L, 1, STRANGER_TYPE);
    LONG64 *view = MapViewOfFile(*held, FILE_MAP_WRITE, 0, 0, sizeof *view);

    if (view == NULL)
        return luaL_error(L, "MapViewOfFile failed: error %d", (int)GetLastError());
    *(volatile LONG64 *)view = luaL_checkinteger(L, 2);
    UnmapViewOfFile(view);
    return 0;
}

static int stranger_close(lua_State *L)
{
    HANDLE *held = luaL_checkudata(L, 1, STRANGER_TYPE);

    if (*held != NULL)
        CloseHandle(*held);
    *held = NULL;
    return 0;
}

/* sddl(name) -> owner and access list of a section, as text; nil when it cannot be read */
static int sddl(lua_State *L)
{
    const SECURITY_INFORMATION wanted = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    wchar_t name[128];
    union {
        SECURITY_DESCRIPTOR aligned;
        char bytes[1024];
    } room;
    DWORD size;
    wchar_t *text = NULL;
    char utf8[1024];

    check_name(L, 1, name);
    HANDLE section = OpenFileMappingW(READ_CONTROL, FALSE, name);
    if (section != NULL && GetKernelObjectSecurity(section, wanted, &room, sizeof room, &size))
        ConvertSecurityDescriptorToStringSecurityDescriptorW(&room, SDDL_REVISION_1, wanted, &text,
                                                             NULL);
    if (section != NULL)
        CloseHandle(section);
    if (text == NULL)
        return 0;
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL);
    LocalFree(text);
    lua_pushstring(L, utf8);
    return 1;
}

static void make_type(lua_State *L, const char *type, const luaL_Reg *methods)
{
    luaL_newmetatable(L, type);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

__declspec(dllexport) int luaopen_support_membership(lua_State *L);

int luaopen_support_membership(lua_State *L)
{
    static const luaL_Reg counter_methods[] = {
        {"value", counter_value},   {"changed", counter_changed}, {"close", counter_close},
        {"__close", counter_close}, {"__gc", counter_close},      {NULL, NULL},
    };
    static const luaL_Reg stranger_methods[] = {
        {"write", stranger_write},
        {"close", stranger_close},
        {"__close", stranger_close},
        {"__gc", stranger_close},
        {NULL, NULL},
    };
    static const luaL_Reg functions[] = {
        {"open", open},
        {"stranger", stranger},
        {"sddl", sddl},
        {NULL, NULL},
    };

    make_type(L, COUNTER_TYPE, counter_methods);
    make_type(L, STRANGER_TYPE, stranger_methods);
    luaL_newlib(L, functions);
    return 1;
}
